"""A model on the Hub with an ONNX twin: the twin predicts, and the network is fetched for what only it can do."""

import numpy as np
import pytest
from huggingface_hub import HfApi, constants

from emotion_hf import EmotionRecognizer
from emotion_hf.errors import CheckpointError
from emotion_hf.scorers.network import NetworkScorer
from emotion_hf.scorers.onnx import OnnxScorer, load_onnx
from tests.tiny_twin import WAVES, save_tiny, save_tiny_with_twin

REPO = "me/emotions"


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))


def publish(folder):
    HfApi().create_repo(REPO)
    HfApi().upload_folder(repo_id=REPO, folder_path=folder)
    return folder


def test_the_twin_on_the_hub_predicts(hub, tmp_path, monkeypatch):
    here = load_onnx(publish(save_tiny_with_twin(tmp_path / "tiny")))
    for backend in ("auto", "onnx"):
        found = EmotionRecognizer.from_pretrained(REPO, device="cpu", backend=backend)
        assert isinstance(found.scorer, OnnxScorer) and found.name == REPO
        for ours, theirs in zip(here.answers(WAVES[1:2]), found.scorer.answers(WAVES[1:2]), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    found = EmotionRecognizer.from_pretrained(REPO, device="cpu")
    assert isinstance(found.scorer, OnnxScorer)
    assert found.model.config.num_labels == 3  # of the whole network
    assert isinstance(EmotionRecognizer.from_pretrained(REPO, backend="torch").scorer, NetworkScorer)


def test_a_model_without_a_twin_is_loaded_whole(hub, tmp_path):
    publish(save_tiny(tmp_path / "tiny"))
    assert isinstance(EmotionRecognizer.from_pretrained(REPO, device="cpu").scorer, NetworkScorer)
    for backend, name in {"onnx": "model.onnx", "onnx-int8": "model.int8.onnx"}.items():
        with pytest.raises(CheckpointError, match=f"The model {REPO} has no ONNX twin {name} on the Hub; use"):
            EmotionRecognizer.from_pretrained(REPO, backend=backend)


def test_a_twin_of_other_weights_is_refused(hub, tmp_path):
    folder = save_tiny_with_twin(tmp_path / "tiny")
    twin = (folder / "model.onnx").read_bytes()
    save_tiny(folder)
    (folder / "model.onnx").write_bytes(twin)
    publish(folder)
    with pytest.raises(CheckpointError, match=r"model\.onnx was added since the model was saved"):
        EmotionRecognizer.from_pretrained(REPO, device="cpu")
