"""The leak audit: what a model learned must not know what it is judged by."""

import json
import warnings
from collections.abc import Iterator

from mmga.alignment.params import PretrainParams
from mmga.audit.counts import look_at_counts
from mmga.audit.finding import Finding
from mmga.audit.models import look_at_models
from mmga.audit.negatives import look_at_negatives
from mmga.audit.parts import RANKED, look_at_parts
from mmga.audit.pictures import look_at_pictures
from mmga.audit.report import look_at_report
from mmga.audit.supervision import look_at_supervision
from mmga.modalities.params import ExtractParams
from mmga.project import Project, checked
from mmga.splits.split import Split
from mmga.splits.withheld import spared_posts
from mmga.splits.words import words_of
from mmga.tables import read_table

__all__ = ["Finding", "audit"]


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
        config = json.loads((build / "model" / "config.json").read_text(encoding="utf-8"))
        trained = checked(PretrainParams, config["params"], "build/model/config.json: params")
        yield from look_at_supervision(build, trained, split)
    read = checked(ExtractParams, config["extract"], "build/model/config.json: extract")
    yield from look_at_counts(clean, project.data, build, read)
