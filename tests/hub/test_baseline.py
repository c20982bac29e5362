"""A baseline on its way to a Hub on this machine and back: no pickle, listed types only, and the same predictions."""

import json
import os
import pickle
import shutil

import pytest
import skops.io
from huggingface_hub import constants
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from emotion_hf import cli
from emotion_hf.checkpoint import seal
from emotion_hf.errors import CheckpointError
from emotion_hf.hub.push import push_model
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice, tiny_corpus
from emotion_hf.training.baseline import BaselineData, BaselineRecipe, fit_baseline

REPO = "me/svm"
SOUND = (16_000, synthetic_voice(1.5))


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    corpus = tiny_corpus(tmp_path_factory.mktemp("tiny"), speakers=4)
    recipe = BaselineRecipe("mine", "logistic_regression", data=BaselineData(split="speakers:1"), speeds=())
    folder = tmp_path_factory.mktemp("runs") / "lr"
    fit_baseline(recipe, {"ravdess": corpus}, folder)
    return folder


@pytest.fixture
def baseline(fitted, tmp_path):
    return shutil.copytree(fitted, tmp_path / "lr")


@pytest.fixture
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))


def files_on(hub):
    return hub.repos["model", REPO].files


def test_a_baseline_is_published_and_predicts_the_same_when_it_is_loaded_from_the_hub(
    hub, baseline, empty_cache, capsys
):
    with pytest.raises(SystemExit) as left:
        cli.main(["push", str(baseline), REPO])
    assert left.value.code == 0
    assert capsys.readouterr().err.startswith("The card lacks figures on unseen speakers")
    assert files_on(hub).keys() == {
        *("baseline.json", "baseline.skops", "checksums.json", "run.json", "README.md", "LICENSE")
    }
    card = files_on(hub)["README.md"].decode()
    assert "library_name: skops" in card and "It is a baseline of scikit-learn (`logistic_regression`)" in card
    assert "license: cc-by-nc-sa-4.0" in card and "python -m train.baseline run.json --data ravdess=DIR" in card
    assert "from transformers import" not in card and f'from_pretrained("{REPO}")' in card
    here, there = EmotionRecognizer.from_pretrained(baseline)(SOUND), EmotionRecognizer.from_pretrained(REPO)(SOUND)
    assert there.scores == here.scores and there.model == REPO


def test_a_downloaded_baseline_needs_no_hub(hub, baseline, empty_cache, monkeypatch):
    push_model(baseline, REPO)
    before = EmotionRecognizer.from_pretrained(REPO)(SOUND)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert EmotionRecognizer.from_pretrained(REPO)(SOUND).scores == before.scores


def add_joblib(folder):
    (folder / "model.joblib").write_bytes(pickle.dumps({"a": 1}))


def add_another_estimator(folder):
    shutil.copy(folder / "baseline.skops", folder / "extra.skops")


def put_another_type_inside(folder):
    skops.io.dump(Pipeline([("run", FunctionTransformer(os.system))]), folder / "baseline.skops")
    seal(folder)


def put_a_pickle_in_its_place(folder):
    (folder / "baseline.skops").write_bytes(pickle.dumps({"a": 1}))
    seal(folder)


def name_a_private_encoder(folder):
    facts = json.loads((folder / "baseline.json").read_text())
    facts["features"] = {"encoder": str(folder.parent.relative_to(folder.parent.parent)), "layer": None}
    (folder / "baseline.json").write_text(json.dumps(facts))


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (add_joblib, "model.joblib can hold a pickle"),
        (add_another_estimator, "extra.skops can hold a pickle"),
        (put_another_type_inside, r"types that no baseline has \(.*system"),
        (put_a_pickle_in_its_place, "baseline.skops cannot be loaded"),
        (lambda folder: (folder / "baseline.skops").write_bytes(b"PK"), "has changed since the model was saved"),
        (lambda folder: (folder / "baseline.skops").unlink(), "has no baseline.skops"),
        (lambda folder: (folder / "baseline.json").unlink(), "can hold a pickle"),
    ],
)
def test_what_a_baseline_must_not_contain_is_refused_before_the_hub_is_asked(hub, baseline, damage, complaint):
    damage(baseline)
    with pytest.raises(CheckpointError, match=complaint):
        push_model(baseline, REPO)
    assert hub.asked == []


def test_an_encoder_that_only_this_machine_has_is_refused(hub, baseline, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path.parent)
    name_a_private_encoder(baseline)
    with pytest.raises(CheckpointError, match=f"needs the encoder in the folder {tmp_path.name}, which nobody else"):
        push_model(baseline, REPO)
    assert hub.asked == []


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (put_another_type_inside, r"types that no baseline has \(.*system"),
        (put_a_pickle_in_its_place, "cannot be loaded"),
    ],
)
def test_what_somebody_else_published_is_read_by_the_same_rules(hub, baseline, empty_cache, damage, complaint):
    push_model(baseline, REPO)
    damage(baseline)
    there = hub.repos["model", REPO].commits[-1].files  # somebody changes them
    there |= {name: (baseline / name).read_bytes() for name in ("baseline.skops", "checksums.json")}
    with pytest.raises(CheckpointError, match=complaint):
        EmotionRecognizer.from_pretrained(REPO)
