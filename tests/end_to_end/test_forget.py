"""A user who asked to be forgotten is gone after the next retraining, wherever one looks."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file

from mmga.privacy.encodings import content_keys
from mmga.project import Project
from mmga.registry.versions import CHAMPION, find, folder_of
from mmga.tables import read_table
from mmga.tracking import connect
from tests.end_to_end.conftest import WORD, Checkout, spoken_of, stages_run

PIXELS = "features/image/values.npy"


def test_nothing_of_a_forgotten_user_is_left_after_the_next_retraining(copy: Checkout):
    root, project, user = copy.root, Project(copy.root), spoken_of(copy.root / "data")
    copy.set(**{"promote.margin": 1.0})  # no challenger is ever so much better
    assert copy.mmga("register")["version"] == 1
    assert copy.mmga("promote")["promoted"] is True
    copy.mmga("quality", "drift")  # as the flow does; its pages are no stage's output
    posts = read_table(root / "data", "posts")
    secrets = [user, WORD, *posts.loc[posts["user_id"] == user, "post_id"]]
    rows = _rows_of(root / "build", user)
    assert len(rows) >= 5
    assert _naming(root / "build", secrets), "the test looks in the right places"
    assert _vectors(root / "build", rows)
    keys = content_keys(root / "data")

    planned = copy.mmga("forget", user, "--dry-run")
    assert planned["gone"]["users"] == 1
    assert user in set(read_table(root / "data", "users")["user_id"])
    knowing = {trace["place"] for trace in planned["traces"] if trace["state"] == "knows"}
    assert {"mmga-fans version 1 (champion)", "build/model", "build/clean", "stores/encodings",
            ".dvc/cache"} <= knowing  # fmt: skip

    done = copy.mmga("forget", user)
    assert done["gone"] == planned["gone"]
    assert done["texts"] == 20
    assert user not in (root / "data" / "dataset.json").read_text()
    assert not _naming(root / "data", secrets)

    copy.done("dvc", "add", "--quiet", "data")
    assert stages_run(copy.done("dvc", "repro"))[0] == "validate"
    copy.mmga("quality", "drift")
    assert copy.mmga("register") == {"version": 2, "new": True}
    decision = copy.mmga("promote")
    assert decision["promoted"] is True, "no margin keeps a champion that knows them"
    assert "knows 1 user who was forgotten" in decision["reason"]
    again = copy.mmga("forget", user, "--purge")
    assert again["before"] is True
    assert "deleted mmga-fans version 1" in again["purged"]

    champion = _champion(project)
    for folder in (root / "build", champion, root / "stores"):
        assert _naming(folder, secrets) == []
        assert _vectors(folder, rows) == []
    gone = keys - content_keys(root / "data")
    assert gone
    assert not gone & _encoded(root / "stores" / "encodings")
    knowing = {trace["place"] for trace in again["traces"] if trace["state"] == "knows"}
    assert knowing == {".dvc/cache"}, "what is left is for a person to decide"
    assert copy.mmga("audit") is not None
    copy.done("dvc", "gc", "--workspace", "--force")
    last = copy.mmga("forget", user)
    assert [trace for trace in last["traces"] if trace["state"] == "knows"] == []


def _champion(project: Project) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        database = project.stores / "mlflow" / "mlflow.db"
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{database}")
        client = connect(project)
        version = find(client, CHAMPION)
        assert version is not None
        assert int(version.version) == 2
        return folder_of(client, version, project).parent.parent


def _naming(folder: Path, secrets: list[str]) -> list[str]:
    """The files that hold one of these anywhere, as bytes or, in Parquet, in a cell."""
    found = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        said = file.read_bytes() + file.name.encode()
        if file.suffix == ".parquet":
            table = pq.read_table(file)
            kept = [n for n, f in enumerate(table.schema) if not pa.types.is_binary(f.type)]
            said = table.select(kept).to_pandas().to_csv().encode()
        if any(secret.lower().encode() in said.lower() for secret in secrets):
            found.append(file.relative_to(folder).as_posix())
    return found


def _rows_of(build: Path, user: str) -> list[np.ndarray]:
    """The user's vectors in every model, and the pixels of their pictures."""
    rows = []
    for file in [build / "model" / "fans.safetensors", *build.glob("rivals/*/fans.safetensors")]:
        number = pd.read_parquet(file.with_name("users.parquet"))["user_id"].tolist().index(user)
        tensors = load_file(file)
        rows += [tensors[name][number] for name in ("fan", "account", "vectors")]
    users = read_table(build / "clean", "users")["user_id"].tolist()
    posts = pd.read_parquet(build / "features" / "posts.parquet")
    theirs = posts[(posts["user"] == users.index(user)) & (posts["image"] >= 0)]
    pixels = np.load(build / PIXELS, mmap_mode="r")
    rows += [pixels[image].ravel() for image in theirs["image"]]
    return [row for row in rows if np.abs(row).sum() > 0]


def _arrays(folder: Path) -> Iterator[tuple[Path, np.ndarray]]:
    for file in folder.rglob("*"):
        if file.suffix == ".npy":
            yield file, np.load(file)
        elif file.suffix == ".npz":
            yield from ((file, array) for array in np.load(file).values())
        elif file.suffix == ".safetensors":
            yield from ((file, array) for array in load_file(file).values())
        elif file.name == "embeddings.parquet":
            yield file, np.stack(pd.read_parquet(file)["vector"].tolist())


def _vectors(folder: Path, rows: list[np.ndarray]) -> list[str]:
    """The files in which one of these rows stands again."""
    found = set()
    for file, array in _arrays(folder):
        if array.ndim < 2 or not len(array):
            continue
        flat = array.reshape(len(array), -1)
        for row in rows:
            alike = flat.shape[1] == row.size and flat.dtype.kind == row.dtype.kind
            if alike and np.isclose(flat, row, atol=1e-6).all(axis=1).any():
                found.add(file.relative_to(folder).as_posix())
    return sorted(found)


def _encoded(store: Path) -> set[str]:
    return {key for file in store.rglob("*.parquet") for key in pd.read_parquet(file)["key"]}
