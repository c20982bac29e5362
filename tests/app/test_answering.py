"""The model that answers is switched while the page runs: at the next request, and never to a damaged one."""

import threading

import numpy as np
import pytest

from emotion_hf.app.answering import AnsweringModel
from emotion_hf.errors import CheckpointError
from emotion_hf.testing import FakeClassifier
from emotion_hf.versions import Versions, seal

WAVE = np.full(16_000, 0.1, dtype=np.float32)


@pytest.fixture
def versions(tmp_path):
    versions = Versions(tmp_path / "models")
    for name in ("retrained-1", "retrained-2"):
        (versions.folder / name).mkdir(parents=True)
        (versions.folder / name / "model.safetensors").write_bytes(b"weights")
        seal(versions.folder / name, parent="", recipe={}, data={}, gate={"promoted": True, "sentence": ""})
    return versions


def load(model):
    """Return a fake model that is called as the folder."""
    classifier = FakeClassifier()
    classifier.name = model.source.rpartition("/")[2] or "ships"
    return classifier


def answered_by(model):
    return model.predict([WAVE])[0].model, model.name


def test_the_next_request_is_answered_by_the_promoted_version_and_after_a_rollback_by_the_one_before(versions):
    loaded = []
    model = AnsweringModel(versions, lambda name: loaded.append(name) or load(name), "runs/mine")
    names = []
    for step in (
        lambda: None,
        lambda: versions.promote("retrained-1"),
        lambda: versions.promote("retrained-2"),
        versions.rollback,
        versions.rollback,
    ):
        step()
        assert len(set(answered_by(model))) == 1
        names.append(answered_by(model)[0])
    assert names == ["mine", "retrained-1", "retrained-2", "retrained-1", "mine"]
    assert len(loaded) == 5  # once each


def test_a_page_that_starts_answers_with_the_version_at_once(versions):
    versions.promote("retrained-2")
    assert AnsweringModel(versions, load, "").name == "retrained-2"
    (versions.folder / "retrained-2" / "model.safetensors").write_bytes(b"others")
    with pytest.raises(CheckpointError, match="retrained-2 is damaged"):
        AnsweringModel(versions, load, "")


def test_a_version_that_cannot_be_loaded_does_not_silence_the_page(versions, caplog):
    model = AnsweringModel(versions, load, "")
    versions.promote("retrained-1")
    (versions.folder / "retrained-1" / "model.safetensors").write_bytes(b"others")
    assert answered_by(model) == ("ships", "ships")
    assert "ships stays active: The version retrained-1 is damaged" in caplog.text
    versions.promote("retrained-2")
    assert model.name == "retrained-2"


def test_while_one_request_loads_the_others_are_answered_by_the_old_model(versions):
    loading, go_on = threading.Event(), threading.Event()

    def load_slowly(name):
        if "retrained" in name.source:
            loading.set()
            assert go_on.wait(10)
        return load(name)

    model = AnsweringModel(versions, load_slowly, "")
    versions.promote("retrained-1")
    first = []
    request = threading.Thread(target=lambda: first.append(model.name))
    request.start()
    assert loading.wait(10)
    assert model.name == "ships"
    go_on.set()
    request.join()
    assert (first, model.name) == (["retrained-1"], "retrained-1")


def test_a_model_that_is_no_version_answers_at_once_with_the_meaning_of_its_labels(versions, tmp_path):
    model = AnsweringModel(versions, load, "")
    (tmp_path / "run").mkdir()
    versions.use(str(tmp_path / "run"), {"ang": "angry"})
    assert (model.name, model.chosen.labels) == ("run", (("ang", "angry"),))
    versions.rollback()
    assert model.name == "ships"
