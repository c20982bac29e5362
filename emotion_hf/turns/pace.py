"""How long recordings take to analyse, measured on the last ones, so that a refusal can say when to try again.

Example:
    >>> pace = Pace()
    >>> for _ in range(1000): pace.add(audio_seconds=3.0, busy_seconds=0.3)
    >>> round(pace.seconds_for(60.0))
    6
    >>> in_words(6.2), in_words(400.0)
    ('7 s', '7 min')
"""

from __future__ import annotations

import math

USUAL, WEIGHT_SECONDS = 0.025, 60.0
"""Before anything was measured: seconds of one core for a second of sound, and how much sound this counts as."""
KEPT = 0.98
"""Weight of earlier recordings after each further one: the last fifty count most."""
LEAST_SECONDS = 1.0
"""A shorter recording counts as this long, because decoding takes its time, too."""


class Pace:
    """The time that one second of a recording takes, as a mean that forgets."""

    def __init__(self) -> None:
        self._audio, self._busy = WEIGHT_SECONDS, WEIGHT_SECONDS * USUAL

    def add(self, *, audio_seconds: float, busy_seconds: float) -> None:
        """Count a recording that was analysed.

        Args:
            audio_seconds: Its length, as it was estimated when it came.
            busy_seconds: How long it was worked on.
        """
        self._audio = KEPT * self._audio + max(audio_seconds, LEAST_SECONDS)
        self._busy = KEPT * self._busy + busy_seconds

    def seconds_for(self, audio_seconds: float) -> float:
        """Return how long the work on recordings of this length takes."""
        return audio_seconds * self._busy / self._audio


class Retries:
    """Spreads the times at which refused recordings may come again; otherwise all would come at the same time.

    Args:
        longest_seconds: The longest time that somebody is told to wait.
    """

    def __init__(self, longest_seconds: float):
        self._longest, self._promised_until = longest_seconds, 0.0

    def after(self, wait_seconds: float, busy_seconds: float, now: float) -> float:
        """Return how long a refused recording should wait: for the present ones, and for those refused before.

        Args:
            wait_seconds: Time that the present recordings take.
            busy_seconds: Time that this one takes.
            now: The time in seconds.
        """
        start = min(max(now + wait_seconds, self._promised_until), now + self._longest)
        self._promised_until = start + busy_seconds
        return start - now


def in_words(seconds: float) -> str:
    """Return a time to wait, rounded up, as text."""
    return f"{max(1, math.ceil(seconds))} s" if seconds <= 90 else f"{math.ceil(seconds / 60)} min"
