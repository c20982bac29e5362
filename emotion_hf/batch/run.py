"""Score all recordings that have no result yet, and write their rows.

Example:
    >>> with Processes(Pretrained(), Options()) as engine:  # doctest: +SKIP
    ...     tally = run(find_places(["recordings"]), Path("results"), engine, {})
    >>> tally.scored, tally.failed  # doctest: +SKIP
    (1440, 0)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow.parquet as pq

from emotion_hf.batch.index import Index
from emotion_hf.batch.places import Places
from emotion_hf.batch.rows import Row, State
from emotion_hf.batch.scoring import Facts
from emotion_hf.batch.store import Store, Writer
from emotion_hf.batch.work import Shard, Work

UNSCORED = "An identical recording could not be scored; run the command again."


class Engine(Protocol):
    """Scores the clips of a work, wherever it does so."""

    @property
    def facts(self) -> Facts:
        """What it knows of its model."""
        ...

    def score(self, work: Work) -> Iterator[tuple[State, Row]]:
        """Yield what was known of each clip, and its row."""
        ...


@dataclass
class Tally:
    """How many recordings a run has met.

    Attributes:
        folder: Where the results are.
        scored: Recordings that were scored.
        copied: Recordings with the content of another one, whose result they got.
        known: Recordings that had their row.
        failed: New rows with an error.
        known_failed: Recordings that had their row, with an error.
    """

    folder: Path
    scored: int = 0
    copied: int = 0
    known: int = 0
    failed: int = 0
    known_failed: int = 0

    @property
    def usable(self) -> int:
        """Number of recordings with a prediction."""
        return self.scored + self.copied + self.known

    @property
    def unusable(self) -> int:
        """Number of recordings with an error."""
        return self.failed + self.known_failed


def run(
    places: Sequence[Places],
    output: Path,
    engine: Engine,
    settings: Mapping[str, Any],
    *,
    shard: Shard | None = None,
    progress: Callable[[], object] = lambda: None,
) -> Tally:
    """Score what has no result yet.

    Args:
        places: Where the recordings are.
        output: Folder of results; the caller holds its lock.
        engine: Scores them.
        settings: What else the predictions depend on.
        shard: The part of the recordings to score; `None` for all.
        progress: Called for each recording.

    Raises:
        EmotionError: The model is broken, the recordings cannot be listed, or the results cannot be written. What was
            scored before is written.
    """
    store = Store.of(output, engine.facts, settings)
    work = Work(tuple(places), store.model_key, store.parts(), shard)
    tally, same = Tally(store.folder), _Same()
    with Writer(store) as writer:
        for state, row in engine.score(work):
            if state is State.SAME:
                same.add(row)
                continue
            progress()
            if state is State.NEW:
                writer.add(row)
                tally.scored += row["error"] is None
                tally.failed += row["error"] is not None
            tally.known += state is State.KNOWN
            tally.known_failed += state is State.KNOWN_ERROR
        writer.flush()
        for row in same.with_results([*work.parts, *writer.written]):
            progress()
            writer.add(row)
            tally.copied += row["error"] is None
            tally.failed += row["error"] is not None
    return tally


class _Same:
    """Recordings whose content another one has; they wait, on the disk, until all results are written."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # a temporary file
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE same (source TEXT, path TEXT, key TEXT, part INT, number INT)")
        self._is_empty = True

    def add(self, row: Row) -> None:
        """Note a recording."""
        self._is_empty = False
        self._database.execute("INSERT INTO same VALUES (?, ?, ?, -1, -1)", (row["source"], row["path"], row["key"]))

    def with_results(self, parts: Sequence[Path]) -> Iterator[Row]:
        """Yield the rows of all recordings; each part is read once."""
        if self._is_empty:
            return
        index = Index(parts)
        self._database.create_function("part", 1, lambda key: (index.place_of(key) or (-1, -1))[0])
        self._database.create_function("number", 1, lambda key: (index.place_of(key) or (-1, -1))[1])
        self._database.execute("UPDATE same SET part = part(key), number = number(key)")
        read, rows = -1, list[Row]()
        for source, path, key, part, number in self._database.execute("SELECT * FROM same ORDER BY part"):
            if part < 0:
                yield {"source": source, "path": path, "key": None, "error": UNSCORED}
                continue
            if part != read:
                read, rows = part, pq.ParquetFile(parts[part]).read().to_pylist()
            yield rows[number] | {"source": source, "path": path, "key": key}
