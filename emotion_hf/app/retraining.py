"""A retraining as a process of its own: started, watched, stopped; the page itself never trains.

It goes on when the page ends, and a page that starts again finds it: how far it is stands in the folder of versions.

Example:
    >>> retraining = Retraining(settings)  # doctest: +SKIP
    >>> retraining.start()  # doctest: +SKIP
    >>> retraining.progress().sentence  # doctest: +SKIP
    'Epoch 3 of 10; about 1:20 left, and then the measurement.'
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

from emotion_hf.corpora.votes import to_learn
from emotion_hf.disk import complete_lines, parse_json
from emotion_hf.errors import SettingsError
from emotion_hf.feedback import Correction, FeedbackStore
from emotion_hf.settings import PREFIX, Settings
from emotion_hf.versions import STOPPED, Making, Versions, answering_model

ROOT = Path(__file__).resolve().parents[2]
ENTRY = "train.retrain_from_feedback"
PROGRESS, LOG = "progress.jsonl", "retraining.log"
BEGINNING = "Choosing what to learn from …"


@dataclass(frozen=True)
class Progress:
    """How far a retraining is.

    Attributes:
        state: ``idle`` before the first, ``running``, or how it ended.
        sentence: What to say of it.
        share: Done, from 0 to 1.
    """

    state: Literal["idle", "running", "done", "stopped", "failed"]
    sentence: str = ""
    share: float = 0.0


class Retraining:
    """The retraining that was begun last, by this page, an earlier one or the command line; one at a time.

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
        """Begin, unless one is running.

        Raises:
            SettingsError: ``train/`` is not there, or the log cannot be written.
            VersionError, CheckpointError: The version that answers is gone or damaged.
        """
        if self.progress().state == "running":
            return
        if not (ROOT / "train").is_dir():
            raise SettingsError("An installed package cannot train; start the page in a copy of the project.")
        settings = self._settings
        base = answering_model(self._versions.folder, settings.model)
        command = [sys.executable, "-m", ENTRY, "--feedback", str(settings.feedback_dir.resolve())]
        command += ["--output", str(self._versions.next_folder())]
        command += ["--base", str(Path(base).resolve() if Path(base).exists() else base)] if base else []
        command += ["--data", *_resolved(settings.retraining_data)] if settings.retraining_data else []
        self._before = self._versions.last_made()
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    command, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
                )  # in a session of its own, or Ctrl-C for the page would stop it too
        except OSError as error:
            where = f"{self._log.parent} ({error.strerror})"
            raise SettingsError(f"Nothing can be trained in {where}; set {PREFIX}MODELS to another folder.") from error

    def stop(self) -> None:
        """Stop it; what it has done so far is removed by the process itself."""
        made = self._versions.last_made()
        if self._process and self._process.poll() is None:
            self._process.terminate()
        elif made and made.state == "running":
            with suppress(ProcessLookupError):  # it ended this moment
                os.kill(made.pid, signal.SIGTERM)

    def progress(self) -> Progress:
        """Return how far it is."""
        status = self._process.poll() if self._process else None
        made = self._versions.last_made()
        if self._process and made == self._before:  # it has not said a word itself
            return Progress("running", BEGINNING) if status is None else self._unsaid(status)
        if made is None:
            return Progress("idle")
        if made.state == "running":
            return _running(_last(self._versions.folder / made.name / PROGRESS), made)
        if made.state == "done":
            return Progress("done", f"{made.name} is trained and measured.", 1.0)
        return Progress(made.state, made.sentence)

    def _unsaid(self, status: int) -> Progress:
        """Return how it ended before it could note that."""
        if status == -signal.SIGTERM:
            return Progress("stopped", STOPPED)
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        return Progress("failed", next((line for line in reversed(lines) if line.strip()), "It ended unexpectedly."))


def since_last_training(store: FeedbackStore) -> list[Correction]:
    """Return the corrections said since a model last learned from some, one for each recording to learn from.

    Raises:
        FeedbackError: The corrections or their ledger are damaged.
    """
    trainings = [event for event in store.ledger.events() if event["event"] == "training" and event["records"]]
    last = max((event.get("until") or event["time"] for event in trainings), default="")  # an earlier version: its end
    allowed = learnable(store.records())
    return [record for record in allowed if record.time > last]


def learnable(records: Iterable[Correction]) -> list[Correction]:
    """Return the latest record of each recording that may be learned from."""
    return [recording.annotations[-1] for recording in to_learn(records)]


def _running(line: Mapping[str, Any], made: Making) -> Progress:
    if not line or line["event"] == "end":
        return Progress("running", made.sentence or BEGINNING, made.share)
    minutes, seconds = divmod(round(line["seconds_left"]), 60)
    epoch = min(int(line["epoch"]) + 1, line["epochs"])
    sentence = f"Epoch {epoch} of {line['epochs']}; about {minutes}:{seconds:02} left, and then the measurement."
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
    """Return ``NAME=DIR`` arguments with whole paths, for the process runs in another folder."""
    pairs = [argument.partition("=") for argument in shlex.split(data)]
    return [f"{name}{equals}{Path(folder).expanduser().resolve()}" for name, equals, folder in pairs]
