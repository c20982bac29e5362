"""The encoder family: one contract for encoders that take log-mels and encoders that take samples."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, WhisperFeatureExtractor, WhisperModel, pipeline

from emotion_hf.models import EncoderConfig, EncoderFeatureExtractor, EncoderForAudioClassification
from emotion_hf.models.encoder.modeling_encoder import pooled
from emotion_hf.testing import synthetic_voice

LABELS = ("neutral", "happy", "sad")
WHISPER = {"d_model": 32, "encoder_layers": 3, "encoder_attention_heads": 2, "encoder_ffn_dim": 64}
SAMPLES = {
    "conv_dim": [16, 16],
    "conv_kernel": [10, 8],
    "conv_stride": [20, 16],
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
    "mask_time_prob": 0.0,
}
ENCODERS = {
    "whisper": WHISPER,
    "wav2vec2": SAMPLES | {"feat_extract_norm": "group"},  # pretrained without a mask: padding would change it
    "hubert": SAMPLES | {"feat_extract_norm": "layer", "do_stable_layer_norm": True},
    "wavlm": SAMPLES,
}
FOREIGN_PROCESS = """
import json, sys
import numpy as np, torch
sys.modules["emotion_hf"] = None  # any import of the package fails
from transformers import pipeline
wave, scores = np.load("wave.npy"), {}
for name in sys.argv[1:]:
    for dtype in ("auto", "bfloat16"):
        classify = pipeline("audio-classification", model="./" + name, trust_remote_code=True, dtype=dtype)
        answers = classify([wave, wave[:12_000]], top_k=None, batch_size=2)
        scores[f"{name} {dtype}"] = [{one["label"]: one["score"] for one in answer} for answer in answers]
print(json.dumps(scores))
"""


@pytest.fixture(params=list(ENCODERS))
def kind(request) -> str:
    return request.param


def small_extractor(kind: str) -> EncoderFeatureExtractor:
    if kind == "whisper":
        return EncoderFeatureExtractor()
    return EncoderFeatureExtractor(features="samples", feature_size=1)


def small_model(kind: str, **fields) -> EncoderForAudioClassification:
    torch.manual_seed(0)
    config = EncoderConfig(
        encoder=AutoConfig.for_model(kind, **ENCODERS[kind]),
        pooled_layers=[1, 3],
        id2label=dict(enumerate(LABELS)),
        label2id={name: number for number, name in enumerate(LABELS)},
        **fields,
    )
    model = EncoderForAudioClassification(config).eval()
    torch.nn.init.normal_(model.classifier.weight, std=0.15)  # far from one another's answers
    return model


@torch.inference_mode()
def scores(model, extractor, waves) -> torch.Tensor:
    return model(**extractor(waves)).logits.softmax(-1)


def test_an_embedding_is_the_mean_and_deviation_of_the_frames_that_count():
    states = torch.tensor([[[1.0, 2.0], [3.0, 2.0], [50.0, 50.0]]])
    embedding = pooled(states, torch.tensor([[True, True, False]]))
    torch.testing.assert_close(embedding, torch.tensor([[2.0, 2.0, 1.0, 1e-3]]))


def test_a_padded_batch_equals_single_clips(kind):
    model, extractor = small_model(kind), small_extractor(kind)
    waves = [synthetic_voice(seconds, seed=seed) for seed, seconds in enumerate((0.5, 1.3, 2.017, 0.3))]
    together = scores(model, extractor, waves)
    alone = torch.cat([scores(model, extractor, wave) for wave in waves])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
    assert alone.std(0).max() > 0.005, "the clips have to differ for this to say anything"


def test_level_and_offset_change_nothing(kind):
    model, extractor, wave = small_model(kind), small_extractor(kind), synthetic_voice(1.0)
    usual = scores(model, extractor, wave)
    torch.testing.assert_close(scores(model, extractor, 0.01 * wave), usual, atol=1e-3, rtol=0)
    torch.testing.assert_close(scores(model, extractor, wave + np.float32(0.3)), usual, atol=1e-3, rtol=0)


def test_log_mels_and_states_are_those_of_whisper_itself():
    wave = np.tile(synthetic_voice(6.0), 5)
    wave = wave - wave.mean()
    theirs = WhisperFeatureExtractor(feature_size=80)(
        wave * (0.5 / np.abs(wave).max()), sampling_rate=16_000, return_tensors="pt"
    ).input_features
    ours = EncoderFeatureExtractor()(wave)["input_values"]
    torch.testing.assert_close(ours.transpose(1, 2), theirs, atol=2e-5, rtol=0)

    model = small_model("whisper")
    whisper = WhisperModel(
        AutoConfig.for_model("whisper", decoder_layers=1, decoder_attention_heads=2, **WHISPER)
    ).eval()
    whisper.encoder.load_state_dict(model.encoder.state_dict())
    with torch.inference_mode():
        expected = whisper.encoder(theirs, output_hidden_states=True).hidden_states[1]
        embedding = model.embed(theirs.transpose(1, 2))
    torch.testing.assert_close(embedding[:, :32], expected.mean(1), atol=1e-5, rtol=0)


def test_save_and_load_stores_half_and_computes_float32(kind, tmp_path):
    model, extractor = small_model(kind, intensity=True, logit_temperature=1.7), small_extractor(kind)
    model.scale.mean.normal_(), model.scale.deviation.uniform_(0.5, 2)
    model.save_pretrained(tmp_path)
    stored = load_file(tmp_path / "model.safetensors")
    assert {weight.dtype for name, weight in stored.items() if name.startswith("encoder.")} == {torch.float16}
    assert stored["classifier.weight"].dtype == stored["scale.mean"].dtype == torch.float32

    again, info = EncoderForAudioClassification.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info[name] for name in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert again.dtype == torch.float32
    assert again.config.logit_temperature == 1.7
    wave = synthetic_voice(1.0)
    torch.testing.assert_close(scores(again, extractor, wave), scores(model, extractor, wave), atol=2e-3, rtol=0)


@pytest.fixture(scope="module")
def foreign_scores(tmp_path_factory) -> dict[str, list[dict[str, float]]]:
    """Save every kind, and ask `pipeline` about two clips in one process that cannot import this package."""
    folder = tmp_path_factory.mktemp("models")
    np.save(folder / "wave.npy", synthetic_voice(1.1))
    for name in ENCODERS:
        small_model(name).save_pretrained(folder / name)
        small_extractor(name).save_pretrained(folder / name)
    command = [sys.executable, "-c", FOREIGN_PROCESS, *ENCODERS]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_round_trip_in_a_process_without_this_package(kind, foreign_scores):
    model, extractor, wave = small_model(kind), small_extractor(kind), synthetic_voice(1.1)
    for number, given in enumerate((wave, wave[:12_000])):
        expected = dict(zip(LABELS, scores(model, extractor, given)[0].tolist(), strict=True))
        assert foreign_scores[f"{kind} auto"][number] == pytest.approx(expected, abs=2e-3)
        assert foreign_scores[f"{kind} bfloat16"][number] == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_other_precisions_answer_through_a_pipeline(kind, dtype, tmp_path):
    model, extractor, wave = small_model(kind), small_extractor(kind), synthetic_voice(1.0)
    classify = pipeline("audio-classification", model=model.to(dtype), feature_extractor=extractor)
    assert sum(answer["score"] for answer in classify(wave, top_k=None)) == pytest.approx(1, abs=1e-2)
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.inference_mode():
        logits = small_model(kind)(**extractor(wave)).logits
    assert logits.isfinite().all()


def test_gradients_reach_every_layer_that_is_pooled(kind):
    model, extractor = small_model(kind), small_extractor(kind)
    inputs = extractor([synthetic_voice(0.6), synthetic_voice(0.9, seed=1)])
    model(**inputs, labels=torch.tensor([0, 2])).loss.backward()
    without = [name for name, weight in model.named_parameters() if weight.requires_grad and weight.grad is None]
    unused = ("layer_norm", "masked_spec_embed", "embed_positions")
    assert [name for name in without if not any(part in name for part in unused)] == []
    torch.testing.assert_close(model.classifier.weight.grad.sum(0), torch.zeros(128), atol=1e-4, rtol=0)


def test_it_overfits_one_batch(kind):
    model, extractor = small_model(kind).train(), small_extractor(kind)
    inputs = extractor([synthetic_voice(0.5, seed=seed) for seed in range(3)])
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(60):
        loss = model(**inputs, labels=torch.tensor([0, 1, 2])).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.1


def test_config_counts_and_checks_its_layers():
    assert EncoderConfig(encoder=WHISPER | {"model_type": "whisper"}).pooled_layers == [3]
    assert EncoderConfig(encoder=WHISPER | {"model_type": "whisper"}, pooled_layers=[0, 3]).embedding_size == 128
    with pytest.raises(ValueError, match="names layer 4, but the encoder keeps layers 0 to 3"):
        EncoderConfig(encoder=WHISPER | {"model_type": "whisper"}, pooled_layers=[4])


@pytest.mark.parametrize(
    ("wave", "words"),
    [
        (np.zeros((2, 16_000), np.float32), "it must be mono"),
        (np.zeros(800, np.float32), "0.05 s cannot be encoded"),
        (np.zeros(31 * 16_000, np.float32), "31.00 s cannot be encoded; give 0.1 to 30 s"),
        (np.full(16_000, np.nan, np.float32), "NaN, infinite"),
    ],
)
def test_the_extractor_refuses_what_is_no_recording(wave, words):
    with pytest.raises(ValueError, match=words):
        EncoderFeatureExtractor()([wave])
    with pytest.raises(ValueError, match="48000 Hz, but this model takes 16000 Hz"):
        EncoderFeatureExtractor()(np.zeros(16_000), sampling_rate=48_000)
