"""Back up a desk into one file, and restore it, also from SQLite to PostgreSQL and back.

The file is a zip: ``desk.json`` names the version and the SHA-256 of each part, ``rows/TABLE.jsonl`` has a line for
each row, and ``audio/`` the recordings. Everything is checked before a restore changes anything. The corrections are
not in it: they have a folder of their own (``emotion-hf feedback export``), and it holds no exports.

Example:
    >>> back_up(desk, Path("desk.zip"))  # doctest: +SKIP
    Contents(callers=12, calls=340, recordings=338)
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from emotion_hf.desk.desk import Desk
from emotion_hf.desk.schema import (
    UtcTime,
    acknowledgements,
    callers,
    calls,
    corrections,
    options,
    results,
    voices,
    watched,
)
from emotion_hf.desk.sounds import ENDING
from emotion_hf.disk import check_output, parse_json, sync_folder, temporary_of, writing
from emotion_hf.errors import DeskError, EmotionError

FORMAT, VERSION = "emotion_hf desk", 1
TABLES: tuple[Table, ...] = (options, callers, calls, results, acknowledgements, corrections, voices, watched)
"""In the order in which they can be restored; exports stay on the machine where they were made."""
HEAD = "desk.json"
BATCH_ROWS = 200
DAMAGED = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, AttributeError, EOFError, RuntimeError)
"""What reading a damaged zip file, or one that somebody has edited, raises."""


@dataclass(frozen=True)
class Contents:
    """What a backup holds."""

    callers: int
    calls: int
    recordings: int


def back_up(desk: Desk, path: Path) -> Contents:
    """Write everything on the desk into one file; others may go on working.

    Raises:
        SettingsError: The path does not end in ``.zip``, or cannot be written.
        DeskError: A recording is missing.
        WriteError: The disk is full.
    """
    check_output(path, [".zip"])
    part = temporary_of(path)
    try:
        with writing(path), desk.sounds.locked():  # no recording is removed meanwhile
            contents = _write(desk, part)
            with part.open("rb") as file:
                os.fsync(file.fileno())
            os.replace(part, path)
            sync_folder(path.absolute().parent)
    finally:
        part.unlink(missing_ok=True)
    return contents


def restore(desk: Desk, path: Path) -> Contents:
    """Fill an empty desk, set up or not, with the content of a backup.

    Raises:
        DeskError: The desk is not empty, or the file is missing, damaged or no backup; nothing was changed.
        WriteError: The disk is full.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            rows, sounds = _checked(archive)
            with desk.sounds.locked(), desk.database.writing() as connection:
                _check_empty(connection)
                for content in sounds:
                    desk.sounds.put(content, archive.read(_member(content)))
                for table in TABLES:
                    connection.execute(table.delete())  # the set-up of a new desk
                    for start in range(0, len(rows[table.name]), BATCH_ROWS):
                        connection.execute(insert(table), rows[table.name][start : start + BATCH_ROWS])
                _continue_numbers(connection)
    except EmotionError:
        raise
    except OSError as error:
        raise DeskError(f"The backup {path} cannot be read ({error.strerror}).") from error
    except DAMAGED as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DeskError(f"{path} is not a backup of a desk, or is damaged ({reason}); nothing was changed.") from error
    return Contents(len(rows["callers"]), len(rows["calls"]), len(sounds))


def _write(desk: Desk, path: Path) -> Contents:
    parts: dict[str, str] = {}
    counts: dict[str, int] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, desk.database.reading() as connection:
        for table in TABLES:
            name, digest = f"rows/{table.name}.jsonl", hashlib.sha256()
            counts[table.name] = 0
            with archive.open(name, "w", force_zip64=True) as member:
                for line in _lines(connection, table):
                    member.write(line)
                    digest.update(line)
                    counts[table.name] += 1
            parts[name] = digest.hexdigest()
        sounds = sorted(connection.execute(select(calls.c.audio).distinct()).scalars())
        if missing := desk.sounds.missing(sounds):
            raise DeskError(
                f"The recordings of {len(missing)} calls are missing, so the backup would not be complete; delete "
                "these calls, or restore the desk's folder."
            )
        for content in sounds:
            data = desk.sounds.path(content).read_bytes()
            archive.writestr(_member(content), data, zipfile.ZIP_STORED)
            parts[_member(content)] = hashlib.sha256(data).hexdigest()
        head = {"format": FORMAT, "version": VERSION, "made_at": desk.clock().isoformat(), "sha256": parts}
        archive.writestr(HEAD, json.dumps(head, indent=1))
    return Contents(counts["callers"], counts["calls"], len(sounds))


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    ordered = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=BATCH_ROWS)
    for row in connection.execute(ordered):
        plain = {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in row._mapping.items()
        }
        yield json.dumps(plain, ensure_ascii=False).encode() + b"\n"


def _checked(archive: zipfile.ZipFile) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """Return the rows of each table and the names of the recordings, after everything was checked.

    Raises:
        ValueError: A part is missing, was changed, or is not as expected; the message names it.
    """
    head = parse_json(archive.read(HEAD))
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise ValueError("it is another zip file")
    if head.get("version") != VERSION:
        raise ValueError(f"it is of version {head.get('version')}, and this emotion_hf reads {VERSION}")
    for name, expected in head["sha256"].items():
        with archive.open(name) as member:
            if hashlib.file_digest(member, "sha256").hexdigest() != expected:  # type: ignore[arg-type]
                raise ValueError(f"{name} was changed")
    rows = {table.name: _rows(archive, table, head["sha256"]) for table in TABLES}
    sounds = sorted({row["audio"] for row in rows["calls"]})
    for content in sounds:
        if _member(content) not in head["sha256"]:
            raise ValueError(f"the recording {content} is missing")
    return rows, sounds


def _rows(archive: zipfile.ZipFile, table: Table, known: dict[str, str]) -> list[dict[str, Any]]:
    name = f"rows/{table.name}.jsonl"
    if name not in known:
        raise ValueError(f"{name} is missing")
    times = [column.name for column in table.columns if isinstance(column.type, UtcTime)]
    rows = []
    for line in archive.read(name).splitlines():
        row = parse_json(line)
        if set(row) != set(table.columns.keys()):
            raise ValueError(f"{name} has other columns than this emotion_hf")
        rows.append(row | {name: datetime.fromisoformat(row[name]) for name in times if row[name]})
    return rows


def _check_empty(connection: Connection) -> None:
    for table in (callers, calls):
        if connection.execute(select(func.count()).select_from(table)).scalar_one():
            raise DeskError("This desk has callers already; restore a backup into an empty one.")


def _continue_numbers(connection: Connection) -> None:
    """Let PostgreSQL number new rows behind the restored ones; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in (callers, calls, acknowledgements):
        last = connection.execute(select(func.max(table.c.id))).scalar()
        if last is not None:
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)"), {"table": table.name, "last": last}
            )


def _member(content: str) -> str:
    if not (len(content) == 64 and set(content) <= set("0123456789abcdef")):
        raise ValueError("a recording has an impossible name")
    return f"audio/{content}{ENDING}"
