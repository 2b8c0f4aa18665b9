"""Where everything of a project lies, and what its `params.yaml` says."""

import hashlib
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from mmga.errors import InputError, nearest


class Params(BaseModel):
    """Base of every section of `params.yaml`: frozen, strict about its keys, its numbers finite."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


Section = TypeVar("Section", bound=Params)


@dataclass(frozen=True)
class Project:
    """The folders of one checkout.

    `root` is where `dvc.yaml` lies. `stores` holds what outlives a run and is nobody's output (the
    MLflow database, Prefect's home, caches, checkpoints): under `dvc exp run --temp` the root is a
    temporary copy, and the stores stay those of the repository.
    """

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> "Project":
        """The project that holds `start` (default: the working folder).

        Raises:
            InputError: If no parent folder has a `dvc.yaml` and a `params.yaml`.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / "dvc.yaml").is_file() and (folder / "params.yaml").is_file():
                return cls(folder)
        raise InputError(
            f"no project at {start}: neither it nor a parent folder holds dvc.yaml and params.yaml."
            "\nGo to the folder that `git clone` made and try again."
        )

    @property
    def data(self) -> Path:
        """The imported data set: immutable, owned by `data.dvc`."""
        return self.root / "data"

    @property
    def build(self) -> Path:
        """Everything that the stages make, a folder a stage."""
        return self.root / "build"

    @property
    def stores(self) -> Path:
        """What outlives a run: MLflow, Prefect, caches, checkpoints."""
        repository = os.environ.get("DVC_ROOT")
        return (Path(repository) if repository else self.root) / "stores"

    def params(self, section: str, model: type[Section]) -> Section:
        """One section of `params.yaml`, checked.

        Raises:
            InputError: If the section is missing, a key is unknown (with the nearest valid one), or
                a value breaks its rule.
        """
        file = self.root / "params.yaml"
        try:
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            said = " ".join(str(error).split())
            raise InputError(f"{file.name} is not valid YAML: {said}") from None
        if not isinstance(content, dict) or section not in content:
            known = [str(key) for key in content] if isinstance(content, dict) else []
            raise InputError(f"{file.name} has no section {section!r}{nearest(section, known)}")
        return checked(model, content[section], f"{file.name}: {section}")

    def anchor_stores(self) -> None:
        """Point MLflow and Prefect at this project's stores, unless the environment says otherwise.

        Their own defaults are relative to the working folder. To be called by entry points before
        either library is imported.
        """
        self.stores.mkdir(parents=True, exist_ok=True)
        database = self.stores / "mlflow" / "mlflow.db"
        if "MLFLOW_TRACKING_URI" not in os.environ:
            database.parent.mkdir(exist_ok=True)
            os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{database}"
        os.environ.setdefault("PREFECT_HOME", str(self.stores / "prefect"))
        # The first start migrates a database, which takes longer than Prefect's own 20 seconds.
        os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")

    def code_revision(self) -> str | None:
        """The git commit, with a `+` where tracked files differ from it; None without git."""
        git = ["git", "-C", str(self.root)]
        try:
            head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True)
            if head.returncode:
                return None
            changed = subprocess.run([*git, "diff", "--quiet", "HEAD"], capture_output=True)
        except FileNotFoundError:
            return None
        return head.stdout.strip() + ("+" if changed.returncode else "")

    def data_version(self) -> str | None:
        """The MD5 of the data set that the pipeline last read, as `data.dvc` names versions.

        It stands in `dvc.lock`; before the first run, and where the stages were run by hand, it is
        that of `data.dvc`. None where there is neither.
        """
        known = self.locked("validate").get("data") or self.named_data()
        return known.md5 if known else None

    def locked(self, stage: str) -> dict[str, "DataFile"]:
        """By path: what a stage read and made when DVC last ran it to its end (`dvc.lock`)."""
        lock = self.root / "dvc.lock"
        if not lock.is_file():
            return {}
        known = yaml.safe_load(lock.read_text(encoding="utf-8")).get("stages", {}).get(stage, {})
        return {
            entry["path"]: DataFile(str(entry["md5"]), entry.get("nfiles"), entry.get("size"))
            for entry in [*known.get("deps", []), *known.get("outs", [])]
            if "md5" in entry
        }

    def named_data(self) -> "DataFile | None":
        """What `data.dvc` names, whatever the last run read; None where there is no such file.

        Raises:
            InputError: If it cannot be read.
        """
        file = self.root / "data.dvc"
        return DataFile.parse(file.read_bytes()) if file.is_file() else None


@dataclass(frozen=True)
class DataFile:
    """The content of a `data.dvc`: a version of the data set; or of another path, in `dvc.lock`."""

    md5: str
    """It ends in `.dir`, where it is a folder's."""
    files: int | None = None
    """How many files it has, and their bytes; None where DVC did not write it down."""
    size: int | None = None

    @classmethod
    def parse(cls, content: str | bytes) -> "DataFile":
        """From what stands in the file.

        Raises:
            InputError: If it is not what `dvc add data` writes.
        """
        try:
            out = yaml.safe_load(content)["outs"][0]
            md5, files, size = out["md5"], out.get("nfiles"), out.get("size")
            numbers = {type(files), type(size)} <= {int, type(None)}
            right = numbers and re.fullmatch(r"[0-9a-f]+\.dir", md5)
        except (yaml.YAMLError, KeyError, TypeError, IndexError, AttributeError, ValueError):
            right = None
        if not right:
            raise InputError(
                "data.dvc is not what `dvc add data` writes; get it back (git checkout data.dvc),"
                " or give the data a version again (dvc add data)"
            )
        return cls(md5, files, size)


def checked(model: type[Section], values: Any, where: str) -> Section:
    """`values` as a `model`, or an `InputError` that names the key, the rule and the value.

    Args:
        model: The section's type.
        values: What was read from a file.
        where: How the message names the place, as in `"params.yaml: pretrain"`.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        # A misspelt key is unknown and also missing: say the first, which names the key given.
        first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
    path = [str(part) for part in first["loc"]]
    key = ".".join([where, *path])
    if first["type"] == "extra_forbidden":
        known = _fields_at(model, path[:-1])
        raise InputError(f"{key} is no known parameter{nearest(path[-1], known)}")
    if first["type"] == "missing":
        raise InputError(f"{key} is missing")
    raise InputError(f"{key}: {first['msg']}, got {first['input']!r}")


def _fields_at(model: type[BaseModel], path: list[str]) -> list[str]:
    for part in path:
        field = model.model_fields.get(part)
        if field is None or not isinstance(field.annotation, type):
            return []
        if not issubclass(field.annotation, BaseModel):
            return []
        model = field.annotation
    return list(model.model_fields)


def read_json(file: Path) -> dict[str, Any]:
    """A JSON file that a stage wrote.

    Raises:
        InputError: If it is missing or is not a JSON object.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{file} is missing; `dvc repro` makes it") from None
    except ValueError as error:
        raise InputError(f"{file} is not valid JSON ({error}); `dvc repro` makes it anew") from None
    if not isinstance(content, dict):
        raise InputError(f"{file} must hold a JSON object, got {type(content).__name__}")
    return content


def sha256_of(*files: Path) -> str:
    """SHA-256 of the contents of `files`, in the order given."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
