"""What a drift means, in words: "captions got shorter: 60 characters at the median, now 29"."""

from mmga.pages.render import shown
from mmga.quality.profile import Numbers

SHARES = {"topics": "the topics of the users", "languages": "the languages of the captions"}

NUMBERS = {
    "caption_length": ("captions got longer", "captions got shorter", "characters"),
    "picture_side": ("pictures got larger", "pictures got smaller", "pixels on the shorter side"),
    "brightness": ("pictures got brighter", "pictures got darker", "of full brightness"),
    "fans": ("users have more fans", "users have fewer fans", "fans"),
    "followees": ("users follow more others", "users follow fewer others", "followees"),
    "posts": ("users post more", "users post less", "posts"),
}
"""By name in the profile: what is said of more and of less, and the unit."""

MISSING = {
    "missing.users.topic": "users without a topic",
    "missing.users.bio": "users without a bio",
    "missing.users.posts": "users without a post",
    "missing.users.follows": "users without a follow",
    "missing.posts.caption": "posts without a caption",
    "missing.posts.picture": "posts without a picture",
    "missing.posts.created_at": "posts without a date",
    "missing.follows.followed_at": "follows without a date",
}

TOP = {
    "top.fans": ("the most followed hundredth of the users", "of all follows"),
    "top.followees": ("the hundredth of the users that follows most", "of all follows"),
    "top.posts": ("the hundredth of the users that posts most", "of all posts"),
}

NEITHER = "there is none, neither before nor now"
OTHER_BINS = "the two profiles count it in different bins"

NAMED = 4
"""Kinds that a sentence names at most."""

LONGEST = 60
"""Characters of a kind that a sentence names; what is longer is cut."""

TITLES = {
    "topics": "Topics of the users",
    "languages": "Languages of the captions",
    "caption_length": "Length of the captions",
    "picture_side": "Size of the pictures",
    "brightness": "Brightness of the pictures",
    "fans": "Fans of a user",
    "followees": "Followees of a user",
    "posts": "Posts of a user",
}
"""What is drawn of each property that can be."""


def title(name: str) -> str:
    """A property as a heading."""
    said = {
        **TITLES,
        **MISSING,
        **{key: f"what {who} has {whole}" for key, (who, whole) in TOP.items()},
    }
    text = said.get(name, name.replace("counts.", "number of ").replace("_", " "))
    return text[:1].upper() + text[1:]


def shares(name: str, changes: dict[str, tuple[float, float]]) -> str:
    """What was gained and lost, the largest change first."""
    most = sorted(changes.items(), key=lambda item: -abs(item[1][0] - item[1][1]))[:NAMED]
    moved = [f"{shown(kind, LONGEST)} {percent(old)} → {percent(new)}" for kind, (old, new) in most]
    return f"{SHARES.get(name, name)} shifted: {', '.join(moved)}"


def numbers(name: str, old: Numbers, new: Numbers) -> str:
    """Where the median went; where it stayed, where the middle four fifths went."""
    more, less, unit = NUMBERS.get(name, (f"{name} grew", f"{name} shrank", ""))
    if old.median != new.median:
        said = more if new.median > old.median else less
        return (
            f"{said}: {_number(name, old.median)} {unit} at the median before,"
            f" {_number(name, new.median)} now"
        )
    return (
        f"{title(name)[:1].lower()}{title(name)[1:]} is spread otherwise: four fifths lay between"
        f" {_number(name, old.low)} and {_number(name, old.high)} {unit} before,"
        f" between {_number(name, new.low)} and {_number(name, new.high)} now"
    )


def missing(name: str, old: float, new: float) -> str:
    """Shares before and now."""
    said = MISSING.get(name, name.removeprefix("missing."))
    return f"{'more' if new > old else 'fewer'} {said}: {percent(old)} before, {percent(new)} now"


def top(name: str, old: float, new: float) -> str:
    """Shares before and now."""
    who, whole = TOP.get(name, (name.removeprefix("top."), ""))
    return f"{who} had {percent(old)} {whole} before, {percent(new)} now"


def count(name: str, old: int, new: int) -> str:
    """Records before and now."""
    how = "more" if new > old else "fewer"
    return f"{how} {name.removeprefix('counts.')}: {old:,} before, {new:,} now"


def absent(before: bool, now: bool) -> str:
    """Why two profiles cannot be compared: one has no record, or neither."""
    if before and now:
        return NEITHER
    return "there was none before" if before else "there is none now"


def percent(share: float) -> str:
    """A share as a person reads it.

    >>> percent(0.134), percent(0.004), percent(0), percent(1)
    ('13%', '0.4%', '0%', '100%')
    """
    digits = 1 if 0 < share < 0.0095 else 0
    return f"{100 * share:.{digits}f}%"


def _number(name: str, value: float) -> str:
    return percent(value) if name == "brightness" else f"{value:,g}"
