"""`emotion-hf batch`: the numbers of `predict`, its report, and what it refuses before a model is loaded."""

from __future__ import annotations

import importlib
import json

import numpy as np
import pandas as pd
import pytest
import soundfile

from emotion_hf import cli, doctor
from emotion_hf.testing import synthetic_voice
from tests.batch.conftest import Here

needs_model = pytest.mark.skipif(
    not (doctor.DEFAULT_MODEL_DIR / doctor.WEIGHTS).is_file(), reason="the model that ships is missing"
)


@pytest.fixture
def clips(tmp_path):
    """A short and a long recording, one in stereo, one without speech, and a broken one."""
    folder = tmp_path / "clips"
    folder.mkdir()
    soundfile.write(folder / "short.wav", synthetic_voice(1.0), 16_000)
    soundfile.write(folder / "other.flac", synthetic_voice(2.5, 200, seed=3), 16_000)
    soundfile.write(folder / "long.wav", synthetic_voice(20.0, seed=1), 16_000)
    voice = synthetic_voice(1.5, seed=2)
    soundfile.write(folder / "stereo.wav", np.stack([voice, -voice], axis=1), 16_000)
    soundfile.write(folder / "silence.wav", np.zeros(16_000), 16_000)
    (folder / "broken.wav").write_text("this is not sound")
    (folder / "empty").mkdir()
    return folder


def run(*words):
    """Run a command, and return its exit status."""
    with pytest.raises(SystemExit) as left:
        cli.main([str(word) for word in words])
    return left.value.code


@pytest.fixture
def here(monkeypatch):
    """An engine without processes instead of the usual ones."""

    class Started(Here):
        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

    monkeypatch.setattr(importlib.import_module("emotion_hf.cli.batch"), "_start", lambda *asked: Started())


@needs_model
def test_the_numbers_are_those_of_predict(clips, tmp_path, capsys):
    assert run("predict", clips, "--json") == 1  # one is broken
    expected = {answer["file"]: answer for answer in map(json.loads, capsys.readouterr().out.splitlines())}
    assert run("batch", clips, "--output", tmp_path / "out", "--workers", 1) == 0
    assert "Scored 5 recordings in" in capsys.readouterr().err
    table = pd.read_parquet(tmp_path / "out").astype(object)
    rows = {row["path"]: row for row in table.where(table.notna(), None).to_dict("records")}
    assert rows.keys() == expected.keys() and len(rows) == 6
    for path, answer in expected.items():
        row = rows[path]
        assert row["error"] == answer.get("error")
        if row["error"]:
            continue
        assert (row["verdict"], row["label"]) == (answer["verdict"], answer["label"])
        assert row["seconds"] == answer["duration_seconds"] and (row["notes"] or "") == " ".join(answer["notes"])
        assert row["confidence"] == pytest.approx(answer["confidence"], abs=1e-5)
        for label, score in answer["scores"].items():
            assert row[f"score_{label}"] == pytest.approx(score, abs=1e-5)
        assert row["intensity"] == (answer["intensity"] and pytest.approx(answer["intensity"], abs=1e-5))
    assert {row["verdict"] for row in rows.values()} >= {"no_speech", None}


def test_the_report_and_the_exit_status(clips, tmp_path, here, capsys):
    assert run("batch", clips, "--output", tmp_path / "out") == 0
    said = capsys.readouterr().err
    assert "Scored 5 recordings in 0 s" in said and "1 recording cannot be used; the column error says" in said
    assert f"The results are in {tmp_path}/out/model=fake-" in said
    (clips / "short.wav").rename(clips / "renamed.wav")
    assert run("batch", clips, "--output", tmp_path / "out") == 0
    said = capsys.readouterr().err
    assert "Scored 0 recordings. Copied results to 1 recording with the content of another one." in said
    assert "Skipped 5 recordings that already had a row." in said
    assert run("batch", clips / "broken.wav", "--output", tmp_path / "none") == 1  # nothing can be used


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (("nowhere",), 1, "There is no file or folder nowhere; check the name."),
        (("{clips}", "--shard", "3/2"), 2, "--shard 3/2 cannot be used"),
        (("{clips}", "--ray-address", "10.0.0.1:6379"), 2, "--ray-address needs --engine ray."),
        (("{clips}", "--output", "{clips}/short.wav"), 2, "is a file; name a folder."),
        (("{clips}/*.mp3",), 1, "Nothing matches"),
        (("{clips}/empty",), 1, "There are no recordings in the sources; name a folder with .wav, .flac"),
    ],
)
def test_what_cannot_be_done_is_refused_before_a_model_is_loaded(words, status, reason, clips, tmp_path, capsys):
    words = [word.format(clips=clips) for word in words]
    assert run("batch", "--output", tmp_path / "out", *words) == status
    said = capsys.readouterr().err
    assert reason in said and said.count("\n") == 1


def test_an_unknown_backend_is_refused_before_a_model_is_loaded(clips, tmp_path, capsys):
    assert run("batch", clips, "--output", tmp_path / "scores", "--backend", "tensorflow") == 2
    assert "'tensorflow' is not one of" in capsys.readouterr().err
