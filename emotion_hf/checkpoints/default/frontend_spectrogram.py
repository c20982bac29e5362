"""The front end: waves in, log-mels or MFCCs (with Δ and ΔΔ) out, in torch, for a whole padded batch at once.

It agrees with librosa (`melspectrogram`, `power_to_db`, `mfcc`, `feature.delta`; a test states the tolerance), and a
clip gives the same frames alone and padded in a batch. Level is taken out by a gate as in ITU-R BS.1770: the mean
power of the frames within 10 dB of the clip's mean, so that silence around a voice does not count.

Example:
    >>> features, mask = FrontEnd(num_mel_bins=64)(torch.randn(2, 16000), torch.tensor([16000, 8000]))
    >>> features.shape, mask.sum(1).tolist()
    (torch.Size([2, 1, 64, 101]), [101, 51])
"""

import math

import torch
import torch.nn.functional as F
from torch import nn
from transformers.audio_utils import mel_filter_bank

FEATURES = ("log_mel", "mfcc")
MIN_POWER = 1e-10  # librosa's amin: -100 dB
GATE = 0.1  # frames more than 10 dB below the clip's mean power do not count for its level
DELTA_WIDTH = 9  # librosa's default


class FrontEnd(nn.Module):
    """Turn waves `(batch, samples)` into features `(batch, channels, bins, frames)` and a mask `(batch, frames)`.

    Args:
        sampling_rate: Samples per second.
        features: One of `FEATURES`.
        n_fft: Samples of one analysis frame (a periodic Hann window of this length).
        hop_length: Samples from one frame to the next.
        num_mel_bins: Mel bands (Slaney's scale and norm, as librosa).
        num_mfcc: Cepstral coefficients, for `features="mfcc"`.
        deltas: 0, 1 (Δ) or 2 (Δ and ΔΔ) more channels.
        min_hz: Lowest frequency of the mel bands.
        max_hz: Highest frequency of the mel bands.
        top_db: Values are cut off this far below the clip's loudest.
        normalize_level: Divide the power by the clip's gated level, so that scores do not depend on gain.
    """

    def __init__(
        self,
        sampling_rate: int = 16_000,
        features: str = "log_mel",
        n_fft: int = 512,
        hop_length: int = 160,
        num_mel_bins: int = 80,
        num_mfcc: int = 40,
        deltas: int = 0,
        min_hz: float = 0.0,
        max_hz: float = 8_000.0,
        top_db: float = 80.0,
        normalize_level: bool = True,
    ):
        super().__init__()
        if features not in FEATURES:
            raise ValueError(f"Unknown features {features!r}; choose one of {', '.join(FEATURES)}.")
        if deltas not in (0, 1, 2):
            raise ValueError(f"deltas is {deltas}; choose 0, 1 or 2.")
        if min(n_fft, hop_length, num_mel_bins, num_mfcc) < 1:
            raise ValueError("n_fft, hop_length, num_mel_bins and num_mfcc must be at least 1.")
        if not 0 <= min_hz < max_hz <= sampling_rate / 2:
            raise ValueError(
                f"min_hz and max_hz are {min_hz} and {max_hz}; they must rise, from 0 to {sampling_rate / 2}."
            )
        if top_db <= 0:
            raise ValueError(f"top_db is {top_db}; it must be above 0.")
        self.features, self.deltas = features, deltas
        self.n_fft, self.hop_length = n_fft, hop_length
        self.top_db, self.normalize_level = top_db, normalize_level
        filters = mel_filter_bank(
            n_fft // 2 + 1, num_mel_bins, min_hz, max_hz, sampling_rate, norm="slaney", mel_scale="slaney"
        )
        self.register_buffer("window", torch.hann_window(n_fft))
        self.register_buffer("mel_filters", torch.from_numpy(filters).float())
        self.register_buffer("dct", _dct_matrix(num_mel_bins, num_mfcc) if features == "mfcc" else None)

    @property
    def num_channels(self) -> int:
        """Channels of the features."""
        return 1 + self.deltas

    @property
    def num_bins(self) -> int:
        """Bins of the features."""
        return self.mel_filters.shape[1] if self.dct is None else self.dct.shape[1]

    @torch.no_grad()
    def forward(self, waves: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute features; `lengths` `(batch,)` counts each clip's samples, the rest of `waves` must be zero."""
        frame_counts = 1 + lengths // self.hop_length
        power = self._power(waves)
        mask = torch.arange(power.shape[1], device=waves.device)[None, :] < frame_counts[:, None]
        if self.normalize_level:
            power = power / _gated_level(power, mask)[:, None, None]
        features = self._decibels(power @ self.mel_filters, mask)
        if self.dct is not None:
            features = features @ self.dct
        channels = [features]
        for order in range(1, self.deltas + 1):
            channels.append(_delta(features, frame_counts, order))
        stacked = torch.stack(channels, dim=1) * mask[:, None, :, None]
        return stacked.transpose(2, 3), mask

    def _power(self, waves: torch.Tensor) -> torch.Tensor:
        padded = F.pad(waves, (self.n_fft // 2, self.n_fft // 2))
        frames = padded.unfold(-1, self.n_fft, self.hop_length)  # (batch, frames, n_fft)
        return torch.fft.rfft(frames * self.window).abs().square()

    def _decibels(self, mel: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        decibels = 10 * torch.log10(mel.clamp(min=MIN_POWER))
        loudest = decibels.masked_fill(~mask[:, :, None], -math.inf).amax(dim=(1, 2), keepdim=True)
        return torch.maximum(decibels, loudest - self.top_db)


def _gated_level(power: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the mean power `(batch,)` of the frames that are not much weaker than the mean."""
    energy = power.mean(-1) * mask
    mean = energy.sum(1) / mask.sum(1)
    loud = (energy >= GATE * mean[:, None]) & mask
    return ((energy * loud).sum(1) / loud.sum(1)).clamp(min=torch.finfo(energy.dtype).tiny)


def _dct_matrix(size: int, count: int) -> torch.Tensor:
    """Return the orthonormal DCT-II matrix `(size, count)`."""
    angles = math.pi / size * (torch.arange(size)[:, None] + 0.5) * torch.arange(count)[None, :]
    matrix = torch.cos(angles) * math.sqrt(2 / size)
    matrix[:, 0] = math.sqrt(1 / size)
    return matrix


def _delta(features: torch.Tensor, frame_counts: torch.Tensor, order: int) -> torch.Tensor:
    """Return the Savitzky-Golay derivative of `features` `(batch, frames, bins)` along frames, width 9.

    The polynomial's degree equals the order, so its derivative is constant: the first and last four frames take
    the value of the nearest full window, which is what librosa's `mode="interp"` gives.
    """
    half = DELTA_WIDTH // 2
    offsets = torch.arange(-half, half + 1, dtype=features.dtype, device=features.device)
    if order == 1:
        kernel = offsets / offsets.square().sum()
    else:  # second derivative of the least-squares parabola
        centred = offsets.square() - offsets.square().mean()
        kernel = 2 * centred / centred.square().sum()
    batch, frames, bins = features.shape
    short = DELTA_WIDTH - frames
    rows = F.pad(features.transpose(1, 2).reshape(batch * bins, 1, frames), (0, max(short, 0)), mode="replicate")
    inner = F.conv1d(rows, kernel[None, None]).reshape(batch, bins, -1).transpose(1, 2)
    nearest = torch.arange(frames, device=features.device)[None, :] - half
    last = (frame_counts - DELTA_WIDTH).clamp(min=0)[:, None]
    index = nearest.clamp(min=0).minimum(last)
    return inner.gather(1, index[:, :, None].expand(-1, -1, bins))
