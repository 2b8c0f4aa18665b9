"""What the `extract` stage may be told: which models read the pictures and the captions."""

from typing import Any

from pydantic import Field, model_validator

from mmga.project import Params


class ModalityParams(Params):
    """The backbone of one modality."""

    model: str | None = None
    """A Hugging Face model name or a local folder in its format; null: built from `config`."""
    frozen: bool = False
    """True: the model's output is cached once. False: its inputs are cached, and it is trained."""
    config: dict[str, Any] | None = None
    """A Hugging Face configuration with its `model_type`, where `model` is null."""

    @model_validator(mode="after")
    def _one_source(self) -> "ModalityParams":
        if self.model is None and (self.config is None or "model_type" not in self.config):
            raise ValueError("without a model, config must give a model_type to build one")
        if self.model is None and self.frozen:
            raise ValueError("a model built from config is untrained and cannot be frozen")
        return self


class ImageParams(ModalityParams):
    """The backbone that reads pictures."""

    size: int = Field(default=48, ge=8, le=1024)
    """Pixels a side that a model built from `config` reads."""


class TextParams(ModalityParams):
    """The backbone that reads captions."""

    max_tokens: int = Field(default=32, ge=4, le=8192)
    """Tokens of a caption that are read at most; the rest is cut."""
    vocabulary: int = Field(default=4000, ge=100, le=1_000_000)
    """Tokens of the tokenizer trained on the captions, where `model` is null."""


class ExtractParams(Params):
    """How pictures and captions become arrays."""

    image: ImageParams
    text: TextParams
    max_posts: int = Field(default=64, ge=1)
    """Posts of a user that are read, the most recent ones."""
    batch: int = Field(default=64, ge=1)
    """Pictures or captions that a frozen model encodes at once."""
