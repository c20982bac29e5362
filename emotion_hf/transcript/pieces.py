"""Cut a long recording into pieces of speech that fit into a speech recogniser's window, without the silence.

Stretches of speech are joined to pieces of at most 28 seconds: a recogniser of 30-second windows takes as long for one
word as for a full window.

Example:
    >>> piece, = join([Segment(1.0, 3.0), Segment(60.0, 62.0)], duration_seconds=100.0)
    >>> [(part.start_seconds, part.end_seconds) for part in piece.parts], piece.seconds
    ([(0.8, 3.2), (59.8, 62.2)], 4.8)
    >>> piece.times(2.9, 3.1)
    (60.3, 60.5)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.speech import Segment, speech_segments

LONGEST_SECONDS = 28.0
MARGIN_SECONDS = 0.2
"""Sound around each stretch of speech that is kept."""
SEARCH_SECONDS = 6.0
"""A longer stretch is cut at the quietest place in so many seconds before the limit."""
QUIET_SECONDS = 0.1
"""The level is measured over this time."""


@dataclass(frozen=True)
class Piece:
    """Parts of a recording, one after the other."""

    parts: tuple[Segment, ...]

    @property
    def seconds(self) -> float:
        """Length of all parts together."""
        return round(sum(part.end_seconds - part.start_seconds for part in self.parts), 6)

    @property
    def start_seconds(self) -> float:
        """Where it starts in the recording."""
        return self.parts[0].start_seconds

    @property
    def end_seconds(self) -> float:
        """Where it ends in the recording."""
        return self.parts[-1].end_seconds

    def cut(self, wave: np.ndarray) -> np.ndarray:
        """Return its samples, of the whole recording's ``(samples,)``."""
        return np.concatenate([wave[part.samples] for part in self.parts])

    def times(self, start: float, end: float) -> tuple[float, float]:
        """Return the span in the recording of a span in this piece, limited to the part in which its middle lies."""
        part, offset = self._at((start + end) / 2)
        length = part.end_seconds - part.start_seconds
        first, last = (min(max(one - offset, 0.0), length) for one in (start, end))
        return round(part.start_seconds + first, 3), round(part.start_seconds + last, 3)

    def _at(self, seconds: float) -> tuple[Segment, float]:
        """Return the part at a time in this piece, and when the part starts there."""
        offset = 0.0
        for part in self.parts[:-1]:
            length = part.end_seconds - part.start_seconds
            if seconds < offset + length:
                return part, offset
            offset += length
        return self.parts[-1], offset


def pieces(wave: np.ndarray) -> tuple[Piece, ...]:
    """Return the pieces of speech in a wave: mono at 16 kHz, shape ``(samples,)``; none without speech."""
    shorter = [part for segment in speech_segments(wave) for part in split(wave, segment)]
    return join(shorter, len(wave) / SAMPLING_RATE)


def split(wave: np.ndarray, segment: Segment) -> list[Segment]:
    """Return a stretch of speech in parts that fit into a piece, cut at quiet places."""
    longest = LONGEST_SECONDS - 2 * MARGIN_SECONDS
    parts, start = [], segment.start_seconds
    while segment.end_seconds - start > longest:
        end = _quietest(wave, start + longest - SEARCH_SECONDS, start + longest)
        parts.append(Segment(start, end))
        start = end
    return [*parts, Segment(start, segment.end_seconds)]


def join(segments: Sequence[Segment], duration_seconds: float) -> tuple[Piece, ...]:
    """Return segments of a recording, each with some sound around it, as pieces of at most `LONGEST_SECONDS`."""
    made: list[list[Segment]] = []
    length = 0.0
    for number, segment in enumerate(segments):
        lowest = (segments[number - 1].end_seconds + segment.start_seconds) / 2 if number else 0.0
        is_last = number + 1 == len(segments)
        highest = duration_seconds if is_last else (segment.end_seconds + segments[number + 1].start_seconds) / 2
        start = max(lowest, segment.start_seconds - MARGIN_SECONDS)
        end = min(highest, segment.end_seconds + MARGIN_SECONDS)
        part = Segment(round(start, 6), round(end, 6))
        seconds = part.end_seconds - part.start_seconds
        if not made or length + seconds > LONGEST_SECONDS:
            made.append([])
            length = 0.0
        made[-1].append(part)
        length += seconds
    return tuple(Piece(tuple(parts)) for parts in made)


def _quietest(wave: np.ndarray, start_seconds: float, end_seconds: float) -> float:
    """Return the middle of the quietest tenth of a second in a span."""
    step = round(QUIET_SECONDS * SAMPLING_RATE)
    first = round(start_seconds * SAMPLING_RATE)
    span = wave[first : round(end_seconds * SAMPLING_RATE)]
    levels = np.square(span[: len(span) // step * step], dtype=np.float64).reshape(-1, step).sum(1)
    return (first + (int(levels.argmin()) + 0.5) * step) / SAMPLING_RATE
