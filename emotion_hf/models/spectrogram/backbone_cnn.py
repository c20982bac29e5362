"""A convolutional network on a log-mel image: stages of convolution, batch norm, ReLU, 2×2 max-pooling, dropout."""

import itertools

import torch
import torch.nn.functional as F
from torch import nn


class CnnBackbone(nn.Module):
    """One convolution per entry of `config.widths`.

    Features `(batch, 1, bins, frames)` become `(batch, frames', hidden_size)`.
    """

    def __init__(self, config):
        super().__init__()
        self.hidden_size = config.hidden_size
        widths = [1, *config.widths]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, padding=1, bias=False) for before, after in itertools.pairwise(widths)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in config.widths)
        self.dropout = nn.Dropout2d(config.hidden_dropout)
        bins = config.num_bins
        for _ in config.widths:
            bins = -(-bins // 2)
        self.project = nn.Linear(bins * widths[-1], config.hidden_size)

    def forward(
        self, features: torch.Tensor, mask: torch.Tensor, states: list[torch.Tensor] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return frames `(batch, frames', hidden_size)` and their mask `(batch, frames')`."""
        x = features
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = F.relu(norm(convolution(x))) * mask[:, None, None, :]
            # ReLU's output is never below the zeros of the padding, so a clip gives the same output in a padded batch.
            x = self.dropout(F.max_pool2d(x, 2, ceil_mode=True))
            mask = mask[:, ::2]
            if states is not None:
                states.append(x)
        return F.relu(self.project(x.flatten(1, 2).transpose(1, 2))), mask
