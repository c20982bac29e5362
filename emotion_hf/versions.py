"""Versions of the model in one folder, and which of them is active.

A version is a checkpoint folder with a ``manifest.json``. The file ``current`` lists the versions that were active,
one per line; the last one is active now. A line may also name another model that the operator chose: the folder of a
training, or a model of the Hub, with the meaning of its labels::

    data/models/retrained-1/model.safetensors, …, manifest.json
    data/models/current             retrained-1
                                    {"source": "/data/runs/head-mine", "labels": {}}

Without a line, the model from the settings, or the one that ships, is active. ``current`` is replaced as a whole, so
a running page reads either the old or the new content.

The process that makes a version holds ``retraining.lock`` until it ends or dies, and notes its progress and its end
in ``retraining.json``. So only one runs at a time, and a restarted page finds it.

Example:
    >>> versions = Versions(Path("data/models"))  # doctest: +SKIP
    >>> versions.promote("retrained-1").folder  # doctest: +SKIP
    PosixPath('data/models/retrained-1')
    >>> versions.rollback() is None  # doctest: +SKIP
    True
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from emotion_hf.checkpoint import is_plain_name, verify
from emotion_hf.disk import parse_json, read_json, sha256, write_whole, writing
from emotion_hf.errors import CheckpointError, EmotionError, VersionError

if TYPE_CHECKING:
    from filelock import FileLock

logger = logging.getLogger(__name__)

MANIFEST, CURRENT, MAKING = "manifest.json", "current", "retraining"
STOPPED = "Stopped; nothing was saved."
UNEXPECTED = "It failed because of an error in this program, see its log; nothing was saved."
GONE = "It stopped unexpectedly, for example because the machine was switched off; nothing was saved."
LOOK_SECONDS = 1.0
"""How long a check of the lock may delay its owner."""
NAME = "retrained-{}"
SHIPPED = "default"
"""Name of the model that ships."""
_WAY_BACK = "To go back to the previous version: emotion-hf models rollback"


class _GoneError(VersionError):
    """There is no version with this name."""


@dataclass(frozen=True)
class Version:
    """A checkpoint folder with its manifest.

    Attributes:
        folder: The checkpoint.
        manifest: ``parent``, ``created``, ``weights`` (file → SHA-256), ``recipe``, ``data`` (one-way hashes),
            ``gate`` (the decision as plain values), and ``forced`` (reason and time) if it was promoted against the
            gate.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name of the version."""
        return self.folder.name

    @property
    def is_promotable(self) -> bool:
        """Whether the gate allows its promotion."""
        return self.manifest["gate"]["promoted"]

    @property
    def verdict(self) -> str:
        """The gate's decision in words."""
        return self.manifest["gate"]["sentence"]

    @property
    def advice(self) -> tuple[str, ...]:
        """What is missing and what to do, according to the gate; empty in earlier versions."""
        return tuple(self.manifest["gate"].get("advice", ()))

    def check(self) -> None:
        """Compare the weights with the manifest.

        Raises:
            CheckpointError: They differ, or are missing.
        """
        weights = self.manifest["weights"]
        damaged = next((file for file, sha in weights.items() if _sum_of(self.folder / file) != sha), None)
        if damaged or not weights:
            raise CheckpointError(
                f"The version {self.name} is damaged: its {damaged or 'weights'} changed since the training; "
                "go back to another version."
            )
        verify(self.folder)


@dataclass(frozen=True)
class Chosen:
    """A model that answers and is no version: the operator, or a setting, chose it.

    Attributes:
        source: Its folder or Hub id; empty for the model that ships.
        labels: Label of the model → its meaning, as pairs; labels that are not listed keep their names.
    """

    source: str
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return (Path(self.source).name if os.path.isdir(self.source) else self.source) or SHIPPED

    def check(self) -> None:
        """Compare a folder's files with its checksums.

        Raises:
            CheckpointError: The folder is missing, or its files changed.
        """
        if os.path.isabs(self.source):
            if not os.path.isdir(self.source):
                raise CheckpointError(f"The model folder {self.source} is missing; choose another model.")
            verify(Path(self.source))

    @property
    def line(self) -> str:
        """Its line in ``current``."""
        return json.dumps({"source": self.source, "labels": dict(self.labels)})

    @classmethod
    def from_line(cls, line: str) -> Chosen | None:
        """Return the model of a line of ``current``; ``None`` if the line is something else."""
        if not line.startswith("{"):
            return None
        try:
            plain = parse_json(line)
            pairs = tuple(plain["labels"].items())
            sound = isinstance(plain["source"], str) and all(isinstance(name, str) for one in pairs for name in one)
            return cls(plain["source"], pairs) if sound else None
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


@dataclass(frozen=True)
class Making:
    """The last retraining.

    Attributes:
        name: Name of its version.
        pid: Id of its process.
        state: Its state.
        sentence: What it does now, if known, or why it failed; empty when it is done.
        share: Progress of that step, from 0 to 1.
    """

    name: str
    pid: int
    state: Literal["running", "done", "stopped", "failed"]
    sentence: str = ""
    share: float = 0.0


class Attempt:
    """A retraining as seen by its own process.

    Attributes:
        half_done: Incomplete folder of a killed retraining, to be removed.
        has_begun: Whether training has started. Errors before that are only reported to the caller, and the note of
            the previous retraining stays.
    """

    def __init__(self, name: str, half_done: Path | None, note: Callable[[Making], None]):
        self.half_done = half_done
        self.has_begun = False
        self._name = name
        self._note = note

    def say(self, sentence: str = "", share: float = 0.0) -> None:
        """Note what it does now, for pages that watch it."""
        self._note(Making(self._name, os.getpid(), "running", sentence, share))


class Versions:
    """The versions in one folder; several processes may use it at once.

    Args:
        folder: Folder of the versions; created with the first version.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._current = folder / CURRENT
        self._making = folder / f"{MAKING}.json"

    @cached_property
    def _lock(self) -> FileLock:
        return _file_lock(self.folder / f"{CURRENT}.lock")

    def all(self) -> list[Version]:
        """Return all versions, oldest first; those with a damaged manifest are left out with a warning."""
        found = []
        for path in self.folder.glob(f"*/{MANIFEST}"):
            try:
                found.append(read_version(path.parent))
            except CheckpointError as error:
                logger.warning("%s", error)
        return sorted(found, key=lambda version: (version.manifest["created"], version.name))

    def find(self, name: str) -> Version:
        """Return the version called ``name``.

        Raises:
            VersionError: There is none.
            CheckpointError: Its manifest is damaged.
        """
        if name in {path.parent.name for path in self.folder.glob(f"*/{MANIFEST}")}:
            return read_version(self.folder / name)
        there = ", ".join(version.name for version in self.all())
        others = f"the existing ones are {there}" if there else "there are no versions yet"
        raise _GoneError(f"There is no version {name} in {self.folder}; {others}.")

    def current(self) -> Version | Chosen | None:
        """Return the active version, or the model that was chosen instead; ``None`` for the original model.

        Raises:
            VersionError, CheckpointError: It is missing, or its manifest is damaged.
        """
        names = self._names()
        return self._meant(names[-1]) if names else None

    def before(self) -> Version | Chosen | None:
        """Return what was active before; ``None`` for the original model.

        Raises:
            VersionError: The file ``current`` is damaged.
        """
        names = self._names_before()
        return self._meant(names[-1]) if names else None

    def state(self) -> tuple[int, int] | None:
        """Return a value that changes when another version becomes active; takes microseconds."""
        try:
            found = self._current.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def promote(self, name: str, *, force: str = "") -> Version:
        """Make a version active.

        Args:
            name: Name of the version.
            force: Reason to promote it against the gate; stored in the manifest.

        Raises:
            VersionError: There is none, it is already active, or the gate refuses it and there is no reason.
            CheckpointError: It is damaged.
        """
        version = self.find(name)
        version.check()
        if not version.is_promotable and not force.strip():
            words = (f"{name} must not be promoted.", version.verdict, *version.advice)
            raise VersionError(f"{' '.join(words)} To use it anyway, give a reason with --force.")
        with self._locked():
            names = self._names()
            if names[-1:] == [name]:
                raise VersionError(f"{name} is already active.")
            if not version.is_promotable:
                forced = {"reason": force.strip(), "time": _now()}
                version = write_version(version.folder, {**version.manifest, "forced": forced})
            self._switch([*names, name])
        return version

    def use(self, source: str, labels: Mapping[str, str] | None = None) -> Chosen:
        """Make a model active that is no version.

        Args:
            source: Its folder or Hub id; empty for the model that ships.
            labels: Label of the model → its meaning.

        Raises:
            VersionError: It is already active.
            CheckpointError: The folder is damaged.
            WriteError: The folder of the versions cannot be written.
        """
        if source and os.path.isdir(source):
            source = str(Path(source).resolve())
        chosen = Chosen(source, tuple((labels or {}).items()))
        chosen.check()
        with self._locked():
            names = self._names()
            if names[-1:] == [chosen.line]:
                raise VersionError(f"{chosen.name} is already active.")
            self._switch([*names, chosen.line])
        return chosen

    def rollback(self) -> Version | Chosen | None:
        """Make active again what was active before; returns ``None`` for the original model.

        Missing or damaged versions are skipped with a warning.

        Raises:
            VersionError: No version is active, or the file ``current`` is damaged.
        """
        if not self._names():
            raise VersionError(f"No version in {self.folder} is active, so there is nothing to roll back.")
        with self._locked():
            names = self._names_before()
            before = self._meant(names[-1]) if names else None
            self._switch(names)
        return before

    def next_folder(self) -> Path:
        """Return the folder for the next version."""
        pattern = re.compile(NAME.format(r"(\d+)"))
        taken = [int(match[1]) for path in self.folder.glob("*") if (match := pattern.fullmatch(path.name))]
        return self.folder / NAME.format(max(taken, default=0) + 1)

    @contextmanager
    def making(self, name: str) -> Iterator[Attempt]:
        """Claim the making of a version while the block runs, and note how it ends.

        Args:
            name: Name of the version.

        Raises:
            VersionError: Another one is being made, or the folder cannot be written.
        """
        lock = _file_lock(self.folder / f"{MAKING}.lock")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=LOOK_SECONDS)
        except TimeoutError as error:
            made = self._noted()
            raise VersionError(
                f"{made.name if made else 'A version'} is already being made; wait for it, or stop it."
            ) from error
        except OSError as error:
            raise VersionError(f"{self.folder} cannot be written ({error.strerror}).") from error
        ended: Making | None = Making(name, os.getpid(), "failed", UNEXPECTED)
        earlier, half_done = self._noted(), self._half_done()
        attempt = Attempt(name, half_done if half_done != self.folder / name else None, self._note)
        try:
            attempt.say()
            yield attempt
            ended = Making(name, os.getpid(), "done")
        except KeyboardInterrupt:
            ended = Making(name, os.getpid(), "stopped", STOPPED)
            raise
        except EmotionError as error:
            ended = Making(name, os.getpid(), "failed", str(error)) if attempt.has_begun else earlier
            raise
        finally:
            if ended:
                self._note(ended)
            else:
                self._making.unlink(missing_ok=True)
            lock.release()

    def last_made(self) -> Making | None:
        """Return the last retraining, of this or another process; ``None`` before the first."""
        made = self._noted()
        if made and made.state == "running" and not self._is_making():
            made = self._noted() or made  # it may have ended between the two checks
            return replace(made, state="failed", sentence=GONE) if made.state == "running" else made
        return made

    def noted_at(self) -> str:
        """Return when the last retraining was noted, as ISO 8601 in UTC; empty before the first."""
        try:
            seconds = self._making.stat().st_mtime
        except OSError:
            return ""
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")

    def _half_done(self) -> Path | None:
        """Return the folder of a retraining that died; the caller holds the lock."""
        made = self._noted()
        if made is None or made.state != "running" or (self.folder / made.name / MANIFEST).exists():
            return None
        return self.folder / made.name

    def _noted(self) -> Making | None:
        try:
            made = Making(**read_json(self._making))
        except (OSError, ValueError, TypeError):
            return None
        return made if is_plain_name(made.name) else None  # a folder of this name may be removed

    def _is_making(self) -> bool:
        try:
            with _file_lock(self.folder / f"{MAKING}.lock", timeout=0):
                return False
        except TimeoutError:
            return True

    def _note(self, making: Making) -> None:
        _write(self._making, json.dumps(asdict(making), ensure_ascii=False) + "\n")

    def _names(self) -> list[str]:
        try:
            names = self._current.read_bytes().decode("utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise self._damaged() from error
        if not all(Chosen.from_line(name) if name.startswith("{") else is_plain_name(name) for name in names):
            raise self._damaged()
        return names

    def _meant(self, line: str) -> Version | Chosen:
        """Return what a line of ``current`` names."""
        return Chosen.from_line(line) or self.find(line)

    def _names_before(self) -> list[str]:
        """Return the names after a rollback; the last one is a sound version."""
        names = self._names()[:-1]
        while names:
            try:
                self._meant(names[-1]).check()
                break
            except (VersionError, CheckpointError) as error:
                logger.warning("%s is skipped: %s", names[-1], error)
                names.pop()
        return names

    def _damaged(self) -> VersionError:
        return VersionError(
            f"{self._current}, which names the active version, is damaged; remove this file, then choose one with "
            "emotion-hf models promote NAME."
        )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._lock:
                yield

    def _switch(self, names: Sequence[str]) -> None:
        _write(self._current, "".join(f"{name}\n" for name in names))


def answering(folder: Path, otherwise: str) -> Chosen:
    """Return the active model: the active version in ``folder``, or what was chosen instead; else ``otherwise``.

    Raises:
        VersionError, CheckpointError: It is missing or damaged.
    """
    try:
        active = Versions(folder).current()
        if active is None:
            return Chosen(otherwise)
        active.check()
    except CheckpointError as error:
        raise CheckpointError(f"{error} {_WAY_BACK}") from error
    except _GoneError as error:
        raise VersionError(f"{error} {_WAY_BACK}") from error
    return Chosen(str(active.folder)) if isinstance(active, Version) else active


def _file_lock(path: Path, timeout: float = -1) -> FileLock:
    from filelock import FileLock  # a prediction needs no lock, and this would be a tenth of its start

    return FileLock(path, timeout=timeout)


def answering_model(folder: Path, otherwise: str) -> str:
    """Return the folder or Hub id of what `answering` returns, and raise what it raises."""
    return answering(folder, otherwise).source


def read_version(folder: Path) -> Version:
    """Read a version's manifest.

    Raises:
        CheckpointError: It is damaged.
    """
    try:
        manifest = read_json(folder / MANIFEST)
        version = Version(folder, manifest)
        texts = (manifest["created"], version.verdict, *version.advice, *manifest["weights"].values())
        plain = all(map(is_plain_name, manifest["weights"]))
        if not plain or not all(isinstance(text, str) for text in texts) or type(version.is_promotable) is not bool:
            raise ValueError("a value is of another type")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"The manifest of the version {folder.name} is damaged; remove {folder}.") from error
    return version


def seal(folder: Path, **facts: Any) -> Version:
    """Make the checkpoint in ``folder`` a version: write the manifest with the hashes of its weights.

    Args:
        folder: The checkpoint.
        facts: ``parent``, ``recipe``, ``data`` and ``gate``, see ``Version``.
    """
    with writing(folder):
        weights = {path.name: sha256(path) for path in sorted(folder.glob("*.safetensors"))}
    return write_version(folder, {"created": _now(), "weights": weights, **facts})


def write_version(folder: Path, manifest: Mapping[str, Any]) -> Version:
    """Write the manifest, all or nothing."""
    _write(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    return Version(folder, manifest)


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise VersionError(f"{path} cannot be written ({error.strerror}); nothing has changed.") from error


def _sum_of(path: Path) -> str | None:
    try:
        return sha256(path)
    except OSError:
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
