"""Analyse a recording in a thread of its own: tell how much is done, and stop when asked.

Gradio runs the steps of a handler in changing threads, but a turn (see `emotion_hf.turns`) belongs to one thread.

Example:
    >>> job = Job(lambda progress: progress(0.5) or "done")
    >>> list(job.progress()), job.result()
    ([0.5], 'done')
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Generic, TypeVar

from emotion_hf.errors import EmotionError

T = TypeVar("T")


class StoppedError(EmotionError):
    """The visitor stopped the analysis."""


class Job(Generic[T]):
    """One piece of work.

    Args:
        work: Called with a function that takes the share that is done, from 0 to 1.
    """

    def __init__(self, work: Callable[[Callable[[float], object]], T]):
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
            raise StoppedError("The analysis was stopped.")
        if share != self._noted:
            self._noted = share
            self._shares.put(share)
