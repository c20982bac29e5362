"""The front end against librosa, and alone against in a batch."""

import warnings

import librosa
import numpy as np
import pytest
import torch

from emotion_hf.models.spectrogram.descriptors_spectrogram import min_max
from emotion_hf.models.spectrogram.feature_extraction_spectrogram import SpectrogramFeatureExtractor
from emotion_hf.models.spectrogram.frontend_spectrogram import DESCRIPTORS, FEATURES, FrontEnd
from emotion_hf.testing import synthetic_voice

TOLERANCE_DB = 2e-3
MFCC_ORDERS = ["mfcc", "mfcc_delta", "mfcc_delta2"]
MFCC_STACK = ["mfcc", "mfcc_delta"]
STATISTICS_STACK = [*MFCC_ORDERS, "centroid", "rolloff", "zcr", "chroma"]
SPECTRAL = ["mfcc", "contrast", "chroma", "rms"]
WAVE = synthetic_voice(1.7, seed=3)


def run(front_end: FrontEnd, *waves: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    tensors = [torch.from_numpy(wave) for wave in waves]
    batch = torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True)
    return front_end(batch, torch.tensor([len(wave) for wave in waves]))


@pytest.mark.parametrize(("n_fft", "hop", "mels"), [(512, 160, 80), (1024, 512, 64), (1024, 370, 128)])
def test_log_mel_equals_librosa(n_fft, hop, mels):
    front_end = FrontEnd(n_fft=n_fft, hop_length=hop, num_mel_bins=mels, amplitude="as_recorded")
    features, mask = run(front_end, WAVE)
    power = librosa.feature.melspectrogram(y=WAVE, sr=16_000, n_fft=n_fft, hop_length=hop, n_mels=mels)
    expected = librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=80.0)
    assert features.shape == (1, 1, *expected.shape) and mask.all()
    np.testing.assert_allclose(features[0, 0], expected, atol=TOLERANCE_DB)


def test_mfcc_and_deltas_equal_librosa():
    front_end = FrontEnd(features=MFCC_ORDERS, n_fft=1024, hop_length=370, amplitude="as_recorded")
    features, _ = run(front_end, WAVE)
    mfcc = librosa.feature.mfcc(y=WAVE, sr=16_000, n_mfcc=40, n_fft=1024, hop_length=370, n_mels=80)
    expected = np.stack([mfcc, librosa.feature.delta(mfcc), librosa.feature.delta(mfcc, order=2)])
    assert features.shape == (1, 1, front_end.num_bins, expected.shape[-1])
    np.testing.assert_allclose(features.reshape(expected.shape), expected, atol=TOLERANCE_DB)


@pytest.mark.parametrize(
    ("features", "num_mfcc", "bins"),
    [
        (MFCC_STACK, 40, 80),
        (STATISTICS_STACK, 20, 75),
        ([*SPECTRAL, *(f"{name}_delta" for name in SPECTRAL)], 40, 120),
        (["pitch", "voicing", "log_mel"], 40, 82),
    ],
)
def test_descriptors_are_stacked_in_the_order_they_are_named(features, num_mfcc, bins):
    front_end = FrontEnd(features=features, num_mfcc=num_mfcc)
    stacked, _ = run(front_end, WAVE)
    assert (1, front_end.num_bins) == stacked.shape[1:3] == (1, bins)
    alone = [run(FrontEnd(features=[name], num_mfcc=num_mfcc), WAVE)[0] for name in features]
    torch.testing.assert_close(stacked, torch.cat(alone, dim=2))


@pytest.mark.parametrize("descriptor", DESCRIPTORS)
def test_a_clip_gives_the_same_frames_alone_and_in_a_batch(descriptor):
    names = [name for name in FEATURES if FEATURES[name][0] == descriptor]
    front_end = FrontEnd(features=names)
    shortest, short, long = 5 * WAVE[5_000:6_200], WAVE[:9_000], WAVE  # the first with fewer frames than a Δ needs
    together, mask = run(front_end, shortest, short, long)
    for row, clip in enumerate((shortest, short)):
        alone, alone_mask = run(front_end, clip)
        frames = alone_mask.sum()
        assert mask[row].sum() == frames and alone.any()
        plain, *_ = alone[0, 0].chunk(len(names))
        torch.testing.assert_close(
            together[row, 0, :, :frames], alone[0, 0], atol=1e-5 * plain.abs().max().item(), rtol=0
        )
        assert not together[row, :, :, frames:].any()


def test_min_max_stretches_each_clip_to_its_own_extremes():
    waves = torch.tensor([[0.1, -0.3, 0.5, 0.0], [0.02, 0.04, 0.0, 0.0]])
    stretched = min_max(waves, torch.tensor([4, 2]))
    torch.testing.assert_close(stretched, torch.tensor([[0.0, -1.0, 1.0, -0.25], [-1.0, 1.0, 0.0, 0.0]]))
    front_end = FrontEnd(amplitude="min_max")
    loud, quiet = (front_end(torch.from_numpy(gain * WAVE)[None], torch.tensor([len(WAVE)]))[0] for gain in (1, 0.1))
    torch.testing.assert_close(loud, quiet, atol=0.01, rtol=0)


@pytest.mark.parametrize("gain_db", [-20, 20])
@pytest.mark.parametrize("descriptor", DESCRIPTORS)
def test_level_does_not_matter(descriptor, gain_db):
    front_end = FrontEnd(features=[descriptor])
    louder = (WAVE * 10 ** (gain_db / 20)).astype(np.float32)
    plain, _ = run(front_end, WAVE)
    relative = 5e-4 if descriptor == "contrast" else 1e-4  # a valley is the weakest bin, 80 dB below: float32's limit
    torch.testing.assert_close(run(front_end, louder)[0], plain, atol=relative * plain.abs().max().item(), rtol=0)


def test_rms_is_the_level_above_the_gated_one():
    tone = np.sin(np.arange(16_000)).astype(np.float32)
    half = np.concatenate([tone, 0.1 * tone])  # the gate leaves out what is 20 dB weaker
    decibels = run(FrontEnd(features=["rms"]), half)[0][0, 0, 0]
    assert decibels[10:90].mean() == pytest.approx(0, abs=0.1)
    assert decibels[110:190].mean() == pytest.approx(-20, abs=0.1)
    as_recorded = run(FrontEnd(features=["rms"], amplitude="as_recorded"), half)[0][0, 0, 0]
    assert as_recorded[10:90].mean() == pytest.approx(-3.01, abs=0.02)  # of a full sine


def test_silence_around_a_voice_does_not_change_its_level():
    front_end = FrontEnd()
    quiet = np.zeros(160 * 200, dtype=np.float32)
    padded, _ = run(front_end, np.concatenate([quiet, WAVE, quiet]))
    plain, _ = run(front_end, WAVE)
    inner = padded[..., 210 : 210 + plain.shape[-1] - 20]
    assert (inner - plain[..., 10:-10]).abs().mean() < 1.0  # dB; without the gate it would be 5


def test_digital_silence_stays_finite():
    features, _ = run(FrontEnd(features=list(FEATURES)), np.zeros(4_800, dtype=np.float32))
    assert torch.isfinite(features).all()


def test_a_clip_shorter_than_the_delta_window():
    features, mask = run(FrontEnd(features=list(FEATURES), hop_length=512, n_fft=1024), WAVE[:1_000])
    assert features.shape[-1] == mask.shape[1] == 2 and torch.isfinite(features).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"features": ["mels"]}, "'mels'; choose from log_mel, mfcc, .*voicing, each also with _delta or _delta2"),
        ({"features": ["log_mel", 3]}, "feature 3; choose from log_mel"),
        ({"features": ["log_mel_delta3"]}, "choose from log_mel"),
        ({"features": "log_mel"}, "'log_mel'; it must be a list of names from log_mel"),
        ({"features": []}, "must be a list"),
        ({"features": ["zcr", "zcr"]}, "'zcr' more than once"),
        ({"features": ["mfcc"], "num_mel_bins": 32}, "at most num_mel_bins, 32"),
        ({"features": ["contrast"], "n_fft": 64}, "n_fft of at least 80"),
        ({"n_fft": 513}, "must be even"),
        ({"min_pitch_hz": 600.0}, "must rise, from above 0 to 4000"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(arguments, words):
    with pytest.raises(ValueError, match=words) as caught:
        FrontEnd(**arguments)
    assert "\n" not in str(caught.value)


def test_extractor_copies_what_may_not_be_written_and_what_has_a_gradient():
    extractor = SpectrogramFeatureExtractor()
    frozen = WAVE.copy()
    frozen.setflags(write=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected = extractor(frozen)["input_values"]
    assert torch.equal(extractor(torch.from_numpy(WAVE).requires_grad_())["input_values"], expected)


def test_extractor_takes_an_array_or_a_list_and_is_saved_exactly(tmp_path):
    extractor = SpectrogramFeatureExtractor(
        features=("mfcc", "pitch_delta"), num_mel_bins=64, num_mfcc=20, hop_length=200, max_pitch_hz=600.0
    )
    one, two = extractor(WAVE), extractor([WAVE, WAVE[:8_000]], sampling_rate=16_000, return_tensors="np")
    assert one["input_values"].shape == (1, 1 + len(WAVE) // 200, 1, 21)
    assert two["attention_mask"].sum(axis=1).tolist() == [1 + len(WAVE) // 200, 41]
    extractor.save_pretrained(tmp_path)
    again = SpectrogramFeatureExtractor.from_pretrained(tmp_path)
    assert again.to_dict() == extractor.to_dict() and again.features == ["mfcc", "pitch_delta"]
    assert torch.equal(again(WAVE)["input_values"], one["input_values"])


@pytest.mark.parametrize(
    ("wave", "rate", "words"),
    [
        (WAVE, 44_100, "16000 Hz"),
        (np.array([0.0, np.nan], dtype=np.float32), 16_000, "NaN"),
        (np.array([0.0, 1e18], dtype=np.float32), 16_000, "above 1e12"),
        ([np.zeros(0, dtype=np.float32)], 16_000, "at least one sample"),
        (np.zeros(0, dtype=np.float32), 16_000, "at least one sample"),
        ([np.zeros((2, 50), dtype=np.float32)], 16_000, "mono"),
    ],
)
def test_extractor_refuses_what_it_cannot_hear(wave, rate, words):
    with pytest.raises(ValueError, match=words):
        SpectrogramFeatureExtractor()(wave, sampling_rate=rate)
