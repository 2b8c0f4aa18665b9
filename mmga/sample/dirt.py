"""Defects such as real deliveries have, planted in a sample, each of a known kind and number."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from PIL import ExifTags
from PIL import Image as Pillow

from mmga.sample.chance import generator, pseudonym
from mmga.sample.people import END, Ints
from mmga.sample.pictures import Image

SHARE = 0.005
"""Share of a table's records that get each kind of defect; at least one record does."""

FUTURE = (2, 7, 30, 365, 3_650, 36_525)
"""Days by which the future records are later than the end of the world's history. A day would be
too few: where it is evening in one time zone it is tomorrow in another."""

BLANKS = ("", " ", "\n", " \t ", "\u00a0")
CONTROLS = ("\x00", "\x07", "\x1b")
NO_PICTURE = b"<!DOCTYPE html><html><title>404 Not Found</title></html>\n"

UNSET = pd.Timestamp("2008-01-01", tz="UTC")
"""What the clock of a camera shows that was never set: plausible but for the other records."""

SPAM = "Follow me and get 500 likes for free! Link in bio!!!"
CROWD = 25
"""Records that one defect needs at least where it is one only in a crowd."""

COPIES = ("duplicate id", "duplicate follow")
"""Defects of a record that is added as a copy of another; both have the record's key."""

TWINS: dict[str, Callable[[str], str]] = {
    "id in capitals": str.upper,
    "id with unseen characters": lambda user_id: user_id[:6] + "\u200b" + user_id[6:],
}
"""Defects of a user who is added as a copy of another under an id that looks the same."""

DEFECTS: dict[str, tuple[str, ...]] = {
    "users": ("duplicate id", "misspelt topic", *TWINS, "wrong encoding"),
    "posts": ("duplicate id", "unknown user", "future time", "time 1970", "clock never set",
              "blank caption", "control characters", "wrong encoding", "endless caption", "spam"),
    "follows": ("duplicate follow", "unknown user", "self-follow", "future time", "time 1970",
                "clock never set", "unknown kind"),
    "images": ("duplicate id", "unknown post", "truncated", "no picture", "tiny", "strip",
               "single colour", "tells the place", "copied from another post", "wrong sha256",
               "negative position"),
}  # fmt: skip
"""The kinds of defects of each table. A record has at most one, and so has a post's family: no
picture that is spoiled belongs to a post that is."""


@dataclass(frozen=True)
class Dirt:
    """A spoiled sample, and what is wrong with it."""

    tables: dict[str, pd.DataFrame]
    """`users`, `posts` and `follows` with their defects."""
    image_defects: dict[int, str]
    """Kind of the defect by the picture's place in the stream of pictures."""
    defects: pd.DataFrame
    """Columns `table`, `record`, `defect`. A record is named by its id as it is written, a follow
    by "FOLLOWER FOLLOWEE"."""
    seed: int

    def images(self, images: Iterator[Image]) -> Iterator[Image]:
        """The pictures with their defects."""
        sound = None
        for place, image in enumerate(images):
            defect = self.image_defects.get(place)
            if defect is None:
                sound = image
                yield image
                continue
            assert sound is not None, "the first picture is never spoiled"
            yield _spoiled_image(image, defect, sound, pseudonym(self.seed, "ghost", place, 16))
            if defect in COPIES:
                yield image


def spoil(tables: dict[str, pd.DataFrame], image_keys: pd.DataFrame, seed: int) -> Dirt:
    """Plant every kind of defect.

    Args:
        tables: Sound `users`, `posts` and `follows`; they stay as they are.
        image_keys: `image_id`, `post_id`, `position` of every picture, in their order.
        seed: Of what is chosen.
    """
    spoiled, defects = {}, []
    for name, frame in tables.items():
        chosen = _chosen(name, frame, seed)
        spoiled[name], found = _spoiled_table(name, frame, chosen, seed)
        defects += found
    hurt = {record for table, record, _ in defects if table == "posts"}
    sound = image_keys["post_id"].isin(hurt) | (image_keys["position"] > 0)
    chosen = _chosen("images", image_keys, seed, barred=np.flatnonzero(sound | (sound.index == 0)))
    ids = image_keys["image_id"].to_numpy()
    defects += [("images", ids[i], kind) for kind, rows in chosen.items() for i in rows]
    places = {int(i): kind for kind, rows in chosen.items() for i in rows}
    listed = pd.DataFrame(defects, columns=["table", "record", "defect"])
    return Dirt(spoiled, places, listed, seed)


def _chosen(
    name: str, frame: pd.DataFrame, seed: int, barred: Ints | None = None
) -> dict[str, Ints]:
    """The rows that get each defect; no row gets two."""
    chance = generator(seed, f"defects of {name}")
    number = max(1, round(SHARE * len(frame)))
    free = np.ones(len(frame), dtype=bool)
    free[barred if barred is not None else []] = False
    chosen = {}
    for kind in DEFECTS[name]:
        rows = np.flatnonzero(free & _eligible(kind, frame))
        size = max(number, CROWD) if kind == "spam" else number
        chosen[kind] = np.sort(chance.choice(rows, size=size, replace=False))
        free[chosen[kind]] = False
    return chosen


def _eligible(kind: str, frame: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if kind == "misspelt topic":
        return frame["topic"].notna().to_numpy()
    if kind in ("blank caption", "control characters", "endless caption", "spam"):
        return frame["caption"].notna().to_numpy()
    if kind == "wrong encoding":
        return frame[_text_of(frame)].notna().to_numpy()
    if kind == "id in capitals":
        return (frame["user_id"] != frame["user_id"].str.upper()).to_numpy()
    if kind == "self-follow":  # one a user, so that none is a duplicate as well
        return ~frame["follower_id"].duplicated().to_numpy()
    return np.ones(len(frame), dtype=bool)


def _spoiled_table(
    name: str, frame: pd.DataFrame, chosen: dict[str, Ints], seed: int
) -> tuple[pd.DataFrame, list[tuple[str, str, str]]]:
    out, copies, found = frame.copy(), [], []
    for kind, rows in chosen.items():
        if kind in COPIES:
            copies.append(frame.iloc[rows])
        elif kind in TWINS:
            copies.append(frame.iloc[rows].assign(user_id=frame["user_id"].map(TWINS[kind])))
            found += [(name, str(user_id), kind) for user_id in copies[-1]["user_id"]]
            continue
        else:
            column, change = _change(kind, name, seed, _text_of(frame))
            values = out[column].tolist()
            for row in rows.tolist():
                values[row] = change(frame.iloc[row], row)
            out[column] = pd.Series(values, dtype=frame[column].dtype)
        found += [(name, _key(name, out.iloc[row]), kind) for row in rows]
    return pd.concat([out, *copies], ignore_index=True), found


def _text_of(frame: pd.DataFrame) -> str:
    return "caption" if "caption" in frame else "bio"


def _change(
    kind: str, name: str, seed: int, text: str
) -> tuple[str, Callable[[pd.Series, int], object]]:
    """The column that a defect spoils, and what it becomes for a record and its row."""
    time = "followed_at" if name == "follows" else "created_at"
    user = "followee_id" if name == "follows" else "user_id"
    return {
        "misspelt topic": ("topic", lambda record, row: _misspelt(record["topic"], row)),
        "unknown user": (user, lambda record, row: pseudonym(seed, f"ghost of {name}", row)),
        "future time": (time, lambda record, row: _ahead(row)),
        "time 1970": (time, lambda record, row: pd.Timestamp(row % 60, unit="s", tz="UTC")),
        "clock never set": (time, lambda record, row: UNSET + pd.Timedelta(seconds=row)),
        "wrong encoding": (text, lambda record, row: _misread(record[text], row)),
        "endless caption": ("caption", lambda record, row: f"{record['caption']} " * 5_001),
        "spam": ("caption", lambda record, row: SPAM),
        "unknown kind": ("kind", lambda record, row: "like"),
        "blank caption": ("caption", lambda record, row: BLANKS[row % len(BLANKS)]),
        "control characters": ("caption", lambda record, row: _controlled(record["caption"], row)),
        "self-follow": ("followee_id", lambda record, row: record["follower_id"]),
    }[kind]


def _ahead(row: int) -> pd.Timestamp:
    return END + pd.Timedelta(days=FUTURE[row % len(FUTURE)], seconds=row)


def _key(name: str, record: pd.Series) -> str:
    if name == "follows":
        return f"{record['follower_id']} {record['followee_id']}"
    return str(record.iloc[0])


def _misspelt(topic: str, row: int) -> str:
    """`topic` without one of its inner letters ("fasion")."""
    gap = 1 + row % (len(topic) - 2)
    return topic[:gap] + topic[gap + 1 :]


def _misread(text: str, row: int) -> str:
    """`text` and an accented word, written as UTF-8 and read as one of two older encodings."""
    encoding = ("latin-1", "cp1252")[row % 2]
    return f"{text} déjà vu".encode().decode(encoding, errors="replace")


def _controlled(caption: str, row: int) -> str:
    middle = len(caption) // 2
    return caption[:middle] + CONTROLS[row % len(CONTROLS)] + caption[middle:]


def _spoiled_image(image: Image, defect: str, sound: Image, ghost: str) -> Image:
    """`image` with a defect; `sound` is a picture of another post, `ghost` an unknown id."""
    changes: dict[str, Callable[[], Image]] = {
        "duplicate id": lambda: image,
        "unknown post": lambda: image._replace(post_id=ghost),
        "truncated": lambda: image._replace(content=image.content[: len(image.content) * 3 // 5]),
        "no picture": lambda: image._replace(content=NO_PICTURE),
        "tiny": lambda: image._replace(content=_resized(image.content, 8, 8)),
        "strip": lambda: image._replace(content=_resized(image.content, 180, 20)),
        "single colour": lambda: image._replace(content=_filled(ghost)),
        "tells the place": lambda: image._replace(content=_located(image.content)),
        "copied from another post": lambda: image._replace(content=sound.content),
        "wrong sha256": lambda: image._replace(sha256=4 * ghost),
        "negative position": lambda: image._replace(position=-1),
    }
    return changes[defect]()


def _resized(content: bytes, width: int, height: int) -> bytes:
    with Pillow.open(io.BytesIO(content)) as picture:
        return _saved(picture.resize((width, height)))


def _filled(ghost: str) -> bytes:
    """A picture of nothing but the colour that the first digits of `ghost` name."""
    return _saved(Pillow.new("RGB", (72, 72), f"#{ghost[:6]}"))


def _located(content: bytes) -> bytes:
    """The picture as a telephone would have taken it in Hamburg."""
    exif = Pillow.Exif()
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitude], place[ExifTags.GPS.GPSLongitude] = (53, 33, 0), (10, 0, 0)
    with Pillow.open(io.BytesIO(content)) as picture:
        return _saved(picture, exif=exif)


def _saved(picture: Pillow.Image, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", **options)
    return stream.getvalue()
