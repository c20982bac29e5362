"""Speech is found at any level and in its place; noise, music, tones, animals and silence are not speech."""

import csv
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from benchmarks import speech_network
from benchmarks.non_speech import DEVELOPMENT, HELD_OUT, clips
from emotion_hf import speech
from emotion_hf.audio import load_audio
from emotion_hf.errors import CheckpointError
from emotion_hf.speech import Segment, has_speech, speech_segments, speech_states, windows
from emotion_hf.testing import synthetic_voice

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
RATE = 16_000


def tone(hz: float, seconds: float = 3.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def music(seed: int) -> np.ndarray:
    """Plucked chords of three decaying harmonics, four a second."""
    rng = np.random.default_rng(seed)
    wave, time = np.zeros(3 * RATE), np.arange(RATE // 4) / RATE
    for beat in range(12):
        for semitones in rng.choice([0, 4, 7, 12, 16], size=3, replace=False):
            hz = 220 * 2 ** (semitones / 12)
            pluck = sum(np.sin(2 * np.pi * hz * h * time) / h for h in (1, 2, 3)) * np.exp(-4 * time)
            wave[beat * len(time) : (beat + 1) * len(time)] += 0.1 * pluck
    return wave.astype(np.float32)


@pytest.mark.parametrize("decibels", [-60, -40, -20, 0, 20])
def test_a_voice_is_speech_at_any_level(decibels):
    assert has_speech(synthetic_voice(2.0) * np.float32(10 ** (decibels / 20)))


def test_a_constant_offset_does_not_hide_a_voice():
    assert has_speech(0.02 * synthetic_voice(2.0) + np.float32(0.5))


@pytest.mark.parametrize(
    "wave",
    [
        np.zeros(3 * RATE, np.float32),
        np.zeros(0, np.float32),
        np.full(RATE, 0.4, np.float32),
        *(tone(hz) for hz in (50, 110, 220, 440, 1_000, 4_000)),
        tone(50) + 0.2 * tone(150),
        *(np.float32(10**power) * np.random.default_rng(0).standard_normal(3 * RATE) for power in (-3, -2, -1)),
        *(music(seed) for seed in range(5)),
    ],
)
def test_silence_tones_noise_and_music_are_not(wave):
    assert speech_segments(wave) == ()


def test_the_segment_is_where_the_voice_is():
    pause = np.zeros(2 * RATE, np.float32)
    wave = np.concatenate([pause, synthetic_voice(2.0), pause, synthetic_voice(1.5, seed=1)])
    first, second = speech_segments(wave)
    assert first.start_seconds == pytest.approx(2.0, abs=0.25)
    assert first.end_seconds == pytest.approx(4.0, abs=0.25)
    assert second.start_seconds == pytest.approx(6.0, abs=0.25)
    assert second.end_seconds == pytest.approx(7.5, abs=0.25)
    assert second.end_seconds <= len(wave) / RATE


def test_a_short_voice_is_found_in_a_long_recording():
    wave = (1e-4 * np.random.default_rng(0).standard_normal(90 * RATE)).astype(np.float32)
    wave[64 * RATE : 66 * RATE] += synthetic_voice(2.0)
    (segment,) = speech_segments(wave)
    assert segment.start_seconds == pytest.approx(64.0, abs=0.25)
    assert segment.end_seconds == pytest.approx(66.0, abs=0.25)


@pytest.mark.parametrize("kinds", [DEVELOPMENT, HELD_OUT], ids=["development", "held out"])
def test_music_signals_animals_and_machines_are_not_speech(kinds):
    rejected = [not has_speech(wave) for kind in kinds for wave in clips(kind, count=3, seed=7)]
    assert len(rejected) == 3 * len(kinds)
    assert np.mean(rejected) >= 0.95


@pytest.mark.parametrize("kind", ["melody, decaying harmonics", "arpeggio, decaying harmonics", "melody, vibrato"])
def test_a_tune_is_not_speech(kind):
    assert sum(has_speech(wave) for wave in clips(kind, count=20, seed=8)) <= 1


def test_non_speech_is_drawn_by_its_seed():
    first, again, other = (next(clips("band", count=1, seed=seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert len(first) != len(other)
    assert 2 * RATE <= len(first) <= 6 * RATE
    assert np.abs(first).max() <= 1


def test_there_are_segments_exactly_where_there_is_speech():
    waves = [synthetic_voice(seconds, seed=seed) for seed in range(4) for seconds in (0.3, 0.4, 0.6, 2.0)]
    waves += [wave for kind in ("band", "arpeggio, brass", "dog") for wave in clips(kind, count=5, seed=9)]
    assert [has_speech(wave) for wave in waves] == [bool(speech_segments(wave)) for wave in waves]


def test_states_equal_those_of_the_streaming_network():
    wave = synthetic_voice(35.0, seed=3)  # longer than one block
    folder = Path(find_spec("silero_vad").origin).parent / "data"
    session = onnxruntime.InferenceSession(str(folder / "silero_vad.onnx"), providers=["CPUExecutionProvider"])
    level = wave - wave.mean()
    level = np.clip(level * 10 ** (-30 / 20) / np.sqrt(np.mean(level**2)), -1, 1)
    padded = np.pad(level, (64, -len(level) % 512)).astype(np.float32)
    state, expected = np.zeros((2, 1, 128), np.float32), []
    for start in range(0, len(padded) - 64, 512):
        inputs = {"input": padded[None, start : start + 576], "state": state, "sr": np.array(RATE, np.int64)}
        _, state = session.run(None, inputs)
        expected.append(state[0, 0])
    states = speech_states(wave)
    assert states.shape == (1_094, 128)
    np.testing.assert_allclose(states, expected, atol=1e-4)


def test_the_network_is_sileros_with_the_last_layer_of_the_file():
    shipped = onnx.load(speech.NETWORK)
    weights, bias = speech_network.layer(shipped)
    assert speech_network.build(weights, bias) == shipped
    wave = synthetic_voice(3.0, seed=4)
    evidence = np.concatenate(list(speech._blocks(wave, 1_000)))
    np.testing.assert_allclose(evidence, speech_states(wave) @ weights + bias, atol=1e-5)
    assert evidence.max() > 2


def test_the_network_is_written_with_the_checksum_that_the_gate_must_have(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(speech_network, "NETWORK", tmp_path / "speech.onnx")
    speech_network.write(*speech_network.layer(onnx.load(speech.NETWORK)))
    assert capsys.readouterr().out.split()[-1] == speech.NETWORK_SHA256
    assert (tmp_path / "speech.onnx").read_bytes() == speech.NETWORK.read_bytes()


def test_another_version_of_silero_is_refused(monkeypatch):
    monkeypatch.setattr(speech_network, "SOURCE_SHA256", "0" * 64)
    with pytest.raises(ValueError, match=r"^silero_vad_16k_sequence.onnx is not that of silero-vad 6.2.3; install"):
        speech_network.build(np.zeros(128, np.float32), 0.0)


@pytest.mark.parametrize("content", [b"another network", None])
def test_a_missing_or_damaged_network_is_refused(monkeypatch, tmp_path, content):
    network = tmp_path / "speech.onnx"
    if content is not None:
        network.write_bytes(content)
    monkeypatch.setattr(speech, "NETWORK", network)
    speech._detector.cache_clear()
    with pytest.raises(CheckpointError, match=r"speech.onnx is missing or damaged; install emotion_hf again"):
        has_speech(synthetic_voice(1.0))


@pytest.mark.parametrize("start", range(0, 33, 2))
def test_the_first_words_are_found_wherever_the_network_is_asked_anew(monkeypatch, start):
    def found(frames):
        found = np.where(np.isin(np.arange(64), range(start, start + frames)), 1.0, -1.0)
        monkeypatch.setattr(speech, "_blocks", lambda wave, size: (found[i : i + size] for i in range(0, 64, size)))
        return has_speech(tone(220, seconds=64 * 0.032))

    assert found(speech.WORD_FRAMES // 2)
    assert not found(speech.WORD_FRAMES // 2 - 1)


def test_what_comes_after_the_first_words_is_not_asked(monkeypatch):
    wave, asked = synthetic_voice(30.0), []
    blocks = speech._blocks

    def counted(*arguments):
        for block in blocks(*arguments):
            asked.append(len(block))
            yield block

    monkeypatch.setattr(speech, "_blocks", counted)
    assert has_speech(wave)
    assert sum(asked) * speech.FRAME_SAMPLES < 2 * RATE


def test_windows_cover_everything_and_the_last_ends_at_the_end():
    assert windows(np.zeros(round(7.3 * RATE)), 3.0, 2.0) == (
        Segment(0.0, 3.0),
        Segment(2.0, 5.0),
        Segment(4.0, 7.0),
        Segment(4.3, 7.3),
    )
    assert windows(np.zeros(7 * RATE), 3.0, 2.0) == (Segment(0.0, 3.0), Segment(2.0, 5.0), Segment(4.0, 7.0))
    assert windows(np.zeros(RATE), 3.0, 2.0) == (Segment(0.0, 1.0),)
    assert windows(np.zeros(3 * RATE), 3.0, 3.0) == (Segment(0.0, 3.0),)


@pytest.mark.parametrize("hop_seconds", [0, -1.0, 3.5])
def test_windows_leave_nothing_out(hop_seconds):
    with pytest.raises(ValueError, match="must be above 0 and at most the window's"):
        windows(np.zeros(9 * RATE), 3.0, hop_seconds)


def test_it_needs_neither_torch_nor_the_detectors_package():
    code = (
        "import sys, numpy as np; from emotion_hf.speech import has_speech;"
        "has_speech(np.random.default_rng(0).standard_normal(16_000).astype('float32'));"
        "print(sorted({'torch', 'torchaudio', 'silero_vad', 'transformers'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[1]
    answer = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def clips_of(corpus: str) -> list[dict[str, str]]:
    with (SHARED / corpus / "index.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.mark.skipif(not (SHARED / "noise").is_dir(), reason="needs ../shared/data/noise")
def test_noise_is_not_taken_for_speech():
    recorded = [clip for clip in clips_of("noise") if clip["category"] != "baby_cry"]
    passed = [
        clip["category"] for clip in recorded if has_speech(load_audio(SHARED / "noise" / "audio" / clip["file"]))
    ]
    assert len(recorded) == 56
    assert len(passed) <= 8
    assert set(passed) <= {"dog_bark", "person_sneeze", "clock_tick"}


@pytest.mark.parametrize("corpus", ["ravdess", "nemo", "tess", "emovo", "savee", "selvas", "spanish", "ased"])
def test_acted_speech_is_not_taken_for_noise(corpus):
    if not (SHARED / corpus).is_dir():
        pytest.skip(f"needs ../shared/data/{corpus}")
    chosen = np.random.default_rng(0).choice(clips_of(corpus), size=100, replace=False)
    missed = [not has_speech(load_audio(SHARED / corpus / clip["file"])) for clip in chosen]
    assert np.mean(missed) <= 0.01


@pytest.mark.skipif(not (SHARED / "ravdess").is_dir(), reason="needs ../shared/data/ravdess")
def test_shouting_is_speech():
    shouted = [clip["file"] for clip in clips_of("ravdess") if clip["speaker"] == "Actor_06"]
    assert len(shouted) == 60
    assert sum(not has_speech(load_audio(SHARED / "ravdess" / file)) for file in shouted) <= 1
