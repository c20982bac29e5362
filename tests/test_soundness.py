"""No answer from a broken model: what each load looks at, whoever made the model."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from emotion_hf import soundness
from emotion_hf.baselines.baseline import Baseline
from emotion_hf.errors import CheckpointError
from emotion_hf.prediction import Prediction
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice
from tests.baselines.test_baseline import make_baseline, make_features
from tests.test_recognizer import edit_weights, save_model

RATE = 16_000


@pytest.fixture
def folder(tmp_path):
    return save_model(tmp_path / "model")


def fill(value, name=None):
    """Return a change that fills all weights, or one, with a value."""

    def change(weights):
        for key in [name] if name else weights:
            if weights[key].is_floating_point():
                weights[key].fill_(value)

    return change


def put(name, value):
    """Return a change of a single number of one weight."""

    def change(weights):
        weights[name].view(-1)[0] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (fill(math.nan), "not finite"),
        (fill(math.inf), "not finite"),
        (put("classifier.bias", math.nan), r"not finite \(classifier\.bias\)"),
        (put("classifier.weight", -math.inf), r"not finite \(classifier\.weight\)"),
        (put("standardize.mean", math.nan), r"not finite \(standardize\.mean\)"),  # a buffer
        (fill(0.0), "gives every recording the same scores|not probabilities"),
        (fill(0.0, "classifier.weight"), "gives every recording the same scores"),
        (fill(3e38, "classifier.weight"), "not probabilities"),
    ],
)
def test_broken_weights_are_refused(folder, change, words):
    edit_weights(folder, change)
    with pytest.raises(CheckpointError, match=words) as caught:
        EmotionRecognizer.from_pretrained(folder)
    assert "\n" not in str(caught.value) and str(folder) in str(caught.value)


def test_weights_that_add_up_to_more_than_a_number_holds_are_finite(folder):
    model = EmotionRecognizer.from_pretrained(folder).model
    with torch.no_grad():
        model.standardize.mean.fill_(3e38)
    soundness.check_weights(folder, model)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"logit_temperature": math.nan}, "logit_temperature=nan; it must be a finite number above 0"),
        ({"logit_temperature": math.inf}, "logit_temperature=inf"),
        ({"logit_temperature": 0.0}, r"logit_temperature=0\.0"),
        ({"logit_temperature": -1.0}, r"logit_temperature=-1\.0"),
        ({"not_sure_below": math.nan}, "not_sure_below=nan; it must be from 0 to 1"),
        ({"not_sure_below": 1.5}, r"not_sure_below=1\.5"),
        ({"not_sure_below": -0.1}, r"not_sure_below=-0\.1"),
        ({"id2label": {"0": "a", "1": "b", "3": "c"}}, "numbers its labels 0, 1, 3; id2label must count from 0 up"),
        ({"id2label": {"1": "a", "2": "b", "3": "c"}}, "numbers its labels 1, 2, 3"),
        ({"id2label": {"-1": "a", "0": "b", "1": "c"}}, "numbers its labels -1, 0, 1"),
        ({"label2id": {"neutral": 1, "happy": 0, "sad": 2}}, "'neutral' is number 0 in id2label and 1 in label2id"),
        ({"label2id": {"neutral": 0, "happy": 1}}, "'sad' is number 2 in id2label and None in label2id"),
        ({"label2id": {"neutral": 0, "happy": 1, "sad": 2, "calm": 3}}, "id2label lacks 'calm' of label2id"),
        ({"id2label": {"0": "a", "1": "a", "2": "b"}, "label2id": None}, "has the label 'a' twice"),
        ({"id2label": {"0": "", "1": "a", "2": "b"}, "label2id": None}, "has the label ''; each label must be a name"),
        ({"id2label": {"0": "a", "1": "b"}, "label2id": None}, "mismatched weights"),
        ({"num_labels": 5}, "mismatched weights|cannot be loaded"),
        ({"sampling_rate": 8_000}, "sampling_rate=8000 in config.json and 16000 in preprocessor_config.json"),
        ({"hop_length": 80}, "hop_length=80 in config.json and 160 in preprocessor_config.json"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(folder, values, words):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    with pytest.raises(CheckpointError, match=words) as caught:
        EmotionRecognizer.from_pretrained(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("by_name", [None, {}, {"LABEL_0": 0}, {"neutral": "0", "happy": "1", "sad": "2"}])
def test_what_others_leave_out_or_write_as_text_is_no_contradiction(folder, by_name):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"label2id": by_name}))
    assert EmotionRecognizer.from_pretrained(folder).labels == ("neutral", "happy", "sad")


def test_the_sounds_are_always_the_same_and_differ():
    first, second = soundness.synthetic_seconds()
    assert first.shape == second.shape == (RATE,) and first.dtype == np.float32
    assert float(np.corrcoef(first, second)[0, 1]) < 0.2
    soundness.synthetic_seconds.cache_clear()
    np.testing.assert_array_equal(first, soundness.synthetic_seconds()[0])


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ([[0.5, 0.4]], "not probabilities"),
        ([[1.5, -0.5]], "not probabilities"),
        ([[math.nan, 1.0]], "not probabilities"),
        ([[0.2, 0.3, 0.5]], "3 scores for 2 labels"),
    ],
)
def test_answers_that_are_no_probabilities_are_refused(scores, words):
    with pytest.raises(CheckpointError, match=words):
        soundness.check_answers("it", np.array(scores), 2)
    soundness.check_answers("it", np.array([[0.25, 0.75]]), 2)


def test_a_model_that_is_as_sure_as_can_be_may_answer_alike():
    soundness.check_difference("it", np.array([[1.0, 0.0], [1.0, 0.0]]))
    with pytest.raises(CheckpointError, match="gives every recording the same scores"):
        soundness.check_difference("it", np.array([[0.75, 0.25], [0.75, 0.25]]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": "abc"}, "its labels are not a list"),
        ({"labels": ["happy", "happy", "sad"]}, "has the label 'happy' twice"),
        ({"labels": ["happy", None, "sad"]}, "has the label None"),
        ({"labels": ["happy", "sad", "angry", "calm"]}, "not probabilities|4 labels|does not belong to"),
        ({"temperature": math.nan}, "temperature=nan"),
        ({"temperature": "warm"}, "temperature='warm'"),
        ({"not_sure_below": 2}, "not_sure_below=2"),
        ({"features": []}, "features not a mapping"),
    ],
)
def test_a_baselines_facts_are_looked_at_too(tmp_path, change, words):
    make_baseline(make_features(None)).save(tmp_path)
    (tmp_path / "checksums.json").unlink()
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    if change == {"labels": ["happy", "sad", "angry", "calm"]}:  # it never answers the last: no contradiction
        assert EmotionRecognizer.from_pretrained(tmp_path).labels[3] == "calm"
        return
    with pytest.raises(CheckpointError, match=words):
        EmotionRecognizer.from_pretrained(tmp_path)


def test_a_baseline_whose_numbers_are_broken_is_refused(tmp_path):
    made: Baseline = make_baseline(make_features(None))
    made.estimator.pipeline[-1].coef_[:] = math.nan
    made.save(tmp_path)
    with pytest.raises(CheckpointError, match=r"cannot make predictions|not probabilities"):
        EmotionRecognizer.from_pretrained(tmp_path)


def test_a_model_that_breaks_later_gives_no_answer(folder):
    recognizer = EmotionRecognizer.from_pretrained(folder)
    with torch.no_grad():
        recognizer.model.classifier.bias.fill_(math.nan)
    with pytest.raises(CheckpointError, match="The model model gives scores that are not finite"):
        recognizer((RATE, synthetic_voice(1.5)))


@pytest.mark.parametrize("values", [{"scores": {"happy": math.nan}}, {"scores": {"a": 1.0}, "intensity": math.inf}])
def test_no_prediction_has_a_score_that_is_no_number(values):
    with pytest.raises(CheckpointError, match="not finite"):
        Prediction(**values)


def test_config_and_extractor_need_not_say_the_same_things():
    config = SimpleNamespace(id2label={0: "a", 1: "b"}, label2id=None, sampling_rate=RATE)
    soundness.check_config("it", config, SimpleNamespace())
    with pytest.raises(CheckpointError, match="has 1 labels; it needs at least two"):
        soundness.check_config("it", SimpleNamespace(id2label={0: "a"}, label2id=None), SimpleNamespace())
