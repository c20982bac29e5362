"""Decide which channels of a recording make its mono wave.

Usually it is the mean of all. That fails in two cases, which are found by two measurements:

- The channels cancel each other out, as when a cable inverts one of them: the mean has less than half of the power
  that the loudest channel would give it alone. Then the channel with the most speech is used.
- A channel holds noise and (almost) no speech beside one with speech, as when a microphone is not connected. Speech is
  measured by the speech gate in up to two minutes from all over the recording. Channels with the two sides of a
  conversation are both used: while one speaks, the other is quiet.

Channels that are alike, or too quiet to matter, are not measured, so a usual recording costs one matrix product.

Example:
    >>> meter = ChannelMeter(2)
    >>> meter.add(np.array([[0.5, -0.5], [-0.5, 0.5]] * 100, np.float32))
    >>> meter.cancel([0, 1]), meter.must_be_measured
    (True, True)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import soxr

from emotion_hf.decoding import Note
from emotion_hf.speech import FRAME_SAMPLES, speech_segments
from emotion_hf.turns import give_way
from emotion_hf.waves import SAMPLING_RATE, SILENCE_PEAK

QUIET_POWER = 1e-6
"""A channel 60 dB below the loudest one is treated as silent."""
ALIKE_CORRELATION = 0.8
CANCELLED_POWER = 0.5
HARDLY_SPEECH = 0.05
"""A channel with less than this share of the speech of the best one may be left out."""
NOISE_POWER = 0.01
"""It is left out if its sound between the words is louder than 20 dB below the speech of the best one."""
EXCERPT_SECONDS = 10.0
MAX_EXCERPTS = 12
MAX_EXCERPT_VALUES = 1 << 24
"""Numbers in all excerpts at their original rate; 64 MB."""
SIDES = ("left", "right")


@dataclass(frozen=True)
class Mix:
    """The channels whose mean is used, and the sentence that says so; no channels mean all of them."""

    channels: tuple[int, ...] = ()
    note: Note | None = None


@dataclass(frozen=True)
class _Contents:
    """What a channel holds: seconds of speech, the power in it, and the median power of the other frames."""

    speech_seconds: float
    speech_power: float
    noise_power: float


class ChannelMeter:
    """Sums up the powers of channels and their products, block by block."""

    def __init__(self, channels: int):
        self.channels = channels
        self.samples = 0
        self._sums = np.zeros(channels)
        self._products = np.zeros((channels, channels))

    def add(self, block: np.ndarray) -> None:
        """Add samples of shape ``(samples, channels)``."""
        with np.errstate(over="ignore", invalid="ignore"):  # the recording is refused if they are not finite
            exact = block.astype(np.float64)
            self.samples += len(block)
            self._sums += exact.sum(axis=0)
            self._products += exact.T @ exact

    @property
    def must_be_measured(self) -> bool:
        """Whether the mean of all channels may be wrong, so that their speech decides."""
        loud = self.loud
        if len(loud) < 2:
            return False
        powers = np.diag(self._covariance)[loud]
        with np.errstate(invalid="ignore"):
            correlation = self._covariance[np.ix_(loud, loud)] / np.sqrt(np.outer(powers, powers))
        return bool(correlation.min() < ALIKE_CORRELATION)

    @property
    def loud(self) -> list[int]:
        """The channels that are neither silent nor too quiet to matter."""
        powers = np.diag(self._covariance)
        return np.flatnonzero(powers > max(QUIET_POWER * powers.max(), SILENCE_PEAK**2)).tolist()

    def cancel(self, channels: Sequence[int]) -> bool:
        """Return whether these channels cancel each other out in their mean."""
        part = self._covariance[np.ix_(channels, channels)]
        return bool(part.sum() < CANCELLED_POWER * np.diag(part).max())

    @property
    def _covariance(self) -> np.ndarray:
        means = self._sums / max(1, self.samples)
        return self._products / max(1, self.samples) - np.outer(means, means)


def choose_mix(meter: ChannelMeter, blocks: Iterable[np.ndarray], sampling_rate: float) -> Mix:
    """Decide which channels to use, by the speech in each.

    Args:
        meter: It has seen the whole recording.
        blocks: The recording once more, each of shape ``(samples, channels)``.
        sampling_rate: Its rate, in Hz.
    """
    loud = meter.loud
    excerpts = list(_excerpts(blocks, meter.samples, meter.channels, sampling_rate))
    found = {channel: _listen(np.concatenate([one[channel] for one in excerpts])) for channel in loud}
    best = _best(found)
    noisy = [
        channel
        for channel in loud
        if found[channel].speech_seconds < HARDLY_SPEECH * found[best].speech_seconds
        and found[channel].noise_power > NOISE_POWER * found[best].speech_power
    ]
    used = [channel for channel in loud if channel not in noisy]
    if meter.cancel(used):
        return Mix((best,), _cancelled(best, meter.channels))
    if noisy:
        return Mix(tuple(used), _noisy(noisy, meter.channels))
    return Mix()


def _best(found: Mapping[int, _Contents]) -> int:
    """Return the first channel that has about as much speech as any, and about as loud."""
    most = max(one.speech_seconds for one in found.values())
    spoken = {channel: one.speech_power for channel, one in found.items() if one.speech_seconds >= 0.9 * most}
    loudest = max(spoken.values())
    return next(channel for channel, power in spoken.items() if power >= 0.5 * loudest)


def _cancelled(best: int, channels: int) -> Note:
    used = f"the {SIDES[best]} channel" if channels == len(SIDES) else f"channel {best} (counted from 0)"
    return Note(f"Only {used} is used, because the channels cancel each other out.")


def _noisy(noisy: Sequence[int], channels: int) -> Note:
    if channels == len(SIDES):
        left_out, used = SIDES[noisy[0]], SIDES[1 - noisy[0]]
        return Note(f"Only the {used} channel is used; the {left_out} one holds noise and hardly any speech.")
    numbers = ", ".join(map(str, noisy))
    return Note(f"Channels that hold noise and hardly any speech are left out: {numbers} (counted from 0).")


def _excerpts(blocks: Iterable[np.ndarray], samples: int, channels: int, sampling_rate: float) -> Iterator[np.ndarray]:
    """Yield pieces from all over the recording at 16 kHz, each of shape ``(channels, samples')``."""
    values = min(MAX_EXCERPTS * EXCERPT_SECONDS * sampling_rate, MAX_EXCERPT_VALUES / channels)
    size = max(1, min(round(EXCERPT_SECONDS * sampling_rate), int(values)))
    count = max(1, min(int(values // size), -(-samples // size)))
    starts = np.linspace(0, max(0, samples - size), count).round().astype(int).tolist()
    position, pieces = 0, []
    for block in blocks:
        end = position + len(block)
        while starts and starts[0] < end:
            piece = block[max(0, starts[0] - position) : starts[0] + size - position]
            pieces.append(piece)
            if starts[0] + size > end:
                break
            yield _resampled(pieces, sampling_rate)
            pieces = []
            del starts[0]
        position = end
        give_way((samples - position) / sampling_rate)
    if pieces:
        yield _resampled(pieces, sampling_rate)


def _resampled(pieces: Sequence[np.ndarray], sampling_rate: float) -> np.ndarray:
    joined = np.concatenate(pieces).astype(np.float32)
    return soxr.resample(joined, sampling_rate, SAMPLING_RATE).reshape(-1, joined.shape[1]).T


def _listen(wave: np.ndarray) -> _Contents:
    segments = speech_segments(np.ascontiguousarray(wave))
    whole = wave[: len(wave) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    powers = whole.var(axis=1, dtype=np.float64)
    is_speech = np.zeros(len(powers), dtype=bool)
    for segment in segments:
        is_speech[segment.samples.start // FRAME_SAMPLES : -(-segment.samples.stop // FRAME_SAMPLES)] = True
    return _Contents(
        sum(segment.seconds for segment in segments),
        float(powers[is_speech].mean()) if is_speech.any() else 0.0,
        float(np.median(powers[~is_speech])) if not is_speech.all() else 0.0,
    )
