"""What the data must at least be like: the section `validate` of `params.yaml`."""

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field

from mmga.project import Params

Kind = Literal["follow", "mention", "tag"]

Count = Annotated[int, Field(ge=1, le=10**9)]
"""A billion is as good as no limit."""


class ValidateParams(Params):
    """What the data must at least be like, and how much of it may be rejected."""

    tolerate: float = Field(ge=0, lt=1)
    """Share of a table's records that one critical rule may reject before the run stops."""
    max_rejected: float = Field(gt=0, le=1)
    """Share of a table's records that all rules together may reject before the run stops."""
    kinds: list[Kind] = Field(min_length=1)
    """The edges that are predicted; those of the other kinds are dropped."""
    latest: date | None
    """The last day a post or follow may bear; null: the day after the data were collected
    (`dataset.json: collected_on`), or where nobody says any before 2100. The clock is never asked:
    the same data must get the same report tomorrow."""
    min_users: Count
    """Fewer users than this are not worth a model."""
    min_image_side: Count
    """Pixels that the shorter side of a picture must have."""
    max_image_pixels: int = Field(ge=1, le=89_000_000)
    """Width times height beyond which a picture is not decoded (Pillow warns from 89 million)."""
    max_missing_captions: float = Field(ge=0, le=1)
    """Share of the posts without a caption that passes without a warning."""
    max_missing_images: float = Field(ge=0, le=1)
    """Share of the posts without a picture that passes without a warning."""
    max_missing_topics: float = Field(ge=0, le=1)
    """Share of the users without a topic that passes without a remark."""
    max_silent_users: float = Field(ge=0, le=1)
    """Share of the users without a post that passes without a remark."""
    max_undated: float = Field(ge=0, le=1)
    """Share of the posts, and of the follows, without a date that passes without a remark."""
    min_topic_users: Count
    """Users that a topic must have: with fewer it is a slip of the pen, or teaches nothing."""
    topic_spelling_ratio: float = Field(gt=1)
    """A topic that is one letter away from one with so many times its users is a misspelling of it
    ("fasion"); one that differs only in case or space always is."""
    max_isolated_users: float = Field(ge=0, le=1)
    """Share of the users at no end of a follow that passes without a remark."""
    max_user_share: float = Field(gt=0, le=1)
    """Share of all posts, or of all follows, that one user may have: above it the data are an
    account and its surroundings rather than a network."""
    few: Count
    """A pattern takes more records than this: what fewer have in common says nothing."""
    max_caption_length: Count
    """Characters; a longer caption is a document, or several glued together."""
    min_spam_length: Count
    """Characters from which on a repeated caption is remarkable; "Link in bio" is not."""
    max_same_caption: float = Field(gt=0, le=1)
    """Share of the posts that one caption of that length may stand under."""
    max_pictures: Count
    """Pictures of one post."""
    max_same_moment: float = Field(gt=0, le=1)
    """Share of the dates of posts, or of follows, that may be one and the same: above it somebody
    wrote down when the data were fetched."""
    max_midnight: float = Field(gt=0, le=1)
    """Share of the posts' dates at midnight sharp that passes without a remark: above it they are
    days without a time."""
    max_gap_days: int = Field(ge=1, le=36_525)
    """Days by which a date may lie before or after the middle nine tenths of them; a clock that was
    never set does (1970, 2038)."""
    min_colour_range: int = Field(ge=0, le=255)
    """Difference between the darkest and the brightest value that a colour channel of a picture
    must have, of 255; below it the picture is a single colour."""
    max_aspect: float = Field(ge=1)
    """Longer side of a picture over the shorter; a larger one is a banner or a strip."""
    language_sample: Count
    """Captions whose language is told for the profile, at most; they are spread over the posts."""

    def for_data_of(self, collected_on: date | None) -> Self:
        """With `latest` for data that were collected on a day, if it is not given.

        A day is added: where it is evening in one time zone it is tomorrow in another.
        """
        if self.latest or not collected_on:
            return self
        return self.model_copy(update={"latest": collected_on + timedelta(days=1)})
