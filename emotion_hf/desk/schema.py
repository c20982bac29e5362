"""The tables of the desk, alike on SQLite and PostgreSQL.

A change here needs a migration in ``emotion_hf/desk/migrations/versions``; a test compares the two.

Example:
    >>> sorted(metadata.tables)[:3]
    ['acknowledgements', 'callers', 'calls']
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

MOST_NAME_CHARACTERS = 100
MOST_NOTE_CHARACTERS = 2_000
AS_NAMED = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
}
"""Both databases name constraints alike, so that later migrations can change them."""


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone, UTC; SQLite has no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Return the value to store."""
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Return the stored value in UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


metadata = MetaData(naming_convention=AS_NAMED)
_NUMBERS: dict[str, Any] = {"sqlite_autoincrement": True}  # the number of a deleted row is never used again


def _own_number() -> Column:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _of_caller(**options: Any) -> Column:
    return Column("caller_id", ForeignKey("callers.id", ondelete="CASCADE"), nullable=False, **options)


callers = Table(
    "callers",
    metadata,
    _own_number(),
    Column("name", String(MOST_NAME_CHARACTERS), nullable=False),
    Column("name_key", String(2 * MOST_NAME_CHARACTERS), nullable=False, unique=True),
    Column("may_train", Boolean, nullable=False),
    Column("consent_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    **_NUMBERS,
)

calls = Table(
    "calls",
    metadata,
    _own_number(),
    _of_caller(),
    Column("received_at", UtcTime, nullable=False, index=True),
    Column("happened_at", UtcTime, nullable=False),
    Column("file_name", String(255), nullable=False),
    Column("source", String(64), nullable=False),
    Column("audio", String(64), nullable=False, index=True),
    Column("duration_seconds", Float, nullable=False),
    Column("channel", Integer),
    Column("speaker", String(10)),
    Column("label", String(100)),
    Column("confidence", Float, nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("strain", Float, nullable=False),
    Column("reference_recordings", Integer, nullable=False),
    Column("model", String(500), nullable=False),
    Column("level", Integer, nullable=False),
    Column("reason_emotion", String(100)),
    Column("reason_start_seconds", Float),
    Column("reason_end_seconds", Float),
    Column("reason_confidence", Float),
    Column("state", String(20), nullable=False),
    Column("snoozed_until", UtcTime),
    Column("corrected", String(100)),
    UniqueConstraint("caller_id", "source"),
    Index("ix_calls_caller_id_happened_at", "caller_id", "happened_at"),
    Index("ix_calls_state", "state"),
    Index("ix_calls_happened_at", "happened_at"),
    **_NUMBERS,
)

results = Table(  # apart, because lists do not need them: the rows of the calls stay short
    "results",
    metadata,
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("prediction", JSON, nullable=False),
    Column("timeline", JSON, nullable=False),
    Column("uncorrected", JSON, nullable=False),
)

acknowledgements = Table(
    "acknowledgements",
    metadata,
    _own_number(),
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("who", String(MOST_NAME_CHARACTERS), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("judged", String(20)),
    Column("snooze_until", UtcTime),
    Column("note", Text, nullable=False),
    **_NUMBERS,
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), nullable=False, index=True),
)

voices = Table(
    "voices",
    metadata,
    _of_caller(primary_key=True),
    Column("model", String(500), nullable=False),
    Column("recordings", Integer, nullable=False),
    Column("clips", Integer, nullable=False),
    Column("offset", JSON, nullable=False),
    Column("gain", JSON, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

exports = Table(
    "exports",
    metadata,
    _own_number(),
    _of_caller(index=True),
    Column("path", Text, nullable=False),
    Column("content", String(64), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    **_NUMBERS,
)

watched = Table(
    "watched",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("caller_id", ForeignKey("callers.id", ondelete="SET NULL"), index=True),
    Column("path", Text),
    Column("error", Text),
    Column("seen_at", UtcTime, nullable=False),
)

options = Table(
    "options",
    metadata,
    Column("name", String(50), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
)
