"""How follows are divided, as `params.yaml` says it."""

from datetime import date
from typing import Literal

from pydantic import Field, NonNegativeInt, ValidationInfo, field_validator, model_validator

from mmga.project import Params


class SplitParams(Params):
    """How follows are divided, and what the held-out ones are ranked against."""

    seed: int
    """Keys every draw."""
    kind: Literal["pairs", "temporal"] = "pairs"
    """What decides the part of a follow: chance, pair by pair, or its date."""
    cuts: tuple[date, date] | None = None
    """Temporal: the first days (UTC) of validation and of test; null: by the shares below."""
    validation: float = Field(gt=0, lt=1)
    """Share of the pairs of users (temporal: of the follows) that choose between models."""
    test: float = Field(gt=0, lt=1)
    """Likewise: that judge a model."""
    cold: float = Field(ge=0, lt=1)
    """Share of the users with follows who lose all of them in training. Nobody is drawn in a
    temporal split: cold is who had no follow before the first cut."""
    negatives: int = Field(ge=1)
    """Uniform (C1) and degree-matched (C2) candidates of one ranked follow, for each task."""
    hard: int = Field(default=0, ge=0)
    """Hard candidates (C3) likewise; 0: there is no C3."""
    revealed: tuple[NonNegativeInt, ...] = Field(default=(0,), min_length=1)
    """How many held-out follows of a cold user may be given back; as many as the largest are set
    aside and not ranked, so that all are judged on the same ones."""
    near_duplicate_bits: int | None = Field(default=4, ge=0, le=8)
    """Bits of 64 in which the perceptual hashes of near-duplicate pictures differ at most. A warm
    user's picture that nearly duplicates a cold user's is no input; null: it is one."""
    max_queries: int = Field(ge=1)
    """At most so many test follows are ranked."""

    @field_validator("test")
    @classmethod
    def _leave_something_to_train_on(cls, test: float, info: ValidationInfo) -> float:
        if test + info.data.get("validation", 0) >= 1:
            raise ValueError("validation and test together must be below 1")
        return test

    @model_validator(mode="after")
    def _cut_in_order(self) -> "SplitParams":
        if self.cuts and self.kind != "temporal":
            raise ValueError("cuts are for kind temporal alone")
        if self.cuts and not self.cuts[0] < self.cuts[1]:
            raise ValueError("test must begin after validation")
        return self
