"""What happens to a clip's vector before a linear layer hears it."""

import torch
from torch import nn

LEAST_DEVIATION = 1e-6
CLIP_AT = 3.0  # deviations: what a clip has in excess, such as a click, may not outvote all the rest


class ClippedScale(nn.Module):
    """Standardise each number of a vector, and cut it off at ± 3 deviations. Buffers `(size,)`."""

    def __init__(self, size: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("deviation", torch.ones(size))

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """Return vectors of the same shape `(batch, size)`."""
        return ((vectors - self.mean) / self.deviation).clamp(-CLIP_AT, CLIP_AT)

    def fit(self, mean: torch.Tensor, deviation: torch.Tensor) -> None:
        """Set what is subtracted and what is divided by, both `(size,)`."""
        self.mean.copy_(mean)
        self.deviation.copy_(deviation.clamp(min=LEAST_DEVIATION))
