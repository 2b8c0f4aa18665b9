"""MMGA against heuristics on graphs of other people's users, as a page in Markdown.

    python -m benchmarks.graphs ~/graphs/twitch-es ~/graphs/ciao --results graphs.jsonl

A graph is a folder of tables for `mmga import tables`: `follows.csv`, and `users.csv`,
`posts.csv` and `images.csv` where there are any, or the same as `.parquet`. A file `options` in the
folder holds what else the importer must be told, such as `--undirected --map
follows.follower_id=from --source 'Rozemberczki et al. 2021'`.
"""

import argparse
import json
import shlex
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from benchmarks import process
from mmga.errors import InputError, explained
from mmga.evaluation.baselines.boosting import boosted
from mmga.evaluation.baselines.evidence import Evidence
from mmga.evaluation.baselines.profiles import words_read
from mmga.evaluation.baselines.trained import COUNTS, FACTORS
from mmga.evaluation.baselines.tuning import Tuning
from mmga.evaluation.baselines.untrained import baselines
from mmga.evaluation.baselines.validation import Validation
from mmga.evaluation.metrics import metrics_of
from mmga.evaluation.ranking import Known, Scorer, rank_follows
from mmga.evaluation.report import EvaluateParams
from mmga.evaluation.slices import by_temperature
from mmga.fans import FanModel
from mmga.project import Project, read_json
from mmga.splits.split import Split
from mmga.study.params import StudyParams
from mmga.tables import read_table

TEXT = """\
# Graphs of other people's users

MMGA was not tuned on these graphs: none was looked at while it was made. One seed each, of the
split and of the training, so the intervals know of chance among queries alone. Printed by
`python -m benchmarks.graphs`, which says what a graph's folder must hold; the graphs are no part of
this repository. A friendship is two follows.

{table}

MRR of the fans of warm users, among all users (C0) and among 1,000 as popular ones (C2). A graph
goes through the stages with the numbers of `params.yaml`, but for two that change nothing of MMGA:
no rivals are trained, and as many test follows are ranked as in the study. The best heuristic is
the best on the test follows of each case: a choice in its favour. `boosted` is gradient boosting
over all heuristics, fitted on validation follows, the best of {trials} settings. Seconds and memory
are those of the training, on one core.

Against the best heuristic MMGA is {heuristic}; against boosting {boosted}.
The aim, {aim} times the best heuristic, is reached by {reached} of {cases} ratios.

Where the graphs are from:

{sources}
"""

TABLES = ("follows", "users", "posts", "images")
STAGES = ("validate", "split", "extract", "pretrain")
CANDIDATES = ("C0", "C2")

AIM = 1.25
"""Of the best heuristic: what a model should be worth that costs a training."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Against:
    """MMGA against one other."""

    name: str
    mrr: float
    ratio: float
    """MMGA's MRR over the other's."""
    low: float
    """Of the ratio's 95 % interval."""
    high: float


@dataclass(frozen=True)
class Row:
    """One graph and one kind of candidates."""

    graph: str
    source: str
    """Where it is from, as the importer was told."""
    users: int
    follows: int
    candidates: str
    queries: int
    mrr: float
    """MMGA's."""
    heuristic: Against
    """The best one."""
    boosted: Against | None
    """Gradient boosting over all heuristics; None where it was not asked for."""
    seconds: float
    """Of the training."""
    mebibytes: float
    """At its peak."""


@explained
def main() -> None:
    """Print the page, a line to standard error as soon as a graph is done."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.graphs", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--scratch", type=Path, help="where the projects are made")
    parser.add_argument("--queries", type=int, help="test follows that are ranked [the study's]")
    parser.add_argument("--trials", type=int, help="of boosting; 0: none is fitted [the study's]")
    parser.add_argument(
        "--results", type=Path, help="a file that keeps the rows: graphs done apart are one table"
    )
    options = parser.parse_args()
    study = Project.find().params("study", StudyParams)
    queries = study.max_queries if options.queries is None else options.queries
    trials = study.trials if options.trials is None else options.trials
    rows = kept(options.results)
    for folder in options.folders:
        with tempfile.TemporaryDirectory(prefix="mmga-graph-", dir=options.scratch) as scratch:
            project = made(Project.find(), folder, Path(scratch), queries)
            trained = trained_by(project)
            for row in judged(project, folder.name, trained, trials):
                print(line(row), file=sys.stderr, flush=True)
                rows[row.graph, row.candidates] = row
        if options.results:
            keep(options.results, rows.values())
    print(page(list(rows.values()), trials), end="")


def keep(file: Path, rows: Iterable[Row]) -> None:
    """Write the rows for `kept`."""
    lines = [json.dumps(asdict(row)) + "\n" for row in rows]
    file.write_text("".join(lines), encoding="utf-8")


def kept(file: Path | None) -> dict[tuple[str, str], Row]:
    """The rows of before, by graph and candidates."""
    if file is None or not file.is_file():
        return {}
    found = {}
    for text in file.read_text(encoding="utf-8").splitlines():
        values = json.loads(text)
        for name in ("heuristic", "boosted"):
            values[name] = values[name] and Against(**values[name])
        found[values["graph"], values["candidates"]] = Row(**values)
    return found


def made(own: Project, graph: Path, root: Path, queries: int) -> Project:
    """A project below `root` with the numbers of ours and the graph as its data.

    Raises:
        InputError: If the folder holds no follows, or they cannot be imported.
    """
    numbers = yaml.safe_load((own.root / "params.yaml").read_text(encoding="utf-8"))
    numbers["split"]["max_queries"] = queries
    numbers["pretrain"] |= {"rivals": [], "workers": 1}
    (root / "params.yaml").write_text(yaml.safe_dump(numbers), encoding="utf-8")
    (root / "dvc.yaml").write_bytes((own.root / "dvc.yaml").read_bytes())
    # Ids of a public graph name nobody, and a key of the user's is nobody's business here.
    command = ["mmga", "import", "tables", "--out", "data", "--keep-ids", *options_of(graph)]
    process.run(command, root)
    return Project(root)


def options_of(graph: Path) -> list[str]:
    """What the importer is told of a folder's tables.

    Raises:
        InputError: If there are no follows.
    """
    found = []
    for name in TABLES:
        files = [graph / f"{name}.{kind}" for kind in ("csv", "parquet")]
        there = [file for file in files if file.is_file()]
        found += [f"--{name}", str(there[0].resolve())] if there else []
    if "--follows" not in found:
        raise InputError(f"{graph} holds neither follows.csv nor follows.parquet")
    more = graph / "options"
    return found + (shlex.split(more.read_text(encoding="utf-8")) if more.is_file() else [])


def trained_by(project: Project) -> process.Done:
    """Run the stages; what the last of them, the training, took."""
    done = [
        process.run([sys.executable, "-m", f"mmga.stages.{stage}"], project.root)
        for stage in STAGES
    ]
    return done[-1]


def judged(project: Project, name: str, training: process.Done, trials: int) -> Iterator[Row]:
    """MMGA against the best heuristic, and against boosting, for each kind of candidates.

    Args:
        project: Whose `build/` holds a split and a model.
        name: Of the graph.
        training: What it took.
        trials: Settings of boosting that are tried; 0: none.
    """
    evaluate = project.params("evaluate", EvaluateParams)
    split = Split.read(project.build / "splits")
    source = str(read_json(project.data / "dataset.json")["source"])
    model = FanModel.read(project.build / "model")
    validation = Validation(split, evaluate.tuning_follows)
    ranks, restarts = evaluate.svd_ranks, evaluate.pagerank_restarts
    users, posts = (read_table(project.build / "clean", table) for table in ("users", "posts"))
    words = words_read(split, users, posts)
    heuristics = baselines(split, ranks, restarts, validation, evaluate.seed, words)
    others: list[Scorer] = [*heuristics]
    if trials:
        counts = [scorer for scorer in heuristics if scorer.name in COUNTS]
        factors = [scorer for scorer in heuristics if scorer.name in FACTORS]
        evidence = Evidence(counts, factors, ~split.cold)
        others.append(boosted("boosted", evidence, Tuning(validation, trials, evaluate.seed)))
    found = {scorer.name: reciprocal_ranks(scorer, split) for scorer in (model, *others)}
    for candidates in CANDIDATES:
        by_name = {key: ranks[candidates] for key, ranks in found.items()}
        own, fitted = by_name.pop(model.name), by_name.pop("boosted", None)
        best = max(by_name, key=lambda key: float(by_name[key].mean()))
        yield Row(
            name,
            source,
            len(split.user_ids),
            len(split.known),
            candidates,
            len(own),
            float(own.mean()),
            against(best, own, by_name[best], evaluate),
            None if fitted is None else against("boosted", own, fitted, evaluate),
            training.seconds,
            training.mebibytes,
        )


def reciprocal_ranks(scorer: Scorer, split: Split) -> dict[str, Floats]:
    """The MRR of each query by candidates: fans of accounts, between warm users."""
    warm = by_temperature(split)["warm"]
    edges = split.test[split.negatives.ranked][warm]
    negatives = {"C2": split.negatives.of("fans")["C2"][warm]}
    ranks, everyone = rank_follows(scorer, "fans", edges, Known(split), negatives), warm[warm]
    found = {candidates: metrics_of(ranks, candidates, everyone) for candidates in CANDIDATES}
    return {key: scores.values["mrr"].to_numpy() for key, scores in found.items() if scores}


def against(name: str, own: Floats, its: Floats, params: EvaluateParams) -> Against:
    """The ratio of two means over the same queries, with its percentile interval.

    Args:
        name: Of the other.
        own: MMGA's metric by query, shape (queries,).
        its: The other's, likewise; its mean is above 0.
        params: Of the bootstrap.
    """
    random, queries = np.random.default_rng(params.seed), len(own)
    both, share = np.column_stack([own, its]), np.full(queries, 1 / queries)
    sums = np.stack([random.multinomial(queries, share) @ both for _ in range(params.resamples)])
    low, high = np.quantile(sums[:, 0] / sums[:, 1], [0.025, 0.975])
    mrr = float(its.mean())
    return Against(name, mrr, float(own.mean()) / mrr, float(low), float(high))


def page(rows: Sequence[Row], trials: int) -> str:
    """What is printed; as many settings were tried of boosting."""
    sources = {row.graph: row.source for row in rows}
    return TEXT.format(
        trials=trials,
        table="\n".join(table(rows)),
        heuristic=verdicts([row.heuristic for row in rows]),
        boosted=verdicts([row.boosted for row in rows if row.boosted]),
        aim=AIM,
        reached=sum(row.heuristic.ratio >= AIM for row in rows),
        cases=len(rows),
        sources="\n".join(f"- {graph}: {source}" for graph, source in sources.items()),
    )


def verdicts(others: Sequence[Against]) -> str:
    """In how many cases MMGA is better, worse, neither."""
    better = sum(other.low > 1 for other in others)
    worse = sum(other.high < 1 for other in others)
    undecided = len(others) - better - worse
    return (
        f"better in {better}, worse in {worse} and undecided in {undecided} of {len(others)} cases"
    )


def table(rows: Sequence[Row]) -> list[str]:
    """The rows as Markdown."""
    return [
        "| graph | users | follows | among | queries | MMGA | best heuristic | MMGA / it"
        " | boosted | MMGA / it | training s | peak MiB |",
        "| --- | ---: | ---: | --- | ---: | ---: | --- | --- | ---: | --- | ---: | ---: |",
        *map(line, rows),
    ]


def line(row: Row) -> str:
    """A row of the table."""
    best, fitted = row.heuristic, row.boosted
    cells = [
        row.graph, f"{row.users:,}", f"{row.follows:,}", row.candidates, f"{row.queries:,}",
        f"{row.mrr:.4f}", f"{best.name} {best.mrr:.4f}", times(best),
        f"{fitted.mrr:.4f}" if fitted else "", times(fitted) if fitted else "",
        f"{row.seconds:,.0f}", f"{row.mebibytes:,.0f}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def times(other: Against) -> str:
    """A ratio and its interval."""
    return f"{other.ratio:.2f} ({other.low:.2f} to {other.high:.2f})"


if __name__ == "__main__":
    main()
