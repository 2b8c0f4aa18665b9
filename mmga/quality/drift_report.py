"""What was found of a drift, for machines (`drift.json`) and for people (`index.html`).

`drift.json` holds

    schema       1; a larger number where a key has changed its meaning
    level        none | slight | strong; null where nothing could be compared
    sentence     the same for a person
    against      what the data were compared with, such as "mmga-fans 3"; null where nothing was
    profile      SHA-256 of the profile of the new data (`build/quality/profile.json`)
    comparisons  a list, the most drifted first: `name`, `measure`, `effect`, `slight` and `strong`
                 (the limits), `chance`, `level`, `sentence`
    left_out     a list of what could not be compared: `name`, `title`, `why`
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mmga.pages.render import render
from mmga.quality.drift import Drift, Level
from mmga.quality.drift_plots import BEFORE, NOW, drawings
from mmga.quality.drift_words import NEITHER, title
from mmga.quality.page import PAGES
from mmga.quality.profile import Profile

SAID = 3
"""Drifted properties that the sentence names."""


@dataclass(frozen=True)
class Compared:
    """The new data and what they were held against."""

    new: Profile
    digest: str
    """SHA-256 of the new profile's file."""
    against: str | None
    """Whose the old data are (a version of the model, the file of a profile), for a person; None
    where there is nothing to compare with."""
    old: Profile | None
    drift: Drift | None
    why_not: str = ""
    """Why nothing was compared."""

    @property
    def level(self) -> Level | None:
        """The level of the drift; None where nothing was compared."""
        return self.drift.level if self.drift and self.drift.comparisons else None

    @property
    def sentence(self) -> str:
        """The verdict for a person."""
        if self.drift is None:
            return self.why_not
        moved = [one for one in self.drift.comparisons if one.level != "none"]
        if not moved:
            return f"{self._like} those of {self.against}{self._untold}."
        named = "; ".join(one.sentence for one in moved[:SAID])
        more = f"; and {len(moved) - SAID} more" if len(moved) > SAID else ""
        return f"Against the data of {self.against}: {named}{more}{self._untold}."

    @property
    def _like(self) -> str:
        compared = self.drift is not None and self.drift.comparisons
        return "The data are like" if compared else "Nothing of the data could be compared with"

    @property
    def _untold(self) -> str:
        """How much was not compared although one of the profiles tells it."""
        left_out = self.drift.left_out if self.drift else {}
        names = [name for name, why in left_out.items() if why != NEITHER]
        if not names:
            return ""
        named = ", ".join(title(name)[:1].lower() + title(name)[1:] for name in names[:SAID])
        more = f" and {len(names) - SAID} more" if len(names) > SAID else ""
        return f"; not compared: {named}{more}"

    def as_dict(self) -> dict[str, Any]:
        """What `drift.json` holds: see the top of this file."""
        found = self.drift or Drift([], {})
        return {
            "schema": 1,
            "level": self.level,
            "sentence": self.sentence,
            "against": self.against,
            "profile": self.digest,
            "comparisons": [asdict(one) for one in found.comparisons],
            "left_out": [
                {"name": name, "title": title(name), "why": why}
                for name, why in found.left_out.items()
            ],
        }


def write_drift(compared: Compared, folder: Path, quality: Path) -> None:
    """Write `drift.json` and `index.html` anew.

    Args:
        compared: What was found.
        folder: Where they go, a sister of `quality`.
        quality: The pages on the data; the way to one that is there is shown.
    """
    summary = compared.as_dict()
    ways: list[tuple[str, str | None]] = [
        (name, f"../{quality.name}/{file}")
        for file, name in PAGES.items()
        if (quality / file).is_file()
    ]
    both = compared.old is not None and compared.drift is not None
    page = render(
        "mmga.quality",
        "drift.html",
        drift=summary,
        colour=compared.level or "unknown",
        ways=[*ways, ("Drift", None)],
        moved=[one for one in summary["comparisons"] if one["level"] != "none"],
        still=[
            one | {"title": title(one["name"])}
            for one in summary["comparisons"]
            if one["level"] == "none"
        ],
        drawings=drawings(compared.old, compared.new) if both and compared.old else {},
        before=BEFORE,
        now=NOW,
    )
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    text = json.dumps(summary, indent=2, ensure_ascii=False)
    (folder / "drift.json").write_text(text + "\n", encoding="utf-8")
    (folder / "index.html").write_text(page, encoding="utf-8")
