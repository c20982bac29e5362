"""`emotion-hf explain`: options in this process with a fake model."""

import importlib
import json

import numpy as np
import pytest
import soundfile

from emotion_hf import cli
from emotion_hf.testing import FakeClassifier, synthetic_voice


@pytest.fixture
def recording(tmp_path, monkeypatch):
    """Ten seconds of a voice, and a fake model to load."""
    command = importlib.import_module("emotion_hf.cli.explain")  # the package has a function of this name
    monkeypatch.setattr(command, "load_recognizer", lambda settings: FakeClassifier())
    soundfile.write(tmp_path / "call.wav", synthetic_voice(10.0), 16_000)
    return tmp_path / "call.wav"


def run(capsys, *words, status=0) -> tuple[str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["explain", *map(str, words)])
    assert ended.value.code == status
    return capsys.readouterr()


def test_a_part_is_explained_in_words_and_as_a_picture(recording, capsys):
    out, err = run(capsys, recording, "--start", 4, "--seconds", 1, "--output", recording.with_suffix(".png"))
    assert "Moments that decided:" in out and "pitch: " in out and "through a telephone: " in out
    assert "Wrote" in err and recording.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_what_must_be_known_about_the_recording_is_printed(recording, capsys):
    voice = synthetic_voice(2.0)
    soundfile.write(recording, np.stack([voice, -voice], axis=1), 16_000)
    assert (
        f"{recording}: Only the left channel is used, because the channels"
        in run(capsys, recording, "--seconds", 1)[1]
    )


def test_one_json_object(recording, capsys):
    plain = json.loads(run(capsys, recording, "--seconds", 1, "--json")[0])
    assert {"file", "prediction", "label", "moments", "what_if", "is_stable", "style"} <= plain.keys()


@pytest.mark.parametrize(
    ("options", "status", "complaint"),
    [
        ((), 1, "is 10.0 s long; choose a part of at most 8 s"),
        (("--start", "11"), 2, "--start 11 is after the end, at 10.0 s."),
        (("--output", "x.jpg"), 2, "Cannot write x.jpg: its name must end in .png."),
        (("--output", "nowhere/x.png"), 2, "Cannot write nowhere/x.png: No such file or directory"),
        (("--seconds", "1", "--emotion", "bored"), 1, "Unknown label 'bored'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(recording, capsys, options, status, complaint):
    assert complaint in run(capsys, recording, *options, status=status)[1]
