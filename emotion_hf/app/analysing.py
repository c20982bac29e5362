"""Work on a recording in a thread of its own: tell how much is done, and stop when asked.

Gradio runs the steps of a handler in changing threads, but a turn (see `emotion_hf.turns`) belongs to one thread.
A handler runs its work with `Jobs`, at most one at a time for each session.

Example:
    >>> job = Job(lambda progress: progress(0.5) or "done")
    >>> list(job.progress()), job.result()
    ([0.5], 'done')
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextvars import copy_context
from typing import Generic, TypeVar

from emotion_hf.errors import EmotionError

T = TypeVar("T")
U = TypeVar("U")
STOPPED = "The analysis was stopped. Choose the recording again to start it."
OnProgress = Callable[[float], object]
"""Takes the share that is done, from 0 to 1."""


class StoppedError(EmotionError):
    """The work was stopped, and the page shows something else by now."""


class Job(Generic[T]):
    """One piece of work.

    Args:
        work: Called with a function that takes the share that is done, from 0 to 1.
    """

    def __init__(self, work: Callable[[OnProgress], T]):
        self._shares: queue.SimpleQueue[float | None] = queue.SimpleQueue()
        self._is_stopped = threading.Event()
        self._noted: float | None = None
        self._outcome: T | BaseException
        self.begun = time.monotonic()

        def run() -> None:
            try:
                self._outcome = work(self._note)
            except BaseException as error:  # noqa: BLE001 - raised again by `result`
                self._outcome = error
            self._shares.put(None)

        threading.Thread(target=copy_context().run, args=[run], daemon=True).start()

    def stop(self) -> None:
        """Stop at the next step."""
        self._is_stopped.set()

    def progress(self) -> Iterator[float]:
        """Yield the share that is done whenever it changes, until the work ends."""
        while (share := self._shares.get()) is not None:
            yield share

    def result(self) -> T:
        """Return the result, or raise the error, after `progress` has ended."""
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome

    def seconds_left(self, share: float) -> float | None:
        """Estimate the remaining time from the share that is done; `None` before it can be known."""
        passed = time.monotonic() - self.begun
        return passed * (1 - share) / share if share > 0 else None

    def _note(self, share: float) -> None:
        if self._is_stopped.is_set():
            raise StoppedError(STOPPED)
        if share != self._noted:
            self._noted = share
            self._shares.put(share)


class Jobs:
    """The jobs of one panel, at most one for each session."""

    def __init__(self) -> None:
        self._running: dict[str, Job] = {}

    def run(
        self, session: str, work: Callable[[OnProgress], T], waiting: Callable[[float, float | None], U]
    ) -> Generator[U, None, T]:
        """Yield what to show while the work goes on, then return its result; an earlier job of the session ends.

        Args:
            session: The visitor's session.
            work: The work, as for `Job`.
            waiting: Makes what is yielded, from the share that is done and the seconds left.

        Raises:
            StoppedError: `stop` was called, or the session has begun another job here.
        """
        self.stop(session)
        job = self._running[session] = Job(work)
        try:
            for share in job.progress():
                if self._running.get(session) is not job:
                    break
                yield waiting(share, job.seconds_left(share))
            if self._running.get(session) is not job:
                raise StoppedError(STOPPED)
            return job.result()
        finally:
            job.stop()  # also if the visitor closed the page
            if self._running.get(session) is job:
                del self._running[session]

    def seconds(self, session: str) -> float:
        """Return how long the job of a session has been running; 0 if there is none."""
        job = self._running.get(session)
        return time.monotonic() - job.begun if job else 0.0

    def stop(self, session: str) -> None:
        """Stop the job of a session: nothing of it is shown any more, and it ends at its next step."""
        if job := self._running.pop(session, None):
            job.stop()
