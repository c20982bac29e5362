"""Retrain in a separate process: start it, watch it, stop it. The page itself never trains.

The process continues when the page ends. A restarted page finds it by its progress file in the folder of versions.

Example:
    >>> retraining = Retraining(settings)  # doctest: +SKIP
    >>> retraining.start()  # doctest: +SKIP
    >>> retraining.progress().sentence  # doctest: +SKIP
    'Epoch 3 of 10; about 1:20 left, then the evaluation.'
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from emotion_hf.app.words import say
from emotion_hf.corpora.votes import to_learn
from emotion_hf.disk import complete_lines, parse_json
from emotion_hf.errors import SettingsError
from emotion_hf.feedback import Correction, FeedbackStore
from emotion_hf.settings import PREFIX, Settings
from emotion_hf.versions import STOPPED, Making, Versions, answering_model

ROOT = Path(__file__).resolve().parents[2]
"""The folder of the package, where the process finds it too."""
COMMAND = ("-m", "emotion_hf.cli", "retrain")
PROGRESS, LOG = "progress.jsonl", "retraining.log"
BEGINNING = "Choosing the training data …"


@dataclass(frozen=True)
class Progress:
    """Progress of a retraining.

    Attributes:
        state: ``idle`` before the first, ``running``, or how it ended.
        sentence: Text to show, in the language of the request if this page wrote it.
        share: Fraction done, from 0 to 1.
    """

    state: Literal["idle", "running", "done", "stopped", "failed"]
    sentence: str = ""
    share: float = 0.0


class Retraining:
    """The last retraining, started by this page, an earlier one or the command line; only one runs at a time.

    Args:
        settings: Where corrections, versions and the original recordings are.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self._versions = Versions(settings.models_dir.resolve())
        self._process: subprocess.Popen[bytes] | None = None
        self._before: Making | None = None
        self._log = settings.models_dir / LOG

    def start(self) -> None:
        """Start a retraining, unless one is running.

        Raises:
            SettingsError: The log cannot be written.
            VersionError, CheckpointError: The active version is missing or damaged.
        """
        if self.progress().state == "running":
            return
        settings = self._settings
        base = answering_model(self._versions.folder, settings.model)
        command = [sys.executable, *COMMAND, "--feedback", str(settings.feedback_dir.resolve())]
        command += ["--output", str(self._versions.next_folder())]
        command += ["--base", str(Path(base).resolve() if Path(base).exists() else base)] if base else []
        command += ["--data", *_resolved(settings.retraining_data)] if settings.retraining_data else []
        self._before = self._versions.last_made()
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    command, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
                )  # in its own session, or Ctrl-C for the page would stop it too
        except OSError as error:
            where = f"{self._log.parent} ({error.strerror})"
            remedy = f"set {PREFIX}MODELS to another folder"
            raise SettingsError(f"The retraining log cannot be written in {where}; {remedy}.") from error

    def stop(self) -> None:
        """Stop it; the process itself removes its unfinished output."""
        made = self._versions.last_made()
        if self._process and self._process.poll() is None:
            self._process.terminate()
        elif made and made.state == "running":
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(made.pid, signal.SIGTERM)

    def progress(self) -> Progress:
        """Return the current progress."""
        status = self._process.poll() if self._process else None
        made = self._versions.last_made()
        if self._process and made == self._before:  # it has not reported anything yet
            return Progress("running", say(BEGINNING)) if status is None else self._unsaid(status)
        if made is None:
            return Progress("idle")
        if made.state == "running":
            return _running(_last(self._versions.folder / made.name / PROGRESS), made)
        if made.state == "done":
            return Progress("done", say("{name} is trained and measured.", name=made.name), 1.0)
        return Progress(made.state, made.sentence)

    def _unsaid(self, status: int) -> Progress:
        """Return how it ended, for a process that ended before its first report."""
        if status == -signal.SIGTERM:
            return Progress("stopped", STOPPED)
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), say("It ended unexpectedly."))
        return Progress("failed", last)


def since_last_training(store: FeedbackStore) -> list[Correction]:
    """Return the corrections made since the last training, one for each recording that may be used for training.

    Raises:
        FeedbackError: The corrections or their ledger are damaged.
    """
    trainings = [event for event in store.ledger.events() if event["event"] == "training" and event["records"]]
    last = max((event.get("until") or event["time"] for event in trainings), default="")  # earlier releases: its end
    allowed = learnable(store.records())
    return [record for record in allowed if record.time > last]


def learnable(records: Iterable[Correction]) -> list[Correction]:
    """Return the latest record of each recording that may be used for training."""
    return [recording.annotations[-1] for recording in to_learn(records)]


def _running(line: Mapping[str, Any], made: Making) -> Progress:
    if not line or line["event"] == "end":
        return Progress("running", made.sentence or say(BEGINNING), made.share)
    minutes, seconds = divmod(round(line["seconds_left"]), 60)
    epoch = min(int(line["epoch"]) + 1, line["epochs"])
    sentence = say(
        "Epoch {epoch} of {epochs}; about {time} left, then the evaluation.",
        epoch=epoch,
        epochs=line["epochs"],
        time=f"{minutes}:{seconds:02}",
    )
    return Progress("running", sentence, line["step"] / line["steps"])


def _last(path: Path) -> Mapping[str, Any]:
    """Return the last complete line of the training's progress; empty before the first, and if it is damaged."""
    try:
        lines = complete_lines(path)
        last = parse_json(lines[-1]) if lines else {}
    except (OSError, ValueError):
        return {}
    return last if isinstance(last, dict) else {}


def _resolved(data: str) -> Sequence[str]:
    """Return ``NAME=DIR`` arguments with absolute paths, because the process runs in another folder."""
    pairs = [argument.partition("=") for argument in shlex.split(data)]
    return [f"{name}{equals}{Path(folder).expanduser().resolve()}" for name, equals, folder in pairs]
