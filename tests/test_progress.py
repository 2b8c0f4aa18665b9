"""Long work tells where it stands: often on a terminal, two lines a minute in a log."""

import sys

import pytest

from mmga.progress import counter


@pytest.mark.parametrize(("terminal", "silent"), [(True, 10), (False, 30)])
def test_a_log_is_not_told_again_what_has_not_changed(
    terminal: bool, silent: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    with counter("pictures", "picture") as bar:
        assert bar.maxinterval == silent
        assert bar.mininterval <= silent
