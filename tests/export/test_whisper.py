"""The twin of a Whisper-based model gives the scores of its network, and has no weights of its own."""

import json

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import Wav2Vec2Config

from emotion_hf.checkpoint import SUMS, seal, verify
from emotion_hf.errors import CheckpointError, SettingsError
from emotion_hf.export import add_twin, export_onnx
from emotion_hf.hub.push import check_model
from emotion_hf.models import EncoderFeatureExtractor
from emotion_hf.recognizer import DEFAULT_CHECKPOINT
from emotion_hf.scorers.network import load_network
from emotion_hf.scorers.onnx import load_onnx
from tests.tiny_encoder import save_network
from tests.tiny_twin import CPU, LABELS, WAVES, copy_model, edit, save_tiny, save_tiny_with_twin


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_tiny_with_twin(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def copied(tiny, tmp_path):
    return copy_model(tiny, tmp_path)


def assert_alike(twin, whole, waves, tolerance=2e-6):
    (scores, strengths), (expected, known) = twin.answers(waves), whole.answers(waves)
    np.testing.assert_allclose(scores, expected, atol=tolerance)
    if known is None:
        assert strengths is None
    else:
        np.testing.assert_allclose(strengths, known, atol=tolerance)


@pytest.mark.parametrize("waves", [WAVES, WAVES[1:2], WAVES[:1]], ids=["batch", "alone", "shortest"])
def test_the_scores_are_those_of_the_network(tiny, waves):
    assert_alike(load_onnx(tiny), load_network(tiny, CPU), waves)


def test_a_network_without_intensity_or_options_has_a_twin_too(tmp_path):
    add_twin(save_tiny(tmp_path))
    assert_alike(load_onnx(tmp_path), load_network(tmp_path, CPU), WAVES)


def test_the_longest_wave_and_extreme_ones_have_the_scores_of_the_network(tiny):
    twin, whole = load_onnx(tiny), load_network(tiny, CPU)
    rng = np.random.default_rng(3)
    waves = [np.zeros(16_000), 1e-6 * rng.normal(size=9_999), 1e6 * rng.normal(size=12_345), rng.normal(size=480_000)]
    for wave in waves:
        assert_alike(twin, whole, [wave.astype(np.float32)], 1e-5)


def test_weights_that_were_kept_in_single_precision_are_used(tmp_path):
    save_tiny(tmp_path)
    weights = {name: one.float() if one.is_floating_point() else one for name, one in _weights(tmp_path).items()}
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    add_twin(tmp_path)
    assert_alike(load_onnx(tmp_path), load_network(tmp_path, CPU), WAVES)


def test_the_model_that_ships_has_current_twins(tmp_path):
    for int8, name in ((False, "model.onnx"), (True, "model.int8.onnx")):
        made = export_onnx(DEFAULT_CHECKPOINT, tmp_path / name, int8=int8)
        assert made.read_bytes() == (DEFAULT_CHECKPOINT / name).read_bytes()  # otherwise export default again
        assert made.stat().st_size < 150_000
    twin = load_onnx(DEFAULT_CHECKPOINT)
    assert_alike(twin, twin.whole(), WAVES)
    assert twin.whole() is twin.whole()


def test_eight_bits_change_the_scores_little_and_no_other_wave_counts(tmp_path):
    twin = load_onnx(DEFAULT_CHECKPOINT, int8=True)
    expected = load_onnx(DEFAULT_CHECKPOINT).answers(WAVES)[0]
    found = np.concatenate([twin.answers([wave])[0] for wave in WAVES])
    assert 0 < np.abs(found - expected).max() < 0.06
    assert twin.batch_size == 1


def test_the_twin_consists_of_standard_operators_and_points_into_the_weights(tiny):
    model = onnx.load(tiny / "model.onnx", load_external_data=False)
    assert {node.domain for node in model.graph.node} == {""}
    stored = [one for one in model.graph.initializer if one.external_data]
    assert {entry.value for one in stored for entry in one.external_data if entry.key == "location"} == {
        "model.safetensors"
    }
    assert len(stored) > 50
    onnx.checker.check_model(str(tiny / "model.onnx"), full_check=True)
    metadata = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
    assert (metadata["labels"], metadata["not_sure_below"]) == ([*LABELS.values()], 0.4)


def test_the_folder_stays_sealed(copied):
    before = json.loads((copied / SUMS).read_text())
    twin = export_onnx(copied)
    assert verify(copied) == {**before, "model.onnx": verify(copied)["model.onnx"]}
    twin.write_bytes(twin.read_bytes() + b" ")
    with pytest.raises(CheckpointError, match=r"model\.onnx has changed since the model was saved"):
        load_onnx(copied)


def test_the_twin_is_published_with_its_model(copied):
    export_onnx(copied)
    assert check_model(copied)["model.onnx"] == copied / "model.onnx"


def test_another_output_gets_a_copy_of_the_model(copied, tmp_path_factory):
    output = tmp_path_factory.mktemp("exported") / "new" / "folder"
    assert export_onnx(copied, output) == output / "model.onnx" and not (copied / "model.onnx").exists()
    assert (output / "modeling_encoder.py").is_file()
    assert_alike(load_onnx(output), load_network(copied, CPU), WAVES)
    with pytest.raises(SettingsError, match="exists; name a new one"):
        export_onnx(copied, output)


def test_saving_other_weights_removes_the_twin_of_the_former_ones(copied):
    export_onnx(copied)
    save_tiny(copied)
    assert not (copied / "model.onnx").exists()
    verify(copied)


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
def test_an_unusual_configuration_has_no_twin(copied, name, change):
    edit(copied, name, change)
    assert add_twin(copied) is None and not (copied / "model.onnx").exists()


def test_unusual_weights_have_no_twin(copied):
    weights = _weights(copied)
    for changed in (
        weights | {"more": torch.zeros(1)},
        weights | {"classifier.bias": torch.zeros(4)},
        weights | {"classifier.bias": torch.zeros(3, dtype=torch.bfloat16)},
        {name: one for name, one in weights.items() if name != "scale.mean"},
    ):
        save_file(changed, copied / "model.safetensors")
        seal(copied)
        assert add_twin(copied) is None


def test_damaged_weights_are_refused_in_one_sentence(copied):
    (copied / "model.safetensors").write_bytes(b"damaged")
    seal(copied)
    with pytest.raises(CheckpointError, match=r"model\.safetensors cannot be read"):
        add_twin(copied)


def test_other_families_get_no_twin_when_saved(tmp_path):
    save_network(tmp_path / "cnn", LABELS.values())
    small = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 16, "num_hidden_layers": 1}
    wav2vec2 = Wav2Vec2Config(**small, conv_dim=[8], conv_kernel=[10], conv_stride=[5], num_feat_extract_layers=1)
    save_tiny(tmp_path / "wav2vec2", wav2vec2, EncoderFeatureExtractor(features="samples"))
    assert add_twin(tmp_path / "cnn") is None and add_twin(tmp_path / "wav2vec2") is None


def test_a_changed_or_unsound_model_is_refused(copied):
    weights = (copied / "model.safetensors").read_bytes()
    (copied / "model.safetensors").write_bytes(weights + b"\0")
    with pytest.raises(CheckpointError, match="has changed since the model was saved"):
        export_onnx(copied)
    (copied / "model.safetensors").write_bytes(weights)
    edit(copied, "config.json", lambda fields: fields.update(logit_temperature=0))
    with pytest.raises(CheckpointError, match="logit_temperature=0"):
        export_onnx(copied)


def test_a_weight_that_is_not_finite_is_named(copied):
    weights = _weights(copied)
    weights["scale.mean"][7] = float("nan")
    save_file(weights, copied / "model.safetensors")
    seal(copied)
    with pytest.raises(CheckpointError, match=r"not finite \(scale.mean\)"):
        export_onnx(copied)


def test_what_is_no_folder_of_a_network_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match=r"There is no folder someone/model; .* download its folder"):
        export_onnx("someone/model")
    with pytest.raises(CheckpointError, match="There is no model folder"):
        export_onnx(tmp_path / "missing")
    (tmp_path / "baseline.json").write_text("{}")
    with pytest.raises(CheckpointError, match="is a baseline, which has no ONNX twin"):
        export_onnx(tmp_path)


def _weights(folder):
    return load_file(folder / "model.safetensors")
