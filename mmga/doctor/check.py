"""What one look found, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    """`fail`: something will not work; `warn`: it may not, or not as one expects."""
    found: str
    """What is so, in a sentence."""
    advice: str = ""
    """What to do; empty where nothing is to be done."""
