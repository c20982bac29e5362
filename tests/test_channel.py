"""Recordings of noise, the telephone's band, and codecs."""

import numpy as np
import pytest
import soundfile

from emotion_hf.channel import CODECS, find_noise, telephone, through_codec
from emotion_hf.errors import AudioError
from emotion_hf.testing import synthetic_voice


@pytest.mark.parametrize(("hertz", "kept"), [(100, 0), (1_000, 1), (3_000, 1), (3_800, 0), (6_000, 0)])
def test_the_telephone_keeps_its_band_alone(hertz, kept):
    tone = np.sin(2 * np.pi * hertz * np.arange(16_000) / 16_000).astype(np.float32)
    result = telephone(tone)
    assert result.shape == tone.shape and result.dtype == np.float32
    assert np.std(result[2_000:-2_000]) / np.std(tone) == pytest.approx(kept, abs=0.05)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("seconds", [0.3, 1.7])
def test_a_codec_keeps_length_and_level(codec, seconds, quick):
    wave = 3 * synthetic_voice(seconds)
    result = through_codec(wave, codec, 24, quick=quick)
    assert result.shape == wave.shape and result.dtype == np.float32
    assert np.std(result) == pytest.approx(np.std(wave), rel=0.1)


@pytest.mark.parametrize("codec", CODECS)
def test_fewer_bits_lose_more(codec):
    wave = synthetic_voice(1.5)
    spectra = {kbps: np.abs(np.fft.rfft(through_codec(wave, codec, kbps))) for kbps in (8, 64)}
    likeness = {kbps: np.corrcoef(one, np.abs(np.fft.rfft(wave)))[0, 1] for kbps, one in spectra.items()}
    assert likeness[8] < likeness[64] and likeness[64] > 0.98


def test_silence_stays_silence():
    assert np.abs(through_codec(np.zeros(16_000, np.float32), "opus", 12)).max() < 1e-3


@pytest.mark.parametrize("codec", CODECS)
def test_a_quick_codec_loses_about_as_much(codec):
    wave = synthetic_voice(1.5)
    usual, quick = (through_codec(wave, codec, 12, quick=quick) for quick in (False, True))
    likeness = [np.corrcoef(*(np.abs(np.fft.rfft(one)) for one in (result, wave)))[0, 1] for result in (usual, quick)]
    assert likeness[0] == pytest.approx(likeness[1], abs=0.03) and not np.array_equal(usual, quick)


def test_noise_is_found_by_folder_and_by_pattern(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("rain_1", "rain_2", "deep/dog_1", "._rain_1"):
        soundfile.write(tmp_path / f"{name}.wav", np.zeros(800), 16_000)
    (tmp_path / "SOURCE.md").write_text("from the garden")
    assert [file.stem for file in find_noise(str(tmp_path))] == ["dog_1", "rain_1", "rain_2"]
    assert [file.stem for file in find_noise(str(tmp_path / "rain_*"))] == ["rain_1", "rain_2"]
    with pytest.raises(AudioError, match=r"The noise .*nowhere matches no recording; give a folder"):
        find_noise(str(tmp_path / "nowhere"))
