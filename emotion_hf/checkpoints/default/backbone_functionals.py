"""Functionals: what acoustic descriptors do over a whole clip, as one long vector, without a trained weight.

In the tradition of openSMILE (Eyben et al. 2010): distribution and course of each descriptor over the frames with
sound, how far it moves within 10 to 320 ms, how descriptors move together, at once and one after the other (Williamson
et al. 2013), and rhythm. Frames beyond a clip's end count nowhere: a padded batch gives what single clips give. What a
clip does not have, such as the pitch of a whisper, is zero.
"""

import torch
from torch import nn

from .vectors_spectrogram import ClippedScale

SOUND_DB = -30.0  # frames further below the clip's level are silence
REFERENCE_HZ, LOWEST_HZ = 100.0, 50.0  # pitch is counted in semitones from the first; the second only guards the log
MAX_PITCH_STEP = 6.0  # semitones; more is an octave error, not intonation
PERCENTS = (5, 25, 50, 75, 95)
LAGS = (1, 2, 4, 8, 16, 32)  # frames between the values whose difference is taken
SHAPED_LAGS = (1, 2, 4, 8)  # of these more than the deviation counts
CURVED_LAGS = (2, 4)  # of second differences
MOVERS = ("rms", "voicing", "centroid", "zcr")  # correlated with each other, the pitch and the cepstrum's lowest
NUM_MFCC = 16
CORRELATED_LAGS = (3, 8, 20)  # frames
CHANGE_LAG = 4  # of the changes that are correlated
CONTOURS = ("log_mel", "mfcc", "contrast", "centroid", "rolloff", "zcr", "rms", "voicing")
LIMIT = 20.0  # of a standardised moment: one click may not rule a clip
LEAST = 1e-3


class FunctionalsBackbone(nn.Module):
    """Features `(batch, 1, bins, frames)`, in the front end's units, become one frame `(batch, 1, hidden_size)`."""

    def __init__(self, config):
        super().__init__()
        self.rows = config.rows
        missing = sorted({*CONTOURS, "pitch", "chroma"} - set(self.rows))
        if missing:
            raise ValueError(f"The backbone 'functionals' needs {missing[0]} among the features.")
        if config.descriptor_bins[config.descriptors.index("mfcc")] < NUM_MFCC:
            raise ValueError(f"The backbone 'functionals' needs num_mfcc of at least {NUM_MFCC}.")
        silence = torch.zeros(1, sum(config.descriptor_bins), 2)
        example = functionals({name: silence[:, rows] for name, rows in self.rows.items()}, torch.ones(1, 2))
        self.hidden_size = example.shape[1]
        self.scale = ClippedScale(self.hidden_size)

    def forward(self, features: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return one frame `(batch, 1, hidden_size)` and its mask `(batch, 1)`."""
        return self.scale(self.measure(features, mask))[:, None], mask[:, :1]

    def measure(self, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return the functionals before they are scaled, `(batch, hidden_size)`."""
        with torch.autocast(features.device.type, enabled=False):  # moments need the digits
            descriptors = {name: features[:, 0, rows].float() for name, rows in self.rows.items()}
            return functionals(descriptors, mask.float())


def functionals(descriptors: dict[str, torch.Tensor], mask: torch.Tensor) -> torch.Tensor:
    """Return the functionals `(batch, functionals)` of descriptors `(batch, bins, frames)`, kept where `mask`
    `(batch, frames)` is 1."""
    level = descriptors["rms"]
    loud = (level > SOUND_DB) * mask[:, None]
    voiced = (descriptors["pitch"] > 0) * loud
    span, time = _span(loud)
    contours = torch.cat([descriptors[name] for name in CONTOURS], dim=1)
    semitones = 12 * torch.log2(descriptors["pitch"].clamp(min=LOWEST_HZ) / REFERENCE_HZ)
    return torch.cat(
        [
            *_distribution(contours, loud, time),
            *_distribution(level, span, time),
            *_distribution(semitones, voiced, time),
            *_changes(contours, loud),
            *_pitch_changes(semitones, voiced),
            *_correlations(_movers(descriptors, semitones, voiced), loud),
            *_mean_and_deviation(descriptors["chroma"], loud)[:2],
            _rhythm(loud, voiced, span),
        ],
        dim=1,
    )


def _span(loud: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return which frames lie between the first loud one and the last, and their time from -1 to 1 there."""
    frames = torch.arange(loud.shape[-1], device=loud.device, dtype=loud.dtype).expand_as(loud)
    first = frames.masked_fill(loud == 0, torch.inf).amin(-1, keepdim=True).clamp(max=loud.shape[-1])
    last = frames.masked_fill(loud == 0, -1).amax(-1, keepdim=True)
    return ((frames >= first) & (frames <= last)).to(loud.dtype), (frames - first) / (last - first).clamp(
        min=1
    ) * 2 - 1


def _mean_and_deviation(x: torch.Tensor, keep: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return mean and deviation over the kept frames `(batch, bins)`, and the centred frames."""
    count = keep.sum(-1).clamp(min=1)
    mean = (x * keep).sum(-1) / count
    centred = (x - mean[..., None]) * keep
    return mean, (centred.square().sum(-1) / count).sqrt(), centred


def _shape(centred: torch.Tensor, deviation: torch.Tensor, keep: torch.Tensor) -> list[torch.Tensor]:
    """Return skewness and kurtosis."""
    standard, count = centred / deviation.clamp(min=LEAST)[..., None], keep.sum(-1).clamp(min=1)
    return [((standard**order).sum(-1) / count).clamp(-LIMIT, LIMIT) for order in (3, 4)]


def _percentiles(x: torch.Tensor, keep: torch.Tensor, percents: tuple[int, ...]) -> list[torch.Tensor]:
    """Return percentiles of the kept frames, between two values by their distance, as NumPy does."""
    ordered = x.masked_fill(keep == 0, torch.inf).sort(dim=-1).values
    last = (keep.sum(-1, keepdim=True) - 1).clamp(min=0).expand(-1, x.shape[1], -1)
    found = []
    for percent in percents:
        place = last * percent / 100
        below, above = ordered.gather(-1, place.floor().long()), ordered.gather(-1, place.ceil().long())
        found.append(torch.lerp(below, above, place - place.floor())[..., 0])
    empty = keep.sum(-1) == 0
    return [value.masked_fill(empty, 0) for value in found]


def _distribution(x: torch.Tensor, keep: torch.Tensor, time: torch.Tensor) -> list[torch.Tensor]:
    """Return mean, deviation, skewness, kurtosis, percentiles, slope and curvature."""
    mean, deviation, centred = _mean_and_deviation(x, keep)
    courses = [
        (centred * course).sum(-1) / course.square().sum(-1).clamp(min=LEAST) for course in _courses(time, keep)
    ]
    return [mean, deviation, *_shape(centred, deviation, keep), *_percentiles(x, keep, PERCENTS), *courses]


def _courses(time: torch.Tensor, keep: torch.Tensor) -> list[torch.Tensor]:
    return [_mean_and_deviation(course, keep)[2] for course in (time, time.square())]


def _changes(x: torch.Tensor, keep: torch.Tensor) -> list[torch.Tensor]:
    """Return how far descriptors move within each lag, and how sharply they turn."""
    found = []
    for lag in LAGS:
        change, kept = _difference(x, lag), _both(keep, lag)
        _, deviation, centred = _mean_and_deviation(change, kept)
        found.append(deviation)
        if lag in SHAPED_LAGS:
            found += [*_shape(centred, deviation, kept), *_percentiles(change, kept, (5, 95))]
    for lag in CURVED_LAGS:
        turn, kept = _difference(_difference(x, lag), lag), _both(_both(keep, lag), lag)
        found += [_mean_and_deviation(turn, kept)[1], *_percentiles(turn, kept, (5, 95))]
    return found


def _pitch_changes(semitones: torch.Tensor, voiced: torch.Tensor) -> list[torch.Tensor]:
    found = []
    for lag in LAGS:
        change = _difference(semitones, lag)
        kept = _both(voiced, lag) * (change.abs() < MAX_PITCH_STEP)
        found += [*_mean_and_deviation(change, kept)[:2], _mean_and_deviation(change.abs(), kept)[0]]
    return found


def _difference(x: torch.Tensor, lag: int) -> torch.Tensor:
    """Return later minus earlier frames, zero where there is no later one."""
    return nn.functional.pad(x[..., lag:] - x[..., :-lag], (0, min(lag, x.shape[-1])))


def _both(keep: torch.Tensor, lag: int) -> torch.Tensor:
    return nn.functional.pad(keep[..., lag:] * keep[..., :-lag], (0, min(lag, keep.shape[-1])))


def _movers(descriptors: dict[str, torch.Tensor], semitones: torch.Tensor, voiced: torch.Tensor) -> torch.Tensor:
    """Return what is correlated; the pitch stays at its mean where there is none."""
    pitch = torch.where(voiced > 0, semitones, _mean_and_deviation(semitones, voiced)[0][..., None])
    return torch.cat([descriptors["mfcc"][:, :NUM_MFCC], pitch, *(descriptors[name] for name in MOVERS)], dim=1)


def _correlations(x: torch.Tensor, keep: torch.Tensor) -> list[torch.Tensor]:
    """Return how the bins move together, each with each later one, and how their changes do."""
    one, other = torch.triu_indices(x.shape[1], x.shape[1], 1, device=x.device)
    changes, both = _difference(x, CHANGE_LAG), _both(keep, CHANGE_LAG)
    found = [_correlation(y, y, kept)[:, one, other] for y, kept in ((x, keep), (changes, both))]
    for lag in CORRELATED_LAGS:
        later = nn.functional.pad(x[..., lag:], (0, min(lag, x.shape[-1])))
        found.append(_correlation(x, later, _both(keep, lag)).flatten(1))
    return found


def _correlation(x: torch.Tensor, y: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
    """Return the correlation of each bin of one with each of the other, `(batch, bins, bins)`."""
    standard = [
        centred / (centred.square().sum(-1, keepdim=True).sqrt() + LEAST)
        for centred in (_mean_and_deviation(one, keep)[2] for one in (x, y))
    ]
    return standard[0] @ standard[1].transpose(1, 2)


def _rhythm(loud: torch.Tensor, voiced: torch.Tensor, span: torch.Tensor) -> torch.Tensor:
    """Return the shares of loud and of voiced frames, voiced stretches a frame, their mean length, and the length of
    all, as a logarithm."""
    frames, voiced_frames = span.sum(-1).clamp(min=1), voiced.sum(-1)
    stretches = (voiced.diff(dim=-1, prepend=torch.zeros_like(voiced[..., :1])) > 0).sum(-1)
    shares = [loud.sum(-1) / frames, voiced_frames / frames, stretches / frames]
    return torch.cat([*shares, voiced_frames / stretches.clamp(min=1), frames.log()], dim=1)
