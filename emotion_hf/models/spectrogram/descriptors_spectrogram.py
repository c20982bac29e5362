"""Acoustic descriptors as pure functions on padded batches: they turn spectra or waves into `(batch, frames, bins)`.

They agree with librosa's functions of the same name if clips are padded with zeros on both sides (a test states the
tolerances). Frame `t` is centred on sample `t * hop_length`. Samples beyond a clip's end must be zero, so that a clip
has the same frames alone and in a batch.

Example:
    >>> time = torch.arange(16000) / 16000
    >>> pitch_hz, voicing = yin(torch.sin(2 * torch.pi * 200 * time)[None], 16000, 160, 65.0, 500.0)
    >>> round(pitch_hz[0, 50].item()), round(voicing[0, 50].item(), 2)
    (200, 1.0)
"""

import itertools
import math
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

MIN_POWER = 1e-10  # librosa's amin: -100 dB
GATE = 0.1  # frames more than 10 dB below the clip's mean power do not count for the level
DELTA_WIDTH = 9  # librosa's default
ROLLOFF_SHARE = 0.85  # librosa's default
NUM_CHROMA = 12
CHROMA_CENTER_OCTAVE, CHROMA_OCTAVES = 5.0, 2.0  # librosa's defaults: a Gaussian weight around 880 Hz
CONTRAST_LOWEST_HZ, CONTRAST_OCTAVES, CONTRAST_QUANTILE = 200.0, 6, 0.02  # librosa's defaults
NUM_CONTRAST = CONTRAST_OCTAVES + 1
YIN_TOLERANCE = 0.05  # a dip within this distance of the deepest one may be the period
ROUNDING = 1e-5  # share of a frame's energy; smaller differences may be float32 rounding, as for a constant signal
FRAMES_AT_ONCE = 64  # the spectra of this number of frames fit into a core's cache
MIN_VOICING = 0.5  # periodic power equals aperiodic power: a harmonics-to-noise ratio of 0 dB
TINY = torch.finfo(torch.float32).tiny
DECIBELS = 10 / math.log(10)  # dB of a factor e in power


class ContrastBand(NamedTuple):
    """Spectral bins from `start` to before `stop`; `averaged` is the number of bins in a peak or valley."""

    start: int
    stop: int
    averaged: int


def ordered(values: torch.Tensor) -> torch.Tensor:
    """Sort along the last axis; on a CPU with NumPy, which uses vector instructions and is 30 times as fast.

    NumPy's result has no gradient, so torch sorts values that need one.
    """
    if values.device.type != "cpu" or values.requires_grad:
        return values.sort().values
    return torch.from_numpy(np.sort(values.numpy()))


def power_spectrum(waves: torch.Tensor, window: torch.Tensor, hop_length: int) -> torch.Tensor:
    """Return the squared magnitudes `(batch, frames, n_fft // 2 + 1)` of the short-time Fourier transform.

    Args:
        waves: `(batch, samples)`.
        window: `(n_fft,)`, of even length.
        hop_length: In samples.
    """
    frames = _padded(waves, len(window)).unfold(-1, len(window), hop_length)
    spectrum = torch.fft.rfft(frames * window)
    return spectrum.real.square() + spectrum.imag.square()


def decibels(power: torch.Tensor, mask: torch.Tensor, top_db: float) -> torch.Tensor:
    """Return `10 * log10(power)`, clipped `top_db` below the clip's highest value (librosa's `power_to_db`).

    Args:
        power: `(batch, frames, bins)`.
        mask: `(batch, frames)`, true where a frame belongs to the clip.
        top_db: In dB, above 0.
    """
    values = 10 * torch.log10(power.clamp(min=MIN_POWER))
    loudest = values.masked_fill(~mask[:, :, None], -math.inf).amax(dim=(1, 2), keepdim=True)
    return torch.maximum(values, loudest - top_db)


def min_max(waves: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Scale each clip of `waves` `(batch, samples)` to the range from -1 to 1; samples beyond `lengths` stay zero."""
    keep = _within(waves, lengths)
    low = waves.masked_fill(~keep, math.inf).amin(1, keepdim=True)
    high = waves.masked_fill(~keep, -math.inf).amax(1, keepdim=True)
    span = (high - low).clamp(min=torch.finfo(waves.dtype).tiny)
    return (2 * (waves - low) / span - 1).masked_fill(~keep, 0.0)


def gated_level(power: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the mean power `(batch, 1, 1)`, above 0, of the frames that are at most 10 dB below the clip's mean.

    This is the relative gate of ITU-R BS.1770, so that silence around a voice does not count.
    """
    energy = power.mean(-1) * mask
    mean = energy.sum(1) / mask.sum(1)
    loud = (energy >= GATE * mean[:, None]) & mask
    return ((energy * loud).sum(1) / loud.sum(1)).clamp(min=TINY)[:, None, None]


def dct_matrix(size: int, count: int) -> torch.Tensor:
    """Return the orthonormal DCT-II matrix `(size, count)`."""
    angles = math.pi / size * (torch.arange(size)[:, None] + 0.5) * torch.arange(count)[None, :]
    matrix = torch.cos(angles) * math.sqrt(2 / size)
    matrix[:, 0] = math.sqrt(1 / size)
    return matrix


def delta(features: torch.Tensor, frame_counts: torch.Tensor, order: int) -> torch.Tensor:
    """Return the Savitzky-Golay derivative of `features` `(batch, frames, bins)` over time, with a width of 9 frames.

    The degree of the polynomial equals the order, so its derivative is constant: the first and last four frames have
    the value of the nearest full window, as with librosa's `mode="interp"`. A clip of fewer than nine frames is
    extended by repeating its last frame.

    Args:
        features: Values; those beyond a clip's end are ignored.
        frame_counts: Number of frames of each clip, `(batch,)`.
        order: 1 (Δ) or 2 (ΔΔ).
    """
    half = DELTA_WIDTH // 2
    offsets = torch.arange(-half, half + 1, dtype=features.dtype, device=features.device)
    if order == 1:
        kernel = offsets / offsets.square().sum()
    else:  # second derivative of the least-squares parabola
        centred = offsets.square() - offsets.square().mean()
        kernel = 2 * centred / centred.square().sum()
    batch, frames, bins = features.shape
    steps = torch.arange(max(frames, DELTA_WIDTH), device=features.device)
    rows = _frames_at(features, steps.minimum(frame_counts[:, None] - 1)).transpose(1, 2)
    inner = F.conv1d(rows.reshape(batch * bins, 1, -1), kernel[None, None]).reshape(batch, bins, -1).transpose(1, 2)
    last = (frame_counts - DELTA_WIDTH).clamp(min=0)[:, None]
    return _frames_at(inner, (steps[:frames] - half).clamp(min=0).minimum(last))


def spectral_centroid(magnitude: torch.Tensor, sampling_rate: int) -> torch.Tensor:
    """Return the mean frequency in Hz, weighted by magnitude (librosa's `spectral_centroid`); 0 for silence.

    Args:
        magnitude: `(batch, frames, n_fft // 2 + 1)`.
        sampling_rate: In Hz.
    """
    frequencies = torch.linspace(0, sampling_rate / 2, magnitude.shape[-1], device=magnitude.device)
    return (magnitude @ frequencies[:, None]) / magnitude.sum(-1, keepdim=True).clamp(min=TINY)


def spectral_rolloff(magnitude: torch.Tensor, sampling_rate: int) -> torch.Tensor:
    """Return the frequency in Hz below which 85 % of the magnitude lies (librosa's `spectral_rolloff`).

    Args:
        magnitude: `(batch, frames, n_fft // 2 + 1)`; silence gives 0.
        sampling_rate: In Hz.
    """
    below = magnitude.cumsum(-1)
    bins = torch.searchsorted(below, ROLLOFF_SHARE * below[..., -1:])
    return bins * (sampling_rate / 2 / (magnitude.shape[-1] - 1))


def zero_crossing_rate(waves: torch.Tensor, frame_length: int, hop_length: int) -> torch.Tensor:
    """Return the share of samples in each frame whose sign differs from the previous sample's; 0 counts as positive.

    It equals librosa's `zero_crossing_rate` with `center=False` for a wave padded with `frame_length // 2` zeros on
    both sides; with `center=True`, librosa pads with the edge values instead.

    Args:
        waves: `(batch, samples)`.
        frame_length: In samples, even.
        hop_length: In samples.
    """
    negative = _padded(waves, frame_length) < 0
    crossings = (negative[:, 1:] != negative[:, :-1]).to(waves.dtype)
    return crossings.unfold(-1, frame_length - 1, hop_length).sum(-1)[..., None] / frame_length


def mean_square(waves: torch.Tensor, frame_length: int, hop_length: int) -> torch.Tensor:
    """Return the power of each frame: the square of librosa's `rms` with zero padding.

    Args:
        waves: `(batch, samples)`.
        frame_length: In samples, even.
        hop_length: In samples.
    """
    return _padded(waves, frame_length).square().unfold(-1, frame_length, hop_length).mean(-1)[..., None]


def chroma_filter_bank(sampling_rate: int, n_fft: int) -> torch.Tensor:
    """Return `(n_fft // 2 + 1, 12)`: the weight of each spectral bin for each pitch class, from C (A = 440 Hz).

    Each pitch class has a Gaussian bump that is as wide as a bin but not narrower than a semitone. The weights of a
    bin have norm 1 before a Gaussian over octaves is applied. These are the filters of librosa's `filters.chroma`
    (Ellis 2007, "Chroma Feature Analysis and Synthesis").
    """
    bins = torch.arange(1, n_fft, dtype=torch.float64)
    semitones = NUM_CHROMA * torch.log2(bins * sampling_rate / n_fft / (440 / 16))  # above A0
    semitones = torch.cat([semitones[:1] - 1.5 * NUM_CHROMA, semitones])  # 0 Hz: 1.5 octaves below the first bin
    widths = semitones.diff(append=semitones[-1:]).clamp(min=1)[:, None]
    half = NUM_CHROMA // 2
    distances = (semitones[:, None] - torch.arange(NUM_CHROMA) + half) % NUM_CHROMA - half
    bumps = F.normalize(torch.exp(-0.5 * (2 * distances / widths).square()), dim=1)
    octaves = (semitones / NUM_CHROMA - CHROMA_CENTER_OCTAVE) / CHROMA_OCTAVES
    filters = bumps * torch.exp(-0.5 * octaves.square())[:, None]
    return filters.roll(-3, dims=1)[: n_fft // 2 + 1].float()


def chroma(power: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    """Return each pitch class's strength relative to the frame's strongest (librosa's `chroma_stft` with tuning 0).

    Args:
        power: `(batch, frames, n_fft // 2 + 1)`; silence gives 0.
        filters: Result of `chroma_filter_bank`.
    """
    strengths = power @ filters
    return strengths / strengths.amax(-1, keepdim=True).clamp(min=TINY)


def contrast_bands(sampling_rate: int, n_fft: int) -> tuple[ContrastBand, ...]:
    """Return the bands of `spectral_contrast`: 0 to 200 Hz and six octaves above, up to the Nyquist frequency.

    As in librosa, every band except the lowest starts one bin below its lower edge, and every band except the highest
    leaves out the last bin at or below its upper edge.

    Raises:
        ValueError: The highest band starts above the Nyquist frequency, or the lowest band has too few bins.
    """
    edges = [0.0, *(CONTRAST_LOWEST_HZ * 2**octave for octave in range(CONTRAST_OCTAVES + 1))]
    if edges[-2] >= sampling_rate / 2 or sampling_rate / n_fft > CONTRAST_LOWEST_HZ:
        raise ValueError(
            f"contrast needs a sampling_rate above {2 * edges[-2]:.0f} and an n_fft of at least "
            f"{math.ceil(sampling_rate / CONTRAST_LOWEST_HZ)}."
        )
    bands = []
    for number, (low_hz, high_hz) in enumerate(itertools.pairwise(edges)):
        is_highest = number == CONTRAST_OCTAVES
        start = max(math.ceil(low_hz * n_fft / sampling_rate) - 1, 0)
        stop = n_fft // 2 + 1 if is_highest else math.floor(high_hz * n_fft / sampling_rate) + 1
        averaged = max(round(CONTRAST_QUANTILE * (stop - start)), 1)
        bands.append(ContrastBand(start, stop if is_highest else stop - 1, averaged))
    return tuple(bands)


def spectral_contrast(
    magnitude: torch.Tensor, bands: tuple[ContrastBand, ...], mask: torch.Tensor, top_db: float
) -> torch.Tensor:
    """Return the distance between each band's peaks and valleys (Jiang et al. 2002; librosa's `spectral_contrast`).

    As in librosa, the values are `10 * log10` of a ratio of magnitudes, which is half the usual value in dB. Peaks and
    valleys are each clipped `top_db` below the clip's highest value.

    Args:
        magnitude: `(batch, frames, n_fft // 2 + 1)`.
        bands: Result of `contrast_bands`.
        mask: `(batch, frames)`, true where a frame belongs to the clip.
        top_db: Above 0.
    """
    extremes = [_extremes(magnitude[..., band.start : band.stop], band.averaged) for band in bands]
    peaks, valleys = (decibels(torch.stack(one, -1), mask, top_db) for one in zip(*extremes, strict=True))
    return peaks - valleys


def _extremes(values: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the means of the `count` highest and of the `count` lowest values along the last axis."""
    if count == 1:
        return values.amax(-1), values.amin(-1)
    values = ordered(values)
    return values[..., -count:].mean(-1), values[..., :count].mean(-1)


def yin(
    waves: torch.Tensor, sampling_rate: int, hop_length: int, min_hz: float, max_hz: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the pitch in Hz and the voicing, each `(batch, frames, 1)`, with YIN (de Cheveigné and Kawahara 2002).

    The period is the first dip of the normalised difference within 0.05 of the deepest dip. The paper chooses the
    first dip below 0.1 or else the deepest dip, which in a breathy frame is often at two periods. On synthetic voices
    of 90 to 300 Hz, the pitch of 97.9 % of the voiced frames is within 5 % of the truth; 96.8 % with the paper's rule.

    Voicing is one minus the normalised difference at the chosen period, roughly the periodic share of the power: 0 for
    silence, small for noise, near 1 for a vowel. Where it is below 0.5, more power is aperiodic than periodic, and the
    pitch is 0; Praat's default for this threshold is 0.45.

    Args:
        waves: `(batch, samples)`.
        sampling_rate: In Hz.
        hop_length: In samples.
        min_hz: Lowest pitch; frames have three to six of its periods.
        max_hz: Highest pitch.
    """
    shortest, longest = math.floor(sampling_rate / max_hz), math.ceil(sampling_rate / min_hz)
    length = 2 ** math.ceil(math.log2(3 * longest))
    difference, energy = _difference(_padded(waves, length), length, hop_length, longest + 1)
    lags = slice(shortest - 1, None)  # one more on both sides, so that each lag has two neighbours
    normalised, difference = _normalised(difference, energy)[..., lags], difference[..., lags]
    inner = normalised[..., 1:-1]
    rises = normalised[..., 1:] >= normalised[..., :-1]
    lowest, at_lowest = inner.min(-1, keepdim=True)
    is_deep = (rises[..., 1:] > rises[..., :-1]) & (inner < lowest + YIN_TOLERANCE)  # a dip: falls before, rises after
    has_dip, first_dip = is_deep.max(-1, keepdim=True)
    chosen = torch.where(has_dip, first_dip, at_lowest)
    voicing = (1 - inner.gather(-1, chosen)).clamp(0, 1)
    # Normalisation biases the minimum, because its divisor grows with the lag; as in the paper, the plain difference
    # is interpolated.
    before, at, after = (difference.gather(-1, chosen + step) for step in (0, 1, 2))
    shift = 0.5 * (before - after) / (before - 2 * at + after).clamp(min=TINY)
    pitch = sampling_rate / (shortest + chosen + shift.clamp(-1, 1))
    return pitch * (voicing >= MIN_VOICING), voicing


def _difference(
    waves: torch.Tensor, frame_length: int, hop_length: int, max_lag: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the difference function of each frame `(batch, frames, max_lag + 1)` and its energy `(batch, frames, 1)`.

    The difference at a lag is the sum of the squared differences between the frame and its shifted copy (equation 6).
    """
    window = frame_length - max_lag
    frames = waves.unfold(-1, frame_length, hop_length)
    parts = [[_correlation(part, window) for part in clip.split(FRAMES_AT_ONCE)] for clip in frames]
    correlation = torch.stack([torch.cat(clip) for clip in parts])
    sums = F.pad(waves.double().square().cumsum(-1), (1, 0))  # float32 is not precise enough for long clips
    energies = (sums[:, window:] - sums[:, :-window]).to(waves.dtype).unfold(-1, max_lag + 1, hop_length)
    return (energies[..., :1] + energies - 2 * correlation).clamp(min=0), energies[..., :1]


def _correlation(frames: torch.Tensor, window: int) -> torch.Tensor:
    """Return the correlation of each frame's first `window` samples with its samples at each lag that fits."""
    # It is a convolution with the reversed window; at these lags, circular and linear convolution are the same.
    length = frames.shape[-1]
    reversed_window = torch.fft.rfft(frames[..., :window].flip(-1), n=length)
    return torch.fft.irfft(torch.fft.rfft(frames) * reversed_window, n=length)[..., window - 1 :]


def _normalised(difference: torch.Tensor, energy: torch.Tensor) -> torch.Tensor:
    """Return each difference divided by the mean from lag 1 to its own (equation 8); 1 if that mean is near zero."""
    lags = torch.arange(difference.shape[-1], device=difference.device).clamp(min=1)
    mean = difference.cumsum(-1) / lags
    is_quiet = mean <= ROUNDING * energy
    return (difference / mean.masked_fill(is_quiet, 1.0)).masked_fill(is_quiet, 1.0)  # no division by 0 for gradients


def _within(waves: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Return `(batch, samples)`, true for the samples of each clip."""
    return torch.arange(waves.shape[1], device=waves.device)[None] < lengths[:, None]


def _padded(waves: torch.Tensor, frame_length: int) -> torch.Tensor:
    return F.pad(waves, (frame_length // 2, frame_length // 2))


def _frames_at(features: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Pick frames `index` `(batch, frames')` of `features` `(batch, frames, bins)`."""
    return features.gather(1, index[:, :, None].expand(-1, -1, features.shape[-1]))
