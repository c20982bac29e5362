"""The pictures show the recording."""

import base64
import io
import re

import numpy as np
import pytest
from matplotlib import image

from emotion_hf.app.pictures import envelope, log_mel, picture_html
from emotion_hf.app.words import speaking
from emotion_hf.prediction import Prediction
from emotion_hf.timeline import Timeline, Window
from emotion_hf.timeline.files import render_timeline


def tone(hz, seconds=1.0):
    return (0.1 * np.sin(2 * np.pi * hz * np.arange(round(seconds * 16_000)) / 16_000)).astype(np.float32)


def test_the_envelope_is_the_lowest_and_highest_sample_relative_to_the_peak():
    wave = np.array([0.0, 0.1, -0.2, 0.05, 0.1, 0.0], np.float32)
    np.testing.assert_allclose(envelope(wave, columns=3), [[0, -1, 0], [0.5, 0.25, 0.5]])
    assert envelope(np.zeros(100, np.float32)).max() == 0
    assert envelope(tone(100, 60), columns=600).shape == (2, 600)


@pytest.mark.parametrize("hz", [250, 1000, 4000])
def test_a_tone_is_brightest_at_its_pitch(hz):
    decibels = log_mel(tone(hz))
    assert decibels.shape == (80, 101)  # 10 ms a frame
    assert decibels.max() == 0
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 82) / 2595) - 1)  # HTK's scale, for a check
    brightest = decibels.mean(axis=1).argmax()
    assert edges[max(brightest - 4, 0)] < hz < edges[min(brightest + 6, 81)]


def test_silence_is_dark():
    dither = np.random.default_rng(0).integers(-1, 2, 16_000).astype(np.float32) / 2**15
    assert log_mel(np.zeros(16_000, np.float32)).max() < -80 and log_mel(dither).max() < -20


def test_a_long_recording_makes_a_picture_of_the_same_size():
    assert log_mel(np.tile(tone(440), 120)).shape == (80, 601)


def test_the_picture_holds_both_with_a_time_axis():
    html = picture_html(tone(440, 2.0))
    (encoded,) = re.findall(r"data:image/png;base64,([^\"]+)", html)
    assert image.imread(io.BytesIO(base64.b64decode(encoded))).shape == (80, 201, 4)
    assert len(re.findall(r"<polygon", html)) == 1
    assert re.findall(r"%\">([^<]+)</span>", html)[-2:] == ["0:00", "0:01"] and "<audio" not in html


def test_a_long_recording_has_a_player_bands_and_downloads():
    wave = tone(440, 12.0)
    sure = Prediction({"calm": 0.2, "angry": 0.8}, model="demo")
    html = picture_html(wave, "gradio_api/file=a&b.flac", Timeline((Window(0, 12, sure),), sure, 12.0))
    assert 'src="gradio_api/file=a&amp;b.flac"' in html and html.count('class="band"') == 1
    links = dict(re.findall(r'download="timeline(\.\w+)" href="data:[\w/-]+;base64,([^"]+)"', html))
    assert set(links) == {".html", ".csv", ".srt", ".json"}
    assert "angry, 80 %" in base64.b64decode(links[".srt"]).decode()


def test_files_for_people_are_in_the_visitors_language_and_the_others_are_not():
    sure = Prediction({"calm": 0.2, "angry": 0.8}, model="demo")
    long = Timeline((Window(0, 12, sure),), sure, 12.0)
    with speaking("de"):
        html = picture_html(tone(440, 12.0), timeline=long)
    links = dict(re.findall(r'download="timeline(\.\w+)" href="data:[\w/-]+;base64,([^"]+)"', html))
    files = {suffix: base64.b64decode(text).decode() for suffix, text in links.items()}
    assert "wütend, 80 %" in files[".srt"] and '<html lang="de">' in files[".html"]
    for text in ("Länge 0:12. Anteil an der Sprechzeit: wütend 100 %.", "<th>Sicherheit</th>", "<td>wütend</td>"):
        assert text in files[".html"]
    assert files[".csv"] == render_timeline(long, ".csv") and files[".json"] == render_timeline(long, ".json")
