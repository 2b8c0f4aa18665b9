"""The simplest reader of texts: words of users beside those of whom they are tied to, untrained."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from mmga.evaluation.baselines.follows import Floats, dense
from mmga.splits.split import Split, Task
from mmga.splits.withheld import spared_posts
from mmga.splits.words import words_of

ROWS = 1024
"""Profiles that are held at a time: a profile has the words of many."""


def words_read(split: Split, users: pd.DataFrame, posts: pd.DataFrame) -> csr_array:
    """TF-IDF of the captions and the bio of each user, as of `words_of`.

    Args:
        split: Says which posts are no inputs.
        users: Columns `user_id`, in the order of the split, and `bio`.
        posts: Columns `post_id`, `user_id` and `caption`.
    """
    captions = spared_posts(split.withheld, posts)[["user_id", "caption"]]
    bios = users[["user_id", "bio"]].rename(columns={"bio": "caption"})
    return words_of(users, pd.concat([captions, bios]))


@dataclass(frozen=True)
class TextProfile:
    """Cosines of TF-IDF, as of a content-based recommender (Pazzani and Billsus 2007).

    Three of them are added: of what both write; of what one writes and the profile of the other,
    and the other way round. The profile of an account is what its fans write together, that of a
    follower what the followees write. Who has none, having no tie in training or none to a user who
    writes, is known by the own words: without ties all three are the plain cosine.
    """

    words: csr_array
    """What users write, rows of length 1 or 0, shape (users, terms)."""
    follows: csr_array
    """1 where the row's user follows the column's in training, shape (users, users)."""
    name: str = "text_profile"

    def scores(self, task: Task, queries: NDArray[np.integer]) -> Floats:
        """From 0 to 3, shape (queries, users)."""
        tied_to_query, tied_to_user = (
            ("fans", "followees") if task == "fans" else ("followees", "fans")
        )
        own = self.words[queries]
        profile = self._tied[tied_to_query][queries] @ self.words
        alike = dense(own @ self._by_term)
        beside: Floats = (self._tied[tied_to_user] @ alike.T).T
        return alike + dense(profile @ self._by_term) + beside

    @cached_property
    def _by_term(self) -> csr_array:
        return self.words.T.tocsr()

    @cached_property
    def _tied(self) -> dict[str, csr_array]:
        """What makes profiles of words: row by row those tied to a user, or the user alone."""
        return {
            "fans": self._profiles(self.follows.T.tocsr()),
            "followees": self._profiles(self.follows),
        }

    def _profiles(self, tied: csr_array) -> csr_array:
        length = np.concatenate(
            [
                _lengths(tied[start : start + ROWS] @ self.words)
                for start in range(0, tied.shape[0], ROWS)
            ]
        )
        there = length > 0
        shares = diags_array(np.where(there, 1 / np.where(there, length, 1), 0)) @ tied
        return (shares + diags_array((~there).astype(float))).tocsr()


def _lengths(rows: csr_array) -> Floats:
    lengths: Floats = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return lengths
