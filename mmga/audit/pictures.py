"""Whether a picture of a cold user is a trained user's as well: then it tells of train follows."""

from pathlib import Path

import pandas as pd

from mmga.audit.finding import Finding, judged
from mmga.errors import InputError
from mmga.splits.split import Split
from mmga.tables import read_parquet, read_table

WITHHELD = "withheld.parquet"
"""Of `build/splits`, where there is one: the pictures that are not read, column `image_id`."""


def look_at_pictures(build: Path, split: Split) -> Finding:
    """Look for pictures, equal to the byte, on both sides of the cold boundary.

    Copies that are only alike are the business of whoever writes the withheld table.

    Raises:
        InputError: If that table does not name pictures.
    """
    subject = "build/clean/images.parquet"
    rule = "no picture of a cold user is also a picture of a user with train follows"
    images = read_parquet(build / "clean" / "images.parquet").to_pandas()
    if images.empty:
        return Finding(subject, rule, "skip", "there are no pictures")
    withheld = images["image_id"].isin(_withheld(build / "splits" / WITHHELD))
    shared = _shared(images[~withheld], read_table(build / "clean", "posts"), split)
    found = f"{len(images):,} pictures, {int(withheld.sum()):,} of them withheld"
    found += f"; {shared['sha256'].nunique():,} on both sides"
    if len(shared):
        names = shared.drop_duplicates("cold").sort_values("cold")["image_id"]
        found += f", such as {names.iloc[0]!r} (trained user) and {names.iloc[1]!r} (cold user)"
    way_out = f"Withhold one of each in build/splits/{WITHHELD}, or take them out of data/images."
    return judged(subject, rule, shared.empty, found, way_out)


def _shared(images: pd.DataFrame, posts: pd.DataFrame, split: Split) -> pd.DataFrame:
    """The pictures that a cold and a trained user have in common: `image_id`, `sha256`, `cold`."""
    cold = pd.Series(split.cold, index=split.user_ids)
    owner = images["post_id"].map(posts.set_index("post_id")["user_id"])
    table = pd.DataFrame(
        {"image_id": images["image_id"], "sha256": images["sha256"], "cold": owner.map(cold)}
    ).dropna()
    sides = table.groupby("sha256")["cold"].transform("nunique")
    return table[sides > 1].sort_values(["sha256", "image_id"])


def _withheld(file: Path) -> list[str]:
    if not file.is_file():
        return []
    table = read_parquet(file)
    if "image_id" not in table.column_names:
        raise InputError(
            f"{file} must have a column 'image_id', got {', '.join(table.column_names) or 'none'}."
            "\nWithout it nobody can tell which pictures are not read."
        )
    names: list[str] = table["image_id"].to_pylist()
    return names
