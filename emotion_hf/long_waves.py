"""Keep long waves in a temporary file, so that the memory does not grow with the length of a recording.

The file has no name and is gone when its wave is. Its wave is an ordinary array: the system reads the parts that are
used, and `forget` takes those that have been used out of memory. Where the system cannot do so, or the disk is full,
waves stay in memory.

Example:
    >>> wave = GrowingWave()
    >>> for _ in range(3):
    ...     wave.append(np.ones(4, dtype=np.float32))
    >>> [part.stop - part.start for part in spans(wave.samples, 5)]
    [5, 5, 2]
"""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from collections.abc import Iterator
from typing import IO

import numpy as np

LONG_SAMPLES = 9_600_000
"""Ten minutes at 16 kHz: a longer wave is kept in a file."""
SPAN_SAMPLES = 1_000_000
"""A whole number of frames of 20 ms."""
GROWTH = 16
"""A growing wave has space for 1/16 more."""
_ITEM = np.dtype(np.float32).itemsize


class _Pages(mmap.mmap):
    """Memory that is only a view of a file of ours, so that it can be forgotten."""


class GrowingWave:
    """A wave that grows in place: joining pieces would need the memory of the wave twice."""

    def __init__(self) -> None:
        self._space = np.zeros(0, dtype=np.float32)
        self._length = 0
        self._file: IO[bytes] | None = None

    @property
    def samples(self) -> np.ndarray:
        """The samples so far, float32, shape `(samples,)`; nothing can be appended later."""
        if self._file is None:
            self._space.resize(self._length, refcheck=False)
        return self._space[: self._length]

    def append(self, piece: np.ndarray) -> None:
        """Append samples, shape `(samples,)`."""
        end = self._length + len(piece)
        if end > len(self._space):
            self._make_space(end + end // GROWTH)
        self._space[self._length : end] = piece
        self._length = end
        forget(self._space)

    def _make_space(self, samples: int) -> None:
        if samples <= LONG_SAMPLES or (mapped := self._mapped(samples)) is None:
            if self._file is not None:
                self._space, self._file = self._space.copy(), None
            self._space.resize(samples, refcheck=False)  # without a copy, where the system can
        else:
            self._space = mapped

    def _mapped(self, samples: int) -> np.ndarray | None:
        """Return the wave so far in a file with space for more; None if there is no space for it."""
        file = self._file or _temporary_file()
        if file is None:
            return None
        mapped = _map(file, samples)
        if mapped is None:
            file.close()
        elif self._file is None:
            _copy(self._space[: self._length], mapped)
            weakref.finalize(self, file.close)
            self._file = file
        return mapped


def empty_wave(samples: int) -> np.ndarray:
    """Return a new wave, float32, shape `(samples,)`, in a file if it is long; its samples are not set."""
    if samples > LONG_SAMPLES and (file := _temporary_file()) is not None:
        with file:
            mapped = _map(file, samples)
        if mapped is not None:
            return mapped
    return np.empty(samples, dtype=np.float32)


def copied(wave: np.ndarray) -> np.ndarray:
    """Return a copy of a wave, in a file if it is long."""
    copy = empty_wave(len(wave))
    _copy(wave, copy)
    return copy


def spans(wave: np.ndarray, samples: int = SPAN_SAMPLES) -> Iterator[slice]:
    """Yield one span of a wave after the other; a span of a long wave is forgotten before the next one."""
    for start in range(0, len(wave), samples):
        yield slice(start, min(start + samples, len(wave)))
        forget(wave)


def forget(wave: np.ndarray) -> None:
    """Take a wave that is kept in a file out of memory, until it is used again; others stay."""
    base: object = wave
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, memoryview):
        base = base.obj
    if isinstance(base, _Pages):
        base.madvise(mmap.MADV_DONTNEED)


def _copy(wave: np.ndarray, copy: np.ndarray) -> None:
    for span in spans(wave):
        copy[span] = wave[span]
        forget(copy)


def _temporary_file() -> IO[bytes] | None:
    if not (hasattr(os, "posix_fallocate") and hasattr(mmap, "MADV_DONTNEED")):
        return None
    try:
        return tempfile.TemporaryFile(prefix="emotion_hf-")
    except OSError:
        return None


def _map(file: IO[bytes], samples: int) -> np.ndarray | None:
    """Return the content of a file as a wave; None if the disk is too full for it."""
    try:
        os.posix_fallocate(file.fileno(), 0, samples * _ITEM)  # later, a full disk would end the process
        return np.frombuffer(_Pages(file.fileno(), samples * _ITEM), dtype=np.float32)
    except OSError:
        return None
