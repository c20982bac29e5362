"""What may happen to a recording: noise, hum, telephone, codecs, level, timing. Pure functions with given seeds.

Example:
    >>> change = {one.name: one.apply for one in distortions()}["20 dB louder"]
    >>> float(change(np.full(4, 0.2, dtype=np.float32), np.random.default_rng(0)).max())
    2.0
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import soxr

from emotion_hf.audio import SAMPLING_RATE, is_silent, load_audio
from emotion_hf.channel import TELEPHONE_HZ, add_noise, some_of, telephone, through_codec
from emotion_hf.errors import AudioError
from emotion_hf.speech import speech_segments

SNRS_DB = (20, 10, 0)
LEVEL_DB = 20
SHIFT_SECONDS = (0.1, 0.5)
OPUS_KBPS, MP3_KBPS = 12, 16
STUDIO_RATE = 48_000
OFFSET = 0.01  # of full scale, as from a cheap sound card
HUM_HZ, HUM_DB = 50, -40  # of the mains, below the clip's peak


@dataclass(frozen=True)
class Distortion:
    """A change of a wave.

    Attributes:
        name: Description.
        apply: Maps a wave `(samples,)`, mono float32 at 16 kHz, and a generator to the changed wave.
    """

    name: str
    apply: Callable[[np.ndarray, np.random.Generator], np.ndarray]


def distortions(noises: Sequence[np.ndarray] = ()) -> tuple[Distortion, ...]:
    """Return all distortions; those with real noise only if there are recordings of it."""
    low, high = TELEPHONE_HZ
    quick, slow = SHIFT_SECONDS
    shift = f"{quick} to {slow} s"
    return (
        *(Distortion(f"white noise, {snr} dB", partial(_add_white_noise, snr_db=snr)) for snr in SNRS_DB),
        *(
            Distortion(f"real noise, {snr} dB", partial(_add_noise, noises=noises, snr_db=snr))
            for snr in SNRS_DB
            if noises
        ),
        Distortion(f"hum, {HUM_HZ} Hz, {-HUM_DB} dB below the peak", _add_hum),
        Distortion(f"an offset of {100 * OFFSET:g} % of full scale", _add_offset),
        Distortion(f"telephone, {low} to {high} Hz", _telephone),
        Distortion(f"MP3, {MP3_KBPS} kbit/s", partial(_coded, codec="mp3", kbps=MP3_KBPS)),
        Distortion(f"Opus, {OPUS_KBPS} kbit/s", partial(_coded, codec="opus", kbps=OPUS_KBPS)),
        Distortion(f"{LEVEL_DB} dB softer", partial(_amplified, gain_db=-LEVEL_DB)),
        Distortion(f"{LEVEL_DB} dB louder", partial(_amplified, gain_db=LEVEL_DB)),
        Distortion(f"{STUDIO_RATE // 1000} kHz stereo", _as_stereo),
        Distortion(f"{shift} of silence added", _delayed),
        Distortion(f"{shift} of silence cut", _advanced),
    )


def load_noise(files: Sequence[Path]) -> list[np.ndarray]:
    """Decode recordings of noise.

    Raises:
        AudioError: One cannot be used, or is silent.
    """
    noises = [load_audio(file) for file in files]
    for file, noise in zip(files, noises, strict=True):
        if is_silent(noise):
            raise AudioError(f"The noise recording {file.name} is silent; leave it out.")
    return noises


def _add_white_noise(wave: np.ndarray, rng: np.random.Generator, *, snr_db: float) -> np.ndarray:
    return add_noise(wave, rng.standard_normal(len(wave)), snr_db)


def _add_noise(
    wave: np.ndarray, rng: np.random.Generator, *, noises: Sequence[np.ndarray], snr_db: float
) -> np.ndarray:
    """Add part of a noise recording, from a random position."""
    noise = noises[int(rng.integers(len(noises)))]
    return add_noise(wave, some_of(noise, int(rng.integers(len(noise))), len(wave)), snr_db)


def _add_hum(wave: np.ndarray, _: np.random.Generator) -> np.ndarray:
    hum = np.sin(2 * np.pi * HUM_HZ / SAMPLING_RATE * np.arange(len(wave)))
    return (wave + np.abs(wave).max(initial=0) * 10 ** (HUM_DB / 20) * hum).astype(np.float32)


def _add_offset(wave: np.ndarray, _: np.random.Generator) -> np.ndarray:
    return (wave + OFFSET).astype(np.float32)


def _telephone(wave: np.ndarray, _: np.random.Generator) -> np.ndarray:
    return telephone(wave)


def _coded(wave: np.ndarray, _: np.random.Generator, *, codec: Literal["mp3", "opus"], kbps: float) -> np.ndarray:
    return through_codec(wave, codec, kbps)


def _amplified(wave: np.ndarray, _: np.random.Generator, *, gain_db: float) -> np.ndarray:
    return (wave * 10 ** (gain_db / 20)).astype(np.float32)


def _as_stereo(wave: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """Turn the wave into a recording with two channels at a higher rate, and decode that."""
    studio = soxr.resample(wave, SAMPLING_RATE, STUDIO_RATE)
    return load_audio((STUDIO_RATE, np.repeat(studio[:, None], 2, axis=1)))


def _delayed(wave: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.pad(wave, (_shift_samples(rng), 0))


def _advanced(wave: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cut the beginning, but never past the first speech."""
    segments = speech_segments(wave)
    silence = round(segments[0].start_seconds * SAMPLING_RATE) if segments else 0
    return wave[min(_shift_samples(rng), silence) :]


def _shift_samples(rng: np.random.Generator) -> int:
    return round(rng.uniform(*SHIFT_SECONDS) * SAMPLING_RATE)
