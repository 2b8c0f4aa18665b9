"""What a training wrote down of itself: losses by epoch, and what it cost."""

import json
from pathlib import Path

import pandas as pd


def history(build: Path) -> pd.DataFrame:
    """The losses and the validation MRR of every epoch of MMGA and its rivals."""
    files = [build / "model" / "history.csv", *sorted((build / "rivals").glob("*/history.csv"))]
    names = ["mmga", *(file.parent.name for file in files[1:])]
    tables = zip(names, map(pd.read_csv, files), strict=True)
    return pd.concat([table.assign(model=name) for name, table in tables])


def best_validation(history: pd.DataFrame) -> pd.DataFrame:
    """The best validation MRR of MMGA, after each of its steps."""
    own = history[history["model"] == "mmga"]
    best = own.groupby("step", sort=False)["validation_mrr"].max().dropna()
    return best.reset_index()


def costs(record: Path) -> pd.DataFrame:
    """Columns `model`, `seconds` and `peak_memory_mb`, a row a training."""
    cost = json.loads(record.read_text(encoding="utf-8"))["cost"]
    return pd.DataFrame([{"model": m, **spent} for m, spent in cost.items() if m != "revision"])
