"""Workers in processes: they score, crash, and cannot load."""

from __future__ import annotations

import os
import signal

import pandas as pd
import pytest

from emotion_hf.batch.processes import CRASHED, Processes
from emotion_hf.batch.scoring import Options
from emotion_hf.errors import CheckpointError
from tests.batch.conftest import Here, score, wav
from tests.batch_models import KILLS_SAMPLES, Fake, die, load_broken, load_fragile, load_missing


def sorted_rows(output):
    return pd.read_parquet(output).sort_values("path").drop(columns="model").reset_index(drop=True)


def test_processes_give_the_same_rows_as_one_process(recordings, tmp_path):
    score([recordings], tmp_path / "here", Here())
    with Processes(Fake(), Options(), workers=2) as engine:
        tally = score([recordings], tmp_path / "there", engine)
    assert tally.scored == 4
    pd.testing.assert_frame_equal(sorted_rows(tmp_path / "here"), sorted_rows(tmp_path / "there"))


def test_a_recording_that_ends_a_worker_gets_an_error_and_the_others_are_scored(recordings, tmp_path):
    (recordings / "deadly.wav").write_bytes(wav(KILLS_SAMPLES))
    with Processes(load_fragile, Options(), workers=1) as engine:
        tally = score([recordings], tmp_path / "out", engine)
    assert tally.scored == 4 and tally.failed == 3
    errors = sorted_rows(tmp_path / "out").set_index("path")["error"]
    assert errors[f"{recordings}/deadly.wav"] == CRASHED


def test_a_killed_worker_is_replaced(recordings, tmp_path):
    with Processes(Fake(), Options(), workers=1) as engine:
        os.kill(engine._workers[0].process.pid, signal.SIGKILL)
        assert score([recordings], tmp_path / "out", engine).scored == 4


def test_a_broken_model_ends_the_run(recordings, tmp_path):
    with Processes(load_broken, Options(), 1) as engine, pytest.raises(CheckpointError, match="fake is broken"):
        score([recordings], tmp_path / "out", engine)


def test_a_model_that_cannot_be_loaded_is_reported():
    with pytest.raises(CheckpointError, match="There is no model folder"), Processes(load_missing, Options(), 1):
        pass
    with (
        pytest.raises(CheckpointError, match="A worker ended while it loaded the model"),
        Processes(die, Options(), 1),
    ):
        pass
