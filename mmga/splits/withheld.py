"""Posts and pictures that are no inputs, because they would tell what is to be predicted."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mmga.errors import InputError

SCHEMA = pa.schema(
    [
        pa.field("post_id", pa.string(), nullable=False),
        ("image_id", pa.string()),
        pa.field("reason", pa.string(), nullable=False),
    ]
)
"""Of `withheld.parquet`: a picture where `image_id` is given, else a whole post."""

LATE, UNDATED, DOUBLE = "after-cut", "undated", "near-duplicate"


def nothing() -> pd.DataFrame:
    """A table that withholds nothing."""
    frame: pd.DataFrame = SCHEMA.empty_table().to_pandas()
    return frame


def late_posts(posts: pd.DataFrame | None, cut: pd.Timestamp) -> pd.DataFrame:
    """The posts that are not known to be from before `cut`: later ones, and undated ones.

    Args:
        posts: Columns `post_id` and `created_at`; None where there are none.
        cut: When the follows end that may be learned from.
    """
    if posts is None:
        return nothing()
    late = posts[~(posts["created_at"] < cut)]
    reason = late["created_at"].notna().map({True: LATE, False: UNDATED})
    return pd.DataFrame({"post_id": late["post_id"], "image_id": None, "reason": reason})


def spared_posts(withheld: pd.DataFrame, posts: pd.DataFrame) -> pd.DataFrame:
    """Those of `posts` that are inputs; one that loses a picture keeps its caption."""
    whole = withheld.loc[withheld["image_id"].isna(), "post_id"]
    return posts[~posts["post_id"].isin(whole)]


def spared_pictures(withheld: pd.DataFrame, pictures: pd.DataFrame) -> pd.DataFrame:
    """Those of `pictures` that are inputs; the pictures of a withheld post go with it."""
    shown = spared_posts(withheld, pictures)
    return shown[~shown["image_id"].isin(withheld["image_id"].dropna())]


def write_withheld(withheld: pd.DataFrame, folder: Path) -> None:
    """Write `withheld.parquet`, sorted."""
    ordered = withheld.sort_values(["post_id", "image_id"], ignore_index=True)
    table = pa.Table.from_pandas(ordered, SCHEMA, preserve_index=False)
    pq.write_table(table.replace_schema_metadata(None), folder / "withheld.parquet")


def read_withheld(folder: Path) -> pd.DataFrame:
    """What `write_withheld` left.

    Raises:
        InputError: If the folder holds none.
    """
    file = folder / "withheld.parquet"
    if not file.is_file():
        raise InputError(f"{file} is missing; `dvc repro split` makes it")
    frame: pd.DataFrame = pq.read_table(file).to_pandas()
    return frame
