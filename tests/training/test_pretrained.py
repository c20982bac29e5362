"""Fine-tuning of pre-trained encoders, from what is loaded to what is saved."""

import json
import subprocess
import sys

import numpy as np
import pytest
import safetensors.torch
import torch
from transformers import (
    AutoConfig,
    AutoModel,
    TrainerCallback,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)

from emotion_hf.errors import CheckpointError, RecipeError
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice, tiny_corpus
from emotion_hf.training import encoder as learning
from emotion_hf.training import finetune, pretrained
from emotion_hf.training.encoder import HEAD_PARTS
from train.finetune import main

LABELS = ("neutral", "happy", "sad")
SMALL = {
    **{"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24},
    **{"conv_dim": [8, 8, 8], "conv_kernel": [10, 8, 4], "conv_stride": [5, 8, 4], "classifier_proj_size": 8},
    **{"num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2},
}
SMALL_WHISPER = {
    **{"d_model": 16, "encoder_layers": 2, "encoder_attention_heads": 2, "encoder_ffn_dim": 24, "num_mel_bins": 20},
    **{"decoder_layers": 1, "decoder_attention_heads": 2, "decoder_ffn_dim": 24, "vocab_size": 60},
    **{"max_source_positions": 50, "max_target_positions": 20, "classifier_proj_size": 8},
    **{"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1},
}


def save_encoder(folder, kind="wav2vec2", *, attention_mask=False, **fields):
    """Save a small random encoder as their authors publish them: without a head for audio classification."""
    torch.manual_seed(0)
    if kind == "whisper":
        WhisperForConditionalGeneration(WhisperConfig(**SMALL_WHISPER | fields)).save_pretrained(folder)
        WhisperFeatureExtractor(feature_size=20, chunk_length=1).save_pretrained(folder)
        return folder
    config = AutoConfig.for_model(kind, **SMALL | fields)
    AutoModel.from_config(config).save_pretrained(folder)
    extractor = Wav2Vec2FeatureExtractor(return_attention_mask=attention_mask, do_normalize=False)
    extractor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return save_encoder(tmp_path_factory.mktemp("encoders") / "small")


def recipe(checkpoint="", config=None, training=None, **encoder):
    model = {"family": "pretrained", "checkpoint": str(checkpoint), "config": config or {}, "encoder": encoder}
    return recipe_from_mapping({"name": "test", "model": model, "training": training or {}})


def from_nothing(config=None, **encoder):
    config = {"model_type": "wav2vec2", **SMALL, **(config or {})}
    return recipe(config=config, freeze_feature_encoder=False, **encoder)


def batch(described, seconds=(1.0, 1.0)):
    extractor = pretrained.load_extractor(described)
    waves = [synthetic_voice(length, seed=seed) for seed, length in enumerate(seconds)]
    return extractor(waves, sampling_rate=16_000, padding=True, return_tensors="pt")


@pytest.mark.parametrize("kind", pretrained.KINDS)
def test_every_kind_learns_on_from_its_own_weights(kind, tmp_path):
    described = recipe(save_encoder(tmp_path / "encoder", kind), weighted_layers=True, gradient_checkpointing=True)
    model = pretrained.load_model(described, LABELS)
    saved = safetensors.torch.load_file(tmp_path / "encoder" / "model.safetensors")
    loaded = model.state_dict()
    encoder = {key: value for key, value in loaded.items() if key.partition(".")[0] not in HEAD_PARTS}
    assert len(encoder) > 30
    for name, value in encoder.items():
        [same] = [key for key in saved if name.endswith(key) or key.endswith(f".{name}")]
        torch.testing.assert_close(value, saved[same])
    model(**batch(described)).logits.sum().backward()
    weights = dict(model.named_parameters())
    learned = {name for name, weight in weights.items() if weight.grad is not None and weight.grad.any()}
    convolutions = {name for name in weights if "feature_extractor." in name or ".conv1." in name or ".conv2." in name}
    without_effect = {name for name in weights if name.endswith(("k_proj.bias", "linear_k.bias"))}  # softmax drops it
    assert convolutions and not learned & convolutions
    assert {name for name in weights if "layers." in name} - convolutions - without_effect <= learned
    assert model.config.id2label == dict(enumerate(LABELS)) and len(model.layer_weights) == 3


def save_classifier(folder, labels):
    described = recipe(save_encoder(folder / "base"))
    model = pretrained.load_model(described, labels)
    model.save_pretrained(folder / "model")
    pretrained.load_extractor(described).save_pretrained(folder / "model")
    return folder / "model", model


def test_a_head_for_the_same_labels_is_kept_and_any_other_renewed(tmp_path, caplog):
    caplog.set_level("INFO")
    folder, model = save_classifier(tmp_path, LABELS)
    again = pretrained.load_model(recipe(folder), LABELS)
    torch.testing.assert_close(again.classifier.weight, model.classifier.weight)
    torch.testing.assert_close(again.projector.weight, model.projector.weight)
    assert "goes on learning" in caplog.messages[-1]
    for labels in (LABELS[::-1], ("a", "b", "c"), ("neutral", "happy")):
        other = pretrained.load_model(recipe(folder), labels)
        assert "a new one learns" in caplog.messages[-1] and other.classifier.out_features == len(labels)
        assert not torch.isclose(other.projector.weight, model.projector.weight).any()
        assert list(other.config.id2label.values()) == list(labels)
    weighted = pretrained.load_model(recipe(folder, weighted_layers=True), LABELS)
    assert "a new one learns" in caplog.messages[-1] and weighted.layer_weights.tolist() == pytest.approx([1 / 3] * 3)
    weighted.layer_weights.data[:] = torch.tensor([0.0, 1.0, 2.0])
    weighted.save_pretrained(folder)
    assert pretrained.load_model(recipe(folder), LABELS).layer_weights.tolist() == [0.0, 1.0, 2.0]


def edit_weights(folder, change):
    path = folder / "model.safetensors"
    weights = safetensors.torch.load_file(path)
    change(weights)
    safetensors.torch.save_file(weights, path, metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda weights: weights.pop("encoder.layers.1.feed_forward.output_dense.weight"), "missing weights"),
        (lambda weights: weights.update({"encoder.layers.2.layer_norm.bias": torch.zeros(16)}), "unexpected weights"),
        (lambda weights: weights.update({"feature_projection.projection.bias": torch.zeros(5)}), "mismatched weights"),
    ],
)
def test_an_encoder_that_does_not_load_completely_is_refused(tmp_path, change, words):
    folder = save_encoder(tmp_path / "encoder")
    edit_weights(folder, change)
    with pytest.raises(CheckpointError, match=words):
        pretrained.load_model(recipe(folder), LABELS)


def test_what_authors_leave_out_or_store_otherwise_is_no_obstacle(tmp_path):
    model = Wav2Vec2ForCTC(Wav2Vec2Config(**SMALL)).half()
    model.config.save_pretrained(tmp_path)
    weights = {name: weight for name, weight in model.state_dict().items() if "masked_spec_embed" not in name}
    torch.save(weights, tmp_path / "pytorch_model.bin")  # the file that facebook/wav2vec2-base has
    loaded = pretrained.load_model(recipe(tmp_path), LABELS)
    assert {weight.dtype for weight in loaded.parameters()} == {torch.float32}
    expected = model.wav2vec2.feature_projection.projection.weight.float()
    torch.testing.assert_close(loaded.wav2vec2.feature_projection.projection.weight, expected)


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def test_weights_that_would_run_code_are_refused(tmp_path):
    Wav2Vec2Config(**SMALL).save_pretrained(tmp_path)
    torch.save({"encoder.layers": Evil(tmp_path / "ran")}, tmp_path / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        pretrained.load_model(recipe(tmp_path), LABELS)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("mask", [False, True])
def test_a_mask_only_where_the_extractor_gives_one_and_the_level_never(tmp_path, mask):
    described = recipe(save_encoder(tmp_path / "encoder", attention_mask=mask))
    assert ("attention_mask" in batch(described)) is mask
    extractor = pretrained.load_extractor(described)
    loud, quiet = (
        extractor(gain * synthetic_voice(1.0), sampling_rate=16_000)["input_values"][0] for gain in (1, 0.1)
    )
    np.testing.assert_allclose(loud, quiet, atol=0.01)  # of a deviation of 1
    norm = {"feat_extract_norm": "layer" if mask else "group"}
    assert pretrained.load_extractor(from_nothing(norm)).return_attention_mask is mask


def test_gradients_are_the_same_when_values_are_computed_again():
    gradients = []
    for again in (False, True):
        torch.manual_seed(0)
        none = {"mask_time_prob": 0.0, "hidden_dropout": 0.0, "attention_dropout": 0.0, "layerdrop": 0.0}
        described = from_nothing({**none, "activation_dropout": 0.0}, gradient_checkpointing=again)
        model = pretrained.load_model(described, LABELS).train()
        model(**batch(described)).logits[:, 0].sum().backward()
        gradients.append(model.wav2vec2.encoder.layers[0].attention.v_proj.weight.grad)
    torch.testing.assert_close(*gradients)
    assert gradients[0].abs().max() > 0


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"layers": 3}, "Unknown key model.config.layers; .*Wav2Vec2Config"),
        ({"id2label": {}}, "Unknown key model.config.id2label"),
        ({"hidden_size": "big"}, "hidden_size"),
        ({"hidden_size": 15}, "divisible"),
        ({"num_attention_heads": 0}, "num_attention_heads is 0"),
        ({"num_hidden_layers": 0}, "num_hidden_layers is 0; it must be at least 1"),
        ({"conv_dim": [8]}, "conv_stride"),
        ({"conv_stride": [50, 50, 50]}, "[Kk]ernel"),
        ({"mask_time_length": 300}, "mask_time_length is 300, but a clip of 0.3 s has only"),
        ({"model_type": "bert"}, "'bert'; family pretrained takes wav2vec2"),
    ],
)
def test_a_wrong_config_is_one_sentence(config, words):
    with pytest.raises(RecipeError, match=words) as caught:
        pretrained.load_model(from_nothing(config), LABELS)
    assert "\n" not in str(caught.value)


def test_what_cannot_be_used_is_one_sentence(encoder, tmp_path, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(RecipeError, match="pip install peft"):
        patch.setitem(sys.modules, "peft", None)
        pretrained.load_model(recipe(encoder, lora_rank=4), LABELS)
    with pytest.raises(RecipeError, match="freeze_feature_encoder=false"):
        pretrained.load_model(recipe(config={"model_type": "wav2vec2"}), LABELS)
    with pytest.raises(CheckpointError, match="nobody/nothing cannot be loaded"):
        pretrained.load_extractor(recipe("nobody/nothing"))
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        pretrained.load_model(recipe(tmp_path), LABELS)
    Wav2Vec2FeatureExtractor(sampling_rate=8_000).save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="8000 Hz"):
        pretrained.load_extractor(recipe(tmp_path))
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(RecipeError, match="is 'bert'"):
        pretrained.load_model(recipe(tmp_path), LABELS)
    with pytest.raises(RecipeError, match=r"Unknown key model\.config\.layers"):
        pretrained.load_model(recipe(encoder, {"layers": 1}), LABELS)
    front_end = {"family": "pretrained", "checkpoint": str(encoder), "front_end": {"n_fft": 512}}
    with pytest.raises(RecipeError, match=r"model\.front_end is of no use"):
        pretrained.load_extractor(recipe_from_mapping({"name": "test", "model": front_end}))


FOREIGN_PROCESS = """
import json, sys
import numpy as np
sys.modules["emotion_hf"] = None  # any import of the package fails
from transformers import pipeline
classify = pipeline("audio-classification", model=sys.argv[1])
print(json.dumps({one["label"]: one["score"] for one in classify(np.load(sys.argv[2]), top_k=None)}))
"""
RECIPE = """
name: tiny
data: {split: "speakers:1", validation: 1, max_seconds: 1.0, labels: {low: [sad, calm], high: [angry, surprised]}}
model: {family: pretrained, checkpoint: CHECKPOINT}
training: {epochs: 3, batch_size: 2, learning_rate: 5e-3, warmup: 0, early_stopping: 0}
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("tiny"), speakers=4)


def train(checkpoint, corpus, folder, *overrides):
    (folder / "tiny.yaml").write_text(RECIPE.replace("CHECKPOINT", str(checkpoint)))
    arguments = [str(folder / "tiny.yaml"), "--data", f"ravdess={corpus}", *overrides]
    return main([*arguments, "--output", str(folder / "model")])


def scores_of(folder, wave):
    return EmotionRecognizer.from_pretrained(folder)((16_000, wave)).scores


def test_the_trained_head_is_there_for_everybody(encoder, corpus, tmp_path, monkeypatch):
    trained = {}
    make_plain = learning.make_plain

    def keep(model, settings):
        trained.update(temperature=model.config.logit_temperature, head=model.classifier.weight.detach().clone())
        make_plain(model, settings)

    monkeypatch.setattr(learning, "make_plain", keep)
    options = ["model.encoder.weighted_layers=true", "model.encoder.freeze_base=0.4", "model.encoder.lora_rank=2"]
    assert train(encoder, corpus, tmp_path, *options, "model.encoder.layer_decay=0.9") == 0
    folder, wave = tmp_path / "model", synthetic_voice(1.3)
    saved = safetensors.torch.load_file(folder / "model.safetensors")
    assert trained["temperature"] != 1
    torch.testing.assert_close(saved["classifier.weight"], trained["head"] / trained["temperature"])
    assert (saved["layer_weights"] != saved["layer_weights"].mean()).any()  # they have learned too
    config = json.loads((folder / "config.json").read_text())
    assert "logit_temperature" not in config and 0.5 <= config["not_sure_below"] < 1
    assert json.loads((folder / "run.json").read_text())["recipe"]["model"]["checkpoint"] == "small"
    np.save(tmp_path / "wave.npy", wave)
    command = [sys.executable, "-c", FOREIGN_PROCESS, str(folder), str(tmp_path / "wave.npy")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == pytest.approx(scores_of(folder, wave), abs=1e-5)


class Interrupt(TrainerCallback):
    """Stops a training as Ctrl-C does, once its second epoch is saved."""

    def on_save(self, args, state, control, **kwargs):
        if state.epoch >= 2:
            raise KeyboardInterrupt


@pytest.mark.parametrize("option", ["model.encoder.freeze_base=0.8", "model.encoder.lora_rank=2"])
def test_an_interrupted_training_goes_on_to_the_same_weights(option, encoder, corpus, tmp_path, monkeypatch):
    options = [option, "data.validation=0"]
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    assert train(encoder, corpus, tmp_path / "whole", *options) == 0
    with monkeypatch.context() as patch:
        patch.setattr(finetune, "make_callbacks", lambda *_, **__: [Interrupt()])
        assert train(encoder, corpus, tmp_path / "parts", *options) == 130
    assert train(encoder, corpus, tmp_path / "parts", *options, "--resume") == 0
    whole, parts = (
        safetensors.torch.load_file(tmp_path / name / "model" / "model.safetensors") for name in ("whole", "parts")
    )
    torch.testing.assert_close(parts, whole)
    first = safetensors.torch.load_file(encoder / "model.safetensors")
    dense = "encoder.layers.0.feed_forward.output_dense.weight"
    assert not torch.equal(whole[f"wav2vec2.{dense}"], first[dense])


def test_whisper_hears_its_full_length_with_augmentation_and_in_batches(corpus, tmp_path):
    checkpoint = save_encoder(tmp_path / "encoder", "whisper")
    options = [
        "augmentation.gain_db=12",
        "augmentation.mixup_alpha=0.4",
        "training.epochs=1",
        "training.precision=bf16",
    ]
    assert train(checkpoint, corpus, tmp_path, *options) == 0
    recognizer = EmotionRecognizer.from_pretrained(tmp_path / "model")
    waves = [synthetic_voice(seconds, seed=seed) for seed, seconds in enumerate((0.5, 1.0, 1.7))]
    together = recognizer.predict(waves)
    for wave, answer in zip(waves, together, strict=True):
        assert recognizer.predict([wave])[0].scores == pytest.approx(answer.scores, abs=1e-5)


def test_scores_do_not_depend_on_the_batch_where_the_extractor_has_no_mask(encoder, corpus, tmp_path):
    described = recipe(encoder, training={"batch_size": 4})
    assert pretrained.evaluation_batch_size(described, pretrained.load_extractor(described)) == 1
    masked = recipe(save_encoder(tmp_path / "encoder", attention_mask=True), training={"batch_size": 4})
    assert pretrained.evaluation_batch_size(masked, pretrained.load_extractor(masked)) == 4
    folder, _ = save_classifier(tmp_path, LABELS)
    recognizer = EmotionRecognizer.from_pretrained(folder)
    waves = [synthetic_voice(seconds, seed=seed) for seed, seconds in enumerate((0.6, 1.9))]
    for wave, answer in zip(waves, recognizer.predict(waves), strict=True):
        assert recognizer.predict([wave])[0].scores == pytest.approx(answer.scores, abs=1e-6)
