"""The flow `retrain`: every stage of dvc.yaml through DVC, then registration and promotion."""

import contextlib
import logging
import sys
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import yaml
from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import State, TaskRun
from prefect.runtime import flow_run
from prefect.states import Completed, Crashed, Failed
from prefect.tasks import Task

from flows.commands import StepError, run
from flows.pages import page_of
from flows.records import Run, bury_lost, only_one
from mmga.doctor.contents import wrong_sections
from mmga.errors import InputError
from mmga.project import Project
from mmga.schedule import RetrainParams

Command = list[str]

REGISTRY = ("audit", "register", "promote")
"""The commands of `mmga` after the stages: what comes before a model is a champion."""

DRIFT = "drift"
"""The step after the validation that holds the data against the champion's. It tells and never
fails a run, unless `drift.stop` says so."""


def steps(project: Project, promote: bool = True) -> dict[str, Command]:
    """The steps of a run in their order, each with its command.

    The stages are those of `dvc.yaml`: DVC decides what is stale and records what was made. A model
    that could have seen what it is judged by is not registered: the audit fails the run.

    Args:
        project: Whose `dvc.yaml` is read.
        promote: Whether the registry is asked: for the drift against the champion's data, and for
            audit, registration and promotion.
    """
    reproduce = [sys.executable, "-m", "dvc", "repro", "--single-item"]
    chain = {}
    for stage in _stages(project):
        chain[stage] = [*reproduce, stage]
        if promote and stage == "validate":
            chain[DRIFT] = ["mmga", "quality", "drift"]
    if promote:
        chain |= {step: ["mmga", step] for step in REGISTRY}
    return chain


def _stages(project: Project) -> dict[str, Any]:
    text = (project.root / "dvc.yaml").read_text(encoding="utf-8")
    stages: dict[str, Any] = yaml.safe_load(text)["stages"]
    return stages


def _check_params(project: Project, promote: bool) -> None:
    """Find now what the last step would find after hours.

    Raises:
        InputError: If a section of `params.yaml` that a step reads breaks a rule.
    """
    read = [section for stage in _stages(project).values() for section in stage.get("params", [])]
    wrong = wrong_sections(project, [*read, DRIFT, "promote"] if promote else read)
    if wrong:
        raise InputError(wrong[0])


def is_transient(task: Task[Any, Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether trying again may help: bad input stays bad."""
    return not (isinstance(state.data, StepError) and state.data.lasting)


@task(cache_policy=NO_CACHE, persist_result=False, retry_condition_fn=is_transient)
def take(step: str, command: Command, project: Project, record: Run) -> None:
    """Take one step of the chain and show what it made; safe to retry.

    Raises:
        StepError: If its command ends with another status than 0.
    """
    log = get_run_logger()
    lines: list[str] = []
    try:
        lines = run(command, project.root, log.info, begun=partial(record.note_try, step))
    finally:
        page = page_of(step, project.build, lines)
        if page:
            _show(record, *page)


def _show(record: Run, name: str, text: str) -> None:
    record.pages.mkdir(parents=True, exist_ok=True)
    (record.pages / f"{name}.md").write_text(text, encoding="utf-8")
    create_markdown_artifact(text, key=name)


def _run_name() -> str:
    return f"retrain {datetime.now().astimezone():%Y-%m-%d %H:%M:%S}"


@flow(name="retrain", flow_run_name=_run_name)
def retrain(promote: bool = True) -> State[Any]:
    """Bring everything up to date with the data, and the champion with the best model.

    Args:
        promote: False stops after the report: nothing is registered, no alias moves.

    Returns:
        Completed, or Failed with the step and the reason in one to three lines.
    """
    try:
        project = Project.find()
        params = project.params("retrain", RetrainParams)
        _check_params(project, promote)
        with only_one(project):
            crash_lost(project)
            record = Run.begin(project, str(flow_run.get_id()))
    except InputError as error:
        return Failed(message=str(error))
    failure = ""
    with _without_tracebacks(), _closing(record):
        failure = _walk(steps(project, promote), project, params, record)
        record.close("failed" if failure else "completed", failure)
    spent = sum(step.seconds for step in record.steps.values())
    return Failed(message=failure) if failure else Completed(message=f"{spent:.0f} s")


def _walk(chain: dict[str, Command], project: Project, params: RetrainParams, record: Run) -> str:
    """Take the steps one after the other; why one failed, or nothing."""
    seconds = params.timeout_minutes * 60
    for name, command in chain.items():
        step = take.with_options(
            name=name,
            task_run_name=name,
            tags=["registry" if name in (DRIFT, *REGISTRY) else "stage"],
            retries=0 if name == DRIFT else params.retries,
            retry_delay_seconds=params.retry_delay_seconds,
            timeout_seconds=seconds,
        )
        try:
            with record.step(name):
                step(name, command, project, record)
        except (StepError, TimeoutError) as error:
            if name == DRIFT and not getattr(error, "lasting", False):
                continue  # its reason stands in the log, and that it failed in the record
            return _reason(name, error, params)
    return ""


def _reason(name: str, error: StepError | TimeoutError, params: RetrainParams) -> str:
    if isinstance(error, StepError):
        return f"{name}: {error}"
    return (
        f"{name} took longer than {params.timeout_minutes:g} minutes and was stopped."
        "\nretrain.timeout_minutes in params.yaml is the limit of one try."
    )


@contextlib.contextmanager
def _closing(record: Run) -> Iterator[None]:
    """Close the record also when the run is ended from outside."""
    try:
        yield
    except BaseException as error:
        record.close("stopped", type(error).__name__)
        raise


class _Terse(logging.Filter):
    """A step's reason stands in its message; the traceback of our own flow adds nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, StepError):
            record.exc_info = None
        return True


@contextlib.contextmanager
def _without_tracebacks() -> Iterator[None]:
    logger, terse = logging.getLogger("prefect.task_runs"), _Terse()
    logger.addFilter(terse)
    try:
        yield
    finally:
        logger.removeFilter(terse)


def crash_lost(project: Project) -> None:
    """Close the records of runs that were killed; tell Prefect, which holds them for running."""
    for lost in bury_lost(project):
        killed: State[Any] = Crashed(message=f"found lost: {lost.reason}")
        which = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(lost.flow_run)]))
        with get_client(sync_client=True) as client:
            for found in client.read_flow_runs(flow_run_filter=which):
                if found.state is None or not found.state.is_final():
                    client.set_flow_run_state(found.id, killed, force=True)
            for task_run in client.read_task_runs(flow_run_filter=which):
                if task_run.state is None or not task_run.state.is_final():
                    client.set_task_run_state(task_run.id, killed, force=True)
