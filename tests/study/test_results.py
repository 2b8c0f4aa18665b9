"""What is printed: verdicts come from intervals, and every part is written whatever is missing."""

import numpy as np
import pandas as pd
import pytest

from mmga.project import Project
from mmga.study.__main__ import _told
from mmga.study.beyond import beyond
from mmga.study.controls import controls
from mmga.study.curves import COLOURS
from mmga.study.differences import COMPARED, paired
from mmga.study.elsewhere import against_best, other_tasks
from mmga.study.experiments import experiments
from mmga.study.markdown import counted, table, table_of_seeds
from mmga.study.params import StudyParams
from mmga.study.results import write_results
from mmga.study.robustness import MODELS, points, spoilt
from mmga.study.run import TABLES, Run, run
from mmga.study.slices import judged_slices, lost, slices
from mmga.study.steps import guided, taught
from mmga.study.summary import summary
from mmga.study.tables import ablations, alphas, tuned
from tests.alignment.conftest import PARAMS
from tests.study.conftest import STUDY, without_pictures

PLAN = StudyParams.model_validate(STUDY)
EVERY = experiments(PARAMS)


def rows_of(**columns: object) -> pd.DataFrame:
    """Forty queries of both seeds, of which the columns say the rest."""
    keys = [(seed, query) for seed in (1, 2) for query in range(20)]
    return pd.DataFrame(keys, columns=["seed", "query"]).assign(**columns)


def line(lines: list[str], start: str) -> list[str]:
    """The cells of the line of a table that begins so."""
    found = [text for text in lines if text.startswith(f"| {start}")]
    assert len(found) == 1, found
    return [cell.strip() for cell in found[0].strip("|").split("|")]


def test_the_summary_counts_losses_as_plainly_as_wins() -> None:
    cases = [("graph only", 0.1, 0.2), ("graph only", -0.2, -0.1), ("boosted heuristics", -1, 1)]
    against = pd.DataFrame(
        [
            ("fans", f"C{2 * number}", "warm", kind, "b", 0.4, 0.2, (low + high) / 2, low, high, 9)
            for number, (kind, low, high) in enumerate(cases)
        ],
        columns=list(COMPARED),
    )
    lines = summary(against)
    assert "better in 1, worse in 1, undecided in 0 (of 2" in lines[0]
    assert "better in 1, worse in 1, undecided in 1" in " ".join(lines[:3])
    text = " ".join(lines)
    assert "some 0 of 3 intervals of 95% would lie off zero by chance" in text
    # C0 and C2 of graph only contradict each other.
    assert "better in 0, worse in 0, undecided in 1 (of 1) against what it is to beat" in text
    assert "better in 0, worse in 0, undecided in 2 (of 2) against every kind" in text
    assert line(lines, "graph only")[1:] == ["better, worse", "-", "-", "-", "1", "0", "1"]
    assert line(lines, "boosted")[-1] == "2.00 (b)"
    assert "best heuristic" in next(text for text in lines if text.startswith("Not among"))


def test_what_was_not_run_is_said_and_a_missing_number_is_a_dash() -> None:
    assert table(pd.DataFrame(), "nobody is cold") == ["Nothing to show: nobody is cold.", ""]
    assert table(pd.DataFrame({"a": [np.nan], "b": [0.5]}))[2] == "| - | 0.5000 |"
    assert counted([]) == "no case could be judged"
    nothing = pd.Series([], index=pd.MultiIndex.from_arrays([[], []]), dtype=float)
    assert paired(nothing, nothing, PLAN) is None


def test_a_slice_of_few_queries_has_no_interval_and_such_a_topic_is_left_out() -> None:
    case = {"task": "fans", "candidates": "C0"}
    of_models = [
        rows_of(**case, model=model, users=users, mrr=mrr).head(most)
        for model, mrr in (("mmga", 0.5), ("stacked_late_fusion", 0.4))
        for users, most in (("warm", 40), ("head", 4), ("topic a", 40), ("topic b", 4))
    ]
    every = pd.concat(of_models)
    judged = judged_slices(every[every["users"] == "warm"], every[every["users"] != "warm"], PLAN)
    lines = slices(judged, PLAN)
    assert line(lines, "warm")[2:] == ["0.5000", "+0.1000 [+0.1000, +0.1000]", "-"]
    assert line(lines, "head")[3] == "+0.1000"
    assert line(lines, "topic a")
    assert "topic b" not in "\n".join(lines)
    assert "Against stacked_late_fusion, MMGA is better in 2, worse in 0, undecided in 0." in lines
    of = "Of 2 slices (below), MMGA is worse than stacked_late_fusion in"
    assert lost(judged, PLAN) == [f"{of} 0: none."]


def test_the_summary_names_the_slices_in_which_mmga_is_worse() -> None:
    full = pd.concat(
        rows_of(task="fans", candidates="C0", users=users, model=model, mrr=mrr)
        for users, model, mrr in (
            ("warm", "mmga", 0.5), ("warm", "stacked_late_fusion", 0.4),
            ("cold->cold", "mmga", 0.3), ("cold->cold", "stacked_late_fusion", 0.4),
        )
    )  # fmt: skip
    said = lost(judged_slices(full, full.iloc[:0], PLAN), PLAN)
    of = "Of 2 slices (below), MMGA is worse than stacked_late_fusion in"
    assert said == [f"{of} 1: fans, C0, cold->cold."]
    assert said[0] in summary(pd.DataFrame(columns=list(COMPARED)), said)


@pytest.mark.parametrize(("gain", "said"), [(0.2, "better"), (0.0, "undecided"), (-0.2, "worse")])
def test_what_a_step_taught_is_told_by_intervals(gain: float, said: str) -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 40)
    case = {"model": "mmga", "view": "text", "metric": "topic_accuracy"}
    probed = pd.concat(
        [
            rows_of(**case, experiment="after_step_0", value=0.5),
            rows_of(**case, experiment="after_step_1", value=0.5 + gain + noise - noise.mean()),
        ]
    ).rename(columns={"query": "user"})
    # Of each topic's twenty users, ten are told before the step, and as many more as were gained.
    keys = rows_of(topic=["a", "b"] * 20, model="mmga", view="text", metric="topic_f1")
    right = {"after_step_0": 10, "after_step_1": 10 + round(gain * 40)}
    told = [
        keys["topic"].where(keys["query"] < many, keys["topic"].map({"a": "b", "b": "a"}))
        for many in right.values()
    ]
    topics = pd.concat(
        [keys.assign(experiment=name, told=each) for name, each in zip(right, told, strict=True)]
    ).rename(columns={"query": "user"})
    lines = taught(probed, topics, PLAN)
    assert line(lines, "after_step_1 | after_step_0 | text view, topic_accuracy")[-1] == said
    assert line(lines, "after_step_1 | after_step_0 | text view, topic_f1")[3:6] == [
        f"{0.5 + 2 * gain:.4f}", "0.5000", f"{2 * gain:+.4f}"
    ]  # fmt: skip
    assert line(lines, "after_step_1 | after_step_0 | text view, topic_f1")[-1] == said
    assert (f"{said.capitalize()}: text view, topic_accuracy" in "\n".join(lines)) == bool(gain)


def test_what_step_2_does_is_said_of_each_pair_by_itself() -> None:
    case = {"model": "mmga_without_paths", "task": "fans", "users": "warm", "candidates": "C0"}
    means = {"after_step_1": 0.1, "step_2_without_content": 0.5, "after_step_2": 0.3}
    queries = pd.concat(
        [rows_of(**case, experiment=name, mrr=value) for name, value in means.items()]
    )
    nothing = pd.DataFrame(
        columns=["experiment", "model", "view", "metric", "seed", "user", "value"]
    )
    topics = nothing.rename(columns={"value": "told"}).assign(topic=[])
    text = "\n".join(guided(nothing, topics, queries, PLAN))
    of_control, of_step_1 = text.split("after_step_2 against after_step_1")
    assert "Better: none. Worse: MRR of fans, warm, C0." in of_control
    assert "Better: MRR of fans, warm, C0. Worse: none." in of_step_1
    assert text.count("trained without the losses") == 1


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [(0.7, 0.5, "pass"), (0.7, 0.7, "fail"), (0.5, 0.5, "tells nothing")],
)
def test_a_control_passes_where_the_gain_is_gone(before: float, after: float, said: str) -> None:
    random = np.random.default_rng(0)
    case = {"task": "fans", "users": "warm", "candidates": "C2", "mrr": 0.1}
    queries = pd.concat(
        [
            rows_of(**case, experiment=name, model=model, auc=random.normal(auc, 0.02, 40))
            for name, model, auc in (
                ("full", "graph_only", before),
                ("full", "popularity", 0.5),
                ("rewired", "graph_only", after),
                ("rewired", "popularity", 0.5),
            )
        ]
    )
    every = [one for one in EVERY if one.name in ("full", "rewired")]
    lines = controls(queries, pd.DataFrame(columns=["mrr", "seed"]), every, PLAN)
    assert line(lines, "rewired | graph_only | AUC")[-1] == said


@pytest.mark.parametrize(("value", "said"), [(0.02, "pass"), (0.2, "fail"), (0.0001, "fail")])
def test_learning_of_other_users_passes_within_what_relabelling_gives(
    value: float, said: str
) -> None:
    relabelled = np.linspace(0.01, 0.03, 199)
    chance = pd.concat(
        [pd.DataFrame({"mrr": [value, 0.02, *relabelled], "seed": s}) for s in (1, 2)]
    )
    queries = rows_of(task="fans", users="warm", candidates="C0", mrr=0.1, auc=np.nan)
    queries = queries.assign(experiment="other_users", model="mmga")
    every = [one for one in EVERY if one.name == "other_users"]
    lines = controls(queries, chance, every, PLAN)
    assert line(lines, "other_users | mmga | MRR")[3:5] == [f"{value:.4f}", "0.0200"]
    assert line(lines, "other_users | mmga | MRR")[-1] == said
    assert "Seeds: 2." in lines


def test_a_curve_has_the_inputs_that_are_not_spoilt_at_its_end() -> None:
    case = {"task": "fans", "candidates": "C0", "users": "warm", "model": "mmga"}
    queries = pd.concat(
        [
            rows_of(**case, experiment=name, mrr=mrr)
            for name, mrr in (("full", 0.4), ("posts_1", 0.1), ("posts_4", 0.2))
        ]
    )
    found = points(queries, [one for one in EVERY if one.name.startswith("posts_")], PLAN)
    assert set(found["curve"]) == {"posts a user"}
    means = found.set_index("x")["mrr"]
    assert means.to_dict() == pytest.approx({1.0: 0.1, 4.0: 0.2, float("inf"): 0.4})
    assert (found["low"] <= found["mrr"] + 1e-9).all()


def test_spoilt_inputs_have_the_mean_of_their_seeds_and_say_how_many_where_that_differs() -> None:
    def of(seed: int, name: str, model: str, mrr: float, queries: int) -> pd.DataFrame:
        case = {"experiment": name, "seed": seed, "model": model, "mrr": mrr}
        return pd.DataFrame(case, index=range(queries)).rename_axis("query").reset_index()

    every = [one for one in EVERY if one.name in ("posts_1", "posts_4")]
    plan = PLAN.model_copy(update={"robustness_seeds": 2})
    parts = [
        of(seed, name, model, mrr, queries)
        for seed, mrr, queries in ((1, 0.2, 10), (2, 0.4, 90))
        for name in ("full", "posts_1", "posts_4")
        for model in ("mmga", "late_fusion", "late_fusion_with_paths")
        if (seed, name) != (2, "posts_4")
    ]
    case = {"task": "fans", "candidates": "C0", "users": "warm"}
    found = spoilt(pd.concat(parts).assign(**case), every, plan).set_index("input")
    assert found["mmga, warm"].to_list() == pytest.approx([0.3, 0.3, 0.2])
    assert found["seeds"].to_list() == [2, 2, 1]
    assert "late_fusion_with_paths, warm" in found
    assert "late_fusion, warm" not in found  # it has no second stage
    assert set(MODELS) <= set(COLOURS)
    assert "seeds" in table_of_seeds(found.reset_index())[0]
    assert table_of_seeds(found.head(2))[:2] == ["Seeds: 2.", ""]


def test_who_is_best_of_the_others_is_compared_query_by_query_with_an_interval() -> None:
    values = {
        "direction": {"mmga": (0.6, 0.7, 0.5), "svd": (0.8, 0.6, 0.9), "jaccard": (0.1, 0.2, 0.9)},
        "look-alikes": {
            "mmga": (0.6, 0.7, 0.8),
            "mmga_without_paths": (0.9, 0.9, 0.9),
            "svd": (0.5, 0.6, 0.7),
        },
        "caption to picture": {"mmga": (0.6, 0.7, 0.5)},
    }
    tasks = pd.DataFrame(
        [
            (task, "warm", "mrr", model, seed, query, value)
            for task, of_model in values.items()
            for model, of_seed in of_model.items()
            for seed, value in enumerate(of_seed)
            for query in range(3)
        ],
        columns=["task", "users", "metric", "model", "seed", "query", "value"],
    )
    nothing = pd.DataFrame(columns=["experiment", "view", "metric", "model", "value"])
    lines = against_best(tasks, nothing, nothing, PLAN)
    assert line(lines, "direction")[3:6] == ["svd", "0.6000", "0.7667"]
    assert line(lines, "direction")[-1] == "undecided"
    assert line(lines, "look-alikes")[3] == "svd"  # MMGA without a part is no other
    assert line(lines, "look-alikes")[-2:] == ["+0.1000 [+0.1000, +0.1000]", "better"]
    assert not any("caption" in text for text in lines)
    alone = against_best(tasks[tasks["model"] == "mmga"], nothing, nothing, PLAN)
    assert any("Nothing to show" in text for text in alone)
    lots = line(other_tasks(tasks.assign(users="all")), "drawn by lot")
    assert lots[1] == f"{(1 + 1 / 2 + 1 / 3) / 3:.4f}"  # three posts are asked


def test_the_topic_is_held_against_the_best_of_the_others() -> None:
    case = {"experiment": "full", "view": "all", "metric": "topic_f1"}
    right = {"mmga": 20, "mmga_without_paths": 20, "late_fusion": 14, "text_only": 10}
    probes = pd.DataFrame(
        [{**case, "model": model, "value": many / 20} for model, many in right.items()]
    )
    keys = rows_of(topic=["a", "b"] * 20, **case).rename(columns={"query": "user"})
    wrong = keys["topic"].map({"a": "b", "b": "a"})
    topics = pd.concat(
        keys.assign(model=model, told=keys["topic"].where(keys["user"] < many, wrong))
        for model, many in right.items()
    )
    tasks = pd.DataFrame(columns=["task", "users", "metric", "model", "seed", "query", "value"])
    found = line(against_best(tasks, probes, topics, PLAN), "topic of all views")
    assert found[3:6] == ["late_fusion", "1.0000", "0.7000"]
    assert found[-1] == "better"


@pytest.mark.parametrize(
    ("gains", "said"),
    [
        ((0.01, 0.011, 0.012), "Validation chooses 0.3; 0.1 is in use. By seed 0.3 has +0.0110"),
        ((0.01, 0.011, 0.012), "the two can be told apart."),
        (
            (0.03, -0.01, 0.01),
            "(-0.0397 to +0.0597, by Student's t): the two cannot be told apart.",
        ),
        ((-0.03, -0.01, 0.01), "Validation chooses 0.1, which is in use."),
    ],
)
def test_the_alpha_in_use_is_named_and_held_against_the_one_that_validation_chooses(
    gains: tuple[float, ...], said: str
) -> None:
    validation = pd.DataFrame(
        [
            (name, seed, value)
            for seed, gain in enumerate(gains)
            for name, best in (("full", 0.04), ("alpha_0", 0.0), ("alpha_0.3", 0.04 + gain))
            for value in (best, best / 2)
        ],
        columns=["experiment", "seed", "validation_mrr"],
    )
    lines = alphas(validation, 0.1)
    assert said in lines[0]
    assert line(lines, "0.1")[:3] == ["0.1", "full, in use", "0.0400"]
    assert line(lines, "0 ")[1] == ""


def test_rivals_of_which_no_settings_were_tried_are_named() -> None:
    tuning = pd.DataFrame(
        [("full", "svd", 1, 1, 0.1, True, '{"rank": 8}')],
        columns=["experiment", "baseline", "seed", "trial", "validation_mrr", "chosen", "settings"],
    )
    lines = tuned(tuning, EVERY)
    assert any(
        text.startswith("Nothing was tried of late_fusion, image_only, text_only, graph_only")
        and "image_text, image_text_contrast, congrat" in text
        for text in lines
    )
    assert line(lines, "svd")[-1] == "rank 8"


def test_an_ablation_tells_its_seeds_and_which_step_was_kept() -> None:
    queries = pd.DataFrame(
        [
            (experiment, seed, "mmga", "fans", "warm", "C0", query, value)
            for experiment, value, seeds in (("full", 0.5, (1, 2, 3)), ("no_step_1", 0.4, (1, 2)))
            for seed in seeds
            for query in range(5)
        ],
        columns=["experiment", "seed", "model", "task", "users", "candidates", "query", "mrr"],
    )
    validation = pd.DataFrame(
        [("0 graph", 0.3, 1), ("2 content", 0.2, 1), ("0 graph", 0.1, 2), ("2 content", 0.4, 2)],
        columns=["step", "validation_mrr", "seed"],
    ).assign(experiment="no_step_1")
    one = next(one for one in EVERY if one.name == "no_step_1")
    lines = ablations(queries, validation, [one], PLAN)
    found = line(lines, "no_step_1")
    assert "Seeds: 2." in lines  # no column that says it once a line
    assert found[2].startswith("+0.1000 [")
    assert found[-1] == "0, 2"


def test_with_paths_or_without_a_training_cost_the_same() -> None:
    lists = pd.DataFrame(
        [
            (model, task, metric, 0.5)
            for model in ("late_fusion_with_paths", "boosted", "svd")
            for task in ("fans", "followees")
            for metric in ("popularity", "coverage", "milliseconds")
        ],
        columns=["model", "task", "metric", "value"],
    )
    costs = pd.DataFrame({"model": ["late_fusion"], "seconds": 12.0, "peak_memory_mb": 1.0})
    tuning = pd.DataFrame(
        [("svd", 1, 0.0), ("boosted", 1, 3.0), ("boosted", 1, 4.0), ("boosted", 2, 5.0)],
        columns=["baseline", "seed", "seconds"],
    ).assign(experiment="full")
    order = ["late_fusion_with_paths", "boosted", "svd"]
    lines = beyond(lists, costs.assign(experiment="full"), tuning, order)
    assert line(lines, "late_fusion_with_paths")[-1] == "12"
    assert line(lines, "boosted")[-1] == "6"  # of both seeds, all trials
    assert line(lines, "svd")[-1] == "-"


def test_without_cold_users_topics_and_pictures_every_part_is_written(studied: Project) -> None:
    users = studied.build / "clean" / "users.parquet"
    pd.read_parquet(users).assign(topic=None).astype({"topic": "str"}).to_parquet(users)
    without_pictures(studied)
    numbers = studied.root / "params.yaml"
    text = numbers.read_text(encoding="utf-8")
    assert "cold: 0.1\n" in text
    numbers.write_text(text.replace("cold: 0.1\n", "cold: 0.0\n"), encoding="utf-8")
    few = [one for one in EVERY if one.name in ("full", "no_step_2", "shuffled_images", "posts_1")]
    folders = [run(studied, Run(one, 1)) for one in few]
    tables = {
        name: pd.concat([pd.read_parquet(f / f"{name}.parquet") for f in folders])
        for name in TABLES
    }
    assert not (tables["queries"]["users"] == "cold").any()
    write_results(tables, few, PLAN, len(folders), studied.root / "docs", {}, 0.1)
    text = (studied.root / "docs" / "results.md").read_text(encoding="utf-8")
    assert "nan" not in text
    assert "Nothing to show: hardly anybody has a topic." in text
    assert "shuffled_images | image_only | AUC" in text
    for part in ("Summary", "All metrics", "Slices", "Beyond accuracy", "How the training goes"):
        assert f"## {part}" in text


def test_a_graph_of_friendships_alone_goes_through(studied: Project) -> None:
    follows = studied.build / "clean" / "follows.parquet"
    one_way = pd.read_parquet(follows)
    back = one_way.rename(
        columns={"follower_id": "followee_id", "followee_id": "follower_id"}
    )  # fmt: skip
    ends = ["follower_id", "followee_id"]
    both = pd.concat([one_way, back[one_way.columns]]).drop_duplicates(ends)
    both.to_parquet(follows, index=False)
    without_pictures(studied)
    posts = studied.build / "features" / "posts.parquet"
    pd.read_parquet(posts).assign(text=-1).to_parquet(posts)
    told = _told(studied)
    assert told == frozenset()
    every = {one.name: one for one in experiments(PARAMS, told)}
    assert set(every) == {"full", "one_role", "other_users", "rewired", "half_the_follows"}
    few = [every[name] for name in ("full", "rewired", "half_the_follows")]
    folders = [run(studied, Run(one, 1)) for one in few]
    tables = {
        name: pd.concat([pd.read_parquet(f / f"{name}.parquet") for f in folders])
        for name in TABLES
    }
    assert set(tables["queries"]["experiment"]) == {one.name for one in few}
    assert {"mmga", "graph_only", "boosted", "stacked_late_fusion"} <= set(
        tables["queries"]["model"]
    )
    write_results(tables, few, PLAN, len(folders), studied.root / "docs", {}, 0.1)
    text = (studied.root / "docs" / "results.md").read_text(encoding="utf-8")
    assert "nan" not in text
    assert "50 % of the training pairs" in text
    assert "no training was stopped after steps 0 and 1" in text
    assert "loss between pictures and captions" not in text
    assert "How the sample was made" not in text


def test_follows_that_are_divided_by_their_dates_go_through(studied: Project) -> None:
    follows = studied.build / "clean" / "follows.parquet"
    table_of = pd.read_parquet(follows)
    hours = pd.to_timedelta(np.random.default_rng(0).permutation(len(table_of)), unit="h")
    dates = (pd.Timestamp("2026-01-01", tz="UTC") + hours).astype(table_of["followed_at"].dtype)
    table_of.assign(followed_at=dates).to_parquet(follows, index=False)
    numbers = studied.root / "params.yaml"
    text = numbers.read_text(encoding="utf-8")
    assert "kind: pairs" in text
    numbers.write_text(text.replace("kind: pairs", "kind: temporal"), encoding="utf-8")
    folder = run(studied, Run(EVERY[0], 1))
    queries = pd.read_parquet(folder / "queries.parquet")
    assert "warm" in set(queries["users"])  # nobody is so new that no follow is of before the cut
    assert queries["mrr"].between(0, 1).all()
