"""The study on one page: what was to be shown, and what the numbers say of it."""

import pandas as pd

from mmga.study.differences import Rows
from mmga.study.markdown import MISSING, counted, table, verdict

AIMS = ("stacked late fusion", "late fusion with paths", "graph only", "best heuristic")
"""The kinds of baselines that MMGA is to beat, in every case."""

RATIOS = ("best heuristic", "boosted heuristics")
"""Those whose MRR is what MMGA's is a multiple of."""

CASES = [(task, users) for task in ("fans", "followees") for users in ("warm", "cold")]


def summary(against: Rows) -> list[str]:
    """The verdicts on the aims, and the ratios.

    Args:
        against: `mmga.study.differences.compared`.
    """
    judged = against.assign(verdict=list(map(verdict, against["low"], against["high"])))
    aims = judged[judged["against"].isin(AIMS)]
    missing = [kind for kind in AIMS if kind not in set(aims["against"])]
    return [
        f"Against what it is to beat, MMGA is {counted(aims['verdict'].tolist())} (of {len(aims)}"
        " cases: baseline,",
        "task, users, candidates). Against every kind of baseline below it is"
        f" {counted(judged['verdict'].tolist())}",
        f"(of {len(judged)}). A verdict is of the difference in MRR: undecided where its interval"
        " holds zero.",
        *([f"Not among the baselines: {', '.join(missing)}."] * bool(missing)),
        "",
        *table(_verdicts(aims), "there is no such baseline"),
        "MMGA's MRR as a multiple of the best single heuristic's, and of that of all heuristics"
        " boosted:",
        "",
        *table(_ratios(against), "there is no heuristic"),
    ]


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
