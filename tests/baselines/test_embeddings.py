"""Embeddings of tiny pre-trained networks: what is pooled, padding, layers, and loud failures."""

import numpy as np
import pytest
import torch
from transformers import (
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForSequenceClassification,
    Wav2Vec2Model,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperModel,
)

from emotion_hf.baselines.embeddings import EncoderEmbeddings
from emotion_hf.errors import CheckpointError
from emotion_hf.testing import synthetic_voice

SHORT, LONG = synthetic_voice(1.0), synthetic_voice(2.0, seed=1)


def wav2vec2_config(**fields) -> Wav2Vec2Config:
    return Wav2Vec2Config(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(8, 8),
        conv_stride=(20, 16),
        conv_kernel=(20, 16),
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        **fields,
    )


@pytest.fixture(scope="module")
def wav2vec2(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoders") / "wav2vec2"
    torch.manual_seed(0)
    Wav2Vec2Model(wav2vec2_config()).save_pretrained(folder)
    Wav2Vec2FeatureExtractor().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def whisper(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoders") / "whisper"
    torch.manual_seed(0)
    sizes = {
        name: value
        for side in ("encoder", "decoder")
        for name, value in {f"{side}_layers": 2, f"{side}_attention_heads": 2, f"{side}_ffn_dim": 32}.items()
    }
    config = WhisperConfig(vocab_size=50, d_model=16, num_mel_bins=20, pad_token_id=0, bos_token_id=1, **sizes)
    config.update({"eos_token_id": 2, "decoder_start_token_id": 1})
    WhisperModel(config).save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=20).save_pretrained(folder)
    return folder


def hidden_states(folder, wave) -> list[np.ndarray]:
    model, extractor = Wav2Vec2Model.from_pretrained(folder).eval(), Wav2Vec2FeatureExtractor.from_pretrained(folder)
    with torch.inference_mode():
        inputs = extractor(wave, sampling_rate=16_000, return_tensors="pt")
        return [state[0].numpy() for state in model(**inputs, output_hidden_states=True).hidden_states]


def test_mean_and_deviation_over_time_of_one_layer_or_of_all(wav2vec2):
    states = hidden_states(wav2vec2, SHORT)
    assert len(states) == 3
    for layer, frames in ((1, states[1]), (None, np.mean(states, axis=0))):
        embed = EncoderEmbeddings.from_pretrained(wav2vec2, layer)
        expected = np.concatenate([frames.mean(axis=0), frames.std(axis=0)])
        np.testing.assert_allclose(embed([SHORT])[0], expected, atol=1e-5)
    assert embed.names[0] == "mean_0" and embed.names[-1] == "deviation_15"
    assert embed.groups == ("mean",) * 16 + ("deviation",) * 16


def test_other_clips_beside_it_change_nothing(wav2vec2, whisper):
    for folder in (wav2vec2, whisper):
        embed = EncoderEmbeddings.from_pretrained(folder)
        together = embed([SHORT, LONG])
        assert together.shape == (2, 32) and together.dtype == np.float32
        np.testing.assert_array_equal(together[0], embed([SHORT])[0])


def test_whisper_uses_only_its_encoder_and_the_frames_of_the_clip(whisper):
    embed = EncoderEmbeddings.from_pretrained(whisper, layer=2)
    model, extractor = WhisperModel.from_pretrained(whisper).eval(), WhisperFeatureExtractor.from_pretrained(whisper)
    with torch.inference_mode():
        inputs = extractor(SHORT, sampling_rate=16_000, return_tensors="pt")
        frames = model.encoder(**inputs).last_hidden_state[0].numpy()
    assert frames.shape == (1500, 16)  # of 30 s
    expected = np.concatenate([frames[:50].mean(axis=0), frames[:50].std(axis=0)])
    np.testing.assert_allclose(embed([SHORT])[0], expected, atol=1e-5)


def test_settings_name_the_source_the_layer_and_the_weights(wav2vec2, tmp_path):
    settings = EncoderEmbeddings.from_pretrained(wav2vec2, 1).settings
    assert (settings["encoder"], settings["layer"]) == (str(wav2vec2), 1)
    assert EncoderEmbeddings.from_pretrained(wav2vec2, 1).settings == settings
    torch.manual_seed(1)
    Wav2Vec2Model(wav2vec2_config()).save_pretrained(tmp_path)
    Wav2Vec2FeatureExtractor().save_pretrained(tmp_path)
    assert EncoderEmbeddings.from_pretrained(tmp_path, 1).settings["weights"] != settings["weights"]


def test_a_network_with_a_head_serves_as_well(tmp_path):
    torch.manual_seed(0)
    Wav2Vec2ForSequenceClassification(wav2vec2_config(num_labels=3)).save_pretrained(tmp_path)
    Wav2Vec2FeatureExtractor().save_pretrained(tmp_path)
    assert EncoderEmbeddings.from_pretrained(tmp_path)([SHORT]).shape == (1, 32)


def test_what_cannot_be_used_is_one_sentence(wav2vec2, tmp_path):
    with pytest.raises(CheckpointError, match="layers 0 to 2, but no layer 3"):
        EncoderEmbeddings.from_pretrained(wav2vec2, 3)
    with pytest.raises(CheckpointError, match="nobody/nothing cannot be loaded") as caught:
        EncoderEmbeddings.from_pretrained("nobody/nothing")
    assert "\n" not in str(caught.value)
    model = Wav2Vec2Model(wav2vec2_config())
    weights = {name: weight for name, weight in model.state_dict().items() if "layers.1" not in name}
    model.save_pretrained(tmp_path, state_dict=weights)
    Wav2Vec2FeatureExtractor().save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="missing weights"):
        EncoderEmbeddings.from_pretrained(tmp_path)
    model.save_pretrained(tmp_path)
    Wav2Vec2FeatureExtractor(sampling_rate=8_000).save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="8000 Hz"):
        EncoderEmbeddings.from_pretrained(tmp_path)
