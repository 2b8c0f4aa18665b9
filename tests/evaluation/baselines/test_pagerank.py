"""Personalised PageRank: against the linear system that it solves, and what validation chooses."""

import numpy as np
import pytest

from mmga.evaluation.baselines.follows import train_follows
from mmga.evaluation.baselines.pagerank import UNSETTLED, PageRank, best_pagerank
from mmga.evaluation.baselines.validation import Validation
from mmga.splits.split import TASKS
from tests.evaluation.worlds import small_split

USERS = 60


@pytest.fixture(scope="module")
def split():
    return small_split(USERS, 300)


@pytest.fixture(scope="module")
def follows(split):
    return train_follows(split)


def solved(links: np.ndarray, restart: float) -> np.ndarray:
    """Row q is restart * (I - (1 - restart) P')^-1 e_q, where row u of P is u's next steps."""
    walk = links / np.maximum(links.sum(axis=1, keepdims=True), 1)
    return restart * np.linalg.inv(np.eye(len(links)) - (1 - restart) * walk.T).T


@pytest.mark.parametrize("restart", [0.15, 0.5, 0.8, 1.0])
def test_the_scores_solve_the_equation_of_pagerank(follows, restart):
    plain = follows.toarray()
    links = {
        ("followees", True): plain,
        ("fans", True): plain.T,
        ("followees", False): plain + plain.T,
        ("fans", False): plain + plain.T,
    }
    everyone = np.arange(USERS)
    for (task, directed), of in links.items():
        found = PageRank(follows, restart, directed).scores(task, everyone)
        off = np.abs(found - solved(of, restart)).sum(axis=1)
        assert off.max() < 2 * UNSETTLED


def test_no_walk_is_at_two_places_at_once(follows):
    found = PageRank(follows, 0.3, directed=False).scores("fans", np.arange(USERS))
    degree = (follows + follows.T).sum(axis=0)
    np.testing.assert_allclose(found.sum(axis=1)[degree > 0], 1, atol=1e-5)


def test_a_directed_walk_reaches_only_whom_follows_lead_to(follows):
    plain = follows.toarray()
    reach = np.linalg.matrix_power(np.eye(USERS) + plain, USERS) > 0
    found = PageRank(follows, 0.15, directed=True)
    np.testing.assert_array_equal(found.scores("followees", np.arange(USERS)) > 0, reach)
    np.testing.assert_array_equal(found.scores("fans", np.arange(USERS)) > 0, reach.T)


def test_queries_do_not_disturb_one_another(follows):
    scorer = PageRank(follows, 0.5, directed=True)
    for task in TASKS:
        together = scorer.scores(task, np.array([3, 40, 7]))
        alone = [scorer.scores(task, np.array([query]))[0] for query in (3, 40, 7)]
        np.testing.assert_allclose(together, alone, rtol=1e-6)


def test_validation_chooses_how_walks_go(split, follows):
    validation = Validation(split, 1000)
    chosen = best_pagerank(follows, [0.15, 0.8], validation)
    for restart in (0.15, 0.8):
        for directed in (True, False):
            other = PageRank(follows, restart, directed)
            assert validation.mrr(chosen) >= validation.mrr(other)
