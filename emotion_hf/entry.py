"""Run a command of `train/`: exit status, one sentence for an expected error, and Ctrl-C. Keep processes quick.

Example:
    >>> run(lambda: None)
    0
"""

from __future__ import annotations

import _thread
import atexit
import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable
from traceback import walk_stack
from types import FrameType

from emotion_hf.cells import printable
from emotion_hf.errors import EmotionError
from emotion_hf.settings import check_hub_address

PATIENCE_SECONDS = 0.1


def collect_rarely() -> None:
    """Make Python look for garbage in reference cycles rarely, and not at all when this process ends.

    Each look visits every object of torch, transformers and Gradio. Measured on two busy cores: their import takes a
    fifth less time, and the end of the process 0.6 s instead of 6 s.
    """
    gc.set_threshold(50_000, 20, 100)
    atexit.register(gc.freeze)


def run(work: Callable[[], int | None], stopped: str = "Stopped.") -> int:
    """Run an entry and return its exit status: the work's own, 1 for an expected error, 130 for Ctrl-C.

    SIGTERM, with which the page and services stop a training, counts as Ctrl-C.

    Args:
        work: Raises an `EmotionError` for an expected error.
        stopped: Message on Ctrl-C.
    """
    collect_rarely()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for client in ("httpx", "httpx2"):  # they log each request
        logging.getLogger(client).setLevel(logging.WARNING)
    interruption = _Interruption()
    try:
        check_hub_address()
        status = work() or 0
        interruption.is_over = True
        return status
    except KeyboardInterrupt:
        interruption.is_over = True
    except Exception as error:
        interruption.is_over = True
        if not interruption.came:  # otherwise an interrupted file would be reported as damaged
            if not isinstance(error, (EmotionError, OSError)):
                raise
            sys.stderr.write(f"{printable(error)}\n")
            return 1
    finally:
        interruption.end()
    sys.stderr.write(f"{stopped}\n")
    return 130


class _Interruption:
    """SIGINT and SIGTERM as KeyboardInterrupt, raised again if it was lost, as PyAV sometimes does.

    It is not raised while soundfile's C code calls Python, which would print it and treat the file as ended.
    """

    def __init__(self) -> None:
        self.came = self.is_over = False
        self._again: threading.Timer | None = None
        self._before: dict[int, Callable | int | None] = {}
        if threading.current_thread() is threading.main_thread():  # handlers can be set only there
            self._before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        for number, handler in self._before.items():
            if handler in (signal.default_int_handler, signal.SIG_DFL):  # background jobs of a shell ignore Ctrl-C
                signal.signal(number, self._raise)

    def end(self) -> None:
        """Restore the earlier handlers; no further interruption is raised."""
        self.is_over = True
        self._forget()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _raise(self, number: int, frame: FrameType | None) -> None:
        if self.is_over:
            return
        self.came = True
        self._forget()
        again = threading.Timer(PATIENCE_SECONDS, _thread.interrupt_main, (number,))
        again.daemon = True
        self._again = again  # set before its start: it may fire while this still runs
        again.start()
        tidying_up = isinstance(sys.exc_info()[1], KeyboardInterrupt)
        if not tidying_up and not any(one.f_globals.get("__name__") == "soundfile" for one, _ in walk_stack(frame)):
            raise KeyboardInterrupt

    def _forget(self) -> None:
        if self._again:
            self._again.cancel()
            if self._again.is_alive():  # it may be about to fire
                self._again.join()
