"""When the project retrains itself, and how patient it is with a stage."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from mmga.project import Params


def _five_fields(cron: str) -> str:
    if len(cron.split()) != 5:
        raise ValueError(
            "a cron line has five fields (minute, hour, day, month, weekday), as in '0 3 * * 1'"
        )
    return cron


def _known_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("no such timezone; names are like UTC or Europe/Berlin")
    return name


class RetrainParams(Params):
    """The schedule of the flow `retrain`, and the patience of its tasks."""

    cron: Annotated[str, AfterValidator(_five_fields)]
    """When it runs: minute, hour, day of the month, month, weekday."""
    timezone: Annotated[str, AfterValidator(_known_timezone)]
    """The IANA timezone in which `cron` is read."""
    retries: int = Field(ge=0)
    """How often a step that failed is tried again; bad input is never tried again."""
    retry_delay_seconds: float = Field(ge=0)
    """Wait before each new try, in seconds."""
    timeout_minutes: float = Field(gt=0)
    """How long one try of one step may take, in minutes."""
