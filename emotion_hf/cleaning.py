"""Remove two faults of recordings that are no sound in the room: loud clicks and a wandering offset.

Plugs, switches and the start of a recording cause both. They decide the level to which the models and the speech gate
scale a recording, so that one sample at full scale hides a voice 40 dB below it. A recording without them is returned
as it is, bit for bit. `benchmarks/cleaning.py` measures the effect.

A click is the loudest part of a recording, lasts at most 20 ms, and is 12 dB above the 60 ms before and after it; the
loudest part of speech lasts longer. A straight line replaces it. An offset wanders if it has more power than the rest
of the recording; then everything below 20 Hz, where a voice has nothing, is removed.

Example:
    >>> quiet = np.full(16_000, 0.01, dtype=np.float32)
    >>> clicked = np.where(np.arange(16_000) == 100, np.float32(1.0), quiet)
    >>> np.array_equal(cleaned(clicked), quiet), cleaned(quiet) is quiet
    (True, True)
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.long_waves import copied, empty_wave, forget, spans
from emotion_hf.turns import give_way

CLICK_SAMPLES = SAMPLING_RATE * 20 // 1000
AROUND_SAMPLES = SAMPLING_RATE * 60 // 1000
PROMINENCE = 4.0
"""Least ratio of a click's peak and the peak of the sound around it: 12 dB."""
MAX_CLICKS = 32
"""In a piece of a recording."""
BASELINE_SAMPLES = SAMPLING_RATE * 50 // 1000
"""The median of this many samples is the offset that a click is measured from."""
OFFSET_HZ = 20.0
OFFSET_SHARE = 0.5
"""An offset with a smaller share of the power stays; it changes no more labels than its removal."""
MEAN_SAMPLES = SAMPLING_RATE * 25 // 1000
PIECE_SAMPLES = SAMPLING_RATE * 30
"""Long recordings are cleaned in pieces, which bounds the memory."""
SETTLING_SAMPLES = SAMPLING_RATE // 2
"""After this time, the filter has forgotten the edge of a piece."""


def cleaned(wave: np.ndarray) -> np.ndarray:
    """Return a recording without loud clicks and without a wandering offset.

    Args:
        wave: Mono float32 at 16 kHz, shape `(samples,)`.

    Returns:
        The same array if it needs no cleaning, else a new one of the same length.
    """
    result = _without_clicks(wave)
    if any(_wanders(result[piece]) for piece in _pieces(result)):
        result = _without_clicks(_without_offset(_without_steps(result)))
    return result


def _pieces(wave: np.ndarray) -> Iterator[slice]:
    """Yield the pieces of a recording; between them, shorter recordings may go first."""
    for piece in spans(wave, PIECE_SAMPLES):
        if piece.start > 0:
            give_way(len(wave) / SAMPLING_RATE)
        yield piece


def _without_clicks(wave: np.ndarray) -> np.ndarray:
    result = wave
    for piece in _pieces(wave):
        clicks = _clicks(np.abs(wave[piece] - _baseline(wave[piece])))
        if clicks and result is wave:
            result = copied(wave)
        for click in clicks:
            _bridge(result[piece], click)
        forget(result)
    return result


def _clicks(level: np.ndarray) -> list[slice]:
    """Return where the clicks are, the loudest first; each is the loudest part of what is left of `level`."""
    found: list[slice] = []
    while len(found) < MAX_CLICKS and (click := _loudest_click(level)):
        level[click] = 0.0
        found.append(click)
    return found


def _baseline(piece: np.ndarray) -> np.ndarray:
    """Return the offset of each sample: lines between the medians of blocks, which no click changes."""
    blocks = piece[: len(piece) // BASELINE_SAMPLES * BASELINE_SAMPLES].reshape(-1, BASELINE_SAMPLES)
    if len(blocks) == 0:
        return np.zeros_like(piece)
    middles = BASELINE_SAMPLES * (np.arange(len(blocks)) + 0.5)
    return np.interp(np.arange(len(piece)), middles, np.median(blocks, axis=1)).astype(np.float32)


def _loudest_click(level: np.ndarray) -> slice | None:
    """Return where the loudest part is, if it is a click.

    Its foot reaches up to 10 ms to either side, as far as it is louder than everything further away: a resampled
    click rings.
    """
    if len(level) <= AROUND_SAMPLES:
        return None
    peak_at = int(np.argmax(level))
    start = max(0, peak_at - AROUND_SAMPLES)
    near = level[start : peak_at + AROUND_SAMPLES]
    loud = np.flatnonzero(near * PROMINENCE > level[peak_at])
    if len(loud) == 0 or loud[-1] - loud[0] >= CLICK_SAMPLES:
        return None
    first, last = max(0, loud[0] - CLICK_SAMPLES // 2), loud[-1] + CLICK_SAMPLES // 2
    rest = max(near[:first].max(initial=0.0), near[last:].max(initial=0.0))
    foot = np.flatnonzero(near[first:last] > rest)
    return slice(start + first + int(foot[0]), start + first + int(foot[-1]) + 1)


def _bridge(piece: np.ndarray, click: slice) -> None:
    """Replace a click, in place, by the line between the samples beside it."""
    sides = [piece[side] for side in (click.start - 1, click.stop) if 0 <= side < len(piece)]
    length = click.stop - click.start
    piece[click] = np.linspace(sides[0], sides[-1], length + 2)[1:-1]


def _wanders(piece: np.ndarray) -> bool:
    """Return whether the means over 25 ms vary so much that they have most of the power."""
    blocks = piece[: len(piece) // MEAN_SAMPLES * MEAN_SAMPLES].reshape(-1, MEAN_SAMPLES)
    if len(blocks) == 0:
        return False
    slow = blocks.mean(axis=1, dtype=np.float64).var()
    return bool(slow > OFFSET_SHARE * piece.var(dtype=np.float64))


def _without_steps(wave: np.ndarray) -> np.ndarray:
    """Return a recording without sudden changes of its offset, which a filter keeps: they are clicks of its slope."""
    result, level = empty_wave(len(wave)), np.float64(wave[0])
    for piece in _pieces(wave):
        slope = np.diff(wave[piece], prepend=wave[max(0, piece.start - 1)])
        for step in _clicks(np.abs(slope)):
            slope[step] = 0.0
        levels = level + np.cumsum(slope, dtype=np.float64)
        result[piece], level = levels, levels[-1]
        forget(result)
    return result


def _without_offset(wave: np.ndarray) -> np.ndarray:
    """Return a recording without what is below 20 Hz, filtered without a delay.

    The filter is Butterworth's of second order, forwards and backwards. Beyond the ends, the recording continues
    mirrored in time and level, so that an offset that starts with it leaves no step.
    """
    result = empty_wave(len(wave))
    for piece in _pieces(wave):
        start, stop = max(0, piece.start - SETTLING_SAMPLES), piece.stop + SETTLING_SAMPLES
        part = wave[start:stop].astype(np.float64)
        margin = min(SETTLING_SAMPLES, len(part) - 1)
        longer = np.pad(part, margin, mode="reflect", reflect_type="odd")
        hertz = np.fft.rfftfreq(len(longer), 1 / SAMPLING_RATE)
        fast = np.fft.irfft(np.fft.rfft(longer) * (1 - 1 / (1 + (hertz / OFFSET_HZ) ** 4)), len(longer))
        result[piece] = fast[margin + piece.start - start :][: piece.stop - piece.start]
        forget(result)
    return result
