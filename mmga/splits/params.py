"""How follows are divided, as `params.yaml` says it."""

from pydantic import Field, NonNegativeInt, ValidationInfo, field_validator

from mmga.project import Params


class SplitParams(Params):
    """How follows are divided, and what the held-out ones are ranked against."""

    seed: int
    """Keys every draw."""
    validation: float = Field(gt=0, lt=1)
    """Share of the pairs of users that choose between models."""
    test: float = Field(gt=0, lt=1)
    """Share of the pairs of users that judge a model."""
    cold: float = Field(ge=0, lt=1)
    """Share of the users with follows who lose all of them in training."""
    negatives: int = Field(ge=1)
    """Uniform (C1) and degree-matched (C2) candidates of one ranked follow, for each task."""
    hard: int = Field(default=0, ge=0)
    """Hard candidates (C3) likewise; 0: there is no C3."""
    revealed: tuple[NonNegativeInt, ...] = Field(default=(0,), min_length=1)
    """How many held-out follows of a cold user may be given back; as many as the largest are set
    aside and not ranked, so that all are judged on the same ones."""
    max_queries: int = Field(ge=1)
    """At most so many test follows are ranked."""

    @field_validator("test")
    @classmethod
    def _leave_something_to_train_on(cls, test: float, info: ValidationInfo) -> float:
        if test + info.data.get("validation", 0) >= 1:
            raise ValueError("validation and test together must be below 1")
        return test
