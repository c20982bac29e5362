"""The contract of the waveform family, as the spectrogram family keeps it."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from transformers import AutoFeatureExtractor, AutoModelForAudioClassification, Wav2Vec2FeatureExtractor, pipeline

from emotion_hf.models import WaveformConfig, WaveformForAudioClassification
from emotion_hf.testing import synthetic_voice
from tests.exported import assert_compiles, assert_exports, voices

LABELS = ("neutral", "happy", "sad")
FOREIGN_PROCESS = """
import json, sys
import numpy as np
sys.modules["emotion_hf"] = None  # any import of the package fails
from transformers import pipeline
classify = pipeline("audio-classification", model=sys.argv[1], trust_remote_code=True)
print(json.dumps({one["label"]: one["score"] for one in classify(np.load(sys.argv[2]), top_k=None)}))
"""


def extractor() -> Wav2Vec2FeatureExtractor:
    return Wav2Vec2FeatureExtractor(return_attention_mask=True)


def small_model(**fields) -> WaveformForAudioClassification:
    torch.manual_seed(0)
    names = dict(enumerate(LABELS))
    sizes = {"scales": [9, 33], "scale_width": 4, "widths": [8, 8], "head": [8]}
    config = WaveformConfig(**sizes | fields, id2label=names, label2id={name: i for i, name in names.items()})
    model = WaveformForAudioClassification(config).eval()
    for module in model.modules():  # as after a training, so that a test sees what batch norm does beyond a clip's end
        if isinstance(module, torch.nn.BatchNorm1d):
            torch.nn.init.normal_(module.running_mean, std=0.3)
            torch.nn.init.uniform_(module.bias, -0.3, 0.3)
    return model


def test_a_padded_batch_equals_single_clips():
    model = small_model()
    waves = [synthetic_voice(seconds, seed=seed) for seed, seconds in enumerate((0.5, 1.3, 2.017))]
    with torch.inference_mode():
        together = model(**extractor()(waves, sampling_rate=16_000, padding=True, return_tensors="pt")).logits
        alone = [model(**extractor()(wave, sampling_rate=16_000, return_tensors="pt")).logits for wave in waves]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-5, rtol=1e-4)


def batch_of(*seconds: float):
    return extractor()(voices(*seconds), sampling_rate=16_000, padding=True, return_tensors="pt")


def test_gradients_reach_every_weight_and_the_input():
    model, inputs = small_model(), batch_of(0.6, 0.9)
    inputs["input_values"].requires_grad_()
    model(**inputs, labels=torch.tensor([0, 2])).loss.backward()
    assert [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()] == []
    gradient, end = inputs["input_values"].grad, int(inputs["attention_mask"][0].sum())
    assert gradient[0, :end].any() and gradient[1].any() and not gradient[0, end:].any() and gradient.isfinite().all()


@torch.inference_mode()
def test_states_are_those_of_each_stage():
    model, inputs = small_model(), batch_of(0.5, 1.0)
    plain, output = model(**inputs), model(**inputs, output_hidden_states=True)
    assert plain.hidden_states is None and torch.equal(plain.logits, output.logits)
    assert [tuple(state.shape) for state in output.hidden_states] == [(2, 8, 400), (2, 8, 100), (2, 8, 25)]
    assert not output.hidden_states[0][0, :, 200:].any() and output.hidden_states[0][0, :, 199].any()
    logits, states = model(**inputs, output_hidden_states=True, return_dict=False)
    assert torch.equal(logits, output.logits) and torch.equal(states[2], output.hidden_states[2])


def test_the_network_is_the_same_in_an_exported_graph():
    assert_exports(small_model(), batch_of)


def test_the_network_is_the_same_compiled():
    assert_compiles(small_model(), batch_of)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_other_precisions_answer_through_a_pipeline(dtype):
    model, wave = small_model(), synthetic_voice(1.0)
    with torch.inference_mode():
        expected = model(**batch_of(1.0)).logits.softmax(-1)[0].tolist()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = model(**batch_of(1.0)).logits.float().softmax(-1)[0].tolist()
    assert rough == pytest.approx(expected, abs=0.05)
    classify = pipeline("audio-classification", model=model.to(dtype), feature_extractor=extractor())
    answers = {answer["label"]: answer["score"] for answer in classify(wave, top_k=None)}
    assert [answers[label] for label in LABELS] == pytest.approx(expected, abs=0.05)


def test_level_does_not_matter():
    model, wave = small_model(), synthetic_voice(1.0)
    with torch.inference_mode():
        loud, quiet = (
            model(**extractor()(gain * wave, sampling_rate=16_000, return_tensors="pt")).logits for gain in (1, 0.1)
        )
    torch.testing.assert_close(loud, quiet, atol=1e-3, rtol=1e-3)


def test_overfits_one_batch_with_finite_loss():
    model = small_model(dropout=0.0).train()
    waves, labels = torch.randn(6, 8000), torch.tensor([0, 1, 2, 0, 1, 2])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(60):
        loss = model(waves, labels=labels).loss
        assert torch.isfinite(loss)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.1


def test_loss_is_weighted_smoothed_cross_entropy_for_numbers_and_for_probabilities():
    weights = [0.5, 1.0, 3.0]
    model, waves = small_model(class_weights=weights, label_smoothing=0.2), torch.randn(4, 4000)
    labels = torch.tensor([0, 2, 1, 1])
    with torch.inference_mode():
        outputs = model(waves, labels=labels)
        softly = model(waves, labels=torch.nn.functional.one_hot(labels, 3).float()).loss
    loss = torch.nn.CrossEntropyLoss(torch.tensor(weights), label_smoothing=0.2)
    torch.testing.assert_close(outputs.loss, loss(outputs.logits, labels))
    one_hot = torch.nn.functional.one_hot(labels, 3).float()
    torch.testing.assert_close(softly, loss(outputs.logits, one_hot))


def test_round_trips_here_and_in_a_process_without_this_package(tmp_path):
    model, wave = small_model(logit_temperature=1.7), synthetic_voice(1.1)
    model.save_pretrained(tmp_path / "model")
    extractor().save_pretrained(tmp_path / "model")
    again = AutoModelForAudioClassification.from_pretrained(tmp_path / "model").eval()
    inputs = AutoFeatureExtractor.from_pretrained(tmp_path / "model")(wave, sampling_rate=16_000, return_tensors="pt")
    with torch.inference_mode():
        expected = model(**inputs).logits
        torch.testing.assert_close(again(**inputs).logits, expected)
    np.save(tmp_path / "wave.npy", wave)
    command = [sys.executable, "-c", FOREIGN_PROCESS, str(tmp_path / "model"), str(tmp_path / "wave.npy")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout.splitlines()[-1])
    assert scores == pytest.approx(dict(zip(LABELS, expected.softmax(-1)[0].tolist(), strict=True)), abs=1e-5)
