"""What one rule of the audit found, and the way out where it is broken."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "fail", "skip"]


@dataclass(frozen=True)
class Finding:
    """One rule, held against one thing."""

    subject: str
    """What was looked at: a file, or a part of the pipeline."""
    rule: str
    """What must be true of it, as a sentence."""
    state: State
    """`fail`: something leaks, or cannot be shown not to; `skip`: there is nothing to look at."""
    found: str
    """What is so."""
    way_out: str = ""
    """What to do; empty where nothing is to be done."""


def judged(subject: str, rule: str, holds: bool, found: str, way_out: str) -> Finding:
    """The finding of a rule that holds, or does not; the way out is told in the latter case."""
    return Finding(subject, rule, "ok" if holds else "fail", found, "" if holds else way_out)
