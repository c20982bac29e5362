"""Let recordings take turns: only a few are analysed at once, and a short one does not wait for a long one.

A job takes a turn, works, and between its steps calls `give_way` with the seconds of audio that it has left; a waiting
job with less left goes first. Outside a turn `give_way` does nothing, so the code that decodes and predicts always
calls it.

Live sound goes first, then the job with the least audio left; of jobs with about the same, the one that arrived first.
Every fourth time it is the job that arrived first of all, so short recordings never stop a long one. Only a few long
recordings are started at once, because each keeps its samples in memory until it ends.

Clips that wait to be scored are scored together (see `emotion_hf.turns.batches`): a job whose turn comes scores those
of others with its own. If the batch has room, short recordings that are not decoded yet go first, so that their clips
can join; decoding takes milliseconds. While nobody waits, nothing is held up.

Example:
    >>> turns = Turns(at_once=1)
    >>> with turns.take(seconds_left=3.0):
    ...     give_way(seconds_left=1.5)
"""

from __future__ import annotations

import logging
import threading
import time
from bisect import insort
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from emotion_hf.errors import BusyError
from emotion_hf.turns.batches import Part, Work, score
from emotion_hf.turns.jobs import SHORT_SECONDS, Job, batch_of, is_long, length_class, rank
from emotion_hf.turns.pace import Pace, Retries, in_words

logger = logging.getLogger(__name__)

OLDEST_EVERY = 4
LIKELY_BYTES_PER_SECOND = 16_000
"""Estimates the length of a recording before its header is read: 128 kbit/s."""
STEPS_TO_SCORE = 2
"""Turns of a short recording until its clip can be scored: its header is read, then it is decoded, in 7 ms or so."""
LOOK_SECONDS = 0.25
"""Time between two calls of a waiting job's `while_waiting`."""


class Watcher(Protocol):
    """Is told what happens, for statistics; calls come from many threads."""

    def waited(self, seconds: float) -> None:
        """Take the time that a recording has waited for its first turn."""

    def scored(self, lengths: Sequence[int]) -> None:
        """Take the lengths in samples of clips that were scored in one batch."""

    def refused(self) -> None:
        """Count a recording that was refused, or given up, because too many others were waiting."""


class Turns:
    """Decides which job runs.

    Args:
        at_once: Number of jobs that run at the same time.
        begun: Number of recordings longer than `SHORT_SECONDS` in memory at the same time.
        waiting: Number of jobs that may wait; further ones are refused.
        limit_seconds: Longest time of a job from its arrival to its end.
        longest_wait_seconds: A job that would probably wait longer for its turn is refused.
        batching: Whether clips of different recordings are scored together.
        clock: Returns the time in seconds.

    Attributes:
        watcher: Is told what happens; nobody by default.
    """

    def __init__(
        self,
        *,
        at_once: int,
        begun: int = 4,
        waiting: int = 64,
        limit_seconds: float = 600.0,
        longest_wait_seconds: float = 600.0,
        batching: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.at_once, self.waiting, self.limit_seconds = at_once, waiting, limit_seconds
        self.longest_wait_seconds, self.batching = longest_wait_seconds, batching
        self.watcher: Watcher | None = None
        self._begun_limit = max(begun, at_once)
        self._clock = clock
        self._lock = threading.Lock()
        self._free = at_once
        self._queue: list[Job] = []  # waiting jobs, in order of arrival
        self._jobs: list[Job] = []  # waiting and running jobs
        self._arrivals = self._choices = 0
        self._pace, self._retries = Pace(), Retries(longest_wait_seconds)

    @property
    def queued(self) -> int:
        """Number of waiting jobs."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """Number of jobs that have a turn."""
        return self.at_once - self._free

    def wait_seconds(self, seconds: float = SHORT_SECONDS) -> float:
        """Return how long a recording of this length would probably wait, by the pace of the last ones.

        If nothing would go before it, this is the time until the next of the present jobs has ended.
        """
        with self._lock:
            return self._wait_seconds(seconds)

    @contextmanager
    def take(
        self, seconds_left: float, while_waiting: Callable[[], object] = lambda: None, *, is_live: bool = False
    ) -> Iterator[None]:
        """Wait for a turn, and hold it while the block runs; inside another turn, continue at once.

        Args:
            seconds_left: Length of the recording, as far as known.
            while_waiting: Called now and then while the job waits; an error that it raises ends the job.
            is_live: Whether somebody is speaking, so that the answer is of no use later.

        Raises:
            BusyError: Too many jobs wait, or this one has waited too long or would have to.
        """
        if _own_turn.get() is not None:
            yield
            return
        job, is_done = self._enter(seconds_left, while_waiting, is_live), False
        try:
            self._wait(job)
            if self.watcher:
                self.watcher.waited(self._clock() - job.arrived)
            token = _own_turn.set((self, job))
            try:
                yield
            finally:
                _own_turn.reset(token)
            is_done = True
        finally:
            self._leave(job, seconds_left if is_done else None)

    def _enter(self, seconds_left: float, while_waiting: Callable[[], object], is_live: bool = False) -> Job:
        with self._lock:
            if not self._free:
                self._check_room(seconds_left)
            self._arrivals += 1
            now = self._clock()
            job = Job(self._arrivals, seconds_left, now, now + self.limit_seconds, while_waiting, is_live)
            self._jobs.append(job)
            self._queue.append(job)
            self._choose()
            return job

    def _check_room(self, seconds_left: float) -> None:
        wait = self._wait_seconds(seconds_left)
        if len(self._queue) >= self.waiting:
            later = self._retries.after(wait, self._pace.seconds_for(seconds_left) / self.at_once, self._clock())
            text = f"{self.waiting} recordings are already waiting here; try again in {in_words(later)}."
            raise self._counted(BusyError(text, later))
        if wait > self.longest_wait_seconds:
            later = wait - self.longest_wait_seconds
            raise self._counted(
                BusyError(
                    f"This recording would have to wait for {in_words(wait)}, because many others come first; try "
                    f"again in {in_words(later)}, or send a shorter one.",
                    later,
                )
            )

    def _wait_seconds(self, seconds: float) -> float:
        own_rank = length_class(seconds)
        ahead = sum(job.seconds_left for job in self._jobs if rank(job) <= own_rank)
        least = min((job.seconds_left for job in self._jobs), default=0.0)
        return self._pace.seconds_for(max(ahead, least)) / self.at_once

    def _leave(self, job: Job, audio_seconds: float | None) -> None:
        """Remove a job; if it is done, the time of its turns counts for the pace, with its length as announced."""
        with self._lock:
            self._jobs.remove(job)
            if job in self._queue:
                self._queue.remove(job)
            else:
                self._end_turn(job)
            for one in job.batch:  # it was ended just before it could score them
                one.is_taken = False
            if audio_seconds is not None:
                self._pace.add(audio_seconds=audio_seconds, busy_seconds=job.busy_seconds)
            self._choose()

    def _give_way(self, job: Job, seconds_left: float, part: Part | None = None) -> None:
        job.seconds_left = seconds_left
        if self._clock() > job.deadline:
            raise self._too_late()
        if not self._queue:
            return
        with self._lock:
            if self.batching and part and part.room:
                job.part, job.let_pass = part, 0
            job.may_go.clear()
            self._end_turn(job)
            insort(self._queue, job, key=lambda one: one.number)
            self._choose()
        self._wait(job)

    def _end_turn(self, job: Job) -> None:
        self._free += 1
        job.busy_seconds += self._clock() - job.since

    def _together(self, job: Job, seconds_left: float, part: Part) -> list[Any]:
        """Return the answers to a part's clips, which this job or another one has scored."""
        job.is_unscored = False
        self._give_way(job, seconds_left, part)
        if job.batch:
            self._score_batch(job)
        if part.answers is None:
            self._score([part])
        return part.answers or []

    def _score_batch(self, job: Job) -> None:
        """Score the clips of several jobs, and let the others go on, before any newcomer."""
        batch, job.batch = job.batch, []
        try:
            self._score([one.part for one in batch if one.part])
        except Exception:  # whose clip it is will show, because each job now scores its own alone
            logger.debug("A batch could not be scored", exc_info=True)
        finally:
            with self._lock:
                for one in batch:
                    one.part, one.is_taken = None, False
                    if one is not job:
                        one.seconds_left = 0.0
                self._choose()

    def _score(self, parts: list[Part]) -> None:
        score(parts)
        if self.watcher:
            self.watcher.scored([len(clip) for part in parts for clip in part.clips])

    def _wait(self, job: Job) -> None:
        while not job.may_go.wait(min(LOOK_SECONDS, max(0.0, job.deadline - self._clock()))):
            if self._clock() >= job.deadline:
                raise self._too_late()
            job.while_waiting()

    def _too_late(self) -> BusyError:
        return self._counted(
            BusyError(
                f"This recording could not be analysed within {self.limit_seconds:g} s, because many others were "
                "being analysed; try again later, or send a shorter one.",
                self.wait_seconds(),
            )
        )

    def _counted(self, error: BusyError) -> BusyError:
        if self.watcher:
            self.watcher.refused()
        return error

    def _choose(self) -> None:
        """Give the free places to the next jobs; the caller holds the lock."""
        while self._free and (possible := self._possible()):
            job = self._next(possible)
            job.is_begun = job.is_begun or is_long(job)
            job.is_new = False
            job.since = self._clock()
            self._queue.remove(job)
            self._free -= 1
            if job.part:
                job.batch = batch_of(job, self._queue)
                for one in job.batch:
                    one.is_taken = True
            job.may_go.set()

    def _next(self, possible: list[Job]) -> Job:
        """Return the job whose turn it is, or a short one that is not decoded yet and may join its batch."""
        self._choices += 1
        is_for_oldest = self._choices % OLDEST_EVERY == 0
        job = possible[0] if is_for_oldest else min(possible, key=rank)
        if job.part is None or job.is_live or job.let_pass >= STEPS_TO_SCORE * job.part.room:
            return job
        others = [one for one in possible if one.is_unscored and not is_long(one)]
        is_full = sum(len(one.part.clips) for one in batch_of(job, self._queue) if one.part) == job.part.most
        if is_full or not others:
            return job
        job.let_pass += 1
        return min(others, key=lambda one: (rank(one), one.is_new))

    def _possible(self) -> list[Job]:
        """Return the waiting jobs that fit into memory and are not being scored by another one, oldest first."""
        is_room = sum(job.is_begun for job in self._jobs) < self._begun_limit
        return [job for job in self._queue if not job.is_taken and (is_room or job.is_begun or not is_long(job))]


_own_turn: ContextVar[tuple[Turns, Job] | None] = ContextVar("_own_turn", default=None)


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


def together(work: Work, clips: Sequence[Any], *, most: int, seconds_left: float) -> Sequence[Any]:
    """Return ``work(clips)``; in a turn, together with waiting clips of other recordings for the same work.

    Shorter recordings may go first, as with `give_way`.

    Args:
        work: Scores clips: returns a list with the answer to each.
        clips: The clips, at least one.
        most: Number of clips that are scored at once.
        seconds_left: Length of the part that is still to be analysed.

    Raises:
        BusyError: The recording has taken too long.
    """
    if turn := _own_turn.get():
        turns, job = turn
        return turns._together(job, seconds_left, Part(work, clips, most))
    return work(list(clips))
