"""Leaving a corpus out, from training to the table, on synthetic voices."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from benchmarks import corpora, corpora_page
from benchmarks.answers import keep_answers, recall_answers, ua
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.testing import STYLES, synthetic_voice, tiny_corpus
from tests.benchmarks.conftest import made_up

SMALL = ["model.config.num_hidden_layers=2", "model.config.pooled_layers=[1,2]", "training.epochs=1"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """RAVDESS with two actors, one of them of fold 1, and a folder of three speakers and three emotions."""
    folder = tmp_path_factory.mktemp("corpora")
    tiny_corpus(folder / "ravdess", speakers=3, seconds=1.0)
    for number, speaker in enumerate(("anna", "ben", "cleo", "dan", "eve")):
        for emotion in ("happy", "sad", "angry"):
            path = folder / "mine" / emotion / speaker / "1.wav"
            path.parent.mkdir(parents=True)
            pitch = (110 + 20 * number) * STYLES[emotion].pitch
            soundfile.write(path, synthetic_voice(1.0, pitch, 10 * number), SAMPLING_RATE)
    return [f"ravdess={folder / 'ravdess'}", f"mine={folder / 'mine'}"]


@pytest.fixture(scope="module")
def kept(data, tiny_whisper, tmp_path_factory):
    """The folder of what is kept once each corpus was left out, and the rest trained on RAVDESS alone."""
    folder, patch = tmp_path_factory.mktemp("kept"), pytest.MonkeyPatch()
    patch.setenv("EMOTION_HF_DATA_DIR", str(folder / "data"))
    for module in (corpora, corpora_page):
        patch.setattr(module, "LEFT_OUT", folder / "left_out")
        patch.setattr(module, "SHIPPED", folder / "shipped")
    patch.setattr(corpora, "RUNS", folder / "runs")
    words = ["--data", *data, f"model.checkpoint={tiny_whisper}", *SMALL]
    assert corpora.main(words) == 0
    assert corpora.main([*words, "--shipped"]) == 0
    yield folder
    patch.undo()


def test_a_corpus_is_tested_by_a_model_of_the_others(kept):
    answers = recall_answers(kept / "left_out" / "mine.json")
    assert len(answers.labels) == 8 and len(answers.truth) == 15
    assert answers.facts["model"] == "without-mine"
    assert set(answers.others[corpora_page.CENTRED]) <= {2, 3, 4}
    run = (kept / "runs" / "without-mine" / "run.json").read_text()
    assert "Actor_02" in run and "Actor_01" not in run, "fold 1 takes no part"


def test_only_emotions_in_the_training_are_tested(kept):
    answers = recall_answers(kept / "left_out" / "ravdess.json")
    assert answers.labels == ("happy", "sad", "angry")
    assert sorted(set(answers.speakers)) == ["ravdess/Actor_02", "ravdess/Actor_03"]
    assert len(answers.truth) == 6


def test_the_shipped_model_is_trained_only_on_corpora_that_allow_it(kept):
    assert [path.name for path in (kept / "shipped").glob("*.json")] == ["mine.json"]
    run = (kept / "runs" / "shipped" / "run.json").read_text()
    assert "ravdess" in run and "mine" not in run


def test_embeddings_are_centred_on_each_speaker(kept, data):
    recognizer = corpora.EmotionRecognizer.from_pretrained(kept / "runs" / "without-mine")
    prediction, embedding = corpora.score(recognizer, synthetic_voice(1.0))
    inputs = recognizer.extractor(synthetic_voice(1.0))
    with torch.inference_mode():
        output = recognizer.model(**inputs)
    np.testing.assert_allclose(embedding, output.embeddings[0], atol=1e-5)
    assert [*prediction.scores.values()] == pytest.approx(output.logits.softmax(-1)[0].tolist(), abs=1e-5)
    assert np.isnan(corpora.score(recognizer, np.zeros(SAMPLING_RATE, np.float32))[1]).all()

    mean = recognizer.model.scale.mean.numpy()
    around = np.random.default_rng(0).normal(0, 0.1, (6, len(mean))).astype(np.float32)
    around -= around.mean(0)
    vectors = np.concatenate([mean + around + 1, [np.full_like(mean, np.nan)], mean + around - 2])
    logits = corpora.centred(recognizer, vectors, np.repeat(["anna", "ben"], [6, 7]))
    with torch.inference_mode():
        expected = recognizer.model.classifier(recognizer.model.scale(torch.from_numpy(mean + around)))
    expected = expected.numpy() / recognizer.model.config.logit_temperature
    np.testing.assert_allclose(logits[:6], expected, atol=1e-3)
    np.testing.assert_allclose(logits[7:], expected, atol=1e-3)
    assert np.isnan(logits[6]).all()


def test_a_voice_is_learned_and_corrected_for_each_speaker():
    truth, speakers = np.tile(np.arange(8), 10), np.repeat(["anna", "ben"], 40)
    answers = made_up(truth, truth, speakers)
    shift = np.where(speakers == "anna", 0.0, 6.0)[:, None] * np.eye(8)[3]
    found = corpora_page.measured(replace(answers, logits=answers.logits + shift))
    assert ua(found, corpora_page.ALONE) == pytest.approx(9 / 16), "all of ben is sad"
    assert ua(found, corpora_page.VOICE) == 1


def test_the_tables_show_the_saved_predictions(tmp_path, monkeypatch):
    monkeypatch.setattr(corpora_page, "SHIPPED", tmp_path)
    truth, speakers = np.tile([2, 3, 4], 20), np.repeat(["a", "b", "c", "d"], 15)
    wrong = np.where(np.arange(60) < 15, 0, truth)  # neutral, which the corpus does not have
    others = {corpora_page.CENTRED: truth}
    keep_answers(made_up(wrong, truth, speakers, others=others), tmp_path / "savee.json")
    keep_answers(made_up(truth, truth, np.repeat(["a", "b"], 30), others=others), tmp_path / "tess.json")
    found = {row[0]: row[1:] for row in corpora_page.lines()}
    bar, aim, reached = found["UA on TESS, shared emotions, one clip at a time"]
    assert (bar, aim, reached) == ("≥ 0.58", "≥ 0.75", "1.000 (1.000 to 1.000), clips resampled")
    centred = found["UA on SAVEE, shared emotions, corrected for the speaker's voice"]
    assert centred[:2] == ("≥ 0.56", "≥ 0.68") and centred[2].endswith("; centred embeddings 1.000")
    assert found["UA on ASED, shared emotions, one clip at a time"][2] == "–"
    assert found["most frequent prediction on any of these"] == ("≤ 40 %", "≤ 30 %", "happy on TESS: 33%")
    table = corpora_page.document()
    assert "| tess | 60, 2 | 0.333 | 1.000 (1.000 to 1.000), clips resampled |" in table
    assert "| mean |  |  | **" in table and "| savee | 60, 4 |" in table
