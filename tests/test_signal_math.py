"""The mathematics of one frame: against librosa and scipy, and on synthetic vowels with known formants."""

import librosa
import numpy as np
import pytest
import scipy.fft
import scipy.linalg
import scipy.signal
import torch
from transformers import WhisperConfig

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.labels import LABELS
from emotion_hf.models import (
    EncoderConfig,
    EncoderFeatureExtractor,
    EncoderForAudioClassification,
    SpectrogramConfig,
    SpectrogramFeatureExtractor,
    SpectrogramForAudioClassification,
)
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.scorers.network import NetworkScorer
from emotion_hf.signal_math import (
    Formant,
    analyse_frame,
    decide,
    delta,
    loudest_voiced_seconds,
    mfccs,
    stft,
    vocal_tract,
)
from emotion_hf.signal_math.frame import FRAME_SAMPLES, HOP_SAMPLES, pitch_hz, window
from emotion_hf.signal_math.vocal_tract import ORDER, levinson_durbin
from emotion_hf.testing import FakeClassifier, synthetic_voice
from tests.tiny_encoder import SIZES

VOWELS = {"a": (730, 1090, 2440), "i": (270, 2290, 3010), "u": (300, 870, 2240)}  # Peterson and Barney (1952), men
HIGHER_HZ, WIDTHS_HZ = (3500, 4500, 5500, 6500), (60, 90, 120, 150, 200, 250, 300)


def vowel(formants, pitch=100, seconds=0.5):
    """Return pulses that fall by 6 dB an octave, as those of vocal cords at the lips do, through resonators."""
    wave = np.zeros(int(seconds * SAMPLING_RATE))
    wave[:: round(SAMPLING_RATE / pitch)] = 1.0
    wave = scipy.signal.lfilter([1], [1, -0.97], wave)
    for hertz, width in zip((*formants, *HIGHER_HZ), WIDTHS_HZ, strict=True):
        radius, angle = np.exp(-np.pi * width / SAMPLING_RATE), 2 * np.pi * hertz / SAMPLING_RATE
        wave = scipy.signal.lfilter([1], [1, -2 * radius * np.cos(angle), radius**2], wave)
    return wave / np.abs(wave).max()


@pytest.fixture(scope="module")
def wave():
    return synthetic_voice(2.0)


@pytest.fixture(scope="module")
def frame(wave):
    return analyse_frame(wave, loudest_voiced_seconds(wave))


def test_parseval(frame):
    assert frame.energy_in_time > 0.1
    assert frame.energy_in_frequency == pytest.approx(frame.energy_in_time, rel=1e-10)


def test_window_and_spectrum_are_those_of_scipy_and_librosa(wave, frame):
    np.testing.assert_allclose(window(), scipy.signal.get_window("hann", FRAME_SAMPLES), atol=1e-12)
    direct = np.exp(-2j * np.pi * np.outer(range(257), range(512)) / 512) @ frame.windowed
    np.testing.assert_allclose(frame.spectrum, direct, atol=1e-9)
    theirs = librosa.stft(wave.astype(np.float64), n_fft=512, hop_length=160, center=False).T
    np.testing.assert_allclose(stft(wave), theirs, atol=1e-5)


def test_mfccs_and_deltas_are_those_of_librosa(wave, frame):
    mel = librosa.feature.melspectrogram(
        y=wave.astype(np.float64), sr=16_000, n_fft=512, hop_length=160, center=False, n_mels=26, htk=True, norm=None
    )
    theirs = librosa.feature.mfcc(S=librosa.power_to_db(mel, amin=1e-10, top_db=None), n_mfcc=13).T
    ours = mfccs(wave)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    np.testing.assert_allclose(delta(ours)[2:-2], librosa.feature.delta(theirs.T, width=5).T[2:-2], atol=1e-4)
    on_grid = analyse_frame(wave, (50 * HOP_SAMPLES + 256) / SAMPLING_RATE)
    np.testing.assert_allclose(on_grid.mfcc, ours[50])
    np.testing.assert_allclose(on_grid.delta, delta(ours)[50])
    np.testing.assert_allclose(frame.standardised * frame.deviation + frame.mean, frame.mfcc)


def test_the_mfccs_keep_the_coarse_shape_of_the_mel_energies(frame):
    full = scipy.fft.dct(frame.mel_db, norm="ortho")
    np.testing.assert_allclose(frame.mfcc, full[:13])
    np.testing.assert_allclose(frame.smooth_mel_db, scipy.fft.idct(full[:13], n=26, norm="ortho"))


def test_the_delta_of_a_ramp_is_its_slope():
    ramp = 3.0 * np.arange(10)[:, None] + np.array([1.0, -2.0])
    np.testing.assert_allclose(delta(ramp)[2:-2], 3.0)
    assert (delta(np.ones((4, 2))) == 0).all()


@pytest.mark.parametrize("pitch", [90, 100, 120, 150])
@pytest.mark.parametrize("name", VOWELS)
def test_the_formants_of_a_vowel_are_found(name, pitch):
    frame = analyse_frame(vowel(VOWELS[name], pitch), 0.25)
    found = [one.hertz for one in vocal_tract(frame.samples).formants]
    assert found[:2] == pytest.approx(VOWELS[name][:2], rel=0.08)
    assert found[2] == pytest.approx(VOWELS[name][2], rel=0.08)
    assert frame.pitch_hz == pytest.approx(pitch, rel=0.06)


def test_a_formant_is_a_pole_in_both_planes():
    formant = Formant(np.exp((-80 * np.pi + 2j * np.pi * 500) / SAMPLING_RATE))
    assert (formant.hertz, formant.bandwidth_hertz) == pytest.approx((500, 80))
    assert formant.s == pytest.approx(complex(-80 * np.pi, 2 * np.pi * 500))
    assert np.exp(formant.s / SAMPLING_RATE) == pytest.approx(formant.pole)


def test_levinson_durbin_solves_the_normal_equations(frame):
    x = frame.windowed
    lags = np.array([x[lag:] @ x[: len(x) - lag] for lag in range(ORDER + 1)])
    coefficients, error = levinson_durbin(lags)
    solved = scipy.linalg.solve_toeplitz(lags[:-1], -lags[1:])
    np.testing.assert_allclose(coefficients[1:], solved, rtol=1e-5, atol=1e-7)
    assert error == pytest.approx(lags @ coefficients)


def test_all_poles_of_a_recording_are_in_the_unit_circle(wave):
    for seconds in np.arange(0, 2, 0.05):
        poles = vocal_tract(analyse_frame(wave, seconds).samples).poles
        assert len(poles) == ORDER and np.abs(poles).max() < 1


def test_the_filter_answers_as_scipy_says(frame):
    tract = vocal_tract(frame.samples)
    pulse = np.eye(1, 300)[0]
    expected = scipy.signal.lfilter([1], tract.coefficients, pulse)
    np.testing.assert_allclose(tract.impulse_response(300), expected, atol=1e-9)
    hertz = np.array([0.0, 440.0, 3000.0, 8000.0])
    _, response = scipy.signal.freqz([tract.gain], tract.coefficients, worN=hertz, fs=SAMPLING_RATE)
    np.testing.assert_allclose(tract.response(hertz), response, rtol=1e-9)


def test_the_filter_and_the_frame_have_the_same_energy(frame):
    tract = vocal_tract(frame.samples)
    power = np.abs(tract.response(np.linspace(0, SAMPLING_RATE, 16_000, endpoint=False))) ** 2
    assert power.mean() == pytest.approx((tract.samples**2).sum(), rel=1e-3)


@pytest.mark.parametrize("samples", [0, 1, 300, FRAME_SAMPLES, 2000])
def test_silence_and_very_short_recordings_give_finite_numbers(samples):
    for wave in (np.zeros(samples, np.float32), np.full(samples, 0.1, np.float32)):
        frame = analyse_frame(wave, loudest_voiced_seconds(wave))
        tract = vocal_tract(frame.samples)
        numbers = [frame.mfcc, frame.delta, frame.standardised, frame.spectrum_db, frame.smooth_mel_db, frame.level_db]
        numbers += [tract.coefficients, tract.poles, tract.gain, tract.impulse_response(100)]
        assert all(np.isfinite(one).all() for one in numbers)
        assert frame.pitch_hz is None and frame.samples.shape == (FRAME_SAMPLES,)
        assert np.abs(tract.poles).max() < 1
    silence = vocal_tract(np.zeros(FRAME_SAMPLES))
    assert silence.formants == () and silence.gain == 0 and (silence.impulse_response(3) == [1, 0, 0]).all()


def test_a_frame_stays_within_the_recording(wave):
    assert analyse_frame(wave, -5).start == 0
    last = analyse_frame(wave, 1e9)
    assert last.start == len(wave) - FRAME_SAMPLES
    assert last.middle_seconds == pytest.approx(2.0 - 0.016)


def test_the_loudest_voiced_frame_is_not_the_loudest_noise():
    wave = 0.2 * vowel(VOWELS["a"], 120, 1.0)
    wave[:4000] = np.random.default_rng(0).standard_normal(4000)
    assert loudest_voiced_seconds(wave) > 0.25
    assert loudest_voiced_seconds(wave[:4000]) < 0.25  # nothing there is voiced
    assert pitch_hz(wave[1000:1512]) is None


def test_softmax_cross_entropy_and_the_threshold():
    prediction = FakeClassifier().predict([synthetic_voice(1.0)])[0]
    decision = decide(prediction, FakeClassifier(), synthetic_voice(1.0))
    np.testing.assert_allclose(decision.probabilities, [*prediction.scores.values()])
    assert decision.probabilities.sum() == pytest.approx(1)
    assert decision.labels[decision.chosen] == prediction.label
    assert decision.losses[decision.chosen] == pytest.approx(-np.log(0.8))
    assert decision.is_sure and decision.head is None and decision.not_sure_below is None
    certain = decide(Prediction({"calm": 0.0, "sad": 1.0}), FakeClassifier(), None)
    assert np.isfinite(certain.losses).all() and certain.losses[1] == pytest.approx(0, abs=1e-9)


def test_without_speech_there_is_no_decision():
    assert decide(Prediction(verdict=Verdict.NO_SPEECH), FakeClassifier(), np.zeros(16_000)) is None


@pytest.fixture(scope="module")
def recognizer():
    """A tiny model of the encoder family with random weights, and a scale other than one."""
    torch.manual_seed(0)
    encoder = WhisperConfig(**SIZES)
    config = EncoderConfig(
        encoder=encoder,
        pooled_layers=[1, 3],
        id2label=dict(enumerate(LABELS)),
        logit_temperature=1.7,
        not_sure_below=0.9,
    )
    model = EncoderForAudioClassification(config)
    model.scale.mean.fill_(0.1)
    model.scale.deviation.fill_(2.0)
    return EmotionRecognizer(NetworkScorer(model, EncoderFeatureExtractor()), "tiny")


def test_the_head_of_an_encoder_leads_to_the_prediction(recognizer, wave):
    (prediction,) = recognizer.predict([wave])
    decision = decide(prediction, recognizer, wave)
    head = decision.head
    np.testing.assert_allclose(head.standardised, (head.embedding - 0.1) / 2.0, rtol=1e-6)
    layer = recognizer.model.classifier
    weight, bias = (one.detach().double().numpy() for one in (layer.weight, layer.bias))
    np.testing.assert_allclose(head.logits, (weight @ head.standardised + bias) / 1.7, atol=1e-5)
    np.testing.assert_allclose(decision.probabilities, [*prediction.scores.values()], atol=1e-6)
    assert (decision.not_sure_below, decision.is_sure) == (0.9, False)
    assert prediction.verdict is Verdict.NOT_SURE and not head.is_adapted


def test_the_head_is_shown_only_if_it_made_the_prediction(recognizer, wave):
    (prediction,) = recognizer.predict([wave])
    assert decide(prediction, recognizer, None).head is None  # scored in windows
    assert decide(prediction, recognizer, None).not_sure_below == 0.9
    other = Prediction(dict.fromkeys(LABELS, 0.0) | {"sad": 1.0}, model="tiny")
    assert decide(other, recognizer, wave).head is None
    elsewhere = decide(Prediction(prediction.scores, model="another"), recognizer, wave)
    assert elsewhere.head is None and elsewhere.not_sure_below is None and elsewhere.is_sure


def test_the_weights_of_the_loss_are_those_of_the_training(wave):
    weights = [0.5, 1.0, 1.5, 2.0, 1.0, 1.0, 0.8, 0.2]
    config = SpectrogramConfig(
        backbone="cnn", widths=[4], hidden_size=4, id2label=dict(enumerate(LABELS)), class_weights=weights
    )
    scorer = NetworkScorer(SpectrogramForAudioClassification(config), SpectrogramFeatureExtractor())
    network = EmotionRecognizer(scorer, "small")
    decision = decide(network.predict([wave])[0], network, wave)
    np.testing.assert_allclose(decision.losses, -np.array(weights) * np.log(decision.probabilities))
    assert decision.head is None
