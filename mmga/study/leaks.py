"""What the leak audit saw of the study's trainings."""

import pandas as pd

from mmga.study.differences import Rows
from mmga.study.markdown import listed, table


def leaks(audit: Rows) -> list[str]:
    """How much was held against what, and with what outcome.

    Args:
        audit: Table `audit`.
    """
    rows = [
        {
            "seed": seed,
            "checks": len(part),
            "rules": part["rule"].nunique(),
            "findings": int((part["state"] == "fail").sum()),
            "nothing to look at": int((part["state"] == "skip").sum()),
        }
        for seed, part in audit.groupby("seed")
    ]
    skipped = audit[audit["state"] == "skip"]
    why = dict.fromkeys(skipped["rule"] + " (" + skipped["found"] + ")")
    return [
        "Each full training, with its rivals, was held against the split that judges it as"
        " `mmga audit` does",
        "(decisions/leak-audit.md), before it was judged; a finding ends the study.",
        "",
        *table(pd.DataFrame(rows), "no full training was audited"),
        *([f"Nothing to look at: {listed(why)}.", ""] if why else []),
    ]
