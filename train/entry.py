"""What all entries share: how they end.

Example:
    >>> run(lambda: None)
    0
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from emotion_hf.errors import EmotionError


def run(work: Callable[[], int | None], stopped: str = "Stopped.") -> int:
    """Do an entry's work and return its exit status: the work's own, 1 for what cannot be done, 130 for Ctrl-C.

    Args:
        work: Says on purpose, as an `EmotionError`, what cannot be done.
        stopped: What to say on Ctrl-C.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        return work() or 0
    except (EmotionError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(stopped, file=sys.stderr)
        return 130
