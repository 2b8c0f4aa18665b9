"""Run the flow `retrain` once: `python -m flows.retrain`."""

import argparse
import atexit
import signal
import sys
from types import FrameType

from mmga.errors import explained
from mmga.project import Project


@explained
def main() -> None:
    """Run once, on the server of PREFECT_API_URL or a temporary one; exit status 0 on success."""
    parser = argparse.ArgumentParser(prog="python -m flows.retrain", description=__doc__)
    parser.add_argument("--no-promote", action="store_true", help="stop after the report")
    arguments = parser.parse_args()
    Project.find().anchor_stores()
    signal.signal(signal.SIGTERM, _terminated)
    # A shell's `&` makes a process deaf to Ctrl-C, and by it DVC, which is stopped so.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    reason: list[str] = []
    # Prefect's temporary server says goodbye when the interpreter ends; what went wrong comes after
    # it, last on the screen.
    atexit.register(lambda: print(*reason, sep="\n", end="", file=sys.stderr))

    from flows.chain import retrain

    state = retrain(promote=not arguments.no_promote, return_state=True)
    if not state.is_completed():
        reason.append(f"error: {state.message}\n")
        raise SystemExit(1)


def _terminated(number: int, frame: FrameType | None) -> None:
    """End as Ctrl-C does, so that the step at work is stopped and the record closed."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
