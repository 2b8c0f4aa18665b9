"""How far new data have moved from those that trained a model: effect sizes, their level, words.

Every measure is computed from two profiles, so the old data need not be there any more. Where the
profile holds shares it is the population stability index, where it holds a histogram the
Kolmogorov-Smirnov distance (the largest difference of the two distribution functions). A measure
must also exceed what chance alone gives between two samples of as many users. Of what the most
followed have that is told by dealing the users of both anew: its tail is too heavy for a formula.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from mmga.project import Params
from mmga.quality import drift_words as words
from mmga.quality.profile import UNKNOWN, Missing, Numbers, Profile, Shares, Top

Level = Literal["none", "slight", "strong"]
LEVELS: tuple[Level, ...] = ("none", "slight", "strong")

RARE = 0.005
"""Kinds that have a smaller share, before and now, are taken together: they come and go."""

DEALS = 2_000
"""How often the users of both are dealt anew."""


def _ascending(limits: tuple[float, float]) -> tuple[float, float]:
    if not 0 <= limits[0] < limits[1]:
        raise ValueError("slight must lie below strong, both from 0")
    return limits


Limits = Annotated[tuple[float, float], AfterValidator(_ascending)]
"""From which effect on a drift is slight, and from which strong."""


class DriftParams(Params):
    """From where on a difference is a drift."""

    shares: Limits
    """Population stability index of topics and languages; 0.1 and 0.25 are what is usual."""
    numbers: Limits
    """Kolmogorov-Smirnov distance: so large a share of the records crossed some value."""
    missing: Limits
    """Difference of the share of records that go without something."""
    top: Limits
    """Difference of the share that the most followed hundredth of the users has of all follows."""
    counts: Limits
    """Factor by which a table grew or shrank."""
    chance: float = Field(gt=0.5, lt=1)
    """What samples of the same data exceed less often than this is drift: 0.99 is once in 100."""
    stop: Literal["slight", "strong"] | None
    """The level at which the flow stops before it trains; null: it only tells."""


@dataclass(frozen=True)
class Comparison:
    """One property of the data, before and now."""

    name: str
    """As in the profile: `topics`, `fans`, `missing.posts.caption`, `counts.users`, `top.fans`."""
    measure: str
    effect: float
    slight: float
    strong: float
    chance: float
    """What chance alone would reach."""
    level: Level
    sentence: str


@dataclass(frozen=True)
class Drift:
    """Everything that was compared."""

    comparisons: list[Comparison]
    """Those that drifted most first."""
    left_out: dict[str, str]
    """What makes no sense to compare, and why."""

    @property
    def level(self) -> Level:
        """The strongest level of any comparison."""
        return max((c.level for c in self.comparisons), key=LEVELS.index, default="none")


def compare(old: Profile, new: Profile, params: DriftParams) -> Drift:
    """Hold `new` against `old`."""
    found: list[Comparison] = []
    left_out: dict[str, str] = {}
    for name, asked in _questions(old, new, params):
        answer = asked()
        if isinstance(answer, str):
            left_out[name] = answer
        else:
            found.append(answer)
    found.sort(key=lambda c: (-LEVELS.index(c.level), -c.effect / c.strong))
    return Drift(found, left_out)


Answer = Comparison | str
"""A comparison, or why there is none."""


def _questions(
    old: Profile, new: Profile, params: DriftParams
) -> Iterator[tuple[str, Callable[[], Answer]]]:
    """What both profiles speak of, in their order."""
    parts: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
        ("shares", "", _shares),
        ("numbers", "", _numbers),
        ("top", "top.", partial(_top, old.numbers, new.numbers)),
        ("missing", "missing.", _missing),
        ("counts", "counts.", _count),
    )
    for part, prefix, compared in parts:
        before, now = getattr(old, part), getattr(new, part)
        for key in before | now:
            name = prefix + key
            if key not in before or key not in now:
                yield name, lambda: "only one of the two profiles tells it"
            else:
                yield name, _asked(compared, name, before[key], now[key], params)


def _asked(
    compared: Callable[..., Answer], name: str, old: Any, new: Any, params: DriftParams
) -> Callable[[], Answer]:
    return lambda: compared(name, old, new, params)


def _shares(name: str, old: Shares, new: Shares, params: DriftParams) -> Answer:
    if not old.owners or not new.owners:
        return words.absent(not old.owners, not new.owners)
    before, now, kinds = _aligned(old.counts, new.counts)
    a, b = ((c + 0.5) / (c + 0.5).sum() for c in (before, now))
    index = float(((a - b) * np.log(a / b)).sum())
    # Of two samples of one distribution it is chi-squared, but for this factor.
    from scipy.stats import chi2

    chance = float(chi2.ppf(params.chance, max(1, len(kinds) - 1))) * _smallness(old, new)
    changes = dict(zip(kinds, zip(_parts(before), _parts(now), strict=True), strict=True))
    said = words.shares(name, changes)
    return _comparison(name, "PSI", index, params.shares, chance, said)


def _aligned(
    old: dict[str, int], new: dict[str, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    """Counts of the same kinds, rare ones together."""
    kinds = [kind for kind in old | new if kind != UNKNOWN]
    before = np.array([old.get(kind, 0) for kind in kinds], float)
    now = np.array([new.get(kind, 0) for kind in kinds], float)
    totals = sum(old.values()), sum(new.values())
    common = (before >= RARE * totals[0]) | (now >= RARE * totals[1])
    rest = totals[0] - before[common].sum(), totals[1] - now[common].sum()
    kept = [kind for kind, keep in zip(kinds, common.tolist(), strict=True) if keep]
    if not any(rest):
        return before[common], now[common], kept
    return np.append(before[common], rest[0]), np.append(now[common], rest[1]), [*kept, UNKNOWN]


def _parts(counts: NDArray[np.float64]) -> list[float]:
    return list((counts / counts.sum()).tolist())


def _numbers(name: str, old: Numbers, new: Numbers, params: DriftParams) -> Answer:
    if not old.owners or not new.owners:
        return words.absent(not old.owners, not new.owners)
    counted = _in_same_bins(old, new)
    if counted is None:
        return words.OTHER_BINS
    before, now = (np.cumsum(counts) / counts.sum() for counts in counted[1:])
    distance = float(np.abs(before - now).max())
    from scipy.stats import kstwobign

    chance = float(kstwobign.ppf(params.chance)) * math.sqrt(_smallness(old, new))
    said = words.numbers(name, old, new)
    return _comparison(name, "Kolmogorov-Smirnov", distance, params.numbers, chance, said)


def _in_same_bins(
    old: Numbers, new: Numbers
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]] | None:
    """Where bins begin, and the counts of both in them; None where theirs are not the same."""
    shorter, longer = sorted((old.edges, new.edges), key=len)
    if longer[: len(shorter)] != shorter:
        return None
    before, now = (np.pad(one.counts, (0, len(longer) - len(one.counts))) for one in (old, new))
    return np.array(longer), before, now


def _missing(name: str, old: Missing, new: Missing, params: DriftParams) -> Answer:
    if not old.records or not new.records:
        return words.absent(not old.records, not new.records)
    before, now = old.missing / old.records, new.missing / new.records
    whole = (old.missing + new.missing) / (old.records + new.records)
    from scipy.stats import norm

    spread = math.sqrt(whole * (1 - whole) * _smallness(old, new))
    chance = float(norm.ppf((1 + params.chance) / 2)) * spread
    said = words.missing(name, before, now)
    return _comparison(name, "difference", abs(now - before), params.missing, chance, said)


def _top(
    before: dict[str, Numbers],
    now: dict[str, Numbers],
    name: str,
    old: Top,
    new: Top,
    params: DriftParams,
) -> Answer:
    if not old.records or not new.records:
        return words.absent(not old.records, not new.records)
    of = name.removeprefix("top.")
    if of not in before or of not in now:
        return "only one of the two profiles tells how it is distributed"
    counted = _in_same_bins(before[of], now[of])
    if counted is None:
        return words.OTHER_BINS
    # All the words.TOP together exceed chance no more often than one other measure does.
    rarely = 1 - (1 - params.chance) / len(words.TOP)
    said = words.top(name, old.share, new.share)
    effect, chance = abs(new.share - old.share), _dealt_anew(*counted, rarely)
    return _comparison(name, "difference", effect, params.top, chance, said)


def _dealt_anew(
    edges: NDArray[np.float64], old: NDArray[np.int64], new: NDArray[np.int64], chance: float
) -> float:
    """The difference of the shares of the top that deals of all users exceed as seldom.

    Exact however few users have how much (a permutation test), but for the width of the bins.
    """
    there = (old + new) > 0
    values, users = edges[there], (old + new)[there]
    dealt = np.random.default_rng(0).multivariate_hypergeometric(
        users, old.sum(), DEALS, method="marginals"
    )
    differences = np.abs(_share_of_top(values, dealt) - _share_of_top(values, users - dealt))
    return float(np.quantile(differences, chance))


def _share_of_top(values: NDArray[np.float64], users: NDArray[np.int64]) -> NDArray[np.float64]:
    """What the hundredth of the users that has most has of all; a row a deal, a column a value."""
    falling = users[:, ::-1]
    most = np.minimum(falling.cumsum(axis=1), -(-users.sum(axis=1, keepdims=True) // 100))
    top = np.diff(most, axis=1, prepend=0)
    share: NDArray[np.float64] = (top @ values[::-1]) / np.maximum(1, users @ values)
    return share


def _count(name: str, old: int, new: int, params: DriftParams) -> Answer:
    if not old and not new:
        return words.absent(True, True)
    factor = max((new + 1) / (old + 1), (old + 1) / (new + 1))
    return _comparison(name, "factor", factor, params.counts, 1.0, words.count(name, old, new))


def _smallness(old: Missing | Shares | Numbers, new: Missing | Shares | Numbers) -> float:
    """1/n + 1/m for n and m users: the records of one user are no independent witnesses."""
    return 1 / max(1, old.owners) + 1 / max(1, new.owners)


def _comparison(
    name: str, measure: str, effect: float, limits: Limits, chance: float, sentence: str
) -> Comparison:
    slight, strong = limits
    level: Level = "none"
    if effect > chance and effect >= slight:
        level = "strong" if effect >= strong else "slight"
    return Comparison(
        name, measure, round(effect, 4), slight, strong, round(chance, 4), level, sentence
    )
