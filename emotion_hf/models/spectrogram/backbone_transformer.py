"""A Transformer encoder (Vaswani et al. 2017) over frames, with sinusoidal positions."""

import math

import torch
from torch import nn

FEED_FORWARD = 2  # times the hidden size


class TransformerBackbone(nn.Module):
    """`config.num_hidden_layers` Transformer layers.

    Features `(batch, 1, bins, frames)` become `(batch, frames, hidden_size)`.
    """

    def __init__(self, config):
        super().__init__()
        self.hidden_size = config.hidden_size
        self.project = nn.Linear(config.num_bins, config.hidden_size)
        self.dropout = nn.Dropout(config.hidden_dropout)
        layer = nn.TransformerEncoderLayer(
            config.hidden_size,
            config.num_attention_heads,
            FEED_FORWARD * config.hidden_size,
            config.hidden_dropout,
            batch_first=True,
        )
        # Only its layers are run: torch's own loop over them does not return what each layer computes.
        self.encoder = nn.TransformerEncoder(layer, config.num_hidden_layers, enable_nested_tensor=False)

    def forward(
        self, features: torch.Tensor, mask: torch.Tensor, states: list[torch.Tensor] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return frames `(batch, frames, hidden_size)` and their mask `(batch, frames)`."""
        x = self.project(features.flatten(1, 2).transpose(1, 2))
        x = self.dropout(x + sinusoids(x.shape[1], self.hidden_size).to(x))
        for layer in self.encoder.layers:
            x = layer(x, src_key_padding_mask=mask == 0)
            if states is not None:
                states.append(x)
        return x, mask


def sinusoids(frames: int, size: int) -> torch.Tensor:
    """Return the positional encoding `(frames, size)`: sines in the even columns, cosines in the odd ones."""
    rates = torch.exp(torch.arange(0, size, 2) * (-math.log(10_000.0) / size))
    angles = torch.arange(frames)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)[:, :size]
