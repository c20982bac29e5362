"""The encoder family: one contract for encoders that take log-mels and encoders that take samples."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import (
    ASTFeatureExtractor,
    AutoConfig,
    AutoFeatureExtractor,
    AutoModelForAudioClassification,
    SeamlessM4TFeatureExtractor,
    WhisperFeatureExtractor,
    WhisperModel,
    pipeline,
)

from emotion_hf.models import EncoderConfig, EncoderFeatureExtractor, EncoderForAudioClassification
from emotion_hf.models.encoder.modeling_encoder import pooled
from emotion_hf.testing import synthetic_voice
from tests.exported import assert_compiles, assert_exports, voices

LABELS = ("neutral", "happy", "sad")
BANDS, FRAMES = 40, 256
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
    "wav2vec2-bert": {
        "hidden_size": 32,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "feature_projection_input_dim": 2 * BANDS,
        "conv_depthwise_kernel_size": 5,
        "mask_time_prob": 0.0,
    },
    "audio-spectrogram-transformer": {
        "hidden_size": 32,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "num_mel_bins": BANDS,
        "max_length": FRAMES,
        "frequency_stride": 12,
    },
}
EXTRACTORS = {
    "whisper": {},
    "wav2vec2-bert": {"features": "filter_bank_pairs", "feature_size": BANDS},
    "audio-spectrogram-transformer": {"features": "filter_banks", "feature_size": BANDS, "max_length": FRAMES},
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
    return EncoderFeatureExtractor(**EXTRACTORS.get(kind, {"features": "samples", "feature_size": 1}))


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


UNUSED = {
    "whisper": {"encoder.layer_norm"},
    "hubert": {"encoder.encoder.layer_norm"},
    "audio-spectrogram-transformer": {"encoder.layernorm"},
}
"""A norm behind the last layer, whose states are pooled before it."""


def test_gradients_reach_every_weight_and_the_input(kind):
    model, extractor = small_model(kind, intensity=True), small_extractor(kind)
    torch.nn.init.normal_(model.voice.gain, std=0.1)
    inputs = extractor([synthetic_voice(0.6), synthetic_voice(0.9, seed=1)])
    inputs["input_values"].requires_grad_()
    output = model(**inputs, labels=torch.tensor([0, 2]))
    output.loss.backward(retain_graph=True)
    torch.testing.assert_close(model.classifier.weight.grad.sum(0), torch.zeros(128), atol=1e-4, rtol=0)
    output.intensity.sum().backward()
    weights = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    without = {name.rpartition(".")[0] for name, weight in weights if weight.grad is None or not weight.grad.any()}
    assert without == UNUSED.get(kind, set())
    reached = inputs["input_values"].grad.reshape(2, -1).abs().sum(1)
    assert (reached > 0).all() and reached.isfinite().all()


def test_samples_beyond_a_clips_end_have_no_gradient(kind):
    if kind == "audio-spectrogram-transformer":
        pytest.skip("this encoder sees the padding, as in its pretraining")
    model, extractor = small_model(kind), small_extractor(kind)
    inputs = extractor([synthetic_voice(0.6), synthetic_voice(0.9, seed=1)])
    inputs["input_values"].requires_grad_()
    model(**inputs, labels=torch.tensor([0, 2])).loss.backward()
    end = int(inputs["attention_mask"][0].sum())
    assert inputs["input_values"].grad[0, :end].any() and not inputs["input_values"].grad[0, end:].any()


def test_states_and_attentions_are_those_of_each_layer(kind):
    model, extractor = small_model(kind), small_extractor(kind)
    inputs = extractor([synthetic_voice(0.6), synthetic_voice(0.9, seed=1)])
    plain = model(**inputs)
    assert plain.hidden_states is None and plain.attentions is None
    if kind != "wavlm":
        with pytest.raises(ValueError, match=r'call model\.set_attn_implementation\("eager"\) first'):
            model(**inputs, output_attentions=True)
    model.set_attn_implementation("eager")
    output = model(**inputs, output_hidden_states=True, output_attentions=True)
    torch.testing.assert_close(output.logits, plain.logits, atol=1e-5, rtol=0)
    tokens = output.hidden_states[0].shape[1]
    assert [state.shape for state in output.hidden_states] == [(2, tokens, 32)] * 4
    assert [weights.shape for weights in output.attentions] == [(2, 2, tokens, tokens)] * 3
    for weights in output.attentions:
        torch.testing.assert_close(weights.sum(-1), torch.ones(2, 2, tokens), atol=1e-5, rtol=0)
    in_tuple = model(**inputs, output_hidden_states=True, return_dict=False)
    assert isinstance(in_tuple, tuple) and len(in_tuple) == 3  # logits, states, embeddings
    torch.testing.assert_close(in_tuple[0], output.logits, atol=0, rtol=0)
    torch.testing.assert_close(in_tuple[2], output.embeddings, atol=0, rtol=0)
    if kind != "audio-spectrogram-transformer":  # which has tokens that are not pooled
        first = output.hidden_states[1][1]  # of the first pooled layer and the longer clip
        torch.testing.assert_close(output.embeddings[1, :32], first.mean(0), atol=1e-5, rtol=0)


def test_heads_of_wavlm_differ():
    model, extractor = small_model("wavlm"), small_extractor("wavlm")
    first = model(**extractor(synthetic_voice(0.6)), output_attentions=True).attentions[0]
    assert (first[:, 0] - first[:, 1]).abs().max() > 1e-4


def test_kinds_that_let_padding_change_their_states_are_encoded_apart():
    sizes = SAMPLES | {"num_conv_pos_embeddings": 2, "conv_pos_kernel_size": 5}
    config = EncoderConfig(encoder=AutoConfig.for_model("data2vec-audio", **sizes), num_labels=3)
    torch.manual_seed(0)
    model, extractor = EncoderForAudioClassification(config).eval(), small_extractor("wav2vec2")
    waves = [synthetic_voice(seconds, seed=seed) for seed, seconds in enumerate((0.5, 1.3, 0.5))]
    alone = torch.cat([scores(model, extractor, wave) for wave in waves])
    torch.testing.assert_close(scores(model, extractor, waves), alone, atol=1e-5, rtol=0)


def test_round_trip_through_the_auto_classes(kind, tmp_path):
    model, extractor, wave = small_model(kind), small_extractor(kind), synthetic_voice(1.1)
    model.save_pretrained(tmp_path)
    extractor.save_pretrained(tmp_path)
    again = AutoModelForAudioClassification.from_pretrained(tmp_path, trust_remote_code=False)
    reader = AutoFeatureExtractor.from_pretrained(tmp_path, trust_remote_code=False)
    torch.testing.assert_close(reader(wave)["input_values"], extractor(wave)["input_values"], atol=0, rtol=0)
    torch.testing.assert_close(scores(again, reader, wave), scores(model, extractor, wave), atol=2e-3, rtol=0)


def test_filter_banks_are_those_of_the_pretraining():
    wave = synthetic_voice(1.5)
    scaled = wave - wave.mean()
    scaled = scaled * (0.5 / np.abs(scaled).max())
    theirs = ASTFeatureExtractor(num_mel_bins=BANDS, max_length=FRAMES)(
        scaled, sampling_rate=16_000, return_tensors="pt"
    )
    ours = small_extractor("audio-spectrogram-transformer")([wave, wave[:8_000]])
    torch.testing.assert_close(ours["input_values"][:1], theirs["input_values"], atol=1e-4, rtol=0)
    assert ours["attention_mask"].sum(1).tolist() == [148, 48] and ours["input_values"].shape == (2, FRAMES, BANDS)
    pairs = SeamlessM4TFeatureExtractor(num_mel_bins=BANDS)(scaled, sampling_rate=16_000, return_tensors="pt")
    ours = small_extractor("wav2vec2-bert")([wave, wave[:8_000]])
    torch.testing.assert_close(ours["input_values"][:1], pairs["input_features"], atol=1e-4, rtol=0)
    assert ours["attention_mask"].sum(1).tolist() == [74, 24]


def test_a_fixed_number_of_frames_limits_the_clip():
    with pytest.raises(ValueError, match=r"3\.00 s cannot be encoded; give 0\.1 to 2\.575 s"):
        small_extractor("audio-spectrogram-transformer")(synthetic_voice(3.0))
    with pytest.raises(ValueError, match="takes 256 frames, not 100"):
        small_model("audio-spectrogram-transformer")(torch.zeros(1, 100, BANDS))


def test_the_network_is_the_same_in_an_exported_graph(kind):
    model, extractor = small_model(kind), small_extractor(kind)
    fixed = kind == "audio-spectrogram-transformer"  # its number of frames is always the same
    assert_exports(model, lambda *seconds: extractor(voices(*seconds)), dynamic_length=not fixed)


def test_the_network_is_the_same_compiled(kind):
    model, extractor = small_model(kind), small_extractor(kind)
    any_size = kind in ("whisper", "wav2vec2")  # one that takes log-mels, and one that takes samples
    assert_compiles(model, lambda *seconds: extractor(voices(*seconds)), any_size=any_size)


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
