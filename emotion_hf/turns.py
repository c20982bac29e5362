"""Let recordings take turns: only a few are analysed at once, and a short one does not wait for a long one.

A job takes a turn, works, and between its steps calls `give_way` with the seconds of audio that it has left; a waiting
job with less left goes first. Outside a turn `give_way` does nothing, so the code that decodes and predicts always
calls it.

The job with the least audio left goes next. Every fourth time it is the job that arrived first, so a stream of short
recordings never stops a long one. Only a few long recordings are started at once, because each keeps its samples in
memory until it ends.

Example:
    >>> turns = Turns(at_once=1)
    >>> with turns.take(seconds_left=3.0):
    ...     give_way(seconds_left=1.5)
"""

from __future__ import annotations

import threading
import time
from bisect import insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from emotion_hf.errors import BusyError

SHORT_SECONDS = 60.0
"""A recording up to this long counts as short: it takes so little memory that any number may be started."""
OLDEST_EVERY = 4
LIKELY_BYTES_PER_SECOND = 16_000
"""Estimates the length of a recording before its header is read: 128 kbit/s."""
LOOK_SECONDS = 0.25
"""Time between two calls of a waiting job's `while_waiting`."""


@dataclass(eq=False)
class _Job:
    """One request: how much audio it has left, its deadline, and whether it may run now."""

    number: int  # in order of arrival
    seconds_left: float
    deadline: float
    while_waiting: Callable[[], object] = lambda: None
    is_begun: bool = False  # a long recording that is in memory
    may_go: threading.Event = field(default_factory=threading.Event)


class Turns:
    """Decides which job runs.

    Args:
        at_once: Number of jobs that run at the same time.
        begun: Number of recordings longer than `SHORT_SECONDS` in memory at the same time.
        waiting: Number of jobs that may wait; further ones are refused.
        limit_seconds: Longest time of a job from its arrival to its end.
        clock: Returns the time in seconds.
    """

    def __init__(
        self,
        *,
        at_once: int,
        begun: int = 4,
        waiting: int = 64,
        limit_seconds: float = 600.0,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.at_once, self.waiting, self.limit_seconds = at_once, waiting, limit_seconds
        self._begun_limit = max(begun, at_once)
        self._clock = clock
        self._lock = threading.Lock()
        self._free = at_once
        self._queue: list[_Job] = []  # waiting jobs, in order of arrival
        self._jobs: list[_Job] = []  # waiting and running jobs
        self._arrivals = self._choices = 0

    @property
    def queued(self) -> int:
        """Number of waiting jobs."""
        return len(self._queue)

    @contextmanager
    def take(self, seconds_left: float, while_waiting: Callable[[], object] = lambda: None) -> Iterator[None]:
        """Wait for a turn, and hold it while the block runs; inside another turn, continue at once.

        Args:
            seconds_left: Length of the recording, as far as known.
            while_waiting: Called now and then while the job waits; an error that it raises ends the job.

        Raises:
            BusyError: Too many jobs wait, or this one has waited too long.
        """
        if _own_turn.get() is not None:
            yield
            return
        job = self._enter(seconds_left, while_waiting)
        try:
            self._wait(job)
            token = _own_turn.set((self, job))
            try:
                yield
            finally:
                _own_turn.reset(token)
        finally:
            self._leave(job)

    def _enter(self, seconds_left: float, while_waiting: Callable[[], object]) -> _Job:
        with self._lock:
            if not self._free and len(self._queue) >= self.waiting:
                raise BusyError(f"{self.waiting} recordings are already waiting here; try again in a minute.")
            self._arrivals += 1
            job = _Job(self._arrivals, seconds_left, self._clock() + self.limit_seconds, while_waiting)
            self._jobs.append(job)
            self._queue.append(job)
            self._choose()
            return job

    def _leave(self, job: _Job) -> None:
        with self._lock:
            self._jobs.remove(job)
            if job in self._queue:
                self._queue.remove(job)
            else:
                self._free += 1
            self._choose()

    def _give_way(self, job: _Job, seconds_left: float) -> None:
        job.seconds_left = seconds_left
        if self._clock() > job.deadline:
            raise self._too_late()
        if not self._queue:
            return
        with self._lock:
            job.may_go.clear()
            self._free += 1
            insort(self._queue, job, key=lambda one: one.number)
            self._choose()
        self._wait(job)

    def _wait(self, job: _Job) -> None:
        while not job.may_go.wait(min(LOOK_SECONDS, max(0.0, job.deadline - self._clock()))):
            if self._clock() >= job.deadline:
                raise self._too_late()
            job.while_waiting()

    def _too_late(self) -> BusyError:
        return BusyError(
            f"This recording could not be analysed within {self.limit_seconds:g} s, because many others were being "
            "analysed; try again later, or send a shorter one."
        )

    def _choose(self) -> None:
        """Give the free places to the next jobs; the caller holds the lock."""
        while self._free and (possible := self._possible()):
            self._choices += 1
            is_for_oldest = self._choices % OLDEST_EVERY == 0
            job = possible[0] if is_for_oldest else min(possible, key=lambda one: one.seconds_left)
            job.is_begun = job.is_begun or _is_long(job)
            self._queue.remove(job)
            self._free -= 1
            job.may_go.set()

    def _possible(self) -> list[_Job]:
        """Return the waiting jobs that fit into memory, oldest first."""
        is_room = sum(job.is_begun for job in self._jobs) < self._begun_limit
        return [job for job in self._queue if is_room or job.is_begun or not _is_long(job)]


def _is_long(job: _Job) -> bool:
    return job.seconds_left > SHORT_SECONDS


_own_turn: ContextVar[tuple[Turns, _Job] | None] = ContextVar("_own_turn", default=None)


def likely_seconds(size: int) -> float:
    """Return how long a recording of this many bytes probably is."""
    return size / LIKELY_BYTES_PER_SECOND


def give_way(seconds_left: float) -> None:
    """Let shorter recordings go first, if this runs in a turn and some are waiting.

    Args:
        seconds_left: Length of the part that is still to be analysed.

    Raises:
        BusyError: The recording has taken too long.
    """
    if turn := _own_turn.get():
        turns, job = turn
        turns._give_way(job, seconds_left)
