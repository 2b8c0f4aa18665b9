"""The sample as a data set: the same bytes for the same seed, and what its tables hold."""

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmga.errors import InputError
from mmga.sample.people import TOPICS
from mmga.sample.world import World, make_world, write_sample
from mmga.tables import read_description, read_images, read_table

WRITE = "import sys, pathlib; from mmga.sample.world import write_sample as w; w(pathlib.Path({!r}), users=60, posts_per_user=2, seed=5)"  # noqa: E501


def digest(folder: Path) -> str:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    named = b"".join(f.name.encode() + hashlib.sha256(f.read_bytes()).digest() for f in files)
    return hashlib.sha256(named).hexdigest()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, users=60, posts_per_user=2, seed=5)
    return folder


def test_another_process_with_another_hash_seed_writes_the_same_bytes(
    written: Path, tmp_path: Path
):
    environment = {**os.environ, "PYTHONHASHSEED": "99", "OMP_NUM_THREADS": "2"}
    command = [sys.executable, "-c", WRITE.format(str(tmp_path / "again"))]
    subprocess.run(command, check=True, env=environment)
    assert digest(tmp_path / "again") == digest(written)


def test_another_seed_writes_another_world(written: Path, tmp_path: Path):
    write_sample(tmp_path / "other", users=60, posts_per_user=2, seed=6)
    for name in ("users", "posts", "follows"):
        ids = set(read_table(written, name).iloc[:, 0])
        assert not ids & set(read_table(tmp_path / "other", name).iloc[:, 0])


def test_every_reference_and_picture_of_a_clean_sample_is_sound(written: Path):
    users, posts = read_table(written, "users"), read_table(written, "posts")
    follows = read_table(written, "follows")
    assert users["user_id"].is_unique
    assert posts["post_id"].is_unique
    assert set(posts["user_id"]) == set(users["user_id"])
    assert set(follows["follower_id"]) | set(follows["followee_id"]) <= set(users["user_id"])
    assert (follows["follower_id"] != follows["followee_id"]).all()
    assert not follows.duplicated(["follower_id", "followee_id"]).any()
    assert set(follows["kind"]) == {"follow"}
    assert set(users["topic"].dropna()) <= set(TOPICS)
    images = [row for _, _, batch in read_images(written) for row in batch.to_pylist()]
    assert {row["post_id"] for row in images} <= set(posts["post_id"])
    assert len({row["image_id"] for row in images}) == len(images)
    for row in images:
        assert hashlib.sha256(row["bytes"]).hexdigest() == row["sha256"]
        with Image.open(io.BytesIO(row["bytes"])) as picture:
            assert (picture.format, picture.size) == ("JPEG", (72, 72))


def test_the_description_counts_what_is_there(written: Path):
    said = read_description(written)
    assert said["counts"]["users"] == 60
    assert said["counts"]["posts"] == 120
    assert said["counts"]["follows"] == len(read_table(written, "follows"))
    assert said["counts"]["images"] == sum(len(batch) for _, _, batch in read_images(written))
    assert said["arguments"] == {"users": 60, "posts_per_user": 2, "seed": 5, "dirty": False}


def test_every_user_posts_and_the_mean_is_as_asked(world: World):
    posts = np.bincount(world.posts.user, minlength=400)
    assert posts.min() >= 1
    assert posts.sum() == 1200
    assert posts.max() > 3 * posts.mean()


def test_a_twelfth_lacks_the_picture_a_twelfth_the_caption_and_no_post_both(world: World):
    no_picture, no_caption = world.posts.pictures == 0, ~world.posts.captioned
    assert not (no_picture & no_caption).any()
    assert no_picture.mean() == pytest.approx(0.08, abs=0.03)
    assert no_caption.mean() == pytest.approx(0.08, abs=0.03)
    assert world.posts.pictures[~no_picture].mean() == pytest.approx(1.06, abs=0.03)
    off_topic = world.posts.topic != world.people.topic[world.posts.user]
    assert off_topic.mean() == pytest.approx(0.18, abs=0.04)


def test_nobody_posts_before_joining_or_after_the_end(world: World):
    assert (world.posts.day >= world.people.joined[world.posts.user]).all()
    assert world.posts.day.max() < 730
    assert read_year(world) <= {2024, 2025}


def read_year(world: World) -> set[int]:
    return set(world.posts_table()["created_at"].dt.year) | set(
        world.follows_table()["followed_at"].dt.year
    )


def test_a_folder_that_holds_something_is_refused(tmp_path: Path):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(InputError, match="must be missing or an empty folder"):
        write_sample(tmp_path, users=60)
    assert [file.name for file in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.parametrize(
    ("users", "posts", "seed", "said"),
    [
        (49, 5, 7, "users of a sample world must be at least 50, got 49"),
        (60, 0, 7, "posts per user of a sample world must be at least 1, got 0"),
        (60, 5, -1, "seed of a sample world must be at least 0, got -1"),
    ],
)
def test_worlds_that_cannot_be_are_refused(users: int, posts: int, seed: int, said: str):
    with pytest.raises(InputError, match=said):
        make_world(users, posts, seed)
