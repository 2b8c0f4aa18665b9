"""Whether the parts of a split are apart: no follow, no pair, no cold user crosses over."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.audit.finding import Finding, judged
from mmga.splits.revealed import touched
from mmga.splits.split import PARTS, Split
from mmga.tables import read_table

Ints = NDArray[np.int64]

RANKED = "the ranked follows are rows of the test part"
"""Where this is broken, nothing can be said of how models are judged."""

AGAIN = "Remove build/splits and run `dvc repro`; if it stays, the stage `split` is at fault."


def look_at_parts(build: Path, split: Split, recorded: dict[str, str]) -> Iterator[Finding]:
    """Hold the parts against one another, the clean follows and what `split.json` says of them.

    Args:
        build: The folder of all stages.
        split: What `build/splits` holds.
        recorded: The SHA-256 of each part, as `split.json` says.
    """
    for part in PARTS:
        found = split.hashes[part]
        yield judged(
            f"build/splits/{part}.parquet",
            "a part's follows are those of which split.json records the SHA-256",
            found == recorded.get(part),
            f"{len(getattr(split, part)):,} follows, SHA-256 {found[:12]}",
            f"split.json records {recorded.get(part, 'none')[:12]}. {AGAIN}",
        )
    yield _whole(build, split)
    for one, other in combinations(PARTS, 2):
        yield _apart(split, one, other)
    yield from _past(build, split)
    yield _cold(split)
    rows = split.negatives.ranked
    yield judged(
        "build/splits/negatives.npz",
        RANKED,
        not len(rows) or 0 <= rows.min() <= rows.max() < len(split.test),
        f"{len(rows):,} of {len(split.test):,} test follows are ranked",
        AGAIN,
    )
    yield _revealed(split)


def _whole(build: Path, split: Split) -> Finding:
    parts = _key(split.known, len(split.user_ids))
    clean = np.unique(_key(_clean_follows(build, split)[0], len(split.user_ids)))
    found = f"{len(parts):,} follows in the parts, {len(clean):,} in build/clean"
    if len(split.dropped):
        found += f"; {len(split.dropped):,} of the former are dropped"
    return judged(
        "build/splits",
        "the parts together are the follows of build/clean, each once",
        np.array_equal(np.sort(parts), clean),
        found,
        AGAIN,
    )


def _clean_follows(build: Path, split: Split) -> tuple[Ints, pd.Series]:
    """The follows of `build/clean` as user numbers (-1 for unknown ones), and when they began."""
    follows, users = read_table(build / "clean", "follows"), pd.Index(split.user_ids)
    sides = [users.get_indexer(pd.Index(follows[f"{end}_id"])) for end in ("follower", "followee")]
    return np.stack(sides, axis=1), follows["followed_at"]


def _past(build: Path, split: Split) -> Iterator[Finding]:
    """In a temporal split: nothing that is learned from is younger than what judges."""
    if split.cuts is None:
        return
    edges, dates = _clean_follows(build, split)
    users = len(split.user_ids)
    began = dates.groupby(_key(edges, users)).min()
    for number, part in enumerate(PARTS):
        when = began.reindex(_key(getattr(split, part), users))
        said = np.sum([when >= cut for cut in split.cuts], axis=0)
        wrong = int(((said != number) | when.isna()).sum())
        yield judged(
            f"build/splits/{part}.parquet",
            "a follow is in the part that its date says",
            not wrong,
            f"{wrong:,} are not; they began between {when.min()} and {when.max()}",
            AGAIN,
        )


def _apart(split: Split, one: str, other: str) -> Finding:
    users = len(split.user_ids)
    a, b = getattr(split, one), getattr(split, other)
    same = np.isin(_key(a, users), _key(b, users))
    reversed_ = np.isin(_key(a[:, ::-1], users), _key(b, users))
    crossing = a[same | reversed_]
    found = f"{int(same.sum()):,} follows and {int(reversed_.sum()):,} reverses in both"
    if len(crossing):
        follower, followee = (split.user_ids[number] for number in crossing[0])
        found += f", such as {follower!r} -> {followee!r}"
    return judged(
        f"build/splits: {one} and {other}",
        "both directions of a pair of users are in one part",
        not len(crossing),
        found,
        AGAIN,
    )


def _cold(split: Split) -> Finding:
    trained = np.zeros(len(split.user_ids), dtype=np.bool_)
    trained[split.train] = True
    wrong = np.flatnonzero(split.cold & trained)
    found = f"{int(split.cold.sum()):,} cold users, {len(wrong):,} of them with a train follow"
    if len(wrong):
        found += f", such as {split.user_ids[wrong[0]]!r}"
    forgotten = int((~split.cold & ~trained).sum())
    if forgotten:
        found += f"; {forgotten:,} without one who are not said to be cold"
    return judged(
        "build/splits/users.parquet",
        "the cold users are those without a follow in training",
        not len(wrong) and not forgotten,
        found,
        AGAIN,
    )


def _revealed(split: Split) -> Finding:
    """What a newcomer may be given back must not be asked for, in either direction."""
    rows = split.negatives.ranked
    ranked = split.test[rows[rows < len(split.test)]]
    asked = touched(ranked, split.revealed, len(split.user_ids))
    return judged(
        "build/splits/revealed.parquet",
        "no follow that may be revealed is ranked, nor the reverse of one",
        not asked.any(),
        f"{len(split.revealed):,} may be revealed, {int(asked.sum()):,} of the ranked are told",
        AGAIN,
    )


def _key(edges: NDArray[np.integer], users: int) -> Ints:
    keys: Ints = edges[:, 0].astype(np.int64) * users + edges[:, 1]
    return keys
