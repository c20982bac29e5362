"""Open recordings of many formats from bytes: first with soundfile, then with PyAV.

The first bytes decide the format, and a decoder only gets bytes of a format listed in `emotion_hf.decoding.sniffing`.
FFmpeg (inside PyAV) is given that format instead of guessing it, so a playlist or script named ``.wav`` is refused
unread. Neither decoder needs a program or library of the system: both wheels include their own.

Example:
    >>> sniff(b"RIFF....WAVE", name="clip.wav").title
    'WAV'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from emotion_hf.decoding.content import Content, Stored, part, stored
from emotion_hf.decoding.lengths import with_lengths
from emotion_hf.decoding.ogg import is_cut_off, links
from emotion_hf.decoding.recording import BLOCK_SAMPLES, END_MISSING, Note, Recording, alike, to_float
from emotion_hf.decoding.sniffing import DECODABLE_EXTENSIONS, FORMAT_TITLES, Container, sniff, without_end_tags
from emotion_hf.decoding.with_pyav import has_pyav, open_with_pyav, tracks_in_order
from emotion_hf.decoding.with_soundfile import READ_BY_SOUNDFILE, open_with_soundfile, reads_whole_mp3
from emotion_hf.errors import AudioFormatError

__all__ = [
    "BLOCK_SAMPLES",
    "DECODABLE_EXTENSIONS",
    "FORMAT_TITLES",
    "Container",
    "Content",
    "Note",
    "RecordedFile",
    "Recording",
    "Stored",
    "sniff",
    "stored",
    "to_float",
]

WITH_TRACKS = ("mov", "matroska", "avi", "asf", "flv", "mpeg", "mpegts", "rm")


@dataclass(frozen=True)
class RecordedFile:
    """A whole file in a known format, which can be opened any number of times.

    Attributes:
        data: The content from the beginning of the recording on, with all length fields filled in.
        container: The format.
        name: Name for error messages.
        promise: Promised length as a multiple of what the file contains, if soundfile would not tell.
    """

    data: Content
    container: Container
    name: str
    promise: float = 1.0

    @classmethod
    def of(cls, data: Content, name: str) -> RecordedFile:
        """Detect the format of the content of a file.

        Args:
            data: The content.
            name: Name for error messages.

        Raises:
            AudioFormatError: The format is unknown.
        """
        container = sniff(data, name)
        sound = without_end_tags(data)
        written, promise = with_lengths(part(sound, container.start, len(sound)), container.demuxer)
        return cls(written, container, name, promise)

    @property
    def tracks(self) -> tuple[int, ...]:
        """The numbers of the audio tracks, those that a player prefers first.

        Raises:
            AudioFormatError: The file cannot be opened.
        """
        if self.container.demuxer not in WITH_TRACKS:
            return (0,)
        return tracks_in_order(self.data, self.container, self.name) or (0,)

    def ways(self, track: int = 0) -> tuple[Callable[[], Recording], ...]:
        """Return the ways to open a track, the best one first.

        All but the last raise soundfile.LibsndfileError, as do their blocks, if the next one is to be tried. The last
        raises an AudioError.
        """
        is_known = self.container.demuxer in READ_BY_SOUNDFILE
        if track == 0 and (is_known or self._is_mp3_without_pyav()):
            return self._with_soundfile, self._with_pyav
        return (partial(self._with_pyav, track),)

    def _is_mp3_without_pyav(self) -> bool:
        return self.container.demuxer == "mp3" and not has_pyav() and reads_whole_mp3(self.data)

    def _with_soundfile(self) -> Recording:
        recording = self._chained(open_with_soundfile)
        if recording.seconds is None or self.promise <= 1:
            return recording
        return replace(recording, stated_seconds=self.promise * recording.seconds)

    def _with_pyav(self, track: int = 0) -> Recording:
        return self._chained(lambda data: open_with_pyav(data, self.container, self.name, track))

    def _chained(self, open_one: Callable[[Content], Recording]) -> Recording:
        """Open the file, or one link after the other if it is a chain, and note what is known about it."""
        recording = self._linked(open_one)
        if (rate := self.container.sampling_rate) is not None:
            kind = self.container.title
            recording.notes.append(Note(f"The file has no header; its name says {kind} at {rate} Hz."))
        if self.container.demuxer == "ogg" and is_cut_off(self.data):
            recording.notes.append(END_MISSING)
        return recording

    def _linked(self, open_one: Callable[[Content], Recording]) -> Recording:
        places = links(self.data) if self.container.demuxer == "ogg" else []
        if len(places) < 2:
            return open_one(self.data)
        parts = (part(self.data, place.start, place.stop) for place in places)
        first = open_one(next(parts))
        notes: list[Note] = []
        blocks = _one_after_the_other(parts, first, open_one, notes)
        return Recording(first.sampling_rate, first.channels, None, blocks, notes=notes)


def _one_after_the_other(
    others: Iterable[Content], first: Recording, open_one: Callable[[Content], Recording], notes: list[Note]
) -> Iterator[np.ndarray]:
    """Yield the samples of all links, with the rate and the channels of the first."""

    def with_rates() -> Iterator[tuple[np.ndarray, float]]:
        yield from ((block, first.sampling_rate) for block in first.blocks)
        notes.extend(first.notes)
        try:
            for link in map(open_one, others):
                yield from ((block, link.sampling_rate) for block in link.blocks)
                notes.extend(note for note in link.notes if note not in notes)
        except AudioFormatError:
            notes.append(END_MISSING)

    return alike(with_rates(), first.sampling_rate, first.channels)
