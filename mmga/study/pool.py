"""Trainings side by side, each in a process of its own."""

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import redirect_stdout
from pathlib import Path

from tqdm import tqdm

from mmga.alignment.fit import end_with_parent
from mmga.project import Project
from mmga.study.run import Run, run


def side_by_side(project: Project, runs: list[Run], workers: int) -> list[Path]:
    """Run all of them, `workers` at a time; their folders in the order of `runs`.

    Where one fails it is said at once; those at work end, so that they need not begin again, and no
    other begins.
    """
    context = multiprocessing.get_context("spawn")
    found: dict[str, Path] = {}
    began = time.monotonic()
    with ProcessPoolExecutor(workers, context, end_with_parent) as pool:
        work = {pool.submit(_run_quietly, project, one): one for one in runs}
        bar = tqdm(total=len(runs), desc="study", unit="training", disable=None)
        for done in as_completed(work):
            one = work[done]
            if (failure := done.exception()) is not None:
                print(f"{one.name} failed: {failure!r}; no other training begins", flush=True)
                pool.shutdown(wait=False, cancel_futures=True)
                raise failure
            found[one.name] = done.result()
            bar.update()
            if bar.disable:
                spent = tqdm.format_interval(time.monotonic() - began)
                print(f"{len(found)} of {len(runs)}: {one.name}, {spent} so far", flush=True)
        bar.close()
    return [found[one.name] for one in runs]


def _run_quietly(project: Project, one: Run) -> Path:
    """What a training tells goes to a log of its own."""
    log = project.stores / "study" / f"{one.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    os.environ["TQDM_DISABLE"] = "1"
    with log.open("w", encoding="utf-8") as stream, redirect_stdout(stream):
        return run(project, one)
