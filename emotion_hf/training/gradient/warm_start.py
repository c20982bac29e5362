"""Continue the training of a network: frozen batch statistics, and the average of old and new weights at the end.

Example:
    >>> start = weights_of(model)  # doctest: +SKIP
    >>> blend(model, start, keep=0.5)  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def normalize_as_before(model: nn.Module) -> None:
    """Freeze the statistics of batch normalisation; a few new clips would distort them."""
    model.register_forward_pre_hook(_keep_statistics)


def weights_of(model: nn.Module) -> dict[str, torch.Tensor]:
    """Return a copy of all weights and buffers."""
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


@torch.no_grad()
def blend(model: nn.Module, start: Mapping[str, torch.Tensor], keep: float) -> None:
    """Move weights and buffers back to `start`, by the share `keep` of the way (WiSE-FT, Wortsman et al. 2022)."""
    for name, value in model.state_dict().items():
        if keep and value.is_floating_point():
            value.lerp_(start[name], keep)


def _keep_statistics(model: nn.Module, _) -> None:
    for module in model.modules():  # Trainer sets the whole model to training before each step
        if isinstance(module, _BatchNorm):
            module.eval()
