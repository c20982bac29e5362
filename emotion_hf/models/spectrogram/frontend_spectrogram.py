"""The front end: computes stacked acoustic descriptors of a padded batch of waves, in torch.

A feature is the name of a descriptor in `DESCRIPTORS`, or that name with `_delta` or `_delta2` appended for its Δ or
ΔΔ. All values agree with librosa (the tests state the tolerances), and a clip has the same frames alone and in a
padded batch. The level of a clip is normalised with a gate as in ITU-R BS.1770: it is the mean power of the frames
that are at most 10 dB below the clip's mean, so that silence around a voice does not count.

Example:
    >>> front_end = FrontEnd(features=["mfcc", "mfcc_delta", "pitch"], num_mfcc=20)
    >>> features, mask = front_end(torch.randn(2, 16000), torch.tensor([16000, 8000]))
    >>> features.shape, mask.sum(1).tolist()
    (torch.Size([2, 1, 41, 101]), [101, 51])
"""

from collections.abc import Sequence
from functools import cached_property

import torch
from torch import nn
from transformers.audio_utils import mel_filter_bank

from .descriptors_spectrogram import (
    NUM_CHROMA,
    NUM_CONTRAST,
    chroma,
    chroma_filter_bank,
    contrast_bands,
    dct_matrix,
    decibels,
    delta,
    gated_level,
    mean_square,
    min_max,
    power_spectrum,
    spectral_centroid,
    spectral_contrast,
    spectral_rolloff,
    yin,
    zero_crossing_rate,
)

DESCRIPTORS = ("log_mel", "mfcc", "centroid", "rolloff", "zcr", "chroma", "contrast", "rms", "pitch", "voicing")
FEATURES = {  # name → descriptor and order of the derivative
    descriptor + suffix: (descriptor, order)
    for descriptor in DESCRIPTORS
    for order, suffix in enumerate(("", "_delta", "_delta2"))
}
AMPLITUDES = ("level", "min_max", "as_recorded")


class FrontEnd(nn.Module):
    """Turn waves `(batch, samples)` into features `(batch, 1, bins, frames)` and a mask `(batch, frames)`.

    `log_mel` and `rms` are in dB; `centroid`, `rolloff` and `pitch` in Hz; `zcr`, `chroma` and `voicing` from 0 to 1.

    Args:
        sampling_rate: Samples per second.
        features: Names from `FEATURES`, in the order in which their bins are stacked.
        n_fft: Samples of one analysis frame (a periodic Hann window of this length); must be even.
        hop_length: Samples from one frame to the next.
        num_mel_bins: Mel bands (Slaney's scale and norm, as librosa).
        num_mfcc: Cepstral coefficients.
        min_hz: Lowest frequency of the mel bands.
        max_hz: Highest frequency of the mel bands.
        min_pitch_hz: Lowest pitch of the search.
        max_pitch_hz: Highest pitch of the search.
        top_db: Values in dB are clipped at this distance below the clip's highest value.
        amplitude: `"level"` divides the power by the clip's gated level; `"min_max"` scales the clip's samples to the
            range from -1 to 1; with both, scores do not depend on the gain. `"as_recorded"` changes nothing.

    Raises:
        ValueError: A name is unknown, or a value cannot be used.
    """

    def __init__(
        self,
        sampling_rate: int = 16_000,
        features: Sequence[str] = ("log_mel",),
        n_fft: int = 512,
        hop_length: int = 160,
        num_mel_bins: int = 80,
        num_mfcc: int = 40,
        min_hz: float = 0.0,
        max_hz: float = 8_000.0,
        min_pitch_hz: float = 65.0,
        max_pitch_hz: float = 500.0,
        top_db: float = 80.0,
        amplitude: str = "level",
    ):
        super().__init__()
        _check_names(features)
        descriptors = {FEATURES[name][0] for name in features}
        if min(n_fft, hop_length, num_mel_bins, num_mfcc) < 1:
            raise ValueError("n_fft, hop_length, num_mel_bins and num_mfcc must be at least 1.")
        if n_fft % 2:
            raise ValueError(f"n_fft is {n_fft}; it must be even.")
        if "mfcc" in descriptors and num_mfcc > num_mel_bins:
            raise ValueError(f"num_mfcc is {num_mfcc}; it can be at most num_mel_bins, {num_mel_bins}.")
        if not 0 <= min_hz < max_hz <= sampling_rate / 2:
            raise ValueError(
                f"min_hz and max_hz are {min_hz} and {max_hz}; they must rise, from 0 to {sampling_rate / 2}."
            )
        if not 0 < min_pitch_hz < max_pitch_hz <= sampling_rate / 4:
            raise ValueError(
                f"min_pitch_hz and max_pitch_hz are {min_pitch_hz} and {max_pitch_hz}; "
                f"they must rise, from above 0 to {sampling_rate / 4}."
            )
        if top_db <= 0:
            raise ValueError(f"top_db is {top_db}; it must be above 0.")
        if amplitude not in AMPLITUDES:
            raise ValueError(f"Unknown amplitude {amplitude!r}; choose one of {', '.join(AMPLITUDES)}.")
        sizes = {"log_mel": num_mel_bins, "mfcc": num_mfcc, "chroma": NUM_CHROMA, "contrast": NUM_CONTRAST}
        self.features = tuple(features)
        self.bins_by_feature = {name: sizes.get(FEATURES[name][0], 1) for name in features}
        self.num_bins = sum(self.bins_by_feature.values())
        self.sampling_rate, self.n_fft, self.hop_length = sampling_rate, n_fft, hop_length
        self.pitch_range_hz = min_pitch_hz, max_pitch_hz
        self.top_db, self.amplitude = top_db, amplitude
        self.contrast_bands = contrast_bands(sampling_rate, n_fft) if "contrast" in descriptors else ()
        filters = mel_filter_bank(
            n_fft // 2 + 1, num_mel_bins, min_hz, max_hz, sampling_rate, norm="slaney", mel_scale="slaney"
        )
        self.register_buffer("window", torch.hann_window(n_fft))
        self.register_buffer("mel_filters", torch.from_numpy(filters).float())
        self.register_buffer("dct", dct_matrix(num_mel_bins, num_mfcc))
        self.register_buffer("chroma_filters", chroma_filter_bank(sampling_rate, n_fft))

    def forward(self, waves: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute features and mask.

        Gradients pass to the waves, except through `zcr` and `rolloff`, which are counts.

        Args:
            waves: `(batch, samples)`, zero beyond each clip's end.
            lengths: Number of samples of each clip `(batch,)`.
        """
        if self.amplitude == "min_max":
            waves = min_max(waves, lengths)
        analysis = _Analysis(self, waves, 1 + lengths // self.hop_length)
        stacked = torch.cat([analysis.feature(name) for name in self.features], dim=-1)
        return (stacked * analysis.mask[:, :, None]).transpose(1, 2)[:, None], analysis.mask


class _Analysis:
    """Descriptors of one batch; values that several of them need are computed once, on first use.

    Each property with the name of a descriptor has its values, `(batch, frames, bins)`.
    """

    def __init__(self, front_end: FrontEnd, waves: torch.Tensor, frame_counts: torch.Tensor):
        self.front_end = front_end
        self.waves = waves
        self.frame_counts = frame_counts
        frames = torch.arange(1 + waves.shape[1] // front_end.hop_length, device=waves.device)
        self.mask = frames[None, :] < frame_counts[:, None]

    def feature(self, name: str) -> torch.Tensor:
        """Return one of `FEATURES`, `(batch, frames, bins)`; frames beyond a clip's end are arbitrary."""
        descriptor, order = FEATURES[name]
        values = getattr(self, descriptor)
        return values if order == 0 else delta(values, self.frame_counts, order)

    @cached_property
    def power(self) -> torch.Tensor:
        return self._levelled(power_spectrum(self.waves, self.front_end.window, self.front_end.hop_length))

    @cached_property
    def magnitude(self) -> torch.Tensor:
        is_zero = self.power == 0  # the slope of the square root is infinite there
        return self.power.masked_fill(is_zero, 1.0).sqrt().masked_fill(is_zero, 0.0)

    @cached_property
    def log_mel(self) -> torch.Tensor:
        return decibels(self.power @ self.front_end.mel_filters, self.mask, self.front_end.top_db)

    @cached_property
    def mfcc(self) -> torch.Tensor:
        return self.log_mel @ self.front_end.dct

    @cached_property
    def centroid(self) -> torch.Tensor:
        return spectral_centroid(self.magnitude, self.front_end.sampling_rate)

    @cached_property
    def rolloff(self) -> torch.Tensor:
        return spectral_rolloff(self.magnitude, self.front_end.sampling_rate)

    @cached_property
    def zcr(self) -> torch.Tensor:
        return zero_crossing_rate(self.waves, self.front_end.n_fft, self.front_end.hop_length)

    @cached_property
    def chroma(self) -> torch.Tensor:
        return chroma(self.power, self.front_end.chroma_filters)

    @cached_property
    def contrast(self) -> torch.Tensor:
        return spectral_contrast(self.magnitude, self.front_end.contrast_bands, self.mask, self.front_end.top_db)

    @cached_property
    def rms(self) -> torch.Tensor:
        power = mean_square(self.waves, self.front_end.n_fft, self.front_end.hop_length)
        return decibels(self._levelled(power), self.mask, self.front_end.top_db)

    @cached_property
    def pitch(self) -> torch.Tensor:
        return self._pitch_and_voicing[0]

    @cached_property
    def voicing(self) -> torch.Tensor:
        return self._pitch_and_voicing[1]

    @cached_property
    def _pitch_and_voicing(self) -> tuple[torch.Tensor, torch.Tensor]:
        settings = self.front_end
        return yin(self.waves, settings.sampling_rate, settings.hop_length, *settings.pitch_range_hz)

    def _levelled(self, power: torch.Tensor) -> torch.Tensor:
        return power / gated_level(power, self.mask) if self.front_end.amplitude == "level" else power


def _check_names(features: Sequence[str]) -> None:
    known = f"{', '.join(DESCRIPTORS)}, each also with _delta or _delta2 appended"
    if not isinstance(features, list | tuple) or not features:
        raise ValueError(f"features is {features!r}; it must be a list of names from {known}.")
    for name in features:
        if not isinstance(name, str) or name not in FEATURES:
            raise ValueError(f"Unknown feature {name!r}; choose from {known}.")
        if features.count(name) > 1:
            raise ValueError(f"features names {name!r} more than once.")
