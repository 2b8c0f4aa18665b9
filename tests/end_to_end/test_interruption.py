"""A training that is killed at any moment goes on, and nobody sees afterwards that it was."""

import io
import os
import signal
import subprocess
import time

import pandas as pd
import pytest
import torch

from tests.end_to_end.conftest import Checkout, environment

REPEAT = ("dvc", "repro", "--single-item", "--force", "pretrain")


@pytest.mark.parametrize(
    ("victim", "model", "epoch", "workers"),
    [
        ("all", "mmga", 4, 1),
        ("all", "text_only", 2, 2),
        ("stage", "graph_only", 3, 2),
    ],
)
def test_a_killed_training_goes_on_and_ends_as_if_undisturbed(
    copy: Checkout, victim: str, model: str, epoch: int, workers: int
):
    undisturbed = _everything(copy)
    copy.set(**{"pretrain.workers": workers})
    _kill(copy, victim, f"{model}, epoch {epoch} ")
    _await_rest(copy)
    assert not (copy.root / "build" / "rivals" / model / "history.csv").exists()
    _mark(copy, model)

    copy.done(*REPEAT)
    ended = _everything(copy)
    name = f"{'model' if model == 'mmga' else f'rivals/{model}'}/history.csv"
    history = pd.read_csv(io.BytesIO(ended.pop(name)))
    assert history.pop("marked").iloc[0] == 1, "it began anew"
    pd.testing.assert_frame_equal(history, pd.read_csv(io.BytesIO(undisturbed.pop(name))))
    assert ended == undisturbed
    assert not any((copy.root / "stores" / "checkpoints").glob("*"))


def _kill(checkout: Checkout, victim: str, moment: str) -> None:
    """Begin the training and kill it, or its first process alone, when it says `moment`."""
    with subprocess.Popen(
        REPEAT,
        cwd=checkout.root,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        assert any(line.startswith(moment) for line in process.stdout), f"never came to {moment}"
        if victim == "all":
            os.killpg(process.pid, signal.SIGKILL)
            return
        argument = "mmga.stages.pretrain"
        (stage,) = (p for p in checkout.at_work() if p.cmdline()[1:] == ["-m", argument])
        stage.kill()


def _await_rest(checkout: Checkout) -> None:
    """Whatever the killed training left at work ends by itself within seconds."""
    limit = time.monotonic() + 15
    while left := checkout.at_work():
        assert time.monotonic() < limit, f"still at work: {[p.cmdline() for p in left]}"
        time.sleep(0.1)


def _mark(checkout: Checkout, model: str) -> None:
    """Write into a checkpoint what is found again only if the training goes on from there."""
    (file,) = (checkout.root / "stores" / "checkpoints").glob(f"*/{model}.pt")
    content = torch.load(file, weights_only=True)
    content["progress"]["history"][0]["marked"] = 1.0
    torch.save(content, file)


def _everything(checkout: Checkout) -> dict[str, bytes]:
    """What the stage made, but for the file that names the number of workers."""
    build = checkout.root / "build"
    files = [f for out in ("model", "rivals") for f in (build / out).rglob("*") if f.is_file()]
    return {
        file.relative_to(build).as_posix(): file.read_bytes()
        for file in files
        if file != build / "model" / "config.json"
    }
