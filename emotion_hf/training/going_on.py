"""What a trained network keeps when it goes on learning from few clips, which gradients would spoil.

Where corrections get a layer of their own, all else stays as it is: to go on with it too was worth nothing on voices
that nobody corrected, and cost old clips. In other models, layers in closed form stay as they were solved: ten epochs
of steps bend tens of thousands of weights that no clip asks for. So do the running statistics of batch normalisation;
a few hundred clips would replace what thousands showed, and with it what is known of noise and other rooms.

In the end a share of the old weights is kept, half of them as a rule: the middle between a network and what it became
is better on new clips than the first and on old ones than the second (Wortsman et al. 2022, WiSE-FT).

Example:
    >>> model = nn.Linear(1, 1, bias=False)
    >>> start = weights_of(model)
    >>> _ = nn.init.constant_(model.weight, 4 + start["weight"].item())
    >>> blend(model, start, keep=0.75)
    >>> round((model.weight - start["weight"]).item(), 3)
    1.0
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from emotion_hf.training.corrections import has_layer
from emotion_hf.training.discriminant import MEASURING


def keep_what_is_known(model: nn.Module) -> None:
    """Prepare a trained model of our own families for going on; it is changed in place."""
    only_corrections = has_layer(model)
    for member in getattr(model, "members", [model]):
        if only_corrections or getattr(member.config, "backbone", None) in MEASURING:
            member.requires_grad_(False)
    model.register_forward_pre_hook(_normalize_as_before)


def weights_of(model: nn.Module) -> dict[str, torch.Tensor]:
    """Return a copy of all weights and buffers."""
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


@torch.no_grad()
def blend(model: nn.Module, start: Mapping[str, torch.Tensor], keep: float) -> None:
    """Move weights and buffers back to where they started, by the share `keep` of the way."""
    for name, value in model.state_dict().items():
        if keep and value.is_floating_point():
            value.lerp_(start[name], keep)


def _normalize_as_before(model: nn.Module, _) -> None:
    """Trainer sets the whole model to training before each step."""
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.eval()
