"""Functionals: what acoustic descriptors do over a whole clip, as one long vector, without a trained weight.

In the tradition of openSMILE (Eyben et al. 2010): distribution and course of each descriptor over the frames with
sound, how far it moves within 10 to 320 ms, how descriptors move together, at once and one after the other (Williamson
et al. 2013), and rhythm. Frames beyond a clip's end count nowhere: a padded batch gives what single clips give. What a
clip does not have, such as the pitch of a whisper, is zero.
"""

import torch
from torch import nn

from .descriptors_spectrogram import DECIBELS, dct_matrix, ordered
from .vectors_spectrogram import ClippedScale

SOUND_DB = -30.0  # frames further below the clip's level are silence
REFERENCE_HZ, LOWEST_HZ = 100.0, 50.0  # pitch is counted in semitones from the first; the second only guards the log
MAX_PITCH_STEP = 6.0  # semitones; more is an octave error, not intonation
PERCENTS = (5, 25, 50, 75, 95)
LAGS = (1, 2, 4, 8, 16, 32)  # frames between the values whose difference is taken, each twice the one before
SHAPED = slice(0, 4)  # of these lags: where more than the deviation counts
CURVED, DOUBLED = slice(1, 3), slice(2, 4)  # of these lags: those of second differences, and those twice as long
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
        self.floor_db = config.floor_db
        silence = torch.zeros(1, sum(config.descriptor_bins), 2)
        descriptors = {name: silence[:, rows] for name, rows in self.rows.items()}
        example = functionals(descriptors, torch.ones(1, 2), self.floor_db)
        self.hidden_size = example.shape[1]
        self.scale = ClippedScale(self.hidden_size)

    def forward(self, features: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return one frame `(batch, 1, hidden_size)` and its mask `(batch, 1)`."""
        return self.scale(self.measure(features, mask))[:, None], mask[:, :1]

    def measure(self, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return the functionals before they are scaled, `(batch, hidden_size)`."""
        with torch.autocast(features.device.type, enabled=False):  # moments need the digits
            descriptors = {name: features[:, 0, rows].float() for name, rows in self.rows.items()}
            return functionals(descriptors, mask.float(), self.floor_db)


def functionals(descriptors: dict[str, torch.Tensor], mask: torch.Tensor, floor_db: float = 0.0) -> torch.Tensor:
    """Return the functionals `(batch, functionals)` of descriptors `(batch, bins, frames)`, kept where `mask`
    `(batch, frames)` is 1; with `floor_db` more of them, for noise."""
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
            _pitch_changes(semitones, voiced),
            *_correlations(_movers(descriptors, semitones, voiced), loud),
            *_mean_and_deviation(descriptors["chroma"], loud),
            _rhythm(loud, voiced, span),
            *(_above(floor_db, descriptors, mask[:, None], span, time, semitones, voiced) if floor_db else ()),
        ],
        dim=1,
    )


def _above(
    floor_db: float,
    descriptors: dict[str, torch.Tensor],
    keep: torch.Tensor,
    span: torch.Tensor,
    time: torch.Tensor,
    semitones: torch.Tensor,
    voiced: torch.Tensor,
) -> list[torch.Tensor]:
    """Return distribution and correlations of what is above a floor so far below the clip's loudest.

    Noise fills the pauses and the weak bands first; with the floor they never held anything. Pauses count as sound.
    """
    log_mel, level = (_floored(descriptors[name], keep, floor_db) for name in ("log_mel", "rms"))
    dct = dct_matrix(log_mel.shape[1], descriptors["mfcc"].shape[1]).to(log_mel.device)
    cut = {**descriptors, "mfcc": dct.T @ log_mel, "rms": level}
    return [
        *_distribution(torch.cat([log_mel, cut["mfcc"]], dim=1), span, time),
        *_correlations(_movers(cut, semitones, voiced), keep),
    ]


def _floored(decibels: torch.Tensor, keep: torch.Tensor, floor_db: float) -> torch.Tensor:
    """Return the power in dB together with a steady one, so far below the loudest of each clip where `keep` is."""
    floor = decibels.masked_fill(keep == 0, -torch.inf).amax(dim=(1, 2), keepdim=True) - floor_db
    return torch.logaddexp(decibels / DECIBELS, floor / DECIBELS) * DECIBELS


def _span(loud: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return which frames lie between the first loud one and the last, and their time from -1 to 1 there."""
    frames = torch.arange(loud.shape[-1], device=loud.device, dtype=loud.dtype).expand_as(loud)
    first = frames.masked_fill(loud == 0, torch.inf).amin(-1, keepdim=True).clamp(max=loud.shape[-1])
    last = frames.masked_fill(loud == 0, -1).amax(-1, keepdim=True)
    return ((frames >= first) & (frames <= last)).to(loud.dtype), (frames - first) / (last - first).clamp(
        min=1
    ) * 2 - 1


def _centred(x: torch.Tensor, keep: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean over the kept frames `(…, bins)`, and the frames less the mean, zero where they do not count."""
    mean = x @ keep.mT / _count(keep)[..., None]
    return mean[..., 0], (x - mean) * keep


def _count(keep: torch.Tensor) -> torch.Tensor:
    return keep.sum(-1).clamp(min=1)


def _deviation(centred: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
    return torch.linalg.vector_norm(centred, dim=-1) / _count(keep).sqrt()


def _mean_and_deviation(x: torch.Tensor, keep: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    mean, centred = _centred(x, keep)
    return mean, _deviation(centred, keep)


def _shape(centred: torch.Tensor, deviation: torch.Tensor, keep: torch.Tensor) -> list[torch.Tensor]:
    """Return skewness and kurtosis."""
    standard = centred / deviation.clamp(min=LEAST)[..., None]
    squares = standard.square()
    return [(powers.sum(-1) / _count(keep)).clamp(-LIMIT, LIMIT) for powers in (squares * standard, squares.square())]


def _percentiles(x: torch.Tensor, keep: torch.Tensor, percents: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    """Return percentiles of the kept frames, between two values by their distance, as NumPy does."""
    values, count = ordered(x - keep.log()), keep.sum(-1, keepdim=True)  # infinite, so last, where not kept
    place = ((count - 1).clamp(min=0) * x.new_tensor(percents) / 100).expand(*x.shape[:-1], -1)
    below, above = values.gather(-1, place.floor().long()), values.gather(-1, place.ceil().long())
    return torch.lerp(below, above, place.frac()).masked_fill(count == 0, 0).unbind(-1)


def _distribution(x: torch.Tensor, keep: torch.Tensor, time: torch.Tensor) -> list[torch.Tensor]:
    """Return mean, deviation, skewness, kurtosis, percentiles, slope and curvature."""
    mean, centred = _centred(x, keep)
    deviation = _deviation(centred, keep)
    courses = _centred(torch.cat([time, time.square()], dim=1), keep)[1]
    along = centred @ courses.mT / courses.square().sum(-1).clamp(min=LEAST)[:, None]
    return [mean, deviation, *_shape(centred, deviation, keep), *_percentiles(x, keep, PERCENTS), *along.unbind(-1)]


def _changes(x: torch.Tensor, keep: torch.Tensor) -> list[torch.Tensor]:
    """Return how far descriptors move within each lag, and how sharply they turn."""
    change, kept = _difference(x, LAGS), _both(keep, LAGS)
    turn, turn_kept = change[:, DOUBLED] - 2 * change[:, CURVED], kept[:, DOUBLED] * kept[:, CURVED]
    centred = _centred(change, kept)[1]
    deviation = _deviation(centred, kept)
    shape = _shape(centred[:, SHAPED], deviation[:, SHAPED], kept[:, SHAPED])
    ends = _percentiles(change[:, SHAPED], kept[:, SHAPED], (5, 95))
    turn_deviation, turn_ends = _mean_and_deviation(turn, turn_kept)[1], _percentiles(turn, turn_kept, (5, 95))
    return [
        torch.stack([deviation[:, SHAPED], *shape, *ends], dim=2).flatten(1),
        deviation[:, SHAPED.stop :].flatten(1),
        torch.stack([turn_deviation, *turn_ends], dim=2).flatten(1),
    ]


def _pitch_changes(semitones: torch.Tensor, voiced: torch.Tensor) -> torch.Tensor:
    """Return mean and deviation of the pitch's steps within each lag, and how large they are."""
    change = _difference(semitones, LAGS)
    kept = _both(voiced, LAGS) * (change.abs() < MAX_PITCH_STEP)
    return torch.cat([*_mean_and_deviation(change, kept), _centred(change.abs(), kept)[0]], dim=2).flatten(1)


def _later(x: torch.Tensor, lags: tuple[int, ...]) -> torch.Tensor:
    """Return what follows each frame by each lag `(batch, lags, bins, frames)`, zero where nothing does."""
    frames, padded = x.shape[-1], nn.functional.pad(x, (0, max(lags)))
    return torch.stack([padded[..., lag : lag + frames] for lag in lags], dim=1)


def _difference(x: torch.Tensor, lags: tuple[int, ...]) -> torch.Tensor:
    return _later(x, lags) - x[:, None]


def _both(keep: torch.Tensor, lags: tuple[int, ...]) -> torch.Tensor:
    """Return where a frame counts and the later one too."""
    return _later(keep, lags) * keep[:, None]


def _movers(descriptors: dict[str, torch.Tensor], semitones: torch.Tensor, voiced: torch.Tensor) -> torch.Tensor:
    """Return what is correlated; the pitch stays at its mean where there is none."""
    pitch = torch.where(voiced > 0, semitones, _centred(semitones, voiced)[0][..., None])
    return torch.cat([descriptors["mfcc"][:, :NUM_MFCC], pitch, *(descriptors[name] for name in MOVERS)], dim=1)


def _correlations(x: torch.Tensor, keep: torch.Tensor) -> list[torch.Tensor]:
    """Return how the bins move together, each with each later one, and how their changes do; then each bin with each
    some frames later."""
    at_once = torch.cat([x[:, None], _difference(x, (CHANGE_LAG,))], dim=1)
    now = torch.cat([at_once, x[:, None].expand(-1, len(CORRELATED_LAGS), -1, -1)], dim=1)
    then = torch.cat([at_once, _later(x, CORRELATED_LAGS)], dim=1)
    kept = torch.cat([keep[:, None], _both(keep, (CHANGE_LAG, *CORRELATED_LAGS))], dim=1)
    found = _standard(now, kept) @ _standard(then, kept).mT  # (batch, 2 + lags, bins, bins)
    one, other = torch.triu_indices(x.shape[1], x.shape[1], 1, device=x.device)
    return [found[:, :2, one, other].flatten(1), found[:, 2:].flatten(1)]


def _standard(x: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
    """Return the kept frames of each bin less their mean, of norm 1: their products are correlations."""
    centred = _centred(x, keep)[1]
    return centred / (torch.linalg.vector_norm(centred, dim=-1, keepdim=True) + LEAST)


def _rhythm(loud: torch.Tensor, voiced: torch.Tensor, span: torch.Tensor) -> torch.Tensor:
    """Return the shares of loud and of voiced frames, voiced stretches a frame, their mean length, and the length of
    all, as a logarithm."""
    frames, voiced_frames = span.sum(-1).clamp(min=1), voiced.sum(-1)
    stretches = (voiced.diff(dim=-1, prepend=torch.zeros_like(voiced[..., :1])) > 0).sum(-1)
    shares = [loud.sum(-1) / frames, voiced_frames / frames, stretches / frames]
    return torch.cat([*shares, voiced_frames / stretches.clamp(min=1), frames.log()], dim=1)
