"""Rules put to Great Expectations: the only file that knows the library."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmga.quality.rule import Rule


@dataclass(frozen=True)
class Finding:
    """What came out of one rule."""

    rule: Rule
    success: bool | None
    """None where the rule could not be asked, because a file could not be read."""
    records: int
    """How many records were looked at."""
    rows: NDArray[np.int64]
    """The positions of the records that break the rule, ascending."""
    observed: float | None = None
    """What was seen, where the rule is about a table as a whole."""

    @property
    def share(self) -> float:
        """The share of the records that break the rule."""
        return len(self.rows) / self.records if self.records else 0.0


def unasked(rule: Rule) -> Finding:
    """A rule about a table that could not be read."""
    return Finding(rule, None, 0, np.empty(0, np.int64))


class Inspector:
    """Puts suites of expectations to data frames, in an ephemeral context.

    Great Expectations takes some seconds to import; that is paid when an inspector is made.
    """

    def __init__(self) -> None:
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        self._gx = gx
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self._source = context.data_sources.add_pandas("data")
        self.version = str(gx.__version__)

    def inspect(self, table: str, frame: pd.DataFrame, rules: list[Rule]) -> list[Finding]:
        """Ask `rules` of `frame`, whose index must count from 0; one finding a rule, in order.

        Raises:
            RuntimeError: If a rule cannot be put to this frame (it names a column that is not
                there, say): an error of ours, not of the data.
        """
        number = len(self._source.assets)  # a table may be asked more than once
        asset = self._source.add_dataframe_asset(f"{table} {number}")
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
        suite = self._gx.ExpectationSuite(table, [self._expectation(rule) for rule in rules])
        outcome = batch.validate(suite, result_format={"result_format": "COMPLETE"})
        # The library groups its results by column: they are told apart by name, not by place.
        by_name = {result.expectation_config.meta["rule"]: result for result in outcome.results}
        return [_finding(rule, by_name[rule.name], len(frame)) for rule in rules]

    def _expectation(self, rule: Rule) -> Any:
        kind = getattr(self._gx.expectations, rule.expectation)
        return kind(
            **rule.arguments,
            severity=rule.severity,
            description=rule.sentence,
            meta={"rule": rule.name},
        )


def _finding(rule: Rule, result: Any, records: int) -> Finding:
    if not result.result:
        raise RuntimeError(f"rule {rule.table}.{rule.name} fails: {result.exception_info}")
    rows = np.sort(np.array(result.result.get("unexpected_index_list", []), dtype=np.int64))
    observed = result.result.get("observed_value")
    return Finding(
        rule, bool(result.success), records, rows, None if observed is None else float(observed)
    )
