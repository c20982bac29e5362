"""Each change does to a wave what its name says, and the same for the same seed."""

import numpy as np
import pytest
import soundfile

from emotion_hf.errors import AudioError
from emotion_hf.evaluation.distortions import distortions, load_noise
from emotion_hf.speech import speech_segments
from emotion_hf.testing import synthetic_voice

RATE = 16_000
VOICE = np.pad(synthetic_voice(1.5, seed=4), (RATE // 2, 0))  # half a second of silence first
HUM = np.sin(2 * np.pi * 100 * np.arange(RATE // 2) / RATE).astype(np.float32)
ALL = {one.name: one.apply for one in distortions([HUM])}
WITHOUT_NOISE = [
    *("white noise, 20 dB", "white noise, 10 dB", "white noise, 0 dB"),
    *("hum, 50 Hz, 40 dB below the peak", "an offset of 1 % of full scale"),
    *("telephone, 300 to 3400 Hz", "MP3, 16 kbit/s", "Opus, 12 kbit/s", "20 dB softer", "20 dB louder"),
    *("48 kHz stereo", "0.1 to 0.5 s of silence added", "0.1 to 0.5 s of silence cut"),
]


def change(name: str, wave: np.ndarray = VOICE, seed: int = 0) -> np.ndarray:
    return ALL[name](wave, np.random.default_rng(seed))


def level_db(wave: np.ndarray) -> float:
    return 10 * np.log10(np.mean(np.square(wave, dtype=np.float64)))


def band_db(wave: np.ndarray, low: float, high: float) -> float:
    power, hertz = np.abs(np.fft.rfft(wave)) ** 2, np.fft.rfftfreq(len(wave), 1 / RATE)
    return 10 * np.log10(power[(hertz >= low) & (hertz < high)].sum())


def test_real_noise_needs_recordings():
    assert [one.name for one in distortions()] == WITHOUT_NOISE
    assert len(ALL) == len(WITHOUT_NOISE) + 3


@pytest.mark.parametrize("name", ALL)
def test_what_comes_out_is_a_wave_and_depends_on_the_seed_alone(name):
    before = VOICE.copy()
    once, again = change(name), change(name)
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(VOICE, before)
    assert once.dtype == np.float32 and np.isfinite(once).all()
    if "silence" not in name:
        assert once.shape == VOICE.shape


@pytest.mark.parametrize("kind", ["white", "real"])
@pytest.mark.parametrize("snr_db", [20, 10, 0])
def test_noise_has_its_level(kind, snr_db):
    noise = change(f"{kind} noise, {snr_db} dB") - VOICE
    assert level_db(VOICE) - level_db(noise) == pytest.approx(snr_db, abs=0.01)


def test_real_noise_is_the_recording_from_a_drawn_place_on():
    noise = change("real noise, 0 dB") - VOICE
    assert band_db(noise, 80, 120) > band_db(noise, 120, 8_001) + 20
    assert not np.allclose(noise, change("real noise, 0 dB", seed=1) - VOICE, atol=1e-3)
    louder, softer = (change(f"real noise, {snr} dB") - VOICE for snr in (0, 20))
    np.testing.assert_allclose(softer * 10, louder, atol=1e-5)  # the same place at each level


def test_silence_stays_silence_under_noise():
    assert not change("white noise, 0 dB", np.zeros(8_000, np.float32)).any()


def test_hum_and_offset_lie_below_the_voice():
    hum = change("hum, 50 Hz, 40 dB below the peak") - VOICE
    assert np.abs(hum).max() == pytest.approx(0.01 * np.abs(VOICE).max(), rel=0.01)
    assert band_db(hum, 45, 55) > band_db(hum, 55, 8_001) + 20
    np.testing.assert_allclose(change("an offset of 1 % of full scale") - VOICE, 0.01, atol=1e-6)


def test_the_telephone_lets_its_band_through():
    result = change("telephone, 300 to 3400 Hz")
    assert band_db(result, 500, 3_000) == pytest.approx(band_db(VOICE, 500, 3_000), abs=0.1)
    assert band_db(result, 0, 250) < band_db(VOICE, 0, 250) - 30
    assert band_db(result, 3_700, 8_001) < band_db(VOICE, 3_700, 8_001) - 30


@pytest.mark.parametrize(("name", "alike"), [("MP3, 16 kbit/s", 0.85), ("Opus, 12 kbit/s", 0.85)])
@pytest.mark.parametrize("gain", [1, 20])
def test_codecs_keep_time_and_level(name, alike, gain):
    result = change(name, gain * VOICE)
    assert alike < np.corrcoef(result, VOICE)[0, 1] < 0.9999
    lags = [np.corrcoef(np.roll(result, lag), VOICE)[0, 1] for lag in (-40, 0, 40)]
    assert np.argmax(lags) == 1
    assert level_db(result) == pytest.approx(level_db(gain * VOICE), abs=1)


def test_level_is_changed_without_clipping():
    np.testing.assert_allclose(change("20 dB louder"), 10 * VOICE, rtol=1e-6)
    np.testing.assert_allclose(change("20 dB softer"), 0.1 * VOICE, rtol=1e-6)
    assert np.abs(change("20 dB louder")).max() > 2


def test_a_studio_recording_keeps_all_but_the_upper_edge_of_the_band():
    result = change("48 kHz stereo")
    assert band_db(result, 0, 7_000) == pytest.approx(band_db(VOICE, 0, 7_000), abs=0.01)
    assert np.corrcoef(result, VOICE)[0, 1] > 0.99


def test_silence_before_a_clip():
    later = change("0.1 to 0.5 s of silence added")
    added = len(later) - len(VOICE)
    assert 0.1 * RATE <= added <= 0.5 * RATE
    np.testing.assert_array_equal(later[added:], VOICE)
    assert not later[:added].any()


@pytest.mark.parametrize("seed", range(4))
def test_leading_silence_is_cut_but_no_speech(seed):
    sooner = change("0.1 to 0.5 s of silence cut", seed=seed)
    cut = len(VOICE) - len(sooner)
    assert 0.1 * RATE <= cut <= speech_segments(VOICE)[0].start_seconds * RATE
    np.testing.assert_array_equal(sooner, VOICE[cut:])


def test_a_clip_that_begins_with_speech_is_not_cut():
    voice = VOICE[round(speech_segments(VOICE)[0].start_seconds * RATE) + 3_000 :]
    assert len(voice) - len(change("0.1 to 0.5 s of silence cut", voice)) <= 1_024  # two frames
    noise = np.zeros(8_000, np.float32)
    assert len(change("0.1 to 0.5 s of silence cut", noise)) == 8_000


def test_silent_noise_is_one_sentence(tmp_path):
    soundfile.write(tmp_path / "nothing.wav", np.zeros(RATE), RATE)
    with pytest.raises(AudioError, match=r"The noise recording nothing\.wav is silent; leave it out\."):
        load_noise([tmp_path / "nothing.wav"])
