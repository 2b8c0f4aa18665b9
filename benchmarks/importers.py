"""What each importer takes and what becomes of its records: `python -m benchmarks.importers`.

The trees are those of the tests, written as the raw formats' own tools write them, with small
pictures and with flaws: one picture in a hundred is cut off, and one post in two hundred cannot be
used (its JSON is cut off or empty, or its author is nobody). Each import is a process of its own,
started as a person would start it, so that its peak memory is its own.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import process
from mmga.errors import InputError, explained
from tests.sources.trees import influencers, instagram_export, instaloader, tables

PAGE = Path("docs/importers.md")
MARK = "<!-- Written by `python -m benchmarks.importers --write`: -->\n"

POSTS = [1_000, 10_000, 100_000]

Report = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Case:
    """An importer, the maker of its tree, and the arguments that follow its name."""

    name: str
    write: Callable[[Path, int], object]
    arguments: list[str]


CASES = [
    Case(
        "instaloader",
        lambda folder, posts: instaloader.write_tree(folder, posts, flaws=True),
        ["profiles", "--edges", "edges.csv"],
    ),
    Case(
        "instagram-export",
        lambda folder, posts: instagram_export.write_tree(folder, posts, flaws=True),
        ["exports"],
    ),
    Case(
        "influencers",
        lambda folder, posts: influencers.write_tree(folder, posts, "split", flaws=True),
        ["influencers"],
    ),
    Case(
        "tables",
        lambda folder, posts: tables.write_tree(folder, posts, flaws=True),
        tables.OPTIONS,
    ),
]


@dataclass(frozen=True)
class Run:
    """One import."""

    importer: str
    posts: int
    read: int
    written: int
    dropped: dict[str, dict[str, int]]
    """Table -> reason -> records."""
    seconds: float
    mebibytes: float
    """At its peak."""


@explained
def main() -> None:
    """Print the page's tables; with `--write` put them into the page as well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, nargs="*", default=POSTS)
    parser.add_argument("--only", choices=[case.name for case in CASES], nargs="+")
    parser.add_argument("--write", action="store_true", help=f"into {PAGE}")
    parser.add_argument("--scratch", type=Path, help="where trees and data sets are made")
    parser.add_argument(
        "--results",
        type=Path,
        help="a file that keeps the runs: what is measured in parts is one page",
    )
    options = parser.parse_args()
    cases = [case for case in CASES if not options.only or case.name in options.only]
    runs = kept(options.results)
    for case in cases:
        for posts in options.posts:
            run = measured(case, posts, options.scratch)
            print(line(run), file=sys.stderr, flush=True)
            runs[run.importer, run.posts] = run
            if options.results:
                with options.results.open("a") as stream:
                    stream.write(json.dumps(asdict(run)) + "\n")
    names = [case.name for case in CASES]
    in_order = sorted(runs.values(), key=lambda run: (names.index(run.importer), run.posts))
    text = page(in_order, options.scratch)
    print(text)
    if options.write:
        write(PAGE, text)


def kept(file: Path | None) -> dict[tuple[str, int], Run]:
    """The runs of before, by importer and posts; of the same ones the last."""
    if file is None or not file.exists():
        return {}
    found = [Run(**json.loads(text)) for text in file.read_text().splitlines()]
    return {(run.importer, run.posts): run for run in found}


def measured(case: Case, posts: int, scratch: Path | None) -> Run:
    """Write a tree, import it, and take it away.

    Raises:
        InputError: If the import fails.
    """
    with tempfile.TemporaryDirectory(prefix="mmga-import-", dir=scratch) as made:
        folder = Path(made)
        case.write(folder, posts)
        command = [sys.executable, "-c", "from mmga.cli import main; main()", "import", case.name]
        # A key of its own: that of the user is nobody's business here.
        key = {"MMGA_PSEUDONYM_KEY": str(folder / "key")}
        done = process.run([*command, *case.arguments, "--out", "made", "--json"], folder, key)
        report = json.loads(done.said)
        read, written = (sum(report[key].values()) for key in ("read", "written"))
        dropped = report["dropped"]
        return Run(case.name, posts, read, written, dropped, done.seconds, done.mebibytes)


def page(runs: list[Run], scratch: Path | None) -> str:
    """The tables in Markdown."""
    cores = len(os.sched_getaffinity(0))
    place = "memory (tmpfs)" if str(scratch).startswith("/dev/shm") else "files"
    return "\n".join(
        [
            f"{cores} cores, {platform.machine()}, Python {platform.python_version()}; trees and"
            f" data sets in {place}. Records are users, posts, edges and pictures together.",
            "",
            "| importer | posts | records read | written | dropped | seconds | posts a second"
            " | peak MiB |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            *map(line, runs),
            "",
            *growth(runs),
            "",
            *reasons(runs),
            "",
        ]
    )


def line(run: Run) -> str:
    """A row of the first table."""
    dropped = sum(count for counts in run.dropped.values() for count in counts.values())
    numbers = [f"{n:,}" for n in (run.posts, run.read, run.written, dropped)]
    numbers += [f"{run.seconds:.1f}", f"{run.posts / run.seconds:,.0f}", f"{run.mebibytes:,.0f}"]
    return f"| {run.importer} | {' | '.join(numbers)} |"


def growth(runs: list[Run]) -> Iterator[str]:
    """How seconds and memory grow between the two largest trees of each importer."""
    for name in dict.fromkeys(run.importer for run in runs):
        *_, small, large = [None, *(run for run in runs if run.importer == name)]
        if small is None or large is None:
            continue
        yield (
            f"- {name}: {large.posts / small.posts:.0f} times the posts take"
            f" {large.seconds / small.seconds:.1f} times the seconds and"
            f" {large.mebibytes / small.mebibytes:.2f} times the memory."
        )


def reasons(runs: list[Run]) -> Iterator[str]:
    """The second table: what was dropped and why, with a column for each size of tree."""
    sizes = sorted({run.posts for run in runs})
    yield "Records dropped, by reason, of trees of so many posts:"
    yield ""
    yield f"| importer | table | reason | {' | '.join(f'{size:,}' for size in sizes)} |"
    yield f"| --- | --- | --- |{' ---: |' * len(sizes)}"
    found: dict[tuple[str, str, str], dict[int, int]] = {}
    for run in runs:
        for table, counts in sorted(run.dropped.items()):
            for reason, count in sorted(counts.items()):
                found.setdefault((run.importer, table, reason), {})[run.posts] = count
    measured = {(run.importer, run.posts) for run in runs}
    for (importer, table, reason), by_size in found.items():
        cells = (
            f"{by_size.get(size, 0):,}" if (importer, size) in measured else "" for size in sizes
        )
        yield f"| {importer} | {table} | {reason} | {' | '.join(cells)} |"


def write(file: Path, text: str) -> None:
    """Put the tables below the mark in the page.

    Raises:
        InputError: If there is no such page or mark.
    """
    before, mark, _ = file.read_text(encoding="utf-8").partition(MARK)
    if not mark:
        raise InputError(f"{file} has no line {MARK.strip()!r}, below which the tables go")
    file.write_text(f"{before}{mark}\n{text}", encoding="utf-8")


if __name__ == "__main__":
    main()
