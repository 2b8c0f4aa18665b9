"""Baselines: each as a loop over the train follows, and what the split makes of them."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from mmga.evaluation.baselines import profiles
from mmga.evaluation.baselines.degrees import Popularity, Reciprocity
from mmga.evaluation.baselines.factors import best_ridge, best_svd, ridge, svd
from mmga.evaluation.baselines.follows import train_follows
from mmga.evaluation.baselines.neighbours import (
    AdamicAdar,
    CommonNeighbours,
    Jaccard,
    ResourceAllocation,
    Steps,
)
from mmga.evaluation.baselines.profiles import TextProfile, words_read
from mmga.evaluation.baselines.untrained import baselines, refitted
from mmga.evaluation.baselines.validation import Validation
from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.ranking import Known, rank_follows
from mmga.paths import Paths
from mmga.splits.params import SplitParams
from mmga.splits.split import TASKS, make_split
from tests.evaluation.worlds import Table, noise, small_split
from tests.splits.test_split import world

USERS = 80


@pytest.fixture(scope="module")
def split():
    return small_split(USERS)


def score_by_loops(name, edges, u, v):
    """How likely u follows v, as each baseline sees it."""
    ties = [(a, b) for a, b in edges] + [(b, a) for a, b in edges]
    if name == "reciprocity":
        return int((v, u) in edges)
    if name == "common_neighbours":
        return sum((u, w) in edges and (w, v) in edges for w in range(USERS))
    if name == "jaccard":
        own, other = ({b for a, b in ties if a == user} for user in (u, v))
        return len(own & other) / max(1, len(own | other))
    degree = Counter(a for a, _ in ties)
    count = Counter(ties)
    total = 0.0
    for w in range(USERS):
        ways = count[u, w] * count[w, v]
        if ways:
            shares = {"adamic_adar": math.log(max(2, degree[w])), "resource_allocation": degree[w]}
            total += ways / shares[name]
    return total


@pytest.mark.parametrize(
    "baseline",
    [Reciprocity, CommonNeighbours, Jaccard, AdamicAdar, ResourceAllocation],
)
def test_agrees_with_its_definition_written_as_loops(split, baseline):
    paths = Paths(split.train, USERS)
    scorer = AdamicAdar(paths) if baseline is AdamicAdar else baseline(train_follows(split))
    edges = set(map(tuple, split.train.tolist()))
    query = int(split.train[7, 0])
    fans = scorer.scores("fans", np.array([query]))[0]
    followees = scorer.scores("followees", np.array([query]))[0]
    for other in range(0, USERS, 7):
        if other != query:
            assert fans[other] == pytest.approx(score_by_loops(scorer.name, edges, other, query))
            assert followees[other] == pytest.approx(
                score_by_loops(scorer.name, edges, query, other)
            )


@pytest.mark.parametrize("length", [3, 4, 5])
def test_steps_are_a_power_of_the_normalised_ties(split, length):
    follows = train_follows(split).toarray()
    ties = follows + follows.T
    degree = ties.sum(axis=1)
    step = ties / np.sqrt(np.maximum(np.outer(degree, degree), 1))
    expected = np.linalg.matrix_power(step, length)
    for task in TASKS:
        found = Steps(train_follows(split), length).scores(task, np.array([3, 40]))
        np.testing.assert_allclose(found, expected[[3, 40]], rtol=1e-6, atol=1e-12)


def test_the_ridge_regression_of_full_rank_ranks_as_the_autoencoder_does(split):
    follows = train_follows(split).toarray()
    ties = follows + follows.T
    discount = np.maximum(ties.sum(axis=1), 1) ** -0.25
    discounted = discount[:, None] * ties * discount
    penalty = np.sqrt(ties.sum(axis=1)[ties.sum(axis=1) > 0]).mean()
    inverse = np.linalg.inv(discounted @ discounted + penalty * np.eye(USERS))
    expected = -penalty * (discounted @ inverse)
    scorer = best_ridge(train_follows(split), [10_000], Validation(split, 50), seed=0)
    found = scorer.scores("followees", np.arange(USERS))
    off = ties == 0
    np.testing.assert_allclose(found[off], expected[off], atol=1e-4)


def test_popularity_counts_train_follows_alone(split):
    scorer = Popularity(train_follows(split))
    for task, side in (("fans", 0), ("followees", 1)):
        expected = np.bincount(split.train[:, side], minlength=USERS)
        np.testing.assert_array_equal(scorer.scores(task, np.array([1, 2])), [expected, expected])


def test_popularity_alone_is_at_chance_on_degree_matched_candidates_and_not_on_all():
    params = SplitParams(
        seed=1, validation=0.05, test=0.2, cold=0.0, negatives=100, max_queries=10_000
    )
    split = make_split(*world(700, 12_000), params)
    scorer = Popularity(train_follows(split))
    edges, known = split.test[split.negatives.ranked], Known(split)
    ranks = rank_follows(scorer, "followees", edges, known, split.negatives.of("followees"))
    warm = ~split.cold[edges].any(axis=1)
    assert metrics_of(ranks, "C2", warm).micro()["auc"] == pytest.approx(0.5, abs=0.04)
    candidates = (~known.of("followees", ranks.query)).sum(axis=1)
    assert np.mean(1 - (ranks.rank["C0"] - 1) / candidates) > 0.6


def test_reciprocity_finds_no_test_follow_because_no_pair_crosses_over(split):
    scorer = Reciprocity(train_follows(split))
    for task in TASKS:
        edges = split.test
        own, other = (edges[:, 1], edges[:, 0]) if task == "fans" else edges.T
        assert not scorer.scores(task, own)[np.arange(len(edges)), other].any()


def test_the_svd_of_full_rank_is_the_normalised_matrix(split):
    follows = train_follows(split).toarray()
    scorer = best_svd(train_follows(split), [10_000], Validation(split, 50), seed=0)
    assert scorer.rank == USERS - 2
    out, into = (np.maximum(follows.sum(axis=axis, keepdims=True), 1) for axis in (1, 0))
    np.testing.assert_allclose(
        scorer.scores("followees", np.arange(USERS)), follows / np.sqrt(out * into), atol=0.02
    )
    np.testing.assert_allclose(
        scorer.scores("fans", np.arange(USERS)),
        scorer.scores("followees", np.arange(USERS)).T,
        atol=1e-12,
    )


@pytest.mark.parametrize("smoothed", [svd, ridge])
def test_who_has_no_tie_has_no_factors_not_even_rounding(split, smoothed):
    found = smoothed(train_follows(split), 8, 0)
    assert split.cold.any()
    assert not found.fan[split.cold].any()
    assert not found.account[split.cold].any()
    assert found.fan[~split.cold].any()


def test_validation_chooses_the_rank_and_test_follows_have_no_say(split):
    validation, follows = Validation(split, 100), train_follows(split)
    tried = {rank: best_svd(follows, [rank], validation, seed=0) for rank in (2, 8, 32)}
    chosen = best_svd(follows, [2, 8, 32], validation, seed=0)
    assert chosen.rank == max(tried, key=lambda rank: validation.mrr(tried[rank]))
    permuted = replace(split, test=np.random.default_rng(0).permutation(split.test))
    again = best_svd(train_follows(permuted), [2, 8, 32], Validation(permuted, 100), seed=0)
    np.testing.assert_array_equal(again.fan, chosen.fan)


def test_each_baseline_has_a_name_of_its_own(split):
    names = [scorer.name for scorer in baselines(split, [4], [0.5], Validation(split, 50), seed=0)]
    assert names == [
        "popularity",
        "reciprocity",
        "common_neighbours",
        "jaccard",
        "adamic_adar",
        "resource_allocation",
        "three_steps",
        "four_steps",
        "five_steps",
        "pagerank",
        "svd",
        "ridge",
    ]


def profile_by_loops(words, edges, task, query, other):
    """Three cosines: of the words of both, and of each with the other's profile."""
    fans = {u: [a for a, b in edges if b == u] for u in range(USERS)}
    followees = {u: [b for a, b in edges if a == u] for u in range(USERS)}
    of_query, of_other = (fans, followees) if task == "fans" else (followees, fans)

    def profile(user, tied):
        total = sum((words[w] for w in tied[user]), np.zeros(words.shape[1]))
        length = np.linalg.norm(total)
        return total / length if length else words[user]

    alike = words[query] @ words[other]
    return alike + profile(query, of_query) @ words[other] + words[query] @ profile(other, of_other)


@pytest.mark.parametrize("task", TASKS)
def test_the_text_profile_agrees_with_its_definition_written_as_loops(split, task, monkeypatch):
    monkeypatch.setattr(profiles, "ROWS", 7)
    words = np.random.default_rng(0).random((USERS, 6)) * (noise(USERS, levels=3)[:, :6] > 0)
    words[::4] = 0  # who writes nothing
    words /= np.maximum(np.linalg.norm(words, axis=1, keepdims=True), 1e-9)
    edges = set(map(tuple, split.train.tolist()))
    found = TextProfile(csr_array(words), train_follows(split)).scores(task, np.arange(USERS))
    right = [
        [profile_by_loops(words, edges, task, q, u) for u in range(USERS)] for q in range(USERS)
    ]
    np.testing.assert_allclose(found, right, atol=1e-12)
    cold = np.flatnonzero(split.cold)
    assert found[np.ix_(cold, cold)] == pytest.approx(3 * words[cold] @ words[cold].T)


def test_a_text_profile_reads_what_is_an_input_and_is_left_out_where_nobody_writes(split):
    users = pd.DataFrame({"user_id": split.user_ids, "bio": None})
    users.loc[0, "bio"] = "tea"
    said = ["cats", "cats dogs", "dogs birds", "a secret", "birds"]
    posts = pd.DataFrame({"post_id": list("abcde"), "user_id": split.user_ids[:5], "caption": said})
    late = pd.DataFrame({"post_id": ["d"], "image_id": [None], "reason": ["after-cut"]})
    words = words_read(replace(split, withheld=late), users, posts)
    assert np.flatnonzero(np.diff(words.indptr)).tolist() == [0, 1, 2, 4]
    assert (words[[0]] @ words[[1]].T).toarray().item() > 0
    validation = Validation(split, 50)
    nothing = words_read(split, users.assign(bio=None), posts[:0])
    for read, there in ((words, True), (nothing, False), (None, False)):
        names = [s.name for s in baselines(split, [4], [0.5], validation, 0, read)]
        assert ("text_profile" in names) == there


def test_what_is_refitted_keeps_its_settings_and_knows_the_other_follows():
    split = small_split()
    other = small_split(follows=900)
    words = csr_array(noise(80, levels=2))
    tuned = baselines(split, [2, 4, 8], [0.2, 0.5], Validation(split, 50), 0, words)
    again = refitted([Table(noise(80), "a model"), *tuned], split, seed=0)
    assert [scorer.name for scorer in again] == [scorer.name for scorer in tuned]
    renewed = refitted(tuned, other, seed=0)
    queries = np.arange(80)
    for before, same, new in zip(tuned, again, renewed, strict=True):
        for task in TASKS:
            scores = before.scores(task, queries)
            np.testing.assert_allclose(same.scores(task, queries), scores, atol=1e-6)
        assert not np.allclose(new.scores("fans", queries), before.scores("fans", queries))
    assert renewed[-2].rank == tuned[-2].rank
