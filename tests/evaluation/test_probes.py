"""What linear models read off a user's views."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from mmga.evaluation.probes import VIEWS, _factors, probe, probe_by_user, with_wrong
from mmga.fans import FanModel
from tests.evaluation.worlds import small_split


def model(split, image: np.ndarray) -> FanModel:
    """A model of which the image view is `image` and the others are noise."""
    random = np.random.default_rng(0)
    users, width = image.shape
    views = [image, *random.normal(size=(2, users, width))]
    vectors = np.concatenate(views, axis=1).astype(np.float32)
    nothing = np.zeros((users, 1), np.float32)
    return FanModel(split.user_ids, nothing, nothing, nothing[:, 0], nothing[:, 0], vectors)


def test_a_view_that_holds_the_topic_tells_it_and_noise_does_not() -> None:
    split = small_split(users=150)
    topics = np.array(["a", "b", "c"])[np.arange(150) % 3]
    image = np.eye(3)[np.arange(150) % 3]
    found = probe(model(split, image), split, topics.tolist())
    f1 = found[found["metric"] == "topic_f1"].set_index("view")["value"]
    assert f1["image"] == pytest.approx(1)
    assert f1["text"] < 0.5
    assert set(f1.index) == {*VIEWS, "all"}


def test_a_view_that_holds_the_place_in_the_graph_ranks_cold_users_better_than_noise() -> None:
    split = small_split(users=200, follows=2000)
    everything = np.concatenate([split.train, split.validation, split.test])
    place = _factors(replace(split, train=everything))
    found = probe(model(split, place), split, [None] * 200)
    assert not found["metric"].str.startswith("topic").any()
    for metric in ("cold_fans_mrr", "cold_followees_mrr"):
        value = found[found["metric"] == metric].set_index("view")["value"]
        assert value["image"] > value["text"]


def test_without_topics_and_without_cold_users_there_is_nothing_to_tell() -> None:
    split = small_split(cold=0.0)
    warm_only = not split.cold.any()
    found = probe(model(split, np.ones((80, 3))), split, [""] * 80)
    assert not found["metric"].str.startswith("topic").any()
    if warm_only:
        assert found.empty


def test_a_tenth_of_wrong_labels_is_a_tenth_and_wrong() -> None:
    labels = np.array(list("aabbcc") * 10, dtype=object)
    wrong = with_wrong(labels, 0.1, np.random.default_rng(0))
    assert (wrong != labels).sum() == 6
    assert set(wrong) == set("abc")


def test_what_is_told_of_each_user_has_the_value_as_its_mean() -> None:
    split = small_split(users=150)
    topics = np.array(["a", "b", None])[np.arange(150) % 3]
    told = model(split, np.eye(3)[np.arange(150) % 3])
    values, each, of_topics = probe_by_user(told, split, topics.tolist())
    keys = ["model", "view", "metric"]
    means = each.groupby(keys)["value"].agg(["mean", "size"])
    assert set(each["metric"]) == {"topic_accuracy", "cold_fans_mrr", "cold_followees_mrr"}
    expected = values.set_index(keys).loc[means.index]
    assert means["mean"].to_numpy() == pytest.approx(expected["value"].to_numpy(), abs=1e-6)
    assert (means["size"] == expected["n"]).all()
    labelled = each.loc[each["metric"] == "topic_accuracy", "user"]
    assert set(labelled % 3) == {0, 1}
    for case, part in of_topics.groupby(keys):
        value = f1_score(part["topic"], part["told"], average="macro")
        assert value == pytest.approx(values.set_index(keys).loc[case, "value"])
    assert set(of_topics["metric"]) == {"topic_f1", "topic_f1_wrong_labels"}
