"""A multilayer perceptron on all frames and their statistics, as in classical systems.

The frames form one vector, so `config.num_frames` must be set.
"""

import itertools

import torch
import torch.nn.functional as F
from torch import nn


class MlpBackbone(nn.Module):
    """One layer per entry of `config.widths`.

    Features `(batch, 1, bins, num_frames)`, with mean and standard deviation of `config.statistics_bins`,
    become `(batch, 1, widths[-1])`.
    """

    def __init__(self, config):
        super().__init__()
        self.hidden_size = config.widths[-1]
        self.statistics_bins = list(config.statistics_bins)
        inputs = config.num_bins * config.num_frames + 2 * len(self.statistics_bins)
        self.layers = nn.ModuleList(
            nn.Linear(before, after) for before, after in itertools.pairwise([inputs, *config.widths])
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for width in config.widths)
        self.dropout = nn.Dropout(config.hidden_dropout)

    def forward(
        self, features: torch.Tensor, mask: torch.Tensor, states: list[torch.Tensor] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return one frame `(batch, 1, hidden_size)` and its mask `(batch, 1)`."""
        x = torch.cat([features.flatten(1), self._statistics(features, mask).flatten(1)], dim=1)
        for number, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            x = F.relu(norm(layer(x if number == 0 else self.dropout(x))))  # the head has dropout for its own input
            if states is not None:
                states.append(x)
        return x[:, None], mask[:, :1]

    def _statistics(self, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return mean and standard deviation over the clip's own frames, `(batch, 2, 1, bins)`."""
        x, keep = features[:, :, self.statistics_bins], mask[:, None, None, :]
        count = keep.sum(-1)
        mean = (x * keep).sum(-1) / count
        variance = ((x - mean[..., None]).square() * keep).sum(-1) / count
        return torch.stack([mean, variance.clamp(min=1e-6).sqrt()], dim=1)
