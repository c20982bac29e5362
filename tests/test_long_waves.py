"""Long waves on the disk."""

import os
import tempfile

import numpy as np
import pytest
import soundfile

from emotion_hf import long_waves
from emotion_hf.audio import SAMPLING_RATE, load_audio
from emotion_hf.cleaning import cleaned
from emotion_hf.long_waves import GrowingWave, copied, empty_wave, forget, spans
from emotion_hf.speech import has_speech, speech_segments
from emotion_hf.testing import synthetic_voice
from emotion_hf.waves import is_silent

needs_files = pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="waves stay in memory on this system")
LONG = 4 * SAMPLING_RATE


@pytest.fixture(autouse=True)
def short_limit(monkeypatch):
    monkeypatch.setattr(long_waves, "LONG_SAMPLES", LONG)


def is_in_file(wave):
    base = wave
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(getattr(base, "obj", base), long_waves._Pages)


def grown(wave, size=7_777):
    growing = GrowingWave()
    for start in range(0, len(wave), size):
        growing.append(wave[start : start + size])
    return growing.samples


@needs_files
@pytest.mark.parametrize(("samples", "in_file"), [(0, False), (LONG // 2, False), (3 * LONG, True)])
def test_a_growing_wave_has_all_samples_and_is_in_a_file_if_long(samples, in_file):
    wave = np.random.default_rng(0).normal(size=samples).astype(np.float32)
    same = grown(wave)
    assert is_in_file(same) is in_file
    assert same.dtype == np.float32 and np.array_equal(same, wave)
    forget(same)
    assert np.array_equal(same, wave)


@needs_files
def test_no_file_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    waves = [grown(np.ones(2 * LONG, dtype=np.float32)), empty_wave(2 * LONG)]
    assert all(map(is_in_file, waves)) and not list(tmp_path.iterdir())


def test_a_wave_stays_in_memory_if_there_is_no_temporary_folder(monkeypatch):
    def refuse(**options):
        raise OSError("read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    wave = np.arange(2 * LONG, dtype=np.float32)
    assert np.array_equal(grown(wave), wave) and np.array_equal(copied(wave), wave)


@needs_files
@pytest.mark.parametrize("calls", [0, 1, 3])
def test_a_wave_continues_in_memory_if_the_disk_fills_up(monkeypatch, calls):
    reserve, left = os.posix_fallocate, iter([True] * calls)

    def fill_up(*arguments):
        if not next(left, False):
            raise OSError(28, "No space left on device")
        reserve(*arguments)

    monkeypatch.setattr(os, "posix_fallocate", fill_up)
    wave = np.random.default_rng(0).normal(size=3 * LONG).astype(np.float32)
    same = grown(wave)
    assert not is_in_file(same) and np.array_equal(same, wave)


@needs_files
def test_only_waves_in_files_are_forgotten():
    for wave in (np.ones(10, dtype=np.float32), np.ones(10, dtype=np.float32)[2:8]):
        forget(wave)
        assert np.all(wave == 1)
    copy = copied(np.ones(2 * LONG, dtype=np.float32))
    copy[5] = 7.0
    forget(copy[3:9])
    assert copy[5] == 7.0 and copy.sum() == 2 * LONG + 6


@needs_files
def test_forgotten_parts_take_no_memory():
    def resident():
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[2]) * os.sysconf("SC_PAGE_SIZE")  # pages of files

    wave = empty_wave(100 * LONG)
    before = resident()
    wave[:] = 1.0
    assert resident() - before > 0.9 * wave.nbytes
    for span in spans(wave, LONG):
        assert wave[span].mean() == 1.0
    assert resident() - before < 0.1 * wave.nbytes


@needs_files
@pytest.mark.parametrize("fault", ["none", "click", "offset"])
def test_a_long_recording_is_treated_as_in_memory(fault, tmp_path, monkeypatch):
    voice = 0.1 * synthetic_voice(40.0)
    if fault == "click":
        voice[SAMPLING_RATE] = 1.0
    if fault == "offset":
        voice += np.sin(np.arange(len(voice)) * 2 * np.pi * 5 / SAMPLING_RATE).astype(np.float32)
    soundfile.write(tmp_path / "long.wav", voice, SAMPLING_RATE, subtype="FLOAT")
    long = load_audio(tmp_path / "long.wav")
    clean = cleaned(long)
    assert is_in_file(long) and is_in_file(clean) and (clean is long) is (fault == "none")
    found = speech_segments(clean), has_speech(clean), is_silent(long)
    monkeypatch.setattr(long_waves, "LONG_SAMPLES", 10**9)
    short = load_audio(tmp_path / "long.wav")
    assert not is_in_file(short) and np.array_equal(long, short)
    assert np.array_equal(clean, cleaned(short))
    assert found == (speech_segments(cleaned(short)), has_speech(cleaned(short)), is_silent(short))
