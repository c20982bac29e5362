"""`emotion-hf transcribe`: a tiny Whisper that writes a given text, and a fake model of emotions."""

import importlib
import json

import numpy as np
import pytest
import soundfile

from emotion_hf import cli
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import FakeClassifier, synthetic_voice
from tests.test_text_emotion import save_bert
from tests.tiny_whisper import save_whisper


class FakeScorer:
    """Scores by length."""

    labels, not_sure_below, batch_size = ("happy", "neutral"), 0.0, 4

    def answers(self, waves):
        """Return probabilities, and no intensities."""
        fake = FakeClassifier(self.labels)
        return np.array([[*fake.predict([wave])[0].scores.values()] for wave in waves]), None


@pytest.fixture
def recording(tmp_path, monkeypatch):
    """A stereo recording whose second channel is silent, and a fake model to load."""
    command = importlib.import_module("emotion_hf.cli.transcribe")  # the package has a function of this name
    monkeypatch.setattr(command, "load_recognizer", lambda settings: EmotionRecognizer(FakeScorer(), "fake"))
    voice = synthetic_voice(3.0)
    soundfile.write(tmp_path / "call.wav", np.stack([voice, 0 * voice], 1), 16_000)
    return tmp_path / "call.wav"


@pytest.fixture
def whisper(tmp_path):
    return save_whisper(tmp_path / "whisper", " i am furious")


def run(capsys, *words, status=0) -> tuple[str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["transcribe", *map(str, words)])
    out, err = capsys.readouterr()
    assert ended.value.code == status, err
    return out, err


def test_words_are_printed_with_their_emotion_and_files_are_written(recording, whisper, capsys):
    srt = recording.with_suffix(".srt")
    out, err = run(capsys, recording, "--transcriber", whisper, "--output", srt, "--output", srt.with_suffix(".txt"))
    assert ": i am furious\n" in out and ("happy" in out or "neutral" in out)
    assert f"Wrote {srt}" in err and "i am furious" in srt.read_text() and srt.with_suffix(".txt").read_text() == out


def test_the_settings_name_the_models(recording, whisper, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("EMOTION_HF_TRANSCRIBER", str(whisper))
    monkeypatch.setenv("EMOTION_HF_TEXT_EMOTION", str(save_bert(tmp_path / "bert")))
    plain = json.loads(run(capsys, recording, "--json", "--weight", 1, "--language", "de")[0])
    assert (plain["text"], plain["language"], plain["model"]) == ("i am furious", "de", "whisper")
    opinions = plain["opinions"]
    assert opinions["model"] == "bert" and set(opinions["text"]) == {"happy", "neutral"}
    assert opinions["together"]["scores"] == pytest.approx(opinions["text"])


def test_a_silent_channel_has_no_words(recording, whisper, tmp_path, capsys):
    text = save_bert(tmp_path / "bert")
    out, _ = run(capsys, recording, "--transcriber", whisper, "--channel", 1, "--text-emotion", text)
    assert out.startswith("No words were found.\n") and "Words: nothing" in out


@pytest.mark.parametrize(
    ("options", "status", "complaint"),
    [
        ((), 2, "add --transcriber openai/whisper-base, or set EMOTION_HF_TRANSCRIBER"),
        (("--output", "x.doc"), 2, "must end in .txt, .srt, .json"),
        (("--transcriber", "nobody/none"), 1, "the Hub, which may have this model, cannot be reached"),
    ],
)
def test_what_cannot_be_used_is_said_before_the_work(recording, capsys, options, status, complaint):
    assert complaint in run(capsys, recording, *options, status=status)[1]


def test_wrong_languages_and_text_models_are_refused(recording, whisper, tmp_path, capsys):
    assert (
        "does not know the language 'xx'"
        in run(capsys, recording, "--transcriber", whisper, "--language", "xx", status=2)[1]
    )
    stranger = save_bert(tmp_path / "bert", own=("good", "bad"))
    _, err = run(capsys, recording, "--transcriber", whisper, "--text-emotion", stranger, status=1)
    assert "names none of the emotions happy, neutral" in err
