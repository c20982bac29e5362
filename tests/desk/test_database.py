"""The database: migrations, transactions, the change number, and errors as one sentence."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, insert, inspect, select, text

from emotion_hf.desk import Desk, callers, listing, setup
from emotion_hf.desk.database import Database
from emotion_hf.desk.schema import callers as table
from emotion_hf.desk.schema import metadata, options
from emotion_hf.errors import DatabaseError, DeskError, DeskNotReadyError, SettingsError
from emotion_hf.settings import Settings


def test_the_migrations_make_the_tables_of_the_schema(unready):
    with unready.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        inspected = inspect(connection)
        for name, known in metadata.tables.items():
            assert {one["name"] for one in inspected.get_indexes(name)} >= {one.name for one in known.indexes}, name


def test_opening_again_keeps_everything(desk, settings, clock):
    callers.add(desk, "Anna")
    again = Desk.open(settings, clock=clock)
    assert [caller.name for caller in callers.all_callers(again)] == ["Anna"]
    again.close()


def test_processes_that_open_at_once_do_not_collide(tmp_path, address):
    code = "import sys; from pathlib import Path; from emotion_hf.desk.database import Database; " + (
        "print(Database.open(Path(sys.argv[1]), sys.argv[2]).change_number())"
    )
    where = address()
    run = [sys.executable, "-c", code, str(tmp_path / "desk"), where]
    started = [subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(*one.communicate(timeout=100), one.returncode) for one in started] == [("0\n", "", 0)] * 2


def test_a_database_of_a_newer_version_is_refused(unready, settings):
    with unready.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match=r"newer version of emotion_hf has made .* \(revision 9999\)"):
        Desk.open(settings)


def test_a_change_is_counted_once_it_is_committed(desk, settings):
    other = Desk.open(settings)
    before = other.change_number()
    callers.add(desk, "Anna")
    assert other.change_number() == before + 1
    with pytest.raises(DeskError):
        callers.add(desk, "anna")
    assert other.change_number() == before + 1
    assert listing.overview(other).change == before + 1
    other.close()


def test_times_come_back_in_utc_whatever_zone_they_have(unready):
    zurich = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    with unready.database.writing() as connection:
        connection.execute(insert(options).values(name="x", value={}, changed_at=zurich))
        stored = connection.execute(select(options.c.changed_at)).scalar_one()
    assert (stored, stored.tzinfo) == (datetime(2026, 7, 1, 10, 0, tzinfo=UTC), UTC)


def test_foreign_keys_hold(desk, take):
    call = take()
    with desk.writing() as connection:
        connection.execute(delete(table))
    with pytest.raises(DeskError, match="no longer on the desk"):
        from emotion_hf.desk import calls

        calls.get(desk, call.line.id)


def test_nothing_works_before_the_desk_is_set_up(unready):
    for attempt in (listing.overview, lambda desk: callers.add(desk, "Anna"), setup.rule):
        with pytest.raises(DeskNotReadyError, match="not set up yet"):
            attempt(unready)
    assert setup.get(unready) is None
    accepted = setup.accept(unready, purpose=" Crisis line ", place="Zurich")
    assert (accepted.purpose, accepted.place, accepted.who) == ("Crisis line", "Zurich", "")
    assert any("Art. 5(1)(f)" in text for text in accepted.terms)
    assert listing.overview(unready).rows == ()


@pytest.mark.parametrize(("purpose", "place"), [("", "Zurich"), ("Crisis line", " "), ("a\nb", "x"), ("a" * 501, "x")])
def test_a_set_up_without_purpose_or_place_is_refused(unready, purpose, place):
    with pytest.raises(DeskError):
        setup.accept(unready, purpose=purpose, place=place)
    assert setup.get(unready) is None


@pytest.mark.parametrize("address", ["sqlite:///desk.sqlite", "mysql://me:secret@db/desk", "nonsense secret"])
def test_another_address_is_refused_without_its_password(tmp_path, address):
    with pytest.raises(SettingsError, match="must be PostgreSQL") as refused:
        Database.open(tmp_path, address)
    assert "secret" not in str(refused.value)


def test_a_database_that_cannot_be_reached_is_one_sentence(tmp_path):
    with pytest.raises(DatabaseError, match=r"^The desk's database cannot do this \(connection .*\)") as refused:
        Database.open(tmp_path, "postgresql://me:secret@127.0.0.1:9/desk")
    assert "secret" not in str(refused.value)


def test_a_missing_driver_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match=r"pip install 'emotion-hf\[postgresql\]'"):
        Database.open(tmp_path, "postgresql://me@127.0.0.1/desk")


def test_sqlite_waits_for_the_disk_and_writes_ahead(tmp_path):
    desk = Desk.open(Settings(data_dir=tmp_path))
    with desk.database.engine.connect() as connection:
        values = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")]
    assert values == ["wal", 2]
    desk.close()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "desk").write_text("in the way")
    with pytest.raises(DatabaseError, match="cannot use the folder"):
        Desk.open(Settings(data_dir=tmp_path))
