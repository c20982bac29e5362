"""The plain network gives the scores of the whole one, and leaves every unusual checkpoint to transformers."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import Wav2Vec2Config, WhisperConfig

from emotion_hf.checkpoint import SUMS, save, seal
from emotion_hf.errors import CheckpointError
from emotion_hf.models import EncoderConfig, EncoderFeatureExtractor, EncoderForAudioClassification
from emotion_hf.recognizer import DEFAULT_CHECKPOINT, EmotionRecognizer
from emotion_hf.scorers.network import load_network
from emotion_hf.scorers.plain_whisper import load_plain_whisper
from emotion_hf.testing import synthetic_voice
from tests.tiny_encoder import SIZES, save_network

CPU = torch.device("cpu")
LABELS = dict(enumerate(("neutral", "happy", "sad")))
WAVES = [synthetic_voice(seconds, seed=seed) for seed, seconds in enumerate((0.1, 0.9137, 2.5, 7.0))]


def save_tiny(folder, encoder=None, extractor=None, **fields):
    """Save a network in which every part of the answer counts."""
    torch.manual_seed(5)
    encoder = encoder or WhisperConfig(**SIZES)
    model = EncoderForAudioClassification(EncoderConfig(encoder=encoder, id2label=LABELS, **fields))
    with torch.no_grad():
        for buffer in (model.scale.mean, model.voice.offset, model.voice.gain, model.voice.means, model.voice.within):
            buffer.normal_()
        model.scale.deviation.uniform_(0.5, 2)
        model.classifier.weight.normal_(std=0.2)
        if model.intensity is not None:
            model.intensity.borders.weight.normal_()
            model.intensity.direction.weight.normal_(std=0.1)
    save(folder, model, extractor or EncoderFeatureExtractor())
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_tiny(
        tmp_path_factory.mktemp("tiny"),
        pooled_layers=[0, 2],
        intensity=True,
        logit_temperature=0.6,
        not_sure_below=0.4,
    )


@pytest.fixture
def copied(tiny, tmp_path):
    for path in tiny.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def edit(folder, name, change):
    """Change a configuration, and seal the folder again."""
    settings = json.loads((folder / name).read_text())
    change(settings)
    (folder / name).write_text(json.dumps(settings))
    seal(folder)


def assert_alike(plain, whole, waves):
    (scores, strengths), (expected, known) = plain.answers(waves), whole.answers(waves)
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    if known is None:
        assert strengths is None
    else:
        np.testing.assert_allclose(strengths, known, atol=1e-6)


@pytest.mark.parametrize("waves", [WAVES, WAVES[1:2]], ids=["batch", "alone"])
def test_the_scores_are_those_of_the_whole_network(tiny, waves):
    plain, whole = load_plain_whisper(tiny, CPU), load_network(tiny, CPU)
    assert_alike(plain, whole, waves)
    assert (plain.labels, plain.not_sure_below, plain.batch_size) == (whole.labels, 0.4, whole.batch_size)
    for name in ("means", "within"):
        np.testing.assert_array_equal(getattr(plain.speakers, name), getattr(whole.speakers, name))


def test_a_network_without_intensity_or_options_is_plain_too(tmp_path):
    save_tiny(tmp_path)
    assert_alike(load_plain_whisper(tmp_path, CPU), load_network(tmp_path, CPU), WAVES)


def test_the_model_that_ships_is_plain():
    plain = load_plain_whisper(DEFAULT_CHECKPOINT, CPU)
    assert_alike(plain, plain.whole(), WAVES)
    assert plain.whole() is plain.whole()


@pytest.mark.parametrize(
    ("wave", "sentence"),
    [
        (np.ones(800, np.float32), r"A wave of 0\.05 s cannot be encoded"),
        (np.ones(488_000, np.float32), r"A wave of 30\.50 s cannot be encoded"),
        (np.ones((2, 16_000), np.float32), "it must be mono"),
        (np.full(16_000, np.nan, np.float32), "samples that are NaN, infinite or above 1e12"),
    ],
)
def test_a_wave_that_cannot_be_encoded_gets_the_extractors_sentence(tiny, wave, sentence):
    with pytest.raises(ValueError, match=sentence):
        load_plain_whisper(tiny, CPU).answers([wave])


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("config.json", lambda fields: fields.update(quantization_config={})),
        ("config.json", lambda fields: fields["encoder"].update(activation_function="relu")),
        ("config.json", lambda fields: fields["encoder"].update(encoder_layers=10**9)),
        ("config.json", lambda fields: fields["encoder"].update(d_model="32")),
        ("config.json", lambda fields: fields["encoder"].update(encoder_layers=2)),
        ("config.json", lambda fields: fields.update(pooled_layers=[0, 4])),
        ("config.json", lambda fields: fields.update(pooled_layers=[-1])),
        ("config.json", lambda fields: fields.update(intensity="yes")),
        ("config.json", lambda fields: fields["id2label"].pop("1")),
        ("config.json", lambda fields: fields.pop("encoder")),
        ("preprocessor_config.json", lambda fields: fields.update(feature_size=40)),
        ("preprocessor_config.json", lambda fields: fields.update(return_attention_mask=False)),
        ("preprocessor_config.json", lambda fields: fields.update(features="samples")),
    ],
)
def test_an_unusual_configuration_is_left_to_transformers(copied, name, change):
    edit(copied, name, change)
    assert load_plain_whisper(copied, CPU) is None


def test_unusual_weights_are_left_to_transformers(copied):
    weights = load_file(copied / "model.safetensors")
    for changed in (
        weights | {"more": torch.zeros(1)},
        weights | {"classifier.bias": torch.zeros(4)},
        {name: one for name, one in weights.items() if name != "scale.mean"},
    ):
        save_file(changed, copied / "model.safetensors")
        seal(copied)
        assert load_plain_whisper(copied, CPU) is None
    (copied / "model.safetensors").write_bytes(b"damaged")
    seal(copied)
    assert load_plain_whisper(copied, CPU) is None


def test_other_families_encoders_and_folders_are_left_to_transformers(tmp_path, copied):
    save_network(tmp_path / "cnn", LABELS.values())
    small = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 16, "num_hidden_layers": 1}
    wav2vec2 = Wav2Vec2Config(**small, conv_dim=[8], conv_kernel=[10], conv_stride=[5], num_feat_extract_layers=1)
    save_tiny(tmp_path / "wav2vec2", wav2vec2, EncoderFeatureExtractor(features="samples"))
    (copied / SUMS).unlink()  # it may have been edited
    for folder in (tmp_path / "cnn", tmp_path / "wav2vec2", copied, tmp_path / "missing"):
        assert load_plain_whisper(folder, CPU) is None


def test_a_changed_or_unsound_checkpoint_is_refused(copied):
    weights = (copied / "model.safetensors").read_bytes()
    (copied / "model.safetensors").write_bytes(weights + b"\0")
    with pytest.raises(CheckpointError, match="has changed since the model was saved"):
        load_plain_whisper(copied, CPU)
    (copied / "model.safetensors").write_bytes(weights)
    edit(copied, "config.json", lambda fields: fields.update(logit_temperature=0))
    with pytest.raises(CheckpointError, match="logit_temperature=0"):
        load_plain_whisper(copied, CPU)


def test_a_weight_that_is_not_finite_is_named(copied):
    weights = load_file(copied / "model.safetensors")
    weights["scale.mean"][7] = float("nan")
    save_file(weights, copied / "model.safetensors")
    seal(copied)
    with pytest.raises(CheckpointError, match=r"not finite \(scale.mean\)"):
        load_plain_whisper(copied, CPU)


def test_a_change_of_the_network_counts_in_the_next_prediction(tiny):
    recognizer = EmotionRecognizer.from_pretrained(tiny)
    assert recognizer.can_adapt and type(recognizer.scorer).__name__ == "PlainWhisper"
    before = recognizer.predict(WAVES[2:3])[0]
    with torch.no_grad():
        recognizer.model.voice.offset[1] += 100.0
    after = recognizer.predict(WAVES[2:3])[0]
    assert recognizer.network is recognizer.scorer and before.scores != after.scores
    assert after.scores[LABELS[1]] == pytest.approx(0.0, abs=1e-6)
