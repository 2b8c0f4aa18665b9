"""The study on one page: what was to be shown, and what the numbers say of it."""

from collections.abc import Sequence

import pandas as pd

from mmga.evaluation.statistics import LEVEL
from mmga.study.differences import Rows
from mmga.study.markdown import MISSING, counted, table, verdict

AIMS = ("stacked late fusion", "late fusion with paths", "graph only", "best heuristic")
"""The kinds of baselines that MMGA is to beat, in every case."""

RATIOS = ("best heuristic", "boosted heuristics")
"""Those whose MRR is what MMGA's is a multiple of."""

CASES = [(task, users) for task in ("fans", "followees") for users in ("warm", "cold")]


def summary(against: Rows, lost: Sequence[str] = ()) -> list[str]:
    """The verdicts on the aims, and the ratios.

    Args:
        against: `mmga.study.differences.compared`.
        lost: `mmga.study.slices.lost`.
    """
    judged = against.assign(verdict=list(map(verdict, against["low"], against["high"])))
    aims = judged[judged["against"].isin(AIMS)]
    by_chance = (1 - LEVEL) * len(judged)
    missing = [kind for kind in AIMS if kind not in set(aims["against"])]
    return [
        f"Against what it is to beat, MMGA is {counted(aims['verdict'].tolist())} (of {len(aims)}"
        " cases: baseline,",
        "task, users, candidates). Against every kind of baseline below it is"
        f" {counted(judged['verdict'].tolist())}",
        f"(of {len(judged)}). A verdict is of the difference in MRR: undecided where its interval"
        " holds zero. If nothing",
        f"differed at all, some {by_chance:.0f} of {len(judged)} intervals of {LEVEL:.0%} would lie"
        " off zero by chance, and more where seeds differ.",
        "By the rule of the evaluation, better or worse only where all candidates"
        f" ({', '.join(sorted(set(judged['candidates'])))}) say so, MMGA is",
        f"{_by_rule(aims)} against what it is to beat, {_by_rule(judged)} against every kind (of"
        " cases: baseline, task, users).",
        *lost,
        *([f"Not among the baselines: {', '.join(missing)}."] * bool(missing)),
        "",
        *table(_verdicts(aims), "there is no such baseline"),
        "MMGA's MRR as a multiple of the best single heuristic's, and of that of all heuristics"
        " boosted:",
        "",
        *table(_ratios(against), "there is no heuristic"),
    ]


def _by_rule(judged: Rows) -> str:
    """In how many cases all candidates agree on which verdict."""
    cases = [set(said) for _, said in judged.groupby(["against", "task", "users"])["verdict"]]
    agreed = [said.pop() if len(said) == 1 else "undecided" for said in cases]
    return f"{counted(agreed)} (of {len(agreed)})"


def _verdicts(aims: Rows) -> Rows:
    """A line a baseline; a cell holds the verdicts of all candidates."""
    candidates = sorted(set(aims["candidates"]))
    lines = []
    for kind in [kind for kind in AIMS if kind in set(aims["against"])]:
        own = aims[aims["against"] == kind]
        line = {f"against ({', '.join(candidates)})": kind}
        for task, users in CASES:
            case = own[(own["task"] == task) & (own["users"] == users)].set_index("candidates")
            said = [str(case["verdict"].get(name, MISSING)) for name in candidates]
            line[f"{task}, {users}"] = said[0] if len(set(said)) == 1 else ", ".join(said)
        counts = own["verdict"].value_counts()
        line |= {name: str(counts.get(name, 0)) for name in ("better", "undecided", "worse")}
        lines.append(line)
    return pd.DataFrame(lines)


def _ratios(against: Rows) -> Rows:
    lines = []
    for kind in RATIOS:
        own = against[against["against"] == kind]
        for task, users in CASES:
            case = own[(own["task"] == task) & (own["users"] == users)]
            if case.empty:
                continue
            ratios = case["mrr"] / case["its_mrr"].where(case["its_mrr"] > 0)
            said = ratios.map("{:.2f} (".format) + case["baseline"] + ")"
            said = said.where(ratios.notna(), MISSING)
            cells = dict(zip(case["candidates"], said, strict=True))
            lines.append({"against": kind, "task": task, "users": users, **cells})
    return pd.DataFrame(lines)
