"""The Hugging Face model of a modality, as a folder and as a network."""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from mmga.errors import InputError
from mmga.modalities.params import ModalityParams

transformers.utils.logging.set_verbosity_error()  # what matters, `load` says
transformers.utils.logging.disable_progress_bar()

TOWERS = ("get_image_features", "get_text_features")
"""How a model of two towers (CLIP, SigLIP) is asked for pictures, and for captions."""


class Backbone(nn.Module):
    """Pixels or token ids of a post -> one vector, shape (posts, width).

    Args:
        model: Any model of `transformers.AutoModel`. Of an encoder-decoder (T5) the encoder reads;
            of two towers (CLIP, SigLIP) the one of this modality.
        pad: What fills short captions for a language model; None for a vision model.
    """

    def __init__(self, model: Any, pad: int | None = None) -> None:
        super().__init__()
        self.model = model.get_encoder() if model.config.is_encoder_decoder else model
        self.pad = pad
        if pad is None:  # twice as fast on a CPU
            model.to(memory_format=torch.channels_last)

    def forward(self, values: Tensor) -> Tensor:
        """Encode `values`: pixels (posts, 3, height, width), or token ids (posts, tokens).

        Token ids below 0 lie beyond the end of a caption and are not read.
        """
        image, text = TOWERS
        if self.pad is None:
            tower = getattr(self.model, image, self.model)
            out = tower(pixel_values=values.contiguous(memory_format=torch.channels_last))
            return _pooled(out)
        mask = values >= 0
        length = max(1, int(mask.sum(dim=1).max()))
        ids, mask = values.where(mask, self.pad)[:, :length], mask[:, :length]
        mask[:, 0] = True  # a caption without a token still has its first place
        inputs = {"input_ids": ids, "attention_mask": mask.long()}
        if hasattr(self.model, text):
            return _pooled(getattr(self.model, text)(**inputs))
        tokens = self.model(**inputs).last_hidden_state
        weight = mask.unsqueeze(-1).to(tokens.dtype)
        mean: Tensor = (tokens * weight).sum(dim=1) / weight.sum(dim=1)
        return mean

    @torch.no_grad()
    def width(self, example: Tensor) -> int:
        """Length of the vectors, found by trying `example`: some rows as `forward` takes them.

        Raises:
            InputError: If the model does not read such posts.
        """
        training = self.training
        try:
            return int(self.eval()(example).shape[1])
        except Exception as error:  # whatever a foreign model raises: it is the wrong one
            what = "pictures" if self.pad is None else "captions"
            name = type(self.model).__name__
            raise InputError(
                f"extract: {name} turns no {what} into vectors: {_first_line(error)}"
                f"\nName a model that reads {what} of shape {tuple(example.shape[1:])}."
            ) from error
        finally:
            self.train(training)


def load(source: str | Path) -> Any:
    """A pretrained model by Hugging Face name or from a local folder, as float32.

    A pooling layer that has no weights in the file would be noise, so it is left out.

    Raises:
        InputError: If there is no such model, it cannot be fetched, or it lacks weights.
    """
    try:
        with torch.random.fork_rng():
            torch.manual_seed(0)  # of a decoder that the file lacks and nobody reads
            model, report = transformers.AutoModel.from_pretrained(
                source, dtype=torch.float32, output_loading_info=True
            )
    except (OSError, ValueError) as error:
        raise unavailable(source, error) from None
    unread = {"pooler", "decoder"} if model.config.is_encoder_decoder else {"pooler"}
    missing = sorted(report["missing_keys"])
    lacking = [key for key in missing if unread.isdisjoint(key.split("."))]
    if lacking:
        raise unavailable(source, ValueError(f"it has no weights for {', '.join(lacking[:3])}"))
    if any("pooler" in key.split(".") for key in missing):
        model.pooler = None
    return model


def unavailable(source: str | Path, error: Exception) -> InputError:
    """The message for a model, tokenizer or image processor that cannot be loaded."""
    return InputError(
        f"the model {str(source)!r} cannot be loaded: {_first_line(error)}"
        "\nGive a local folder in Hugging Face format, or a name that this machine can fetch."
    )


def configured(config: dict[str, Any]) -> transformers.PretrainedConfig:
    """A Hugging Face configuration from its values, `model_type` among them.

    Raises:
        InputError: If the model type is unknown or a value does not fit.
    """
    values = dict(config)
    kind = values.pop("model_type")
    try:
        return transformers.AutoConfig.for_model(kind, **values)
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"extract: no model can be built from {config}: {error}") from None


def build(folder: Path, pad: int | None) -> Backbone:
    """The network of a backbone folder, with its weights, or fresh ones where it has none."""
    if any(folder.glob("*.safetensors")):
        return Backbone(load(folder), pad)
    config = transformers.AutoConfig.from_pretrained(folder)
    return Backbone(transformers.AutoModel.from_config(config), pad)


def revision(params: ModalityParams, folder: Path) -> str:
    """Names everything on which an encoding depends: the backbone's files and the settings.

    Returns:
        A SHA-256 in hexadecimal.
    """
    digest = hashlib.sha256(json.dumps(params.model_dump(), sort_keys=True).encode())
    digest.update(transformers.__version__.encode())
    for file in sorted(folder.iterdir()):
        digest.update(file.name.encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _pooled(out: Any) -> Tensor:
    if isinstance(out, Tensor):
        return out
    pooled = getattr(out, "pooler_output", None)
    if pooled is None:  # no pooling of its own: the mean over patches, or over the map
        last = out.last_hidden_state
        pooled = last.mean(dim=(2, 3)) if last.dim() == 4 else last.mean(dim=1)
    return torch.flatten(pooled, start_dim=1)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
