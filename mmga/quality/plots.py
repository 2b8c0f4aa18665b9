"""How the data are distributed, as small drawings that need no file and no network."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from mmga.pages.drawing import BAR, GRID, LABEL, marks, short, svg
from mmga.pages.render import shown
from mmga.quality.judge import Judgement
from mmga.quality.profile import Profile, brightness

KINDS = 15
"""More topics, or languages, than this share the last bar."""

BARS = 40
"""Of a drawing of whole numbers, at most."""

GROWING = np.unique(np.round(np.geomspace(1, 2**40, 81)).astype(np.int64))
GROWING = np.concatenate([[0], GROWING])
"""Where bars begin that grow by half an octave each: 0, 1, 2, 3, 4, 6, 8, 11, 16."""


def distributions(judgement: Judgement, profile: Profile | None) -> list[tuple[str, str, str]]:
    """Title, a sentence and an SVG element for each distribution that the clean data have.

    Args:
        judgement: What came out of the rules.
        profile: Of the clean data, where there is one; it knows the languages.
    """
    clean = {name: judged.frame[judged.reasons.isna()] for name, judged in judgement.tables.items()}
    drawn = []
    for make in (_topics, _posts, _captions):
        drawn += make(clean)
    if profile is not None:
        drawn += _languages(profile)
    for make in (_degrees, _pictures, _brightness):
        drawn += make(clean)
    return drawn


Clean = dict[str, pd.DataFrame]
Drawings = list[tuple[str, str, str]]


def _topics(clean: Clean) -> Drawings:
    topics = clean["users"]["topic"].dropna() if "users" in clean else pd.Series(dtype=str)
    if topics.empty:
        return []
    counts = topics.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    text = f"{len(counts):,} topics; the most frequent is {shown(counts.index[0], LABEL)}"
    return [("Topics of the users", text, svg(_bars(counts)))]


def _languages(profile: Profile) -> Drawings:
    counts = pd.Series(profile.shares["languages"].counts)
    if counts.empty:
        return []
    text = (
        f"{int(counts.sum()):,} captions that tell their language (ISO 639); "
        f"the most frequent is {counts.index[0]}"
    )
    return [("Languages of the captions", text, svg(_bars(counts)))]


def _bars(counts: pd.Series) -> Callable[[Any], None]:
    """Shares of kinds, the most frequent on top."""
    first = counts.iloc[:KINDS].copy()
    if len(counts) > KINDS:
        first["(others)"] = counts.iloc[KINDS:].sum()
    names = [shown(str(name), LABEL) for name in first.index]

    def draw(axes: Any) -> None:
        places = range(len(names))[::-1]
        axes.barh(places, first.to_numpy() / counts.sum(), color=BAR, height=0.7)
        axes.set_yticks(places, names)
        axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axes.grid(axis="x", color=GRID)
        axes.tick_params(axis="y", length=0)

    return draw


def _posts(clean: Clean) -> Drawings:
    if "posts" not in clean or clean["posts"].empty:
        return []
    of_user = clean["posts"]["user_id"].value_counts()
    silent = len(clean["users"]) - len(of_user)
    counts = np.concatenate([of_user.to_numpy(), np.zeros(silent, dtype=int)])
    text = f"{np.median(counts):,g} at the median, {counts.max():,} at most; {_none(silent)}"
    return [("Posts of a user", text, svg(_whole_numbers(counts, "posts", "users")))]


def _captions(clean: Clean) -> Drawings:
    texts = clean["posts"]["caption"].dropna() if "posts" in clean else pd.Series(dtype=str)
    if texts.empty:
        return []
    lengths = texts.str.len().to_numpy(dtype=int)
    missing = 1 - len(texts) / len(clean["posts"])
    text = f"{np.median(lengths):,g} characters at the median, {lengths.max():,} at most"
    text += f"; {missing:.1%} of the posts have none" if missing else ""
    return [("Length of the captions", text, svg(_whole_numbers(lengths, "characters", "posts")))]


def _degrees(clean: Clean) -> Drawings:
    if "follows" not in clean or clean["follows"].empty:
        return []
    drawn = []
    for column, title, what in (
        ("followee_id", "Fans of a user", "fans"),
        ("follower_id", "Followees of a user", "followees"),
    ):
        counts = np.sort(clean["follows"][column].value_counts().to_numpy())
        none = len(clean["users"]) - len(counts)
        text = f"{counts.max():,} at most; {_none(none)}"
        drawn.append((title, text, svg(_tail(counts, what))))
    return drawn


def _none(users: int) -> str:
    """How many users are at 0.

    >>> _none(0), _none(1), _none(1200)
    ('every user has some', '1 user has none', '1,200 users have none')
    """
    if not users:
        return "every user has some"
    return f"{users:,} user has none" if users == 1 else f"{users:,} users have none"


def _pictures(clean: Clean) -> Drawings:
    if "images" not in clean or clean["images"].empty:
        return []
    images = clean["images"]
    low, high = (images[["width", "height"]].agg(end, axis=1).astype(int) for end in ("min", "max"))
    text = f"from {low.min():,} to {high.max():,} pixels; {len(images):,} pictures"
    draw = _whole_numbers(low.to_numpy(dtype=int), "pixels of the shorter side", "pictures")
    return [("Size of the pictures", text, svg(draw))]


def _brightness(clean: Clean) -> Drawings:
    if "images" not in clean or clean["images"].empty:
        return []
    values = brightness(clean["images"]["colours"]).to_numpy()

    def draw(axes: Any) -> None:
        axes.hist(values, bins=np.arange(33) / 32, color=BAR, rwidth=0.9)
        axes.set(xlabel="mean brightness (0 is black, 1 is white)", ylabel="pictures", xlim=(0, 1))
        axes.yaxis.set_major_formatter(short)
        axes.grid(axis="y", color=GRID)

    text = f"{np.median(values):.0%} of full brightness at the median"
    return [("Brightness of the pictures", text, svg(draw))]


def _whole_numbers(values: np.ndarray, what: str, whose: str) -> Callable[[Any], None]:
    """Bars of one width; growing ones where half of all would share a corner with one width."""
    low, high = int(values.min()), int(np.quantile(values, 0.995))
    step = -(-(high - low + 1) // BARS)
    near, far = np.quantile(values, [0.25, 0.75])
    if step > 1 and far - near < BARS * step / 10:
        return _growing(values, what, whose)

    def draw(axes: Any) -> None:
        bins = np.arange(low, high + 2 * step, step) - 0.5
        axes.hist(np.minimum(values, high), bins=bins, color=BAR, rwidth=0.9)
        axes.set(xlabel=what if values.max() <= high else f"{what} (the last bar: or more)")
        axes.set_ylabel(whose)
        if low == high:
            axes.set_xlim(low - 5, high + 5)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.xaxis.set_major_formatter(short)
        axes.yaxis.set_major_formatter(short)
        axes.grid(axis="y", color=GRID)

    return draw


def _growing(values: np.ndarray, what: str, whose: str) -> Callable[[Any], None]:
    """Bars on a logarithmic axis: each reaches over more values than the last."""

    def draw(axes: Any) -> None:
        first, last = np.searchsorted(GROWING, [values.min(), values.max()], side="right")
        edges = GROWING[first - 1 : last + 1]
        counts, _ = np.histogram(values, bins=edges)
        axes.bar(range(len(counts)), counts, align="edge", width=0.9, color=BAR)
        # The numbers of a bar lie between its sides: 1 in the middle of the bar that is 1 alone.
        ticks = marks(edges[0], values.max())
        axes.set_xticks(np.interp(ticks, edges - 0.5, range(len(edges))), map(short, ticks))
        axes.set(xlabel=f"{what} (logarithmic)", ylabel=whose)
        axes.yaxis.set_major_formatter(short)
        axes.grid(axis="y", color=GRID)

    return draw


def _tail(counts: np.ndarray, what: str) -> Callable[[Any], None]:
    def draw(axes: Any) -> None:
        from matplotlib.ticker import NullLocator

        values, first = np.unique(counts, return_index=True)
        users = len(counts) - first
        axes.loglog(values, users, ".", color=BAR, markersize=4)
        for axis, along in ((axes.xaxis, values), (axes.yaxis, users)):
            ticks = marks(along.min(), along.max())
            axis.set_ticks(ticks, [short(tick) for tick in ticks])
            axis.set_minor_locator(NullLocator())
        axes.set(xlabel=what, ylabel="users with at least so many")
        axes.grid(color=GRID)

    return draw
