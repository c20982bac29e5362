"""Sums of what a model answers with: written whenever one is saved, compared whenever one is loaded."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from emotion_hf.baselines.baseline import load_baseline
from emotion_hf.checkpoint import count_parameters, fingerprint, save, seal, verify
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.errors import CheckpointError, WriteError
from emotion_hf.recognizer import EmotionRecognizer
from tests.test_recognizer import save_model


@pytest.fixture
def sealed(tmp_path):
    folder = save_model(tmp_path / "model")
    seal(folder)
    return folder


def test_the_sums_are_of_all_that_the_answers_depend_on(sealed):
    sums = json.loads((sealed / "checksums.json").read_text())
    files = {path.name for path in sealed.iterdir()} - {"checksums.json"}
    assert set(sums) == files and {"config.json", "modeling_spectrogram.py", "model.safetensors"} <= files
    assert sums["config.json"] == hashlib.sha256((sealed / "config.json").read_bytes()).hexdigest()
    verify(sealed)


def test_what_is_written_later_breaks_nothing(sealed):
    for name in ("README.md", "run.json", "evaluation.json", "manifest.json", "report.html"):
        (sealed / name).write_text("{}")
    (sealed / "report").mkdir()
    assert EmotionRecognizer.from_pretrained(sealed).labels == ("neutral", "happy", "sad")


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("change", "file", "words"),
    [
        (lambda folder: flip(folder / "model.safetensors", -9), "model.safetensors", "changed since"),
        (lambda folder: _edit(folder / "preprocessor_config.json", hop_length=80), "preprocessor_config", "changed"),
        (lambda folder: _edit(folder / "config.json", logit_temperature=2.0), "config.json", "changed since"),
        (lambda folder: flip(folder / "modeling_spectrogram.py", 0), "modeling_spectrogram.py", "changed since"),
        (lambda folder: (folder / "frontend_spectrogram.py").unlink(), "frontend_spectrogram.py", "no longer has"),
        (lambda folder: (folder / "other.safetensors").write_bytes(b""), "other.safetensors", "was added since"),
        (lambda folder: (folder / "model.safetensors.index.json").write_text("{}"), "index.json", "was added since"),
    ],
    ids=["weights", "extractor", "configuration", "code", "gone", "added", "index"],
)
def test_each_change_is_one_sentence_that_names_the_file_and_the_way_out(sealed, change, file, words):
    change(sealed)
    with pytest.raises(CheckpointError, match=words) as caught:
        EmotionRecognizer.from_pretrained(sealed)
    message = str(caught.value)
    assert file in message and "\n" not in message and "or remove its checksums.json if you changed" in message


def test_without_its_sums_a_folder_changed_on_purpose_is_loaded(sealed):
    _edit(sealed / "config.json", logit_temperature=2.0)
    (sealed / "checksums.json").unlink()
    assert EmotionRecognizer.from_pretrained(sealed).model.config.logit_temperature == 2.0


@pytest.mark.parametrize("content", [b"\xff", b"[", b"[]", b'{"a": 1}', b'{"../a": "0"}', b'{"a":' + b"[" * 100_000])
def test_damaged_sums_are_one_sentence(sealed, content):
    (sealed / "checksums.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"checksums\.json (is damaged|names)") as caught:
        EmotionRecognizer.from_pretrained(sealed)
    assert "\n" not in str(caught.value)


def test_the_model_that_ships_has_sums_of_its_files_as_they_are():
    verify(DEFAULT_MODEL_DIR)
    files = {"config.json", "preprocessor_config.json", "model.safetensors", "model.onnx", "model.int8.onnx"}
    files |= {path.name for path in DEFAULT_MODEL_DIR.glob("*.py")}
    assert json.loads((DEFAULT_MODEL_DIR / "checksums.json").read_text()).keys() == files
    attributes = Path(__file__).parents[1] / ".gitattributes"
    assert "emotion_hf/checkpoints/** -text" in attributes.read_text()  # or Windows would change line ends


def test_a_changed_byte_of_the_model_that_ships_is_found(tmp_path):
    shutil.copytree(DEFAULT_MODEL_DIR, tmp_path / "copy")
    flip(tmp_path / "copy" / "model.safetensors", 3_000_000)
    with pytest.raises(CheckpointError, match=r"model\.safetensors has changed since the model was saved"):
        EmotionRecognizer.from_pretrained(tmp_path / "copy")


def test_saving_again_seals_again_and_the_command_does_so_by_hand(tmp_path):
    recognizer = EmotionRecognizer.from_pretrained(save_model(tmp_path / "model"))
    for temperature in (1.5, 2.5):
        recognizer.model.config.logit_temperature = temperature
        save(tmp_path / "again", recognizer.model, recognizer.extractor)
        verify(tmp_path / "again")
    _edit(tmp_path / "again" / "config.json", logit_temperature=3.0)
    subprocess.run([sys.executable, "-m", "emotion_hf.checkpoint", str(tmp_path / "again")], check=True)
    assert EmotionRecognizer.from_pretrained(tmp_path / "again").model.config.logit_temperature == 3.0


def test_what_is_cut_short_while_it_is_saved_is_refused(tmp_path):
    recognizer = EmotionRecognizer.from_pretrained(save_model(tmp_path / "model"))
    save(tmp_path / "again", recognizer.model, recognizer.extractor)

    class Killed:
        def save_pretrained(self, folder):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save(tmp_path / "again", Killed())
    with pytest.raises(CheckpointError, match="was added since the model was saved"):
        EmotionRecognizer.from_pretrained(tmp_path / "again")  # which may be half old and half new


def test_a_file_in_the_way_is_one_sentence(tmp_path):
    recognizer = EmotionRecognizer.from_pretrained(save_model(tmp_path / "model"))
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(WriteError, match=f"Cannot write {place}: (File exists|Not a directory); choose a place"):
            save(place, recognizer.model, recognizer.extractor)


FROM_THE_HUB = """
import sys
from pathlib import Path
from emotion_hf.errors import EmotionError
from emotion_hf.recognizer import EmotionRecognizer
print(EmotionRecognizer.from_pretrained("me/emotions").labels)
weights = Path(sys.argv[1])
content = bytearray(weights.read_bytes())
content[-9] ^= 1
weights.write_bytes(content)
try:
    EmotionRecognizer.from_pretrained("me/emotions")
except EmotionError as error:
    print(error)
"""


def test_a_model_that_came_from_the_hub_is_compared_too(sealed, tmp_path):
    cache = tmp_path / "hub" / "models--me--emotions"
    shutil.copytree(sealed, cache / "snapshots" / "abc", ignore=shutil.ignore_patterns("*.py"))  # not fetched: ours
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text("abc")
    environment = os.environ | {"HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", FROM_THE_HUB, str(cache / "snapshots" / "abc" / "model.safetensors")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    labels, refusal = done.stdout.splitlines()
    assert labels == "('neutral', 'happy', 'sad')"
    assert "model.safetensors has changed since the model was saved" in refusal


def test_a_baseline_is_sealed_too(tmp_path):
    from tests.baselines.test_baseline import make_baseline, make_features

    make_baseline(make_features(None)).save(tmp_path / "svm")
    assert load_baseline(tmp_path / "svm").labels == ("happy", "sad", "angry")
    flip(tmp_path / "svm" / "baseline.skops", os.path.getsize(tmp_path / "svm" / "baseline.skops") // 2)
    with pytest.raises(CheckpointError, match=r"baseline\.skops has changed since the model was saved"):
        EmotionRecognizer.from_pretrained(tmp_path / "svm")


def _edit(path: Path, **values) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_saved_files_can_be_read_by_whom_the_umask_allows(tmp_path, umask, mode):
    class Part:
        def save_pretrained(self, folder):
            save_file({"a": torch.zeros(2)}, folder / "model.safetensors")  # which only its owner may read
            (folder / "config.json").write_text("{}")

    before = os.umask(umask)
    try:
        save(tmp_path / "model", Part())
    finally:
        os.umask(before)
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in (tmp_path / "model").iterdir()} == dict.fromkeys(
        ("checksums.json", "config.json", "model.safetensors"), oct(mode)
    )


def test_parameters_are_counted_in_all_files(tmp_path):
    assert count_parameters(tmp_path) is None
    save_file({"a": torch.zeros(2, 3), "b": torch.zeros(())}, tmp_path / "model-1.safetensors", {"format": "pt"})
    save_file({"c": torch.zeros(4, dtype=torch.float16)}, tmp_path / "model-2.safetensors")
    assert count_parameters(tmp_path) == 11


@pytest.mark.parametrize("content", [b"", b"weights", (2**40).to_bytes(8, "little"), b"\x02\0\0\0\0\0\0\0[]"])
def test_parameters_of_damaged_files_are_unknown(tmp_path, content):
    (tmp_path / "model.safetensors").write_bytes(content)
    assert count_parameters(tmp_path) is None


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_another_model_has_another_fingerprint(name, tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "config.json").write_text("{}")
    before = fingerprint(tmp_path)
    (tmp_path / "README.md").write_text("A card.")
    assert fingerprint(tmp_path) == before and len(before) == 64
    (tmp_path / name).write_bytes(b"others")
    assert fingerprint(tmp_path) != before
