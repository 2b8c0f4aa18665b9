"""A small delivery in files, whole unless a test breaks it."""

import io
from pathlib import Path

import pytest
from PIL import Image

from mmga.sources.loading.description import About
from mmga.sources.loading.load import Report, load
from mmga.sources.tables.mapping import Mapping
from mmga.sources.tables.source import Tables
from tests.sources.trees.instaloader import write_profile


def _picture(
    image_format: str = "JPEG", size: tuple[int, int] = (24, 16), **options: object
) -> bytes:
    """The bytes of a small red picture."""
    stream = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(stream, image_format, **options)
    return stream.getvalue()


class Desk:
    """A folder into which a test puts the files of a delivery."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, Path] = {}
        self.out = folder / "made" / "data"

    def put(self, table: str, content: str | bytes) -> Path:
        """Make the file of a table."""
        file = self.folder / f"{table}.csv"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        self.files[table] = file
        return file

    def delivery(self, *maps: str, constants: tuple[str, ...] = (), **options: object) -> Tables:
        """What is on the desk."""
        return Tables(self.files, Mapping.parse(maps, constants), **options)  # type: ignore[arg-type]

    def take(
        self,
        out: Path | None = None,
        *maps: str,
        about: About | None = None,
        replace: bool = False,
        append: bool = False,
        undirected: bool = False,
        **options: object,
    ) -> Report:
        """Import what is on the desk."""
        source = self.delivery(*maps, complete=not append, **options)  # type: ignore[arg-type]
        source.refuse_inside(out or self.out)
        return load(
            source,
            out or self.out,
            about,
            replace=replace,
            append=append,
            everyone=source.everyone,
            undirected=undirected,
        )


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    desk.put("users", "user_id,topic\na,food\nb,pet\nc,\n")
    desk.put("posts", 'post_id,user_id,created_at,caption\np1,a,1700000000,"two\nlines"\np2,b,,\n')
    desk.put("follows", "follower_id,followee_id\na,b\nb,a\nc,a\n")
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "1.jpg").write_bytes(_picture())
    (photos / "2.png").write_bytes(_picture("PNG"))
    desk.put("images", "post_id,file\np1,photos/1.jpg\np1,photos/2.png\n")
    return desk


@pytest.fixture
def picture():
    return _picture


@pytest.fixture
def ann(tmp_path):
    """The folder of a profile of Instaloader, without posts."""
    return write_profile(tmp_path / "profiles" / "ann", "ann", 1)
