"""No recording outlives its hour, a killed process, or the server."""

import asyncio
import os
import time

import pytest

from emotion_hf.app.voices import lifetime_seconds, sweep, sweeping, voices_folder
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


def test_sweep_removes_what_is_older_and_then_its_folder(tmp_path):
    old, young = recording(tmp_path, 61), recording(tmp_path, 59)
    sweep(tmp_path, max_age_seconds=60)
    assert not old.exists()
    assert young.exists()
    os.utime(old.parent, (time.time() - 61,) * 2)
    sweep(tmp_path, max_age_seconds=60)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["59"]


def test_a_server_sweeps_while_it_runs(tmp_path):
    settings = Settings(data_dir=tmp_path, history_seconds=3600)
    of_a_killed_process = recording(tmp_path / "voices" / "1", 3_700)
    own = recording(voices_folder(settings), 10)

    async def serve():
        async with sweeping(settings)(None):
            for _ in range(100):
                if not of_a_killed_process.exists():
                    break
                await asyncio.sleep(0.05)
            assert own.exists()

    asyncio.run(serve())
    assert not of_a_killed_process.exists()
