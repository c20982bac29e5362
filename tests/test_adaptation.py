"""A model of the encoder family is adapted to a voice: without labels, by ordinary speech and by labels."""

import copy

import numpy as np
import pytest
import torch

from emotion_hf.adaptation import adapt
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.errors import AudioTooShortError, CheckpointError, LabelError
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice, tiny_corpus
from emotion_hf.training.finetune import fine_tune
from tests.tiny_encoder import encoder_recipe, save_whisper

EMOTIONS = ["angry", "angry", "calm", "sad", "happy", "sad"]


@pytest.fixture(scope="module")
def unadapted(tmp_path_factory):
    """A model that was adapted to nobody."""
    folder = tmp_path_factory.mktemp("adaptation")
    save_whisper(folder / "whisper")
    corpus = tiny_corpus(folder / "ravdess", 6, 2, seconds=0.4)
    fine_tune(encoder_recipe(folder / "whisper"), {"ravdess": corpus}, folder / "base")
    recognizer = EmotionRecognizer.from_pretrained(folder / "base")
    recognizer.model.voice.within.mul_(0.05)  # random weights separate no emotions: make the others look wide
    recognizer.scorer.__init__(recognizer.model, recognizer.extractor)
    return recognizer


@pytest.fixture(scope="module")
def waves():
    return [synthetic_voice(0.6, seed=seed) for seed in range(len(EMOTIONS))]


def scores(recognizer, waves) -> np.ndarray:
    return np.array([[*answer.scores.values()] for answer in recognizer.predict(waves)])


@pytest.mark.parametrize("mode", [{}, {"ordinary": True}, {"emotions": EMOTIONS}])
def test_the_adapted_model_answers_as_corrected_predictions_do(unadapted, waves, mode):
    known = adapt(unadapted, waves, **mode)
    predictions = unadapted.predict(waves)
    voice = unadapted.learn_voice(predictions, **mode)
    expected = [[*unadapted.correct(one, voice).scores.values()] for one in predictions]
    np.testing.assert_allclose(scores(known, waves), expected, atol=1e-5)
    assert np.abs(scores(known, waves) - scores(unadapted, waves)).max() > 1e-3
    assert known.model.voice.clips == len(waves) and unadapted.model.voice.clips == 0
    assert bool(known.model.voice.gain.any()) == ("emotions" in mode)
    assert known.name == "base, adapted"
    for name, weight in unadapted.model.named_parameters():
        assert torch.equal(weight, known.model.get_parameter(name))


def test_what_was_saved_answers_alike(unadapted, waves, tmp_path):
    known = adapt(unadapted, waves, EMOTIONS)
    known.model.save_pretrained(tmp_path)
    known.extractor.save_pretrained(tmp_path)
    again = EmotionRecognizer.from_pretrained(tmp_path)
    np.testing.assert_allclose(scores(again, waves), scores(known, waves), atol=2e-3)  # half precision
    assert again.model.voice.clips == len(waves)


def test_an_earlier_voice_is_forgotten(unadapted, waves):
    twice = adapt(adapt(unadapted, waves, EMOTIONS), waves[:3], ordinary=True)
    np.testing.assert_allclose(
        scores(twice, waves), scores(adapt(unadapted, waves[:3], ordinary=True), waves), atol=1e-6
    )
    assert not twice.model.voice.gain.any()


def test_a_long_recording_counts_as_several(unadapted):
    long = synthetic_voice(10.5)
    assert adapt(unadapted, [long], ordinary=True).model.voice.clips == 3
    assert adapt(unadapted, [long[: 8 * SAMPLING_RATE]], ["sad"]).model.voice.clips == 1
    assert adapt(unadapted, [long], ["sad"]).model.voice.clips == 3


def test_what_cannot_be_done_is_said(unadapted, waves):
    for some, said, words in (
        ([], None, "0 recordings"),
        (waves, EMOTIONS[1:], "6 recordings and 5 emotions; give"),
        (waves, ["bored"] * len(waves), "Unknown label 'bored'"),
    ):
        with pytest.raises(LabelError, match=words):
            adapt(unadapted, some, said)
    with pytest.raises(AudioTooShortError, match="No recording contains speech"):
        adapt(unadapted, [np.zeros(SAMPLING_RATE, np.float32)])
    renamed = EmotionRecognizer(unadapted.scorer, "renamed", labels={"angry": "sad"})
    with pytest.raises(LabelError, match="was loaded with other names for its labels"):
        adapt(renamed, waves)
    with pytest.raises(CheckpointError, match="cannot be adapted to a speaker; use a model of the recipe whisper"):
        renamed.learn_voice(renamed.predict(waves))
    scorer = copy.copy(unadapted.scorer)
    scorer.labels = ("good", "bad", *scorer.labels[2:])
    other = EmotionRecognizer(scorer, "other")
    with pytest.raises(LabelError, match="other has no label neutral or calm"):
        other.learn_voice(other.predict(waves), ordinary=True)
