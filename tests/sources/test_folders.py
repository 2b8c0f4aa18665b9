"""Folders however deep: none ends an import in a traceback, and none is passed over unsaid."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mmga.errors import InputError
from mmga.sources.folders import folders_below
from mmga.sources.influencers import Influencers
from mmga.sources.instagram_export import InstagramExport
from mmga.sources.instaloader import Instaloader
from mmga.sources.source import Unusable
from mmga.sources.tables.files import raw_tables
from tests.sources.trees import influencers, instagram_export, instaloader
from tests.sources.trees.reading import of, records_of

DEEP = 1_500
"""More folders in one another than functions may call one another; a path may have more."""

TOO_DEEP = 2_500
"""So many that the system refuses the path of the last ones; root may read everything else."""


@pytest.fixture
def deepen(tmp_path):
    """Make folders in one another, which are taken away again by a program that can."""

    def make(folder: Path, many: int) -> None:
        here = os.open(folder, os.O_RDONLY)
        for _ in range(many):
            os.mkdir("a", dir_fd=here)
            below = os.open("a", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(here)

    yield make
    subprocess.run(["rm", "-rf", str(tmp_path)], check=True)


def test_folders_come_before_those_in_them_and_in_order(tmp_path, deepen):
    for name in ("b/z", "b/a", "c", ".git/x", "_temporary"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "b")
    assert list(folders_below(tmp_path)) == [".", "_temporary", "b", "b/a", "b/z", "c"]
    assert list(folders_below(tmp_path, lambda name: name < "c")) == [".", "c"]
    deepen(tmp_path / "c", DEEP)
    assert len(list(folders_below(tmp_path))) == 6 + DEEP


@pytest.mark.parametrize(
    ("trees", "source"),
    [
        (instaloader, Instaloader),
        (instagram_export, InstagramExport),
        (influencers, Influencers),
    ],
)
def test_folders_in_folders_are_no_end_of_an_import(trees, source, tmp_path, deepen):
    trees.write_tree(tmp_path / "raw", 6)
    (place,) = (tmp_path / "raw").glob("*/")
    plain = source(place)
    before = [record for unit in plain.units() for record in unit.records()]
    deepen(place, DEEP)
    made = source(place)
    made.fingerprint()
    assert [record for unit in made.units() for record in unit.records()] == before


def test_an_export_that_cannot_be_read_is_listed_and_refused_where_it_is_the_only_one(
    tmp_path, deepen
):
    exports = instagram_export.write_tree(tmp_path, 60)
    first = sorted(path for path in exports.iterdir() if path.is_dir())[0]
    deepen(first, TOO_DEEP)
    told = [record.reason for record in of(Unusable, records_of(InstagramExport(exports)))]
    assert "the folder, or one in it, cannot be read" in told
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.move(first, alone)
    with pytest.raises(InputError, match=r"(?s)cannot be read: File name too long"):
        InstagramExport(alone).units()


def test_a_folder_of_a_table_or_of_the_influencers_that_cannot_be_read_is_refused(tmp_path, deepen):
    influencers.write_tree(tmp_path / "raw", 6)
    deepen(tmp_path / "raw", TOO_DEEP)
    with pytest.raises(InputError, match="cannot be read: File name too long"):
        Influencers(tmp_path / "raw").units()
    (tmp_path / "edges").mkdir()
    (tmp_path / "edges" / "1.csv").write_text("follower_id,followee_id\na,b\n")
    deepen(tmp_path / "edges", TOO_DEEP)
    with pytest.raises(InputError, match="cannot be read: File name too long"):
        raw_tables(tmp_path / "edges", "utf-8")
