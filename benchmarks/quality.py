"""How well the quality gate finds what is planted: `python -m benchmarks.quality`.

Prints the table of docs/quality-gate.md. For several seeds a sample world with known defects is
written and judged; recall and precision are counted over records, for each kind of defect.
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from mmga.errors import explained
from mmga.project import Project
from mmga.quality.delivery import read_delivery
from mmga.quality.judge import Judgement, judge
from mmga.quality.params import ValidateParams
from mmga.sample.dirt import DEFECTS
from mmga.sample.world import make_world, planted, write_sample

SEEDS = (1, 2, 3, 4, 5)

RULES = {
    "users": {
        "duplicate id": "no_copies",
        "misspelt topic": "topic_spelling",
        "id in capitals": "id_distinct",
        "id with unseen characters": "id_clean",
        "wrong encoding": "bio_readable",
    },
    "posts": {
        "duplicate id": "no_copies",
        "unknown user": "known_user",
        "future time": "plausible_time",
        "time 1970": "plausible_time",
        "clock never set": "times_together",
        "blank caption": "caption_not_blank",
        "control characters": "caption_printable",
        "wrong encoding": "caption_encoding",
        "endless caption": "caption_length",
        "spam": "caption_own",
    },
    "follows": {
        "duplicate follow": "once",
        "unknown user": "known_followee",
        "self-follow": "no_self_follow",
        "future time": "plausible_time",
        "time 1970": "plausible_time",
        "clock never set": "times_together",
        "unknown kind": "known_kind",
    },
    "images": {
        "duplicate id": "no_copies",
        "unknown post": "known_post",
        "truncated": "decodable",
        "no picture": "decodable",
        "tiny": "large_enough",
        "strip": "shape",
        "single colour": "shows_something",
        "tells the place": "no_place",
        "copied from another post": "own_picture",
        "wrong sha256": "unchanged",
        "negative position": "own_position",
    },
}
"""By table and kind of defect: the rule that must find it."""

CONSEQUENCES = ("post_accepted", "user_accepted", "follower_accepted", "followee_accepted")
"""Rules by which what belongs to a rejected record goes with it."""


@dataclass
class Score:
    """What became of one kind of defect."""

    planted: int = 0
    found: int = 0
    false: int = 0
    """Records that the rule blames although they bear no defect that it looks for."""

    @property
    def recall(self) -> float:
        """Share of the planted records that were found."""
        return self.found / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        """Share of the blamed records that were rightly blamed."""
        blamed = self.found + self.false
        return self.found / blamed if blamed else 1.0


@dataclass
class Scores:
    """The scores over all worlds, and what befell records in which nothing was planted."""

    kinds: dict[tuple[str, str], Score] = field(default_factory=lambda: defaultdict(Score))
    innocent: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Sound records that some rule blames, by rule; consequences apart."""
    carried: int = 0
    """Sound records that were rejected since they belong to a rejected one."""


def score(worlds: Iterable[tuple[int, int, int]], params: ValidateParams) -> Scores:
    """Judge the dirty sample of each world, given as users, posts per user and seed."""
    scores = Scores()
    for users, posts_per_user, seed in worlds:
        arguments = {"users": users, "posts_per_user": posts_per_user, "seed": seed}
        defects = planted(make_world(**arguments))
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "data"
            write_sample(folder, **arguments, dirty=True)
            judgement = judge(read_delivery(folder, params.max_image_pixels), params)
        _add(scores, judgement, defects)
    return scores


def _add(scores: Scores, judgement: Judgement, defects: pd.DataFrame) -> None:
    blamed = _blamed(judgement)
    borne = defects.groupby(["table", "defect"])["record"].agg(set).to_dict()
    for table, kinds in RULES.items():
        every = set(defects.loc[defects["table"] == table, "record"])
        for kind, rule in kinds.items():
            found = blamed.get((table, rule), set())
            meant = set().union(*(borne[table, k] for k, r in kinds.items() if r == rule))
            one = scores.kinds[table, kind]
            one.planted += len(borne[table, kind])
            one.found += len(found & borne[table, kind])
            one.false += len(found - meant)
        for (of, rule), found in blamed.items():
            if of == table and rule in CONSEQUENCES:
                scores.carried += len(found - every)
            elif of == table and found - every:
                scores.innocent[f"{of}.{rule}"] += len(found - every)


def _blamed(judgement: Judgement) -> dict[tuple[str, str], set[str]]:
    """By table and rule: the keys of the records that break it, as defects name them."""
    blamed = {}
    for finding in judgement.findings:
        table = finding.rule.table
        if table in RULES and len(finding.rows):
            rows = judgement.frame_of(table).iloc[finding.rows]
            blamed[table, finding.rule.name] = set(_keys(table, rows))
    return blamed


def _keys(table: str, rows: pd.DataFrame) -> pd.Series:
    if table == "follows":
        return rows["follower_id"] + " " + rows["followee_id"]
    return rows[{"users": "user_id", "posts": "post_id", "images": "image_id"}[table]]


def markdown(scores: Scores) -> str:
    """The table of docs/quality-gate.md."""
    lines = [
        "| table | defect | rule | planted | found | wrongly blamed | recall | precision |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for table, kinds in RULES.items():
        for kind, rule in kinds.items():
            one = scores.kinds[table, kind]
            counts = f"{one.planted:,} | {one.found:,} | {one.false:,}"
            lines.append(
                f"| {table} | {kind} | `{rule}` | {counts} | {one.recall:.2f} "
                f"| {one.precision:.2f} |"
            )
    innocent = ", ".join(f"`{rule}` {count:,}" for rule, count in sorted(scores.innocent.items()))
    return "\n".join(
        [
            *lines,
            "",
            f"Sound records that a rule blames: {innocent or 'none'}. Sound records that went to "
            f"the quarantine with the record they belong to: {scores.carried:,}.",
        ]
    )


@explained
def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--users", type=int, default=600, help="of each world")
    parser.add_argument("--posts-per-user", type=int, default=5)
    arguments = parser.parse_args()
    params = Project.find().params("validate", ValidateParams)
    worlds = [(arguments.users, arguments.posts_per_user, seed) for seed in SEEDS]
    listed = ", ".join(map(str, SEEDS))
    print(
        f"{arguments.users:,} users with {arguments.posts_per_user} posts each, seeds {listed}; "
        f"{sum(map(len, DEFECTS.values()))} kinds of defects.\n"
    )
    print(markdown(score(worlds, params)))


if __name__ == "__main__":
    main()
