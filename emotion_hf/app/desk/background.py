"""What a desk's page does in the background: watch the folder, call the webhook, delete old calls.

One thread does all of it, step by step, while the page runs. A step that fails is logged and done again later.

Example:
    >>> Background(desk, settings, lambda: classifier).start()  # doctest: +SKIP
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from emotion_hf.desk import Desk, deletion
from emotion_hf.desk.watch import Watcher
from emotion_hf.desk.webhook import Webhook
from emotion_hf.errors import DeskNotReadyError, EmotionError
from emotion_hf.prediction import Classifier
from emotion_hf.settings import Settings

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
PURGE_SECONDS = 3600.0


@dataclass
class _Step:
    """One kind of work, how often it is due, and when it is due next."""

    work: Callable[[], object]
    every_seconds: float
    due: float = field(default=float("-inf"))


class Background:
    """The work and its thread.

    Args:
        desk: The desk.
        settings: The folder, the webhook's address, and the days that calls are kept.
        model: Returns the active model.

    Raises:
        SettingsError: The folder or the address cannot be used.
    """

    def __init__(self, desk: Desk, settings: Settings, model: Callable[[], Classifier]):
        self._steps: list[_Step] = []
        self._stop = threading.Event()
        if settings.desk_watch:
            watcher = Watcher(desk, Path(settings.desk_watch), model, max_seconds=settings.max_seconds)
            self._steps.append(_Step(lambda: [*watcher.look()], LOOK_SECONDS))
        if settings.desk_webhook:
            self._steps.append(_Step(Webhook(desk, settings.desk_webhook).tell, LOOK_SECONDS))
        if desk.days:
            self._steps.append(_Step(lambda: deletion.purge(desk), PURGE_SECONDS))

    def start(self) -> None:
        """Start the thread, if there is anything to do; it ends with the process."""
        if self._steps:
            threading.Thread(target=self._run, name="desk", daemon=True).start()

    def stop(self) -> None:
        """End the thread after its current step."""
        self._stop.set()

    def step(self, now: float) -> None:
        """Do what is due at a time in seconds."""
        for one in self._steps:
            if now < one.due or self._stop.is_set():
                continue
            one.due = now + one.every_seconds
            try:
                one.work()
            except DeskNotReadyError:  # nobody has set up the desk yet
                one.due = now + LOOK_SECONDS
            except EmotionError as error:
                logger.warning("Desk: %s", error)
            except Exception:
                logger.exception("Unexpected error of the desk")

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            self.step(time.monotonic())
