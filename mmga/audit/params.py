"""What `mmga audit --canaries` may be told."""

from pydantic import Field

from mmga.project import Params


class AuditParams(Params):
    """How long the canaries are trained, and how sure their verdicts are."""

    seed: int
    """Of what is dealt, rewired and shuffled, and of the bootstrap."""
    resamples: int = Field(ge=100)
    """How often the bootstrap draws the queries."""
    level: float = Field(gt=0.5, lt=1)
    """Of every interval: of canaries without a fault, about 1 - `level` sing."""
    graph_epochs: int = Field(ge=1)
    """Passes over the train follows in step 0."""
    taught_epochs: int = Field(ge=0)
    """Passes over the users in step 1."""
    guided_epochs: int = Field(ge=0)
    """Passes over the train follows in step 2."""
