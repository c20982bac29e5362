"""How a recording is stored: 16-bit FLAC, mono at 16 kHz, identified by its samples.

Example:
    >>> content_of(np.zeros(16_000, np.float32))[:8]
    '0c92bddb'
"""

from __future__ import annotations

import hashlib
import io

import numpy as np
import soundfile

from emotion_hf.audio import SAMPLING_RATE


def to_int16(wave: np.ndarray) -> np.ndarray:
    """Return the stored samples of ``wave``, float of shape ``(samples,)``; stored samples do not change again."""
    return np.clip(np.rint(wave * np.float32(2**15)), -(2**15), 2**15 - 1).astype(np.int16)


def encode_flac(wave: np.ndarray) -> bytes:
    """Return ``wave``, mono at 16 kHz, shape ``(samples,)``, as a 16-bit FLAC file."""
    buffer = io.BytesIO()
    soundfile.write(buffer, to_int16(wave), SAMPLING_RATE, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def content_of(wave: np.ndarray) -> str:
    """Return the SHA-256 of the samples that would be stored for ``wave``, float of shape ``(samples,)``."""
    return hashlib.sha256(to_int16(wave).astype("<i2").tobytes()).hexdigest()
