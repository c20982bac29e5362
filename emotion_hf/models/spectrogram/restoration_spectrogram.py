"""Restoration: what the mel bands were before noise, a room, a telephone or a codec changed them.

A small convolutional network over the frames (dilated and residual, as in Bai et al. 2018) adds its estimate of what
is missing or too much. `emotion_hf.training.restoration` learns it from pairs of a clip and its changed copy; no label
takes part. Untrained, it changes nothing.
"""

import torch
import torch.nn.functional as F
from torch import nn

from .descriptors_spectrogram import DECIBELS, dct_matrix

UNIT_DB = 20.0  # a deviation or so
WIDTH, KERNEL, DILATIONS = 64, 5, (1, 2, 4, 8)


class Restoration(nn.Module):
    """Features `(batch, 1, bins, frames)`, in the front end's units, become others of the same shape.

    `log_mel` is restored; the cepstra (`mfcc`) are computed anew from it, and the level (`rms`) changes as its sum
    does. All else stays as it is.
    """

    def __init__(self, config):
        super().__init__()
        self.rows = config.rows
        if "log_mel" not in self.rows or config.num_channels != 1:
            raise ValueError("restored=true needs log_mel among the features, stacked as bins.")
        bands = self.rows["log_mel"].stop - self.rows["log_mel"].start
        self.first = nn.Conv1d(bands, WIDTH, 1)
        self.blocks = nn.ModuleList(
            Dilated(WIDTH, WIDTH, KERNEL, dilation=dilation, padding=dilation * (KERNEL // 2))
            for dilation in DILATIONS
        )
        self.last = Silent(WIDTH, bands, 1)

    def forward(self, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return restored features; frames where `mask` `(batch, frames)` is 0 become zero."""
        descriptors = {name: features[:, 0, rows] for name, rows in self.rows.items()}
        before = descriptors["log_mel"]
        descriptors["log_mel"] = bands = self.estimate(before, mask)
        if "mfcc" in descriptors:
            dct = dct_matrix(bands.shape[1], descriptors["mfcc"].shape[1]).to(bands)
            descriptors["mfcc"] = dct.T @ bands
        if "rms" in descriptors:
            descriptors["rms"] = descriptors["rms"] + _level(bands) - _level(before)
        return (torch.cat(list(descriptors.values()), dim=1) * mask[:, None])[:, None]

    def estimate(self, bands: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return what mel bands `(batch, bands, frames)` in dB were."""
        keep = mask[:, None]
        x = self.first(bands / UNIT_DB)
        for block in self.blocks:
            x = x + F.relu(block(x * keep))
        return bands + UNIT_DB * self.last(x)


class Dilated(nn.Conv1d):
    """A convolution with holes as one product of matrices, which on a CPU takes half the time of torch's own."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return `(batch, channels, frames)` of the same shape."""
        reach = self.padding[0]
        taps = F.pad(x, (reach, reach)).unfold(-1, 2 * reach + 1, 1)[..., :: self.dilation[0]]
        return self.weight.flatten(1) @ taps.transpose(2, 3).flatten(1, 2) + self.bias[:, None]


class Silent(nn.Conv1d):
    """A convolution whose weights start at zero."""


def _level(bands: torch.Tensor) -> torch.Tensor:
    return DECIBELS * torch.logsumexp(bands / DECIBELS, dim=1, keepdim=True)
