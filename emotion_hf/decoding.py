"""Open recordings of many formats from bytes: first with soundfile, then with PyAV.

The first bytes decide the format, never the file's name, and a decoder only gets bytes of a format listed here.
FFmpeg (inside PyAV) is given that format instead of guessing it, so a playlist or script named ``.wav`` is refused
unread. Neither decoder needs a program or library of the system: both wheels include their own.

Example:
    >>> sniff(b"RIFF....WAVE", name="clip.wav").title
    'WAV'
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from emotion_hf.errors import AudioFormatError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

BLOCK_SAMPLES = 1 << 18
FORMAT_TITLES = "WAV, FLAC, OGG, Opus, MP3, AIFF, M4A, AAC, WebM, MP4, MOV, AMR or 3GP"


@dataclass(frozen=True)
class Container:
    """A file format: its common name, FFmpeg's name of its reader, and its identifying bytes."""

    title: str
    demuxer: str
    magic: bytes
    offset: int = 0


CONTAINERS = (
    Container("WAV", "wav", b"RIFF"),
    Container("WAV", "wav", b"RF64"),
    Container("FLAC", "flac", b"fLaC"),
    Container("OGG", "ogg", b"OggS"),
    Container("AIFF", "aiff", b"FORM"),
    Container("AU", "au", b".snd"),
    Container("CAF", "caf", b"caff"),
    Container("MP3", "mp3", b"ID3"),
    Container("AMR", "amr", b"#!AMR"),
    Container("WebM", "matroska", b"\x1aE\xdf\xa3"),
    Container("MP4", "mov", b"ftyp", offset=4),
    *(Container("MOV", "mov", atom, offset=4) for atom in (b"moov", b"mdat", b"wide", b"free", b"skip")),
)
_MP3 = Container("MP3", "mp3", b"\xff")
_AAC = Container("AAC", "aac", b"\xff")

# Without MP3: without a Xing header, soundfile estimates the length and stops there (measured: 66 of 120 s).
READ_BY_SOUNDFILE = ("wav", "flac", "ogg", "aiff", "au", "caf")
# These have no length in the header; what FFmpeg reports is extrapolated from the bit rate of the first frames.
_WITHOUT_LENGTH = ("mp3", "aac", "amr")
_UNKNOWN_FRAMES = 1 << 62
_PLAYLISTS = (b"ffconcat", b"#EXTM3U", b"[playlist]", b"v=0")


@dataclass(frozen=True)
class Recording:
    """An opened recording: the facts in its header, and its samples.

    Attributes:
        sampling_rate: In Hz, unchecked.
        channels: Number of channels, unchecked.
        seconds: Length according to the header; None if the header does not state it.
        blocks: The samples in order, float32 of shape ``(samples, channels)``, integers scaled to [-1, 1).
    """

    sampling_rate: float
    channels: int
    seconds: float | None
    blocks: Iterator[np.ndarray]


def sniff(data: bytes, name: str) -> Container:
    """Detect the format from the first bytes.

    Raises:
        AudioFormatError: The format is unknown; the message says what the file looks like.
    """
    for container in CONTAINERS:
        if data.startswith(container.magic, container.offset):
            return container
    if len(data) > 1 and data[0] == 0xFF:  # MPEG audio: 11 bits of sync, version, then two bits of layer
        layer = data[1] >> 1 & 3
        if data[1] >= 0xF0 and layer == 0:
            return _AAC
        if data[1] >= 0xE0 and layer in (1, 2):
            return _MP3
    if data.startswith(_PLAYLISTS):
        raise AudioFormatError(f"{name} is a playlist that points to other files; use the recording itself.")
    if not re.search(rb"[^\t\n\r\f\x20-\xff]", data[:1024]):
        raise AudioFormatError(f"{name} is text, not audio; use a recording in one of these formats: {FORMAT_TITLES}.")
    raise AudioFormatError(f"{name} is not in a known format; use {FORMAT_TITLES}.")


def open_with_soundfile(data: bytes) -> Recording:
    """Open ``data``, the whole file.

    Raises:
        soundfile.LibsndfileError: It cannot be read; the blocks also raise it at a damaged position.
    """
    file = soundfile.SoundFile(_Bytes(data))
    seconds = file.frames / file.samplerate if file.frames < _UNKNOWN_FRAMES else None
    return Recording(file.samplerate, file.channels, seconds, _soundfile_blocks(file))


def open_with_pyav(data: bytes, container: Container, name: str) -> Recording:
    """Open ``data``, the whole file, in the format from ``sniff``; its blocks end at a damaged position.

    Raises:
        AudioFormatError: It cannot be opened or has no audio; the blocks raise it if rate or channels change midway,
            or if the samples have an unsupported type.
    """
    import av

    closed = {"protocol_whitelist": "none", "format_whitelist": container.demuxer}
    try:
        opened = av.open(io.BytesIO(data), "r", format=container.demuxer, options=closed, metadata_errors="replace")
    except av.error.FFmpegError as error:
        reason = f"begins like {container.title} but is cut off or damaged; export it again"
        raise AudioFormatError(f"{name} {reason}.") from error
    if not opened.streams.audio:
        raise AudioFormatError(f"{name} has no audio track; use a recording with one.")
    stream = opened.streams.audio[0]
    if stream.codec_context is None:
        raise _unknown_coding(container, name)
    seconds = None
    if container.demuxer not in _WITHOUT_LENGTH:
        if stream.duration is not None and stream.time_base is not None:
            seconds = float(stream.duration * stream.time_base)
        elif opened.duration is not None:
            seconds = opened.duration / av.time_base
    return Recording(stream.rate, stream.channels, seconds, _pyav_blocks(opened, stream, container, name))


def to_float(samples: np.ndarray) -> np.ndarray:
    """Return ``samples``, in any byte order, as float32: integers scaled to a full scale of 1, floats at their level.

    Raises:
        AudioFormatError: The type has no known full scale.
    """
    samples = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    if samples.dtype.kind == "f":
        with np.errstate(over="ignore"):  # values beyond float32 become infinite, which the caller refuses
            return samples.astype(np.float32)
    if samples.dtype not in (np.uint8, np.int8, np.int16, np.int32):
        raise AudioFormatError(f"Samples of type {samples.dtype} cannot be used; use float, int16, int32 or uint8.")
    middle = 128 if samples.dtype == np.uint8 else 0
    full_scale = 2.0 ** (8 * samples.dtype.itemsize - 1)
    return ((samples.astype(np.float64) - middle) / full_scale).astype(np.float32)


class _Bytes(io.BytesIO):
    """Bytes that treat a position before their start, which a damaged header may contain, as the start."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return super().seek(max(offset, 0) if whence == io.SEEK_SET else offset, whence)


def _soundfile_blocks(file: soundfile.SoundFile) -> Iterator[np.ndarray]:
    with file:
        while len(block := file.read(max(1, BLOCK_SAMPLES // file.channels), dtype="float32", always_2d=True)):
            yield block


def _pyav_blocks(opened: InputContainer, stream: AudioStream, container: Container, name: str) -> Iterator[np.ndarray]:
    import av

    rate, channels = stream.rate, stream.channels
    with opened, contextlib.suppress(av.error.FFmpegError):  # nothing can be read after a damaged position
        for packet in opened.demux(stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:  # one damaged packet; the next may be intact
                continue
            for frame in frames:
                if (frame.sample_rate, frame.layout.nb_channels) != (rate, channels):
                    raise AudioFormatError(f"{name} changes its sampling rate or channels midway; export it again.")
                try:
                    samples = frame.to_ndarray()
                except ValueError as error:  # 64-bit integers
                    raise _unknown_coding(container, name) from error
                yield to_float(samples.T if frame.format.is_planar else samples.reshape(-1, channels))


def _unknown_coding(container: Container, name: str) -> AudioFormatError:
    remedy = "export it as 16-bit WAV or FLAC"
    return AudioFormatError(f"{name} contains {container.title} audio in an unknown encoding; {remedy}.")
