"""Whether a picture of a cold user is a trained user's as well: then it tells of train follows."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from mmga.audit.finding import Finding, judged
from mmga.splits.duplicates import double_pictures
from mmga.splits.split import Split
from mmga.splits.withheld import spared_pictures, spared_posts
from mmga.tables import read_parquet, read_table

SUBJECT = "build/clean/images.parquet"

WAY_OUT = "Run `dvc repro`: the stage `split` withholds one of each, see split.near_duplicate_bits."


def look_at_pictures(build: Path, split: Split) -> Iterator[Finding]:
    """Look for equal and for nearly equal pictures on both sides, and for withheld inputs."""
    images = read_parquet(build / "clean" / "images.parquet").to_pandas()
    posts = read_table(build / "clean", "posts")
    shown = spared_pictures(split.withheld, images)
    if images.empty:
        yield Finding(SUBJECT, "no picture tells a cold user", "skip", "there are no pictures")
    else:
        yield _copies(images, shown, posts, split)
        yield _near_copies(images, posts, split)
    yield _withheld(build, shown, spared_posts(split.withheld, posts))


def _copies(
    images: pd.DataFrame, shown: pd.DataFrame, posts: pd.DataFrame, split: Split
) -> Finding:
    """Equal to the byte, by the hashes that the data set came with."""
    cold = pd.Series(split.cold, index=split.user_ids)
    owner = shown["post_id"].map(posts.set_index("post_id")["user_id"])
    table = shown[["image_id", "sha256"]].assign(cold=owner.map(cold))
    shared = table[table.groupby("sha256")["cold"].transform("nunique") > 1]
    found = f"{len(images):,} pictures, {len(images) - len(shown):,} of them withheld"
    found += f"; {shared['sha256'].nunique():,} on both sides"
    if len(shared):
        names = shared.sort_values(["sha256", "cold", "image_id"]).drop_duplicates("cold")
        one, other = names.sort_values("cold")["image_id"]
        found += f", such as {one!r} (trained user) and {other!r} (cold user)"
    return judged(
        SUBJECT,
        "no picture of a cold user is also a picture of a user with train follows",
        shared.empty,
        found,
        WAY_OUT,
    )


def _near_copies(images: pd.DataFrame, posts: pd.DataFrame, split: Split) -> Finding:
    rule = "no picture of a user with train follows nearly duplicates one of a cold user"
    bits = split.params.near_duplicate_bits
    if bits is None:
        return Finding(SUBJECT, rule, "skip", "split.near_duplicate_bits is null: not looked for")
    if not {"phash", "colours"} <= set(images.columns):
        return Finding(SUBJECT, rule, "skip", "the pictures have no perceptual hashes")
    newcomers = [user for user, cold in zip(split.user_ids, split.cold, strict=True) if cold]
    doubles = double_pictures(split.withheld, posts, images, newcomers, bits)
    found = f"{len(doubles):,} do, by up to {bits} bits of 64"
    if len(doubles):
        found += f", such as {doubles['image_id'].iloc[0]!r}"
    return judged(SUBJECT, rule, doubles.empty, found, WAY_OUT)


def _withheld(build: Path, shown: pd.DataFrame, posts: pd.DataFrame) -> Finding:
    """Count the pictures of each post among the features once more, without the withheld ones."""
    features = read_parquet(build / "features" / "posts.parquet").to_pandas()
    features = features[features["post_id"].notna()]  # a bio is a text without a post
    given = features["post_id"].isin(posts["post_id"])
    pictures = features["post_id"].map(shown["post_id"].value_counts()).fillna(0)
    wrong = ~given | (pictures != features["pictures"])
    return judged(
        "build/features/posts.parquet",
        "nothing that is withheld is among the features",
        not wrong.any(),
        f"{len(features):,} posts are read, {int(wrong.sum()):,} of them withheld or with other"
        " pictures than they should have",
        "Run `dvc repro`; if it stays, the stage `extract` is at fault.",
    )
