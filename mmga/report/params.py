"""What the report shows, and how much of it."""

from pydantic import Field

from mmga.project import Params


class ReportParams(Params):
    """How much a page of a few megabytes shows of a run."""

    seed: int
    """Of the users who are drawn on the map, of the map, and of the follows that are looked at."""
    points: int = Field(ge=10)
    """At most so many users are drawn on the map."""
    neighbours: int = Field(ge=1, le=50)
    """Nearest users of one user that the map shows."""
    examples: int = Field(ge=0, le=20)
    """Test follows shown of each kind: ranked best, ranked as most are, ranked worst."""
    ranked: int = Field(ge=1)
    """At most so many test follows are looked at to find them."""
    listed: int = Field(ge=1, le=10)
    """Users shown that the model ranks on top of an example."""
    pictures: int = Field(ge=0, le=8)
    """Pictures shown of a user at most; 0 leaves them out of the page."""
    captions: int = Field(ge=0, le=8)
    """Captions shown of a user at most; 0 leaves them out of the page."""
    min_queries: int = Field(ge=1)
    """A part of the test follows with fewer queries is not called weak."""
