"""The functionals against NumPy's and SciPy's own, one clip, one bin and one lag at a time."""

import numpy as np
import pytest
import torch
from scipy import fft, stats

from emotion_hf.models.spectrogram.backbone_functionals import CONTOURS, functionals

BINS = {"log_mel": 16, "mfcc": 16, "contrast": 2, "chroma": 2}
CHANGE_LAGS, SHAPED_LAGS, TURN_LAGS, CORRELATED_LAGS = (1, 2, 4, 8, 16, 32), (1, 2, 4, 8), (2, 4), (3, 8, 20)


def clip(frames: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Return descriptors `(bins, frames)`: noise; loud in the middle with a gap, and voiced most of that time."""
    random = np.random.default_rng(seed)
    descriptors = {
        name: random.normal(size=(BINS.get(name, 1), frames)).cumsum(1) for name in (*CONTOURS, "pitch", "chroma")
    }
    descriptors["rms"] = random.uniform(-20, 5, (1, frames))
    descriptors["rms"][:, [0, 1, frames // 2, -1]] = -50
    descriptors["pitch"] = random.uniform(100, 130, (1, frames)) * (random.random((1, frames)) < 0.8)
    return descriptors


def pairs(x: np.ndarray, keep: np.ndarray, lag: int) -> np.ndarray:
    """Return the differences `(bins, kept)` of kept frames `lag` apart."""
    return np.stack([x[:, t + lag] - x[:, t] for t in range(len(keep) - lag) if keep[t] and keep[t + lag]], axis=1)


def turns(x: np.ndarray, keep: np.ndarray, lag: int) -> np.ndarray:
    starts = [t for t in range(len(keep) - 2 * lag) if keep[[t, t + lag, t + 2 * lag]].all()]
    return np.stack([x[:, t + 2 * lag] - 2 * x[:, t + lag] + x[:, t] for t in starts], axis=1)


def shape(x: np.ndarray) -> list[np.ndarray]:
    moments = stats.skew(x, 1), stats.kurtosis(x, 1, fisher=False)
    return [x.std(1), *(np.clip(moment, -20, 20) for moment in moments)]  # one click may not rule a clip


def distribution(x: np.ndarray, keep: np.ndarray, time: np.ndarray) -> list[np.ndarray]:
    kept, courses = x[:, keep], (time[keep], time[keep] ** 2)
    slopes = [[stats.linregress(course, row).slope for row in kept] for course in courses]
    return [kept.mean(1), *shape(kept), *np.percentile(kept, (5, 25, 50, 75, 95), axis=1), *map(np.array, slopes)]


def correlation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.corrcoef(x, y)[: len(x), len(x) :]


def correlations(movers: np.ndarray, keep: np.ndarray) -> list[np.ndarray]:
    upper, changes = np.triu_indices(len(movers), 1), pairs(movers, keep, 4)
    found = [correlation(part, part)[upper] for part in (movers[:, keep], changes)]
    for lag in CORRELATED_LAGS:
        both = keep[lag:] & keep[:-lag]
        found += [correlation(movers[:, :-lag][:, both], movers[:, lag:][:, both]).ravel()]
    return found


def floored(decibels: np.ndarray, floor_db: float) -> np.ndarray:
    return 10 * np.log10(10 ** (decibels / 10) + 10 ** ((decibels.max() - floor_db) / 10))


def expected(descriptors: dict[str, np.ndarray], floor_db: float) -> np.ndarray:
    loud, pitch = descriptors["rms"][0] > -30, descriptors["pitch"]
    voiced = (pitch[0] > 0) & loud
    frames = np.arange(len(loud))
    first, last = np.flatnonzero(loud)[[0, -1]]
    span, time = (frames >= first) & (frames <= last), (frames - first) / (last - first) * 2 - 1
    contours = np.concatenate([descriptors[name] for name in CONTOURS])
    semitones = 12 * np.log2(np.maximum(pitch, 50) / 100)
    found = [distribution(contours, loud, time), distribution(descriptors["rms"], span, time)]
    found += [distribution(semitones, voiced, time)]
    for lag in CHANGE_LAGS:
        change = pairs(contours, loud, lag)
        found += [[*shape(change), *np.percentile(change, (5, 95), axis=1)] if lag in SHAPED_LAGS else [change.std(1)]]
    for lag in TURN_LAGS:
        turn = turns(contours, loud, lag)
        found += [[turn.std(1), *np.percentile(turn, (5, 95), axis=1)]]
    for lag in CHANGE_LAGS:
        step = pairs(semitones, voiced, lag)
        step = step[np.abs(step) < 6]
        found += [[[step.mean()], [step.std()], [np.abs(step).mean()]]]
    pitch_or_mean = np.where(voiced, semitones, semitones[:, voiced].mean())
    others = [descriptors[name] for name in ("voicing", "centroid", "zcr")]
    movers = np.concatenate([descriptors["mfcc"], pitch_or_mean, descriptors["rms"], *others])
    found += [correlations(movers, loud)]
    chroma = descriptors["chroma"][:, loud]
    stretches = (np.diff(voiced.astype(int), prepend=0) > 0).sum()
    rhythm = [loud.sum() / span.sum(), voiced.sum() / span.sum(), stretches / span.sum()]
    found += [[chroma.mean(1), chroma.std(1), [*rhythm, voiced.sum() / stretches, np.log(span.sum())]]]
    if floor_db:
        log_mel = floored(descriptors["log_mel"], floor_db)
        mfcc = fft.dct(log_mel, axis=0, norm="ortho")
        found += [distribution(np.concatenate([log_mel, mfcc]), span, time)]
        movers = np.concatenate([mfcc, pitch_or_mean, floored(descriptors["rms"], floor_db), *others])
        found += [correlations(movers, np.ones_like(loud))]
    return np.concatenate([np.ravel(values) for part in found for values in part])


@pytest.mark.parametrize(("frames", "floor_db"), [(60, 0.0), (140, 0.0), (60, 26.0), (140, 26.0)])
def test_functionals_equal_numpy_in_a_padded_batch(frames, floor_db):
    clips = [clip(frames), clip(150, seed=1)]
    padded = {
        name: torch.stack(
            [torch.from_numpy(np.pad(one[name], ((0, 0), (0, 150 - one[name].shape[1])))) for one in clips]
        )
        for name in clips[0]
    }
    mask = torch.arange(150)[None] < torch.tensor([frames, 150])[:, None]
    found = functionals({name: values.float() for name, values in padded.items()}, mask.float(), floor_db)
    wanted = np.stack([expected(one, floor_db) for one in clips])
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=3e-4)


@pytest.mark.parametrize("frames", [1, 2, 9])
def test_a_clip_shorter_than_the_lags_has_no_changes_and_no_correlations_there(frames):
    descriptors = {name: torch.from_numpy(values).float()[None] for name, values in clip(40).items()}
    mask = (torch.arange(40)[None] < frames).float()
    found = functionals(descriptors, mask, 8.0)
    short = functionals({name: values[..., :frames] for name, values in descriptors.items()}, mask[:, :frames], 8.0)
    torch.testing.assert_close(found, short)
    assert found.isfinite().all()
