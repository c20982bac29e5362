"""Trained models become one ensemble: what it answers, what it learned of weights, and what it refuses."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from emotion_hf.calibration import fit_temperature
from emotion_hf.models import EnsembleConfig, EnsembleForAudioClassification
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice, tiny_corpus
from emotion_hf.training.combine import fit_weights
from emotion_hf.training.finetune import fine_tune
from train.combine import main

MEMBERS = {
    "cepstrum": {
        "front_end": {"features": ["rms", "mfcc"], "num_mel_bins": 24, "num_mfcc": 12, "hop_length": 320},
        "config": {"backbone": "cnn", "widths": [8], "hidden_size": 8, "dropout": 0.0},
    },
    "mels": {
        "front_end": {"num_mel_bins": 24, "num_mfcc": 12, "hop_length": 320},
        "config": {"backbone": "dictionary", "widths": [16], "standardize": "none", "pooling": "mean", "dropout": 0.0},
    },
    "other_hop": {
        "front_end": {"num_mel_bins": 24, "hop_length": 160},
        "config": {"backbone": "cnn", "widths": [4], "hidden_size": 4},
    },
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("tiny"), speakers=5, clips_per_emotion=2, seconds=0.6)


@pytest.fixture(scope="module")
def trained(corpus, tmp_path_factory):
    """A folder for each member, and for the first one once more by another seed."""
    folder = tmp_path_factory.mktemp("members")
    for name, model in {**MEMBERS, "other_seed": MEMBERS["mels"]}.items():
        content = {
            "name": name,
            "seed": int(name == "other_seed"),
            "data": {"split": "speakers:1", "validation": 2},
            "model": model,
            "training": {"epochs": 2, "solver": "discriminant" if "mels" in name or "seed" in name else "gradient"},
        }
        fine_tune(recipe_from_mapping(content), {"ravdess": corpus}, folder / name)
    return folder


@pytest.fixture(scope="module")
def ensemble(corpus, trained, tmp_path_factory):
    output = tmp_path_factory.mktemp("ensemble") / "both"
    arguments = [str(trained / "cepstrum"), str(trained / "mels"), "--data", f"ravdess={corpus}"]
    assert main([*arguments, "--output", str(output), "--test"]) == 0
    return output


def test_answers_the_weighted_mean_of_its_members(trained, ensemble):
    waves = [synthetic_voice(seconds, seed=seed) for seed, seconds in enumerate((0.7, 1.6))]
    whole = EmotionRecognizer.from_pretrained(ensemble)
    members = [EmotionRecognizer.from_pretrained(trained / name).scorer for name in ("cepstrum", "mels")]
    weights, temperature = whole.model.config.weights, whole.model.config.logit_temperature
    assert sum(weights) == pytest.approx(1) and min(weights) >= 0
    mixed = sum(weight * np.log(member.answers(waves)[0]) for weight, member in zip(weights, members, strict=True))
    expected = np.exp(mixed / temperature) / np.exp(mixed / temperature).sum(1, keepdims=True)
    np.testing.assert_allclose(whole.scorer.answers(waves)[0], expected, atol=1e-4)


def test_leaves_what_a_training_leaves(ensemble):
    run = json.loads((ensemble / "run.json").read_text())
    assert run["recipe"]["model"]["family"] == "ensemble" and run["recipe"]["training"]["solver"] == "gradient"
    assert run["recipe"]["model"]["front_end"]["features"] == ["rms", "mfcc", "log_mel"]
    assert [member["name"] for member in run["members"]] == ["cepstrum", "mels"]
    assert run["data"]["validation"]["clips"] == 32 and 0 <= run["validation"]["ua"] <= 1
    assert {"test", "validation"} <= {path.name for path in (ensemble / "report").iterdir()}


def test_answers_without_this_package(ensemble, tmp_path):
    np.save(tmp_path / "wave.npy", synthetic_voice(1.1))
    program = (
        "import sys, json, numpy; sys.modules['emotion_hf'] = None\n"
        "from transformers import pipeline\n"
        f"classify = pipeline('audio-classification', model={str(ensemble)!r}, trust_remote_code=True)\n"
        f"print(json.dumps(classify(numpy.load({str(tmp_path / 'wave.npy')!r}), top_k=None)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = {one["label"]: one["score"] for one in json.loads(done.stdout.splitlines()[-1])}
    own = EmotionRecognizer.from_pretrained(ensemble).predict([synthetic_voice(1.1)])[0]
    assert found == pytest.approx(dict(own.scores), abs=1e-4)


def test_goes_on_learning_where_gradients_taught(ensemble, corpus, tmp_path):
    before, after = going_on(ensemble, corpus, tmp_path / "more")
    assert after.config.weights == before.config.weights
    same = [torch.equal(*(model.members[place].classifier.weight for model in (before, after))) for place in (0, 1)]
    assert same == [False, True]  # a network, and a closed form


def test_closed_forms_alone_have_nothing_to_learn_by_gradients(trained, corpus, tmp_path):
    both = tmp_path / "both"
    assert main([*[str(trained / "mels")] * 2, "--data", f"ravdess={corpus}", "--output", str(both)]) == 0
    before, after = (model.state_dict() for model in going_on(both, corpus, tmp_path / "more"))
    assert all(torch.equal(before[name], after[name]) for name in before)


def going_on(folder, corpus, output):
    """Train an ensemble for two more epochs; return it as it was and as it became."""
    run = json.loads((folder / "run.json").read_text())
    content = run["recipe"] | {"name": "more", "training": {"epochs": 2, "learning_rate": 0.01, "batch_size": 8}}
    content["model"]["checkpoint"] = str(folder)
    fine_tune(recipe_from_mapping(content), {"ravdess": corpus}, output)
    return tuple(EmotionRecognizer.from_pretrained(one).model for one in (folder, output))


def test_takes_weights_from_one_that_had_validation_speakers(ensemble, trained, corpus, tmp_path):
    arguments = [str(trained / "cepstrum"), str(trained / "mels"), "--data", f"ravdess={corpus}"]
    output = tmp_path / "like"
    assert main([*arguments, "--like", str(ensemble), "--output", str(output), "name=other"]) == 0
    ours, theirs = (EmotionRecognizer.from_pretrained(one).model.config for one in (output, ensemble))
    for name in ("weights", "logit_temperature", "not_sure_below"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert [one.get("logit_temperature") for one in ours.members] == [
        one.get("logit_temperature") for one in theirs.members
    ]
    assert json.loads((output / "run.json").read_text())["recipe"]["name"] == "other"


@pytest.mark.parametrize(
    "names, message",
    [
        (["mels", "other_hop"], "front_end.hop_length=160"),
        (["mels", "other_seed"], "another seed"),
        (["mels", "nowhere"], "no model folder"),
    ],
)
def test_refuses_in_one_sentence(trained, corpus, tmp_path, capsys, names, message):
    arguments = [str(trained / name) for name in names]
    assert main([*arguments, "--data", f"ravdess={corpus}", "--output", str(tmp_path / "no")]) == 1
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
    assert not (tmp_path / "no").exists()


def test_an_ensemble_that_lacks_something_is_refused():
    with pytest.raises(ValueError, match="Member 0 hears"):
        member = {"descriptors": ["pitch"], "descriptor_bins": [1], "num_bins": 1}
        EnsembleForAudioClassification(EnsembleConfig(members=[member], descriptors=["rms"], descriptor_bins=[1]))
    with pytest.raises(ValueError, match="2 weights for 1 members"):
        EnsembleForAudioClassification(EnsembleConfig(members=[{}], weights=[0.5, 0.5]))


def test_weights_prefer_who_knows_more_and_need_no_further_temperature():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 600)
    knowing, guessing = (rng.normal(size=(600, 4)) + much * np.eye(4)[truth] for much in (2.0, 0.0))
    log_p = np.stack([logits - np.logaddexp.reduce(logits, 1, keepdims=True) for logits in (knowing, guessing)])
    weights, temperature = fit_weights(log_p, truth)
    assert weights.sum() == pytest.approx(1) and weights[0] > 0.9
    mixed = np.einsum("m,mcl->cl", weights, log_p)
    assert fit_temperature(mixed, truth) == pytest.approx(temperature, rel=0.03)
