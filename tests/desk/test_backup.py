"""Backups: complete, checked before anything changes, and from one database to the other."""

import json
import zipfile

import pytest
from sqlalchemy import select

from emotion_hf.desk import Desk, alarms, backup, callers, calls, corrections, listing, setup
from emotion_hf.desk.backup import TABLES, Contents, back_up, restore
from emotion_hf.desk.rule import Rule
from emotion_hf.errors import DeskError, SettingsError
from emotion_hf.labels import LABELS
from emotion_hf.settings import Settings


@pytest.fixture
def full(desk, anna, take):
    """A desk with two callers, three calls of two recordings, and what people did about them."""
    ben = callers.add(desk, "Ben", may_train=True)
    call = take("angry", seed=1)
    take("happy", seed=1, caller=ben)
    alarms.acknowledge(desk, call.line.id, judged="right", who="MK", note="Ünïcode\n2 lines")
    corrections.correct(desk, take("sad", seed=2).line.id, "calm", labels=LABELS)
    setup.set_rule(desk, Rule(windows=2))
    return desk


@pytest.fixture
def other(tmp_path, address, clock):
    """Another desk that nobody has set up."""
    desk = Desk.open(Settings(data_dir=tmp_path / "other", desk_database=address()), clock=clock)
    yield desk
    desk.close()


def rows(desk):
    with desk.database.reading() as connection:
        return [
            [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))] for table in TABLES
        ]


def test_a_restored_desk_is_the_same_and_goes_on(full, other, tmp_path):
    assert back_up(full, tmp_path / "desk.zip") == Contents(callers=2, calls=3, recordings=2)
    assert restore(other, tmp_path / "desk.zip") == Contents(callers=2, calls=3, recordings=2)
    assert rows(other) == rows(full)
    assert [row.caller.name for row in listing.overview(other).rows] == ["Anna", "Ben"]
    call = calls.get(other, 1)
    assert call == calls.get(full, 1)
    assert (calls.wave(other, call) == calls.wave(full, call)).all()
    assert callers.add(other, "Cleo").id == 3  # numbers go on behind the restored ones
    assert setup.rule(other).windows == 2


def test_a_backup_goes_from_one_database_to_the_other(full, tmp_path, request, settings):
    address = "" if settings.desk_database else request.getfixturevalue("new_database")()
    there = Desk.open(Settings(data_dir=tmp_path / "there", desk_database=address))
    back_up(full, tmp_path / "desk.zip")
    restore(there, tmp_path / "desk.zip")
    assert rows(there) == rows(full)
    there.close()


def test_a_desk_with_callers_is_not_overwritten(full, tmp_path):
    back_up(full, tmp_path / "desk.zip")
    before = rows(full)
    with pytest.raises(DeskError, match="has callers already"):
        restore(full, tmp_path / "desk.zip")
    assert rows(full) == before


def damage(path, name, change):
    """Write the archive again with one part changed, or without it."""
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    found = next(one for one in parts if one.startswith(name))
    changed = change(parts.pop(found))
    if changed is not None:
        parts[found] = changed
    with zipfile.ZipFile(path, "w") as archive:
        for one, content in parts.items():
            archive.writestr(one, content)


def other_version(content):
    return json.dumps(json.loads(content) | {"version": 9}).encode()


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("audio/", lambda content: content[:-1] + b"x", "audio/.* was changed"),
        ("audio/", lambda content: None, "audio"),
        ("rows/calls", lambda content: content.replace(b"angry", b"happy"), "calls.jsonl was changed"),
        ("rows/voices", lambda content: None, "voices"),
        ("desk.json", lambda content: None, "desk.json"),
        ("desk.json", lambda content: b"[]", "another zip file"),
        ("desk.json", lambda content: b"{", "Expecting"),
        ("desk.json", other_version, "of version 9"),
    ],
)
def test_a_damaged_archive_changes_nothing(full, other, tmp_path, name, change, sentence):
    path = tmp_path / "desk.zip"
    back_up(full, path)
    damage(path, name, change)
    before = rows(other)
    with pytest.raises(DeskError, match=f"(?s)a backup of a desk, or is damaged .*{sentence}.*nothing was changed"):
        restore(other, path)
    assert rows(other) == before
    assert not list(other.sounds.folder.rglob("*.flac"))


def test_a_torn_archive_changes_nothing(full, other, tmp_path):
    path = tmp_path / "desk.zip"
    back_up(full, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DeskError, match="not a backup of a desk, or is damaged"):
        restore(other, path)
    with pytest.raises(DeskError, match="cannot be read"):
        restore(other, tmp_path / "none.zip")


def test_a_backup_is_whole_or_not_there(full, tmp_path, monkeypatch):
    path = tmp_path / "desk.zip"
    with pytest.raises(SettingsError, match=r"must end in \.zip"):
        back_up(full, tmp_path / "desk.tar")
    path.write_bytes(b"the last backup")
    monkeypatch.setattr(backup, "_lines", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        back_up(full, path)
    assert path.read_bytes() == b"the last backup"
    assert [one.name for one in tmp_path.iterdir() if "desk.zip" in one.name] == ["desk.zip"]


def test_a_backup_without_a_recording_is_refused(full, tmp_path):
    calls.sound_path(full, calls.get(full, 1)).unlink()
    with pytest.raises(DeskError, match="recordings of 1 calls are missing"):
        back_up(full, tmp_path / "desk.zip")
    assert not (tmp_path / "desk.zip").exists()
