"""Captions become token ids, or the vectors of a frozen language model."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from mmga.modalities import backbones
from mmga.modalities.params import TextParams

LONGEST = 8192
"""Tokens of a caption that a model may read."""

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def prepare(params: TextParams, captions: Sequence[str], folder: Path) -> None:
    """Write the backbone folder: tokenizer, configuration, and weights where pretrained.

    Raises:
        InputError: If the model or its tokenizer cannot be loaded or built.
    """
    folder.mkdir(parents=True)
    if params.model is not None:
        try:
            AutoTokenizer.from_pretrained(params.model).save_pretrained(folder)
        except (OSError, ValueError) as error:
            raise backbones.unavailable(params.model, error) from None
        backbones.load(params.model).save_pretrained(folder)
        return
    assert params.config is not None
    tokenizer = train_tokenizer(captions, params.vocabulary)
    tokenizer.save_pretrained(folder)
    config = {"max_position_embeddings": params.max_tokens, **params.config}
    config |= {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    backbones.configured(config).save_pretrained(folder)


def train_tokenizer(captions: Sequence[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer: no caption in any script has an unknown token.

    Args:
        captions: What it is trained on.
        vocabulary: Tokens at most, the 256 bytes among them.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=max(vocabulary, 256 + len(SPECIAL)),
        min_frequency=2,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(captions, trainer)
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, **dict(zip(names, SPECIAL, strict=True))
    )


class Reader:
    """Captions -> token ids int32 (captions, tokens), or float16 vectors where frozen.

    The places beyond the end of a caption hold -1. A model that knows no attention mask (SigLIP)
    was trained on captions filled up to its full length, and gets them so.
    """

    def __init__(self, folder: Path, params: TextParams) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        pad = self._tokenizer.pad_token_id
        self.pad = int(pad) if pad is not None else 0
        fills = "attention_mask" not in self._tokenizer.model_input_names
        self._fill = self.pad if fills else -1
        most = self._tokenizer.model_max_length  # a huge number where the tokenizer knows none
        self._length = most if fills and most <= LONGEST else min(params.max_tokens, most)
        backbone = backbones.build(folder, self.pad).eval()
        backbone.width(torch.zeros(1, self._length, dtype=torch.long))  # refuses what reads none
        self._backbone = backbone if params.frozen else None
        self.row = self.read([""])[0]
        """What a row looks like: its shape and its type."""

    def read(self, captions: Sequence[str]) -> NDArray[np.generic]:
        """Encode captions, one row each."""
        encoded = self._tokenizer(list(captions), truncation=True, max_length=self._length)
        ids = np.full((len(captions), self._length), self._fill, dtype=np.int32)
        for row, tokens in enumerate(encoded["input_ids"]):
            ids[row, : len(tokens)] = tokens
        if self._backbone is None:
            return ids
        with torch.inference_mode():
            vectors: NDArray[np.generic] = self._backbone(torch.from_numpy(ids).long()).numpy()
        return vectors.astype(np.float16)
