"""The watched folder: files that have stopped growing, each once, and originals that stay."""

import logging
import os
import threading

import numpy as np
import pytest

from emotion_hf.desk import callers, deletion, listing
from emotion_hf.desk.watch import Watcher, dismiss, failures
from emotion_hf.errors import DatabaseError, SettingsError
from emotion_hf.testing import synthetic_voice
from tests.desk.conftest import START, Told, write_voice


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "incoming"
    (made / "Anna").mkdir(parents=True)
    return made


@pytest.fixture
def watcher(desk, folder):
    return Watcher(desk, folder, lambda: Told("sad"))


def put(path, *channels, seconds_old=60):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_voice(path, *(channels or (synthetic_voice(2.0),)))
    at = START.timestamp() - seconds_old
    os.utime(path, (at, at))
    return path


def look(watcher, times=1):
    return [outcome for _ in range(times) for outcome in watcher.look()]


def test_a_file_is_taken_once_it_has_stopped_growing(desk, clock, folder, watcher):
    path = put(folder / "Anna" / "call.wav")
    assert look(watcher) == []  # it may be growing
    path.write_bytes(path.read_bytes()[:1000])
    os.utime(path, (START.timestamp() - 50,) * 2)
    assert look(watcher) == []  # it has changed
    put(path)
    assert look(watcher) == []
    (only,) = look(watcher)
    assert (only.caller, only.error, only.taken.is_new) == ("Anna", "", True)
    line = only.taken.call.line
    assert (line.caller, line.file_name, (START - line.happened_at).total_seconds()) == ("Anna", "call.wav", 60)
    assert look(watcher, 3) == []
    assert path.exists()


def test_a_file_that_has_just_been_written_waits(folder, watcher):
    put(folder / "Anna" / "call.wav", seconds_old=1)
    assert look(watcher, 2) == []


def test_another_process_takes_a_file_only_once(desk, folder, watcher):
    put(folder / "Anna" / "call.wav")
    assert len(look(watcher, 2)) == 1
    assert look(Watcher(desk, folder, Told), 2) == []


def test_a_bad_file_is_listed_once_and_tried_again_if_it_changes(desk, folder, watcher):
    path = put(folder / "Ben" / "call.wav")
    path.write_bytes(b"no sound")
    os.utime(path, (START.timestamp() - 60,) * 2)
    (only,) = look(watcher, 4)
    assert only.taken is None and "call.wav" in only.error
    assert [(one.path, one.caller, one.error) for one in failures(desk)] == [(path, "Ben", only.error)]
    put(path, seconds_old=30)
    assert [one.error for one in look(watcher, 3)] == [""]
    assert failures(desk) == []


def test_a_mix_waits_for_somebody_to_say_who_is_who(desk, folder, watcher):
    path = put(folder / "Anna" / "two.wav", synthetic_voice(2.0), synthetic_voice(2.0, seed=1))
    (only,) = look(watcher, 2)
    assert "several channels" in only.error
    dismiss(desk, path)
    assert failures(desk) == []


def test_callers_are_added_and_files_beside_their_folders_are_not_taken(desk, folder, watcher):
    put(folder / "ben" / "deep" / "a.wav", synthetic_voice(2.0, seed=1))
    put(folder / "ANNA" / "b.wav", synthetic_voice(2.0, seed=2))
    put(folder / "loose.wav")
    put(folder / ".hidden" / "c.wav")
    (folder / "Anna" / "notes.txt").write_text("no recording")
    callers.add(desk, "Ben")
    assert sorted((one.caller, one.taken.call.line.caller) for one in look(watcher, 2)) == [
        ("ANNA", "ANNA"),
        ("ben", "Ben"),
    ]


def test_an_impossible_name_is_one_sentence(desk, folder, watcher):
    put(folder / ("a" * 101) / "a.wav")
    (only,) = look(watcher, 2)
    assert "101 characters" in only.error


def test_a_deleted_caller_does_not_come_back(desk, folder, watcher):
    path = put(folder / "Anna" / "call.wav")
    look(watcher, 2)
    done = deletion.delete_caller(desk, callers.find(desk, "Anna").id)
    assert done.left == (path.resolve(),)  # the desk does not delete originals, but names them
    assert look(watcher, 3) == []
    assert listing.overview(desk).rows == ()


def test_running_goes_on_after_a_lost_database(desk, folder, caplog):
    put(folder / "Anna" / "call.wav")
    stop, shown, asked = threading.Event(), [], []

    def model():
        asked.append(1)
        if len(asked) == 1:
            raise DatabaseError("The database is gone.")
        return Told("sad")

    def show(outcome):
        shown.append(outcome)
        stop.set()

    with caplog.at_level(logging.WARNING):
        Watcher(desk, folder, model).run(stop, show, every_seconds=0.01)
    assert "The database is gone." in caplog.text
    assert [one.taken.is_new for one in shown] == [True]


def test_folders_that_cannot_be_watched(desk, tmp_path, settings):
    with pytest.raises(SettingsError, match="does not exist"):
        Watcher(desk, tmp_path / "none", Told)
    with pytest.raises(SettingsError, match="contains the desk"):
        Watcher(desk, settings.data_dir, Told)


def test_a_silent_file_is_a_call(desk, folder, watcher):
    put(folder / "Anna" / "silence.wav", np.zeros(16_000, np.float32))
    assert [one.taken.call.line.emotion for one in look(watcher, 2)] == ["no speech"]
