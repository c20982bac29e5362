"""A small residual network (He et al. 2016) at full resolution; its output frames are means over all bins."""

import torch
import torch.nn.functional as F
from torch import nn


class ResNetBackbone(nn.Module):
    """`config.blocks` residual blocks per entry of `config.widths`.

    Features `(batch, 1, bins, frames)` become `(batch, frames', widths[-1])`.
    """

    def __init__(self, config):
        super().__init__()
        self.hidden_size = config.widths[-1]
        self.stem = nn.Conv2d(1, config.widths[0], 3, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(config.widths[0])
        self.blocks = nn.ModuleList()
        before = config.widths[0]
        for stage, width in enumerate(config.widths):
            for block in range(config.blocks):
                self.blocks.append(ResidualBlock(before, width, stride=2 if stage > 0 and block == 0 else 1))
                before = width

    def forward(
        self, features: torch.Tensor, mask: torch.Tensor, states: list[torch.Tensor] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return frames `(batch, frames', widths[-1])` and their mask `(batch, frames')`."""
        x = F.relu(self.stem_norm(self.stem(features))) * mask[:, None, None, :]
        for block in self.blocks:
            x, mask = block(x, mask)
            if states is not None:
                states.append(x)
        return x.mean(2).transpose(1, 2), mask


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions added to their input."""

    def __init__(self, before: int, after: int, stride: int):
        super().__init__()
        self.stride = stride
        self.first = nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(after)
        self.second = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(after)
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
        if self.shortcut is not None:
            x = self.shortcut_norm(self.shortcut(x))
        return F.relu(x + y) * keep, mask
