"""Engineered features: one vector per clip, each number with a name and the group it belongs to.

The front end gives descriptors for every 10 ms; their statistics over the frames with sound are a clip's features.
Level, leading and trailing silence are ignored. A value that cannot be measured in a clip, such as the pitch of a
whisper, is NaN.

Example:
    >>> features = EngineeredFeatures()
    >>> values = features([np.sin(2 * np.pi * 200 * np.arange(16_000) / 16_000)])
    >>> values.shape == (1, len(features.names))
    True
    >>> number = features.names.index("pitch_mean")
    >>> features.groups[number], round(float(values[0, number]), 1)  # semitones above 100 Hz
    ('pitch', 12.0)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.baselines.summary import CHANGE, COURSE, LEVEL, MIN_FRAMES, SHAPE, correlations, mean, summarize
from emotion_hf.baselines.voice_quality import find_pulses, harmonics_to_noise, jitter, shimmer
from emotion_hf.models.spectrogram.frontend_spectrogram import FrontEnd

VERSION = 1  # increase it with every change of a value, so that stored values are not mixed up
FRONT_END: dict[str, Any] = {"num_mel_bins": 40, "num_mfcc": 20, "hop_length": 160}
DESCRIPTORS = {  # descriptor of the front end → group and statistics over the frames with sound
    "mfcc": ("mfcc", LEVEL | COURSE),
    "mfcc_delta": ("delta", CHANGE),
    "mfcc_delta2": ("delta2", CHANGE),
    "log_mel": ("mel", LEVEL | COURSE),
    "log_mel_delta": ("delta", CHANGE),
    "log_mel_delta2": ("delta2", CHANGE),
    "chroma": ("chroma", LEVEL),
    "contrast": ("contrast", LEVEL | COURSE),
    "zcr": ("zcr", LEVEL | COURSE),
    "centroid": ("spectral", LEVEL | COURSE),
    "rolloff": ("spectral", LEVEL | COURSE),
    "voicing": ("quality", LEVEL | COURSE | SHAPE),
}
CORRELATED = slice(1, 14)  # coefficients of the cepstrum
SOUND_DB = -30.0  # frames further below the clip's level are silence
REFERENCE_HZ = 100.0  # reference of the pitch in semitones
MAX_PITCH_STEP = 3.0  # semitones from frame to frame; more is an octave error, not intonation
SMOOTHING_FRAMES = 9  # of the level curve before its peaks are counted: a peak is roughly a syllable
PEAK_DB = -15.0
RHYTHM = ("loud_share", "voiced_share", "stretches", "peaks", "stretch_mean", "stretch_deviation")
Table = dict[str, float]


class Features(Protocol):
    """Turns waves into features; baselines only use this interface."""

    settings: Mapping[str, Any]
    names: tuple[str, ...]
    groups: tuple[str, ...]

    def __call__(self, waves: Sequence[np.ndarray]) -> np.ndarray:
        """Return float32 features `(waves, features)` of mono waves at 16 kHz."""
        ...


class EngineeredFeatures:
    """Statistics of acoustic frame descriptors, of pitch, voice quality and rhythm.

    Attributes:
        settings: Everything the features depend on, as stored.
        names: Name of each feature.
        groups: Group of each feature.
    """

    def __init__(self) -> None:
        self.settings: Mapping[str, Any] = {"engineered": VERSION, **FRONT_END}
        frames = [*DESCRIPTORS, "rms", "rms_delta", "pitch"]
        self._front_end = FrontEnd(sampling_rate=SAMPLING_RATE, features=frames, **FRONT_END)
        tables = self._tables(np.zeros(SAMPLING_RATE, dtype=np.float32))
        self.names = tuple(name for _, table in tables for name in table)
        self.groups = tuple(group for group, table in tables for _ in table)

    def __call__(self, waves: Sequence[np.ndarray]) -> np.ndarray:
        """Return float32 features `(waves, features)` of mono waves at 16 kHz."""
        values = [[value for _, table in self._tables(wave) for value in table.values()] for wave in waves]
        return np.array(values, dtype=np.float32)

    def _tables(self, wave: np.ndarray) -> list[tuple[str, Table]]:
        """Return groups, possibly repeated, each with values by name."""
        wave = np.asarray(wave, dtype=np.float32)
        frames = self._frames(wave)
        loud = frames["rms"][0] > SOUND_DB
        pitch_hz = frames["pitch"][0] * loud
        span = _between(loud)
        return [
            *(
                (group, summarize(name, frames[name][:, loud], statistics))
                for name, (group, statistics) in DESCRIPTORS.items()
            ),
            ("mfcc", _correlations(frames["mfcc"][CORRELATED, loud])),
            ("rms", summarize("rms", frames["rms"][:, span], LEVEL | COURSE | SHAPE)),
            ("rms", summarize("rms_delta", frames["rms_delta"][:, span], CHANGE)),
            ("pitch", _pitch(pitch_hz)),
            ("quality", _quality(wave, pitch_hz, self._front_end.hop_length)),
            ("rhythm", _rhythm(loud[span], pitch_hz[span] > 0, frames["rms"][0, span])),
        ]

    def _frames(self, wave: np.ndarray) -> dict[str, np.ndarray]:
        """Return each descriptor `(bins, frames)`."""
        values, _ = self._front_end(torch.from_numpy(wave)[None], torch.tensor([len(wave)]))
        ends = np.cumsum(list(self._front_end.bins_by_feature.values()))[:-1]
        return dict(zip(self._front_end.features, np.split(values[0, 0].double().numpy(), ends), strict=True))


def _correlations(mfcc: np.ndarray) -> Table:
    """Return the correlations between coefficients."""
    pairs = zip(*np.triu_indices(len(mfcc), 1), strict=True)
    names = [f"mfcc_{CORRELATED.start + one}_with_{CORRELATED.start + other}" for one, other in pairs]
    return dict(zip(names, correlations(mfcc).tolist(), strict=True))


def _pitch(pitch_hz: np.ndarray) -> Table:
    """Return level and movement of the pitch, in semitones."""
    voiced = pitch_hz > 0
    semitones = 12 * np.log2(np.where(voiced, pitch_hz, REFERENCE_HZ) / REFERENCE_HZ)
    steps = np.diff(semitones)
    steps = steps[voiced[1:] & voiced[:-1] & (np.abs(steps) <= MAX_PITCH_STEP)]
    return (
        summarize("pitch", semitones[None, voiced], LEVEL | COURSE | SHAPE)
        | summarize("pitch_step", steps[None], CHANGE)
        | summarize("pitch_step_size", np.abs(steps)[None], {"mean": mean})
    )


def _quality(wave: np.ndarray, pitch_hz: np.ndarray, hop_length: int) -> Table:
    wave = wave - wave.mean()  # some microphones add an offset, which is not a pulse
    pulses = find_pulses(wave, pitch_hz, hop_length=hop_length, sampling_rate=SAMPLING_RATE)
    hnr_db = harmonics_to_noise(wave, pitch_hz, hop_length=hop_length, sampling_rate=SAMPLING_RATE)
    cycles = {"jitter": jitter(pulses), "shimmer": shimmer(wave, pulses)}
    return cycles | summarize("hnr", hnr_db[None], LEVEL | COURSE | SHAPE)


def _rhythm(loud: np.ndarray, voiced: np.ndarray, rms_db: np.ndarray) -> Table:
    """Return the division of the sound in time, from its first loud frame to its last."""
    if len(loud) < MIN_FRAMES:
        return dict.fromkeys(RHYTHM, np.nan)
    edges = np.flatnonzero(np.diff(voiced, prepend=False, append=False)).reshape(-1, 2)
    lengths = edges[:, 1] - edges[:, 0] if len(edges) else np.array([np.nan])
    window = np.hanning(SMOOTHING_FRAMES)
    smooth = np.convolve(rms_db, window / window.sum(), mode="same")
    is_peak = (smooth[1:-1] > smooth[:-2]) & (smooth[1:-1] >= smooth[2:]) & (smooth[1:-1] > PEAK_DB)
    shares = (loud.mean(), voiced.mean(), len(edges) / len(loud), is_peak.mean())
    values = (*shares, lengths.mean(), lengths.std())
    return {name: float(value) for name, value in zip(RHYTHM, values, strict=True)}


def _between(loud: np.ndarray) -> slice:
    """Return the frames from the first loud one to the last."""
    positions = np.flatnonzero(loud)
    return slice(positions[0], positions[-1] + 1) if len(positions) else slice(0, 0)
