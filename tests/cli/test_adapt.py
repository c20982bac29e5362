"""``emotion-hf adapt``: from a folder of one voice to a model, and what is refused."""

import shutil

import pytest

from emotion_hf import cli
from emotion_hf.cli.adapt import NOTHING_LEARNED
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import tiny_corpus
from emotion_hf.training.finetune import fine_tune
from tests.tiny_encoder import encoder_recipe, save_whisper


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapt")
    save_whisper(folder / "whisper")
    corpus = tiny_corpus(folder / "corpus", 6, 1, seconds=0.7)
    fine_tune(encoder_recipe(folder / "whisper", "training.epochs=1"), {"ravdess": corpus}, folder / "base")
    return folder


@pytest.fixture(scope="module")
def clips(model):
    return sorted((model / "corpus").rglob("*.wav"))


@pytest.fixture
def run(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main(["adapt", *map(str, arguments)])
        return ended.value.code or 0, *capsys.readouterr()

    return run


def voice_of(folder):
    return EmotionRecognizer.from_pretrained(folder).model.voice


def test_folders_say_what_is_expressed(run, model, clips, tmp_path):
    for emotion, clip in zip(("angry", "calm", "calm"), clips, strict=False):
        (tmp_path / "anna" / emotion).mkdir(parents=True, exist_ok=True)
        shutil.copy(clip, tmp_path / "anna" / emotion)
    status, said, complained = run(tmp_path / "anna", "--output", tmp_path / "known", "--model", model / "base")
    assert (status, complained) == (0, "") and "(recordings: 1 angry, 2 calm)" in said
    voice = voice_of(tmp_path / "known")
    assert voice.clips == 3 and voice.offset.any() and voice.gain.any()


def test_a_table_says_what_is_expressed(run, model, clips, tmp_path):
    (tmp_path / "anna").mkdir()
    for number, clip in enumerate(clips[:2]):
        shutil.copy(clip, tmp_path / "anna" / f"{number}.wav")
    (tmp_path / "anna" / "metadata.csv").write_text("file_name,emotion\n0.wav,angry\n1.wav,sad\n")
    status, said, _ = run(tmp_path / "anna", "--output", tmp_path / "known", "--model", model / "base")
    assert status == 0 and "(recordings: 1 angry, 1 sad)" in said


@pytest.mark.parametrize(
    ("option", "used", "moved"), [((), "8 without labels", False), (("--ordinary",), "8 of ordinary speech", True)]
)
def test_recordings_without_labels(run, model, clips, tmp_path, option, used, moved):
    (tmp_path / "anna").mkdir()
    for clip in clips[:8]:  # all alike to random weights
        shutil.copy(clip, tmp_path / "anna")
    (tmp_path / "anna" / "metadata.csv").write_text("file_name,speaker\n" + f"{clips[0].name},anna\n")
    status, said, complained = run(
        tmp_path / "anna", "--output", tmp_path / "known", "--model", model / "base", *option
    )
    assert (status, complained) == (0, "") and (f"(recordings: {used})" in said) == moved
    voice = voice_of(tmp_path / "known")
    assert voice.clips == 8 and not voice.gain.any() and bool(voice.offset.any()) == moved
    assert (NOTHING_LEARNED in said) != moved


def test_what_cannot_be_done_is_said(run, model, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    status, _, said = run(tmp_path / "full", "--output", tmp_path / "full", "--model", model / "base")
    assert status == 1 and "is not empty; name another --output" in said
    status, _, said = run(tmp_path / "nobody", "--output", tmp_path / "new", "--model", model / "base")
    assert status == 1 and "There is no folder" in said and not (tmp_path / "new").exists()
