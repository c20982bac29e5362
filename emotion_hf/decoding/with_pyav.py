"""Read recordings with PyAV, whose wheel includes FFmpeg: every format that soundfile does not know.

FFmpeg is given the format instead of guessing it, and may open nothing but the bytes it gets. A packet that it refuses
becomes silence of the packet's length: pauses in calls are stored as packets that FFmpeg cannot decode.

Example:
    >>> recording = open_with_pyav(m4a_bytes, sniff(m4a_bytes, "a.m4a"), "a.m4a")  # doctest: +SKIP
    >>> recording.sampling_rate, recording.seconds  # doctest: +SKIP
    (44100, 3.1)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from emotion_hf.decoding.content import Content, stream
from emotion_hf.decoding.lengths import is_whole_mp4
from emotion_hf.decoding.mpeg import xing_seconds
from emotion_hf.decoding.recording import END_MISSING, Note, Recording, alike, joined, silence, to_float
from emotion_hf.decoding.sniffing import Container
from emotion_hf.errors import AudioError, AudioFormatError

if TYPE_CHECKING:
    from av import AudioFrame, Packet
    from av.audio.stream import AudioStream
    from av.container import InputContainer

STATES_LENGTH = ("wav", "w64", "flac", "ogg", "aiff", "au", "caf", "mov", "matroska", "wv", "ape", "tta")
"""Formats with a length in the header. For others, what FFmpeg reports is extrapolated from the first bit rates."""
HAVE_TIMES = ("mov", "matroska")
"""Formats that store the time of each packet, so that a pause may be a gap."""
MIN_GAP_SECONDS, MAX_GAP_SECONDS = 0.1, 60.0
"""A longer gap is filled with silence; a still longer one is a damaged time."""
MAX_PACKET_SECONDS = 5.0
"""A packet that claims to be longer has a damaged header."""
NOTED_SECONDS = 0.1
MAX_PLANES = 8
"""PyAV reads beyond the end of its list of planes if a frame has more (a crash, measured with version 18.1)."""

_AMR_PAUSES = {"nb": (8, 15), "wb": (9, 14, 15)}  # comfort noise, lost, nothing: RFC 4867, tables 1a and 1b


def open_with_pyav(data: Content, container: Container, name: str, track: int = 0) -> Recording:
    """Open ``data``, the whole file, in the format from ``sniff``; its blocks end at a damaged position.

    Args:
        data: The whole file.
        container: The format.
        name: Name for error messages.
        track: Number of the audio track, counted from 0.

    Raises:
        AudioFormatError: PyAV is not installed, or it cannot be opened or has no audio; the blocks raise it if no
            packet can be decoded, or if the samples have an unsupported type.
        AudioError: It has no such track.
    """
    opened = _open(data, container, name)
    with ExitStack() as closing:
        closing.enter_context(opened)
        streams = opened.streams.audio
        if not streams and container.demuxer == "mov" and not is_whole_mp4(data):
            raise _cannot_open(container, name)
        if not streams:
            raise AudioFormatError(f"{name} has no audio track; use a recording with one.")
        if not 0 <= track < len(streams):
            known = "only track 0" if len(streams) == 1 else f"tracks 0 to {len(streams) - 1}"
            raise AudioError(f"{name} has no track {track}; it has {known}.")
        stream = streams[track]
        if stream.codec_context is None:
            raise _unknown_coding(container, name)
        closing.pop_all()
    seconds = _seconds(opened, stream, container)
    stated = xing_seconds(data) if container.demuxer == "mp3" else seconds
    reader = _Reader(opened, stream, container, name, stated)
    return Recording(stream.rate, stream.channels, seconds, reader.blocks(), stated, reader.notes)


def tracks_in_order(data: Content, container: Container, name: str) -> tuple[int, ...]:
    """Return the numbers of the audio tracks, those that a player prefers first; none if there is no audio.

    Raises:
        AudioFormatError: PyAV is not installed, or it cannot be opened.
    """
    with _open(data, container, name) as opened:
        streams = opened.streams.audio
        return tuple(sorted(range(len(streams)), key=lambda number: not streams[number].disposition & 1))


def has_pyav() -> bool:
    """Return whether PyAV is installed; the light installation is without it."""
    return find_spec("av") is not None


def _open(data: Content, container: Container, name: str) -> InputContainer:
    if not has_pyav():
        kind = f"{name} ({container.title})"
        raise AudioFormatError(f"{kind} can only be read with PyAV; run pip install av, or export it as 16-bit WAV.")
    import av

    options = {"protocol_whitelist": "none", "format_whitelist": container.demuxer}
    if container.sampling_rate is not None and container.demuxer != "g722":
        options["sample_rate"] = str(container.sampling_rate)
    try:
        return av.open(stream(data), "r", format=container.demuxer, options=options, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError) as error:
        raise _cannot_open(container, name) from error


def _seconds(opened: InputContainer, stream: AudioStream, container: Container) -> float | None:
    """Return the length in the header of the stream, or of the file if it has only this stream."""
    import av

    if container.demuxer not in STATES_LENGTH:
        return None
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    end = _clock_seconds(stream.metadata.get("DURATION", ""))  # Matroska's, of each stream
    if end is None and opened.duration is not None and len(opened.streams) == 1:
        end = opened.duration / av.time_base
    if end is None:
        return None
    return max(0.0, end - float((stream.start_time or 0) * (stream.time_base or 0)))


def _clock_seconds(text: str) -> float | None:
    """Return ``00:01:02.5`` in seconds; None if it is no time."""
    if re.fullmatch(r"\d{1,4}:\d\d:\d\d(\.\d+)?", text) is None:
        return None
    hours, minutes, seconds = map(float, text.split(":"))
    return 3_600 * hours + 60 * minutes + seconds


class _Reader:
    """Decodes one stream, packet by packet."""

    def __init__(
        self, opened: InputContainer, stream: AudioStream, container: Container, name: str, seconds: float | None
    ):
        self.seconds = seconds
        self.opened, self.stream, self.container, self.name = opened, stream, container, name
        self.rate, self.channels = stream.rate, stream.channels
        self.time_base = stream.time_base or Fraction(1, self.rate or 1)
        self.notes: list[Note] = []
        self.decoded = self.lost = self.refused = 0
        self.usual_samples = 0
        self.is_whole = True
        self.expected: float | None = None

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the samples, shape ``(samples, channels)``."""
        with self.opened:
            yield from alike(joined(self._frames()), self.rate, self.channels)

    def _frames(self) -> Iterator[tuple[np.ndarray, float]]:
        """Yield the samples of each frame with their rate."""
        import av

        packets = self.opened.demux(self.stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                break
            except av.error.FFmpegError:  # nothing can be read after a damaged position
                self.is_whole = False
                break
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                yield from self._instead_of(packet)
                continue
            for frame in frames:
                if frame.format.is_planar and frame.layout.nb_channels > MAX_PLANES:
                    self.refused += frame.samples
                    continue
                yield from self._fill_refused()
                yield from self._gap_before(frame)
                yield self._samples(frame), frame.sample_rate
        self._sum_up()

    def _samples(self, frame: AudioFrame) -> np.ndarray:
        try:
            samples = frame.to_ndarray()
        except ValueError as error:  # 64-bit integers
            raise _unknown_coding(self.container, self.name) from error
        channels = frame.layout.nb_channels
        self.decoded += frame.samples
        self.usual_samples = frame.samples
        return to_float(samples.T if frame.format.is_planar else samples.reshape(-1, channels))

    def _gap_before(self, frame: AudioFrame) -> Iterator[tuple[np.ndarray, float]]:
        """Fill a gap between the end of the last frame and the time of this one."""
        if self.container.demuxer not in HAVE_TIMES or frame.time is None:
            return
        start = frame.time
        if self.expected is not None and MIN_GAP_SECONDS < start - self.expected < MAX_GAP_SECONDS:
            yield from self._silence(round((start - self.expected) * self.rate))
        self.expected = start + frame.samples / frame.sample_rate

    def _instead_of(self, packet: Packet) -> Iterator[tuple[np.ndarray, float]]:
        """Fill the place of a packet that cannot be decoded: at once if it is a pause, else if sound follows it."""
        seconds = min((packet.duration or 0) * float(self.time_base), MAX_PACKET_SECONDS)
        samples = round(seconds * self.rate) if seconds > 0 else self.usual_samples
        if self._is_pause(packet):
            yield from self._fill_refused()
            yield from self._silence(samples)
        else:
            self.refused += samples

    def _fill_refused(self) -> Iterator[tuple[np.ndarray, float]]:
        refused, self.refused = self.refused, 0
        self.lost += refused
        yield from self._silence(refused)

    def _silence(self, samples: int) -> Iterator[tuple[np.ndarray, float]]:
        if self.expected is not None:
            self.expected += samples / self.rate
        for block in silence(samples, self.channels):
            yield block, self.rate

    def _is_pause(self, packet: Packet) -> bool:
        """Return whether a packet of AMR stores a pause."""
        codec = self.stream.codec_context.name
        if not codec.startswith("amr") or packet.size == 0:
            return False
        return (bytes(packet)[0] >> 3 & 15) in _AMR_PAUSES[codec[3:5]]

    def _sum_up(self) -> None:
        if self.refused and not self.decoded:
            reason = f"begins like {self.container.title}, but none of its sound can be decoded"
            raise AudioFormatError(f"{self.name} {reason}; export it again.")
        if self.decoded and self.seconds is None and (self.refused or not self.is_whole):
            self.notes.append(END_MISSING)
        if self.lost >= NOTED_SECONDS * self.rate:
            seconds = f"{self.lost / self.rate:.1f}"
            self.notes.append(Note(f"{seconds} s of the recording cannot be decoded and count as silence."))


def _cannot_open(container: Container, name: str) -> AudioFormatError:
    remedy = "it may be cut off or damaged, so export it again"
    return AudioFormatError(f"{name} begins like {container.title} but cannot be opened; {remedy}.")


def _unknown_coding(container: Container, name: str) -> AudioFormatError:
    remedy = "export it as 16-bit WAV or FLAC"
    return AudioFormatError(f"{name} contains {container.title} audio in an unknown encoding; {remedy}.")
