"""How many corrections may be saved: in total, and by one client per day.

Example:
    >>> Limits(total=10_000, daily=100).check(records, correction)  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from emotion_hf.errors import StorageFullError, TooManyCorrectionsError
from emotion_hf.feedback.record import Correction

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Limits:
    """What a store accepts; 0 means no limit.

    Attributes:
        total: Number of corrections in total.
        daily: Number of corrections of one session within 24 hours; those without a session are not counted.
    """

    total: int = 0
    daily: int = 0

    def check(self, records: Sequence[Correction], new: Correction) -> None:
        """Refuse ``new`` if a limit is reached.

        Raises:
            StorageFullError: The total is reached.
            TooManyCorrectionsError: This client has reached its daily limit.
        """
        if self.total and len(records) >= self.total:
            raise StorageFullError(f"{self.total:,} corrections are saved, which is the limit; nothing was saved.")
        if not self.daily or not new.session:
            return
        since = new.said_at - DAY
        saved = sum(record.session == new.session and record.said_at > since for record in records)
        if saved >= self.daily:
            raise TooManyCorrectionsError(
                f"You saved {saved:,} corrections within a day, which is the limit; save more tomorrow."
            )
