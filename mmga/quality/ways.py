"""What a person can do when a critical rule stops the run, in the same words everywhere."""

import math

from mmga.quality.judge import Judgement

QUARANTINE = "Look at what was rejected, and why: build/quality/quarantine.html."


def ways_out(judgement: Judgement) -> list[str]:
    """A sentence a way, the best first; none where the run goes on."""
    stopping = judgement.stopping
    if not stopping:
        return []
    if any(finding.rule.table == "files" for finding in stopping):
        return ["Import the data again, or fetch the version of data.dvc: `dvc pull data.dvc`."]
    rejected = any(len(judged.rejected) for judged in judgement.tables.values())
    accepted = _accepted(judgement)
    return [
        *_enough(judgement),
        "Mend the source and import it again.",
        *([QUARANTINE] if rejected else []),
        *([f"Or go on without those records: in params.yaml {accepted}."] if accepted else []),
    ]


def _enough(judgement: Judgement) -> list[str]:
    """What brings a table that is too short to its least length."""
    left = judgement.left[judgement.left["clean"] < judgement.left["least"]]
    clean = dict(zip(left["table"], left["clean"], strict=True))
    ways = []
    if "follows" in clean and (kinds := judgement.tables["follows"].dropped):
        there = f"[{', '.join(kinds)}]"
        ways.append(f"Predict the edges there are: in params.yaml set validate.kinds to {there}.")
    if "users" in clean:
        less = f", or in params.yaml set validate.min_users to {clean['users']} or less"
        ways.append(f"Import more data{less if clean['users'] else ''}.")
    return ways


def _accepted(judgement: Judgement) -> str:
    """The parameters with which the run would go on; none where no loss can be accepted."""
    shares = {
        "validate.tolerate": [f.share for f in judgement.stopping if f.rule.rejects],
        "validate.max_rejected": [
            judgement.left["rejected_share"].max()
            for finding in judgement.stopping
            if finding.rule.name == "few_rejected"
        ],
    }
    if sum(map(len, shares.values())) < len(judgement.stopping):
        return ""
    least = {name: _up(max(found)) for name, found in shares.items() if found}
    if least.get("validate.tolerate", 0) >= 1:
        return ""
    return " and ".join(f"set {name} to {share:g} or more" for name, share in least.items())


def _up(share: float) -> float:
    """At least the share, with four digits after the point."""
    return math.ceil(share * 10_000) / 10_000
