"""No recording outlives its hour, a killed process, or the server."""

import asyncio
import os
import time

import pytest

from emotion_hf.app.voices import MARKER, lifetime_seconds, make_voices_folder, sweep, sweeping, voices_folder
from emotion_hf.settings import Settings


def recording(folder, age_seconds):
    """Make a recording that is that old, in a folder as old as itself."""
    (folder / f"{age_seconds}").mkdir(parents=True)
    path = folder / f"{age_seconds}" / "voice.wav"
    path.write_bytes(b"voice")
    for entry in (path, path.parent):
        os.utime(entry, (time.time() - age_seconds,) * 2)
    return path


@pytest.mark.parametrize(("history_seconds", "expected"), [(3600, (30, 3570)), (10, (5, 5)), (1, (1, 1))])
def test_looking_often_enough_keeps_the_promise(history_seconds, expected):
    assert lifetime_seconds(Settings(history_seconds=history_seconds)) == expected


def make_process_folder(voices, name, age_seconds):
    """Make the folder of another process that was last seen so long ago."""
    (voices / name).mkdir(parents=True)
    (voices / name / MARKER).touch()
    os.utime(voices / name / MARKER, (time.time() - age_seconds,) * 2)
    return voices / name


def test_sweep_removes_what_is_older_and_then_its_folder(tmp_path):
    folder = make_process_folder(tmp_path, "one", 0)
    old, young = recording(folder, 61), recording(folder, 59)
    sweep(tmp_path, max_age_seconds=60)
    assert not old.exists()
    assert young.exists()
    os.utime(old.parent, (time.time() - 61,) * 2)
    sweep(tmp_path, max_age_seconds=60)
    assert sorted(path.name for path in folder.iterdir()) == [MARKER, "59"]


def test_the_folder_of_a_dead_process_goes_once_it_is_empty(tmp_path):
    dead, alive = make_process_folder(tmp_path, "dead", 61), make_process_folder(tmp_path, "alive", 0)
    young = recording(dead, 10)
    sweep(tmp_path, max_age_seconds=60)
    assert young.exists()
    young.unlink()
    young.parent.rmdir()
    sweep(tmp_path, max_age_seconds=60)
    assert list(tmp_path.iterdir()) == [alive]


def test_what_is_not_marked_is_left_alone(tmp_path):
    voices, elsewhere = tmp_path / "voices", tmp_path / "elsewhere"
    thesis, of_an_earlier_version = recording(voices / "thesis", 9_999), recording(voices / "1234", 9_999)
    make_process_folder(tmp_path, "elsewhere", 9_999)
    outside = recording(elsewhere, 9_999)
    (voices / "link").symlink_to(elsewhere, target_is_directory=True)
    marked = make_process_folder(voices, "marked", 0)
    (marked / "link").symlink_to(elsewhere, target_is_directory=True)
    note = voices / "note.txt"
    note.write_text("mine")
    os.utime(note, (0, 0))
    sweep(voices, max_age_seconds=60)
    assert all(path.exists() for path in (thesis, of_an_earlier_version, outside, note))


def test_each_process_has_a_marked_folder_of_its_own_and_names_what_is_not_its_own(tmp_path, caplog):
    settings = Settings(data_dir=tmp_path)
    (tmp_path / "voices" / "1234").mkdir(parents=True)
    folder = make_voices_folder(settings)
    assert folder == voices_folder(settings) and str(os.getpid()) != folder.name
    assert [path.name for path in folder.iterdir()] == [MARKER]
    assert "holds files that this page does not own, for example 1234" in caplog.text


def test_a_server_sweeps_while_it_runs(tmp_path):
    settings = Settings(data_dir=tmp_path, history_seconds=3600)
    dead = make_process_folder(tmp_path / "voices", "dead", 9_999)
    of_a_killed_process = recording(dead, 3_700)
    own = recording(make_voices_folder(settings), 10)
    os.utime(voices_folder(settings) / MARKER, (0, 0))

    async def serve():
        async with sweeping(settings)(None):
            for _ in range(100):
                if not of_a_killed_process.exists():
                    break
                await asyncio.sleep(0.05)
            assert own.exists()

    asyncio.run(serve())
    assert not of_a_killed_process.exists()
    assert time.time() - (voices_folder(settings) / MARKER).stat().st_mtime < 60  # other processes see it alive
