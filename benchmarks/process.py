"""A command as a process of its own, so that its seconds and its peak memory are its own."""

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.commands import environment
from mmga.errors import InputError


@dataclass(frozen=True)
class Done:
    """A command that has ended well."""

    said: str
    """What it printed on standard output."""
    seconds: float
    mebibytes: float
    """At the peak of the largest process among it and those it waited for."""


def run(command: Sequence[str], folder: Path, settings: Mapping[str, str] | None = None) -> Done:
    """Run a command in a folder.

    Args:
        command: With its arguments.
        folder: Where it is at work.
        settings: Of its environment, beside those of this process.

    Raises:
        InputError: If it fails, with the last line that it said.
    """
    env = {**environment(), **(settings or {})}
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as errors:
        began = time.monotonic()
        child = subprocess.Popen(command, cwd=folder, env=env, stdout=said, stderr=errors)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - began
        said.seek(0)
        errors.seek(0)
        if child.returncode:
            last = errors.read().strip().splitlines()[-1:]
            raise InputError(" ".join([*command, "fails:", *last]))
        return Done(said.read(), seconds, used.ru_maxrss / 1024)  # Linux counts in KiB
