"""Limits for each client and for all clients together: token buckets and counts, in bounded memory.

Example:
    >>> rate = Rate(per_minute=60, burst=2)
    >>> [rate.wait("a", now=0.0) for _ in range(3)]
    [0.0, 0.0, 1.0]
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from emotion_hf.app.guard.refusals import Refusal

MEGABYTE = 1_000_000
BUSY_SECONDS = 5.0
"""When to try again, where there is no estimate."""
CLIENTS_REMEMBERED = 10_000
EVERYBODY = "everybody"


@dataclass(frozen=True)
class Limits:
    """Limits that the guard enforces.

    Attributes:
        requests_per_minute: For one client, not counting the page's own files; 0 for no limit.
        all_requests_per_minute: For all clients together; 0 for no limit.
        requests_at_once: For one client, including open streams.
        all_requests_at_once: For all clients together.
        calls_at_once: Calls of one client that wait for a result.
        all_calls_at_once: For all clients together.
        uploads_at_once: For one client.
        all_uploads_at_once: For all clients together.
        recordings_at_once: Recordings of one client that the API is receiving or analysing.
        all_recordings_at_once: For all clients together.
        messages_at_once: The same for the messages of MCP, which are in memory.
        all_messages_at_once: For all clients together.
        upload_bytes: Whole body of an upload, all its parts together.
        upload_bytes_per_minute: For one client, after a first burst of five times as much.
        message_bytes: Whole body of a message of MCP.
        json_bytes: Whole body of any other request.
        upload_seconds: Time for the body of an upload to arrive.
        json_seconds: Time for any other body to arrive.
        idle_seconds: Longest pause between two pieces of a body.
    """

    requests_per_minute: int = 600
    all_requests_per_minute: int = 6_000
    requests_at_once: int = 100
    all_requests_at_once: int = 500
    calls_at_once: int = 50
    all_calls_at_once: int = 64
    uploads_at_once: int = 8
    all_uploads_at_once: int = 32
    recordings_at_once: int = 8
    all_recordings_at_once: int = 32
    messages_at_once: int = 4
    all_messages_at_once: int = 8
    upload_bytes: int = 100 * MEGABYTE
    upload_bytes_per_minute: int = 200 * MEGABYTE
    message_bytes: int = 40 * MEGABYTE
    json_bytes: int = MEGABYTE
    upload_seconds: float = 300.0
    json_seconds: float = 20.0
    idle_seconds: float = 20.0


class Rate:
    """A token bucket for each key; beyond ``CLIENTS_REMEMBERED`` keys, the least recently used are forgotten.

    Args:
        per_minute: Tokens that come back in a minute; 0 for no limit.
        burst: Tokens at the start, which is also the maximum; ``per_minute`` if not given.
    """

    def __init__(self, per_minute: float, burst: float | None = None):
        self.per_second, self.burst = per_minute / 60, per_minute if burst is None else burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str, *, cost: float = 1.0, now: float | None = None) -> float:
        """Take ``cost`` tokens and return 0, or take none and return the seconds until the bucket is not empty.

        A bucket that is not empty pays any cost and may go into debt, because the cost of a body is known only after
        it has been read.
        """
        if not self.per_second:
            return 0.0
        now = time.monotonic() if now is None else now
        tokens, seen = self._buckets.pop(key, (self.burst, now))
        tokens = min(self.burst, tokens + (now - seen) * self.per_second)
        short = min(cost, 1.0) - tokens
        self._buckets[key] = (tokens if short > 0 else tokens - cost, now)
        if len(self._buckets) > CLIENTS_REMEMBERED:
            self._buckets.popitem(last=False)
        return short / self.per_second if short > 0 else 0.0


class AtOnce:
    """A limit on what runs at the same time, for each client and for all together.

    Args:
        each: Limit for one client.
        all: Limit for all clients together.
        what: What is counted, for the error message.
        retry_seconds: Returns the time after which there may be room again.
    """

    def __init__(self, each: int, all: int, what: str, retry_seconds: Callable[[], float] = lambda: BUSY_SECONDS):
        self.each, self.all, self.what, self._retry_seconds = each, all, what, retry_seconds
        self._running: Counter[str] = Counter()

    @contextmanager
    def one(self, client: str) -> Iterator[None]:
        """Count one more until it is done.

        Raises:
            Refusal: 429 if the client has too many, 503 if all of them have.
        """
        if self._running[client] >= self.each:
            sentence = f"You have too many {self.what} open; wait until one has ended."
            raise Refusal(429, sentence, retry_after=BUSY_SECONDS)
        if self._running.total() >= self.all:
            sentence = f"This page is busy with too many {self.what}; try again soon."
            raise Refusal(503, sentence, retry_after=self._retry_seconds())
        self._running[client] += 1
        try:
            yield
        finally:
            self._running[client] -= 1
            if not self._running[client]:
                del self._running[client]
