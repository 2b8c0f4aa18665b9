"""One id, one pseudonym; no key, no way back; and a key that nobody else reads."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mmga.errors import InputError
from mmga.sources.identities.handles import mentions
from mmga.sources.identities.key_file import VARIABLE, key_file, make_key, read_key
from mmga.sources.identities.pseudonyms import Pseudonyms

NAMES = Pseudonyms(b"k" * 32)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key file in a folder that is no project's."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "config" / "mmga" / "pseudonyms.key"
    monkeypatch.setenv(VARIABLE, str(file))
    return file


def test_the_same_key_and_id_give_the_same_pseudonym_and_another_key_another():
    assert NAMES.of("ann") == Pseudonyms(b"k" * 32, texts=False).of("ann")
    assert NAMES.of("ann") != Pseudonyms(b"l" * 32).of("ann")
    assert NAMES.key_id != Pseudonyms(b"l" * 32).key_id


def test_neither_case_nor_space_nor_kind_is_folded_away():
    ids = ["ann", "Ann", " ann", "ann\0", "user\0ann", "", "\ud800"]
    found = [NAMES.of(id, kind) for id in ids for kind in ("user", "post", "image")]
    assert len(set(found)) == len(found)


def test_a_hundred_thousand_ids_have_as_many_pseudonyms_of_one_length():
    found = {NAMES.of(str(number)) for number in range(100_000)}
    assert len(found) == 100_000
    assert {len(name) for name in found} == {25}


def test_a_pseudonym_can_be_mentioned_and_stands_in_an_address_as_it_is():
    for kind in ("user", "post", "image"):
        name = NAMES.of("ann", kind)
        assert mentions(f"by @{name}.") == [name]
        assert name.isascii()
        assert name.isalnum()


def test_a_mention_in_any_case_names_the_user_of_the_lower_case_id():
    text = "by @ANN.Lee and ann@mail.org; instagram.com/p/AbC"
    user, post = NAMES.of("ann.lee"), NAMES.of("AbC", "post")
    assert NAMES.in_text(text) == f"by @{user} and [email]; instagram.com/p/{post}"
    assert Pseudonyms(b"k" * 32, texts=False).in_text(text) == text


def test_a_key_is_made_once_and_is_its_owners_alone(elsewhere: Path):
    assert Pseudonyms.of_user(make=False) is None
    first = Pseudonyms.of_user()
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o600
    assert stat.S_IMODE(elsewhere.parent.stat().st_mode) == 0o700
    assert [file.name for file in elsewhere.parent.iterdir()] == ["pseudonyms.key"]
    again = Pseudonyms.of_user(make=False)
    assert first is not None
    assert again is not None
    assert first.of("ann") == again.of("ann")


def test_many_at_once_make_one_key(elsewhere: Path):
    with ThreadPoolExecutor(16) as threads:
        assert len(set(threads.map(make_key, [elsewhere] * 16))) == 1


def test_two_keys_are_never_the_same(tmp_path: Path):
    assert make_key(tmp_path / "a.key") != make_key(tmp_path / "b.key")


def test_the_default_is_below_the_config_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "x"))
    assert key_file() == tmp_path / "x" / "mmga" / "pseudonyms.key"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert key_file() == tmp_path / "home" / ".config" / "mmga" / "pseudonyms.key"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_is_refused(elsewhere: Path, mode: int):
    make_key(elsewhere)
    elsewhere.chmod(mode)
    with pytest.raises(InputError, match="its owner's alone"):
        read_key(elsewhere)


@pytest.mark.parametrize("content", ["", "secret!", "ab" * 31, "zz" * 32, "ab" * 33])
def test_what_is_no_key_is_refused_and_not_told(elsewhere: Path, content: str):
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_text(content)
    elsewhere.chmod(0o600)
    with pytest.raises(InputError, match="must hold a key") as error:
        make_key(elsewhere)
    assert not content or content not in str(error.value)


@pytest.mark.parametrize("place", ["project", "repository", "link"])
def test_a_key_inside_the_project_is_neither_made_nor_read(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
):
    repository, outside = tmp_path / "repository", tmp_path / "outside"
    project = repository / "project"
    project.mkdir(parents=True)
    (repository / ".git").mkdir()
    for name in ("dvc.yaml", "params.yaml"):
        (project / name).touch()
    if place == "link":
        outside.symlink_to(project)
    elif place == "repository":
        monkeypatch.chdir(project)
    folder = {"project": project, "repository": repository, "link": outside}[place]
    for use in (make_key, read_key):
        with pytest.raises(InputError, match="outside the project"):
            use(folder / "a.key")
    assert not (folder / "a.key").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_place_where_nothing_can_be_made_is_told(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be made"):
        make_key(tmp_path / "a.key")


def test_a_file_in_the_way_of_the_folder_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be made"):
        make_key(tmp_path / "file" / "a.key")


def test_the_key_is_in_no_text_of_the_object():
    key = bytes(range(32))
    names = Pseudonyms(key)
    said = f"{names!r} {names}"
    assert key.hex() not in said
    assert names.key_id in said


def test_the_pseudonyms_of_another_process_are_the_same(elsewhere: Path):
    mine = Pseudonyms.of_user()
    assert mine is not None
    code = "from mmga.sources.identities.pseudonyms import *; print(Pseudonyms.of_user().of('ann'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == mine.of("ann")
