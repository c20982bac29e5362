"""An opened recording, and samples that keep one rate and one number of channels from beginning to end.

Example:
    >>> halves = [(np.zeros((100, 1), np.float32), 8_000), (np.zeros((200, 2), np.float32), 16_000)]
    >>> sum(block.shape[0] for block in alike(iter(halves), sampling_rate=8_000, channels=2))
    200
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NewType

import numpy as np
import soxr

from emotion_hf.errors import AudioFormatError

BLOCK_SAMPLES = 1 << 18
JOINED_SAMPLES = 1 << 13
MIN_RATE, MAX_RATE = 1_000, 1_000_000
"""Rates that a part of a recording may have, in Hz; damaged headers name others, which would cost much memory."""
Note = NewType("Note", str)
"""A sentence about how a recording was read: what was left out or chosen."""
END_MISSING = Note("The end of the recording is missing or damaged.")


@dataclass(frozen=True)
class Recording:
    """An opened recording: the facts in its header, and its samples.

    Attributes:
        sampling_rate: In Hz, unchecked.
        channels: Number of channels, unchecked.
        seconds: Length according to the header; None if the header does not state it.
        blocks: The samples in order, float32 of shape ``(samples, channels)``, integers scaled to [-1, 1).
        stated_seconds: Length that some header states but that is no reason to refuse the recording; None if unknown.
        notes: What the listener must know about the samples; the blocks add to it while they are read.
    """

    sampling_rate: float
    channels: int
    seconds: float | None
    blocks: Iterable[np.ndarray]
    stated_seconds: float | None = None
    notes: list[Note] = field(default_factory=list)


def alike(blocks: Iterator[tuple[np.ndarray, float]], sampling_rate: float, channels: int) -> Iterator[np.ndarray]:
    """Yield blocks of one rate and one number of channels, whatever the given ones have.

    Args:
        blocks: Samples of shape ``(samples, any number of channels)``, each block with its rate in Hz.
        sampling_rate: The rate of the result.
        channels: The number of channels of the result; a block with another number becomes mono in each of them.
            Blocks with an impossible rate or without channels are left out.
    """
    resampler, from_rate = None, sampling_rate
    nothing = np.zeros((0, channels), np.float32)
    for samples, rate in blocks:
        if not MIN_RATE <= rate <= MAX_RATE or samples.shape[1] == 0:
            continue
        if rate != from_rate:
            if resampler is not None:
                yield resampler.resample_chunk(nothing, last=True)
            is_same = rate == sampling_rate
            resampler = None if is_same else soxr.ResampleStream(rate, sampling_rate, channels, dtype="float32")
            from_rate = rate
        if samples.shape[1] != channels:
            samples = np.repeat(samples.mean(axis=1, keepdims=True), channels, axis=1)
        if resampler is None:
            yield samples
            continue
        step = max(1, int(BLOCK_SAMPLES * rate / sampling_rate / channels))  # the result of a step is a block
        for start in range(0, len(samples), step):
            yield resampler.resample_chunk(np.ascontiguousarray(samples[start : start + step]))
    if resampler is not None:
        yield resampler.resample_chunk(nothing, last=True)


def joined(blocks: Iterator[tuple[np.ndarray, float]]) -> Iterator[tuple[np.ndarray, float]]:
    """Yield the same samples in larger blocks, which take less time; a frame of a codec has only some 1,000 samples.

    Args:
        blocks: Samples of shape ``(samples, channels)``, each block with its rate in Hz.
    """
    waiting: list[np.ndarray] = []
    rate = 0.0
    for samples, next_rate in blocks:
        is_other = waiting and (next_rate != rate or samples.shape[1] != waiting[0].shape[1])
        if is_other or sum(map(len, waiting)) >= JOINED_SAMPLES:
            yield np.concatenate(waiting), rate
            waiting.clear()
        waiting.append(samples)
        rate = next_rate
    if waiting:
        yield np.concatenate(waiting), rate


def silence(samples: int, channels: int) -> Iterator[np.ndarray]:
    """Yield this many samples of silence, in blocks of limited size."""
    for start in range(0, samples, BLOCK_SAMPLES):
        yield np.zeros((min(BLOCK_SAMPLES, samples - start), channels), np.float32)


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
    return (samples.astype(np.float32) - np.float32(middle)) / np.float32(full_scale)  # as exact as with float64
