"""The flow run once, by hand: real DVC, real Prefect on its temporary server."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from flows.chain import steps
from flows.records import Run, read, runs
from tests.flows.conftest import Tiny


def test_stages_run_in_the_order_of_dvc_yaml_and_a_second_run_computes_nothing(tiny: Tiny):
    first = tiny.retrain()
    assert first.returncode == 0, first.stderr
    assert list(tiny.last_run.steps) == ["validate", "split"]
    assert tiny.last_run.outcome == "completed"
    assert (tiny.project.build / "splits" / "made").read_text() == "split"

    assert tiny.retrain().returncode == 0
    assert len(tiny.tries("validate")) == len(tiny.tries("split")) == 1


def test_without_a_server_a_run_starts_a_temporary_one(alone: Tiny):
    result = alone.retrain()
    assert result.returncode == 0, result.stderr
    assert "temporary server" in result.stdout + result.stderr


def test_bad_input_is_not_tried_again_and_its_words_are_the_last_on_the_screen(tiny: Tiny):
    tiny.stage("sys.exit('error: posts: 3 of 5 records are bad\\nThe page shows them.')\n")
    result = tiny.retrain()
    assert result.returncode == 1
    assert result.stderr.endswith(
        "error: validate: posts: 3 of 5 records are bad\nThe page shows them.\n"
    )
    assert "Traceback" not in result.stderr + result.stdout
    assert len(tiny.tries("validate")) == 1
    assert (tiny.last_run.outcome, tiny.last_run.steps["validate"].tries) == ("failed", 1)


def test_what_fails_for_a_moment_is_tried_again(tiny: Tiny):
    tiny.stage(
        "if not Path('once').exists():\n    Path('once').touch()\n    raise OSError('gone')\n"
    )
    result = tiny.retrain()
    assert result.returncode == 0, result.stderr
    assert tiny.last_run.steps["validate"].tries == 2


def test_a_step_that_takes_too_long_is_stopped_with_all_that_it_started(tiny: Tiny):
    tiny.params(timeout_minutes=0.03, retries=0)
    tiny.stage("time.sleep(600)\n")
    result = tiny.retrain()
    assert result.returncode == 1
    assert "error: validate took longer than 0.03 minutes and was stopped." in result.stderr
    assert not psutil.pid_exists(tiny.tries("validate")[0])

    tiny.stage()
    tiny.params()
    assert tiny.retrain().returncode == 0


def test_after_a_killed_run_the_next_one_goes_on_and_nothing_stays_at_work(tiny: Tiny):
    tiny.stage("time.sleep(600)\n")
    killed = _start_and_wait_for_the_first_stage(tiny)
    refused = tiny.retrain()
    assert refused.returncode == 1
    assert "error: a retraining is at work since" in refused.stderr
    killed.kill()
    killed.wait()
    lost = tiny.last_run

    tiny.stage()
    result = tiny.retrain()
    assert result.returncode == 0, result.stderr
    assert not psutil.pid_exists(tiny.tries("validate")[0])
    assert not [helper for helper in lost.helpers if helper.alive()]
    outcomes = [run.outcome for run in _records(tiny)]
    assert outcomes == ["lost", "completed"]
    with urllib.request.urlopen(f"{tiny.server}/flow_runs/{lost.flow_run}") as answer:
        assert json.load(answer)["state_type"] == "CRASHED"


def test_a_run_that_is_told_to_end_stops_its_stage_and_says_so(tiny: Tiny):
    tiny.stage("time.sleep(600)\n")
    process = _start_and_wait_for_the_first_stage(tiny)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) != 0
    assert not psutil.pid_exists(tiny.tries("validate")[0])
    assert tiny.last_run.outcome == "stopped"


def test_audit_registration_and_promotion_follow_the_stages(tiny: Tiny):
    after = ["audit", "register", "promote"]
    assert list(steps(tiny.project)) == ["validate", "drift", "split", *after]


WALK = """\
import sys
from prefect import flow
from flows.chain import _walk
from flows.records import Run
from mmga.project import Project
from mmga.schedule import RetrainParams

project = Project.find()
record = Run.begin(project, "00000000-0000-0000-0000-000000000000")
do = lambda code: [sys.executable, "-c", code]
chain = {
    "validate": do("print('ok')"),
    "drift": do(sys.argv[1]),
    "split": do("open('split.done', 'w')"),
}
params = project.params("retrain", RetrainParams)
reason = flow(name="walk")(lambda: _walk(chain, project, params, record))()
record.close("failed" if reason else "completed", reason)
print("REASON", reason)
"""


@pytest.mark.parametrize(
    ("drift", "goes_on"),
    [
        ("raise ValueError('the registry is away')", True),
        ("import time; time.sleep(600)", True),
        (
            "import sys; sys.exit('error: the data have drifted (strong): captions got shorter')",
            False,
        ),
    ],
)
def test_only_a_drift_that_a_limit_forbids_ends_a_run(drift: str, goes_on: bool, tiny: Tiny):
    tiny.params(timeout_minutes=0.05)
    walked = subprocess.run(
        [sys.executable, "-c", WALK, drift],
        cwd=tiny.project.root,
        env=tiny.environment | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert walked.returncode == 0, walked.stderr
    assert tiny.last_run.steps["drift"].outcome == "failed"
    assert (tiny.project.root / "split.done").exists() == goes_on
    said = "" if goes_on else "drift: the data have drifted (strong): captions got shorter"
    assert f"REASON {said}\n" in walked.stdout


def _start_and_wait_for_the_first_stage(tiny: Tiny) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        tiny.command("flows.retrain"),
        cwd=tiny.project.root,
        env=tiny.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    limit = time.monotonic() + 90
    while not tiny.tries("validate"):
        if time.monotonic() > limit or process.poll() is not None:
            pytest.fail("the first stage did not begin")
        time.sleep(0.1)
    return process


def _records(tiny: Tiny) -> list[Run]:
    return [read(file) for file in sorted(runs(tiny.project).glob("*.json"))]
