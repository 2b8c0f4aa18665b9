"""How the data are distributed, as small drawings that need no file and no network."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from mmga.pages.drawing import BAR, GRID, svg
from mmga.quality.judge import Judgement
from mmga.quality.profile import Profile, brightness

KINDS = 15
"""More topics, or languages, than this share the last bar."""


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
    text = f"{len(counts):,} topics; the most frequent is {counts.index[0]}"
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
    shown = counts.iloc[:KINDS].copy()
    if len(counts) > KINDS:
        shown["(others)"] = counts.iloc[KINDS:].sum()
    names = [name if len(name) < 22 else name[:21] + "…" for name in shown.index.astype(str)]

    def draw(axes: Any) -> None:
        places = range(len(names))[::-1]
        axes.barh(places, shown.to_numpy() / counts.sum(), color=BAR, height=0.7)
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
    text = f"{np.median(counts):g} at the median, {counts.max():,} at most; {_none(silent)}"
    return [("Posts of a user", text, svg(_whole_numbers(counts, "posts", "users")))]


def _captions(clean: Clean) -> Drawings:
    texts = clean["posts"]["caption"].dropna() if "posts" in clean else pd.Series(dtype=str)
    if texts.empty:
        return []
    lengths = texts.str.len().to_numpy(dtype=int)
    missing = 1 - len(texts) / len(clean["posts"])
    text = f"{np.median(lengths):g} characters at the median; {missing:.1%} of the posts have none"
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
    long, short = images[["width", "height"]].max(axis=1), images[["width", "height"]].min(axis=1)
    text = f"from {short.min():g} to {long.max():g} pixels; {len(images):,} pictures"
    draw = _whole_numbers(short.to_numpy(dtype=int), "pixels of the shorter side", "pictures")
    return [("Size of the pictures", text, svg(draw))]


def _brightness(clean: Clean) -> Drawings:
    if "images" not in clean or clean["images"].empty:
        return []
    values = brightness(clean["images"]["colours"]).to_numpy()

    def draw(axes: Any) -> None:
        axes.hist(values, bins=np.arange(33) / 32, color=BAR, rwidth=0.9)
        axes.set(xlabel="mean brightness (0 is black, 1 is white)", ylabel="pictures", xlim=(0, 1))
        axes.grid(axis="y", color=GRID)

    text = f"{np.median(values):.0%} of full brightness at the median"
    return [("Brightness of the pictures", text, svg(draw))]


def _whole_numbers(values: np.ndarray, what: str, whose: str) -> Callable[[Any], None]:
    def draw(axes: Any) -> None:
        low, high = int(values.min()), int(np.quantile(values, 0.995))
        step = max(1, -(-(high - low + 1) // 40))
        bins = np.arange(low, high + 2 * step, step) - 0.5
        axes.hist(np.minimum(values, high), bins=bins, color=BAR, rwidth=0.9)
        axes.set(xlabel=what if values.max() <= high else f"{what} (the last bar: or more)")
        axes.set_ylabel(whose)
        if low == high:
            axes.set_xlim(low - 5, high + 5)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(axis="y", color=GRID)

    return draw


def _tail(counts: np.ndarray, what: str) -> Callable[[Any], None]:
    def draw(axes: Any) -> None:
        from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

        values, first = np.unique(counts, return_index=True)
        users = len(counts) - first
        axes.loglog(values, users, ".", color=BAR, markersize=4)
        for axis, along in ((axes.xaxis, values), (axes.yaxis, users)):
            wide = along.max() > 100 * max(1, along.min())
            axis.set_major_locator(LogLocator(subs=(1,) if wide else (1, 2, 5)))
            axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
            axis.set_minor_formatter(NullFormatter())
        axes.set(xlabel=what, ylabel="users with at least so many")
        axes.grid(color=GRID)

    return draw
