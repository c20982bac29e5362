"""The one path of prediction: batches, windows, labels, and loud failures."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForSequenceClassification

from emotion_hf.baselines.baseline import Baseline
from emotion_hf.baselines.estimators import fit_estimator
from emotion_hf.baselines.features import EngineeredFeatures
from emotion_hf.checkpoint import save
from emotion_hf.errors import AudioError, AudioFormatError, AudioTooLongError, CheckpointError, LabelError
from emotion_hf.models import (
    EncoderConfig,
    EncoderFeatureExtractor,
    EncoderForAudioClassification,
    SpectrogramConfig,
    SpectrogramFeatureExtractor,
    SpectrogramForAudioClassification,
)
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice
from emotion_hf.timeline import cut
from emotion_hf.training.pretrained_encoder import start_from
from tests.tiny_encoder import SIZES, save_whisper

LABELS = ("neutral", "happy", "sad")
RATE = 16_000


def save_model(folder: Path, labels=LABELS, **fields) -> Path:
    torch.manual_seed(1)
    config = SpectrogramConfig(
        num_bins=40,
        widths=[8, 16],
        blocks=1,
        hidden_size=16,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
        **fields,
    )
    model = SpectrogramForAudioClassification(config)
    model.standardize.mean.fill_(-30.0)
    model.standardize.deviation.fill_(15.0)
    model.save_pretrained(folder)
    SpectrogramFeatureExtractor(num_mel_bins=40).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture(scope="module")
def recognizer(folder):
    return EmotionRecognizer.from_pretrained(folder)


def scores(prediction) -> np.ndarray:
    return np.array(list(prediction.scores.values()))


def test_an_answer_names_everything(recognizer):
    answer = recognizer((RATE, synthetic_voice(1.5)))
    assert tuple(answer.scores) == recognizer.labels == LABELS
    assert answer.label == max(answer.scores, key=answer.scores.get)
    assert sum(answer.scores.values()) == pytest.approx(1.0) and answer.duration_seconds == 1.5
    assert answer.model == recognizer.name == "small" and answer.verdict is Verdict.OK


def test_alone_in_a_batch_and_as_48_khz_stereo(recognizer):
    short, long = synthetic_voice(1.2, seed=1), synthetic_voice(3.4, seed=2)
    alone = recognizer((RATE, short))
    batched = recognizer([(RATE, short), (RATE, long), (RATE, 0.05 * long)])
    np.testing.assert_allclose(scores(batched[0]), scores(alone), atol=1e-5)
    np.testing.assert_allclose(scores(batched[1]), scores(batched[2]), atol=1e-3)  # 26 dB apart
    import soxr

    stereo = np.repeat(soxr.resample(short, RATE, 48_000)[:, None], 2, axis=1)
    np.testing.assert_allclose(scores(recognizer((48_000, stereo))), scores(alone), atol=0.02)


def test_a_long_recording_gives_way_while_speech_is_found_and_before_each_batch(recognizer, monkeypatch):
    left = []
    for module in ("speech", "timeline"):
        monkeypatch.setattr(f"emotion_hf.{module}.give_way", left.append)
    wave = synthetic_voice(90.0)
    assert recognizer.predict([wave])[0].verdict is Verdict.OK
    blocks = 3  # of 32 s
    assert left[:blocks] == [90.0] * blocks  # nothing is analysed before all speech is found
    batches = left[blocks:]
    assert len(batches) == -(-len(cut(wave)) // 16) >= 3
    assert batches[0] == 90.0 and batches == sorted(batches, reverse=True) and 0 < batches[-1] < 45


def test_without_speech_there_is_no_emotion(recognizer):
    rng = np.random.default_rng(0)
    for wave in (np.zeros(RATE, np.float32), 0.1 * rng.standard_normal(2 * RATE).astype(np.float32)):
        answer = recognizer.predict([wave])[0]
        assert answer.verdict is Verdict.NO_SPEECH and answer.label is None and answer.scores == {}


@pytest.fixture(scope="module")
def long_wave():
    """Two stretches of speech of different length and voice, with a long pause between them."""
    voices = synthetic_voice(2.0, f0_hz=110, seed=3), synthetic_voice(11.0, f0_hz=240, seed=4)
    return np.concatenate([voices[0], np.zeros(3 * RATE, np.float32), voices[1], np.zeros(RATE, np.float32)])


def test_a_long_recording_is_the_mean_of_its_windows_weighted_with_their_lengths(recognizer, long_wave):
    parts = cut(long_wave)
    slices = [long_wave[round(part.start_seconds * RATE) : round(part.end_seconds * RATE)] for part in parts]
    each = np.array([scores(recognizer.predict([one])[0]) for one in slices])
    lengths = np.array([len(one) for one in slices])
    assert len(parts) >= 4 and np.ptp(lengths) > RATE and np.ptp(each, axis=0).max() > 1e-3
    answer = recognizer.predict([long_wave])[0]
    np.testing.assert_allclose(scores(answer), lengths @ each / lengths.sum(), atol=1e-5)
    assert answer.duration_seconds == 17.0 and answer.model == "small"


def test_a_long_recording_is_predicted_as_the_whole_of_its_timeline(recognizer, feeling, long_wave):
    for model in (recognizer, feeling):
        (answer,), whole = model.predict([long_wave]), model.timeline((RATE, long_wave), centre=False).overall
        np.testing.assert_allclose(scores(answer), scores(whole), atol=1e-6)
        assert (answer.verdict, answer.label, answer.intensity) == (whole.verdict, whole.label, whole.intensity)


def test_more_than_ten_minutes_of_sound_go_through_the_windows_of_the_timeline(recognizer, monkeypatch):
    asked = []
    answers = recognizer.scorer.answers
    monkeypatch.setattr(recognizer.scorer, "answers", lambda waves: asked.extend(map(len, waves)) or answers(waves))
    pause = np.zeros(295 * RATE, np.float32)
    spoken = [synthetic_voice(5.0, seed=1), pause, synthetic_voice(5.0, seed=2), pause, synthetic_voice(5.0, seed=3)]
    (answer,) = recognizer.predict([np.concatenate(spoken)])
    assert answer.duration_seconds == 605.0
    assert len(asked) >= 3 and max(asked) <= 6 * RATE
    assert sum(answer.scores.values()) == pytest.approx(1, abs=1e-5)


def test_plain_values_of_a_prediction_are_json(recognizer, feeling, long_wave):
    waves = [synthetic_voice(2.0), long_wave, np.zeros(RATE, np.float32)]
    for model in (recognizer, feeling):
        predictions = model.predict(waves)
        assert [one["label"] for one in json.loads(json.dumps([one.to_dict() for one in predictions]))] == [
            one.label for one in predictions
        ]
        assert predictions.to_frame()["duration_seconds"].tolist() == [2.0, 17.0, 1.0]
        assert predictions[0].top(2)[0] == (predictions[0].label, predictions[0].confidence)
    theirs = Prediction({"sad": np.float32(0.5), "happy": np.float64(0.5)}, duration_seconds=np.float32(1.0))
    assert json.loads(json.dumps(theirs.to_dict()))["scores"] == {"sad": 0.5, "happy": 0.5}


def test_waves_of_every_kind_get_the_same_prediction(recognizer):
    voice = synthetic_voice(2.0)
    tensor = torch.tensor(voice)
    given = [voice, tensor.clone().requires_grad_(), tensor.to_sparse(), voice.astype(">f4"), voice.tolist()]
    for answer in recognizer.predict(given):
        np.testing.assert_allclose(scores(answer), scores(recognizer.predict([voice])[0]), atol=1e-6)
    with pytest.raises(AudioFormatError, match="Path; decode it with load_audio, or call the recognizer itself"):
        recognizer.predict([Path("clip.wav")])
    with pytest.raises(AudioFormatError, match=r"has shape \(\); give a list of waves"):
        recognizer.predict(voice)
    with pytest.raises(AudioError, match="NaN"):
        recognizer.predict([np.append(voice, np.nan)])


def test_speech_much_too_quiet_is_predicted_as_if_it_were_louder(recognizer, listener_of_voices):
    voice = synthetic_voice(2.0)
    for model in (recognizer, listener_of_voices):
        loud, quiet, quietest = model.predict([voice, 1e-4 * voice, 1e-5 * voice])
        assert loud.verdict is quiet.verdict is quietest.verdict
        np.testing.assert_allclose(scores(quiet), scores(loud), atol=2e-3)
        np.testing.assert_allclose(scores(quietest), scores(loud), atol=2e-2)


@pytest.fixture(scope="module")
def listener_of_voices(tmp_path_factory):
    """A tiny model of the encoder family."""
    folder = tmp_path_factory.mktemp("encoders")
    torch.manual_seed(2)
    encoder = {"model_type": "whisper", **SIZES, "max_source_positions": 1_500}
    config = EncoderConfig(encoder=encoder, pooled_layers=[1, 3], id2label=dict(enumerate(LABELS)))
    EncoderForAudioClassification(config).save_pretrained(folder / "tiny")
    EncoderFeatureExtractor().save_pretrained(folder / "tiny")
    return EmotionRecognizer.from_pretrained(folder / "tiny")


def test_embeddings_are_what_the_head_takes(listener_of_voices):
    model, voice = listener_of_voices, synthetic_voice(2.0)
    size = model.model.config.embedding_size
    found = model.embeddings([(RATE, voice), (RATE, synthetic_voice(3.0, seed=1)), (RATE, np.zeros(RATE))])
    assert (found.shape, found.dtype) == ((3, size), np.float32)
    assert np.isfinite(found).all() and np.abs(found[0] - found[1]).max() > 1e-3
    with torch.inference_mode():
        logits = model.model.classify(torch.tensor(found[:1])).logits
    np.testing.assert_allclose(logits.softmax(-1)[0].numpy(), scores(model.predict([voice])[0]), atol=1e-5)
    np.testing.assert_allclose(model.embeddings([(RATE, voice)]), found[:1], atol=1e-4)
    assert model.embeddings([]).shape == (0, size)
    for clips in ("clip.wav", Path("clip.wav"), {"array": voice, "sampling_rate": RATE}):
        with pytest.raises(AudioFormatError, match="Give a list of clips"):
            model.embeddings(clips)


def test_the_embedding_of_a_long_clip_is_the_mean_of_its_parts(listener_of_voices, long_wave):
    whole = listener_of_voices.embeddings([(RATE, long_wave)])
    parts = [(RATE, long_wave[start : start + 8 * RATE]) for start in (0, 8 * RATE, 9 * RATE)]
    np.testing.assert_allclose(whole[0], listener_of_voices.embeddings(parts).mean(axis=0), atol=1e-4)


def test_other_networks_and_baselines_have_no_embeddings(recognizer):
    with pytest.raises(CheckpointError, match="has no embeddings; use the one that ships"):
        recognizer.embeddings([(RATE, synthetic_voice(1.0))])


def test_a_long_recording_is_not_sure_if_most_of_its_speech_is(tmp_path, recognizer, long_wave):
    confidences = [window.prediction.confidence for window in recognizer.timeline((RATE, long_wave)).windows]
    for threshold, verdict in ((min(confidences), Verdict.OK), (0.999, Verdict.NOT_SURE)):
        doubtful = EmotionRecognizer.from_pretrained(save_model(tmp_path / str(threshold), not_sure_below=threshold))
        assert doubtful.predict([long_wave])[0].verdict is verdict


def test_short_and_long_recordings_keep_their_order(recognizer, long_wave):
    short, silence = synthetic_voice(1.2, seed=1), np.zeros(10 * RATE, np.float32)
    together = recognizer.predict([silence, long_wave, short, silence[:RATE], long_wave[::-1]])
    alone = [recognizer.predict([wave])[0] for wave in (long_wave, short)]
    assert [answer.duration_seconds for answer in together] == [10.0, 17.0, 1.2, 1.0, 17.0]
    assert [answer.verdict for answer in together[::3]] == [Verdict.NO_SPEECH] * 2
    for answer, expected in zip(together[1:3], alone, strict=True):
        np.testing.assert_allclose(scores(answer), scores(expected), atol=1e-5)


@pytest.mark.parametrize("samples", [8 * RATE, 8 * RATE + 1])
def test_eight_seconds_are_scored_in_one_piece_and_more_in_windows(recognizer, monkeypatch, samples):
    lengths, answers = [], recognizer.scorer.answers
    monkeypatch.setattr(recognizer.scorer, "answers", lambda waves: lengths.extend(map(len, waves)) or answers(waves))
    recognizer.predict([synthetic_voice(9.0)[:samples]])
    assert (lengths == [samples]) == (samples == 8 * RATE) and (len(lengths) > 1) == (samples > 8 * RATE)


@pytest.fixture(scope="module")
def feeling(tmp_path_factory):
    """A recognizer whose network knows how strongly an emotion is expressed."""
    folder = tmp_path_factory.mktemp("models")
    save_whisper(folder / "whisper")
    names = ("angry", "calm", "happy", "sad")
    model, extractor = start_from(folder / "whisper", names, {"pooled_layers": [1, 2], "intensity": True})
    torch.nn.init.normal_(model.intensity.direction.weight)
    save(folder / "feeling", model, extractor)
    return EmotionRecognizer.from_pretrained(folder / "feeling")


def test_the_intensity_comes_with_the_scores_from_one_pass(feeling, monkeypatch):
    short, long = synthetic_voice(1.2, seed=1), synthetic_voice(3.4, seed=2)
    with torch.inference_mode():
        inputs = [feeling.extractor(wave, sampling_rate=RATE, return_tensors="pt") for wave in (short, long)]
        expected = [float(feeling.model(**one).intensity) for one in inputs]
    assert 0 < expected[0] < 1 and abs(expected[0] - expected[1]) > 1e-3
    passes, forward = [], feeling.model.forward
    monkeypatch.setattr(feeling.model, "forward", lambda **inputs: passes.append(1) or forward(**inputs))
    answers = feeling([(RATE, long), (RATE, short), (RATE, np.zeros(RATE, np.float32))])
    assert len(passes) == 1
    assert [answer.intensity for answer in answers[:2]] == pytest.approx(expected[::-1], abs=1e-5)
    assert answers[2].intensity is None


def test_the_intensity_of_a_long_recording_is_the_mean_of_its_windows(feeling, long_wave):
    each = [window.prediction.intensity for window in feeling.timeline((RATE, long_wave), centre=False).windows]
    assert np.ptp(each) > 1e-4
    assert feeling.predict([long_wave])[0].intensity == pytest.approx(np.mean(each), abs=1e-5)


def test_a_model_that_knows_no_intensity_gives_none(recognizer, wav2vec2, baseline):
    names = {f"LABEL_{number}": f"e{number}" for number in range(4)}
    foreign = EmotionRecognizer.from_pretrained(wav2vec2, labels=names)
    for model in (recognizer, foreign, EmotionRecognizer.from_pretrained(baseline)):
        assert model((RATE, synthetic_voice(1.5))).intensity is None


def test_not_sure_below_the_models_own_threshold(tmp_path):
    for threshold, verdict in ((0.0, Verdict.OK), (0.999, Verdict.NOT_SURE)):
        doubtful = EmotionRecognizer.from_pretrained(save_model(tmp_path / str(threshold), not_sure_below=threshold))
        answer = doubtful((RATE, synthetic_voice(1.5)))
        assert answer.verdict is verdict and answer.label in LABELS and len(answer.scores) == 3


def test_the_limit_of_length_is_kept(folder):
    with pytest.raises(AudioTooLongError):
        EmotionRecognizer.from_pretrained(folder, max_seconds=1.0)((RATE, synthetic_voice(1.5)))


def edit_weights(folder: Path, change) -> None:
    path = folder / "model.safetensors"
    weights = safetensors.torch.load_file(path)
    change(weights)
    safetensors.torch.save_file(weights, path, metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda weights: weights.pop("classifier.weight"), "missing weights"),
        (lambda weights: weights.update(projector=torch.zeros(2)), "unexpected weights"),
        (lambda weights: weights.update({"classifier.bias": torch.zeros(5)}), "mismatched weights"),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path, change, kind):
    edit_weights(save_model(tmp_path / "model"), change)
    with pytest.raises(CheckpointError, match=kind):
        EmotionRecognizer.from_pretrained(tmp_path / "model")


@pytest.mark.parametrize("missing", ["config.json", "preprocessor_config.json", "model.safetensors"])
def test_a_missing_file_is_named(tmp_path, missing):
    (save_model(tmp_path / "model") / missing).unlink()
    with pytest.raises(CheckpointError, match=missing):
        EmotionRecognizer.from_pretrained(tmp_path / "model")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("model.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
        ("model.safetensors", b"\x10\0\0\0\0\0\0\0{}"),
        ("config.json", b'{"model_type": "emotion_spectrogram", "blocks": "2"}'),
        ("config.json", b"{"),
        ("preprocessor_config.json", b"[]"),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path, file, content):
    (save_model(tmp_path / "model") / file).write_bytes(content)
    with pytest.raises(CheckpointError, match="cannot be loaded") as caught:
        EmotionRecognizer.from_pretrained(tmp_path / "model")
    assert "\n" not in str(caught.value)


def test_pickled_weights_are_refused(tmp_path):
    folder = save_model(tmp_path / "model")
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="safetensors"):
        EmotionRecognizer.from_pretrained(folder)


def test_a_foreign_model_needs_its_code_allowed(tmp_path):
    folder = save_model(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "somebody_elses"}))
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        EmotionRecognizer.from_pretrained(folder)


@pytest.mark.parametrize("model", ["models/mine", "/no/such/folder", Path("nothing"), "/" + 300 * "a"])
def test_a_mistyped_folder_is_named(tmp_path, monkeypatch, model):
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError, match=f"There is no model folder {model}"):
        EmotionRecognizer.from_pretrained(model)


def test_an_unknown_hub_id_is_one_sentence(monkeypatch):
    with pytest.raises(CheckpointError, match="nobody/no-such-model cannot be loaded") as caught:
        EmotionRecognizer.from_pretrained("nobody/no-such-model")
    assert "\n" not in str(caught.value)
    with pytest.raises(CheckpointError, match="it is no valid name on the Hub"):
        EmotionRecognizer.from_pretrained("no such/model")
    monkeypatch.setattr("huggingface_hub.HfApi.repo_exists", lambda *_: False)
    with pytest.raises(CheckpointError, match="and no such model on the Hub"):
        EmotionRecognizer.from_pretrained("nobody/no-such-model")


@pytest.fixture(scope="module")
def wav2vec2(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "wav2vec2"
    torch.manual_seed(0)
    config = Wav2Vec2Config(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=37,
        conv_dim=(16, 16, 16),
        conv_stride=(5, 4, 4),
        conv_kernel=(10, 8, 8),
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        classifier_proj_size=16,
        num_labels=4,
    )
    Wav2Vec2ForSequenceClassification(config).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(return_attention_mask=False).save_pretrained(folder)
    return folder


def test_a_wav2vec2_with_nameless_labels_asks_what_they_mean(wav2vec2):
    with pytest.raises(LabelError, match="LABEL_0=happy"):
        EmotionRecognizer.from_pretrained(wav2vec2)
    with pytest.raises(LabelError, match="no label 'ang'"):
        EmotionRecognizer.from_pretrained(wav2vec2, labels={"ang": "angry"})


def test_a_wav2vec2_with_mapped_labels_answers_the_same_in_any_batch(wav2vec2):
    meaning = {"LABEL_0": "hap", "LABEL_1": "ang", "LABEL_2": "sad", "LABEL_3": "exc"}
    plain = EmotionRecognizer.from_pretrained(wav2vec2, labels=meaning)
    merged = EmotionRecognizer.from_pretrained(wav2vec2, labels=meaning | {"LABEL_3": "happy"})
    assert plain.labels == ("happy", "angry", "sad", "exc") and merged.labels == ("happy", "angry", "sad")
    short, long = synthetic_voice(1.0), synthetic_voice(2.5)
    alone, together = plain.predict([short])[0], plain.predict([short, long])[0]
    np.testing.assert_allclose(scores(together), scores(alone), atol=1e-6)
    both = merged.predict([short])[0]
    assert both.scores["happy"] == pytest.approx(alone.scores["happy"] + alone.scores["exc"], abs=1e-6)


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16])
def test_a_model_stored_in_half_precision_answers(wav2vec2, tmp_path, precision):
    names = {f"LABEL_{number}": f"e{number}" for number in range(4)}
    shutil.copytree(wav2vec2, tmp_path / "half")
    whole = Wav2Vec2ForSequenceClassification.from_pretrained(wav2vec2)
    whole.to(precision).save_pretrained(tmp_path / "half")
    half, full = (EmotionRecognizer.from_pretrained(folder, labels=names) for folder in (tmp_path / "half", wav2vec2))
    wave = synthetic_voice(1.5)
    np.testing.assert_allclose(scores(half.predict([wave])[0]), scores(full.predict([wave])[0]), atol=0.01)


def test_another_sampling_rate_is_refused_at_once(wav2vec2, tmp_path):
    shutil.copytree(wav2vec2, tmp_path / "telephone")
    Wav2Vec2FeatureExtractor(sampling_rate=8_000).save_pretrained(tmp_path / "telephone")
    with pytest.raises(CheckpointError, match="8000 Hz"):
        EmotionRecognizer.from_pretrained(tmp_path / "telephone", labels={f"LABEL_{n}": f"e{n}" for n in range(4)})


def test_labels_of_ones_own_are_kept_as_they_are(tmp_path):
    own = EmotionRecognizer.from_pretrained(save_model(tmp_path / "own", labels=("Positive", "joy", "Other one")))
    assert own.labels == ("Positive", "joy", "Other one")


@pytest.fixture(scope="module")
def baseline(tmp_path_factory):
    features = EngineeredFeatures()
    values = features([synthetic_voice(1.2, f0_hz, seed) for f0_hz in (110, 220) for seed in range(6)])[:, None]
    truth = np.repeat([0, 1], 6)
    estimator = fit_estimator("logistic_regression", {"C": 0.01}, values, truth, num_labels=2, seed=0)
    folder = tmp_path_factory.mktemp("models") / "lowhigh"
    Baseline(("calm", "happy"), features, estimator, not_sure_below=0.55).save(folder)
    (folder / "checksums.json").unlink()  # what is changed below gets past the sums
    return folder


def test_a_baseline_answers_as_a_network_does(baseline):
    recognizer = EmotionRecognizer.from_pretrained(baseline)
    low, high = synthetic_voice(1.5, 115, seed=9), synthetic_voice(2.5, 210, seed=8)
    answers = recognizer([(RATE, low), (RATE, high), (RATE, np.zeros(RATE, np.float32))])
    assert [answer.label for answer in answers] == ["calm", "happy", None]
    assert answers[2].verdict is Verdict.NO_SPEECH and answers[0].model == recognizer.name == "lowhigh"
    np.testing.assert_allclose(scores(recognizer((RATE, low))), scores(answers[0]), atol=1e-6)
    np.testing.assert_allclose(scores(recognizer((RATE, 0.01 * high))), scores(answers[1]), atol=1e-3)
    long = np.concatenate([low, high, low, high, low])
    whole = recognizer.timeline((RATE, long)).overall
    assert whole.duration_seconds == recognizer.predict([long])[0].duration_seconds == 9.5
    np.testing.assert_allclose(scores(recognizer.predict([long])[0]), scores(whole), atol=1e-6)


def test_a_baselines_labels_can_be_renamed_and_its_threshold_counts(baseline, tmp_path):
    renamed = EmotionRecognizer.from_pretrained(baseline, labels={"calm": "neutral"})
    assert renamed.labels == ("neutral", "happy")
    shutil.copytree(baseline, tmp_path / "doubtful")
    facts = json.loads((tmp_path / "doubtful" / "baseline.json").read_text())
    (tmp_path / "doubtful" / "baseline.json").write_text(json.dumps(facts | {"not_sure_below": 1.0}))
    doubtful = EmotionRecognizer.from_pretrained(tmp_path / "doubtful")
    assert doubtful((RATE, synthetic_voice(1.5))).verdict is Verdict.NOT_SURE


def test_what_needs_a_network_says_that_a_baseline_has_none(baseline, recognizer):
    assert recognizer.model.config.num_labels == 3 and recognizer.extractor.sampling_rate == RATE
    with pytest.raises(CheckpointError, match="lowhigh is a baseline"):
        _ = EmotionRecognizer.from_pretrained(baseline).model


def test_half_a_baseline_is_one_sentence(baseline, tmp_path):
    shutil.copytree(baseline, tmp_path / "half")
    (tmp_path / "half" / "baseline.skops").unlink()
    with pytest.raises(CheckpointError, match=r"baseline\.skops cannot be loaded"):
        EmotionRecognizer.from_pretrained(tmp_path / "half")


def test_notes_follow_the_recording_into_the_prediction_and_the_timeline(folder):
    recognizer = EmotionRecognizer.from_pretrained(save_model(folder / "noted"))
    voice = synthetic_voice(3.0)
    inverted, plain = (RATE, np.stack([voice, -voice], axis=1)), (RATE, voice)
    note = "Only the left channel is used, because the channels cancel each other out."
    assert [one.notes for one in recognizer([plain, inverted])] == [(), (note,)]
    assert recognizer(inverted, channel=0, track=0).notes == ()
    timeline = recognizer.timeline(inverted, window_seconds=2.0, step_seconds=1.0)
    assert timeline.notes == timeline.overall.notes == (note,)
    assert "notes" not in timeline.windows[0].to_dict()
