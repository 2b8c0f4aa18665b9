"""A training that is killed goes on from here, and ends as if nothing had happened."""

import os
import time
from pathlib import Path
from typing import Any

import torch

from mmga.alignment.state import State


class Checkpoint:
    """The state of one training on disk, written at most every so many seconds.

    A checkpoint lies between two epochs. An epoch is a function of the state and of its own seed,
    so it does not matter when checkpoints were written.
    """

    def __init__(self, file: Path, seconds: float) -> None:
        self.file = file
        self.seconds = seconds
        self._began = self._last = time.monotonic()
        self._earlier = 0.0

    @property
    def spent(self) -> float:
        """Seconds that went into the training, those before an interruption included."""
        return self._earlier + time.monotonic() - self._began

    def save(
        self, state: State, optimiser: torch.optim.Optimizer, progress: dict[str, Any]
    ) -> None:
        """Write the state, unless the last time was a moment ago.

        Args:
            state: The model in training.
            optimiser: Of the phase that runs.
            progress: Where the training stands, and what it has found.
        """
        if time.monotonic() - self._last < self.seconds:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "network": state.network.state_dict(),
            "teacher": state.teacher.state_dict(),
            "bank": state.bank,
            "anchor": state.anchor,
            "optimiser": optimiser.state_dict(),
            "progress": progress,
            "spent": self.spent,
        }
        new = self.file.with_suffix(".new")
        torch.save(content, new)
        os.replace(new, self.file)
        self._last = time.monotonic()

    def restore(self, state: State) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Bring the state back; the optimiser's state and the progress, or None without one."""
        if not self.file.is_file():
            return None
        content = torch.load(self.file, weights_only=True)
        state.network.load_state_dict(content["network"])
        state.teacher.load_state_dict(content["teacher"])
        state.bank, state.anchor = content["bank"], content["anchor"]
        self._earlier = content["spent"]
        return content["optimiser"], content["progress"]
