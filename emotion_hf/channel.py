"""Effects of the channel between mouth and model: noise, the telephone's band, and codecs.

Example:
    >>> telephone(np.zeros(16_000, dtype=np.float32)).shape
    (16000,)
"""

from __future__ import annotations

import glob
import io
from pathlib import Path
from typing import Literal, cast

import numpy as np
import soundfile
import soxr

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.errors import AudioError
from emotion_hf.search import is_recording, search

TELEPHONE_RATE = 8_000
TELEPHONE_HZ = (300, 3_400)
CODECS = {"mp3": ("libmp3lame", "mp3"), "opus": ("libopus", "ogg")}
"""Name → FFmpeg's name of the encoder, and of the file format."""
QUICK_LEVEL = {"mp3": "9", "opus": "2"}
"""Name → the fastest compression level of the encoder; below 2, Opus makes pauses silent."""


def find_noise(where: str) -> tuple[Path, ...]:
    """Return the noise recordings in a folder, or those that a pattern matches, in order.

    Raises:
        AudioError: There are none.
    """
    if Path(where).is_dir():
        files = search(Path(where)).recordings
    else:
        files = tuple(sorted(filter(is_recording, map(Path, glob.glob(where)))))
    if not files:
        raise AudioError(f"The noise {where} matches no recording; give a folder or a quoted pattern of files.")
    return files


def add_noise(wave: np.ndarray, noise: np.ndarray, snr_db: float) -> np.ndarray:
    """Add noise to a wave, both `(samples,)`, so that the ratio of their total powers is `snr_db`."""
    powers = np.mean(np.square(wave, dtype=np.float64)), np.mean(np.square(noise, dtype=np.float64))
    gain = np.sqrt(powers[0] / max(powers[1], 1e-20)) * 10 ** (-snr_db / 20)
    return (wave + gain * noise).astype(np.float32)


def some_of(noise: np.ndarray, start: int, samples: int) -> np.ndarray:
    """Return this number of samples of a noise `(samples',)` from a position; a short noise repeats."""
    return np.resize(np.roll(noise, -start), samples)


def telephone(wave: np.ndarray) -> np.ndarray:
    """Limit a wave `(samples,)` to a telephone channel: 8,000 samples a second, and the band `TELEPHONE_HZ`."""
    narrow = soxr.resample(wave, SAMPLING_RATE, TELEPHONE_RATE)
    spectrum = np.fft.rfft(narrow)
    hertz = np.fft.rfftfreq(len(narrow), 1 / TELEPHONE_RATE)
    spectrum[(hertz < TELEPHONE_HZ[0]) | (hertz > TELEPHONE_HZ[1])] = 0
    return _of_length(soxr.resample(np.fft.irfft(spectrum, len(narrow)), TELEPHONE_RATE, SAMPLING_RATE), len(wave))


def through_codec(wave: np.ndarray, codec: Literal["mp3", "opus"], kbps: float, *, quick: bool = False) -> np.ndarray:
    """Encode and decode a wave `(samples,)` at a bit rate in kbit/s; `quick` takes about 0.6 of the time and sounds
    slightly worse, which is good enough for training."""
    import av  # half a second, and only codecs need it

    encoder, file_format = CODECS[codec]
    peak = float(np.abs(wave).max()) or 1.0  # a codec clips above full scale
    file = io.BytesIO()
    with av.open(file, "w", format=file_format) as container:
        level = {"compression_level": QUICK_LEVEL[codec]} if quick else {}
        stream = cast(av.AudioStream, container.add_stream(encoder, rate=SAMPLING_RATE, layout="mono", options=level))
        stream.bit_rate = round(1_000 * kbps)
        padded = _of_length(wave / peak, max(len(wave), SAMPLING_RATE))  # much shorter ones cannot be decoded
        frame = av.AudioFrame.from_ndarray(padded[None], format="flt", layout="mono")
        frame.sample_rate = SAMPLING_RATE
        container.mux([*stream.encode(frame), *stream.encode(None)])
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32")  # at the encoded rate
    return peak * _of_length(decoded, len(wave))


def fast_length(samples: int) -> int:
    """Return the next power of two: transforms of other lengths take up to twenty times as long."""
    return 1 << (samples - 1).bit_length()


def _of_length(wave: np.ndarray, samples: int) -> np.ndarray:
    return np.pad(wave, (0, max(0, samples - len(wave))))[:samples].astype(np.float32)
