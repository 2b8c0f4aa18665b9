"""Which follows a model may learn from, which choose between models, and which judge them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.errors import InputError
from mmga.splits.candidates import choose_ranked, draw_candidates
from mmga.splits.chance import hash_names
from mmga.splits.cold import draw_cold
from mmga.splits.duplicates import double_pictures
from mmga.splits.negatives import Negatives
from mmga.splits.params import SplitParams
from mmga.splits.parts import numbered, parts_by_pair
from mmga.splits.revealed import choose_revealed, touched
from mmga.splits.temporal import DROPPED, cuts_of, parts_by_time
from mmga.splits.withheld import late_posts, nothing, read_withheld, spared_posts, write_withheld
from mmga.splits.words import words_of

Task = Literal["fans", "followees"]
"""`fans`: rank users as fans of an account. `followees`: rank accounts that a user will follow."""

TASKS: tuple[Task, ...] = ("fans", "followees")

PARTS = ("train", "validation", "test")

FILES = (*PARTS, "dropped")

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
    dropped: Ints
    """Likewise: follows in no part, since their reverse is in an earlier one (temporal splits)."""
    negatives: Negatives
    """The candidates of the ranked test follows: C1, C2, C3."""
    params: SplitParams
    """How it was made."""
    drawn_cold: int
    """How many users were drawn to be cold."""
    revealed: pd.DataFrame
    """Test follows of cold users that `with_revealed` gives back, with `COLUMNS` of
    `mmga.splits.revealed`; neither they nor their reverses are ranked."""
    withheld: pd.DataFrame
    """Posts and pictures that are no inputs, with the columns of `mmga.splits.withheld`."""
    cuts: tuple[pd.Timestamp, pd.Timestamp] | None
    """When validation and when test begins, in a temporal split."""

    @property
    def known(self) -> Ints:
        """All follows that are known to exist, shape (edges, 2): nobody's negatives."""
        return np.concatenate([self.train, self.validation, self.test, self.dropped])

    @cached_property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of each part's follows, by the ids and not by the numbers of the users."""
        return {part: hash_of(self.user_ids, getattr(self, part)) for part in PARTS}

    def describe(self) -> dict[str, Any]:
        """What `split.json` says: parameters, counts and hashes."""
        counts = {part: self._counts(getattr(self, part)) for part in PARTS}
        skipped = {
            kind: {task: int((getattr(drawn, task)[:, 0] < 0).sum()) for task in TASKS}
            for kind, drawn in self.negatives.kinds.items()
        }
        return {
            "seed": self.params.seed,
            "params": self.params.model_dump(mode="json"),
            "users": len(self.user_ids),
            "cold": int(self.cold.sum()),
            "drawn_cold": self.drawn_cold,
            "cuts": self.cuts and [cut.isoformat() for cut in self.cuts],
            "edges": counts,
            "dropped": len(self.dropped),
            "withheld": self.withheld["reason"].value_counts().sort_index().to_dict(),
            "revealed": {str(k): self._users_with(k) for k in self.params.revealed if k},
            "ranked": {"edges": len(self.negatives.ranked), "without_negatives": skipped},
            "sha256": self.hashes,
        }

    def write(self, folder: Path) -> None:
        """Write the files that docs/architecture.md lists under `build/splits/`."""
        folder.mkdir(parents=True, exist_ok=True)
        for part in FILES:
            frame = pd.DataFrame(getattr(self, part), columns=["follower", "followee"])
            frame.to_parquet(folder / f"{part}.parquet", index=False)
        users = pd.DataFrame({"user_id": self.user_ids, "cold": self.cold})
        users.to_parquet(folder / "users.parquet", index=False)
        self.revealed.to_parquet(folder / "revealed.parquet", index=False)
        write_withheld(self.withheld, folder)
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
        parts = {part: pd.read_parquet(folder / f"{part}.parquet").to_numpy() for part in FILES}
        cuts = described["cuts"]
        return cls(
            users["user_id"].tolist(),
            users["cold"].to_numpy(),
            **parts,
            negatives=Negatives.read(folder / "negatives.npz"),
            params=SplitParams(**described["params"]),
            drawn_cold=described["drawn_cold"],
            revealed=pd.read_parquet(folder / "revealed.parquet"),
            withheld=read_withheld(folder),
            cuts=cuts and (pd.Timestamp(cuts[0]), pd.Timestamp(cuts[1])),
        )

    def with_revealed(self, k: int) -> "Split":
        """The split as it is when every cold user has shown their first `k` follows.

        For inference alone: a model that was trained on the split itself reads the train follows of
        this one as the graph. The same follows are ranked among the same candidates, and `cold`
        still says who had no follow in training; a user with few test follows has shown fewer.

        Raises:
            InputError: If more are asked for than were set aside.
        """
        most = max(self.params.revealed)
        if not 0 <= k <= most:
            raise InputError(
                f"{k} follows of each cold user cannot be revealed: the split has set aside {most}."
                "\nChange params.yaml: split.revealed."
            )
        shown = self.revealed[self.revealed["place"] <= k]
        edges = shown[["follower", "followee"]].to_numpy(np.int32)
        return replace(self, train=np.unique(np.concatenate([self.train, edges]), axis=0))

    def _users_with(self, k: int) -> int:
        """How many cold users have `k` follows to reveal."""
        return int((self.revealed["place"] == k).sum())

    def _counts(self, edges: Ints) -> dict[str, int]:
        touches_cold = self.cold[edges].any(axis=1)
        return {
            "edges": len(edges),
            "pairs": len(np.unique(np.sort(edges, axis=1), axis=0)),
            "warm": int((~touches_cold).sum()),
            "cold": int(touches_cold.sum()),
        }


def hash_of(user_ids: Sequence[str], edges: NDArray[np.integer]) -> str:
    """What a set of follows is known by, however its users are numbered and its rows sorted.

    Args:
        user_ids: The user of each number.
        edges: User numbers (follower, followee), shape (edges, 2).

    Returns:
        SHA-256 of the sorted pairs of ids, in hexadecimal.
    """
    pairs = sorted((user_ids[fan], user_ids[account]) for fan, account in edges.tolist())
    return hashlib.sha256(json.dumps(pairs).encode()).hexdigest()


def make_split(
    users: pd.DataFrame,
    follows: pd.DataFrame,
    params: SplitParams,
    posts: pd.DataFrame | None = None,
    pictures: pd.DataFrame | None = None,
) -> Split:
    """Divide the follows by unordered pair, or by date; draw the candidates of those ranked.

    By pair, the part depends on the seed and the two ids alone: between warm users it stays what it
    was when data are appended. A pair that touches a user drawn to be cold goes to validation or
    test, and one that was there anyway stays where it was.

    Args:
        users: Columns `user_id` and `topic`; the row is the user's number.
        follows: Columns `follower_id`, `followee_id` and `kind`, for a temporal split
            `followed_at`; two kinds of one edge count once, from when the first began.
        params: Seed and shares.
        posts: Columns `post_id`, `user_id`, `created_at` and `caption`: what makes negatives hard
            besides the follows, and is withheld from a model where it is from after the cut.
        pictures: Columns `image_id`, `post_id`, `phash` and `colours`: a near duplicate of a cold
            user's is withheld.

    Raises:
        InputError: If an edge is a self-follow, stands there twice or names no user, there are too
            few to fill every part, or a temporal split finds one without a date.
    """
    user_ids = users["user_id"].tolist()
    edges, dates = numbered(user_ids, follows)
    hashes = hash_names(user_ids, params.seed)
    drawn, cuts, withheld = np.zeros(len(users), dtype=np.bool_), None, nothing()
    if params.kind == "temporal":
        cuts = cuts_of(dates, params)
        part = parts_by_time(edges, dates, cuts, len(users))
        withheld = late_posts(posts, cuts[0])
    else:
        drawn = draw_cold(users, edges, params.cold, params.seed)
        part = parts_by_pair(edges, hashes, drawn, params)
    train, validation, test, dropped = (edges[part == n] for n in (0, 1, 2, DROPPED))
    for name, found in zip(PARTS, (train, validation, test), strict=True):
        if not len(found):
            raise InputError(
                f"split: {len(user_ids):,} users with {len(edges):,} follows leave none for {name};"
                f" every part needs at least one{_cut_at(cuts)}.\nImport more follows, or change"
                f" {'the cuts or the kind' if cuts else 'the shares'} in params.yaml: split."
            )
    cold = np.ones(len(users), dtype=np.bool_)
    cold[train] = False
    if pictures is not None and posts is not None and params.near_duplicate_bits is not None:
        newcomers = users.loc[cold, "user_id"].tolist()
        bits = params.near_duplicate_bits
        doubles = double_pictures(withheld, posts, pictures, newcomers, bits)
        withheld = pd.concat([withheld, doubles], ignore_index=True)
    revealed = choose_revealed(test, cold, hashes, max(params.revealed))
    left_out = touched(test, revealed, len(users))
    ranked = choose_ranked(test, left_out, hashes, params.max_queries)
    read = spared_posts(withheld, posts) if params.hard and posts is not None else None
    negatives = draw_candidates(train, edges, test[ranked], words_of(users, read), params)
    return Split(
        user_ids,
        cold,
        train,
        validation,
        test,
        dropped,
        negatives=Negatives(ranked, negatives),
        params=params,
        drawn_cold=int(drawn.sum()),
        revealed=revealed,
        withheld=withheld,
        cuts=cuts,
    )


def _cut_at(cuts: tuple[pd.Timestamp, pd.Timestamp] | None) -> str:
    if cuts is None:
        return ""
    return f"; the cuts are at {cuts[0]:%Y-%m-%d %H:%M} and {cuts[1]:%Y-%m-%d %H:%M}"
