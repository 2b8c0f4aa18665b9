"""Whether the project's parameters and data are what the stages need."""

import importlib
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mmga.doctor.check import Check
from mmga.errors import InputError
from mmga.project import Project
from mmga.tables import TABLES
from mmga.versions import BOTH_WAYS, held

SECTIONS = {
    "validate": "mmga.quality.params:ValidateParams",
    "drift": "mmga.quality.drift:DriftParams",
    "split": "mmga.splits.params:SplitParams",
    "extract": "mmga.modalities.params:ExtractParams",
    "pretrain": "mmga.alignment.params:PretrainParams",
    "evaluate": "mmga.evaluation.report:EvaluateParams",
    "report": "mmga.report.params:ReportParams",
    "audit": "mmga.audit.params:AuditParams",
    "study": "mmga.study.params:StudyParams",
    "promote": "mmga.registry.decisions:PromoteParams",
    "retrain": "mmga.schedule:RetrainParams",
}
"""Section of `params.yaml` -> the class that knows its rules."""


def params(project: Project) -> list[Check]:
    """Whether every section of `params.yaml` obeys its rules; each that does not, by itself."""
    wrong = wrong_sections(project, SECTIONS)
    if wrong:
        return [Check("params", "fail", text, "Correct params.yaml.") for text in wrong]
    return [Check("params", "ok", f"{len(SECTIONS)} sections of params.yaml are valid")]


def wrong_sections(project: Project, sections: Iterable[str]) -> list[str]:
    """What is wrong with those sections of `params.yaml`, a text for each that breaks a rule."""
    wrong = []
    for section in sections:
        module, _, name = SECTIONS[section].partition(":")
        try:
            project.params(section, getattr(importlib.import_module(module), name))
        except InputError as error:
            wrong.append(str(error))
    return wrong


def data(project: Project) -> list[Check]:
    """Whether the data set is there, whole, and the one that `data.dvc` names."""
    if not project.data.is_dir():
        how = "dvc pull" if (project.root / "data.dvc").is_file() else "mmga sample --out data"
        advice = f"Run `{how}`, or import your own: mmga import tables --help."
        return [Check("data", "fail", f"{project.data} is missing", advice)]
    try:
        rows = {name: _rows(project.data / f"{name}.parquet") for name in TABLES}
    except (OSError, pa.ArrowException) as error:
        advice = "Run `dvc checkout data.dvc --force`, or import it again."
        return [Check("data", "fail", f"data/ is not whole: {str(error).splitlines()[0]}", advice)]
    found = ", ".join(f"{count:,} {name}" for name, count in rows.items())
    return [Check("data", "ok", found), _version(project)]


def _rows(file: Path) -> int:
    return int(pq.read_metadata(file).num_rows)


def _version(project: Project) -> Check:
    try:
        named = project.named_data()
    except InputError:
        return Check("data version", "fail", "data.dvc cannot be read", "git checkout data.dvc")
    if named is None:
        advice = "Give the data a version: dvc add data && dvc push data.dvc."
        return Check("data version", "warn", "data/ has no version (no data.dvc)", advice)
    content = held(project)
    fits = content.fits(named)
    if fits is None:
        told = "data.dvc does not say how many and how large the files of data/ are"
        return Check("data version", "warn", told, "Compare their content: dvc status data.dvc.")
    if not fits:
        told = "data/ is not the version that data.dvc names"
        return Check("data version", "warn", told, BOTH_WAYS)
    how = " by number and size of its files" if content.md5 is None else ""
    return Check("data version", "ok", f"data/ is what data.dvc names{how}")
