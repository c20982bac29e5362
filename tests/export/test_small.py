"""The model of the page in one file: its scores are close to those of the original weights."""

import numpy as np
import onnx
import onnxruntime
import pytest
from transformers import Wav2Vec2Config, WhisperConfig

from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.errors import CheckpointError
from emotion_hf.export import add_twin
from emotion_hf.export.small import MOST_POSITIONS, small_model
from emotion_hf.scorers.onnx import load_onnx
from emotion_hf.testing import synthetic_voice
from tests.tiny_encoder import SIZES
from tests.tiny_twin import LABELS, save_tiny


def scores(content, wave):
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"waves": wave[None], "lengths": np.array([len(wave)])})[0]


@pytest.mark.skipif(not (DEFAULT_MODEL_DIR / "model.safetensors").is_file(), reason="the model does not ship here")
@pytest.mark.parametrize("seconds", [0.3, 3.0, 8.0])
def test_the_scores_of_the_model_that_ships_differ_little(seconds):
    small = small_model(DEFAULT_MODEL_DIR)
    wave = synthetic_voice(seconds)
    np.testing.assert_allclose(scores(small.content, wave), load_onnx(DEFAULT_MODEL_DIR).answers([wave])[0], atol=0.02)
    assert len(small.content) < 0.6 * (DEFAULT_MODEL_DIR / "model.safetensors").stat().st_size
    assert {one.data_type for one in onnx.load_from_string(small.content).graph.initializer} >= {
        onnx.TensorProto.INT8,
        onnx.TensorProto.FLOAT16,
    }


def test_small_tensors_keep_their_precision(tmp_path):
    add_twin(save_tiny(tmp_path))
    wave = synthetic_voice(2.0)
    small = small_model(tmp_path)
    assert small.plan.labels == tuple(LABELS.values()) and small.plan.positions == MOST_POSITIONS
    np.testing.assert_allclose(scores(small.content, wave), load_onnx(tmp_path).answers([wave])[0], atol=2e-6)


def test_a_model_for_less_than_8_seconds_is_refused(tmp_path):
    save_tiny(tmp_path, encoder=WhisperConfig(**SIZES, max_source_positions=MOST_POSITIONS - 1))
    with pytest.raises(CheckpointError, match="only Whisper-based models for 8 s or more can"):
        small_model(tmp_path)


def test_a_model_of_another_kind_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="There is no model folder"):
        small_model(tmp_path / "missing")
    save_tiny(tmp_path, encoder=Wav2Vec2Config(hidden_size=32, num_hidden_layers=2, num_attention_heads=2))
    with pytest.raises(CheckpointError, match="cannot run in a browser"):
        small_model(tmp_path)
