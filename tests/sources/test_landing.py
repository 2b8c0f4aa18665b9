"""A data set appears whole or not at all."""

import pytest

from mmga.errors import InputError
from mmga.sources.loading.landing import landing


def make(hidden, text="new"):
    (hidden / "data").mkdir()
    (hidden / "data" / "dataset.json").write_text(text)


def test_it_appears_and_nothing_else_stays(tmp_path):
    with landing(tmp_path / "data", replace=False) as hidden:
        make(hidden)
        assert not (tmp_path / "data").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["data"]


def _interrupted(out, fault):
    with landing(out, replace=True) as hidden:
        make(hidden)
        raise fault


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_whatever_ends_it_early_leaves_what_was_there(tmp_path, fault):
    with landing(tmp_path / "data", replace=False) as hidden:
        make(hidden, "old")
    with pytest.raises(fault):
        _interrupted(tmp_path / "data", fault)
    assert [p.name for p in tmp_path.iterdir()] == ["data"]
    assert (tmp_path / "data" / "dataset.json").read_text() == "old"


def test_read_only_files_are_replaced_and_not_written_through(tmp_path):
    with landing(tmp_path / "data", replace=False) as hidden:
        make(hidden, "old")
    cached = tmp_path / "cached"
    cached.hardlink_to(tmp_path / "data" / "dataset.json")
    cached.chmod(0o444)
    with landing(tmp_path / "data", replace=True) as hidden:
        make(hidden)
    assert cached.read_text() == "old"
    assert (tmp_path / "data" / "dataset.json").read_text() == "new"


def test_a_data_set_is_replaced_only_when_told_to(tmp_path):
    (tmp_path / "dataset.json").write_text("{}")
    with pytest.raises(InputError, match="add --force"), landing(tmp_path, replace=False):
        pass


def test_a_folder_that_is_no_data_set_is_never_replaced(tmp_path):
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(InputError, match="holds no data set"), landing(tmp_path, replace=True):
        pass


def test_a_file_is_refused_and_an_empty_folder_taken(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="is a file"), landing(tmp_path / "file", replace=True):
        pass
    with landing(tmp_path / "empty", replace=False) as hidden:
        make(hidden)
    assert (tmp_path / "empty" / "dataset.json").exists()
