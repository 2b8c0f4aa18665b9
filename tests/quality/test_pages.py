"""The pages on the data and their drift in a real browser: offline, whole, hostile data or not."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from mmga.errors import InputError
from mmga.quality.drift import compare
from mmga.quality.drift_report import Compared, write_drift
from mmga.quality.page import PAGES
from mmga.quality.profile import Profile, Shares
from mmga.quality.validate import validate
from tests.quality.conftest import DRIFT, PARAMS, make_world, picture
from tests.watching import Watched

SCRIPT = "<script>fetch('https://evil.example/x')</script>"
IMAGE = "<img src=x onerror=alert(1)>"


def hostile(world):
    """Markup in every text, long unbroken ids, and something of everything in the quarantine."""
    world.users.loc[79, ["topic", "bio"]] = [f"{SCRIPT}", f"caf\u00c3\u00a9 {IMAGE}"]
    world.users.loc[80] = [f"{IMAGE}\u202e\u0007", "food", None]
    world.posts.loc[5, "user_id"] = f"{SCRIPT}{'x' * 200}"
    world.posts.loc[6, "caption"] = f"\u00c3\u00a9 {SCRIPT} {'long' * 90}"
    world.posts.loc[7, "created_at"] = pd.Timestamp("1970-01-01", tz="UTC")
    world.follows.loc[3, "kind"] = SCRIPT
    world.follows.loc[4, "followee_id"] = world.follows.loc[4, "follower_id"]
    world.pictures[9][3] = b"<html>no picture</html>"
    world.pictures[10][3] = picture(1, 12)
    world.pictures[11][3] = picture(2, 64, wide=12)
    world.pictures[12][4] = "0" * 64


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Builds of good data and of hostile ones, each with a page on the drift between them."""
    folder = tmp_path_factory.mktemp("builds")
    good, bad = make_world(), make_world()
    hostile(bad)
    for name, world in (("good", good), ("hostile", bad)):
        data = world.write(folder / name / "data")
        quality = folder / name / "build" / "quality"
        lax = PARAMS.model_copy(update={"tolerate": 0.1})
        validate(data, folder / name / "build" / "clean", quality, lax)
    stopped = bad.write(folder / "stopped" / "data")
    with pytest.raises(InputError):
        validate(stopped, folder / "none", folder / "stopped" / "build" / "quality", PARAMS)
    old = Profile.read(folder / "good" / "build" / "quality" / "profile.json")
    new = Profile.read(folder / "hostile" / "build" / "quality" / "profile.json")
    topics = Shares(counts={SCRIPT: 70, "pet": 10}, owners=80)
    shifted = new.model_copy(update={"shares": new.shares | {"topics": topics}})
    for name, one in (("good", old), ("hostile", shifted)):
        home = folder / name / "build"
        found = Compared(one, "0" * 64, "mmga-fans 3", old, compare(old, one, DRIFT))
        write_drift(found, home / "drift", home / "quality")
    lone = folder / "stopped" / "build"
    nothing = Compared(new, "0" * 64, None, None, None, "There is no champion yet.")
    write_drift(nothing, lone / "drift", folder / "nowhere")
    return folder


class Links(HTMLParser):
    """What a page points to, and what can be pointed to in it."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.targets += [values[key] for key in ("href", "src") if values.get(key)]
        self.anchors |= {values["id"]} if "id" in values else set()


def pages(folder):
    return sorted(folder.rglob("*.html"))


def test_every_link_of_every_page_leads_somewhere(build):
    assert len(pages(build)) == 3 * (len(PAGES) + 1)
    for file in pages(build):
        for target in Links(file).targets:
            path, _, anchor = target.partition("#")
            if target.startswith("data:"):
                continue
            there = file.parent / path if path else file
            assert there.is_file(), f"{file.parent.name}/{file.name}: {target}"
            assert not anchor or anchor in Links(there).anchors


def test_from_each_page_of_a_build_one_gets_to_all_pages_on_the_data(build):
    for name in ("good", "hostile"):
        for file in pages(build / name):
            known = {(file.parent / target).resolve() for target in Links(file).targets}
            quality = build / name / "build" / "quality"
            assert {(quality / page).resolve() for page in PAGES} - known <= {file.resolve()}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["good", "hostile", "stopped"])
def test_no_page_asks_for_anything_or_complains_or_scrolls_sideways(name, width, build, browser):
    for file in pages(build / name):
        page = browser.new_page(viewport={"width": width, "height": 800})
        watched = Watched(page, file)
        said = (watched.outside, watched.said, watched.scrolls_sideways, watched.beyond)
        page.close()
        assert said == ([], [], False, []), file


def test_hostile_texts_are_read_as_they_were_written(build, browser):
    page = browser.new_page()
    for file in pages(build / "hostile"):
        Watched(page, file)
        assert page.query_selector_all("script, iframe, [onerror], [onload]") == []
        if file.name in ("index.html", "quarantine.html"):
            assert SCRIPT in page.inner_text("body")
    page.close()


def test_the_verdict_comes_first_and_every_picture_is_seen(build, browser):
    page = browser.new_page(viewport={"width": 360, "height": 800})
    for name, verdict in (
        ("good", "Passed"),
        ("hostile", "Passed with warnings"),
        ("stopped", "Stopped"),
    ):
        Watched(page, build / name / "build" / "quality" / "index.html")
        assert page.inner_text("body").strip().split("\n")[2] == verdict
    for file in ("index.html", "quarantine.html"):
        Watched(page, build / "hostile" / "build" / "quality" / file)
        widths = page.evaluate("[...document.images].map(image => image.naturalWidth)")
        assert widths
        assert min(widths) > 0
    page.close()


def test_a_stopped_run_says_on_top_what_to_do(build, browser):
    page = browser.new_page(viewport={"width": 360, "height": 800})
    quality = build / "stopped" / "build" / "quality"
    Watched(page, quality / "index.html")
    ways = json.loads((quality / "report.json").read_text())["ways_out"]
    assert [item.inner_text() for item in page.query_selector_all("li")] == ways
    assert len(ways) == 3
    assert page.query_selector("li").bounding_box()["y"] < 500
    Watched(page, build / "good" / "build" / "quality" / "index.html")
    assert "What to do" not in page.inner_text("body")
    page.close()


def test_the_quarantine_can_be_browsed_reason_by_reason(build, browser):
    page = browser.new_page()
    quality = build / "hostile" / "build" / "quality"
    Watched(page, quality / "index.html")
    page.click("a:text('known_user: its user_id')")
    page.wait_for_url("**/quarantine.html#posts-*")
    shown = page.query_selector_all("details")
    rejected = [pd.read_parquet(file) for file in (quality / "quarantine").iterdir()]
    assert len(shown) >= 6
    total = sum(int(fold.inner_text().split("(")[-1].split(")")[0]) for fold in
                page.query_selector_all("summary"))  # fmt: skip
    assert total == sum(map(len, rejected))
    page.close()


def test_the_drift_is_told_with_what_moved_on_top(build, browser):
    page = browser.new_page()
    Watched(page, build / "hostile" / "build" / "drift" / "index.html")
    text = page.inner_text("body")
    assert "Strong drift" in text
    assert "The topics of the users shifted" in text
    Watched(page, build / "good" / "build" / "drift" / "index.html")
    assert "The data are like those of mmga-fans 3." in page.inner_text("body")
    Watched(page, build / "stopped" / "build" / "drift" / "index.html")
    assert "There is no champion yet." in page.inner_text("body")
    page.close()
