"""The twin as a Scorer: it is only used with the weights that it was made from, and passes unusual waves on."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from emotion_hf import device
from emotion_hf.checkpoint import SUMS, seal
from emotion_hf.errors import CheckpointError, SettingsError
from emotion_hf.export import add_twin
from emotion_hf.recognizer import EmotionRecognizer, load_scorer
from emotion_hf.scorers import OfNetwork
from emotion_hf.scorers.network import NetworkScorer, load_network
from emotion_hf.scorers.onnx import Facts, OnnxScorer, load_onnx
from tests.tiny_twin import CPU, LABELS, WAVES, copy_model, edit, save_tiny_with_twin

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_tiny_with_twin(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def twin(tiny, tmp_path):
    add_twin(copy_model(tiny, tmp_path))
    return tmp_path


def test_it_knows_what_the_network_knows(tiny):
    scorer, whole = load_onnx(tiny), load_network(tiny, CPU)
    assert isinstance(scorer, OfNetwork)
    assert (scorer.labels, scorer.not_sure_below, scorer.batch_size) == (whole.labels, 0.4, 2)
    for name in ("means", "within"):
        np.testing.assert_array_equal(getattr(scorer.speakers, name), getattr(whole.speakers, name))


def test_facts_survive_as_metadata():
    facts = Facts(("a", "b"), 0.25, 1_600, 480_000, True, {"config.json": "0f"})
    assert Facts.read(facts.metadata()) == facts
    with pytest.raises(KeyError):
        Facts.read({})


@pytest.mark.parametrize(
    ("wave", "sentence"),
    [
        (np.ones(800, np.float32), r"A wave of 0\.05 s cannot be encoded"),
        (np.ones(488_000, np.float32), r"A wave of 30\.50 s cannot be encoded"),
        (np.ones((2, 16_000), np.float32), "it must be mono"),
        (np.full(16_000, np.nan, np.float32), "samples that are NaN, infinite or above 1e12"),
    ],
)
def test_a_wave_that_cannot_be_encoded_gets_the_extractors_sentence(tiny, wave, sentence):
    with pytest.raises(ValueError, match=sentence):
        load_onnx(tiny).answers([wave])


def test_a_missing_or_damaged_twin_is_one_sentence(twin, tmp_path):
    with pytest.raises(CheckpointError, match=r"has no ONNX twin model.int8.onnx; write it with .* --onnx --int8\."):
        load_onnx(twin, int8=True)
    with pytest.raises(CheckpointError, match="There is no model folder"):
        load_onnx(tmp_path / "missing")
    (twin / "model.onnx").write_bytes(b"damaged")
    seal(twin)
    with pytest.raises(CheckpointError, match=r"model\.onnx cannot be loaded; write it with"):
        load_onnx(twin)


def test_a_twin_of_other_weights_or_settings_is_refused(twin):
    edit(twin, "config.json", lambda fields: fields.update(logit_temperature=0.5))
    with pytest.raises(CheckpointError, match="was made from other weights or settings than the folder has"):
        load_onnx(twin)
    (twin / SUMS).unlink()  # nobody knows to which weights it belongs
    with pytest.raises(CheckpointError, match="was made from other weights"):
        load_onnx(twin)


def test_changed_weights_are_refused(twin):
    weights = twin / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"model\.safetensors has changed since the model was saved"):
        load_onnx(twin)


def test_the_twin_is_taken_on_the_cpu_if_there_is_one(twin, monkeypatch):
    monkeypatch.setattr(device, "LINUX_DRIVERS", ())
    assert isinstance(load_scorer(twin), OnnxScorer)
    assert isinstance(load_scorer(twin, backend="auto", device="cpu"), OnnxScorer)
    assert isinstance(load_scorer(twin, backend="torch"), NetworkScorer)
    (twin / SUMS).unlink()
    assert isinstance(load_scorer(twin, backend="auto"), NetworkScorer)
    (twin / "model.onnx").unlink()
    assert isinstance(load_scorer(twin, backend="auto"), NetworkScorer)


def test_what_has_no_twin_is_refused_in_one_sentence(tmp_path, twin, monkeypatch):
    with pytest.raises(SettingsError, match="Unknown backend 'tpu'; choose one of auto, torch, onnx, onnx-int8"):
        load_scorer(twin, backend="tpu")
    monkeypatch.setattr("emotion_hf.recognizer.is_cpu", lambda _device: False)
    with pytest.raises(SettingsError, match="The backend onnx computes on the CPU"):
        load_scorer(twin, backend="onnx")
    monkeypatch.undo()
    (tmp_path / "fitted").mkdir()
    (tmp_path / "fitted" / "baseline.json").write_text("{}")
    with pytest.raises(CheckpointError, match="is a baseline, which has no ONNX twin"):
        load_scorer(tmp_path / "fitted", backend="onnx")


def test_a_change_of_the_network_counts_in_the_next_prediction(tiny):
    recognizer = EmotionRecognizer.from_pretrained(tiny, backend="onnx")
    assert recognizer.can_adapt and isinstance(recognizer.scorer, OnnxScorer)
    before = recognizer.predict(WAVES[2:3])[0]
    with torch.no_grad():
        recognizer.model.voice.offset[1] += 100.0
    after = recognizer.predict(WAVES[2:3])[0]
    assert recognizer.network is recognizer.scorer and before.scores != after.scores
    assert after.scores[LABELS[1]] == pytest.approx(0.0, abs=1e-6)


def test_a_prediction_needs_no_torch(tiny):
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from emotion_hf.recognizer import EmotionRecognizer\n"
        "from emotion_hf.testing import synthetic_voice\n"
        "import json\n"
        "known = EmotionRecognizer.from_pretrained(sys.argv[1], device='cpu', backend='auto')\n"
        "print(json.dumps(known.predict([synthetic_voice(2.0)])[0].scores))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tiny)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout).keys() == set(LABELS.values())
