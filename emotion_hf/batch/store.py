"""The folder with the results: `OUTPUT/model=KEY/part-000001.parquet`, and so on.

A part is written when it is complete, under a name that nothing had, and never changed or removed. So everybody can
read the folder while a run writes to it, and an interrupted run loses a minute at most. The key of a model depends on
the model and on all settings that change its predictions, so different models share a folder.

Example:
    >>> with locked(Path("results")):  # doctest: +SKIP
    ...     store = Store.of(Path("results"), facts, settings)
    ...     with Writer(store) as writer:
    ...         writer.add(row)
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from emotion_hf.batch.index import warn_of_damage
from emotion_hf.batch.rows import Row, schema, to_table
from emotion_hf.batch.scoring import Facts
from emotion_hf.disk import check_folder, write_whole, writing
from emotion_hf.errors import WriteError

logger = logging.getLogger(__name__)

PART_ROWS = 1_000
PART_SECONDS = 60.0
"""A part is written after this time even if it has fewer rows."""
LOCK, SETTINGS = ".lock", "_settings.json"
"""Readers of Parquet folders skip both names."""
KEY_DIGITS = 12
_PART = re.compile(r"part-(\d+)\.parquet")
_UNSAFE = re.compile(r"[^\w.-]+")


@contextmanager
def locked(output: Path) -> Iterator[None]:
    """Hold a folder of results for one run; a process that ends gives it free.

    Raises:
        SettingsError: It cannot be a folder, or cannot be written.
        WriteError: Another run has it.
    """
    check_folder(output)
    with writing(output):
        output.mkdir(parents=True, exist_ok=True)
        lock = FileLock(output / LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise WriteError(
                f"Another run is writing to {output}; wait until it ends, or choose another folder."
            ) from error
    try:
        yield
    finally:
        lock.release()


@dataclass(frozen=True)
class Store:
    """The results of one model with its settings.

    Attributes:
        folder: Where they are.
        model_key: The end of each row's key.
        labels: Labels of the model, which name columns.
    """

    folder: Path
    model_key: str
    labels: tuple[str, ...]

    @classmethod
    def of(cls, output: Path, facts: Facts, settings: Mapping[str, Any]) -> Store:
        """Return the store of a model in a folder of results, which says what its key stands for.

        Raises:
            WriteError: It cannot be written.
        """
        described = {"model": facts.name, "fingerprint": facts.fingerprint, "labels": facts.labels, **settings}
        text = json.dumps(described, indent=1, sort_keys=True)
        key = hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]
        store = cls(output / f"model={_UNSAFE.sub('-', facts.name)}-{key}", key, facts.labels)
        with writing(output):
            store.folder.mkdir(exist_ok=True)
            write_whole(store.folder / SETTINGS, f"{text}\n".encode())
        return store

    def parts(self) -> tuple[Path, ...]:
        """Return the complete files with results; one that is damaged is not used, and a warning names it."""
        return tuple(path for path in self._named() if self._is_complete(path))

    def next_part(self) -> Path:
        """Return the path of the next file, whose name no other had."""
        numbers = [int(found[1]) for path in self._named() if (found := _PART.fullmatch(path.name))]
        return self.folder / f"part-{max(numbers, default=0) + 1:06}.parquet"

    def _named(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if _PART.fullmatch(path.name))

    def _is_complete(self, path: Path) -> bool:
        try:
            found = pq.read_schema(path)
        except (OSError, pa.ArrowException) as error:
            warn_of_damage(path, error)
            return False
        if found.remove_metadata() != schema(self.labels):
            logger.warning("%s has other columns than results have, and is not used.", path)
            return False
        return True


class Writer:
    """Writes rows into parts; at its end, also after an error, the last one.

    Attributes:
        written: The parts that it has written.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic):
        """Write into a store."""
        self._store, self._clock = store, clock
        self._rows: list[Row] = []
        self._due = 0.0
        self.written: list[Path] = []

    def __enter__(self) -> Writer:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is left."""
        self.flush()

    def add(self, row: Row) -> None:
        """Add a row, and write a part if it is time.

        Raises:
            WriteError: The disk is full, or cannot be written.
        """
        if not self._rows:
            self._due = self._clock() + PART_SECONDS
        self._rows.append(row)
        if len(self._rows) == PART_ROWS or self._clock() >= self._due:
            self.flush()

    def flush(self) -> None:
        """Write the rows that are not written yet.

        Raises:
            WriteError: The disk is full, or cannot be written.
        """
        if not self._rows:
            return
        content = io.BytesIO()
        pq.write_table(to_table(self._rows, self._store.labels), content, compression="zstd")
        with writing(self._store.folder):
            part = self._store.next_part()
            write_whole(part, content.getvalue())
        self._rows.clear()
        self.written.append(part)
