"""One contract for every backbone, and the loss against torch's own."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from huggingface_hub.errors import StrictDataclassError
from transformers import pipeline

from emotion_hf.models import SpectrogramConfig, SpectrogramFeatureExtractor, SpectrogramForAudioClassification
from emotion_hf.models.spectrogram.frontend_spectrogram import AMPLITUDES, DESCRIPTORS, FrontEnd
from emotion_hf.models.spectrogram.modeling_spectrogram import BACKBONES, POOLINGS, classification_loss, fixed_windows
from emotion_hf.testing import synthetic_voice
from tests.exported import assert_compiles, assert_exports, voices

LABELS = ("neutral", "happy", "sad")
SMALL = {"widths": [4, 8], "blocks": 1, "hidden_size": 16, "num_bins": 40}
FIXED_LENGTH = {
    "mfcc_cnn": {"num_frames": 60},
    "mlp": {"num_frames": 60, "statistics_bins": [0, 3], "widths": [16, 16]},
}
FOREIGN_PROCESS = """
import json, sys
import numpy as np
sys.modules["emotion_hf"] = None  # any import of the package fails
from transformers import pipeline
wave, scores = np.load("wave.npy"), {}
for name in sys.argv[1:]:
    classify = pipeline("audio-classification", model="./" + name, trust_remote_code=True)
    answers = classify([wave, wave[:12_000]], top_k=None, batch_size=2)
    scores[name] = [{one["label"]: one["score"] for one in answer} for answer in answers]
print(json.dumps(scores))
"""


def small_extractor() -> SpectrogramFeatureExtractor:
    return SpectrogramFeatureExtractor(num_mel_bins=40)


def small_model(**fields) -> SpectrogramForAudioClassification:
    torch.manual_seed(0)
    names = dict(enumerate(LABELS))
    fields = SMALL | FIXED_LENGTH.get(fields.get("backbone", ""), {}) | fields
    config = SpectrogramConfig(**fields, id2label=names, label2id={name: i for i, name in names.items()})
    model = SpectrogramForAudioClassification(config).eval()
    model.standardize.mean.fill_(-40.0)
    model.standardize.deviation.fill_(20.0)
    return model


def scrambled(model: SpectrogramForAudioClassification) -> SpectrogramForAudioClassification:
    """Give batch norm statistics as after a training, so that a test sees what they do."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean, std=0.3)
            torch.nn.init.uniform_(module.bias, -0.3, 0.3)
    return model


@pytest.fixture(params=list(BACKBONES))
def backbone(request) -> str:
    return request.param


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_padded_batch_equals_single_clips(backbone, pooling):
    model = scrambled(small_model(backbone=backbone, pooling=pooling))
    extractor = small_extractor()
    waves = [synthetic_voice(seconds, seed=seed) for seed, seconds in enumerate((0.5, 1.3, 2.017))]
    with torch.inference_mode():
        together = model(**extractor(waves)).logits
        alone = torch.cat([model(**extractor(wave)).logits for wave in waves])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)


def test_save_and_load_gives_equal_logits(backbone, tmp_path):
    model = scrambled(small_model(backbone=backbone, logit_temperature=1.7, class_weights=[1.0, 2.0, 0.5]))
    model.save_pretrained(tmp_path)
    again, info = SpectrogramForAudioClassification.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    features = torch.randn(2, 77, 1, model.config.num_bins)
    with torch.inference_mode():
        assert torch.equal(again.eval()(features).logits, model(features).logits)


@pytest.fixture(scope="module")
def foreign_scores(tmp_path_factory) -> dict[str, list[dict[str, float]]]:
    """Save every backbone, and ask `pipeline` about two clips in one process that cannot import this package."""
    folder = tmp_path_factory.mktemp("models")
    np.save(folder / "wave.npy", synthetic_voice(1.1))
    for name in BACKBONES:
        scrambled(small_model(backbone=name)).save_pretrained(folder / name)
        small_extractor().save_pretrained(folder / name)
    command = [sys.executable, "-c", FOREIGN_PROCESS, *BACKBONES]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_round_trip_in_a_process_without_this_package(backbone, foreign_scores):
    model, extractor = scrambled(small_model(backbone=backbone)), small_extractor()
    wave = synthetic_voice(1.1)
    for given, scores in zip((wave, wave[:12_000]), foreign_scores[backbone], strict=True):
        with torch.inference_mode():
            expected = model(**extractor(given)).logits.softmax(-1)[0].tolist()
        assert scores == pytest.approx(dict(zip(LABELS, expected, strict=True)), abs=1e-5)


def test_overfits_one_batch_with_finite_loss(backbone):
    model = small_model(backbone=backbone, dropout=0.0).train()
    inputs, labels = 20 * torch.randn(6, 50, 1, model.config.num_bins) - 40, torch.tensor([0, 1, 2, 0, 1, 2])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(60):
        loss = model(inputs, labels=labels).loss
        assert torch.isfinite(loss)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.1
    assert (model(inputs).logits.argmax(-1) == labels).all()


def test_gradients_reach_every_weight_and_the_input(backbone):
    pooling = "mean" if backbone in FIXED_LENGTH else "attentive"  # a single frame leaves no choice to attention
    model, extractor = small_model(backbone=backbone, pooling=pooling), small_extractor()
    inputs = extractor(voices(0.6, 0.9))
    inputs["input_values"].requires_grad_()
    model(**inputs, labels=torch.tensor([0, 2])).loss.backward()
    assert [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()] == []
    end = int(inputs["attention_mask"][0].sum())
    gradient = inputs["input_values"].grad
    assert gradient[0, :end].any() and gradient[1].any() and not gradient[0, end:].any() and gradient.isfinite().all()


COUNTS = ("zcr", "rolloff")  # descriptors that small changes of the samples leave as they are


@pytest.mark.parametrize("amplitude", AMPLITUDES)
@pytest.mark.parametrize("descriptor", [name for name in DESCRIPTORS if name not in COUNTS])
def test_gradients_pass_the_front_end(descriptor, amplitude):
    waves = torch.from_numpy(np.stack(voices(0.6, 0.6)))
    waves[0, 2_000:4_000] = waves[1, 8_000:] = 0.0  # silence in a clip, and beyond its end
    waves.requires_grad_()
    features, _ = FrontEnd(features=[descriptor, *COUNTS], amplitude=amplitude)(waves, torch.tensor([9_600, 8_000]))
    features.square().sum().backward()
    assert waves.grad.isfinite().all() and waves.grad[0].any() and waves.grad[1].any()


STATES = {  # the standardised features, then each stage, for 101 frames of 40 bins in two clips
    "bilstm": [(2, 1, 40, 101), (2, 101, 16)],
    "cnn": [(2, 1, 40, 101), (2, 4, 20, 51), (2, 8, 10, 26)],
    "cnn_bilstm_attention": [(2, 1, 40, 101), (2, 4, 51), (2, 8, 26), (2, 26, 32), (2, 26, 16), (2, 26, 16)],
    "mfcc_cnn": [(4, 1, 40, 60), (4, 4, 20, 30), (4, 8, 10, 15)],  # each clip has two windows
    "mlp": [(4, 1, 40, 60), (4, 16), (4, 16)],
    "resnet": [(2, 1, 40, 101), (2, 4, 40, 101), (2, 8, 20, 51)],
    "transformer": [(2, 1, 40, 101), (2, 101, 16), (2, 101, 16)],
}


@torch.inference_mode()
def test_states_are_those_of_each_stage(backbone):
    model = small_model(backbone=backbone)
    inputs = small_extractor()(voices(1.0, 1.0))
    plain, output = model(**inputs), model(**inputs, output_hidden_states=True)
    assert plain.hidden_states is None and torch.equal(plain.logits, output.logits)
    assert [tuple(state.shape) for state in output.hidden_states] == STATES[backbone]
    features = (inputs["input_values"].permute(0, 2, 3, 1) + 40) / 20
    torch.testing.assert_close(output.hidden_states[0][..., :60][:1], features[:1, ..., :60])
    logits, states = model(**inputs, output_hidden_states=True, return_dict=False)
    assert torch.equal(logits, output.logits) and len(states) == len(output.hidden_states)
    model.config.output_hidden_states = True
    assert len(model(**inputs).hidden_states) == len(states)


def test_the_network_is_the_same_in_an_exported_graph(backbone):
    model, extractor = scrambled(small_model(backbone=backbone)), small_extractor()
    assert_exports(model, lambda *seconds: extractor(voices(*seconds)))


def test_the_network_is_the_same_compiled(backbone):
    model, extractor = scrambled(small_model(backbone=backbone)), small_extractor()
    is_recurrent = "lstm" in backbone  # torch.compile leaves torch's LSTM as it is
    assert_compiles(
        model,
        lambda *seconds: extractor(voices(*seconds)),
        fullgraph=not is_recurrent,
        any_size=backbone == "resnet",
    )


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_other_precisions_answer_through_a_pipeline(backbone, dtype):
    model, extractor, wave = scrambled(small_model(backbone=backbone)), small_extractor(), synthetic_voice(1.0)
    with torch.inference_mode():
        expected = model(**extractor(wave)).logits.softmax(-1)[0].tolist()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = model(**extractor(wave)).logits.float().softmax(-1)[0].tolist()
    assert rough == pytest.approx(expected, abs=0.05)
    classify = pipeline("audio-classification", model=model.to(dtype), feature_extractor=extractor)
    answers = {answer["label"]: answer["score"] for answer in classify(wave, top_k=None)}
    assert [answers[label] for label in LABELS] == pytest.approx(expected, abs=0.05)


def test_windows_cover_the_clip_and_share_its_answer():
    lengths = torch.tensor([3, 10, 8])
    mask = (torch.arange(10)[None] < lengths[:, None]).float()
    frames = torch.arange(1.0, 11.0).expand(3, 1, 2, 10) * mask[:, None, None]
    windows, kept, shares = fixed_windows(frames, mask, 4)
    first = windows.unflatten(0, (3, 3))[:, :, 0, 0].tolist()
    assert first[0][0] == [1, 2, 3, 0] and kept[0].tolist() == [1, 1, 1, 0]
    assert first[1] == [[1, 2, 3, 4], [4, 5, 6, 7], [7, 8, 9, 10]]
    assert first[2][:2] == [[1, 2, 3, 4], [5, 6, 7, 8]]
    torch.testing.assert_close(shares, torch.tensor([[1.0, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 0]]))


def test_temperature_divides_the_logits():
    features = torch.randn(1, 50, 1, 40)
    plain, warm = small_model(), small_model(logit_temperature=2.0)
    torch.testing.assert_close(warm(features).logits, plain(features).logits / 2)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weights", [None, [0.5, 1.0, 3.0]])
def test_loss_equals_torch(smoothing, weights):
    logits, labels = torch.randn(5, 3), torch.tensor([0, 2, 1, 1, 0])
    weight = None if weights is None else torch.tensor(weights)
    expected = torch.nn.CrossEntropyLoss(weight=weight, label_smoothing=smoothing)(logits, labels)
    torch.testing.assert_close(classification_loss(logits, labels, None, weight, smoothing), expected)
    one_hot = torch.nn.functional.one_hot(labels, 3).float()
    torch.testing.assert_close(classification_loss(logits, one_hot, None, weight, smoothing), expected)


def test_a_label_the_corpus_does_not_have_gets_no_gradient():
    logits = torch.randn(2, 3, requires_grad=True)
    mask = torch.tensor([[True, True, False], [True, True, True]])
    classification_loss(logits, torch.tensor([0, 1]), mask, label_smoothing=0.1).backward()
    assert logits.grad[0, 2] == 0 and logits.grad[1, 2] != 0
    without = classification_loss(logits[:1, :2].detach(), torch.tensor([0]), label_smoothing=0.1)
    torch.testing.assert_close(
        classification_loss(logits[:1].detach(), torch.tensor([0]), mask[:1], None, 0.1), without
    )


@pytest.mark.parametrize("fields", [{"backbone": "vgg"}, {"pooling": "max"}])
def test_an_unknown_name_lists_the_known_ones(fields):
    with pytest.raises(ValueError, match=f"Unknown {next(iter(fields))} .* choose one of"):
        small_model(**fields)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"backbone": "mlp"}, "'mlp' needs num_frames"),
        ({"backbone": "mfcc_cnn"}, "'mfcc_cnn' needs num_frames"),
        ({"statistics_bins": [0]}, "is for the backbone 'mlp'; leave it out for 'resnet'"),
        ({"backbone": "mlp", "num_frames": 60, "num_bins": 40, "statistics_bins": [40]}, "must be from 0 to 39"),
    ],
)
def test_what_a_backbone_would_ignore_or_lacks_is_refused(fields, words):
    with pytest.raises(StrictDataclassError, match=words):
        SpectrogramConfig(**fields)
