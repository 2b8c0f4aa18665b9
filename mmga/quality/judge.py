"""From the tables to a verdict: what is accepted, what is rejected and why."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from mmga.quality.delivery import Delivery
from mmga.quality.expectations import Finding, Inspector, unasked
from mmga.quality.facts import (
    DOUBLES,
    Causes,
    doubles,
    follow_facts,
    image_facts,
    post_facts,
    tidied,
    user_facts,
)
from mmga.quality.params import ValidateParams
from mmga.quality.rule import Rule
from mmga.quality.rules import rules_for
from mmga.tables import KINDS

Verdict = Literal["pass", "warn", "fail"]

KEYS = {
    "users": ["user_id"],
    "posts": ["post_id"],
    "images": ["post_id", "position", "image_id"],
    "follows": ["follower_id", "followee_id", "kind"],
}
"""The order of the clean tables; nothing else may decide it."""

PARENTS = {"posts": "users", "images": "posts", "follows": "users"}
"""What the records of a table belong to."""


@dataclass(frozen=True)
class Judged:
    """One table after its rules."""

    frame: pd.DataFrame
    """Every record that was judged, with its facts; the index counts from 0."""
    reasons: pd.Series
    """Why a record is rejected, for a person; missing where it is accepted."""
    faults: pd.Series
    """The same without what is particular to one record: what is rejected alike has one text."""
    dropped: dict[str, int]
    """How many edges of other kinds than `validate.kinds` were left out, by kind."""
    dropped_own: dict[str, int] = field(default_factory=dict)
    """How many of those join a user to itself; no rule is put to them."""

    @property
    def rejected(self) -> pd.DataFrame:
        """The records that go to the quarantine, with their `reason`."""
        bad = self.reasons.notna()
        return self.frame[bad].assign(reason=self.reasons[bad])

    def clean(self, table: str) -> pd.DataFrame:
        """The records that go on, in the order of `KEYS`."""
        return self.frame[self.reasons.isna()].sort_values(KEYS[table], ignore_index=True)


@dataclass(frozen=True)
class Judgement:
    """What came out of all rules."""

    findings: list[Finding]
    tables: dict[str, Judged]
    """The tables that could be judged, by name."""
    params: ValidateParams
    """As they were used: `latest` is known where the day of collection is."""
    files: pd.DataFrame
    """The files as `Delivery` has them, for the examples."""
    left: pd.DataFrame
    """One row a table: what is left of it, and how that falls short."""
    engine: str
    """The version of Great Expectations."""

    def stops(self, finding: Finding) -> bool:
        """Whether the run may not go on with what this rule found."""
        if finding.success is not False or finding.rule.severity != "critical":
            return False
        return not finding.rule.rejects or finding.share > self.params.tolerate

    @property
    def stopping(self) -> list[Finding]:
        """The findings that stop the run, the worst first: files, then by share, then the rest."""
        place = {"files": 0, "clean": 2}
        found = [finding for finding in self.findings if self.stops(finding)]
        return sorted(found, key=lambda f: (place.get(f.rule.table, 1), -f.share))

    @property
    def verdict(self) -> Verdict:
        """`fail` stops the run; `warn` says that something is worth a look."""
        if self.stopping:
            return "fail"
        broken = {f.rule.severity for f in self.findings if f.success is False}
        return "warn" if broken & {"critical", "warning"} else "pass"

    def frame_of(self, table: str) -> pd.DataFrame:
        """The records that the rules of `table` were put to."""
        if table == "files":
            return self.files
        return self.left if table == "clean" else self.tables[table].frame


def judge(delivery: Delivery, params: ValidateParams) -> Judgement:
    """Put every rule to every table, parents first: what belongs to a rejected record goes with it.

    A table whose file, or whose parent's file, cannot be read is not judged.
    """
    params = params.for_data_of(delivery.collected_on)
    inspector, rules = Inspector(), rules_for(params)
    given = {name: tidied(name, frame) for name, frame in delivery.tables.items()}
    dropped: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
    if "follows" in given:
        given["follows"], by_kind, own = _predicted(given["follows"], params)
        dropped["follows"] = by_kind, own
    tables: dict[str, Judged] = {}
    findings = inspector.inspect("files", delivery.files, _of("files", rules))
    for table, facts in _facts(delivery, given, tables, params).items():
        parent = PARENTS.get(table)
        if table not in given or (parent and parent not in tables):
            findings += [unasked(rule) for rule in _of(table, rules)]
            continue
        frame, found = _asked(inspector, table, facts(), _of(table, rules))
        tables[table] = Judged(frame, *_reasons(frame, found), *dropped.get(table, ({}, {})))
        findings += found
    left = _left(tables, params)
    findings += inspector.inspect("clean", left, _of("clean", rules))
    return Judgement(findings, tables, params, delivery.files, left, inspector.version)


def _facts(
    delivery: Delivery,
    given: dict[str, pd.DataFrame],
    judged: dict[str, Judged],
    params: ValidateParams,
) -> dict[str, Callable[[], pd.DataFrame]]:
    """How the facts of each table are worked out, once its parent is judged."""
    return {
        "users": lambda: user_facts(
            given["users"], given.get("posts"), given.get("follows"), params
        ),
        "posts": lambda: post_facts(
            given["posts"],
            delivery.tables["posts"]["caption"],
            given["users"],
            _causes(judged["users"], "user_id"),
            given.get("images"),
            params,
        ),
        "images": lambda: image_facts(
            given["images"], given["posts"], _causes(judged["posts"], "post_id")
        ),
        "follows": lambda: follow_facts(
            given["follows"], given["users"], _causes(judged["users"], "user_id"), params
        ),
    }


def _asked(
    inspector: Inspector, table: str, frame: pd.DataFrame, rules: list[Rule]
) -> tuple[pd.DataFrame, list[Finding]]:
    """The frame with its doubles, which are looked for last, and a finding a rule, in order."""
    beside = [rule for rule in rules if rule.arguments["column"] in DOUBLES]
    found = inspector.inspect(table, frame, [rule for rule in rules if rule not in beside])
    frame = frame.assign(**doubles(table, frame, _reasons(frame, found)[0].isna()))
    found += inspector.inspect(table, frame, beside)
    return frame, sorted(found, key=lambda finding: rules.index(finding.rule))


def _of(table: str, rules: list[Rule]) -> list[Rule]:
    return [rule for rule in rules if rule.table == table]


def _predicted(
    follows: pd.DataFrame, params: ValidateParams
) -> tuple[pd.DataFrame, dict[str, int], dict[str, int]]:
    """The edges of the kinds that are predicted (and of unknown kinds: those are a fault).

    Also how many are dropped, by kind, and how many of those join a user to itself.
    """
    other = follows["kind"].isin([kind for kind in KINDS if kind not in params.kinds])
    own = (follows["follower_id"] == follows["followee_id"]).fillna(False).astype(bool)
    return (
        follows[~other].reset_index(drop=True),
        _by_kind(follows[other]),
        _by_kind(follows[other & own]),
    )


def _by_kind(follows: pd.DataFrame) -> dict[str, int]:
    counts = follows["kind"].value_counts().sort_index()
    return {str(kind): int(count) for kind, count in counts.items()}


def _reasons(frame: pd.DataFrame, findings: list[Finding]) -> tuple[pd.Series, pd.Series]:
    """`reasons` and `faults` of `Judged`: all of a record in one text."""
    reasons: dict[int, list[str]] = defaultdict(list)
    faults: dict[int, list[str]] = defaultdict(list)
    for finding in findings:
        rule = finding.rule
        if not rule.rejects or not len(finding.rows):
            continue
        fault = f"{rule.name}: {rule.fault}"
        details = frame[rule.detail].iloc[finding.rows] if rule.detail else None
        for at, row in enumerate(finding.rows.tolist()):
            told = None if details is None else details.iloc[at]
            faults[row].append(fault)
            reasons[row].append(fault if pd.isna(told) else f"{fault} ({told})")
    return _joined(reasons, frame.index), _joined(faults, frame.index)


def _joined(parts: dict[int, list[str]], index: pd.Index) -> pd.Series:
    texts = {row: "; ".join(said) for row, said in parts.items()}
    return pd.Series(texts, index=index, dtype=object)


def _causes(judged: Judged, key: str) -> Causes:
    """Why records were rejected, by id; an id that another record still bears was accepted."""
    accepted = judged.frame.loc[judged.reasons.isna(), key]
    bad = judged.rejected
    bad = bad[bad[key].notna() & ~bad[key].isin(accepted)].drop_duplicates(key)
    return dict(zip(bad[key].tolist(), bad["reason"].tolist(), strict=True))


def _left(tables: dict[str, Judged], params: ValidateParams) -> pd.DataFrame:
    """What is left of each table, what is needed, and what is said if that is too little."""
    least = {"users": params.min_users, "follows": 1}
    rows = []
    for table, judged in tables.items():
        read, rejected = len(judged.frame), int(judged.reasons.notna().sum())
        rows.append(
            {
                "table": table,
                "clean": read - rejected,
                "least": least.get(table, 0),
                "rejected_share": rejected / read if read else 0.0,
                "shortage": _shortage(table, read - rejected, judged, params),
                "loss": f"{table}: {rejected:,} of {read:,} records are rejected, at most "
                f"{params.max_rejected:.0%} may be (validate.max_rejected)",
            }
        )
    columns = ["table", "clean", "least", "rejected_share", "shortage", "loss"]
    return pd.DataFrame(rows, columns=pd.Index(columns))


def _shortage(table: str, clean: int, judged: Judged, params: ValidateParams) -> str:
    if table != "follows":
        return f"{table}: {clean:,} are left, {params.min_users:,} are needed (validate.min_users)"
    kinds = ", ".join(params.kinds)
    there = _by_kind(judged.frame) | judged.dropped
    if not set(there) & set(params.kinds):
        found = ", ".join(f"{kind} ({count:,})" for kind, count in sorted(there.items())) or "none"
        return f"follows: no edge of the kinds {kinds}; there are: {found}. Set validate.kinds"
    return f"follows: no good edge of the kinds {kinds} is left"
