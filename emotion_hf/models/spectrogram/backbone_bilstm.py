"""A bidirectional LSTM (Hochreiter & Schmidhuber 1997; Schuster & Paliwal 1997) over frames."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class BiLstmBackbone(nn.Module):
    """`config.num_hidden_layers` layers of `hidden_size / 2` units in each direction.

    Features `(batch, channels, bins, frames)` become `(batch, frames, hidden_size)`.
    """

    def __init__(self, config):
        super().__init__()
        self.hidden_size = config.hidden_size
        self.lstm = nn.LSTM(
            config.num_channels * config.num_bins,
            config.hidden_size // 2,
            config.num_hidden_layers,
            batch_first=True,
            dropout=config.hidden_dropout,
            bidirectional=True,
        )

    def forward(self, features: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return frames `(batch, frames, hidden_size)` and their mask `(batch, frames)`."""
        return run_lstm(self.lstm, features.flatten(1, 2).transpose(1, 2), mask), mask


def run_lstm(lstm: nn.LSTM, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Run the LSTM over `x` `(batch, frames, size)`; the backward direction starts at each clip's own end."""
    packed = pack_padded_sequence(x, mask.sum(1).long().cpu(), batch_first=True, enforce_sorted=False)
    return pad_packed_sequence(lstm(packed)[0], batch_first=True, total_length=x.shape[1])[0]
