"""What all entries share: how they end.

Example:
    >>> run(lambda: None)
    0
"""

from __future__ import annotations

import _thread
import logging
import signal
import sys
import threading
from collections.abc import Callable
from traceback import walk_stack
from types import FrameType

from emotion_hf.errors import EmotionError

PATIENCE_SECONDS = 0.1


def run(work: Callable[[], int | None], stopped: str = "Stopped.") -> int:
    """Do an entry's work and return its exit status: the work's own, 1 for what cannot be done, 130 for Ctrl-C.

    SIGTERM, by which the page and services stop a training, is taken as Ctrl-C.

    Args:
        work: Says on purpose, as an `EmotionError`, what cannot be done.
        stopped: What to say on Ctrl-C.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    interruption = _Interruption()
    try:
        with interruption:
            return work() or 0
    except KeyboardInterrupt:
        pass
    except Exception as error:
        if not interruption.came:  # or a file is called damaged because coding it was interrupted
            if not isinstance(error, (EmotionError, OSError)):
                raise
            print(error, file=sys.stderr)
            return 1
    print(stopped, file=sys.stderr)
    return 130


class _Interruption:
    """SIGINT and SIGTERM as KeyboardInterrupt, raised again if it was lost, as PyAV loses some.

    It is not raised where soundfile's C calls Python, which would print it and take the file for ended.
    """

    def __init__(self) -> None:
        self.came = False
        self._again: threading.Timer | None = None
        self._before: dict[int, Callable | int | None] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():  # only there may a handler be set
            self._before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        for number, handler in self._before.items():
            if handler in (signal.default_int_handler, signal.SIG_DFL):  # a shell's background ignores Ctrl-C
                signal.signal(number, self._raise)

    def __exit__(self, *_: object) -> None:
        if self._again:
            self._again.cancel()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _raise(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        self._again = threading.Timer(PATIENCE_SECONDS, _thread.interrupt_main, (number,))
        self._again.daemon = True
        self._again.start()
        tidying_up = isinstance(sys.exc_info()[1], KeyboardInterrupt)
        if not tidying_up and not any(one.f_globals.get("__name__") == "soundfile" for one, _ in walk_stack(frame)):
            raise KeyboardInterrupt
