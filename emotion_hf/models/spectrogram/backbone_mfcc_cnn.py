"""Stages of convolution, ReLU and 2×2 max-pooling, without batch norm; the output is flattened into one vector.

It is the plain network for 40 MFCCs stacked on their 40 Δ. The size of the vector depends on the number of frames, so
`config.num_frames` must be set.
"""

import itertools

import torch
import torch.nn.functional as F
from torch import nn


class MfccCnnBackbone(nn.Module):
    """One convolution per entry of `config.widths`.

    Features `(batch, 1, bins, num_frames)` become `(batch, 1, widths[-1] * bins' * frames')`.
    """

    def __init__(self, config):
        super().__init__()
        widths = [1, *config.widths]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, padding=1) for before, after in itertools.pairwise(widths)
        )
        halvings = 2 ** len(config.widths)
        self.hidden_size = widths[-1] * (config.num_bins // halvings) * (config.num_frames // halvings)

    def forward(
        self, features: torch.Tensor, mask: torch.Tensor, states: list[torch.Tensor] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return one frame `(batch, 1, hidden_size)` and its mask `(batch, 1)`."""
        x = features
        for convolution in self.convolutions:
            x = F.max_pool2d(F.relu(convolution(x)), 2)
            if states is not None:
                states.append(x)
        return x.flatten(1)[:, None], mask[:, :1]
