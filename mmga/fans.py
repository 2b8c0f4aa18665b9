"""A trained model as one object: users in, vectors and ranked fans out.

The evaluation, batch scoring and the service all use this object, so what is evaluated is what is
served. It needs no torch: the encoders have done their work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from mmga.errors import InputError, nearest
from mmga.paths import Paths

if TYPE_CHECKING:  # the served model needs nothing of what makes a split
    from mmga.splits.split import Task

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class FanModel:
    """Scores every pair of users: how likely is it that u becomes a fan of v.

    s(u, v) = <fan[u], account[v]> + fan_bias[u] + account_bias[v]; larger is likelier, and only the
    order within one query means anything. The temperature is folded into `fan`. Where there is a
    second stage, the score of a query that has follows is a weighted sum of the match, the bias and
    what lies between the two (`mmga.paths`); a candidate who has none gets a constant for the last.
    """

    user_ids: Sequence[str]
    """The users, in the order of every array below."""
    fan: Floats
    """Users as fans, shape (users, dim)."""
    account: Floats
    """Users as ones who are followed, shape (users, dim)."""
    fan_bias: Floats
    """How readily a user follows anyone, shape (users,)."""
    account_bias: Floats
    """How readily a user is followed by anyone (the popularity term), shape (users,)."""
    vectors: Floats
    """The representation of a user, shape (users, representation); rows of length 1 (or 0)."""
    known: Ints | None = None
    """Follows that exist, shape (follows, 2), as (follower, followee): never predicted again."""
    follows: Ints | None = None
    """The follows whose paths count: those of the training, shape (follows, 2)."""
    second_stage: Floats | None = None
    """What the match, the bias and each of `mmga.paths.WAYS` count, for `fans` and for `followees`,
    shape (2, 2 + ways)."""
    cold_candidates: Floats | None = None
    """What the match and the bias of a candidate without a follow count there, and the constant,
    shape (2, 3)."""
    low_rank: Floats | None = None
    """Users as followers and as followees in a low-rank adjacency, shape (2, users, rank)."""
    name: str = "mmga"

    def scores(self, task: "Task", queries: NDArray[np.integer]) -> Floats:
        """The score of every user for each query, shape (queries, users).

        Args:
            task: `fans`: queries are accounts, columns users who may become their fans;
                `followees`: queries are users, columns accounts they may follow.
            queries: User numbers.
        """
        if task == "fans":
            match, bias = self.account[queries] @ self.fan.T, self.fan_bias
        else:
            match, bias = self.fan[queries] @ self.account.T, self.account_bias
        scores: Floats = match + bias
        if self._paths is not None and self.second_stage is not None:
            number, warm = 0 if task == "fans" else 1, self._paths.warm
            weights = self.second_stage[number]
            between = self._paths.between(task, queries)
            second = weights[0] * match + weights[1] * bias
            second += np.tensordot(weights[2:], between[: len(weights) - 2], axes=1)
            if self.cold_candidates is not None:
                of_match, of_bias, constant = self.cold_candidates[number]
                cold = of_match * match[:, ~warm] + of_bias * bias[~warm] + constant
                second[:, ~warm] = cold
            scores = np.where(warm[queries][:, None], second, scores)
        return scores

    def fans(self, account: str, k: int) -> pd.DataFrame:
        """The `k` users most likely to become fans of `account`: columns `user_id`, `score`.

        Raises:
            InputError: If no user has that id.
        """
        return self._best("fans", account, k)

    def followees(self, user: str, k: int) -> pd.DataFrame:
        """The `k` accounts that `user` will most likely follow: columns `user_id`, `score`.

        Raises:
            InputError: If no user has that id.
        """
        return self._best("followees", user, k)

    def lookalike(self, user: str, k: int) -> pd.DataFrame:
        """The `k` users whose representation is nearest by cosine: columns `user_id`, `score`.

        Raises:
            InputError: If no user has that id.
        """
        number = self.number_of(user)
        return self._top(self.vectors @ self.vectors[number], [number], k)

    def number_of(self, user: str) -> int:
        """The row of a user.

        Raises:
            InputError: If no user has that id.
        """
        number = self._numbers.get(user)
        if number is None:
            hint = nearest(user, list(self._numbers)[:100_000])
            raise InputError(
                f"no user {user!r} among the model's {len(self.user_ids):,} users{hint}"
            )
        return number

    def write(self, folder: Path) -> None:
        """Write `users.parquet` and `fans.safetensors`."""
        folder.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({"user_id": list(self.user_ids)}).to_parquet(folder / "users.parquet")
        tensors: dict[str, NDArray[np.generic]] = {
            "fan": self.fan,
            "account": self.account,
            "fan_bias": self.fan_bias,
            "account_bias": self.account_bias,
            "vectors": self.vectors,
        }
        for name in ("known", "follows", "second_stage", "cold_candidates", "low_rank"):
            if (given := getattr(self, name)) is not None:
                tensors[name] = given
        contiguous = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
        save_file(contiguous, folder / "fans.safetensors", metadata={"name": self.name})

    @classmethod
    def read(cls, folder: Path, name: str = "mmga") -> "FanModel":
        """A model as `write` left it.

        Raises:
            InputError: If the folder holds none.
        """
        if not (folder / "fans.safetensors").is_file():
            raise InputError(f"{folder} holds no trained model; `dvc repro` makes one")
        user_ids = pd.read_parquet(folder / "users.parquet")["user_id"].tolist()
        return cls(user_ids, **load_file(folder / "fans.safetensors"), name=name)

    @cached_property
    def _paths(self) -> Paths | None:
        if self.follows is None:
            return None
        return Paths(self.follows, len(self.user_ids), self.low_rank)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {user: number for number, user in enumerate(self.user_ids)}

    def _best(self, task: "Task", user: str, k: int) -> pd.DataFrame:
        number = self.number_of(user)
        excluded = [number]
        if self.known is not None:
            own, other = (1, 0) if task == "fans" else (0, 1)
            excluded += self.known[self.known[:, own] == number, other].tolist()
        return self._top(self.scores(task, np.array([number]))[0], excluded, k)

    def _top(self, scores: Floats, excluded: list[int], k: int) -> pd.DataFrame:
        if k < 1:
            raise InputError(f"k must be at least 1, got {k}")
        eligible = np.setdiff1d(np.arange(len(scores)), excluded)
        best = eligible[np.argsort(-scores[eligible], kind="stable")[:k]]
        return pd.DataFrame(
            {"user_id": [self.user_ids[i] for i in best], "score": scores[best].astype(float)}
        )
