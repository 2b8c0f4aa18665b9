"""The stage's one call: a data set in, a report, a quarantine and clean tables out."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mmga.errors import InputError
from mmga.quality.delivery import read_delivery
from mmga.quality.judge import Judgement, judge
from mmga.quality.page import write_pages
from mmga.quality.params import ValidateParams
from mmga.quality.pictures import INDEX
from mmga.quality.profile import FILE, PROFILED, Clean, profile_of
from mmga.quality.report import refusal, report
from mmga.tables import TABLES, write_table

REASON = pa.field("reason", pa.string())


def validate(data: Path, clean: Path, quality: Path, params: ValidateParams) -> None:
    """Judge `data`; write the report and the quarantine, and the clean tables if it may go on.

    Args:
        data: A data set in the canonical layout.
        clean: Where the accepted records go; written only if no critical rule stops the run.
        quality: Where `report.json`, the pages and `quarantine/` go, whatever the verdict; also
            `profile.json`, if the run may go on.
        params: What the data must be like.

    Raises:
        InputError: If a critical rule stops the run.
    """
    judgement = judge(read_delivery(data, params.max_image_pixels), params)
    good = {name: judged.clean(name) for name, judged in judgement.tables.items()}
    profile = profile_of(good, params) if len(good) == len(PROFILED) else None
    summary = report(judgement)
    if quality.exists():  # what an earlier run left is of other data
        shutil.rmtree(quality)
    quality.mkdir(parents=True)
    text = json.dumps(summary, indent=2, ensure_ascii=False)
    (quality / "report.json").write_text(text + "\n", encoding="utf-8")
    write_quarantine(judgement, quality / "quarantine")
    write_pages(judgement, summary, data, quality, profile)
    if judgement.verdict == "fail" or profile is None:
        raise InputError(refusal(judgement))
    profile.write(quality / FILE)
    write_clean(good, clean)


def write_quarantine(judgement: Judgement, folder: Path) -> None:
    """Write `TABLE.parquet` for each table with rejected records: the record and its `reason`."""
    for name, judged in judgement.tables.items():
        rejected = judged.rejected
        if len(rejected):
            schema = TABLES.get(name, INDEX)
            fields = [schema.field(column).with_nullable(True) for column in schema.names]
            _write(folder / f"{name}.parquet", rejected, pa.schema([*fields, REASON]))


def write_clean(good: Clean, folder: Path) -> None:
    """Write the accepted records of every table, which come sorted by their keys."""
    for name in TABLES:
        write_table(folder, name, good[name][TABLES[name].names])
    _write(folder / "images.parquet", good["images"], INDEX)


def _write(file: Path, frame: pd.DataFrame, schema: pa.Schema) -> None:
    table = pa.Table.from_pandas(frame[schema.names], schema, preserve_index=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.replace_schema_metadata(None), file, compression="zstd")
