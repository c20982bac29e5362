"""Twins that are traced with torch: other families than the Whisper-based, with weights of their own."""

import numpy as np
import pytest
import torch
from transformers import WhisperConfig

from emotion_hf.checkpoint import save
from emotion_hf.errors import CheckpointError
from emotion_hf.export import export_onnx, traced
from emotion_hf.models import EncoderFeatureExtractor
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.scorers.network import load_network
from emotion_hf.scorers.onnx import BATCH_SIZE, load_onnx
from emotion_hf.testing import synthetic_voice
from tests.models import test_encoder, test_spectrogram, test_waveform
from tests.tiny_encoder import SIZES, save_network
from tests.tiny_twin import CPU, save_tiny

WAVES = [synthetic_voice(seconds, seed=seed) for seed, seconds in enumerate((0.1, 1.0, 4.2))]


def save_cnn(folder):
    model = test_spectrogram.scrambled(test_spectrogram.small_model(backbone="cnn"))
    save(folder, model, test_spectrogram.small_extractor())


def save_lstm(folder):
    model = test_spectrogram.scrambled(test_spectrogram.small_model(backbone="bilstm"))
    save(folder, model, test_spectrogram.small_extractor())


def save_waveform(folder):
    save(folder, test_waveform.small_model(), test_waveform.extractor())


def save_wav2vec2(folder):
    save(folder, test_encoder.small_model("wav2vec2"), test_encoder.small_extractor("wav2vec2"))


@pytest.mark.parametrize("save_one", [save_cnn, save_lstm, save_waveform, save_wav2vec2])
def test_the_scores_are_those_of_the_network(save_one, tmp_path):
    save_one(tmp_path)
    export_onnx(tmp_path)
    twin, whole = load_onnx(tmp_path), load_network(tmp_path, CPU)
    assert (twin.labels, twin.not_sure_below, twin.batch_size) == (whole.labels, whole.not_sure_below, BATCH_SIZE)
    for waves in (WAVES, WAVES[2:], WAVES[:1]):
        (scores, strengths), (expected, known) = twin.answers(waves), whole.answers(waves)
        np.testing.assert_allclose(scores, expected, atol=1e-4)
        assert (strengths is None) == (known is None)
        if known is not None:
            np.testing.assert_allclose(strengths, known, atol=1e-4)


def test_the_twin_of_a_network_predicts(tmp_path):
    save_cnn(tmp_path)
    export_onnx(tmp_path)
    twin, whole = (EmotionRecognizer.from_pretrained(tmp_path, backend=backend) for backend in ("auto", "torch"))
    found, expected = (one.predict(WAVES[1:2])[0] for one in (twin, whole))
    assert found.scores == pytest.approx(expected.scores, abs=1e-4) and not twin.can_adapt


def test_what_cannot_be_traced_is_one_sentence(tmp_path, monkeypatch):
    save_tiny(tmp_path / "relu", WhisperConfig(**SIZES, activation_function="relu"), EncoderFeatureExtractor())
    with pytest.raises(CheckpointError, match="has no ONNX twin: only the spectrogram and waveform families"):
        export_onnx(tmp_path / "relu")
    folder = save_network(tmp_path / "cnn", ["a", "b"])
    with pytest.raises(CheckpointError, match="has no 8-bit twin; only Whisper-based models have one"):
        export_onnx(folder, int8=True)

    def fail(*_arguments, **_options):
        raise RuntimeError("an operator\nis missing")

    monkeypatch.setattr(torch.onnx, "export", fail)
    with pytest.raises(CheckpointError, match="cannot be traced for its ONNX twin: an operator is missing"):
        export_onnx(folder)
    monkeypatch.setattr(torch.onnx, "export", lambda *_arguments, **_options: __import__("onnxscript_is_missing"))
    with pytest.raises(CheckpointError, match="onnxscript is needed: pip install onnxscript"):
        export_onnx(folder)
    assert not (folder / "model.onnx").exists()


def test_a_twin_that_differs_is_not_written(tmp_path, monkeypatch):
    folder = save_network(tmp_path / "cnn", ["a", "b"])
    monkeypatch.setattr(traced, "TOLERANCE", -1.0)
    with pytest.raises(CheckpointError, match=r"would differ from its network by .*; use the network"):
        export_onnx(folder)
    assert not (folder / "model.onnx").exists()
