"""What is refused before it is loaded: networks larger than their weights, and indexes that lead elsewhere."""

import json
import logging
import shutil
import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
import safetensors.torch
import torch
from huggingface_hub import constants
from huggingface_hub.utils import _http
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import (
    HubertConfig,
    HubertForSequenceClassification,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForSequenceClassification,
    WavLMConfig,
    WavLMForSequenceClassification,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForAudioClassification,
)

from emotion_hf import weights as weights_module
from emotion_hf.baselines.embeddings import EncoderEmbeddings
from emotion_hf.errors import CheckpointError, EmotionError
from emotion_hf.models import WaveformConfig, WaveformForAudioClassification
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.training.build import build_extractor, build_model
from emotion_hf.training.pretrained_encoder import start_from
from emotion_hf.weights import Stored, building, check_files, stored
from tests.test_recognizer import save_model

LABELS = {"id2label": {0: "happy", 1: "sad"}, "label2id": {"happy": 0, "sad": 1}}
SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 37}
CONVOLUTIONS = {"conv_dim": (16, 16, 16), "conv_stride": (5, 4, 4), "conv_kernel": (10, 8, 8)}
OF_WAVES = SMALL | CONVOLUTIONS | {"num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2}
WHISPER = {"d_model": 16, "encoder_layers": 2, "encoder_attention_heads": 2, "encoder_ffn_dim": 16}


def _of_waves(config, network):
    return network(config(**OF_WAVES, **LABELS, classifier_proj_size=16)), Wav2Vec2FeatureExtractor()


NETWORKS = {
    "wav2vec2": lambda: _of_waves(Wav2Vec2Config, Wav2Vec2ForSequenceClassification),
    "hubert": lambda: _of_waves(HubertConfig, HubertForSequenceClassification),
    "wavlm": lambda: _of_waves(WavLMConfig, WavLMForSequenceClassification),
    "whisper": lambda: (
        WhisperForAudioClassification(WhisperConfig(**WHISPER, **LABELS, classifier_proj_size=16)),
        WhisperFeatureExtractor(),
    ),
    "waveform": lambda: (
        WaveformForAudioClassification(WaveformConfig(scale_width=4, widths=[8], **LABELS)),
        Wav2Vec2FeatureExtractor(return_attention_mask=True),
    ),
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Return a folder with a small network of a kind, made once."""
    made = {}

    def saved(kind):
        if kind not in made:
            torch.manual_seed(0)
            made[kind] = tmp_path_factory.mktemp("models") / kind
            for part in NETWORKS[kind]():
                part.save_pretrained(made[kind])
        return made[kind]

    return saved


def edited(folder, target, **values):
    """Return a copy of a model's folder with other values in its configuration."""
    shutil.copytree(folder, target)
    path = target / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    return target


@pytest.mark.parametrize("kind", NETWORKS)
def test_each_kind_of_network_is_loaded(saved, kind):
    assert EmotionRecognizer.from_pretrained(saved(kind)).labels == ("happy", "sad")


@pytest.mark.parametrize(
    ("kind", "bomb"),
    [
        ("wav2vec2", {"num_hidden_layers": 1_000_000}),
        ("hubert", {"num_hidden_layers": 1_000_000}),
        ("wavlm", {"num_hidden_layers": 1_000_000}),
        ("whisper", {"encoder_layers": 1_000_000, "num_hidden_layers": 1_000_000}),
        ("wav2vec2", {"hidden_size": 1_000_000_000, "num_attention_heads": 1}),
        ("wav2vec2", {"intermediate_size": 10**12}),
        ("whisper", {"max_source_positions": 10**12}),
        ("waveform", {"widths": [8] * 100_000}),
        ("waveform", {"scale_width": 10**9}),
        ("wav2vec2", {"num_labels": 10**9, "id2label": None, "label2id": None}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_network_far_larger_than_its_weights_is_refused_at_once(saved, tmp_path, kind, bomb):
    folder, started = edited(saved(kind), tmp_path / "bomb", **bomb), time.monotonic()
    with pytest.raises(CheckpointError) as caught:
        EmotionRecognizer.from_pretrained(folder)
    assert "\n" not in str(caught.value) and str(folder) in str(caught.value)
    assert time.monotonic() - started < 20  # it would take hours, or all memory


@pytest.mark.parametrize("bomb", [{"blocks": 1_000_000}, {"head": [10**9]}, {"widths": [10**9]}])
def test_our_own_networks_are_bounded_too(tmp_path, bomb):
    folder = edited(save_model(tmp_path / "model"), tmp_path / "bomb", **bomb)
    with pytest.raises(CheckpointError, match="far larger network than its"):
        EmotionRecognizer.from_pretrained(folder)


def test_encoders_are_bounded_as_features_and_as_a_start(saved, tmp_path):
    folder = edited(saved("wav2vec2"), tmp_path / "bomb", num_hidden_layers=1_000_000)
    with pytest.raises(CheckpointError, match="far larger network"):
        EncoderEmbeddings.from_pretrained(folder)
    with pytest.raises(CheckpointError, match="far larger network"):
        start_from(folder, ("happy", "sad"), {})


def test_pickled_weights_that_a_training_starts_from_are_bounded_too(saved, tmp_path):
    folder = edited(saved("wav2vec2"), tmp_path / "bomb", num_hidden_layers=1_000_000)
    torch.save(safetensors.torch.load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    size = stored(check_files(folder, pickled=True))
    assert size.tensors < 100 and size.elements < 100_000
    with pytest.raises(CheckpointError, match="far larger network"):
        start_from(folder, ("happy", "sad"), {})


def test_a_recipe_with_an_endless_network_is_one_sentence():
    recipe = recipe_from_mapping({"name": "a", "model": {"config": {"backbone": "resnet", "blocks": 1_000_000}}})
    with pytest.raises(EmotionError, match=r"model\.config is described as a far larger network"):
        build_model(recipe, build_extractor(recipe), ("happy", "sad"))


@pytest.mark.parametrize(
    "shard",
    ["pytorch_model.bin", "model.pt", "../other.safetensors", "/etc/weights.safetensors", "a/b.safetensors", "..", ""],
)
def test_an_index_names_safetensors_of_its_own_folder_only(saved, tmp_path, shard):
    folder = edited(saved("wav2vec2"), tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    names = safetensors.torch.load_file(folder / "model-1.safetensors")
    index = {"metadata": {}, "weight_map": dict.fromkeys(names, "model-1.safetensors")}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert EmotionRecognizer.from_pretrained(folder).labels == ("happy", "sad")
    index["weight_map"]["classifier.bias"] = shard
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(CheckpointError, match=r"weights are only loaded from \.safetensors files beside it"):
        EmotionRecognizer.from_pretrained(folder)


@pytest.mark.parametrize("content", [b"[]", b"{}", b'{"weight_map": []}', b"\xff", b"[" * 100_000])
def test_a_damaged_index_is_one_sentence(saved, tmp_path, content):
    folder = edited(saved("wav2vec2"), tmp_path / "model")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_bytes(content)
    with pytest.raises(CheckpointError, match="is damaged"):
        EmotionRecognizer.from_pretrained(folder)


def test_a_shard_that_is_missing_is_named(saved, tmp_path):
    folder = edited(saved("wav2vec2"), tmp_path / "model")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"classifier.bias": "gone.safetensors"}}')
    with pytest.raises(CheckpointError, match=r"gone\.safetensors cannot be loaded"):
        EmotionRecognizer.from_pretrained(folder)


@pytest.mark.parametrize(
    "head",
    [
        (2**63).to_bytes(8, "little") + b"{}",
        (10**9).to_bytes(8, "little") + b"{}",
        (100).to_bytes(8, "little"),
        (64).to_bytes(8, "little") + b'{"a":{"dtype":"F32","shape":[4000000000],"data_offsets":[0,4]}} ',
    ],
)
def test_an_absurd_header_is_one_sentence(saved, tmp_path, head):
    folder = edited(saved("wav2vec2"), tmp_path / "model")
    (folder / "model.safetensors").write_bytes(head)
    with pytest.raises(CheckpointError, match=r"model\.safetensors cannot be loaded") as caught:
        EmotionRecognizer.from_pretrained(folder)
    assert "\n" not in str(caught.value)


def test_an_adapter_and_weights_of_another_name_are_refused(saved, tmp_path):
    folder = edited(saved("wav2vec2"), tmp_path / "named", transformers_weights="adapter_model.bin")
    with pytest.raises(CheckpointError, match=r"names other weights than model\.safetensors"):
        EmotionRecognizer.from_pretrained(folder)
    folder = edited(saved("wav2vec2"), tmp_path / "adapted")
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "somebody/else"}')
    with pytest.raises(CheckpointError, match="contains an adapter"):
        EmotionRecognizer.from_pretrained(folder)


@pytest.mark.parametrize("values", [{"feature_size": 10**9}, {"n_fft": 10**9}, {"chunk_length": 10**9}])
def test_an_extractor_that_would_take_all_memory_is_refused(saved, tmp_path, values):
    folder = edited(saved("whisper"), tmp_path / "model")
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    with pytest.raises(CheckpointError, match=rf"preprocessor_config\.json has {next(iter(values))}=1e\+09; at most"):
        EmotionRecognizer.from_pretrained(folder)


def test_deep_nesting_is_one_sentence(saved, tmp_path):
    for file in ("config.json", "preprocessor_config.json"):
        folder = edited(saved("wav2vec2"), tmp_path / file)
        (folder / file).write_text('{"a":' + "[" * 100_000 + "]" * 100_000 + "}")
        with pytest.raises(CheckpointError, match="cannot be loaded") as caught:
            EmotionRecognizer.from_pretrained(folder)
        assert "\n" not in str(caught.value)


def test_only_what_the_block_builds_is_counted():
    def build_elsewhere():
        for _ in range(1_500):
            nn.Linear(1, 1)

    with building("It", Stored(1, 1)):
        other = threading.Thread(target=build_elsewhere)
        other.start(), other.join()
        nn.Linear(1, 1)
    refused = pytest.raises(CheckpointError, match="It is described as a far larger network than its 1 weights")
    with refused, building("It", Stored(1, 1)):
        build_elsewhere()
    build_elsewhere()  # afterwards nothing is


@pytest.fixture
def unreachable_hub(monkeypatch, tmp_path):
    """A Hub that refuses every connection, an empty cache, and the pauses that huggingface_hub makes."""
    pauses = []
    with socket.create_server(("127.0.0.1", 0)) as closed:  # its port is free again afterwards
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", f"{url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    )
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(_http, "time", SimpleNamespace(sleep=pauses.append))
    return pauses


@pytest.mark.parametrize(
    ("load", "sentence"),
    [
        (EmotionRecognizer.from_pretrained, "there is no such folder, and the Hub, which may have this model"),
        (EncoderEmbeddings.from_pretrained, "it is not on this machine, and the Hub cannot be reached; check"),
        (lambda name: start_from(name, ("happy", "sad"), {}), "it is not on this machine, and the Hub cannot be"),
    ],
)
def test_without_a_connection_there_is_one_sentence_and_no_second_attempt(unreachable_hub, capfd, load, sentence):
    with pytest.raises(CheckpointError, match=f"^The (model|encoder) me/voices cannot be loaded: {sentence}"):
        load("me/voices")
    assert unreachable_hub == [] and capfd.readouterr() == ("", "")


def test_a_model_that_was_downloaded_is_loaded_without_a_connection(unreachable_hub, tmp_path, capfd):
    stored_model = tmp_path / "cache" / "models--me--voices"
    save_model(stored_model / "snapshots" / "1234")
    (stored_model / "refs").mkdir()
    (stored_model / "refs" / "main").write_text("1234")
    assert EmotionRecognizer.from_pretrained("me/voices").name == "me/voices"
    assert unreachable_hub == [] and "Retrying" not in capfd.readouterr().err


LOAD_WITH_ANOTHER_WEIGHT = """
import sys
from emotion_hf.errors import CheckpointError
from emotion_hf.recognizer import EmotionRecognizer
try:
    EmotionRecognizer.from_pretrained(sys.argv[1])
except CheckpointError as error:
    print(error)
"""


def test_transformers_prints_no_table_and_no_bar_while_a_model_is_loaded(tmp_path):
    folder = save_model(tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    save_file(weights | {"extra": torch.zeros(1)}, folder / "model.safetensors", {"format": "pt"})
    (folder / "checksums.json").unlink(missing_ok=True)
    command = [sys.executable, "-c", LOAD_WITH_ANOTHER_WEIGHT, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "has unexpected weights (extra), so its predictions would be random" in done.stdout
    assert done.stderr == ""


def test_a_model_that_somebody_else_loads_is_as_loud_as_before(tmp_path):
    folder = save_model(tmp_path / "model")
    EmotionRecognizer.from_pretrained(folder)
    warning = logging.LogRecord("transformers", logging.WARNING, "", 1, "LOAD REPORT", (), None)
    with weights_module._quiet():
        assert not weights_module._may_be_printed(warning)
    assert weights_module._may_be_printed(warning)
