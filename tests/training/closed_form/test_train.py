"""The encoder family from a recipe: embeddings kept on disk, a head in closed form, a checkpoint that answers."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
from transformers import AutoModel, Wav2Vec2Config

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.data.augment import Augmenter
from emotion_hf.errors import CheckpointError, LabelError, RecipeError
from emotion_hf.recipes import AugmentationRecipe
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice, tiny_corpus
from emotion_hf.training.closed_form.embeddings import Embedder, augmented
from emotion_hf.training.closed_form.head import Clips, HeadOptions, fit_head, shows_intensity, speaker_folds
from emotion_hf.training.closed_form.train import draw_passes
from emotion_hf.training.finetune import fine_tune
from emotion_hf.training.pretrained_encoder import start_from
from emotion_hf.voice import no_voice
from tests.tiny_encoder import encoder_recipe, save_network, save_whisper


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """A Whisper with random weights, as the Hub has them: encoder and decoder."""
    folder = tmp_path_factory.mktemp("whisper")
    save_whisper(folder)
    return folder


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("ravdess"), 6, 2, seconds=0.4)


@pytest.fixture(scope="module")
def trained(encoder, corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    return fine_tune(encoder_recipe(encoder), {"ravdess": corpus}, folder / "run", cache=folder / "cache")


def test_the_checkpoint_predicts_and_has_its_calibration(trained):
    recognizer = EmotionRecognizer.from_pretrained(trained.folder)
    answer = recognizer((SAMPLING_RATE, synthetic_voice(1.0)))
    assert len(answer.scores) == 8
    assert sum(answer.scores.values()) == pytest.approx(1)
    config = recognizer.model.config
    assert config.encoder.num_hidden_layers == 2
    assert config.embedding_size == 128 == recognizer.model.classifier.in_features
    assert 0.25 <= config.logit_temperature <= 32
    assert 0 < config.not_sure_below < 1
    assert recognizer.model.voice.within.any() and not recognizer.model.voice.offset.any()
    assert "whisper0" not in (trained.folder / "config.json").read_text(), "the encoder's folder must not be published"


def test_run_json_has_the_figures_of_cross_validation(trained):
    facts = json.loads((trained.folder / "run.json").read_text())
    assert set(facts["validation"]) == {"ua_ravdess", "corpus_ua"}
    assert 0 <= facts["validation"]["corpus_ua"] <= 1
    assert facts["data"]["train"]["clips"] == 80 and facts["data"]["test"]["clips"] == 16
    lines = [json.loads(line) for line in (trained.folder / "progress.jsonl").read_text().splitlines()]
    clips, fits = ([line for line in lines if line["what"] == what] for what in ("clips", "fits"))
    assert lines == clips + fits and [line["event"] for line in clips] == ["epoch", "end"]
    assert [line["event"] for line in fits] == [*(len(fits) - 1) * ["step"], "end"]
    assert [line["step"] for line in fits] == list(range(fits[0]["steps"] + 1)) and fits[-1]["seconds_left"] == 0


def test_a_second_training_finds_all_embeddings(trained, encoder, corpus, tmp_path, monkeypatch):
    monkeypatch.setattr("emotion_hf.training.closed_form.embeddings.Embedder.__call__", lambda *_: 1 / 0)
    cache = trained.folder.parent / "cache"
    again = fine_tune(
        encoder_recipe(encoder, "model.head.shrinkage=0.5"), {"ravdess": corpus}, tmp_path / "run", cache=cache
    )
    one, other = (EmotionRecognizer.from_pretrained(run.folder).model for run in (trained, again))
    assert (one.scale.mean == other.scale.mean).all()
    assert (one.classifier.weight != other.classifier.weight).any()
    with pytest.raises(ZeroDivisionError):  # another seed draws other augmentations
        fine_tune(encoder_recipe(encoder, "seed=1"), {"ravdess": corpus}, tmp_path / "other", cache=cache)


def test_an_embedding_is_the_same_alone_and_among_others(trained, monkeypatch):
    monkeypatch.setattr("emotion_hf.training.closed_form.embeddings.has_fast_bf16", lambda device: False)
    recognizer = EmotionRecognizer.from_pretrained(trained.folder)
    embed = Embedder(recognizer.model, recognizer.extractor)
    waves = [synthetic_voice(0.3 + 0.1 * (seed % 7), seed=seed) for seed in range(70)]
    alone = np.concatenate([embed([wave]) for wave in waves])
    np.testing.assert_allclose(embed(waves), alone, atol=1e-4)
    assert alone.shape == (70, 128) and alone.std(0).max() > 0.01


def test_later_passes_draw_a_share_of_a_corpus_anew(encoder):
    corpora = np.repeat(["ravdess", "nemo"], [20, 100])
    drawn = draw_passes(corpora, encoder_recipe(encoder, "data.shares={nemo: 0.1}", "model.head.passes=3"))
    assert drawn[0].all() and drawn[:, :20].all()
    assert drawn[1:, 20:].sum(1).tolist() == [10, 10]
    assert (drawn[1] != drawn[2]).any()
    assert draw_passes(corpora, encoder_recipe(encoder, "data.shares={tess: 0.1}")).all()  # not there, but known
    with pytest.raises(RecipeError, match="names 'mine'"):
        draw_passes(corpora, encoder_recipe(encoder, "data.shares={mine: 0.1}"))


def test_an_augmentation_depends_on_the_clip_the_pass_and_the_seed():
    augmenter = Augmenter(AugmentationRecipe(speeds=[0.9, 1.1], white_noise_probability=1.0), SAMPLING_RATE)
    wave = synthetic_voice(0.5)
    once = augmented(wave, augmenter, 1, seed=0)
    np.testing.assert_array_equal(augmented(wave, augmenter, 1, seed=0), once)
    for other in (augmented(wave, augmenter, 2, seed=0), augmented(wave, augmenter, 1, seed=1)):
        assert len(other) != len(once) or (other != once).any()


def test_no_speaker_is_on_both_sides_of_a_fold():
    corpora, speakers = np.repeat(["a", "b"], 60), np.repeat([f"s{number}" for number in range(12)], 10)
    fold = speaker_folds(corpora, speakers, seed=0)
    assert set(fold) == {0, 1, 2, 3, 4}
    assert all(len(set(fold[speakers == name])) == 1 for name in set(speakers))


OPTIONS = HeadOptions(labels=3, shrinkage=0.1, logistic_share=0.5)


def test_cross_validation_tells_what_unseen_speakers_get():
    rng = np.random.default_rng(0)
    truth, speakers = np.tile(np.arange(3), 100), np.repeat([f"s{number}" for number in range(20)], 15)
    vectors = 3 * np.eye(8)[truth] + rng.normal(0, 1, (20, 8)).repeat(15, axis=0) + rng.normal(0, 1, (300, 8))
    clips = Clips(truth, np.repeat("a", 300), speakers, np.repeat("", 300), np.ones((300, 3), dtype=bool))
    fitted = fit_head(vectors[None].astype(np.float32), np.ones((1, 300), dtype=bool), clips, OPTIONS)
    accuracy = np.mean(fitted.logits.argmax(1) == truth)
    assert 0.8 < accuracy < 0.99
    learned = np.mean(fitted.layer.logits(vectors).argmax(1) == truth)
    assert learned >= accuracy
    chosen = rng.permutation(truth)
    clips = Clips(chosen, clips.corpora, speakers, clips.intensities, clips.allowed)
    fitted = fit_head(vectors[None].astype(np.float32), np.ones((1, 300), dtype=bool), clips, OPTIONS)
    assert np.mean(fitted.logits.argmax(1) == chosen) < 0.45, "shuffled labels must not look learnable"


def test_a_label_without_clips_leaves_everything_finite():
    rng = np.random.default_rng(0)
    truth, speakers = np.tile([0, 2], 60), np.repeat([f"s{number}" for number in range(12)], 10)
    vectors = (2 * np.eye(6)[truth] + rng.normal(0, 1, (120, 6))).astype(np.float32)
    clips = Clips(truth, np.repeat("a", 120), speakers, np.repeat("", 120), np.tile([True, False, True], (120, 1)))
    told = []
    fitted = fit_head(
        vectors[None], np.ones((1, 120), dtype=bool), clips, OPTIONS, lambda *progress: told.append(progress)
    )
    assert told == [(done, 12) for done in range(13)]  # five folds and all clips, for each of two layers
    assert (fitted.layer.logits(vectors).argmax(1) != 1).all()
    for values in (fitted.layer.weight, fitted.layer.bias, fitted.speakers.means, fitted.speakers.within):
        assert np.isfinite(values).all()
        assert np.isfinite(values.astype(np.float32) ** 2).all()


def test_an_encoder_of_samples_starts_too(tmp_path):
    sizes = {"conv_dim": [16, 16], "conv_kernel": [10, 8], "conv_stride": [20, 16], "hidden_size": 32}
    sizes |= {"num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64}
    sizes |= {"num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2}
    whole = AutoModel.from_config(Wav2Vec2Config(**sizes))
    whole.save_pretrained(tmp_path)
    model, extractor = start_from(tmp_path, ("happy", "sad"), {"num_hidden_layers": 2})
    assert extractor.features == "samples"
    assert model.config.pooled_layers == [2]
    kept = model.encoder.state_dict()
    assert all((weight == whole.state_dict()[name]).all() for name, weight in kept.items())


def test_what_cannot_be_used_is_one_sentence(encoder, corpus, tmp_path):
    for overrides, words in (
        (["model.config.layers=3"], "Unknown key model.config.layers; the keys there are num_hidden_layers"),
        (["model.config.num_hidden_layers=9"], "num_hidden_layers is 9; the encoder has 3"),
        (["model.config.pooled_layers=[7]"], "names layer 7, but the encoder keeps layers 0 to 2"),
    ):
        with pytest.raises(RecipeError, match=words):
            fine_tune(encoder_recipe(encoder, *overrides), {"ravdess": corpus}, tmp_path / "run")
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        start_from(tmp_path / "nothing", ("happy", "sad"), {})


def test_without_strong_clips_intensity_is_not_learned(encoder, corpus, tmp_path):
    run = fine_tune(encoder_recipe(encoder, "model.config.intensity=true"), {"ravdess": corpus}, tmp_path / "run")
    recognizer = EmotionRecognizer.from_pretrained(run.folder)
    assert recognizer.model.config.intensity is False and recognizer.model.intensity is None
    assert recognizer.predict([synthetic_voice(1.0)])[0].intensity is None


@pytest.mark.parametrize(
    ("emotions", "words", "corpora", "shown"),
    [
        ((0, 0, 1), ("normal", "strong", "normal"), "aaa", True),
        ((0, 0, 1), ("low", "high", "None"), "aaa", True),
        ((0, 1, 1), ("normal", "strong", "None"), "aaa", False),
        ((0, 0, 1), ("strong", "strong", "None"), "aaa", False),
        ((0, 1, 0, 0), ("normal", "normal", "normal", "strong"), "aabb", False),  # b lacks an emotion and is not used
    ],
)
def test_intensity_needs_an_emotion_that_was_recorded_normal_and_strong(emotions, words, corpora, shown):
    names, allowed = np.array(list(corpora)), np.ones((len(emotions), 2), dtype=bool)
    assert shows_intensity(Clips(np.array(emotions), names, names, np.array(words), allowed)) is shown


def test_a_single_training_speaker_is_refused(encoder, tmp_path):
    corpus = tiny_corpus(tmp_path / "two", speakers=2)
    with pytest.raises(RecipeError, match="at least two training speakers; add speakers"):
        fine_tune(encoder_recipe(encoder, "data.split=speakers:1"), {"ravdess": corpus}, tmp_path / "run")


def test_clips_without_speakers_can_be_trained_on(encoder, tmp_path):
    for emotion, pitch in (("happy", 220.0), ("sad", 110.0)):
        (tmp_path / "mine" / emotion).mkdir(parents=True)
        for seed in range(6):
            wave = synthetic_voice(0.6, f0_hz=pitch, seed=seed)
            soundfile.write(tmp_path / "mine" / emotion / f"{seed}.wav", wave, 16_000)
    recipe = encoder_recipe(encoder, "data.split=random:0.25", "data.labels=[]")
    assert fine_tune(recipe, {"mine": tmp_path / "mine"}, tmp_path / "run").folder.is_dir()


def test_a_voice_is_estimated_from_predictions_and_corrected(trained, tmp_path):
    recognizer = EmotionRecognizer.from_pretrained(trained.folder)
    waves = [synthetic_voice(0.6, seed=seed) for seed in range(12)]
    predictions = recognizer.predict(waves)
    voice = recognizer.learn_voice(predictions)
    assert voice.clips == 12
    for one in predictions:
        corrected = recognizer.correct(one, voice)
        assert [*corrected.scores.values()] == pytest.approx(voice.correct(np.array([*one.scores.values()])))
        expected = [*corrected.scores.values()]
        assert corrected.verdict == ("not_sure" if max(expected) < recognizer.scorer.not_sure_below else "ok")
        assert recognizer.correct(one, no_voice(8)).scores == pytest.approx(one.scores, abs=1e-6)
    with pytest.raises(LabelError, match="12 recordings and 1 emotions"):
        recognizer.learn_voice(predictions, ["sad"])
    with pytest.raises(LabelError, match="Unknown label 'bored'"):
        recognizer.learn_voice(predictions, ["bored"] * 12)
    network = EmotionRecognizer.from_pretrained(save_network(tmp_path / "cnn", recognizer.labels))
    with pytest.raises(CheckpointError, match="cannot be adapted to a speaker"):
        network.learn_voice(predictions)
