"""Fine-tuning of a pretrained encoder: what learns, how fast, and what becomes of it."""

from __future__ import annotations

import json

import pytest
import torch
from transformers import AutoConfig, AutoModel, Wav2Vec2Config, WhisperConfig

from emotion_hf.errors import RecipeError, SettingsError
from emotion_hf.recipes import EncoderRecipe, Recipe, recipe_from_mapping
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice, tiny_corpus
from emotion_hf.training.finetune import fine_tune
from emotion_hf.training.gradient.encoder import choose_what_learns, merge_lora, parameter_groups
from emotion_hf.training.pretrained_encoder import start_from

LABELS = ("neutral", "happy", "sad")
WHISPER = {
    **{"d_model": 16, "encoder_layers": 3, "encoder_attention_heads": 2, "encoder_ffn_dim": 24},
    **{"decoder_layers": 1, "decoder_attention_heads": 2, "decoder_ffn_dim": 24, "vocab_size": 60_000},
}
WAV2VEC2 = {
    **{"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 24},
    **{"conv_dim": [8, 8], "conv_kernel": [10, 8], "conv_stride": [20, 16]},
    **{"num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2, "mask_time_prob": 0.0},
}
LAYERS = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 24}
FILTER_BANKS = {
    "wav2vec2-bert": {**LAYERS, "feature_projection_input_dim": 80, "conv_depthwise_kernel_size": 5}
    | {"mask_time_prob": 0.0},
    "audio-spectrogram-transformer": {**LAYERS, "num_mel_bins": 40, "max_length": 256, "frequency_stride": 12},
}
RECIPE = {
    "name": "tuned",
    "data": {"split": "speakers:1", "validation": 1, "max_seconds": 2.0},
    "model": {"family": "encoder", "config": {"num_hidden_layers": 3, "pooled_layers": [2, 3]}},
    "augmentation": {"speeds": [0.9, 1.1]},
    "training": {"epochs": 2, "batch_size": 8, "early_stopping": 0, "learning_rate": 1e-3},
}


@pytest.fixture(scope="module")
def whisper(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("whisper")
    AutoModel.from_config(WhisperConfig(**WHISPER)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def wav2vec2(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("wav2vec2")
    AutoModel.from_config(Wav2Vec2Config(**WAV2VEC2)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("ravdess"), 4, 2, seconds=0.4)


def recipe(checkpoint, *overrides: str) -> Recipe:
    return recipe_from_mapping(RECIPE, [f"model.checkpoint={str(checkpoint)!r}", *overrides])


def learning(model) -> set[str]:
    return {name for name, weight in model.named_parameters() if weight.requires_grad}


def test_only_the_top_layers_and_the_head_are_trained(whisper):
    model, _ = start_from(whisper, LABELS, {})
    choose_what_learns(model, EncoderRecipe(trained_layers=1), everything=False)
    assert all(name.startswith(("encoder.layers.2.", "classifier.")) for name in learning(model))
    assert "encoder.layers.2.self_attn.q_proj.weight" in learning(model)
    with pytest.raises(RecipeError, match="trained_layers is 4; the encoder has 3 layers"):
        choose_what_learns(model, EncoderRecipe(trained_layers=4), everything=False)


def test_rates_fall_from_layer_to_layer(wav2vec2):
    model, _ = start_from(wav2vec2, LABELS, {})
    groups = parameter_groups(model, 1e-3, 0.5, 0.01)
    rates = {weight: group["lr"] for group in groups for weight in group["params"]}
    assert len(rates) == len([*model.parameters()])
    of = {name: rates[weight] for name, weight in model.named_parameters()}
    assert of["classifier.weight"] == of["encoder.encoder.layers.2.layer_norm.bias"] == 1e-3
    assert of["encoder.encoder.layers.1.layer_norm.bias"] == 5e-4
    assert of["encoder.feature_projection.projection.weight"] == 1.25e-4
    decays = {weight: group["weight_decay"] for group in groups for weight in group["params"]}
    assert decays[model.classifier.weight] == 0.01 and decays[model.classifier.bias] == 0.0


@pytest.mark.parametrize("kind", ["whisper", "wav2vec2"])
def test_only_low_rank_updates_are_trained_and_are_merged_into_the_weights(kind, request):
    model, extractor = start_from(request.getfixturevalue(kind), LABELS, {})
    names, inputs = [*model.state_dict()], extractor(synthetic_voice(0.5))
    choose_what_learns(model, EncoderRecipe(trained_layers=2, lora_rank=2), everything=False)
    assert all("lora_" in name or name.startswith("classifier.") for name in learning(model))
    assert not any(".layers.0." in name for name in learning(model))
    optimizer = torch.optim.SGD([weight for weight in model.parameters() if weight.requires_grad], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        model(**inputs).logits[:, 0].sum().backward()
        optimizer.step()
    model.eval()
    with torch.inference_mode():
        before = model(**inputs).logits
        merge_lora(model)
        torch.testing.assert_close(model(**inputs).logits, before)
    assert [*model.state_dict()] == names


def test_a_tuned_model_is_calibrated_on_the_validation_speakers(whisper, corpus, tmp_path):
    run = fine_tune(recipe(whisper, "model.encoder.trained_layers=1"), {"ravdess": corpus}, tmp_path / "run")
    model, (untouched, _) = EmotionRecognizer.from_pretrained(run.folder).model, start_from(whisper, LABELS, {})
    weights, before = model.encoder.state_dict(), untouched.encoder.half().state_dict()
    same = {name for name in weights if torch.equal(weights[name].half(), before[name])}
    assert {name for name in weights if name.startswith(("conv", "layers.0.", "layers.1."))} <= same
    assert "layers.2.fc1.weight" not in same
    facts = json.loads((run.folder / "run.json").read_text())
    assert facts["data"]["validation"]["clips"] == 16
    assert set(facts["validation"]) == {"ua_ravdess", "corpus_ua"}
    assert any("loss" in entry for entry in facts["history"])
    assert not (run.folder / "trainer").exists()


@pytest.mark.parametrize("kind", list(FILTER_BANKS))
def test_encoders_of_filter_banks_are_tuned(kind, corpus, tmp_path):
    torch.manual_seed(0)
    whole = AutoModel.from_config(AutoConfig.for_model(kind, **FILTER_BANKS[kind]))
    whole.save_pretrained(tmp_path / "encoder")
    tuned = ("model.encoder.trained_layers=1", "model.encoder.lora_rank=2", "training.epochs=1")
    run = fine_tune(recipe(tmp_path / "encoder", *tuned), {"ravdess": corpus}, tmp_path / "run")
    recognizer = EmotionRecognizer.from_pretrained(run.folder)
    assert recognizer.model.config.encoder.model_type == kind
    assert recognizer.extractor.features.startswith("filter_bank") and recognizer.extractor.feature_size == 40
    weights, before = recognizer.model.encoder.state_dict(), whole.half().state_dict()
    changed = {name for name in weights if not torch.equal(weights[name].half(), before[name])}
    assert changed and all("layers.2." in name for name in changed)
    assert sum(recognizer((16_000, synthetic_voice(1.0))).scores.values()) == pytest.approx(1, abs=1e-4)


def test_a_device_that_does_not_exist_ends_the_training(whisper, corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    for tuned in (0, 1):
        asked = ("training.device=cuda", f"model.encoder.trained_layers={tuned}", "data.validation=0")
        with pytest.raises(SettingsError, match=r"There is no CUDA device on this machine; use device='cpu'\."):
            fine_tune(recipe(whisper, *asked), {"ravdess": corpus}, tmp_path / f"run{tuned}")


@pytest.mark.parametrize("kind", ["wav2vec2", *FILTER_BANKS])
def test_all_random_weights_are_trained(kind, corpus, tmp_path):
    fields = {"model_type": kind, "pooled_layers": [1, 3], **FILTER_BANKS.get(kind, WAV2VEC2)}
    changed = [f"model.config={json.dumps(fields)}"]
    run = fine_tune(recipe("", *changed), {"ravdess": corpus}, tmp_path / "run")
    recognizer = EmotionRecognizer.from_pretrained(run.folder)
    assert recognizer.model.config.encoder.model_type == kind
    assert sum(recognizer((16_000, synthetic_voice(1.0))).scores.values()) == pytest.approx(1, abs=1e-4)
    for entry, words in (
        ("model.config={}", "model_type is ''; without model.checkpoint"),
        ("model.config={model_type: wav2vec2, hidden_sizes: 3}", "Unknown key model.config.hidden_sizes"),
    ):
        with pytest.raises(RecipeError, match=words):
            fine_tune(recipe("", entry), {"ravdess": corpus}, tmp_path / "other")
