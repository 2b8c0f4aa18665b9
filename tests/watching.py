"""A page opened in a real browser, and what it asked for and said."""

import shutil
from pathlib import Path

from playwright.sync_api import Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALLED = next(filter(None, map(shutil.which, NAMES)), None)


class Watched:
    """A page that is opened, unfolded and listened to."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page = page
        self.asked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: self.said.append(dialog.message))
        page.goto(file.as_uri(), wait_until="networkidle")
        for fold in page.query_selector_all("details"):
            fold.evaluate("fold => { fold.open = true }")

    @property
    def outside(self) -> list[str]:
        """What it asked for beside itself and what it holds."""
        own = self.page.url.partition("#")[0]
        return [url for url in self.asked if not url.startswith("data:") and url != own]

    @property
    def beyond(self) -> list[str]:
        """What is wider than the window, but for what scrolls by itself."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll("body *:not(.scroll *):not(svg *)")]
                .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
                .map(element => element.outerHTML.slice(0, 90))"""
        )

    @property
    def scrolls_sideways(self) -> bool:
        """Whether a person has to."""
        wide, window = self.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        return wide > window
