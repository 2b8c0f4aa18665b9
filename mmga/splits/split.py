"""Which follows a model may learn from, which choose between models, and which judge them."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mmga.errors import InputError
from mmga.splits.chance import as_share, hash_names, hash_pairs
from mmga.splits.cold import draw_cold
from mmga.splits.hard import draw_hard
from mmga.splits.negatives import Drawn, Negatives, draw_matched, draw_uniform
from mmga.splits.params import SplitParams
from mmga.splits.words import words_of

Task = Literal["fans", "followees"]
"""`fans`: rank users as fans of an account. `followees`: rank accounts that a user will follow."""

TASKS: tuple[Task, ...] = ("fans", "followees")

PARTS = ("train", "validation", "test")

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Split:
    """The follows by part; the two directions of a pair are always in one part."""

    user_ids: list[str]
    """The users, in the order of `build/clean/users.parquet`; their row is their number."""
    cold: NDArray[np.bool_]
    """Who has no follow in training, shape (users,): those drawn to lose all of them, and those
    whose few follows all fell to the other parts."""
    train: Ints
    """Follows as (follower, followee), shape (edges, 2), sorted."""
    validation: Ints
    """Likewise."""
    test: Ints
    """Likewise."""
    negatives: Negatives
    """The candidates of the ranked test follows: C1, C2, C3."""
    params: SplitParams
    """How it was made."""
    drawn_cold: int
    """How many users were drawn to be cold."""

    @cached_property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of each part's follows, by the ids and not by the numbers of the users."""
        return {part: self._hash(getattr(self, part)) for part in PARTS}

    def describe(self) -> dict[str, Any]:
        """What `split.json` says: parameters, counts and hashes."""
        counts = {part: self._counts(getattr(self, part)) for part in PARTS}
        skipped = {
            kind: {task: int((getattr(drawn, task)[:, 0] < 0).sum()) for task in TASKS}
            for kind, drawn in self.negatives.kinds.items()
        }
        return {
            "seed": self.params.seed,
            "params": self.params.model_dump(),
            "users": len(self.user_ids),
            "cold": int(self.cold.sum()),
            "drawn_cold": self.drawn_cold,
            "edges": counts,
            "ranked": {"edges": len(self.negatives.ranked), "without_negatives": skipped},
            "sha256": self.hashes,
        }

    def write(self, folder: Path) -> None:
        """Write the files that docs/architecture.md lists under `build/splits/`."""
        folder.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            frame = pd.DataFrame(getattr(self, part), columns=["follower", "followee"])
            frame.to_parquet(folder / f"{part}.parquet", index=False)
        users = pd.DataFrame({"user_id": self.user_ids, "cold": self.cold})
        users.to_parquet(folder / "users.parquet", index=False)
        self.negatives.write(folder / "negatives.npz")
        text = json.dumps(self.describe(), indent=2)
        (folder / "split.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Split":
        """A split as `write` left it.

        Raises:
            InputError: If the folder holds none.
        """
        if not (folder / "split.json").is_file():
            raise InputError(f"{folder} holds no split; `dvc repro split` makes one")
        described = json.loads((folder / "split.json").read_text(encoding="utf-8"))
        users = pd.read_parquet(folder / "users.parquet")
        parts = {part: pd.read_parquet(folder / f"{part}.parquet").to_numpy() for part in PARTS}
        return cls(
            users["user_id"].tolist(),
            users["cold"].to_numpy(),
            **parts,
            negatives=Negatives.read(folder / "negatives.npz"),
            params=SplitParams(**described["params"]),
            drawn_cold=described["drawn_cold"],
        )

    def _hash(self, edges: Ints) -> str:
        ids = self.user_ids
        pairs = sorted((ids[follower], ids[followee]) for follower, followee in edges.tolist())
        return hashlib.sha256(json.dumps(pairs).encode()).hexdigest()

    def _counts(self, edges: Ints) -> dict[str, int]:
        touches_cold = self.cold[edges].any(axis=1)
        return {
            "edges": len(edges),
            "pairs": len(np.unique(np.sort(edges, axis=1), axis=0)),
            "warm": int((~touches_cold).sum()),
            "cold": int(touches_cold.sum()),
        }


def make_split(
    users: pd.DataFrame,
    follows: pd.DataFrame,
    params: SplitParams,
    posts: pd.DataFrame | None = None,
) -> Split:
    """Divide the follows by unordered pair; take the cold users' out of training; draw negatives.

    The part of a pair depends on the seed and its two ids alone: between warm users it stays what
    it was when data are appended. A pair that touches a user drawn to be cold goes to validation or
    test, and one that was there anyway stays where it was.

    Args:
        users: Columns `user_id` and `topic`; the row is the user's number.
        follows: Columns `follower_id`, `followee_id` and `kind`; two kinds of one edge count once.
        params: Seed and shares.
        posts: Columns `user_id` and `caption`: what makes negatives hard besides the follows.

    Raises:
        InputError: If an edge is a self-follow, stands there twice or names no user, or there are
            too few to fill every part.
    """
    user_ids = users["user_id"].tolist()
    edges = _numbered(user_ids, follows)
    drawn = draw_cold(users, edges, params.cold, params.seed)
    hashes = hash_names(user_ids, params.seed)
    part = _part_of(edges, hashes, drawn, params)
    train, validation, test = (edges[part == number] for number in range(3))
    for name, found in zip(PARTS, (train, validation, test), strict=True):
        if not len(found):
            raise InputError(
                f"split: {len(user_ids):,} users with {len(edges):,} follows leave none for"
                f" {name}; every part needs at least one.\nImport more follows, or change the"
                " shares in params.yaml: split."
            )
    cold = np.ones(len(users), dtype=np.bool_)
    cold[train] = False
    ranked = _chosen(test, hashes, params.max_queries)
    words = words_of(users, posts if params.hard else None)
    negatives = Negatives(ranked, _candidates(train, edges, test[ranked], words, params))
    return Split(user_ids, cold, train, validation, test, negatives, params, int(drawn.sum()))


def _candidates(
    train: Ints, known: Ints, ranked: Ints, words: csr_array, params: SplitParams
) -> dict[str, Drawn]:
    """The negatives of the follows `ranked`, by kind of candidates."""
    users, size = words.shape[0], params.negatives
    found: dict[str, dict[str, Ints]] = {"C1": {}, "C2": {}}
    for task, order in (("fans", [1, 0]), ("followees", [0, 1])):
        # For fans, the query is the followee: the columns change places.
        learnt, links, positives = (edges[:, order] for edges in (train, known, ranked))
        found["C1"][task] = draw_uniform(links, positives, users, size, params.seed)
        found["C2"][task] = draw_matched(learnt, links, positives, users, size, params.seed)
        if params.hard:
            found.setdefault("C3", {})[task] = draw_hard(
                learnt, links, positives, users, params.hard, params.seed, words
            )
    return {kind: Drawn(**by_task) for kind, by_task in found.items()}


def _numbered(user_ids: list[str], follows: pd.DataFrame) -> Ints:
    """The follows as sorted pairs of user numbers, shape (edges, 2)."""
    index = pd.Index(user_ids)
    sides = [index.get_indexer(pd.Index(follows[side])) for side in ("follower_id", "followee_id")]
    edges = np.stack(sides, axis=1).astype(np.int32)
    faults = {
        "names an unknown user": (edges < 0).any(axis=1),
        "is a self-follow": edges[:, 0] == edges[:, 1],
        "stands there twice": follows.duplicated(["follower_id", "followee_id", "kind"]),
    }
    for fault, where in faults.items():
        if np.any(where):
            row = follows.loc[np.asarray(where)].iloc[0]
            raise InputError(
                f"follows: the edge {row['follower_id']!r} -> {row['followee_id']!r} {fault}"
                f" ({int(np.sum(where)):,} such).\nThe stage `validate` removes them: run it first."
            )
    return np.unique(edges, axis=0)


def _part_of(
    edges: Ints, hashes: NDArray[np.uint64], cold: NDArray[np.bool_], params: SplitParams
) -> NDArray[np.int8]:
    """0, 1 or 2 for each edge: train, validation or test."""
    chance = as_share(hash_pairs(hashes[edges[:, 0]], hashes[edges[:, 1]]))
    held_out = params.test + params.validation
    leaves = cold[edges].any(axis=1) & (chance >= held_out)
    # What training loses is shared out as the held-out pairs are.
    chance[leaves] = (chance[leaves] - held_out) / (1 - held_out) * held_out
    return np.select([chance < params.test, chance < held_out], [2, 1], 0).astype(np.int8)


def _chosen(test: Ints, hashes: NDArray[np.uint64], limit: int) -> Ints:
    """The rows of the `limit` pairs with the lowest hash, rising."""
    # Mixed with itself, so that it is independent of the hash that made the pair a test pair.
    pair = hash_pairs(hashes[test[:, 0]], hashes[test[:, 1]])
    order = np.argsort(hash_pairs(pair, ~pair), kind="stable")
    return np.sort(order[:limit]).astype(np.int32)
