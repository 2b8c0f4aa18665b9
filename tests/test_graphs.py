"""The benchmark on other people's graphs: what it reads of a folder, and what its table says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import graphs
from benchmarks.graphs import Against, Row
from mmga.errors import InputError
from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.ranking import Known, rank_follows
from mmga.evaluation.report import EvaluateParams
from mmga.evaluation.slices import by_temperature
from tests.evaluation.worlds import Table, noise, small_split

PARAMS = EvaluateParams(
    seed=1, resamples=500, svd_ranks=(4,), pagerank_restarts=(0.5,), tuning_follows=50
)


def test_a_folder_says_itself_how_its_tables_are_to_be_read(tmp_path: Path):
    (tmp_path / "follows.csv").touch()
    (tmp_path / "posts.parquet").touch()
    (tmp_path / "options").write_text("--undirected --map 'follows.follower_id=node 1'\n")
    assert graphs.options_of(tmp_path) == [
        *("--follows", str(tmp_path / "follows.csv"), "--posts", str(tmp_path / "posts.parquet")),
        *("--undirected", "--map", "follows.follower_id=node 1"),
    ]


def test_a_folder_without_follows_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="holds neither follows"):
        graphs.options_of(tmp_path)


def test_a_ratio_is_of_the_means_and_its_interval_is_that_of_the_same_queries():
    chance = np.random.default_rng(0)
    its = chance.random(400)
    twice = graphs.against("svd", 2 * its, its, PARAMS)
    assert (twice.low, twice.ratio, twice.high) == pytest.approx((2, 2, 2))
    other = graphs.against("svd", 2 * chance.permutation(its), its, PARAMS)
    assert other.ratio == pytest.approx(2)
    # By the delta method, for independent means of a uniform distribution:
    error = 2 * np.sqrt(2 / len(its)) * its.std() / its.mean()
    assert [other.low, other.high] == pytest.approx([2 - 2 * error, 2 + 2 * error], rel=0.05)


def test_the_fans_of_warm_users_are_what_is_ranked():
    split = small_split()
    scorer = Table(noise(80))
    found = graphs.reciprocal_ranks(scorer, split)
    edges, negatives = split.test[split.negatives.ranked], split.negatives.of("fans")
    ranks = rank_follows(scorer, "fans", edges, Known(split), negatives)
    for candidates in ("C0", "C2"):
        every = metrics_of(ranks, candidates, by_temperature(split)["warm"])
        assert every is not None
        assert found[candidates].tolist() == every.values["mrr"].tolist()


def test_the_page_says_wins_and_losses_and_what_was_kept_is_read_back(tmp_path: Path):
    best = Against("adamic_adar", 0.1, 1.5, 1.25, 1.75)
    row = Row("club", "the club", 1000, 20000, "C0", 400, 0.15, best, None, 61.4, 512.3)
    assert graphs.table([row])[-1] == (
        "| club | 1,000 | 20,000 | C0 | 400 | 0.1500 | adamic_adar 0.1000 | 1.50 (1.25 to 1.75)"
        " |  |  | 61 | 512 |"
    )
    worse = replace(row, candidates="C2", heuristic=replace(best, ratio=0.9, low=0.8, high=0.99))
    page = graphs.page([row, worse], trials=3)
    assert "MMGA is better in 1, worse in 1 and undecided in 0 of 2 cases" in page
    assert page.endswith("Where the graphs are from:\n\n- club: the club\n")
    file = tmp_path / "rows.jsonl"
    graphs.keep(file, [row])
    assert graphs.kept(file) == {("club", "C0"): row}
