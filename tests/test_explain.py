"""Explanations: what is hidden, which moments decided, the speaking style, and the picture."""

import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib import image

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.errors import AudioError, LabelError
from emotion_hf.explain import BANDS, Explanation, Moment, band_edges, explain, without
from emotion_hf.explanation_picture import picture_png
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.speaking_style import speaking_style
from emotion_hf.testing import synthetic_voice


class Tone:
    """Finds a wave the angrier, the more power it has around 3 kHz between 1.0 and 1.4 s."""

    name, labels = "tone", ("angry", "calm")

    def predict(self, waves):
        """Return a prediction for each wave."""
        return [self._answer(wave) for wave in waves]

    def _answer(self, wave):
        part = wave[round(1.0 * SAMPLING_RATE) : round(1.4 * SAMPLING_RATE)]
        hertz = np.fft.rfftfreq(len(part), 1 / SAMPLING_RATE)
        power = np.abs(np.fft.rfft(part))[(hertz > 2800) & (hertz < 3200)].sum()
        angry = power / (power + 500)
        return Prediction({"angry": float(angry), "calm": float(1 - angry)}, model=self.name)


@pytest.fixture(scope="module")
def explanation():
    """Why a burst at 3 kHz from 1.0 to 1.4 s, in a soft hum of 200 Hz, is angry."""
    time = np.arange(3 * SAMPLING_RATE) / SAMPLING_RATE
    burst = np.sin(2 * np.pi * 3000 * time) * ((time >= 1.0) & (time < 1.4))
    shares = []
    made = explain(
        Tone(), (0.05 * np.sin(2 * np.pi * 200 * time) + 0.5 * burst).astype(np.float32), None, shares.append
    )
    assert shares == sorted(shares) and shares[-1] == 1.0
    return made


def test_the_moment_that_decided_is_found(explanation):
    assert explanation.label == "angry" and explanation.over_time.shape == (30,)
    assert explanation.moments[0].start_seconds == pytest.approx(1.0, abs=0.11)
    assert all(one.effect > 0 for one in explanation.moments)


def test_the_frequencies_that_decided_are_found(explanation):
    band, step = np.unravel_index(explanation.grid.argmax(), explanation.grid.shape)
    low, high = band_edges()[band : band + 2]
    assert low < 3000 < high and 8 <= step <= 14
    assert np.abs(explanation.grid[0]).max() < 0.1 * explanation.grid.max()  # the hum says nothing


def test_what_if_tells_whether_it_is_stable(explanation):
    assert set(explanation.what_if) == {"20 dB softer", "noise, 15 dB below the voice", "through a telephone"}
    assert not explanation.is_stable or all(one.label == "angry" for one in explanation.what_if.values())
    plain = explanation.to_dict()
    assert plain["label"] == "angry" and len(plain["moments"]) == len(explanation.moments)


def test_moments_do_not_overlap_and_are_at_most_three():
    effects = np.array([0, 1, 1, 1, 1, 0, 2, 2, 2, 2, 0, 0, 3, 3, 3, 3, 0, 5, 5, 5, 5], dtype=float)
    calm = Prediction({"calm": 1.0})
    made = Explanation(np.zeros(33_600, np.float32), calm, "calm", effects, np.zeros((BANDS, 21)), {})
    assert [round(one.start_seconds, 1) for one in made.moments] == [1.7, 1.2, 0.6]
    flat = Explanation(np.zeros(33_600, np.float32), calm, "calm", -effects, np.zeros((BANDS, 21)), {})
    assert flat.moments == () and flat.is_stable


def test_another_emotion_can_be_explained(explanation):
    other = explain(Tone(), explanation.wave, "calm")
    assert other.label == "calm" and other.over_time.min() < 0
    with pytest.raises(LabelError, match="Unknown label 'happy'"):
        explain(Tone(), explanation.wave, "happy")


def test_what_cannot_be_explained_is_one_sentence():
    with pytest.raises(AudioError, match=r"is 9\.0 s long; choose a part of at most 8 s"):
        explain(Tone(), np.zeros(9 * SAMPLING_RATE, np.float32))

    class Silent(Tone):
        def _answer(self, wave):
            return Prediction(verdict=Verdict.NO_SPEECH)

    with pytest.raises(AudioError, match="contains no speech"):
        explain(Silent(), np.zeros(SAMPLING_RATE, np.float32))


def test_hidden_parts_are_silent():
    wave = np.ones(SAMPLING_RATE, np.float32)
    silent = without(wave, [Moment(0.25, 0.5, 1.0)])
    assert silent.sum() == 0.75 * SAMPLING_RATE and wave.all() and not silent[4000:8000].any()


def test_the_picture_is_a_png(explanation):
    assert image.imread(io.BytesIO(picture_png(explanation))).shape == (750, 1200, 4)


def test_the_words_and_numbers_of_the_picture_can_be_translated(explanation):
    texts, numbers = [], []

    def say(text, **values):
        texts.append(text.format(**values))
        return "Wort"

    def number(value, form):
        numbers.append(value)
        return format(value, form).replace(".", ",")

    assert picture_png(explanation, say, number) != picture_png(explanation)
    assert {explanation.label, "seconds", "against  ←    →  for it"} <= {*texts} and 0.5 in numbers
    assert f"What spoke for “Wort”: moments 1 to {len(explanation.moments)}" in texts
    texts.clear()
    picture_png(replace(explanation, over_time=np.zeros_like(explanation.over_time)), say, number)
    assert "What spoke for “Wort”" in texts


@pytest.mark.parametrize(("f0_hz", "words"), [(115, "low for a woman, usual for a man"), (260, "high for a man")])
def test_pitch_is_compared_with_women_and_men(f0_hz, words):
    (pitch, *others) = speaking_style(synthetic_voice(2.0, f0_hz=f0_hz))
    assert words in pitch.comparison and abs(float(pitch.value.split()[0]) / f0_hz - 1) < 0.15
    assert [one.name for one in others] == ["pitch movement", "loudness movement", "pace"]


def test_silence_has_no_style():
    assert speaking_style(np.zeros(SAMPLING_RATE, np.float32)) == ()
