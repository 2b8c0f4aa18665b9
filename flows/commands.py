"""One step of a flow as a command: its lines as they come, its end, and why it failed."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

GRACE_SECONDS = 10
"""How long a command that is told to stop may take to release its locks before it is killed."""

ADVICE = re.compile(
    r"To (track the changes with git|enable auto staging), run:$|\tgit add "
    r"|\tdvc config core\.autostage|Use `dvc push` to send your updates"
)
"""What DVC tells a person after each stage. No setting of DVC leaves it out but one that leaves out
its errors, too; and nobody wants to push what every step of a run has made."""


class StepError(RuntimeError):
    """A step ended badly; its text says why in one to three lines.

    `lasting` says that trying again cannot help, because what was given is wrong.
    """

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        super().__init__(reason)
        self.lasting = lasting


def run(
    command: Sequence[str], root: Path, log: Callable[[str], None], begun: Callable[[], None]
) -> list[str]:
    """Run `command` in `root` and hand each line it prints to `log`, as it comes, but DVC's advice.

    `begun` is called once, when the command's process is there.

    Whatever interrupts the caller (a time limit, Ctrl-C, a termination) stops the command and
    everything that it started.

    Returns:
        The last lines printed, at most 200.

    Raises:
        StepError: If the command ends with another status than 0.
    """
    lines: deque[str] = deque(maxlen=200)
    with _process(command, root) as process:
        begun()
        for line in process.stdout or ():
            if line.strip() and not ADVICE.match(line):
                lines.append(line.rstrip())
                log(line.rstrip())
    if process.returncode:
        raise failure(list(lines), process.returncode)
    return list(lines)


def failure(lines: Sequence[str], status: int) -> StepError:
    r"""Why a command failed, from what it printed.

    A line `error: ...` with the at most two lines after it is the text of an `InputError`; DVC's
    own lines begin with `ERROR:`.

    >>> failure(["error: posts.parquet is missing", "ERROR: failed to reproduce 'validate'"], 255)
    StepError('posts.parquet is missing')
    >>> failure(["ValueError: no", "ERROR: failed to reproduce 'x': exited with 1"], 255)
    StepError("ValueError: no\nfailed to reproduce 'x': exited with 1")
    """
    said = [line for line in lines if not line.startswith("ERROR: ")]
    dvc = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    for place in reversed(range(len(lines))):
        if lines[place].startswith("error: "):
            after = [line for line in lines[place : place + 3] if line in said]
            return StepError("\n".join(after).removeprefix("error: "), lasting=True)
    missing = re.search(r"missing data '[^']*': (.+)", "\n".join(dvc))
    if missing:
        return StepError(
            f"{missing[1]} is missing.\n`dvc pull` fetches what is in the remote;"
            " `dvc repro` makes what the stages before make.",
            lasting=True,
        )
    if dvc:
        crash = (
            said[-1:] if said and re.match(r"[\w.]+(Error|Exception|Interrupt)\b", said[-1]) else []
        )
        return StepError("\n".join([*crash, dvc[-1]]))
    return StepError("\n".join([*said[-2:], f"ended with status {status}"]))


@contextlib.contextmanager
def _process(command: Sequence[str], root: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        cwd=root,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # its own group, to be stopped as one, and not by our Ctrl-C
    )
    try:
        yield process
        process.wait()
    finally:
        if process.poll() is None:
            _stop(process)
        if process.stdout:
            process.stdout.close()


def environment() -> dict[str, str]:
    """The environment of a command: this interpreter is `python`, and lines come unbuffered."""
    here = str(Path(sys.executable).parent)
    path = os.pathsep.join([here, os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"}


def _stop(process: subprocess.Popen[str]) -> None:
    """Interrupt a group, as Ctrl-C does, so that DVC releases its locks; kill what is left."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
