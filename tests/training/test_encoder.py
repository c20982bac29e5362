"""What of an encoder learns, and what becomes of it."""

import json
from types import SimpleNamespace

import pytest
import torch
from transformers import AutoConfig, AutoModelForAudioClassification

from emotion_hf.recipes import EncoderRecipe, recipe_from_mapping
from emotion_hf.training import encoder

SMALL = {
    **{"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24},
    **{"conv_dim": [8, 8], "conv_kernel": [10, 8], "conv_stride": [10, 16], "classifier_proj_size": 8},
    **{"num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2},
}
SMALL_WHISPER = {
    **{"d_model": 16, "encoder_layers": 2, "encoder_attention_heads": 2, "encoder_ffn_dim": 24, "num_mel_bins": 20},
    **{"max_source_positions": 50, "classifier_proj_size": 8, "pad_token_id": 0, "vocab_size": 60},
}


def small_model(kind="wav2vec2"):
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, **(SMALL_WHISPER if kind == "whisper" else SMALL))
    return AutoModelForAudioClassification.from_config(config)


def clips(kind):
    return torch.randn(2, 20, 100) if kind == "whisper" else torch.randn(2, 8_000)


def test_rates_fall_from_layer_to_layer():
    model = small_model()
    groups = encoder.parameter_groups(model, 1e-3, 0.5, 0.01)
    assert [group["lr"] for group in groups] == pytest.approx([1e-3] * 2 + [5e-4] * 2 + [2.5e-4] * 2)
    assert [group["weight_decay"] for group in groups] == [0.01, 0.0] * 3
    rates = {weight: group["lr"] for group in groups for weight in group["params"]}
    assert len(rates) == len([*model.parameters()])
    names = {name: rates[weight] for name, weight in model.named_parameters()}
    assert names["classifier.weight"] == names["wav2vec2.encoder.layers.1.layer_norm.bias"] == 1e-3
    assert names["wav2vec2.encoder.layers.0.attention.q_proj.weight"] == 5e-4
    assert names["wav2vec2.masked_spec_embed"] == names["wav2vec2.feature_projection.projection.weight"] == 2.5e-4
    decays = {weight: group["weight_decay"] for group in groups for weight in group["params"]}
    assert decays[model.classifier.weight] == 0.01 and decays[model.classifier.bias] == 0.0
    recipe = recipe_from_mapping({"name": "even", "training": {"learning_rate": 1e-4}})
    even = encoder.make_optimizer(model, recipe).param_groups
    assert [group["lr"] for group in even] == [1e-4, 1e-4]


@pytest.mark.parametrize("kind", ["wav2vec2", "wavlm"])
def test_nothing_is_kept_of_frozen_convolutions(kind):
    model = small_model(kind)
    assert model.base_model.feature_extractor(clips(kind)).requires_grad
    encoder.freeze_feature_encoder(model)
    assert not model.base_model.feature_extractor(clips(kind)).requires_grad
    assert not any(weight.requires_grad for weight in model.base_model.feature_extractor.parameters())


def test_the_base_joins_in_after_its_share_of_the_steps():
    model = small_model()
    encoder.freeze_feature_encoder(model)
    callback = encoder.FreezeBase(model, 0.3)
    for step, learns in ((0, False), (2, False), (3, True), (0, False), (9, True)):
        callback.on_step_begin(None, SimpleNamespace(global_step=step, max_steps=10), None)
        assert model.wav2vec2.encoder.layers[0].attention.q_proj.weight.requires_grad is learns
        assert model.classifier.weight.requires_grad and model.projector.weight.requires_grad
        assert not any(weight.requires_grad for weight in model.wav2vec2.feature_extractor.parameters())


@pytest.mark.parametrize("kind", ["wav2vec2", "wavlm", "whisper"])
def test_updates_of_low_rank_are_all_that_learns_and_end_in_the_weights(kind, tmp_path):
    settings, inputs = EncoderRecipe(lora_rank=2), clips(kind)
    model, names = small_model(kind), [*small_model(kind).state_dict()]
    encoder.add_lora(model, settings)
    learning = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    assert all("lora_" in name or encoder.of_head(name) for name in learning)
    optimizer = torch.optim.SGD(learning.values(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        model(inputs).logits[:, 0].sum().backward()
        optimizer.step()
    assert all(weight.grad.any() for weight in learning.values())
    model.eval()
    with torch.inference_mode():
        before = model(inputs).logits
    model.config.logit_temperature = 2.0
    encoder.make_plain(model, settings)
    assert [*model.state_dict()] == names
    model.save_pretrained(tmp_path)
    again, info = AutoModelForAudioClassification.from_pretrained(tmp_path, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"]
    with torch.inference_mode():
        torch.testing.assert_close(model(inputs).logits, before / 2)
        torch.testing.assert_close(again(inputs).logits, before / 2)
    assert "logit_temperature" not in json.loads((tmp_path / "config.json").read_text())
