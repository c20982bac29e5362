"""A residual network with squeeze-and-excitation (He et al. 2016; Hu et al. 2018) over log-mels.

The stem halves bins and frames; each later stage halves them again, so that a frame of the output spans
2 ** stages frames of the input. Frames beyond a clip's end are zero before every convolution: a padded batch gives
what single clips give.
"""

import torch
import torch.nn.functional as F
from torch import nn

from .backbone_resnet import ResidualBlock


class SEResNetBackbone(nn.Module):
    """`config.blocks` residual blocks for each of `config.widths`; features `(batch, channels, bins, frames)` become
    `(batch, frames', hidden_size)`."""

    def __init__(self, config):
        super().__init__()
        self.hidden_size = config.hidden_size
        self.stem = nn.Conv2d(config.num_channels, config.widths[0], 5, stride=2, padding=2, bias=False)
        self.stem_norm = nn.BatchNorm2d(config.widths[0])
        self.blocks = nn.ModuleList()
        bins, before = -(-config.num_bins // 2), config.widths[0]
        for stage, width in enumerate(config.widths):
            for block in range(config.blocks):
                stride = 2 if stage > 0 and block == 0 else 1
                self.blocks.append(SEResidualBlock(before, width, stride))
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


class SEResidualBlock(ResidualBlock):
    """A residual block whose channels are weighed by what the whole clip holds."""

    def __init__(self, before: int, after: int, stride: int, reduction: int = 8):
        super().__init__(before, after, stride)
        self.squeeze = nn.Linear(after, max(after // reduction, 1))
        self.excite = nn.Linear(max(after // reduction, 1), after)

    def recalibrate(self, y: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Weigh each channel by a gate made from its mean over bins and the clip's own frames."""
        mean = y.mean(2).sum(2) / mask.sum(1, keepdim=True)
        return y * torch.sigmoid(self.excite(F.relu(self.squeeze(mean))))[:, :, None, None]
