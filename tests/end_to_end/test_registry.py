"""From a flow's champion to the next one and back, as a person types it."""

import json
from pathlib import Path

import pandas as pd

from tests.end_to_end.conftest import Checkout


def test_the_flow_crowns_a_model_that_answers(flown: Checkout, tmp_path: Path):
    build = json.loads((flown.root / "build" / "evaluation" / "report.json").read_text())
    assert flown.mmga("promote")["challenger"] is None, "the flow has promoted it"
    users = pd.read_parquet(flown.root / "build" / "clean" / "users.parquet")["user_id"]
    for command in ("fans", "followees", "lookalike"):
        found = flown.mmga(command, users[3], "-k", "5")
        assert found["model"] == "mmga-fans 1"
        assert len({user["user_id"] for user in found["users"]} - {users[3]}) == 5
        scores = [user["score"] for user in found["users"]]
        assert scores == sorted(scores, reverse=True)
    same = flown.mmga("fans", users[3], "-k", "5", "--model", "build")
    assert same["users"] == flown.mmga("fans", users[3], "-k", "5")["users"]

    out = tmp_path / "vectors.parquet"
    flown.done("mmga", "embed", "--out", str(out))
    made = pd.read_parquet(flown.root / "build" / "evaluation" / "embeddings.parquet")
    vectors = pd.read_parquet(out)
    assert vectors["user_id"].tolist() == made["user_id"].tolist() == users.tolist()
    assert build["fingerprint"]


def test_the_flow_told_the_drift_and_the_champion_knows_its_data(flown: Checkout):
    told = json.loads((flown.root / "build" / "drift" / "drift.json").read_text())
    assert told["sentence"].startswith("mmga-fans has no champion yet")
    now = flown.mmga("quality", "drift")
    assert (now["level"], now["against"]) == ("none", "mmga-fans 1")
    assert {one["effect"] for one in now["comparisons"]} <= {0.0, 1.0}
    assert flown.mmga("quality", "show")["drift"]["level"] == "none"


def test_a_second_training_challenges_the_champion_and_can_be_taken_back(flown: Checkout):
    first = flown.run("mmga", "rollback")
    assert (first.returncode, first.stdout) == (1, "")
    assert first.stderr == (
        "error: mmga-fans has no previous champion to go back to: it takes two promotions,\n"
        "and a version that knows a forgotten user or has no files is not kept as one\n"
    )

    flown.set(**{"pretrain.seed": 8, "promote.margin": 1.0})
    flown.done("dvc", "repro")
    assert flown.mmga("register") == {"version": 2, "new": True}
    assert flown.mmga("register") == {"version": 2, "new": False}
    kept = flown.mmga("promote")
    assert (kept["promoted"], kept["challenger"], kept["champion"]) == (False, 2, 1)
    assert "does not lie above 1" in kept["reason"]

    generous = {"cold": 9.0, "tail": 9.0, "topic": 9.0, "latency": 99.0, "size": 9.0}
    flown.set(**{"promote.margin": -1.0, "promote.tolerances": generous})
    assert flown.mmga("promote", "--dry-run")["promoted"] is True
    assert _champion(flown) == "mmga-fans 1"
    assert flown.mmga("promote")["promoted"] is True
    assert _champion(flown) == "mmga-fans 2"

    back = flown.mmga("rollback", "--reason", "complaints")
    assert "complaints" in back["reason"]
    assert _champion(flown) == "mmga-fans 1"


def _champion(checkout: Checkout) -> str:
    users = pd.read_parquet(checkout.root / "build" / "clean" / "users.parquet")["user_id"]
    return str(checkout.mmga("fans", users[0], "-k", "1")["model"])
