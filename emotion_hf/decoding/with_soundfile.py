"""Read recordings with soundfile: exact and fast for the formats that libsndfile knows.

Example:
    >>> recording = open_with_soundfile(wav_bytes)  # doctest: +SKIP
    >>> recording.sampling_rate, recording.seconds  # doctest: +SKIP
    (16000, 2.0)
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import soundfile

from emotion_hf.decoding.content import Content, stream
from emotion_hf.decoding.mpeg import counted_seconds
from emotion_hf.decoding.recording import BLOCK_SAMPLES, Recording

READ_BY_SOUNDFILE = (
    *("wav", "w64", "flac", "ogg", "aiff", "iff", "au", "caf"),
    *("nistsphere", "voc", "ircam", "avr", "paf"),
)
"""Without MP3: without a Xing header, soundfile estimates the length and stops there (measured: 66 of 120 s)."""
MP3_GAP_SECONDS = 0.2
"""More than what an encoder of MP3 adds before and behind the sound, which soundfile leaves out."""
_UNKNOWN_FRAMES = 1 << 62


def open_with_soundfile(data: Content) -> Recording:
    """Open ``data``, the whole file.

    Raises:
        soundfile.LibsndfileError: It cannot be read; the blocks also raise it at a damaged position.
    """
    file = soundfile.SoundFile(_FromStart(stream(data)))
    seconds = file.frames / file.samplerate if file.frames < _UNKNOWN_FRAMES else None
    return Recording(file.samplerate, file.channels, seconds, _blocks(file), seconds)


def reads_whole_mp3(data: Content) -> bool:
    """Return whether soundfile would read an MP3 to its end: its estimate agrees with the frames of the file."""
    counted = counted_seconds(data)
    try:
        seconds = open_with_soundfile(data).seconds
    except soundfile.LibsndfileError:
        return False
    return counted is not None and seconds is not None and abs(seconds - counted) <= MP3_GAP_SECONDS


class _FromStart:
    """A file object that treats a position before its start, which a damaged header may contain, as the start."""

    def __init__(self, file: io.BufferedReader | io.BytesIO):
        self._file = file
        self.read, self.readinto, self.tell = file.read, file.readinto, file.tell

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(max(offset, 0) if whence == io.SEEK_SET else offset, whence)


def _blocks(file: soundfile.SoundFile) -> Iterator[np.ndarray]:
    with file:
        while len(block := file.read(max(1, BLOCK_SAMPLES // file.channels), dtype="float32", always_2d=True)):
            yield block
