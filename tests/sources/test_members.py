"""Archives are read where they are: every file, nothing else, and never more than is allowed."""

import gzip
import io
import os
import random
import shutil
import struct
import subprocess
import tarfile
import zipfile
from contextlib import suppress
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmga.errors import InputError
from mmga.sources.jsons import UnreadableError
from mmga.sources.members import opened
from mmga.sources.members.archive import Member
from mmga.sources.members.catalogue import Catalogue
from tests.sources.trees.influencers import split_zip

LIMIT = 2**20


def contents(count=40, seed=3):
    chance = random.Random(seed)
    return {
        f"info/ü{n}.info": chance.randbytes(chance.randrange(900)) + b"a" * n for n in range(count)
    }


def put_zip(file, files, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


def put_tar(file, files, mode="w"):
    with tarfile.open(file, mode) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file


def read_all(file):
    archive = opened(file)
    return {m.name: archive.open(m, LIMIT).read() for m in archive.members()}


def split_in_bytes(file, size):
    content = file.read_bytes()
    file.unlink()
    for number, start in enumerate(range(0, len(content), size), 1):
        file.with_name(f"{file.name}.{number:03d}").write_bytes(content[start : start + size])
    return file.with_name(f"{file.name}.001")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_gives_what_was_put_in(tmp_path, method):
    assert read_all(put_zip(tmp_path / "a.zip", contents(), method)) == contents()


@pytest.mark.parametrize("size", [101, 999, 5000])
def test_a_split_zip_gives_what_was_put_in_wherever_it_is_cut(tmp_path, size):
    parts = split_zip(put_zip(tmp_path / "a.zip", contents()), size)
    assert len(parts) > 2
    assert read_all(tmp_path / "a.zip") == contents()


def test_a_split_zip_of_more_files_than_16_bits_count_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10)  # so that `zipfile` counts in 64 bits
    whole = put_zip(tmp_path / "a.zip", contents())
    assert b"PK\x06\x06" in whole.read_bytes()
    assert read_all(whole) == contents()
    for size in (997, 4001):
        assert len(split_zip(put_zip(tmp_path / f"b{size}.zip", contents()), size)) > 2
        assert read_all(tmp_path / f"b{size}.zip") == contents()


def test_a_zip_cut_into_numbered_pieces_gives_what_was_put_in(tmp_path):
    assert read_all(split_in_bytes(put_zip(tmp_path / "a.zip", contents()), 777)) == contents()


@pytest.mark.skipif(not shutil.which("zip"), reason="Info-ZIP is not installed")
def test_what_zip_itself_splits_is_read(tmp_path):
    files = {
        name: random.Random(1).randbytes(4000) + content for name, content in contents().items()
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    command = ["zip", "-q", "-r", "-s", "64k", "a.zip", "info"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "a.z01").exists()
    assert read_all(tmp_path / "a.zip") == files


def test_a_zip_with_64_bit_sizes_and_something_before_it_is_read(tmp_path):
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        with archive.open(zipfile.ZipInfo("x"), "w", force_zip64=True) as stream:
            stream.write(b"content")
        archive.comment = b"PK\x05\x06 is no end" + bytes(30)
    file.write_bytes(b"something before" + file.read_bytes())
    assert read_all(file) == {"x": b"content"}


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "tgz"])
def test_a_tar_gives_what_was_put_in_in_any_order(tmp_path, suffix):
    file = put_tar(tmp_path / f"a.{suffix}", contents(), "w" if suffix == "tar" else "w:gz")
    archive = opened(file)
    members = list(archive.members())
    random.Random(1).shuffle(members)
    assert {m.name: archive.open(m, LIMIT).read() for m in members} == contents()


def test_a_missing_part_is_named_and_nothing_is_read_without_it(tmp_path):
    split_zip(put_zip(tmp_path / "a.zip", contents()), 999)
    (tmp_path / "a.z02").unlink()
    with pytest.raises(InputError, match=r"part 2 of .*a\.zip is missing"):
        opened(tmp_path / "a.zip")
    for part in tmp_path.glob("a.z[0-9]*"):
        part.unlink()
    with pytest.raises(InputError, match=r"is the end of \d+ parts, of which 1 are there"):
        opened(tmp_path / "a.zip")


def test_a_truncated_zip_is_refused_as_a_whole(tmp_path):
    file = put_zip(tmp_path / "a.zip", contents())
    file.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(InputError, match="truncated"):
        opened(file)


SECOND = 1024
"""Where the header of the second member is in a tar of small ones."""


@pytest.mark.parametrize("suffix", ["tar", "tar.gz"])
@pytest.mark.parametrize("cut", [SECOND, SECOND + 100, SECOND + 512, SECOND + 600])
def test_a_truncated_tar_gives_what_is_there_and_says_so(tmp_path, suffix, cut):
    file = put_tar(tmp_path / "a.tar", {"first": b"1" * 100, "second": b"2" * 100})
    content = file.read_bytes()[:cut]
    file = tmp_path / f"a.{suffix}"
    file.write_bytes(gzip.compress(content) if suffix == "tar.gz" else content)
    first, *_, last = opened(file).members()
    assert (first.name, first.problem) == ("first", None)
    assert last.name == file.name
    assert "ends too early" in last.problem
    compressed = put_tar(tmp_path / "b.tar.gz", contents(), "w:gz")
    compressed.write_bytes(compressed.read_bytes()[: compressed.stat().st_size // 2])
    *members, last = opened(compressed).members()
    assert members
    assert "ends too early" in last.problem


@pytest.mark.parametrize("suffix", ["tar", "tar.gz"])
@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (b"x" * 512, "is damaged: a header in it cannot be read"),
        (b"\0" * 512, "goes on behind its end: a header in it may be damaged"),
        (b"\0" * 1024, "goes on behind its end: a header in it may be damaged"),
        (tarfile.TarInfo("second").tobuf()[:500] + b"wrong sum...", "is damaged: a header"),
    ],
)
def test_what_stands_behind_a_damaged_header_of_a_tar_is_told(tmp_path, suffix, header, problem):
    names = ("first", "second", "third", "fourth")
    file = put_tar(tmp_path / "a.tar", dict.fromkeys(names, b"1" * 100))
    content = bytearray(file.read_bytes())
    content[SECOND : SECOND + len(header)] = header
    file = tmp_path / f"a.{suffix}"
    file.write_bytes(gzip.compress(content) if suffix == "tar.gz" else content)
    first, last = opened(file).members()
    assert (first.name, first.problem, last.name) == ("first", None, file.name)
    assert last.problem.startswith(problem)


def test_a_header_of_a_tar_that_leads_back_is_told_and_followed_once(tmp_path):
    """Python's `tarfile` comes to it again and again, unless it is new (CVE-2025-8194)."""
    file = put_tar(tmp_path / "a.tar", {"first": b"1" * 100, "second": b"2" * 100})
    content = bytearray(file.read_bytes())
    header = content[SECOND : SECOND + 512]
    header[124:136] = (-512).to_bytes(12, "big", signed=True)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    content[SECOND : SECOND + 512] = header
    file.write_bytes(content)
    found = [(m.name, m.problem) for m in islice(opened(file).members(), 5)]
    assert found == [("first", None), ("a.tar", "is damaged: a header in it cannot be read")]


def test_a_zip_that_says_it_has_fewer_files_than_it_lists_is_told(tmp_path):
    file = put_zip(tmp_path / "a.zip", {"first": b"1", "second": b"2"})
    content = bytearray(file.read_bytes())
    struct.pack_into("<HH", content, content.rindex(b"PK\x05\x06") + 8, 1, 1)
    file.write_bytes(content)
    assert [(m.name, m.problem) for m in opened(file).members()] == [
        ("first", None),
        ("a.zip", "is damaged: its list of files goes on behind its end"),
    ]


def problems(file):
    return {m.name: m.problem for m in opened(file).members() if m.problem}


def test_names_that_lead_out_and_links_are_refused_in_a_zip(tmp_path):
    files = {"../up": b"1", "/etc/passwd": b"2", "a/../../b": b"3", "C:/x": b"4", "good": b"5"}
    file = put_zip(tmp_path / "a.zip", files)
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert set(problems(file)) == {"../up", "/etc/passwd", "a/../../b", "C:/x", "link"}
    with pytest.raises(UnreadableError, match="leads out"):
        opened(file).open(next(iter(opened(file).members())), LIMIT)


def test_names_that_lead_out_links_and_devices_are_refused_in_a_tar(tmp_path):
    file = put_tar(tmp_path / "a.tar", {"../up": b"1", "good": b"2"})
    with tarfile.open(file, "a") as archive:
        for name, kind in (("soft", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE),
                           ("device", tarfile.CHRTYPE), ("pipe", tarfile.FIFOTYPE)):  # fmt: skip
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    assert set(problems(file)) == {"../up", "soft", "hard", "device", "pipe"}


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bomb = put_zip(tmp_path / "a.zip", {"bomb": bytes(50 * 2**20)})
    archive = opened(bomb)
    with pytest.raises(UnreadableError, match="larger than 1 MiB"):
        archive.open(next(archive.members()), LIMIT)


def test_a_bomb_that_says_it_is_small_gives_no_more_than_it_says(tmp_path):
    bomb = put_zip(tmp_path / "a.zip", {"bomb": bytes(50 * 2**20)})
    archive = opened(bomb)
    liar = next(archive.members())
    liar = Member(liar.name, liar.start, liar.packed, 1000, liar.method, liar.crc)
    with pytest.raises(UnreadableError, match="not as long as the archive says"):
        archive.open(liar, LIMIT).read()


def test_a_gzip_that_unpacks_to_far_more_than_it_has_is_left_early(tmp_path):
    file = put_tar(tmp_path / "a.tar.gz", {"zeros": bytes(300 * 2**20), "after": b"x"}, "w:gz")
    told = [(m.name, m.problem) for m in opened(file).members()]
    assert told == [(name, "unpacks to far more than it has") for name in ("zeros", "a.tar.gz")]


def test_a_changed_byte_is_noticed(tmp_path):
    file = put_zip(tmp_path / "a.zip", {"x": b"content" * 50}, zipfile.ZIP_STORED)
    content = bytearray(file.read_bytes())
    content[60] ^= 1
    file.write_bytes(content)
    with pytest.raises(UnreadableError, match="checksum"):
        read_all(file)


def test_an_encrypted_member_is_told(tmp_path):
    file = put_zip(tmp_path / "a.zip", {"x": b"content"})
    content = bytearray(file.read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    struct.pack_into("<H", content, entry + 8, 1)
    file.write_bytes(content)
    assert problems(file) == {"x": "is encrypted"}


@settings(derandomize=True, deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), max_size=8), st.integers(0, 3000)
)
def test_a_damaged_archive_gives_reasons_never_an_error(tmp_path_factory, changes, cut):
    folder = tmp_path_factory.mktemp("damaged")
    for name, put in (("a.zip", put_zip), ("a.tar", put_tar)):
        file = put(folder / name, contents(5))
        content = bytearray(file.read_bytes())
        for place, value in changes:
            content[place % len(content)] = value
        file.write_bytes(content[: len(content) - (cut if cut < 300 else 0)])
        try:
            archive = opened(file)
            members = list(archive.members())
        except InputError:
            continue
        for member in members:
            with suppress(UnreadableError):
                archive.open(member, LIMIT).read()


def test_a_catalogue_finds_files_by_the_last_part_of_their_names(tmp_path):
    (tmp_path / "info").mkdir()
    (tmp_path / "info" / "loose.info").write_bytes(b"loose")
    put_zip(tmp_path / "a.zip", {"deep/er/packed.info": b"packed", "other.txt": b""})
    put_tar(tmp_path / "b.tar", {"packed.info": b"twice", "../out.info": b"out"})
    files = Catalogue(tmp_path.resolve(), (".info",))
    assert files.read("loose.info", LIMIT) == b"loose"
    assert files.read("packed.info", LIMIT) == b"packed"
    assert "other.txt" not in files
    assert list(files.left_out()) == [
        ("a.zip: other.txt", "is none of the data set"),
        ("b.tar: packed.info", "has a name that another file has"),
    ]
    with pytest.raises(UnreadableError, match="leads out"):
        files.read("out.info", LIMIT)
    with pytest.raises(UnreadableError, match="does not exist"):
        files.read("nowhere.info", LIMIT)


def test_names_that_are_no_utf8_are_told(tmp_path):
    with open(os.path.join(os.fsencode(tmp_path), b"\xff.info"), "wb") as stream:
        stream.write(b"x")
    put_tar(tmp_path / "a.tar", {"b\udcff.info": b"y", "good.info": b"z"})
    files = Catalogue(tmp_path.resolve(), (".info",))
    assert files.read("good.info", LIMIT) == b"z"
    for key in files.unwanted((".info",), "", None):
        if key != "good.info":
            with pytest.raises(UnreadableError, match="no UTF-8"):
                files.read(key, LIMIT)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    secret = tmp_path / "secret.info"
    secret.write_bytes(b"secret")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.info").symlink_to(secret)
    (inside / "folder").symlink_to(tmp_path)
    files = Catalogue(inside.resolve(), (".info",))
    assert "secret.info" not in files
    with pytest.raises(UnreadableError, match="outside"):
        files.read("link.info", LIMIT)
