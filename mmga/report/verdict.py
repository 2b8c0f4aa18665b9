"""Whether the model is better than what it was compared with: wins and losses alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mmga.report.words import DECIDING, USERS, model_name, named

Outcome = Literal["better", "worse", "undecided", "mixed"]


@dataclass(frozen=True)
class Duel:
    """The model against one baseline, in one metric, on one part of the test follows."""

    task: str
    candidates: str
    users: str
    baseline: str
    queries: int
    value: float
    """The model's metric, the mean over the queries."""
    baseline_value: float
    """The baseline's."""
    difference: float
    """`value` - `baseline_value`."""
    low: float
    """Lower end of the difference's 95 % interval."""
    high: float
    """Its upper end."""

    @property
    def outcome(self) -> Outcome:
        """Better or worse only where the whole interval says so."""
        return "better" if self.low > 0 else "worse" if self.high < 0 else "undecided"


@dataclass(frozen=True)
class Question:
    """One task for one kind of users, with everything the model was compared with there."""

    task: str
    users: str
    rivals: list[Duel]
    """Other models and heuristics, the best first within each kind of candidates."""
    own: list[Duel]
    """The model itself with a part left out."""

    @property
    def best(self) -> list[Duel]:
        """Against the best baseline of each kind of candidates."""
        return _best(self.rivals)

    @property
    def fusion(self) -> list[Duel]:
        """Against the best late fusion of each kind of candidates; empty without one."""
        return _best([duel for duel in self.rivals if "late_fusion" in duel.baseline])

    @property
    def without(self) -> list[Duel]:
        """Against the best of the model's own reduced forms, likewise."""
        return _best(self.own)


@dataclass(frozen=True)
class Verdict:
    """The answer to the primary question, for the top of a page."""

    level: Literal["pass", "warn", "fail"]
    title: str
    sentences: list[str]


def outcome_of(duels: Sequence[Duel]) -> Outcome:
    """One word for the same comparison among several kinds of candidates.

    "Better" is said only where every deciding kind says so, and likewise "worse"; `mixed` where two
    contradict each other.
    """
    said = {duel.outcome for duel in duels if duel.candidates in DECIDING}
    if {"better", "worse"} <= said:
        return "mixed"
    if len(said) == 1:
        return said.pop()
    return "undecided"


def questions(report: Mapping[str, Any], metric: str = "mrr") -> list[Question]:
    """Every question that the evaluation asked of all models, in its order.

    Args:
        report: `report.json` of the evaluation.
        metric: One of those whose differences have intervals.
    """
    fields = Duel.__dataclass_fields__
    rows = [row for row in report["comparisons"] if row["metric"] == metric]
    duels = [Duel(**{name: row[name] for name in fields}) for row in rows]
    duels.sort(key=lambda duel: (duel.candidates, -duel.baseline_value))
    own = {row["baseline"] for row in rows if row["baseline"].startswith(f"{row['model']}_")}
    found = []
    for task, users in dict.fromkeys((row["task"], row["users"]) for row in rows):
        here = [duel for duel in duels if (duel.task, duel.users) == (task, users)]
        rivals = [duel for duel in here if duel.baseline not in own]
        found.append(Question(task, users, rivals, [d for d in here if d.baseline in own]))
    return found


def verdict(report: Mapping[str, Any], asked: Sequence[Question]) -> Verdict:
    """What to say first: the primary task against its best baseline, for each kind of users."""
    primary = [question for question in asked if question.task == report["primary"]["task"]]
    primary = [question for question in primary if question.best]
    outcomes = {question.users: outcome_of(question.best) for question in primary}
    sentences = [_told(question, report["primary"]["candidates"]) for question in primary]
    found = set(outcomes.values())
    better, worse = found & {"better", "mixed"}, found & {"worse", "mixed"}
    for_whom = " and ".join(users for users, said in outcomes.items() if said == "better")
    if not found:
        return Verdict("warn", "Compared with nothing", sentences)
    if found == {"better"}:
        return Verdict("pass", "Better than the best baseline", sentences)
    if better and worse:
        return Verdict("warn", "Better in part, worse in part", sentences)
    if worse:
        return Verdict("fail", "Worse than the best baseline", sentences)
    if better:
        return Verdict("warn", f"Better for {for_whom} users, not shown for others", sentences)
    return Verdict("warn", "Not shown to be better than the best baseline", sentences)


def _told(question: Question, candidates: str) -> str:
    """The primary question's answer for some users in one sentence."""
    said = {
        "better": "MMGA is better than the best baseline",
        "worse": "MMGA is worse than the best baseline",
        "mixed": "MMGA is better among some candidates and worse among others",
        "undecided": "it is not shown that MMGA is better than the best baseline",
    }[outcome_of(question.best)]
    duel = next((d for d in question.best if d.candidates == candidates), question.best[0])
    return (
        f"For {named(USERS, question.users)}, {said}: MRR {duel.value:.4f} against"
        f" {duel.baseline_value:.4f} of {model_name(duel.baseline)}, a difference of"
        f" {duel.difference:+.4f} (95 % interval {duel.low:+.4f} to {duel.high:+.4f})."
    )


def interval(duel: Duel) -> str:
    """A difference with its interval, as in `+0.0071 (+0.0014 to +0.0133)`."""
    return f"{duel.difference:+.4f} ({duel.low:+.4f} to {duel.high:+.4f})"


def _best(duels: Sequence[Duel]) -> list[Duel]:
    """The first of each kind of candidates: they come best first."""
    first: dict[str, Duel] = {}
    for duel in duels:
        first.setdefault(duel.candidates, duel)
    return list(first.values())
