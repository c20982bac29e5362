"""The first tables."""

import sqlalchemy as sa
from alembic import op

from emotion_hf.desk.schema import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "callers",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_key", sa.String(200), nullable=False),
        sa.Column("may_train", sa.Boolean(), nullable=False),
        sa.Column("consent_at", UtcTime()),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_callers"),
        sa.UniqueConstraint("name_key", name="uq_callers_name_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        _of_caller("calls", "CASCADE", nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("happened_at", UtcTime(), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("audio", sa.String(64), nullable=False),
        sa.Column("duration_seconds", sa.Float(), nullable=False),
        sa.Column("channel", sa.Integer()),
        sa.Column("speaker", sa.String(10)),
        sa.Column("label", sa.String(100)),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("strain", sa.Float(), nullable=False),
        sa.Column("reference_recordings", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(500), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("reason_emotion", sa.String(100)),
        sa.Column("reason_start_seconds", sa.Float()),
        sa.Column("reason_end_seconds", sa.Float()),
        sa.Column("reason_confidence", sa.Float()),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("snoozed_until", UtcTime()),
        sa.Column("corrected", sa.String(100)),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
        sa.UniqueConstraint("caller_id", "source", name="uq_calls_caller_id"),
        sqlite_autoincrement=True,
    )
    for column in ("received_at", "audio", "state", "happened_at"):
        op.create_index(f"ix_calls_{column}", "calls", [column])
    op.create_index("ix_calls_caller_id_happened_at", "calls", ["caller_id", "happened_at"])
    op.create_table(
        "results",
        _of_call("results"),
        sa.Column("prediction", sa.JSON(), nullable=False),
        sa.Column("timeline", sa.JSON(), nullable=False),
        sa.Column("uncorrected", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_results"),
    )
    op.create_table(
        "acknowledgements",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        _of_call("acknowledgements"),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("judged", sa.String(20)),
        sa.Column("snooze_until", UtcTime()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_acknowledgements"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_acknowledgements_call_id", "acknowledgements", ["call_id"])
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(32), nullable=False),
        _of_call("corrections"),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_call_id", "corrections", ["call_id"])
    op.create_table(
        "voices",
        _of_caller("voices", "CASCADE", nullable=False),
        sa.Column("model", sa.String(500), nullable=False),
        sa.Column("recordings", sa.Integer(), nullable=False),
        sa.Column("clips", sa.Integer(), nullable=False),
        sa.Column("offset", sa.JSON(), nullable=False),
        sa.Column("gain", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("caller_id", name="pk_voices"),
    )
    op.create_table(
        "exports",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        _of_caller("exports", "CASCADE", nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exports"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_exports_caller_id", "exports", ["caller_id"])
    op.create_table(
        "watched",
        sa.Column("key", sa.String(64), nullable=False),
        _of_caller("watched", "SET NULL", nullable=True),
        sa.Column("path", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_watched"),
    )
    op.create_index("ix_watched_caller_id", "watched", ["caller_id"])
    op.create_table(
        "options",
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_options"),
    )
    changes = op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.bulk_insert(changes, [{"id": 1, "number": 0}])


def downgrade() -> None:
    """Remove the tables."""
    for name in ("changes", "options", "watched", "exports", "voices"):
        op.drop_table(name)
    for name in ("corrections", "acknowledgements", "results", "calls", "callers"):
        op.drop_table(name)


def _of_call(table: str) -> sa.Column:
    key = sa.ForeignKey("calls.id", name=f"fk_{table}_call_id", ondelete="CASCADE")
    return sa.Column("call_id", sa.Integer(), key, nullable=False)


def _of_caller(table: str, on_delete: str, *, nullable: bool) -> sa.Column:
    key = sa.ForeignKey("callers.id", name=f"fk_{table}_caller_id", ondelete=on_delete)
    return sa.Column("caller_id", sa.Integer(), key, nullable=nullable)
