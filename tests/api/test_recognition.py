"""The API returns what the command line prints, and corrects for a voice as an adapted model does."""

import importlib
import io
import json

import numpy as np
import pytest
import soundfile

from emotion_hf import cli
from emotion_hf.adaptation import adapt
from emotion_hf.api.recognition import Recognition, Upload, Wanted
from emotion_hf.audio import load_audio
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice
from emotion_hf.turns import Turns

pytestmark = pytest.mark.skipif(
    not (DEFAULT_MODEL_DIR / "model.safetensors").is_file(), reason="needs the model that ships"
)
SECONDS = (2.0, 13.0)


@pytest.fixture(scope="module")
def recognizer():
    return EmotionRecognizer.from_pretrained(max_seconds=7200)


@pytest.fixture(scope="module")
def recognition(recognizer):
    return Recognition(lambda: (recognizer, DEFAULT_MODEL_DIR), Turns(at_once=1))


@pytest.fixture
def printed(recognizer, monkeypatch, tmp_path, capsys):
    """Return what a command prints about a recording as JSON, with the recording as an upload."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "_load_recognizer", lambda settings, labels: recognizer)
    timeline = importlib.import_module("emotion_hf.cli.timeline")  # the package has a function of this name
    monkeypatch.setattr(timeline, "load_recognizer", lambda settings: recognizer)

    def printed(seconds, *words):
        stereo = np.stack([synthetic_voice(seconds), synthetic_voice(seconds, 220.0, 1)], 1)
        soundfile.write("call.wav", stereo, 16_000)
        with pytest.raises(SystemExit) as ended:
            cli.main([*words, "call.wav", "--json"])
        assert ended.value.code == 0
        return json.loads(capsys.readouterr().out), upload(stereo)

    return printed


def upload(samples, name="call.wav"):
    file = io.BytesIO()
    soundfile.write(file, samples, 16_000, format="WAV")
    file.seek(0)
    return Upload(file, name, len(file.getbuffer()))


@pytest.mark.parametrize("seconds", SECONDS)
@pytest.mark.parametrize("channel", [None, 1])
def test_a_prediction_is_that_of_the_command_line(recognition, printed, seconds, channel):
    options = [] if channel is None else ["--channel", str(channel)]
    expected, given = printed(seconds, "predict", *options)
    answer = recognition.classify(given, Wanted(channel=channel))
    assert json.loads(json.dumps(answer)) == expected and list(answer) == list(expected)


@pytest.mark.parametrize("seconds", SECONDS)
def test_a_timeline_is_that_of_the_command_line(recognition, printed, seconds):
    expected, given = printed(seconds, "timeline")
    answer = recognition.classify(given, Wanted(timeline=True))
    assert json.loads(json.dumps(answer)) == expected and list(answer) == list(expected)
    assert answer["is_centred"]


@pytest.mark.parametrize("emotions", [None, ["happy", "sad", "angry"]])
@pytest.mark.parametrize("seconds", SECONDS)
def test_a_voice_corrects_as_an_adapted_model_does(recognition, recognizer, emotions, seconds):
    waves = [synthetic_voice(3.0, f0_hz, seed) for seed, f0_hz in enumerate((90.0, 160.0, 240.0))]
    learned = recognition.learn_voice([upload(wave) for wave in waves], emotions or ())
    adapted = adapt(recognizer, [as_written(wave) for wave in waves], emotions)
    clip = synthetic_voice(seconds, 120.0, 7)
    answer = recognition.classify(upload(clip), Wanted(voice=learned["voice"]))
    expected = adapted.predict([as_written(clip)])[0]
    assert answer["scores"] == pytest.approx(dict(expected.scores), abs=1e-5)
    assert answer["verdict"] == expected.verdict
    plain = recognition.classify(upload(clip))["scores"]
    assert (answer["scores"] == pytest.approx(plain, abs=1e-3)) is not bool(emotions)  # three unknown ones say little


def as_written(wave):
    """Return a wave as it is read from its upload, with 16 bits."""
    return load_audio(upload(wave).file)


def test_the_model_that_ships_is_described(recognition):
    (model,) = recognition.describe()["models"]
    assert (model["name"], model["languages"], model["adapts_to_voices"]) == (
        "emotion_hf/default",
        ["en", "ko", "pl"],
        True,
    )
    accuracy = model["accuracy"]
    assert accuracy["speakers_are_unseen"] and 0.7 < accuracy["unweighted_average_recall"]["value"] < 0.9
    assert set(accuracy["recall_by_emotion"]) == set(model["labels"])
