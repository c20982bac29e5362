"""A dictionary of spectral patches: how strongly a clip holds each of many short pieces of sound.

After Coates and Ng (2012): patches of all mel bins and a few frames are whitened, and spherical k-means finds atoms
that stand for many of them; a frame answers to an atom by how far its patch lies beyond a threshold in its direction
or against it. No label takes part. `emotion_hf.training.dictionary` learns the atoms, which are one convolution here.
"""

import torch
import torch.nn.functional as F
from torch import nn

from .descriptors_spectrogram import DECIBELS
from .vectors_spectrogram import ClippedScale

THRESHOLD = 0.5
ATOMS_AT_ONCE = 200  # what is in work for so many stays in a core's cache
DEPTH_DB, SPAN_DB, MARGIN_FRAMES = 60.0, 35.0, 4  # below the clip's loudest bin, and its loudest frame; kept around


class DictionaryBackbone(nn.Module):
    """`config.widths[0]` atoms of `config.patch_frames` frames of `log_mel` in dB; features `(batch, 1, bins, frames)`
    become one frame `(batch, 1, hidden_size)`: mean and deviation of each answer."""

    def __init__(self, config):
        super().__init__()
        if "log_mel" not in config.rows:
            raise ValueError("The backbone 'dictionary' needs log_mel among the features.")
        self.rows = config.rows["log_mel"]
        bins = self.rows.stop - self.rows.start
        # Learned without labels: gradients have no part in them.
        self.atoms = nn.Conv1d(bins, config.widths[0], config.patch_frames).requires_grad_(False)
        self.hidden_size = 4 * config.widths[0]
        self.scale = ClippedScale(self.hidden_size)

    def forward(self, features: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return one frame `(batch, 1, hidden_size)` and its mask `(batch, 1)`."""
        return self.scale(self.measure(features, mask))[:, None], mask[:, :1]

    def measure(self, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return mean and deviation of the answers before they are scaled, `(batch, hidden_size)`."""
        patches, keep = self.patches(features, mask)
        parts = self.atoms(patches).split(ATOMS_AT_ONCE, dim=1)
        return torch.cat([_answers(part, keep) for part in parts], dim=-1).flatten(1).sqrt()

    def patches(self, features: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return log-mels `(batch, bins, frames)` below the clip's loudest, in 20 dB, and which frames begin a patch
        within the sound `(batch, 1, frames')`; what is silence in all clips is left out."""
        log_mel, size = features[:, 0, self.rows], self.atoms.kernel_size[0]
        log_mel = log_mel.masked_fill(mask[:, None] == 0, -torch.inf)
        level = torch.logsumexp(log_mel / DECIBELS, dim=1) * DECIBELS
        loud = level > level.amax(1, keepdim=True) - SPAN_DB
        frames = torch.arange(loud.shape[1], device=loud.device).expand_as(loud)
        first = frames.masked_fill(~loud, loud.shape[1]).amin(1, keepdim=True) - MARGIN_FRAMES
        last = frames.masked_fill(~loud, -1).amax(1, keepdim=True) + MARGIN_FRAMES
        inside = (frames >= first) & (frames <= last) & (mask > 0)
        x = (log_mel - log_mel.amax((1, 2), keepdim=True)).clamp(min=-DEPTH_DB) / 20
        x = x * (mask[:, None] > 0)
        short = size - x.shape[-1]
        if short > 0:
            x, inside = F.pad(x, (0, short)), F.pad(inside, (0, short))
        starts = inside.shape[1] - size + 1
        whole = inside[:, :starts] & inside[:, size - 1 :]
        whole[:, 0] |= ~whole.any(1)  # a clip that is shorter than a patch
        used = whole.any(0).nonzero()
        first, last = int(used[0]), int(used[-1])
        return x[..., first : last + size], whole[:, None, first : last + 1].to(x.dtype)


def _answers(similarity: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
    """Return mean and deviation of the answers, for and against the atoms, `(batch, 2, 2, atoms)`."""
    beyond, keep = F.softshrink(similarity, THRESHOLD).float() * keep, keep[:, None]
    answers = torch.stack([beyond.clamp(min=0), -beyond.clamp(max=0)], dim=1)
    count = keep.sum(-1).clamp(min=1)
    mean = answers.sum(-1) / count
    deviation = torch.linalg.vector_norm((answers - mean[..., None]) * keep, dim=-1) / count.sqrt()
    return torch.stack([mean, deviation], dim=1)
