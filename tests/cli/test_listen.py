"""`emotion-hf listen`: lines of input, a fake sounddevice and a fake model."""

import importlib
import re
import sys
from types import ModuleType

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from emotion_hf import cli
from emotion_hf.cli.listen import HELP, SENTENCES, record
from emotion_hf.errors import MicrophoneError
from emotion_hf.labels import LABELS
from emotion_hf.testing import FakeClassifier, synthetic_voice

RATE = 48_000
SPEAKER, MICROPHONE, HEADSET = (
    {"name": name, "max_input_channels": channels, "default_samplerate": float(RATE)}
    for name, channels in (("Speaker", 0), ("Built-in", 2), ("Headset", 1))
)


class FakeSounddevice(ModuleType):
    """Records a synthetic voice, with sounddevice's names and errors."""

    class PortAudioError(Exception):
        """An error of PortAudio."""

    def __init__(self, *devices):
        super().__init__("sounddevice")
        self.devices, self.recorded, self.level, self.interrupted = devices, [], 1.0, False

    def query_devices(self, device=None, kind=None):
        """Return one device, or all of them."""
        if kind is None:
            return self.devices
        if isinstance(device, str):
            found = [one for one in self.devices if device in one["name"] and one["max_input_channels"]]
            if not found:
                raise ValueError(f"No input device matching {device!r}")
            return found[0]
        if not self.devices or (device or 0) >= len(self.devices):
            raise self.PortAudioError(f"Error querying device {-1 if device is None else device}")
        return self.devices[1 if device is None else device]

    def rec(self, frames, samplerate, *, channels, dtype, device):
        """Return a voice of the requested length."""
        self.recorded.append((frames, samplerate, channels, dtype, device))
        voice = np.repeat(synthetic_voice(frames / samplerate), round(samplerate / 16_000))
        return self.level * voice[:, None]

    def wait(self):
        """Return at once, or as if Ctrl-C was pressed."""
        if self.interrupted:
            raise KeyboardInterrupt


@pytest.fixture
def sounddevice(monkeypatch):
    """A machine with a loudspeaker and two microphones."""
    fake = FakeSounddevice(SPEAKER, MICROPHONE, HEADSET)
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


@pytest.fixture
def listen(monkeypatch, tmp_path):
    """Give the command lines of input, and return what it prints; nothing is written."""
    command = importlib.import_module("emotion_hf.cli.listen")  # the package has a function of this name
    monkeypatch.setattr(command, "load_recognizer", lambda settings: FakeClassifier())
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def listen(*lines: str, options: tuple[str, ...] = (), end: str = "quit\n") -> str:
        done = CliRunner().invoke(cli.cli, ["listen", *options], input="".join(f"{line}\n" for line in lines) + end)
        assert done.exit_code == 0 and done.stdout.endswith("Goodbye.\n"), done
        assert list((tmp_path / "work").iterdir()) == []
        return done.stdout

    return listen


def test_enter_records_three_seconds_with_the_systems_microphone(listen, sounddevice):
    out = listen("", "")
    assert sounddevice.recorded == 2 * [(3 * RATE, RATE, 1, "float32", None)]
    lines = [line for line in out.splitlines() if "recording 1" in line or "recording 2" in line]
    assert len(lines) == 2 and re.search(r" 80 % high +recording 1$", lines[0])
    label = LABELS[3 * 16_000 % len(LABELS)]
    assert f" {label} " in lines[0] and f"\n   {label} 80 %, " in out


def test_a_recording_becomes_mono_at_16_khz(sounddevice):
    wave = record("Headset", seconds=1.0)
    assert wave.shape == (16_000,) and wave.dtype == np.float32 and 0.2 < np.abs(wave).max() < 0.4
    assert sounddevice.recorded == [(RATE, RATE, 1, "float32", "Headset")]


@pytest.mark.parametrize(("name", "device"), [("2", 2), ("Head", "Head"), ("", None)])
def test_a_microphone_is_chosen_by_number_or_name(listen, sounddevice, name, device):
    listen("", options=("--microphone", name))
    assert sounddevice.recorded[0][-1] == device


@pytest.mark.parametrize(
    ("name", "reason"), [("Violin", "No input device matching 'Violin'"), ("7", "Error querying device 7")]
)
def test_an_unknown_microphone_lists_the_known_ones(listen, sounddevice, name, reason):
    said = f"The microphone {name!r} cannot be used ({reason}); start again with --microphone and one of: "
    assert f"{said}1 Built-in, 2 Headset.\n" in listen("", options=("--microphone", name))


@pytest.mark.parametrize("devices", [(), (SPEAKER,)])
def test_a_machine_without_microphone_says_so_and_goes_on(listen, sounddevice, devices):
    def fail(*_):
        raise sounddevice.PortAudioError("Error querying device -1")

    sounddevice.devices = devices
    sounddevice.query_devices = lambda *given: fail() if given else devices
    out = listen("", "list")
    assert "No microphone was found; connect one, and check that this terminal may use it.\n" in out
    assert "There is no prediction yet." in out


def test_a_muted_microphone_gets_a_hint_instead_of_a_prediction(listen, sounddevice):
    sounddevice.level = 0.0
    assert "The microphone delivered only silence; check that it is not muted" in listen("")


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("raise ModuleNotFoundError('No module named sounddevice')", "run: pip install sounddevice"),
        ("raise OSError('PortAudio library not found')", "sudo apt install libportaudio2"),
        ("raise type('PortAudioError', (Exception,), {})('Error -9999')", "PortAudio does not start (Error -9999)"),
    ],
)
def test_what_is_not_installed_is_one_sentence_and_files_still_work(listen, monkeypatch, tmp_path, source, sentence):
    (tmp_path / "sounddevice.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    soundfile.write(tmp_path / "a.wav", synthetic_voice(1.0), 16_000)
    out = listen("", f"file {tmp_path / 'a.wav'}")
    assert sentence in out and "Traceback" not in out and out.count("a.wav") == 1


@pytest.mark.parametrize(
    "typed", ["my clip's.wav", "  my clip's.wav", '"my clip\'s.wav"', "my\\ clip\\'s.wav", "~/my clip's.wav"]
)
def test_a_path_may_be_typed_or_pasted(listen, monkeypatch, tmp_path, typed):
    monkeypatch.setenv("HOME", str(tmp_path))
    soundfile.write(tmp_path / "my clip's.wav", synthetic_voice(1.0), 16_000)
    name = typed.replace("my", f"{tmp_path}/my") if "~" not in typed else typed
    assert f" 80 % high   {tmp_path}/my clip's.wav\n" in listen(f"file {name}")


def test_a_folder_and_a_file_that_cannot_be_used(listen, tmp_path):
    for name in ("a.wav", "b.wav"):
        soundfile.write(tmp_path / name, synthetic_voice(1.0), 16_000)
    (tmp_path / "c.wav").write_text("this is not sound")
    out = listen(f"file {tmp_path}", f"file {tmp_path / 'd.wav'}", "file", "list")
    assert out.count(f"{tmp_path}/a.wav") == out.count(f"{tmp_path}/b.wav") == 2
    assert out.count(f"{tmp_path}/c.wav is text, not audio;") == 1 and f"{tmp_path}/d.wav" in out
    assert "Type the path of a recording" in out


def test_the_list_has_the_predictions_of_this_session_with_their_times(listen, sounddevice, tmp_path):
    soundfile.write(tmp_path / "silence.wav", np.zeros(16_000), 16_000)
    listed = listen("", f"file {tmp_path / 'silence.wav'}", "samples", "list").splitlines()[-3:-1]
    first, second = (re.fullmatch(r"(?:> )?\d\d:\d\d:\d\d (\W+) (.*)", line) for line in listed)
    assert first[2].endswith(" 80 % high   recording 1") and second[2].split()[:2] == ["no", "speech"]


def test_samples_are_sentences_to_read_and_synthesised_voices(listen):
    out = listen("samples")
    assert SENTENCES.keys() == set(LABELS) and all(sentence in out for sentence in SENTENCES.values())
    assert len(re.findall(r" 80 % high   (slow|quick|high) voice\n", out)) == 3


def test_a_model_with_other_labels_has_no_sentences(listen, monkeypatch):
    command = importlib.import_module("emotion_hf.cli.listen")
    monkeypatch.setattr(command, "load_recognizer", lambda *_: FakeClassifier(labels=("bored", "keen")))
    assert "There is no sentence for the labels of this model." in listen("samples")


def test_other_words_get_help(listen):
    assert listen("help", "dance").count(HELP) == 3  # and once at the start


@pytest.mark.parametrize("end", ["", "quit", "exit\n"])
def test_it_ends_politely_at_the_end_of_the_input(listen, end):
    assert "Aborted" not in listen(end=end)


def test_ctrl_c_during_a_recording_ends_politely(listen, sounddevice):
    sounddevice.interrupted = True
    assert "recording 1" not in listen("", "")


def test_a_failed_start_of_a_recording_is_a_microphone_error(sounddevice):
    def rec(*_, **__):
        raise sounddevice.PortAudioError("Device unavailable")

    sounddevice.rec = rec
    with pytest.raises(MicrophoneError, match=r"^The microphone cannot be used \(Device unavailable\); start again "):
        record()
