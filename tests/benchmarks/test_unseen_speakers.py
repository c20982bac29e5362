"""Folds of synthetic voices from training to the table, and the table's figures from answers that are made up."""

import json

import numpy as np
import pytest
import soundfile

from benchmarks import corpora_page, unseen_speakers, unseen_speakers_page
from benchmarks.answers import keep_answers, recall_answers
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.errors import SettingsError
from emotion_hf.labels import LABELS
from emotion_hf.testing import tiny_corpus
from tests.benchmarks.conftest import made_up


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Empty folders for everything that is kept."""
    for module in (unseen_speakers, unseen_speakers_page):
        monkeypatch.setattr(module, "UNSEEN_SPEAKERS", tmp_path / "kept")
    monkeypatch.setattr(unseen_speakers, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(unseen_speakers, "LOG", tmp_path / "log.jsonl")
    monkeypatch.setattr(corpora_page, "SHIPPED", tmp_path / "shipped")
    return tmp_path / "kept"


def write_noise(folder, *names):
    rng = np.random.default_rng(0)
    folder.mkdir(exist_ok=True)
    for name in names:
        soundfile.write(folder / name, rng.normal(0, 0.1, SAMPLING_RATE).astype(np.float32), SAMPLING_RATE)


def test_a_fold_is_trained_and_tested_as_recorded_and_changed(tiny_whisper, tmp_path, results, monkeypatch):
    monkeypatch.setenv("EMOTION_HF_DATA_DIR", str(tmp_path / "data"))
    ravdess = tiny_corpus(tmp_path / "ravdess", speakers=7, seconds=1.0)
    write_noise(tmp_path / "noise", "rain.wav", "wind.wav")
    small = [f"model.checkpoint={tiny_whisper}", "model.config.num_hidden_layers=2", "training.epochs=2"]
    small += ["model.config.pooled_layers=[1,2]", "model.config.intensity=false", "model.head.passes=2"]
    small += [f"augmentation.noise={tmp_path}/noise/wind*", "augmentation.noise_probability=0.5"]
    words = ["--data", f"ravdess={ravdess}", *small, "--folds", "4"]
    assert unseen_speakers.main([*words, "--noise", f"{tmp_path}/noise/rain*"]) == 0
    answers = recall_answers(results / "fold4-seed0.json")
    assert sorted(set(answers.speakers)) == [f"ravdess/Actor_{actor:02}" for actor in (3, 5, 7)]
    assert len(answers.truth) == 24 and answers.seconds == pytest.approx(1.0)
    assert set(answers.others) == set(unseen_speakers_page.MOST_LOST)
    np.testing.assert_array_equal(answers.others["20 dB softer"], answers.predicted)
    assert answers.statistics.within.any()
    (line,) = map(json.loads, (tmp_path / "log.jsonl").read_text().splitlines())
    assert line["ua"] == pytest.approx(np.mean(answers.truth == answers.predicted), abs=1e-3)
    assert "augmentation.noise=wind*" in line["changes"] and str(tmp_path) not in json.dumps(line)
    assert answers.facts == line

    assert unseen_speakers.main([*words, "--seed", "1"]) == 0
    assert not recall_answers(results / "fold4-seed1.json").others
    text = unseen_speakers_page.document()
    assert "| fold | 4, seed 0 | 4, seed 1 |" in text and "| UA of the 24 clips together |" in text


def test_noise_that_training_uses_is_refused(tmp_path):
    write_noise(tmp_path / "noise", "rain.wav", "wind.wav")
    with pytest.raises(SettingsError, match=r"have recordings in common \(1\)"):
        unseen_speakers.changes_to_test(f"{tmp_path}/noise/rain*", [f"augmentation.noise={tmp_path}/noise"])
    with pytest.raises(SettingsError, match="with --noise"):
        unseen_speakers.changes_to_test("", [])


def test_the_table_is_computed_from_every_clip(results):
    truth = np.tile(np.arange(8), 12)
    speakers = np.repeat([f"s{number}" for number in range(12)], 8)
    predicted, hum = truth.copy(), truth.copy()
    predicted[truth == 3] = np.where(np.arange(12) < 6, 3, 4)  # half of sad is called angry
    predicted[1] = -1
    hum[truth == 0] = 1
    confidence = np.where(truth == 3, 0.4, 0.9)
    answers = made_up(predicted, truth, speakers, confidence, others={"hum, 50 Hz, 40 dB below the peak": hum})
    keep_answers(answers, results / "fold1-seed0.json")
    keep_answers(made_up(truth, truth, speakers), results / "fold1-seed1.json")
    text = unseen_speakers_page.document()
    rows = {row.split(" | ")[0]: row.split(" | ") for row in text.splitlines()}
    assert rows["| UA"] == ["| UA", "0.927", "1.000 |"]  # (6 + 11 / 12 + 1 / 2) / 8
    assert rows["| UA, mean of 1 folds"][1:] == ["≥ 0.80", "≥ 0.86", "0.927 |"]
    assert rows["| lowest recall"][3].startswith(f"{LABELS[3]} 0.500 (")
    ece = (84 - 1) / 95 * 0.1 + 12 / 95 * 0.1
    assert rows["| ECE, 10 bins"][3].startswith(f"{ece:.3f} (")
    nll = -(83 * np.log(0.9) + 6 * np.log(0.4) + 6 * np.log(0.6 / 7)) / 95
    assert rows["| NLL"][3].startswith(f"{nll:.3f} (")
    gained = rows["| points of accuracy gained if 25% are not sure; with the models' own thresholds"]
    assert gained[3].startswith("7.3 (") and gained[3].endswith("; 7.3 if 14% are |")  # 83 of 83 instead of 89 of 96
    assert rows["| points of UA lost: hum, 50 Hz, 40 dB below the peak"][3].startswith("5.2 (")
    assert rows["| points of UA lost: 20 dB softer"][3] == "– |"
    assert rows["| UA on TESS, shared emotions, one clip at a time"][1:] == ["≥ 0.58", "≥ 0.75", "– |"]
    assert rows["| most frequent prediction on any of these"][3] == "– |"
    for figure in ("MB, shipped checkpoint", "non-speech rejected; speech rejected"):
        assert rows[f"| {figure}"][3][0].isdigit()
