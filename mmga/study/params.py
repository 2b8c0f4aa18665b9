"""What the study may be told: seeds, and how much of each kind of experiment."""

from pydantic import Field, field_validator

from mmga.project import Params


class StudyParams(Params):
    """How many trainings the study is made of."""

    seeds: tuple[int, ...] = Field(min_length=1)
    """Of splits and trainings; every seed is a split and an initialisation of its own."""
    ablation_seeds: int = Field(ge=0)
    """So many of the seeds are used for each ablation and each step; 0: none is run."""
    control_seeds: int = Field(ge=0)
    """Likewise for the negative controls."""
    robustness_seeds: int = Field(ge=0)
    """Likewise for the spoilt inputs."""
    revealed: tuple[int, ...] = Field(default=(0,), min_length=1)
    """How many follows cold users have shown when they are ranked as newcomers."""
    max_queries: int = Field(ge=1)
    """At most so many test follows are ranked, where `split.max_queries` allows for more."""
    trials: int = Field(ge=1)
    """Settings that are tried of each trained baseline, with each seed."""
    resamples: int = Field(ge=100)
    """Of the two-level bootstrap."""
    seed: int
    """Of the bootstrap."""
    min_queries: int = Field(ge=1)
    """A slice with fewer queries a seed has no interval."""
    control_level: float = Field(gt=0.5, lt=1)
    """Of the intervals by which a negative control passes."""

    @field_validator("seeds", "revealed")
    @classmethod
    def _once(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        """Twice the same is one training, or one question."""
        if len(set(values)) < len(values):
            raise ValueError(f"each must be there once, got {list(values)}")
        return values
