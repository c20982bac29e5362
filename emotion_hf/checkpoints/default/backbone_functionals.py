"""Functionals: what acoustic descriptors do over a whole clip, as one long vector, without a trained weight.

In the tradition of openSMILE (Eyben et al. 2010): distribution and course of each descriptor over the frames with
sound, how far it moves within 10 to 320 ms, how descriptors move together, at once and one after the other (Williamson
et al. 2013), and rhythm. Frames beyond a clip's end count nowhere: a padded batch gives what single clips give. What a
clip does not have, such as the pitch of a whisper, is zero.
"""

from collections.abc import Sequence

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
    pitch = torch.where(voiced > 0, semitones, _centred(semitones, voiced)[0][..., None])
    courses, moving = [(contours, loud), (level, span), (semitones, voiced)], [(_movers(descriptors, pitch), loud)]
    if floor_db:
        # Noise fills the pauses and the weak bands first; above the floor they never held anything. Pauses count here.
        keep = mask[:, None]
        bands, loudness = (_floored(descriptors[name], keep, floor_db) for name in ("log_mel", "rms"))
        mfcc = dct_matrix(bands.shape[1], descriptors["mfcc"].shape[1]).to(bands.device).T @ bands
        courses.append((torch.cat([bands, mfcc], dim=1), span))
        moving.append((_movers({**descriptors, "mfcc": mfcc, "rms": loudness}, pitch), keep))
    of_sound, of_level, of_pitch, *above = _distributions(courses, time)
    together, *together_above = _correlations(moving)
    return torch.cat(
        [
            of_sound,
            of_level,
            of_pitch,
            *_changes(contours, loud),
            _pitch_changes(semitones, voiced),
            together,
            *_mean_and_deviation(descriptors["chroma"], loud),
            _rhythm(loud, voiced, span),
            *above,
            *together_above,
        ],
        dim=1,
    )


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


def _distributions(
    courses: Sequence[tuple[torch.Tensor, torch.Tensor]], time: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """Return mean, deviation, skewness, kurtosis, percentiles, slope and curvature of each `(batch, 11 * bins)`.

    One of `courses` is bins `(batch, bins, frames)` and the frames that are kept of them; all are computed at once.
    """
    sizes = [len(x[0]) for x, _ in courses]
    keep, x = torch.cat([kept for _, kept in courses], dim=1), torch.cat([x for x, _ in courses], dim=1)
    powers = torch.cat([time, time.square()], dim=1)
    spread = _centred(powers[:, None], keep[:, :, None])[1].square().sum(-1).clamp(min=LEAST)  # of these two
    of_bin = torch.tensor(sizes, device=x.device)
    keep, spread = (one.repeat_interleave(of_bin, dim=1, output_size=x.shape[1]) for one in (keep, spread))
    mean = (x * keep).sum(-1) / _count(keep)  # each bin has frames of its own; `_centred` takes the same for all
    centred = (x - mean[..., None]) * keep
    deviation = _deviation(centred, keep)
    along = centred @ powers.mT / spread
    found = [mean, deviation, *_shape(centred, deviation, keep), *_percentiles(x, keep, PERCENTS), *along.unbind(-1)]
    return tuple(one.flatten(1) for one in torch.stack(found, dim=1).split(sizes, dim=2))


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


def _movers(descriptors: dict[str, torch.Tensor], pitch: torch.Tensor) -> torch.Tensor:
    """Return what is correlated; `pitch` stays at its mean where there is none."""
    return torch.cat([descriptors["mfcc"][:, :NUM_MFCC], pitch, *(descriptors[name] for name in MOVERS)], dim=1)


def _correlations(moving: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, ...]:
    """Return of each how its bins move together, each with each later one, and how their changes do; then each bin
    with each some frames later.

    One of `moving` is bins `(batch, bins, frames)`, as many in each, and the frames that are kept of them.
    """
    x, keep = (torch.cat(one) for one in zip(*moving, strict=True))
    at_once = torch.cat([x[:, None], _difference(x, (CHANGE_LAG,))], dim=1)
    now = torch.cat([at_once, x[:, None].expand(-1, len(CORRELATED_LAGS), -1, -1)], dim=1)
    then = torch.cat([at_once, _later(x, CORRELATED_LAGS)], dim=1)
    kept = torch.cat([keep[:, None], _both(keep, (CHANGE_LAG, *CORRELATED_LAGS))], dim=1)
    found = _standard(now, kept) @ _standard(then, kept).mT  # (batch, 2 + lags, bins, bins)
    one, other = torch.triu_indices(x.shape[1], x.shape[1], 1, device=x.device)
    found = torch.cat([found[:, :2, one, other].flatten(1), found[:, 2:].flatten(1)], dim=1)
    return found.chunk(len(moving))


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
