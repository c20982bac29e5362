"""`emotion-hf timeline`: options in this process with a fake model."""

import importlib
import json

import numpy as np
import pytest
import soundfile

from emotion_hf import cli
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import FakeClassifier, synthetic_voice


class FakeScorer:
    """Scores by length."""

    labels, not_sure_below, batch_size = ("happy", "sad"), 0.0, 4

    def answers(self, waves):
        """Return probabilities, and no intensities."""
        fake = FakeClassifier(self.labels)
        return np.array([[*fake.predict([wave])[0].scores.values()] for wave in waves]), None


@pytest.fixture
def recording(tmp_path, monkeypatch):
    """A stereo recording whose second channel is silent, and a fake model to load."""
    command = importlib.import_module("emotion_hf.cli.timeline")  # the package has a function of this name
    monkeypatch.setattr(command, "load_recognizer", lambda settings: EmotionRecognizer(FakeScorer(), "fake"))
    voice = np.concatenate([synthetic_voice(3.0), np.zeros(48_000, np.float32), synthetic_voice(5.0, seed=2)])
    soundfile.write(tmp_path / "call.wav", np.stack([voice, 0 * voice], 1), 16_000)
    return tmp_path / "call.wav"


def run(capsys, *words) -> tuple[str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["timeline", *map(str, words)])
    assert ended.value.code == 0
    return capsys.readouterr()


def test_bands_shares_and_moments_are_printed_and_files_written(recording, capsys):
    page = recording.with_suffix(".html")
    out, err = run(capsys, recording, "--output", page, "--output", page.with_suffix(".srt"))
    assert "no speech" in out and "Speaking time: " in out and "Strongest moments: " in out
    assert f"Wrote {page}" in err and "call.wav" in page.read_text() and page.with_suffix(".srt").is_file()


def test_one_json_object_with_the_chosen_channel_and_window(recording, capsys):
    out, _ = run(capsys, recording, "--json", "--window", 2, "--step", 1, "--no-centre")
    plain = json.loads(out)
    assert plain["duration_seconds"] == pytest.approx(11.0) and not plain["is_centred"] and len(plain["windows"]) > 3
    silent, _ = run(capsys, recording, "--json", "--channel", 1)
    assert json.loads(silent)["windows"] == []


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--window", "0.2"), "A window of 0.2 s cannot be used"),
        (("--step", "9"), "A step of 9 s cannot be used"),
        (("--output", "x.doc"), "must end in .json, .csv, .srt, .html"),
    ],
)
def test_what_cannot_be_used_is_said_before_the_work(recording, capsys, options, complaint):
    with pytest.raises(SystemExit) as ended:
        cli.main(["timeline", str(recording), *options])
    assert ended.value.code == 2 and complaint in capsys.readouterr().err


def test_two_speakers_are_told_apart_and_one_can_be_chosen(recording, capsys):
    both = np.concatenate([synthetic_voice(7.0, 105), synthetic_voice(7.0, 230, seed=2), synthetic_voice(4.0, 105)])
    soundfile.write(recording, both, 16_000)
    out, _ = run(capsys, recording, "--speakers", 2)
    assert "speaker A: " in out and "Speaking time of A: " in out and "Speaking time of B: " in out
    own, _ = run(capsys, recording, "--speaker", "b", "--json")
    plain = json.loads(own)
    assert {window["speaker"] for window in plain["windows"]} == {"B"}
    assert {band["name"] for band in plain["bands"] if band.get("speaker") == "A"} == {"other speaker"}


def test_a_speaker_who_is_not_there_is_reported(recording, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["timeline", str(recording), "--speaker", "C"])
    assert ended.value.code == 2 and "There is no speaker 'C'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        (("--speakers", "3"), 2, "3 speakers cannot be told apart"),
        (("--embedder", "no/such/model"), 1, "The speaker-verification model no/such/model cannot be loaded"),
    ],
)
def test_speakers_that_cannot_be_told_apart_are_refused(recording, capsys, options, code, complaint):
    with pytest.raises(SystemExit) as ended:
        cli.main(["timeline", str(recording), *options])
    assert ended.value.code == code and complaint in capsys.readouterr().err


def test_notes_are_in_the_text_and_in_all_files(recording, capsys):
    voice, _ = soundfile.read(recording)
    inverted = recording.with_name("inverted.wav")
    soundfile.write(inverted, np.stack([voice[:, 0], -voice[:, 0]], 1), 16_000)
    note = "Only the left channel is used, because the channels cancel each other out."
    files = [inverted.with_suffix(suffix) for suffix in (".html", ".csv", ".json")]
    out, _ = run(capsys, inverted, *(word for file in files for word in ("--output", file)))
    assert out.endswith(f"\n\n{note}\n")
    assert all(note in file.read_text(encoding="utf-8") for file in files)
    plain = json.loads(files[2].read_text(encoding="utf-8"))
    assert plain["notes"] == plain["overall"]["notes"] == [note]
    out, _ = run(capsys, inverted, "--json", "--channel", 1, "--track", 0)
    assert json.loads(out)["notes"] == []
