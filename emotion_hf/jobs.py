"""Trainings as processes of their own: one at a time, the others in a queue, all known by files in one folder.

Each job is a command of ``emotion-hf`` in the file ``NAME.json``, with its output in ``NAME.log``. The process of the
running job holds ``running.lock`` until it ends or dies, notes how it ended, and then starts the next one. So the
queue goes on without the page that filled it, and a restarted page finds everything in the folder.

Example:
    >>> jobs = Jobs(Path("data/jobs"))  # doctest: +SKIP
    >>> jobs.add("head-mine", ["train", "head", "--data", "mine=DIR"], output=Path("data/runs/head-mine")).state
    ... # doctest: +SKIP
    'waiting'
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from emotion_hf.disk import read_json, write_whole, writing
from emotion_hf.errors import JobError

State = Literal["waiting", "running", "done", "stopped", "failed"]
ROOT = Path(__file__).resolve().parents[1]
"""The folder of the package; in a clone, only processes in this folder find it."""
ENTRY = ("-m", "emotion_hf.cli.job")
"""What runs a job; see there."""
LOCK, CHANGES, SUFFIX = "running.lock", "changes.lock", ".json"
LOOK_SECONDS = 1.0
"""How long a check of the lock may delay its owner."""
GONE = "It stopped unexpectedly, for example because the machine was switched off."
_ID = re.compile(r"\d{8}T\d{12}-[\w-]{1,80}", re.ASCII)
_LOG_BYTES = 20_000


@dataclass(frozen=True)
class Job:
    """A command that runs, waits for its turn, or has ended.

    Attributes:
        id: Its name in the folder; sorts by the time at which it was added.
        name: Name for people.
        command: Arguments of ``emotion-hf``.
        output: Folder that it writes.
        state: Its state.
        pid: Id of its process while it runs.
        changed: Time of the last change of the state, as ISO 8601 in UTC.
        sentence: Why it failed.
    """

    id: str
    name: str
    command: tuple[str, ...]
    output: str
    state: State = "waiting"
    pid: int = 0
    changed: str = ""
    sentence: str = ""

    @property
    def kind(self) -> str:
        """Name of the command: ``train`` or ``retrain``."""
        return self.command[0]

    @property
    def has_ended(self) -> bool:
        """Whether it neither waits nor runs."""
        return self.state not in ("waiting", "running")

    @property
    def folder(self) -> Path:
        """Folder that it writes."""
        return Path(self.output)


class Jobs:
    """The jobs in one folder; several processes may use it at once.

    Args:
        folder: Folder of the jobs; created with the first one.
        environment: Environment of the jobs; by default that of this process.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None):
        self.folder, self._environment = folder.resolve(), environment
        self._started: tuple[str, subprocess.Popen[bytes]] | None = None

    def all(self) -> list[Job]:
        """Return all jobs, oldest first; files that are no jobs are left out."""
        found = [job for path in sorted(self.folder.glob(f"*{SUFFIX}")) if (job := self._read(path.stem))]
        if any(job.state == "running" for job in found) and not self.is_running():
            # A job may have ended between the two looks, so the files are read again.
            found = [self._read(job.id) or job for job in found]
            found = [replace(job, state="failed", sentence=GONE) if job.state == "running" else job for job in found]
        return found

    def find(self, id: str) -> Job:
        """Return a job.

        Raises:
            JobError: There is none with this id.
        """
        for job in self.all():
            if job.id == id:
                return job
        raise JobError("This training is no longer in the list.")

    def add(self, name: str, command: Sequence[str], *, output: Path) -> Job:
        """Add a job to the end of the queue; it starts at once if nothing runs.

        Args:
            name: Name for people; letters, digits and ``-``.
            command: Arguments of ``emotion-hf``, with absolute paths.
            output: Folder that the command writes.

        Raises:
            JobError: The folder cannot be written.
        """
        id = f"{datetime.now(UTC).strftime('%Y%m%dT%H%M%S%f')}-{re.sub(r'[^a-zA-Z0-9_-]+', '-', name)[:80] or 'job'}"
        job = Job(id, name, tuple(command), str(output))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._changing():
                self._write(job)
        except OSError as error:
            raise JobError(f"{self.folder} cannot be written ({error.strerror}); nothing was started.") from error
        self.wake()
        return job

    def again(self, id: str, *, resume: bool) -> Job:
        """Put a job that was stopped or has failed at the end of the queue once more.

        Args:
            id: The job.
            resume: Let it continue with ``--resume`` instead of starting from the beginning.

        Raises:
            JobError: It waits, runs or is done.
        """
        job = self.find(id)
        if not job.has_ended or job.state == "done":
            raise JobError("Only a training that was stopped or has failed can be resumed.")
        self.remove(id)
        command = [word for word in job.command if word != "--resume"] + (["--resume"] if resume else [])
        return self.add(job.name, command, output=job.folder)

    def remove(self, id: str) -> None:
        """Remove a job that does not run from the list; what it wrote stays.

        Raises:
            JobError: There is none, or it runs.
        """
        with self._changing():
            if self.find(id).state == "running":
                raise JobError("This training is running; stop it first.")
            self._path(id).unlink(missing_ok=True)
            self._log(id).unlink(missing_ok=True)

    def stop(self, id: str) -> None:
        """Ask the process of a running job to end; a job that does not run is left as it is.

        Raises:
            JobError: There is no such job.
        """
        job = self.find(id)
        if job.state == "running":
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(job.pid, signal.SIGTERM)

    def is_running(self) -> bool:
        """Return whether the process of a job is alive."""
        if not self.folder.is_dir():
            return False
        try:
            with FileLock(self.folder / LOCK, timeout=0):
                return False
        except Timeout:
            return True

    def wake(self) -> None:
        """Start the job that waits longest, if none runs; its process starts the next one when it ends.

        Raises:
            JobError: The folder cannot be written.
        """
        waiting = next((job for job in self.all() if job.state == "waiting"), None)
        if waiting is None or self.is_running():
            return
        if self._started is not None:
            id, process = self._started
            status = process.poll()
            if status is None:  # it has not noted its start yet
                return
            if id == waiting.id and status:  # it could not even begin
                self._change(waiting, state="failed", sentence=self.last_words(id))
                return
        with writing(self.folder), self._log(waiting.id).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-u", *ENTRY, str(self.folder), waiting.id],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # or Ctrl-C for the page would stop it too
            )
        self._started = waiting.id, process

    @contextmanager
    def running(self, id: str) -> Iterator[Job | None]:
        """Mark a waiting job as running while the block does its work; for its own process.

        Yields ``None`` if another job runs, or if this one no longer waits. `KeyboardInterrupt` marks it as stopped,
        and another exception as failed.
        """
        lock = FileLock(self.folder / LOCK)
        try:
            lock.acquire(timeout=LOOK_SECONDS)
        except Timeout:
            yield None
            return
        try:
            with self._changing():
                job = self._read(id)
                if job is not None and job.state == "waiting":
                    job = self._change(job, state="running", pid=os.getpid())
                else:
                    job = None
            state: State = "failed"
            try:
                yield job
                state = "done"
            except KeyboardInterrupt:
                state = "stopped"
            finally:
                if job is not None:
                    self._change(job, state=state, sentence=self.last_words(id) if state == "failed" else "")
        finally:
            lock.release()

    def log(self, id: str) -> str:
        """Return the end of what a job has printed."""
        try:
            with self._log(id).open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _LOG_BYTES))
                text = file.read().decode("utf-8", errors="replace")
        except OSError:
            return ""
        return text if size <= _LOG_BYTES else text.partition("\n")[2]

    def last_words(self, id: str) -> str:
        """Return the last line that a job has printed."""
        return next((line.strip() for line in reversed(self.log(id).splitlines()) if line.strip()), "")

    def _change(self, job: Job, **changes: object) -> Job:
        changed = replace(job, changed=datetime.now(UTC).isoformat(timespec="seconds"), **changes)  # type: ignore[arg-type]
        self._write(changed)
        return changed

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Keep others from changing a job, so that one is not started while it is removed."""
        with writing(self.folder), FileLock(self.folder / CHANGES):
            yield

    def _read(self, id: str) -> Job | None:
        if not _ID.fullmatch(id):
            return None
        try:
            plain = read_json(self._path(id))
            job = Job(**plain | {"command": tuple(plain["command"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return job if job.id == id and job.command else None

    def _write(self, job: Job) -> None:
        write_whole(self._path(job.id), (json.dumps(asdict(job), ensure_ascii=False, indent=1) + "\n").encode())

    def _path(self, id: str) -> Path:
        return self.folder / f"{id}{SUFFIX}"

    def _log(self, id: str) -> Path:
        return self.folder / f"{id}.log"
