"""The mel scale and the log-mel pictures, against librosa."""

import librosa
import numpy as np
import pytest

from emotion_hf.mel import hz_to_mel, log_mel_db, mel_edges, mel_filters, mel_to_hz, triangles
from emotion_hf.testing import synthetic_voice

RATE = 16_000
HERTZ = np.array([0.0, 1.0, 333.3, 999.9, 1_000.0, 1_000.1, 4_000.0, 8_000.0])


def test_the_scale_is_librosas_in_both_directions():
    np.testing.assert_allclose(hz_to_mel(HERTZ), librosa.hz_to_mel(HERTZ), rtol=1e-12)
    np.testing.assert_allclose(mel_to_hz(librosa.hz_to_mel(HERTZ)), HERTZ, rtol=1e-12)
    assert float(hz_to_mel(500)) == 7.5 and float(mel_to_hz(7.5)) == 500.0
    np.testing.assert_allclose(mel_edges(8)[[0, -1]], [0.0, 8_000.0])


@pytest.mark.parametrize(("bands", "n_fft"), [(80, 400), (80, 512), (26, 512)])
def test_the_filters_are_librosas(bands, n_fft):
    expected = librosa.filters.mel(sr=RATE, n_fft=n_fft, n_mels=bands, dtype=np.float64)
    np.testing.assert_allclose(mel_filters(bands, n_fft), expected, atol=1e-12)
    unscaled = librosa.filters.mel(sr=RATE, n_fft=n_fft, n_mels=bands, norm=None, dtype=np.float64)
    np.testing.assert_allclose(triangles(mel_edges(bands + 1), n_fft), unscaled, atol=1e-12)


@pytest.mark.parametrize("hop", [160, 700])
@pytest.mark.parametrize("seconds", [0.3, 2.0])
def test_a_picture_is_librosas(seconds, hop):
    wave = synthetic_voice(seconds)
    power = librosa.feature.melspectrogram(y=wave, sr=RATE, n_fft=512, hop_length=hop, n_mels=80)
    expected = librosa.power_to_db(power, ref=power.max(), amin=1e-30, top_db=80.0)
    np.testing.assert_allclose(log_mel_db(wave, 80, 512, hop), expected, atol=1e-3)


def test_silence_is_dark_and_stays_finite():
    picture = log_mel_db(np.zeros(3_200, np.float32), 80, 512, 160, quietest=1e-5)
    assert picture.shape == (80, 21) and (picture == -250.0).all()
    assert (log_mel_db(np.zeros(3_200, np.float32), 80, 512, 160) == 0.0).all()
