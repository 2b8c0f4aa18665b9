"""Walks: along ties, and as often one way as another as the paper has it."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_array

from mmga.evaluation.baselines.walks import Walker

EDGES = [(0, 1), (0, 2), (1, 2), (1, 3), (3, 4), (1, 4), (0, 5)]
"""User 6 has no tie."""
TWICE = {(1, 3)}


def ties():
    table = np.zeros((7, 7))
    for a, b in EDGES:
        table[a, b] = table[b, a] = 2 if (a, b) in TWICE else 1
    return csr_array(table)


def test_a_walk_begins_at_everybody_who_has_a_tie_and_goes_along_ties():
    walks = Walker(ties(), 0.5, 2).walks(9, np.random.default_rng(0))
    assert sorted(walks[:, 0]) == [0, 1, 2, 3, 4, 5]
    assert walks.shape == (6, 9)
    table = ties().toarray()
    assert all(table[a, b] for walk in walks for a, b in pairwise(walk))


@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.25, 1), (4, 0.5), (1, 4)])
def test_steps_are_as_likely_as_their_definition_written_as_loops_says(p, q):
    table, walker = ties().toarray(), Walker(ties(), p, q)
    random = np.random.default_rng(1)
    walks = np.concatenate([walker.walks(40, random) for _ in range(300)])
    seen = Counter(triple for i in range(38) for triple in map(tuple, walks[:, i : i + 3].tolist()))
    checked = 0
    for before in range(7):
        for here in range(7):
            count = sum(seen[before, here, to] for to in range(7))
            if count < 1000:
                continue
            weight = [
                table[here, to] * (1 / p if to == before else 1 if table[before, to] else 1 / q)
                for to in range(7)
            ]
            for to in range(7):
                expected = weight[to] / sum(weight)
                assert seen[before, here, to] / count == pytest.approx(expected, abs=0.05)
                checked += 1
    assert checked >= 7 * 8


def test_nobody_walks_where_nobody_is_tied():
    assert Walker(csr_array((4, 4)), 1, 1).walks(5, np.random.default_rng(0)).shape == (0, 5)
