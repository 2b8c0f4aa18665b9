"""The leak audit: what a model learned must not know what it is judged by."""

import json
import warnings
from collections.abc import Iterator
from typing import Any

from mmga.alignment.params import PretrainParams
from mmga.audit.canaries import canaries
from mmga.audit.counts import look_at_counts
from mmga.audit.finding import Finding
from mmga.audit.models import look_at_models
from mmga.audit.negatives import look_at_negatives
from mmga.audit.params import AuditParams
from mmga.audit.parts import RANKED, look_at_parts
from mmga.audit.pictures import look_at_pictures
from mmga.audit.report import look_at_report
from mmga.audit.supervision import look_at_supervision
from mmga.audit.verdicts import Canary
from mmga.errors import InputError
from mmga.modalities.params import ExtractParams
from mmga.project import Project, checked
from mmga.splits.split import Split
from mmga.splits.withheld import spared_posts
from mmga.splits.words import words_of
from mmga.tables import read_table

__all__ = ["Finding", "audit", "sing"]


def audit(project: Project) -> Iterator[Finding]:
    """Hold everything in `build/` against the split it was made by, one rule after the other.

    Nothing is changed. What the model was trained with is asked of the model, not of `params.yaml`,
    which may have been edited since.

    Raises:
        InputError: If a stage has not run yet, or left what cannot be read.
    """
    build, clean = project.build, project.build / "clean"
    split = Split.read(build / "splits")
    described = json.loads((build / "splits" / "split.json").read_text(encoding="utf-8"))
    parts = list(look_at_parts(build, split, described["sha256"]))
    yield from parts
    if any(finding.rule == RANKED and finding.state == "fail" for finding in parts):
        return
    yield from look_at_pictures(build, split)
    users, posts = (read_table(clean, name) for name in ("users", "posts"))
    yield from look_at_negatives(split, words_of(users, spared_posts(split.withheld, posts)))
    yield from look_at_report(build, split)
    with warnings.catch_warnings():
        # torch calls its CSR matrices beta; the messages are products of them.
        warnings.filterwarnings("ignore", message="Sparse (CSR tensor support|invariant checks)")
        yield from look_at_models(build, split)
        yield from look_at_supervision(build, _trained(project), split)
    read = checked(ExtractParams, _config(project)["extract"], "build/model/config.json: extract")
    yield from look_at_counts(clean, project.data, build, read)


def sing(project: Project) -> Iterator[Canary]:
    """Train the canaries of `params.yaml: audit`, in a temporary folder, and judge them.

    Raises:
        InputError: As of `audit`.
    """
    yield from canaries(project.build, _trained(project), project.params("audit", AuditParams))


def _trained(project: Project) -> PretrainParams:
    """What the model was trained with."""
    return checked(PretrainParams, _config(project)["params"], "build/model/config.json: params")


def _config(project: Project) -> dict[str, Any]:
    file = project.build / "model" / "config.json"
    if not file.is_file():
        raise InputError(f"{file} is missing; `dvc repro` makes it")
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content
