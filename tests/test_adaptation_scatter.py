"""A model is adapted to a voice: by labels, by ordinary speech, and what is refused."""

import numpy as np
import pytest
import torch

from emotion_hf.adaptation_scatter import adapt
from emotion_hf.data.collate import FULL_SCALE, decode
from emotion_hf.data.loader import load_corpora
from emotion_hf.errors import CheckpointError, LabelError
from emotion_hf.models.spectrogram.modeling_spectrogram import FAR, Corrected, Scatter
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import tiny_corpus
from emotion_hf.training.combine import combine
from emotion_hf.training.finetune import fine_tune

DICTIONARY = {
    "front_end": {"num_mel_bins": 20, "hop_length": 320},
    "config": {"backbone": "dictionary", "widths": [24], "standardize": "none", "pooling": "mean", "dropout": 0.0},
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("tiny"), speakers=5, clips_per_emotion=2, seconds=0.7)


@pytest.fixture(scope="module")
def trained(corpus, tmp_path_factory):
    """Two folders: a model that can be adapted, and one that cannot."""
    folder = tmp_path_factory.mktemp("runs")
    for name, rank in {"adaptable": 20, "fixed": 0}.items():
        model = DICTIONARY | {"config": DICTIONARY["config"] | {"scatter_rank": rank}}
        content = {"name": name, "model": model, "training": {"solver": "discriminant", "epochs": 2}}
        content |= {"data": {"split": "speakers:1", "validation": 1}}
        fine_tune(recipe_from_mapping(content), {"ravdess": corpus}, folder / name)
    return folder


@pytest.fixture(scope="module")
def voice(corpus):
    """Waves and emotions of one speaker."""
    clips = decode(load_corpora({"ravdess": corpus}))
    rows = [row for row in range(len(clips)) if clips[row]["speaker"] == clips[0]["speaker"]]
    return [clips[row]["wave"].astype(np.float32) / FULL_SCALE for row in rows], [
        str(clips[row]["emotion"]) for row in rows
    ]


def test_the_inverse_of_the_scatter_is_one():
    scatter, rng = Scatter(3, 2, 7), torch.Generator().manual_seed(0)
    scatter.spread.copy_(torch.rand(7, generator=rng) + 0.5)
    scatter.directions.copy_(torch.randn(3, 7, generator=rng))
    whole = torch.diag(scatter.spread) + scatter.directions.T @ scatter.directions
    vectors = torch.randn(4, 7, generator=rng)
    torch.testing.assert_close(scatter.solve(vectors), vectors @ torch.linalg.inv(whole), atol=1e-5, rtol=1e-4)


def test_kept_directions_are_the_widest(trained):
    kept = EmotionRecognizer.from_pretrained(trained / "adaptable").model.scatter
    squares = kept.directions.square().sum(1)
    assert (squares[:-1] >= squares[1:] - 1e-4).all() and kept.spread.min() > 0
    assert kept.means.abs().sum() > 0


def test_clips_with_their_emotions_are_answered_better(trained, voice):
    waves, emotions = voice
    stranger = EmotionRecognizer.from_pretrained(trained / "adaptable")
    before = [answer.scores for answer in stranger.predict(waves)]
    known = adapt(stranger, waves, emotions)
    after = [answer.scores for answer in known.predict(waves)]
    gained = [new[emotion] - old[emotion] for old, new, emotion in zip(before, after, emotions, strict=True)]
    assert np.mean(gained) > 0.01 and min(gained) > 0
    assert [answer.scores for answer in stranger.predict(waves)] == before
    assert known.name == "adaptable, adapted"


def test_a_shift_of_the_voice_is_taken_back(trained, voice):
    """The bias says what a discriminant with the moved centres would say."""
    stranger = EmotionRecognizer.from_pretrained(trained / "adaptable")
    known = adapt(stranger, *voice)
    scatter, layer = known.model.scatter, known.model.classifier
    old, before = stranger.model.scatter, stranger.model.classifier
    wanted = before.bias - 0.5 * ((scatter.means * layer.weight).sum(1) - (old.means * before.weight).sum(1))
    torch.testing.assert_close(layer.bias, wanted, atol=1e-3, rtol=1e-3)


def test_ordinary_speech_needs_no_labels(trained, voice):
    waves, emotions = voice
    ordinary = [wave for wave, emotion in zip(waves, emotions, strict=True) if emotion in ("neutral", "calm")]
    stranger = EmotionRecognizer.from_pretrained(trained / "adaptable")
    known = adapt(stranger, ordinary)
    changes = known.model.scatter.means - stranger.model.scatter.means
    torch.testing.assert_close(changes, changes[:1].expand_as(changes))
    assert changes.abs().max() > 0


def test_an_ensemble_and_what_was_saved(trained, corpus, voice, tmp_path):
    run = combine([trained / "adaptable", trained / "fixed"], {"ravdess": corpus}, tmp_path / "both")
    both = EmotionRecognizer.from_pretrained(run.folder)
    known = adapt(both, *voice)
    moved = [
        not torch.equal(a.classifier.weight, b.classifier.weight)
        for a, b in zip(known.model.members, both.model.members, strict=True)
    ]
    assert moved == [True, False]
    known.model.save_pretrained(tmp_path / "known")
    known.extractor.save_pretrained(tmp_path / "known")
    again = EmotionRecognizer.from_pretrained(tmp_path / "known")
    assert again.predict(voice[0][:1])[0].scores == pytest.approx(known.predict(voice[0][:1])[0].scores, abs=1e-5)


def test_labelled_clips_count_instead_of_corrections_by_others(trained, voice):
    waves, emotions = voice
    recognizer = EmotionRecognizer.from_pretrained(trained / "adaptable")
    expected = adapt(recognizer, waves, emotions).predict(waves[:1])[0].scores
    recognizer.model.corrected = Corrected(len(recognizer.labels), recognizer.model.classifier.in_features)
    recognizer.model.corrected.border.fill_(-FAR)  # it takes every clip for one like them
    known = adapt(recognizer, waves, emotions)
    assert known.predict(waves[:1])[0].scores == pytest.approx(expected, abs=1e-5)
    assert recognizer.model.corrected.border == -FAR
    assert adapt(recognizer, waves).model.corrected.border == -FAR  # ordinary speech says less than they


def test_what_cannot_be_done_is_said(trained, voice):
    waves, emotions = voice
    adaptable = EmotionRecognizer.from_pretrained(trained / "adaptable")
    with pytest.raises(CheckpointError, match="fixed cannot be adapted; train it"):
        adapt(EmotionRecognizer.from_pretrained(trained / "fixed"), waves, emotions)
    for some, said, words in (
        ([], [], "0 recordings"),
        (waves, emotions[1:], "emotions; give"),
        (waves, ["bored"] * len(waves), "'bored'"),
    ):
        with pytest.raises(LabelError, match=words):
            adapt(adaptable, some, said)
    renamed = EmotionRecognizer.from_pretrained(trained / "adaptable", labels={"angry": "sad"})
    with pytest.raises(LabelError, match="other names"):
        adapt(renamed, voice[0], voice[1])
