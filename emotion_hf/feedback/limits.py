"""How many corrections may be kept: in all, and of one client in a day.

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
        total: Corrections in all.
        daily: Corrections of one session within 24 hours; those without a session are not counted.
    """

    total: int = 0
    daily: int = 0

    def check(self, records: Sequence[Correction], new: Correction) -> None:
        """Refuse ``new`` if a limit is reached.

        Raises:
            StorageFullError: So many are kept already.
            TooManyCorrectionsError: This client saved so many within a day.
        """
        if self.total and len(records) >= self.total:
            raise StorageFullError(f"{self.total:,} corrections are kept, and no more fit; nothing was kept.")
        if not self.daily or not new.session:
            return
        since = new.said_at - DAY
        saved = sum(record.session == new.session and record.said_at > since for record in records)
        if saved >= self.daily:
            raise TooManyCorrectionsError(
                f"You saved {saved:,} corrections within a day, as many as one may; save more tomorrow."
            )
