"""What the service answers: the ranked users of each user that is asked about."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from mmga.errors import InputError, nearest
from mmga.fans import FanModel

TASKS = ("fans", "followees", "lookalike")
"""What may be asked: who will become a fan, who will be followed, whose representation is near."""

MOST = 1000
"""The largest `k` that one request may ask for."""

MOST_USERS = 1000
"""The most users that one request may ask about: a server has a minute to answer."""

COLUMNS = ("query", "rank", "user_id", "score")
"""Of an answer: the user asked about, the rank from 1, the ranked user and the score."""


def ranked(model: FanModel, task: str, user: str, k: int) -> pd.DataFrame:
    """The `k` best users for one query, best first: columns `user_id`, `score`.

    Raises:
        InputError: If the user or the task is unknown or `k` is below 1.
    """
    if task not in TASKS:
        raise InputError(
            f"task must be one of {', '.join(TASKS)}, got {task!r}{nearest(task, list(TASKS))}"
        )
    best: pd.DataFrame = getattr(model, task)(user, k)
    return best


def answer(model: FanModel, users: Sequence[str], params: dict[str, Any]) -> pd.DataFrame:
    """The ranked users of every user asked about, one under the other: the columns of `COLUMNS`.

    Args:
        model: Who answers.
        users: Their ids, at most `MOST_USERS`.
        params: `task` (default fans) and `k` (default 10, from 1 to `MOST`).

    Raises:
        InputError: If a user or the task is unknown, an id is no text, `k` out of its range, or
            there are more than `MOST_USERS`.
    """
    task, k = str(params.get("task", "fans")), params.get("k", 10)
    if k is None:
        raise InputError("k must be a whole number, got null")
    if k > MOST:
        raise InputError(f"k must be at most {MOST}, got {k}")
    if len(users) > MOST_USERS:
        raise InputError(
            f"one request may ask about {MOST_USERS:,} users, got {len(users):,}; ask in parts"
        )
    parts = [pd.DataFrame({name: [] for name in COLUMNS})] if not users else []
    for user in users:
        if not isinstance(user, str):
            raise InputError(f"user_id must be text, got {user!r}")
        best = ranked(model, task, user, int(k))
        best.insert(0, "query", user)
        best.insert(1, "rank", range(1, len(best) + 1))
        parts.append(best)
    return pd.concat(parts, ignore_index=True)
