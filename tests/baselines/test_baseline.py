"""The stored form: a round trip for every kind, and loud failures on what is missing, damaged or strange."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline

from emotion_hf.baselines import baseline as stored
from emotion_hf.baselines.baseline import Baseline, load_baseline, make_features
from emotion_hf.baselines.estimators import KINDS, fit_estimator
from emotion_hf.errors import CheckpointError
from emotion_hf.testing import synthetic_voice

LABELS = ("happy", "sad", "angry")
QUICK = {
    "svm": {},
    "logistic_regression": {},
    "random_forest": {"n_estimators": 5},
    "mlp": {"hidden_layer_sizes": (4,), "max_iter": 3},
    "gradient_boosting": {"max_iter": 3},
}
WAVES = [synthetic_voice(1.0), synthetic_voice(1.4, seed=1)]


@pytest.fixture(scope="module")
def features():
    return make_features(None)


def make_baseline(features, kind="logistic_regression") -> Baseline:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((30, 1, len(features.names))) + features(WAVES).mean(axis=0)
    estimator = fit_estimator(kind, QUICK[kind], values, np.tile([0, 1, 2], 10), num_labels=3, seed=0)
    return Baseline(LABELS, features, replace(estimator, temperature=2.5), 0.3, {"ua": 0.5})


@pytest.fixture
def folder(features, tmp_path):
    make_baseline(features).save(tmp_path / "model")
    (tmp_path / "model" / "checksums.json").unlink()  # what is changed here gets past the sums
    return tmp_path / "model"


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_saved_answers_the_same(features, tmp_path, kind):
    made = make_baseline(features, kind)
    made.save(tmp_path)
    loaded = load_baseline(tmp_path)
    assert (loaded.labels, loaded.not_sure_below, loaded.estimator.temperature) == (LABELS, 0.3, 2.5)
    np.testing.assert_allclose(loaded.answers(WAVES)[0], made.answers(WAVES)[0], atol=1e-9)
    facts = json.loads((tmp_path / "baseline.json").read_text())
    assert facts["kind"] == kind and facts["figures"] == {"ua": 0.5} and facts["versions"]["scikit-learn"]
    assert facts["feature_names"] == list(features.names) and facts["feature_groups"] == list(features.groups)
    assert {path.name for path in tmp_path.iterdir()} == {"baseline.json", "baseline.skops", "checksums.json"}


def test_the_temperature_is_applied(features):
    made = make_baseline(features)
    sharper = replace(made, estimator=replace(made.estimator, temperature=0.1))
    assert sharper.answers(WAVES)[0].max() > made.answers(WAVES)[0].max()


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("baseline.json", None, "cannot be loaded"),
        ("baseline.json", "{", "cannot be loaded"),
        ("baseline.json", "[]", "cannot be loaded"),
        ("baseline.json", '{"kind": "svm"}', "it has no 'labels'"),
        ("baseline.json", '{"kind": "oracle"}', "not one of svm"),
        ("baseline.skops", None, "cannot be loaded"),
        ("baseline.skops", "version https://git-lfs.github.com/spec/v1", "cannot be loaded"),
    ],
)
def test_a_missing_or_damaged_file_is_one_sentence(folder, file, content, words):
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_text(content)
    with pytest.raises(CheckpointError, match=words) as caught:
        load_baseline(folder)
    assert "\n" not in str(caught.value) and file in str(caught.value)


def test_an_estimator_cut_off_is_refused(folder):
    content = (folder / "baseline.skops").read_bytes()
    (folder / "baseline.skops").write_bytes(content[: len(content) // 2])
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        load_baseline(folder)


def test_types_that_no_baseline_is_made_of_are_not_loaded(folder):
    skops.io.dump({"run": Path("anything")}, folder / "baseline.skops")
    with pytest.raises(CheckpointError, match=r"types that no baseline has \(pathlib"):
        load_baseline(folder)


@pytest.mark.parametrize(
    "thing", [[1, 2], PCA(), Pipeline([("reduce", PCA())])], ids=["list", "estimator", "pipeline"]
)
def test_something_else_that_is_trusted_is_refused(folder, thing):
    skops.io.dump(thing, folder / "baseline.skops")
    with pytest.raises(CheckpointError, match="does not belong to"):
        load_baseline(folder)


@pytest.mark.parametrize(
    "change",
    [{"feature_names": ["mean"]}, {"features": {"engineered": 0}}],
)
def test_features_that_are_computed_otherwise_now_are_refused(folder, change):
    path = folder / "baseline.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(CheckpointError, match="other features"):
        load_baseline(folder)


def test_an_encoder_that_has_changed_is_refused(folder, features, monkeypatch):
    class Embeddings:
        names, groups = features.names, features.groups
        settings = {"encoder": "somebody/encoder", "layer": 3, "weights": "after"}

    asked = []
    monkeypatch.setattr(stored, "make_features", lambda *settings: asked.append(settings) or Embeddings())
    path = folder / "baseline.json"
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | {"features": Embeddings.settings | {"weights": "before"}}))
    with pytest.raises(CheckpointError, match="other features"):
        load_baseline(folder, device="cpu")
    path.write_text(json.dumps(facts | {"features": Embeddings.settings}))
    assert load_baseline(folder, device="cpu").features.settings["layer"] == 3
    assert asked == [("somebody/encoder", 3, "cpu")] * 2
