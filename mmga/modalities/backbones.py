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


class Backbone(nn.Module):
    """Pixels or token ids of a post -> one vector, shape (posts, width)."""

    def __init__(self, model: nn.Module, pad: int | None = None) -> None:
        super().__init__()
        self.model = model
        self.pad = pad
        self.width = _width(model.config)
        if pad is None:  # twice as fast on a CPU
            model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, values: Tensor) -> Tensor:
        """Encode `values`: pixels (posts, 3, height, width) or token ids (posts, tokens)."""
        if self.pad is None:
            out = self._call(pixel_values=values.contiguous(memory_format=torch.channels_last))
            return _pooled(out)
        mask = values != self.pad
        mask[:, 0] = True  # a caption without a token still has its first place
        length = int(mask.any(dim=0).nonzero().max()) + 1
        values, mask = values[:, :length], mask[:, :length]
        out = self._call(input_ids=values, attention_mask=mask.long())
        tokens = out.last_hidden_state if hasattr(out, "last_hidden_state") else None
        if tokens is None:
            return _pooled(out)
        weight = mask.unsqueeze(-1).to(tokens.dtype)
        mean: Tensor = (tokens * weight).sum(dim=1) / weight.sum(dim=1)
        return mean

    def _call(self, **inputs: Tensor) -> Any:
        # A two-tower model (CLIP, SigLIP) is asked for its tower of this modality.
        tower = "get_image_features" if self.pad is None else "get_text_features"
        return getattr(self.model, tower, self.model)(**inputs)


def load(source: str | Path) -> Any:
    """A pretrained model by Hugging Face name or from a local folder.

    Raises:
        InputError: If there is no such model, or it cannot be fetched.
    """
    try:
        return transformers.AutoModel.from_pretrained(source)
    except (OSError, ValueError) as error:
        raise unavailable(source, error) from None


def unavailable(source: str | Path, error: Exception) -> InputError:
    """The message for a model, tokenizer or image processor that cannot be loaded."""
    return InputError(
        f"the model {str(source)!r} cannot be loaded: {str(error).strip().splitlines()[0]}"
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


def _width(config: Any) -> int:
    for name in ("projection_dim", "hidden_size"):
        if isinstance(value := getattr(config, name, None), int):
            return value
    return int(config.hidden_sizes[-1])


def _pooled(out: Any) -> Tensor:
    if isinstance(out, Tensor):
        return out
    pooled = getattr(out, "pooler_output", None)
    if pooled is None:  # no pooling of its own: the mean over patches
        pooled = out.last_hidden_state.mean(dim=1)
    return torch.flatten(pooled, start_dim=1)
