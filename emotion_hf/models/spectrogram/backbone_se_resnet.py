"""A residual network with squeeze-and-excitation (He et al. 2016; Hu et al. 2018) over log-mels.

The stem halves bins and frames; each later stage halves them again, so that a frame of the output spans
2 ** stages frames of the input. Frames beyond a clip's end are zero before every convolution: a padded batch gives
what single clips give.
"""

import torch
import torch.nn.functional as F
from torch import nn


class ResNetBackbone(nn.Module):
    """`config.blocks` residual blocks for each of `config.widths`; features `(batch, channels, bins, frames)` become
    `(batch, frames', hidden_size)`."""

    def __init__(self, config):
        super().__init__()
        self.stem = nn.Conv2d(config.num_channels, config.widths[0], 5, stride=2, padding=2, bias=False)
        self.stem_norm = nn.BatchNorm2d(config.widths[0])
        self.blocks = nn.ModuleList()
        bins, before = -(-config.num_bins // 2), config.widths[0]
        for stage, width in enumerate(config.widths):
            for block in range(config.blocks):
                stride = 2 if stage > 0 and block == 0 else 1
                self.blocks.append(ResidualBlock(before, width, stride))
                bins, before = -(-bins // stride), width
        self.project = nn.Linear(bins * before, config.hidden_size)
        self.project_norm = nn.LayerNorm(config.hidden_size)

    def forward(self, features: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return frames `(batch, frames', hidden_size)` and their mask `(batch, frames')`."""
        mask = mask[:, ::2]
        x = F.relu(self.stem_norm(self.stem(features))) * mask[:, None, None, :]
        for block in self.blocks:
            x, mask = block(x, mask)
        return F.relu(self.project_norm(self.project(x.flatten(1, 2).transpose(1, 2)))), mask


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions, recalibrated by channel, added to their input."""

    def __init__(self, before: int, after: int, stride: int, reduction: int = 8):
        super().__init__()
        self.stride = stride
        self.first = nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(after)
        self.second = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(after)
        self.squeeze = nn.Linear(after, max(after // reduction, 1))
        self.excite = nn.Linear(max(after // reduction, 1), after)
        self.shortcut = None
        if stride != 1 or before != after:
            self.shortcut = nn.Conv2d(before, after, 1, stride=stride, bias=False)
            self.shortcut_norm = nn.BatchNorm2d(after)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return `(batch, after, bins', frames')` and the mask `(batch, frames')`."""
        mask = mask[:, :: self.stride]
        keep = mask[:, None, None, :]
        y = F.relu(self.first_norm(self.first(x))) * keep
        y = self.second_norm(self.second(y)) * keep
        y = y * self._gate(y, mask)
        if self.shortcut is not None:
            x = self.shortcut_norm(self.shortcut(x))
        return F.relu(x + y) * keep, mask

    def _gate(self, y: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        frames = mask.sum(1, keepdim=True)
        mean = y.mean(2).sum(2) / frames  # over bins, then over the clip's own frames
        return torch.sigmoid(self.excite(F.relu(self.squeeze(mean))))[:, :, None, None]
