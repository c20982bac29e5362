"""Retrain in a process of its own, as a job in the queue of trainings. The page itself never trains.

The process continues when the page ends. A restarted page finds it, as it finds a retraining that the command line
has started, by its note in the folder of versions.

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
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from emotion_hf.app.training_progress import BEGINNING, Progress, stage
from emotion_hf.app.words import say
from emotion_hf.corpora.votes import to_learn
from emotion_hf.feedback import Correction, FeedbackStore
from emotion_hf.jobs import Job, Jobs
from emotion_hf.settings import Settings
from emotion_hf.unfinished import read_progress
from emotion_hf.versions import STOPPED, Making, Versions, answering_model

KIND = "retrain"


class Retraining:
    """The last retraining, started by this page, an earlier one or the command line; only one runs at a time.

    Args:
        settings: Where corrections, versions and the original recordings are.
        jobs: The queue of trainings.
    """

    def __init__(self, settings: Settings, jobs: Jobs):
        self._settings, self._jobs = settings, jobs
        self._versions = Versions(settings.models_dir.resolve())

    def start(self) -> None:
        """Queue a retraining, unless one runs or waits.

        Raises:
            JobError: The queue cannot be written.
            VersionError, CheckpointError: The active model is missing or damaged.
        """
        if self.progress().state in ("running", "waiting"):
            return
        settings, output = self._settings, self._versions.next_folder()
        base = answering_model(self._versions.folder, settings.model)
        command = [KIND, "--feedback", str(settings.feedback_dir.resolve()), "--output", str(output)]
        command += ["--base", str(Path(base).resolve() if Path(base).exists() else base)] if base else []
        command += ["--data", *_resolved(settings.retraining_data)] if settings.retraining_data else []
        self._jobs.add(output.name, command, output=output)

    def stop(self) -> None:
        """Stop it, or take it out of the queue; the process itself removes its unfinished output."""
        made, job = self._versions.last_made(), self._job()
        if job and job.state == "waiting":
            self._jobs.remove(job.id)
        elif job and job.state == "running":
            self._jobs.stop(job.id)
        elif made and made.state == "running":  # started by the command line
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(made.pid, signal.SIGTERM)

    def progress(self) -> Progress:
        """Return the current progress."""
        self._jobs.wake()
        job, made = self._job(), self._versions.last_made()
        if job and job.state == "waiting":
            return Progress("waiting", say("It waits until the training before it has ended."))
        if job and not self._has_noted(job, made):
            if job.state == "running":
                return Progress("running", say(BEGINNING))
            return Progress(job.state, STOPPED if job.state == "stopped" else job.sentence)
        if made is None:
            return Progress("idle")
        if made.state == "running":
            found = stage(read_progress(self._versions.folder / made.name))
            return found or Progress("running", made.sentence or say(BEGINNING), made.share)
        if made.state == "done":
            return Progress("done", say("{name} is trained and measured.", name=made.name), 1.0)
        return Progress(made.state, made.sentence)

    def _job(self) -> Job | None:
        """Return the last retraining in the queue."""
        return next((job for job in reversed(self._jobs.all()) if job.kind == KIND), None)

    def _has_noted(self, job: Job, made: Making | None) -> bool:
        """Return whether the note is at least as new as the job: its own, or that of a later retraining."""
        return made is not None and (made.pid == job.pid or self._versions.noted_at() > job.changed)


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


def _resolved(data: str) -> Sequence[str]:
    """Return ``NAME=DIR`` arguments with absolute paths, because the process runs in another folder."""
    pairs = [argument.partition("=") for argument in shlex.split(data)]
    return [f"{name}{equals}{Path(folder).expanduser().resolve()}" for name, equals, folder in pairs]
