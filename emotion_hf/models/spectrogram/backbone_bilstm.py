"""A bidirectional LSTM (Hochreiter & Schmidhuber 1997; Schuster & Paliwal 1997) over frames."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class BiLstmBackbone(nn.Module):
    """`config.num_hidden_layers` layers of `hidden_size / 2` units in each direction.

    Features `(batch, 1, bins, frames)` become `(batch, frames, hidden_size)`.
    """

    def __init__(self, config):
        super().__init__()
        self.hidden_size = config.hidden_size
        self.lstm = nn.LSTM(
            config.num_bins,
            config.hidden_size // 2,
            config.num_hidden_layers,
            batch_first=True,
            dropout=config.hidden_dropout,
            bidirectional=True,
        )

    def forward(
        self, features: torch.Tensor, mask: torch.Tensor, states: list[torch.Tensor] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return frames `(batch, frames, hidden_size)` and their mask `(batch, frames)`."""
        x = run_lstm(self.lstm, features.flatten(1, 2).transpose(1, 2), mask)
        if states is not None:
            states.append(x)
        return x, mask


def run_lstm(lstm: nn.LSTM, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Run the LSTM over `x` `(batch, frames, size)`; the backward direction starts at each clip's own end.

    Returns:
        `(batch, frames, 2 * hidden)`, zero beyond a clip's end.
    """
    lengths = mask.sum(1, dtype=torch.float32).long()  # a sum in half precision would be rounded
    if torch.compiler.is_exporting():  # an exported graph would be for one number of frames
        return _scanned(lstm, x, lengths) * mask[:, :, None]
    packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
    return pad_packed_sequence(lstm(packed)[0], batch_first=True, total_length=x.shape[1])[0]


def _scanned(lstm: nn.LSTM, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Return what `lstm` does in evaluation, step by step; each clip is turned round for the backward direction."""
    frames, ends = torch.arange(x.shape[1], device=x.device), lengths[:, None]
    turned = torch.where(frames < ends, ends - 1 - frames, frames)[:, :, None]  # its own inverse
    for layer in range(lstm.num_layers):
        forward = _one_direction(lstm, x, f"l{layer}")
        backward = _one_direction(lstm, x.gather(1, turned.expand_as(x)), f"l{layer}_reverse")
        x = torch.cat([forward, backward.gather(1, turned.expand_as(backward))], dim=2)
    return x


def _one_direction(lstm: nn.LSTM, x: torch.Tensor, suffix: str) -> torch.Tensor:
    """Return the states `(batch, frames, hidden)` of one layer in one direction (Hochreiter & Schmidhuber 1997)."""
    from torch._higher_order_ops.scan import scan  # the only loop over a dimension that an exported graph can have

    of_input, of_state, input_bias, state_bias = (
        getattr(lstm, f"{kind}_{suffix}") for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )

    def step(carry, gates):
        state, cell = carry
        enter, keep, new, leave = (gates + F.linear(state, of_state)).chunk(4, dim=1)
        cell = keep.sigmoid() * cell + enter.sigmoid() * new.tanh()
        state = leave.sigmoid() * cell.tanh()
        return (state, cell), state.clone()  # what a step returns must not be the carried tensor itself

    gates = F.linear(x, of_input, input_bias + state_bias).transpose(0, 1)
    start = x.new_zeros(x.shape[0], lstm.hidden_size)
    return scan(step, (start, start.clone()), gates)[1].transpose(0, 1)
