"""Any model of the hub's kinds, as tiny random ones, gives the vectors that it gives by itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf
from safetensors.torch import load_file, save_file
from tokenizers import processors
from torch import Tensor

from mmga.errors import InputError
from mmga.modalities import backbones, images, texts
from mmga.modalities.params import ImageParams, TextParams

TOWER = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
PATCHES = TOWER | {"intermediate_size": 24, "image_size": 32, "patch_size": 8}
WORDS = {"vocab_size": 400, "intermediate_size": 24, "max_position_embeddings": 12}
CAPTIONS = ["", "one", "a caption of some words", "words that go on far beyond the end of " * 3]


def clip() -> hf.PreTrainedModel:
    text = TOWER | WORDS | {"hidden_size": 20, "eos_token_id": 3, "pad_token_id": 0}
    config = hf.CLIPConfig(vision_config=PATCHES, text_config=text, projection_dim=12)
    return hf.CLIPModel(config)


def siglip() -> hf.PreTrainedModel:
    text = TOWER | WORDS | {"eos_token_id": 3, "pad_token_id": 0, "bos_token_id": 2}
    return hf.SiglipModel(hf.SiglipConfig(vision_config=PATCHES, text_config=text))


def t5() -> hf.PreTrainedModel:
    sizes = {"d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    return hf.T5Model(hf.T5Config(vocab_size=400, **sizes))


def gpt2() -> hf.PreTrainedModel:
    sizes = {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 16}
    return hf.GPT2Model(hf.GPT2Config(vocab_size=400, bos_token_id=2, eos_token_id=3, **sizes))


def flat(out: Any) -> Tensor:
    return out.pooler_output.flatten(start_dim=1)


VISION: dict[str, tuple[Callable[[], Any], Callable[[Any, Tensor], Tensor], int]] = {
    "clip": (clip, lambda m, x: flat(m.get_image_features(x)), 12),
    "siglip": (siglip, lambda m, x: flat(m.get_image_features(x)), 16),
    "clip's vision model": (
        lambda: hf.CLIPVisionModel(hf.CLIPVisionConfig(**PATCHES, projection_dim=12)),
        lambda m, x: flat(m(x)),
        16,
    ),
    "resnet": (
        lambda: hf.ResNetModel(
            hf.ResNetConfig(hidden_sizes=[8, 12], depths=[1, 1], embedding_size=8)
        ),
        lambda m, x: flat(m(x)),
        12,
    ),
    "mobilenet": (
        lambda: hf.MobileNetV2Model(hf.MobileNetV2Config(depth_multiplier=0.35)),
        lambda m, x: flat(m(x)),
        1280,
    ),
    "efficientnet": (
        lambda: hf.EfficientNetModel(
            hf.EfficientNetConfig(width_coefficient=0.25, depth_coefficient=0.25, hidden_dim=320)
        ),
        lambda m, x: flat(m(x)),
        320,
    ),
    "masked auto-encoder": (
        lambda: hf.ViTMAEModel(hf.ViTMAEConfig(**PATCHES, mask_ratio=0.0)),
        lambda m, x: m(x).last_hidden_state.mean(dim=1),
        16,
    ),
}

TEXT: dict[str, tuple[Callable[[], Any], Callable[..., Tensor], int]] = {
    "clip": (clip, lambda m, **x: flat(m.get_text_features(**x)), 12),
    "gpt2": (gpt2, lambda m, **x: m(**x).last_hidden_state.mean(dim=1), 16),
    "t5": (t5, lambda m, **x: m.encoder(**x).last_hidden_state.mean(dim=1), 16),
}


@pytest.mark.parametrize("kind", VISION)
def test_a_vision_model_gives_the_vectors_that_it_gives_by_itself(
    kind: str, tmp_path: Path
) -> None:
    make, ask, width = VISION[kind]
    torch.manual_seed(0)
    model = make().eval()
    model.save_pretrained(tmp_path)
    pixels = torch.rand(3, 3, 32, 32)
    network = backbones.build(tmp_path, pad=None).eval()
    assert network.width(pixels) == width
    torch.manual_seed(1)  # a masked auto-encoder shuffles its patches
    with torch.no_grad():
        ours = network(pixels)
        torch.manual_seed(1)
        theirs = ask(model, pixels)
    assert ours.numpy() == pytest.approx(theirs.numpy(), abs=1e-5)


@pytest.mark.parametrize("kind", TEXT)
def test_a_language_model_reads_each_caption_as_if_it_were_alone(kind: str, tmp_path: Path) -> None:
    make, ask, width = TEXT[kind]
    torch.manual_seed(0)
    model, tokenizer = make().eval(), words(pad_token="[SEP]")  # CLIP's, too, fills with its end
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    vectors = texts.Reader(tmp_path, TextParams(model="x", frozen=True, max_tokens=12))
    assert vectors.row.shape == (width,)
    for row, caption in zip(vectors.read(CAPTIONS), CAPTIONS, strict=True):
        ids = tokenizer(caption, truncation=True, max_length=12)["input_ids"]
        with torch.no_grad():
            theirs = ask(model, input_ids=torch.tensor([ids]))[0]
        assert row == pytest.approx(theirs.numpy(), abs=2e-3)


def test_a_model_without_an_attention_mask_gets_its_captions_filled_up(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model, tokenizer = siglip().eval(), words(model_input_names=["input_ids"], model_max_length=12)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    reader = texts.Reader(tmp_path, TextParams(model="x", frozen=True, max_tokens=8))
    filled = tokenizer(
        CAPTIONS, padding="max_length", truncation=True, max_length=12, return_tensors="pt"
    )
    with torch.no_grad():
        theirs = flat(model.get_text_features(input_ids=filled["input_ids"]))
    assert reader.read(CAPTIONS) == pytest.approx(theirs.numpy(), abs=2e-3)


def test_no_more_tokens_are_read_than_a_model_has_places_for(tmp_path: Path) -> None:
    torch.manual_seed(0)
    gpt2().save_pretrained(tmp_path)
    words(model_max_length=16).save_pretrained(tmp_path)
    reader = texts.Reader(tmp_path, TextParams(model="x", max_tokens=100))
    assert reader.read(CAPTIONS).shape == (4, 16)


def test_a_pooling_layer_without_weights_is_left_out(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = hf.ViTModel(hf.ViTConfig(**PATCHES), add_pooling_layer=False).eval()
    model.save_pretrained(tmp_path)
    pixels = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        ours = backbones.build(tmp_path, pad=None).eval()(pixels)
        theirs = model(pixels).last_hidden_state.mean(dim=1)
    assert ours.numpy() == pytest.approx(theirs.numpy(), abs=1e-5)


def test_weights_of_half_precision_are_read_as_floats(tmp_path: Path) -> None:
    siglip().half().save_pretrained(tmp_path)
    with torch.no_grad():
        assert backbones.build(tmp_path, pad=None)(torch.rand(1, 3, 32, 32)).dtype == torch.float32


def test_weights_that_are_missing_are_named(tmp_path: Path) -> None:
    gpt2().save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["h.0.mlp.c_fc.weight"]
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match=r"no weights for h\.0\.mlp\.c_fc\.weight"):
        backbones.load(tmp_path)


def test_a_language_model_is_no_vision_model(tmp_path: Path) -> None:
    gpt2().save_pretrained(tmp_path)
    hf.ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="GPT2Model turns no pictures into vectors"):
        images.Reader(tmp_path, ImageParams(model="x", frozen=True))


def test_a_vision_model_is_no_language_model(tmp_path: Path) -> None:
    hf.ViTModel(hf.ViTConfig(**PATCHES)).save_pretrained(tmp_path)
    words().save_pretrained(tmp_path)
    with pytest.raises(InputError, match="ViTModel turns no captions into vectors"):
        texts.Reader(tmp_path, TextParams(model="x"))


def words(**more: Any) -> hf.PreTrainedTokenizerFast:
    """A tokenizer that begins a caption with [CLS] and ends it with [SEP], of id 3."""
    made = texts.train_tokenizer(CAPTIONS * 2, 300)
    made._tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    settings = {"pad_token": "[PAD]", "unk_token": "[UNK]", **more}
    return hf.PreTrainedTokenizerFast(tokenizer_object=made._tokenizer, **settings)
