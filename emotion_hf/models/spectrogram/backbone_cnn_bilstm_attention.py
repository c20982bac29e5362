"""Convolutions over frames, two bidirectional LSTMs, then self-attention."""

import itertools

import torch
import torch.nn.functional as F
from torch import nn

from .backbone_bilstm import run_lstm

KERNEL = 5


class CnnBiLstmAttentionBackbone(nn.Module):
    """One convolution, which halves the number of frames, per entry of `config.widths`.

    In each direction, the first LSTM has `hidden_size` units and the second one half as many. Features
    `(batch, 1, bins, frames)` become `(batch, frames', hidden_size)`.
    """

    def __init__(self, config):
        super().__init__()
        self.hidden_size = size = config.hidden_size
        widths = [config.num_bins, *config.widths]
        self.convolutions = nn.ModuleList(
            nn.Conv1d(before, after, KERNEL, padding=KERNEL // 2, bias=False)
            for before, after in itertools.pairwise(widths)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for width in config.widths)
        self.dropout = nn.Dropout(config.hidden_dropout)
        self.first_lstm = nn.LSTM(widths[-1], size, batch_first=True, bidirectional=True)
        self.second_lstm = nn.LSTM(2 * size, size // 2, batch_first=True, bidirectional=True)
        self.attention = nn.MultiheadAttention(
            size, config.num_attention_heads, dropout=config.hidden_dropout, batch_first=True
        )
        self.attention_norm = nn.LayerNorm(size)

    def forward(
        self, features: torch.Tensor, mask: torch.Tensor, states: list[torch.Tensor] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return frames `(batch, frames', hidden_size)` and their mask `(batch, frames')`."""
        x = features.flatten(1, 2)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = F.relu(norm(convolution(x))) * mask[:, None, :]
            # torch cannot export max_pool1d for every length
            x = F.max_pool2d(x[:, :, None], (1, 2), ceil_mode=True)[:, :, 0]
            x = self.dropout(x)
            mask = mask[:, ::2]
            if states is not None:
                states.append(x)
        first = self.dropout(run_lstm(self.first_lstm, x.transpose(1, 2), mask))
        x = self.dropout(run_lstm(self.second_lstm, first, mask))
        attended, _ = self.attention(x, x, x, key_padding_mask=mask == 0, need_weights=False)
        frames = self.attention_norm(x + attended)
        if states is not None:
            states += [first, x, frames]
        return frames, mask
