"""What a trained network keeps when it goes on learning from few clips, which gradients would spoil.

Layers in closed form stay as they were solved: ten epochs of steps bend tens of thousands of weights that no clip asks
for. So do the running statistics of batch normalisation: a few hundred clips would replace what thousands have shown,
and with it what the network knows of noise and other rooms.

Example:
    >>> keep_what_is_known(model)  # doctest: +SKIP
"""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from emotion_hf.training.discriminant import MEASURING


def keep_what_is_known(model: nn.Module) -> None:
    """Prepare a trained model of our own families for going on; it is changed in place."""
    for member in getattr(model, "members", [model]):
        if getattr(member.config, "backbone", None) in MEASURING:
            member.requires_grad_(False)
    model.register_forward_pre_hook(_normalize_as_before)


def _normalize_as_before(model: nn.Module, _) -> None:
    """Trainer sets the whole model to training before each step."""
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.eval()
