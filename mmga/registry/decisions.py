"""When a challenger replaces the champion: the rule, and a decision with its reason."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from pydantic import Field, field_validator

from mmga.errors import InputError
from mmga.evaluation.compare import Comparison
from mmga.evaluation.metrics import METRICS
from mmga.evaluation.ranking import Candidates
from mmga.project import Params

DECISION = "mmga.decision"
"""The tag that a version gets when it was judged: what was decided, when, and why."""


GUARDED = ("cold", "tail", "topic")
"""The parts of the test follows that may not fall; see `mmga.evaluation.compare`."""


class Tolerances(Params):
    """By how much a guardrail may get worse while the primary metric gets better."""

    cold: float = Field(ge=0)
    """Largest relative loss of the primary metric on follows that touch a cold user."""
    tail: float = Field(ge=0)
    """Likewise on accounts with few fans."""
    topic: float = Field(ge=0)
    """Likewise on the accounts of any one topic."""
    latency: float = Field(ge=0)
    """Largest relative rise of the median time of a query: 0.5 is half as long again."""
    size: float = Field(ge=0)
    """Largest relative rise of the model's bytes."""


class PromoteParams(Params):
    """What counts as better, and what must not get worse."""

    task: Literal["fans", "followees"]
    """The task of the primary metric."""
    candidates: Candidates
    """The candidates among which its queries are ranked."""
    metric: str
    """The primary metric, as the evaluation's report names it."""
    margin: float
    """What the interval of the difference to the champion must lie above, in units of the metric;
    a first model must beat its baselines, by whatever."""
    min_queries: int = Field(ge=1)
    """A guardrail with fewer queries is reported and not judged."""
    resamples: int = Field(ge=100)
    """How often the paired bootstrap draws the queries."""
    seed: int
    """Of those draws."""
    timed_queries: int = Field(ge=1)
    """Queries that the latency is measured on."""
    first: tuple[str, ...]
    """Baselines that a first model must beat, each of them."""
    first_best_of: tuple[str, ...]
    """Baselines of which a first model must beat the best; those that were not trained are passed
    over."""
    tolerances: Tolerances
    """How far the guardrails give."""

    @field_validator("metric")
    @classmethod
    def _known(cls, metric: str) -> str:
        if metric not in METRICS:
            raise ValueError(f"must be one of {', '.join(METRICS)}")
        return metric

    @property
    def primary_name(self) -> str:
        """As in `fans C0 mrr`."""
        return f"{self.task} {self.candidates} {self.metric}"

    def comparisons(self, report: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The report's comparisons of the model in the primary metric, on warm users.

        Raises:
            InputError: If there is none.
        """
        wanted = {"task": self.task, "candidates": self.candidates, "metric": self.metric}
        wanted |= {"users": "warm", "model": "mmga"}
        found = [row for row in report["comparisons"] if wanted.items() <= row.items()]
        if not found:
            raise InputError(
                f"params.yaml: promote asks for {self.primary_name}, which the evaluation has not;"
                "\nsee `comparisons` in build/evaluation/report.json for what it has"
            )
        return found

    def primary(self, report: Mapping[str, Any]) -> dict[str, str]:
        """The primary metric's name and value, as tags.

        Raises:
            InputError: If the report lacks it or it is not finite.
        """
        value = self.comparisons(report)[0]["value"]
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise InputError(f"the evaluation's {self.primary_name} is {value}, not a number")
        return {"mmga.metric": self.primary_name, "mmga.value": f"{value:.6g}"}


@dataclass(frozen=True)
class Cost:
    """Challenger against champion in something that should be small."""

    what: Literal["latency", "size"]
    """Median seconds of a query, or bytes."""
    challenger: float
    """Of the challenger."""
    champion: float
    """Of the champion."""


@dataclass(frozen=True)
class Decision:
    """What was decided about a challenger."""

    promoted: bool
    """Whether the challenger is to be champion."""
    reason: str
    """Why, in a sentence or two with the numbers."""
    challenger: int | None = None
    """The challenger's version; None where there is none."""
    champion: int | None = None
    """The version of the champion it was compared with; None for a first model."""
    evidence: list[dict[str, Any]] = field(default_factory=list)
    """Every difference that was looked at."""

    def __str__(self) -> str:
        if self.challenger is None:
            return self.reason
        verdict = "is promoted to champion" if self.promoted else "is not promoted"
        against = f", against version {self.champion}" if self.champion is not None else ""
        return f"version {self.challenger} {verdict}{against}\n{self.reason}"

    def as_dict(self) -> dict[str, Any]:
        """For `--json` and for the record."""
        return asdict(self)


def against_champion(
    parts: Sequence[Comparison], costs: Sequence[Cost], params: PromoteParams
) -> tuple[bool, str]:
    """Whether the challenger wins, and why.

    It wins when the interval of the difference on warm users lies above the margin and no
    guardrail failed. A guardrail (cold users, tail accounts, each topic) fails when it lost more
    than its tolerance *and* the interval of its difference lies below 0: a loss that chance
    explains does not stop a better model, and with ten guardrails chance would often find one. A
    cost fails when it rose by more than its tolerance.

    Args:
        parts: Challenger (the model) against champion (the baseline); see `compare`.
        costs: Latency and size.
        params: Margin and tolerances.
    """
    primary = next((part for part in parts if part.name == "warm"), None)
    if primary is None:
        return False, "no test follow between warm users is left to judge by"
    text = f"{params.primary_name}, {_told(primary)}"
    if not primary.low > params.margin:
        return False, f"{text}; the interval does not lie above {params.margin:g}"
    guardrails = [part for part in parts if part.name.split()[0] in GUARDED]
    judged = [part for part in guardrails if part.queries >= params.min_queries]
    fallen = [_told(part) for part in judged if _fell(part, params.tolerances)]
    fallen += [
        f"{cost.what}: {cost.challenger:.4g} against {cost.champion:.4g}"
        for cost in costs
        if cost.challenger > cost.champion * (1 + getattr(params.tolerances, cost.what))
    ]
    if fallen:
        more = f" (and {len(fallen) - 1} more)" if len(fallen) > 1 else ""
        return False, f"{text}; but a guardrail fell by more than its tolerance: {fallen[0]}{more}"
    few = [part.name for part in guardrails if part not in judged]
    unjudged = f"; too few queries to judge {', '.join(few)}" if few else ""
    return True, f"{text}; no guardrail fell{unjudged}"


def against_baselines(
    report: Mapping[str, Any], params: PromoteParams
) -> tuple[bool, str, list[dict[str, Any]]]:
    """Whether a first model beats what it must, why, and the comparisons looked at.

    Args:
        report: The evaluation's report of that model.
        params: Names the baselines.

    Raises:
        InputError: If the report lacks one of them.
    """
    rows = {row["baseline"]: row for row in params.comparisons(report)}
    trained = [name for name in params.first_best_of if name in rows]
    missing = [name for name in params.first if name not in rows]
    if missing or not trained:
        name = missing[0] if missing else " or ".join(params.first_best_of)
        raise InputError(
            f"params.yaml: promote asks for the baseline {name}, which the evaluation has not;"
            f"\nit has {', '.join(sorted(rows))}"
        )
    best = max(trained, key=lambda name: float(rows[name]["baseline_value"]))
    judged = [rows[name] for name in dict.fromkeys([*params.first, best])]
    parts = []
    for verdict, beaten in (("does not beat", False), ("beats", True)):
        told = [
            f"{row['baseline']} {row['difference']:+.4f} ({row['low']:+.4f} to {row['high']:+.4f})"
            for row in judged
            if (row["low"] > 0) is beaten
        ]
        parts += [f"{verdict} {' and '.join(told)}"] if told else []
    won = all(row["low"] > 0 for row in judged)
    return won, f"the first model, {params.primary_name}, {'; it '.join(parts)}", judged


def _fell(part: Comparison, tolerances: Tolerances) -> bool:
    """Whether the challenger lost more than it may, and more than by chance."""
    tolerance: float = getattr(tolerances, part.name.split()[0])
    return part.high < 0 and part.difference < -tolerance * part.baseline_value


def _told(part: Comparison) -> str:
    return (
        f"{part.name}: {part.value:.4f} against {part.baseline_value:.4f},"
        f" {part.difference:+.4f} ({part.low:+.4f} to {part.high:+.4f}), {part.queries:,} queries"
    )
