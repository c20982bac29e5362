"""A full disk and a folder that cannot be written: one sentence, whoever writes, and what was there stays."""

import contextlib
import errno
import json
import os
import shutil
import subprocess

import numpy as np
import pytest
import torch

from emotion_hf.answers import Answer, check_output, write_answers
from emotion_hf.baselines.cache import CachedFeatures
from emotion_hf.corpora import find_corpus
from emotion_hf.corpora.export import export_corpus
from emotion_hf.disk import read_json, writing
from emotion_hf.errors import CheckpointError, EmotionError, WriteError
from emotion_hf.evaluation.plots import save_curves
from emotion_hf.evaluation.report import write_document, write_report
from emotion_hf.evaluation.report_json import write_json
from emotion_hf.evaluation.sections import report_document
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import tiny_corpus
from emotion_hf.training.finetune import fine_tune
from emotion_hf.training.resume import keep_recipe
from emotion_hf.versions import Versions
from emotion_hf.versions import seal as make_version
from tests.baselines.test_baseline import make_baseline, make_features
from tests.evaluation.test_report import REPORT
from tests.test_recognizer import save_model
from tests.training.conftest import TINY

FULL, READ_ONLY = os.strerror(errno.ENOSPC), os.strerror(errno.EROFS)


@contextlib.contextmanager
def mounted(place, *options):
    place.mkdir()
    command = ["mount", "-t", "tmpfs", *options, "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture(params=[FULL, READ_ONLY])
def refusing(request, tmp_path):
    """A folder on a disk that is full, or that cannot be written, and what the system says about it."""
    if request.param == READ_ONLY:
        with mounted(tmp_path / "disk", "-o", "ro") as place:
            yield place, READ_ONLY
        return
    with mounted(tmp_path / "disk", "-o", "size=16k") as place:
        with contextlib.suppress(OSError), (place / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        yield place, FULL


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory):
    return EmotionRecognizer.from_pretrained(save_model(tmp_path_factory.mktemp("models") / "small"))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("corpus"), 3, 1, seconds=0.4)


def save_network(place, recognizer, corpus):
    from emotion_hf.checkpoint import save

    save(place / "model", recognizer.model, recognizer.extractor)


def save_baseline(place, recognizer, corpus):
    make_baseline(make_features(None)).save(place / "svm")


def keep_features(place, recognizer, corpus):
    CachedFeatures(make_features(None), place)([np.ones(8_000, np.float32)])


def draw_curves(place, recognizer, corpus):
    save_curves([{"loss": 1.0, "epoch": 1.0}, {"eval_loss": 1.0, "epoch": 1.0}], place / "report")


def report_as_json(place, recognizer, corpus):
    write_json(REPORT, place / "report.json")


def report(place, recognizer, corpus):
    write_report(REPORT, place / "report")


def document(place, recognizer, corpus):
    write_document(report_document(REPORT), place / "other", "gate")


def export(place, recognizer, corpus):
    export_corpus(find_corpus("ravdess"), corpus, place / "ravdess")


def begin_training(place, recognizer, corpus):
    keep_recipe(place / "run", recipe_from_mapping(TINY))


def train(place, recognizer, corpus):
    fine_tune(recipe_from_mapping(TINY), {"ravdess": corpus}, place / "run")


def write_csv(place, recognizer, corpus):
    write_answers(place / "answers.csv", [Answer(place / f"{number}.wav", error=200 * "x") for number in range(100)])


@pytest.mark.parametrize(
    "write",
    [
        *(save_network, save_baseline, keep_features, draw_curves, report_as_json, report, document),
        *(export, begin_training, train, write_csv),
    ],
)
def test_what_cannot_be_written_is_one_sentence(refusing, recognizer, corpus, write):
    place, words = refusing
    before = sorted(path.name for path in place.iterdir())
    with pytest.raises(EmotionError, match=words) as caught:
        write(place, recognizer, corpus)
    message = str(caught.value)
    assert "\n" not in message and str(place) in message and "Errno" not in message
    if write in (export, write_csv, keep_features):
        assert not [path for path in place.rglob("*") if path.name.endswith(".part")]
    if words == READ_ONLY:
        assert sorted(path.name for path in place.iterdir()) == before


def test_checking_the_output_of_predict_says_so_before_the_work(refusing):
    place, words = refusing
    with contextlib.ExitStack() as stack:
        if words == READ_ONLY:
            stack.enter_context(pytest.raises(EmotionError, match=words))
        check_output(place / "answers.csv")  # a full disk has room for an empty file


def test_a_training_whose_disk_fills_is_one_sentence(tmp_path, corpus):
    with mounted(tmp_path / "disk", "-o", "size=64k") as place:
        with pytest.raises(WriteError, match=f"Cannot write {place / 'run'}: {FULL}; free some space") as caught:
            fine_tune(recipe_from_mapping(TINY), {"ravdess": corpus}, place / "run")
        assert "\n" not in str(caught.value)


def test_versions_that_cannot_be_written_are_one_sentence(tmp_path):
    with mounted(tmp_path / "disk") as place:
        for name in ("retrained-1", "retrained-2"):
            (place / name).mkdir()
            (place / name / "model.safetensors").write_bytes(b"")
            gate = {"promoted": True, "sentence": "Yes."}
            make_version(place / name, parent="a", recipe={}, data={}, gate=gate)
        versions = Versions(place)
        versions.promote("retrained-1")
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        for change in (lambda: versions.promote("retrained-2"), versions.rollback):
            with pytest.raises(EmotionError, match=READ_ONLY):
                change()
        with pytest.raises(EmotionError, match=READ_ONLY):
            make_version(place / "retrained-1", parent="a", recipe={}, data={}, gate={})
        assert versions.current().name == "retrained-1"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, FULL), f"Cannot write here: {FULL}; free some space"),
        (
            PermissionError(errno.EACCES, "Permission denied", "x"),
            "Cannot write here: Permission denied; choose a place",
        ),
        (OSError("odd"), "Cannot write here: odd; choose a place"),
        (RuntimeError(f"I/O error: {FULL} (os error 28)"), f"Cannot write here: {FULL}; free some space"),
        (RuntimeError("[enforce fail] PytorchStreamWriter failed writing file data/1"), f"Cannot write here: {FULL}"),
    ],
)
def test_what_libraries_raise_counts_too(error, message):
    with pytest.raises(WriteError, match=f"^{message.replace('[', '.')}"), writing("here"):
        raise error


def test_other_errors_pass():
    for error in (RuntimeError("shape"), ValueError("x"), CheckpointError("It is damaged."), KeyboardInterrupt()):
        with pytest.raises(type(error)) as caught, writing("here"):
            raise error
        assert caught.value is error


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_torch_on_a_full_device_is_one_sentence():
    with pytest.raises(WriteError, match=FULL), writing("/dev/full"):
        torch.save({"a": torch.zeros(100_000)}, "/dev/full")


@pytest.mark.parametrize("content", [b"\xff", b"[", b"[" * 100_000, b'{"a":' * 100_000])
def test_json_that_cannot_be_read_is_a_value_error(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"."):
        read_json(tmp_path / "a.json")
    (tmp_path / "a.json").write_text(json.dumps({"a": 1}))
    assert read_json(tmp_path / "a.json") == {"a": 1}
