"""An import that was interrupted goes on where it was."""

import errno
import os
import signal
import stat
import subprocess
import sys
import time

import pytest
from filelock import FileLock

from mmga.errors import InputError
from mmga.sources.loading import images, staged
from mmga.sources.loading.load import load
from mmga.sources.loading.workplace import workplace_of
from mmga.sources.source import Edge, Picture, Post
from tests.sources.made import Made, PowerCut, files_of

UNITS, POSTS = 6, 4


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    """A segment a unit, and a part every three pictures."""
    monkeypatch.setattr(staged, "SEGMENT_ROWS", 1)
    whole = images.Pictures.__init__
    monkeypatch.setattr(
        images.Pictures, "__init__", lambda self, folder, first: whole(self, folder, first, 2000)
    )
    monkeypatch.setattr("mmga.tables.ImageWriter.FLUSHED", 1)


@pytest.fixture
def delivery(picture):
    parts = []
    pictures = {}
    for unit in range(UNITS):
        ids = [f"p{unit}{post}" for post in range(POSTS)]
        records = [Post(id, id, f"u{unit}") for id in ids] + [Picture(id, id, id) for id in ids]
        parts.append([*records, Edge("", f"u{unit}", f"u{unit + 1}"), Edge("", "u1", "u1")])
        pictures |= {id: picture() for id in ids if id not in ("p02", "p33", "p53")}
    return Made(parts, pictures)


@pytest.fixture
def expected(delivery, tmp_path):
    """The files of an import that nothing interrupts."""
    load(delivery, tmp_path / "whole" / "data", everyone=True)
    delivery.read.clear()
    return files_of(tmp_path / "whole" / "data")


@pytest.mark.parametrize("fails_at", ["0", "3", "5", "p00", "p12", "p33", "p52"])
def test_wherever_it_stops_nothing_complete_is_read_again(
    delivery, expected, tmp_path, fails_at, capsys
):
    out = tmp_path / "data"
    delivery.fails_at = fails_at
    with pytest.raises(PowerCut, match="the power fails"):
        load(delivery, out, everyone=True)
    assert not out.exists()
    before = delivery.read.copy()
    delivery.fails_at = ""
    delivery.read.clear()
    load(delivery, out, everyone=True)
    assert "Going on where the import was interrupted" in capsys.readouterr().err
    assert files_of(out) == expected
    units, again = set(map(str, range(UNITS))), set(before) & set(delivery.read)
    assert not again & units
    assert len(again) <= 3 + images.AHEAD
    assert not workplace_of(out).exists()


def test_it_may_be_interrupted_again_and_again(delivery, expected, tmp_path):
    out = tmp_path / "data"
    for fails_at in ("1", "4", "p01", "p30", "p51"):
        delivery.fails_at = fails_at
        with pytest.raises(PowerCut):
            load(delivery, out, everyone=True)
    delivery.fails_at = ""
    load(delivery, out, everyone=True)
    assert files_of(out) == expected


def test_a_part_ends_also_where_many_pictures_are_unusable(delivery, tmp_path, monkeypatch):
    monkeypatch.setattr(images, "FAULTS", 2)
    delivery.pictures = {id: content for id, content in delivery.pictures.items() if id[2] == "0"}
    load(delivery, tmp_path / "whole" / "data", everyone=True)
    whole = files_of(tmp_path / "whole" / "data")
    assert sum(name.startswith("images/") for name in whole) == UNITS
    for fails_at in ("p01", "p20", "p43"):
        delivery.fails_at = fails_at
        with pytest.raises(PowerCut):
            load(delivery, tmp_path / "data", everyone=True)
    delivery.fails_at = ""
    load(delivery, tmp_path / "data", everyone=True)
    assert files_of(tmp_path / "data") == whole


@pytest.mark.parametrize("changed", ["source", "option"])
def test_with_another_source_or_option_it_begins_anew_and_says_so(
    delivery, tmp_path, changed, capsys
):
    delivery.fails_at = "3"
    with pytest.raises(PowerCut):
        load(delivery, tmp_path / "data", everyone=True)
    delivery.fails_at = ""
    delivery.read.clear()
    if changed == "source":
        delivery.version = "2"
    load(delivery, tmp_path / "data", everyone=True, undirected=changed == "option")
    assert "An interrupted import is not gone on with" in capsys.readouterr().err
    assert set(map(str, range(UNITS))) <= set(delivery.read)


def test_a_wrong_delivery_leaves_its_list_behind_and_no_folder(tmp_path):
    with pytest.raises(InputError, match="no record of follows is left"):
        load(Made([[Edge("", "a", "a")]]), tmp_path / "data", everyone=True)
    assert [path.name for path in tmp_path.iterdir()] == ["data.dropped.csv"]


def test_what_an_interrupted_import_leaves_is_its_owners_alone(tmp_path):
    folder = workplace_of(tmp_path / "data")
    folder.mkdir(mode=0o755)
    records = [Post("w", "p", "u", None, None), Picture("w", "p", "secret.ann.jpg")]
    made = Made([[*records, Edge("w", "u", "v")]], fails_at="secret.ann.jpg")
    with pytest.raises(PowerCut):
        load(made, tmp_path / "data", everyone=True)
    assert any(b"secret.ann" in file.read_bytes() for file in folder.rglob("*.parquet"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_two_imports_into_one_place_do_not_mix(delivery, tmp_path):
    folder = workplace_of(tmp_path / "data")
    folder.mkdir()
    with FileLock(folder / "lock"), pytest.raises(InputError, match="another import into"):
        load(delivery, tmp_path / "data", everyone=True)
    load(delivery, tmp_path / "data", everyone=True)


PROGRAM = """
import sys
from mmga.cli import main
sys.argv = ["mmga", "import", "tables", "--keep-ids", "--out", "data", "--follows", "edges.csv",
            "--posts", "posts.csv", "--images", "images.csv"]
main()
"""


def test_a_kill_at_any_moment_costs_time_and_nothing_else(tmp_path, picture):
    (tmp_path / "edges.csv").write_text(
        "follower_id,followee_id\n"
        + "".join(f"u{i % 997},u{i * 7 % 1000}\n" for i in range(60_000))
    )
    (tmp_path / "posts.csv").write_text(
        "post_id,user_id\n" + "".join(f"p{i},u{i}\n" for i in range(900))
    )
    (tmp_path / "1.jpg").write_bytes(picture(size=(400, 300)))
    (tmp_path / "images.csv").write_text(
        "post_id,file\n" + "".join(f"p{i},1.jpg\n" for i in range(900))
    )
    command = [sys.executable, "-c", PROGRAM]
    for seconds in (0.2, 0.5, 0.9, 1.4):
        process = subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 20
        while not workplace_of(tmp_path / "data").exists() and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if (tmp_path / "data").exists():  # as a whole, whenever the kill came: see below
            break
    if not (tmp_path / "data").exists():
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    killed = files_of(tmp_path / "data")
    (tmp_path / "data").rename(tmp_path / "killed")
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert killed == files_of(tmp_path / "data")


def test_a_full_disk_is_told_in_words_and_the_import_goes_on(
    delivery, expected, tmp_path, monkeypatch
):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    out = tmp_path / "data"
    with monkeypatch.context() as patch:
        patch.setattr(images.Pictures, "_note", full)
        with pytest.raises(InputError, match="the disk is full"):
            load(delivery, out, everyone=True)
    delivery.read.clear()
    load(delivery, out, everyone=True)
    assert "0" not in delivery.read
    assert files_of(out) == expected
