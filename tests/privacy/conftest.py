"""A small data set in which users mention one another, and a key to its pseudonyms."""

import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from mmga.sources.identities.key_file import VARIABLE
from mmga.sources.identities.pseudonyms import Pseudonyms
from mmga.tables import ImageWriter, write_description, write_table

PEOPLE = ("ann", "bob", "cem", "dot", "eve")


@pytest.fixture(autouse=True)
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the key of this test's person would lie."""
    file = tmp_path / "config" / "pseudonyms.key"
    monkeypatch.setenv(VARIABLE, str(file))
    return file


def write_set(data: Path, names: Pseudonyms | None = None) -> None:
    """Everyone has two posts with a picture each and follows the next two; all mention Ann.

    The pictures of Ann, Bob and the others lie in a part each.
    """

    def of(user: str) -> str:
        return names.of(user) if names else user

    def said(text: str) -> str:
        return names.in_text(text) if names else text

    bios = [said("friend of @Ann") if user == "bob" else None for user in PEOPLE]
    users = pd.DataFrame({"user_id": map(of, PEOPLE), "topic": "pet", "bio": bios})
    write_table(data, "users", users)
    posts = pd.DataFrame(
        {
            "post_id": [f"{of(user)}-{n}" for user in PEOPLE for n in range(2)],
            "user_id": [of(user) for user in PEOPLE for _ in range(2)],
            "created_at": pd.Series(pd.NaT, index=range(10), dtype="datetime64[us, UTC]"),
            "caption": [
                said(f"{user} with @Ann" if n else f"{user} alone")
                for user in PEOPLE
                for n in (0, 1)
            ],
        }
    )
    write_table(data, "posts", posts)
    pairs = [(n, (n + step) % 5) for n in range(5) for step in (1, 2)]
    follows = pd.DataFrame(
        {
            "follower_id": [of(PEOPLE[a]) for a, _ in pairs],
            "followee_id": [of(PEOPLE[b]) for _, b in pairs],
            "followed_at": pd.Series(pd.NaT, index=range(10), dtype="datetime64[us, UTC]"),
            "kind": ["follow", "mention"] * 5,
        }
    )
    write_table(data, "follows", follows)
    for part in (PEOPLE[:1], PEOPLE[1:2], PEOPLE[2:]):
        with ImageWriter(data) as writer:
            for user in part:
                for n in range(2):
                    writer.add(f"{of(user)}-{n}_0", f"{of(user)}-{n}", 0, _picture(user, n))
    counts = {"users": 5, "posts": 10, "follows": 10, "images": 10}
    made = {"pseudonyms": {"key_id": names.key_id, "texts": True}} if names else {}
    write_description(data, {"name": "five", "counts": counts, **made})


def _picture(user: str, number: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (20, 20), (PEOPLE.index(user) * 50, number * 99, 9)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def five(tmp_path: Path) -> Callable[[Pseudonyms | None], Path]:
    """Makes the data set."""

    def make(names: Pseudonyms | None = None) -> Path:
        write_set(tmp_path / "data", names)
        return tmp_path / "data"

    return make
