"""Making a version of the trained model: its gates, its files, its tags, the alias challenger."""

import importlib.metadata
import math
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import yaml
from filelock import FileLock

import mmga
from mmga.errors import InputError
from mmga.fans import FanModel
from mmga.project import Project, read_json
from mmga.registry.card import card
from mmga.registry.decisions import DECISION, PromoteParams
from mmga.registry.package import pack
from mmga.registry.revoked import refuse_forgotten
from mmga.registry.versions import CHALLENGER, MODEL, find, lost
from mmga.tracking import FINGERPRINT, connect, facts, flat, record
from mmga.versions import dvc_hash

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion
    from mlflow.models import ModelSignature

SERVED_BY = ("mlflow", "numpy", "pandas", "pyarrow", "safetensors", "scipy")
"""What the served code imports; the versions installed now are written into the model."""


TOLD_OF = {f"build/{of}" for of in ("clean", "quality", "splits", "model", "evaluation", "report")}
"""What a version is made of, or its tags, its run and its card tell of."""


@dataclass(frozen=True)
class Registered:
    """What `register` did."""

    version: int
    """The number of the model's version."""
    new: bool
    """Whether it was made now; else the training had been registered before."""

    def __str__(self) -> str:
        if self.new:
            return f"registered {MODEL} version {self.version} as {CHALLENGER}"
        return f"this training is {MODEL} version {self.version} already; nothing was registered"


def register(project: Project) -> Registered:
    """Record the training and make a version of its model, unless there is one with its files.

    Raises:
        InputError: If a stage has not run, `build/` is of more than one run, or a gate is not
            passed.
    """
    refuse_mixed(project)
    run_id = record(project)
    params = project.params("promote", PromoteParams)
    check_gates(project, params)
    client = connect(project)
    with FileLock(project.stores / "registry.lock"):
        fingerprint = facts(project)[FINGERPRINT]
        version = _registered(client, fingerprint)
        new = version is None
        if version is None:
            version = _make_version(client, project, run_id, params)
        if new or _left_half_done(client, version):
            client.set_registered_model_alias(MODEL, CHALLENGER, version.version)
    return Registered(int(version.version), new)


def refuse_mixed(project: Project) -> None:
    """Refuse a `build/` of more than one run, whose data would not be those of the model.

    By `dvc.lock`: what a stage read is what another made, and what is told of a version lies there
    as it was made. Without the file (all stages were run by hand) nothing is known.

    Raises:
        InputError: If it is not so, or the file cannot be read.
    """
    file = project.root / "dvc.lock"
    if not file.is_file():
        return
    way_out = "\n`dvc repro` brings them together."
    try:
        known = yaml.safe_load((project.root / "dvc.yaml").read_bytes())["stages"]
        noted = yaml.safe_load(file.read_bytes())["stages"]
        stages = {name: noted[name] for name in known if name in noted}
        made = {path: md5 for stage in stages.values() for path, md5 in _hashed(stage, "outs")}
        read = [(name, *dep) for name, stage in stages.items() for dep in _hashed(stage, "deps")]
    except (yaml.YAMLError, LookupError, TypeError, AttributeError):
        raise InputError(f"{file} is not what DVC writes; get it back from git") from None
    for name, path, md5 in read:
        if path in (*made, "data") and made.setdefault(path, md5) != md5:
            raise InputError(
                f"not registered: build/ is of more than one run: {name} has read another {path}"
                f" than dvc.lock names now.{way_out}"
            )
    for path in sorted(TOLD_OF & made.keys()):
        folder = project.root / path
        files = [part for part in folder.rglob("*") if part.is_file()]
        if files and dvc_hash(folder, files) != made[path]:
            raise InputError(
                f"not registered: {path} is not what dvc.lock names: a stage was run without DVC,"
                f" or another commit checked out.{way_out}"
            )


def _hashed(stage: dict[str, list[dict[str, str]]], kind: str) -> list[tuple[str, str]]:
    """Path and hash of what a stage has read, or made; what is no file here has none."""
    return [(entry["path"], entry["md5"]) for entry in stage.get(kind, []) if "md5" in entry]


def check_gates(project: Project, params: PromoteParams) -> None:
    """Refuse a model that may not become challenger.

    Raises:
        InputError: If the data failed their checks, a metric is not finite, the evaluation or the
            model card is missing or of another training than the model, or the model knows a user
            who was forgotten.
    """
    build = project.build
    verdict = read_json(build / "quality" / "report.json")["verdict"]
    if verdict == "fail":
        raise InputError(
            "not registered: the data failed their checks; see build/quality/index.html"
        )
    report = read_json(build / "evaluation" / "report.json")
    trained, judged = facts(project)[FINGERPRINT], report.get("fingerprint")
    if trained != judged:
        raise InputError(
            f"not registered: the evaluation is of training {judged}, the model of {trained}."
            "\n`dvc repro` brings them together."
        )
    card_file = _model_card(project)
    if not card_file.is_file() or trained not in card_file.read_text(encoding="utf-8"):
        raise InputError(
            f"not registered: {card_file} is missing or of another training than {trained}."
            "\n`dvc repro` makes it anew."
        )
    for name, value in flat(read_json(build / "evaluation" / "metrics.json"), ".").items():
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"not registered: the evaluation's {name} is {value}, not a number")
    params.primary(report)
    refuse_forgotten(project)


def _model_card(project: Project) -> Path:
    return project.build / "report" / "model-card.md"


def _registered(client: "MlflowClient", fingerprint: str) -> "ModelVersion | None":
    where = f"name = '{MODEL}' and tags.`{FINGERPRINT}` = '{fingerprint}'"
    found = client.search_model_versions(where)
    last = max(found, key=lambda version: int(version.version), default=None)
    return None if last is None or lost(client, last) else last


def _left_half_done(client: "MlflowClient", version: "ModelVersion") -> bool:
    """Whether a version was made but the process ended before it became challenger."""
    undecided = DECISION not in version.tags and not version.aliases
    return undecided and find(client, str(int(version.version) + 1)) is None


def _make_version(
    client: "MlflowClient", project: Project, run_id: str, params: PromoteParams
) -> "ModelVersion":
    tags = facts(project) | params.primary(read_json(project.build / "evaluation" / "report.json"))
    text = card(project, params)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        pack(project, folder)
        (folder / "README.md").write_text(text, encoding="utf-8")
        shutil.copy(_model_card(project), folder)
        model_id = _log_model(run_id, folder, _code(Path(scratch) / "mmga"))
    if not client.search_registered_models(f"name = '{MODEL}'"):
        client.create_registered_model(MODEL, description="Who will become a fan of whom.")
    return client.create_model_version(
        MODEL, f"models:/{model_id}", run_id, tags, description=text, model_id=model_id
    )


def _log_model(run_id: str, folder: Path, code: Path) -> str:
    """Log a packed folder as the model of a run; the id of the logged model."""
    import mlflow

    example = pd.DataFrame({"user_id": [FanModel.read(folder).user_ids[0]]})
    with mlflow.start_run(run_id=run_id):
        info = mlflow.pyfunc.log_model(
            name=MODEL,
            python_model=str(code / "service" / "model.py"),
            artifacts={"model": str(folder)},
            code_paths=[str(code)],
            signature=signature(),
            input_example=(example, {"task": "fans", "k": 5}),
            pip_requirements=[f"{name}=={importlib.metadata.version(name)}" for name in SERVED_BY],
        )
    return str(info.model_id)


def signature() -> "ModelSignature":
    """What goes in and comes out of the served model; see `mmga.service.answers`."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema

    answer = {"query": "string", "rank": "long", "user_id": "string", "score": "double"}
    return ModelSignature(
        Schema([ColSpec("string", "user_id")]),
        Schema([ColSpec(kind, name) for name, kind in answer.items()]),
        ParamSchema([ParamSpec("task", "string", "fans"), ParamSpec("k", "long", 10)]),
    )


def _code(folder: Path) -> Path:
    """A copy of this package, which the model carries: it is loaded where there is no `mmga`."""
    package = Path(mmga.__file__).parent
    shutil.copytree(package, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder
