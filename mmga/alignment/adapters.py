"""Low-rank adapters: a pretrained backbone learns with few weights, in its last layers alone."""

from torch import nn
from transformers.pytorch_utils import Conv1D

from mmga.alignment.params import Lora
from mmga.errors import InputError
from mmga.modalities.backbones import Backbone

MARK = ".lora_"
"""What stands in the name of an adapter's weight and of no other."""


def adapt(backbone: Backbone, lora: Lora) -> None:
    """Put LoRA (Hu et al. 2021, arXiv:2106.09685) on the last layers of a backbone, in place.

    What the backbone gives is the same as before until the adapters are trained.

    Raises:
        InputError: If the model has no stack of layers.
    """
    from peft import LoraConfig, inject_adapter_in_model  # seconds, and few trainings need it

    targets = last_layers(backbone.model, lora.layers)
    if not targets:
        raise InputError(
            f"pretrain.lora: {type(backbone.model).__name__} has no stack of layers to put "
            "adapters on\nTrain all of its weights (lora.rank: 0), or none (extract: frozen: true)."
        )
    turned = any(isinstance(backbone.model.get_submodule(name), Conv1D) for name in targets)
    config = LoraConfig(
        r=lora.rank, lora_alpha=2 * lora.rank, target_modules=targets, fan_in_fan_out=turned
    )
    inject_adapter_in_model(config, backbone.model)


def last_layers(model: nn.Module, layers: int) -> list[str]:
    """The linear maps and convolutions in the last layers of every stack of a model, by name.

    A stack is a list of modules within no other one: the blocks of a transformer, of each tower of
    CLIP, the stages of a ResNet.
    """
    stacks = [name for name, part in model.named_modules() if isinstance(part, nn.ModuleList)]
    outer = [name for name in stacks if not any(name.startswith(f"{other}.") for other in stacks)]
    found = []
    for stack in outer:
        blocks = model.get_submodule(stack)
        for number, block in list(blocks.named_children())[-layers:]:
            found += [
                ".".join(filter(None, (stack, number, name)))
                for name, part in block.named_modules()
                if _takes_adapter(part)
            ]
    return found


def _takes_adapter(part: nn.Module) -> bool:
    whole = isinstance(part, nn.Conv2d) and part.groups == 1
    return whole or isinstance(part, nn.Linear | Conv1D)
