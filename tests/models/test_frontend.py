"""The front end against librosa, and alone against in a batch."""

import librosa
import numpy as np
import pytest
import torch

from emotion_hf.models.spectrogram.feature_extraction_spectrogram import SpectrogramFeatureExtractor
from emotion_hf.models.spectrogram.frontend_spectrogram import FrontEnd
from emotion_hf.testing import synthetic_voice

TOLERANCE_DB = 2e-3
WAVE = synthetic_voice(1.7, seed=3)


def run(front_end: FrontEnd, *waves: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    tensors = [torch.from_numpy(wave) for wave in waves]
    batch = torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True)
    return front_end(batch, torch.tensor([len(wave) for wave in waves]))


@pytest.mark.parametrize(("n_fft", "hop", "mels"), [(512, 160, 80), (1024, 512, 64), (1024, 370, 128)])
def test_log_mel_equals_librosa(n_fft, hop, mels):
    front_end = FrontEnd(n_fft=n_fft, hop_length=hop, num_mel_bins=mels, normalize_level=False)
    features, mask = run(front_end, WAVE)
    power = librosa.feature.melspectrogram(y=WAVE, sr=16_000, n_fft=n_fft, hop_length=hop, n_mels=mels)
    expected = librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=80.0)
    assert features.shape == (1, 1, *expected.shape) and mask.all()
    np.testing.assert_allclose(features[0, 0], expected, atol=TOLERANCE_DB)


def test_mfcc_and_deltas_equal_librosa():
    front_end = FrontEnd(features="mfcc", num_mfcc=40, deltas=2, n_fft=1024, hop_length=370, normalize_level=False)
    features, _ = run(front_end, WAVE)
    mfcc = librosa.feature.mfcc(y=WAVE, sr=16_000, n_mfcc=40, n_fft=1024, hop_length=370, n_mels=80)
    expected = np.stack([mfcc, librosa.feature.delta(mfcc), librosa.feature.delta(mfcc, order=2)])
    np.testing.assert_allclose(features[0], expected, atol=TOLERANCE_DB)


@pytest.mark.parametrize("features", ["log_mel", "mfcc"])
def test_a_clip_gives_the_same_frames_alone_and_in_a_batch(features):
    front_end = FrontEnd(features=features, deltas=2)
    short, long = WAVE[:9_000], WAVE
    alone, alone_mask = run(front_end, short)
    together, mask = run(front_end, short, long)
    frames = alone_mask.sum()
    assert mask[0].sum() == frames
    torch.testing.assert_close(together[:1, :, :, :frames], alone, atol=1e-4, rtol=1e-4)
    assert not together[0, :, :, frames:].any()


@pytest.mark.parametrize("gain_db", [-20, 20])
def test_level_does_not_matter(gain_db):
    front_end = FrontEnd()
    louder = (WAVE * 10 ** (gain_db / 20)).astype(np.float32)
    torch.testing.assert_close(run(front_end, louder)[0], run(front_end, WAVE)[0], atol=2e-3, rtol=0)


def test_silence_around_a_voice_does_not_change_its_level():
    front_end = FrontEnd()
    quiet = np.zeros(160 * 200, dtype=np.float32)
    padded, _ = run(front_end, np.concatenate([quiet, WAVE, quiet]))
    plain, _ = run(front_end, WAVE)
    inner = padded[..., 210 : 210 + plain.shape[-1] - 20]
    assert (inner - plain[..., 10:-10]).abs().mean() < 1.0  # dB; without the gate it would be 5


def test_digital_silence_stays_finite():
    features, _ = run(FrontEnd(features="mfcc", deltas=2), np.zeros(4_800, dtype=np.float32))
    assert torch.isfinite(features).all()


def test_a_clip_shorter_than_the_delta_window():
    features, mask = run(FrontEnd(deltas=2, hop_length=512, n_fft=1024), WAVE[:1_000])
    assert features.shape[-1] == mask.shape[1] == 2 and torch.isfinite(features).all()


@pytest.mark.parametrize(("arguments", "named"), [({"features": "mels"}, "log_mel"), ({"deltas": 3}, "0, 1 or 2")])
def test_unknown_settings_name_the_known_ones(arguments, named):
    with pytest.raises(ValueError, match=named):
        FrontEnd(**arguments)


def test_extractor_takes_an_array_or_a_list_and_is_saved_exactly(tmp_path):
    extractor = SpectrogramFeatureExtractor(num_mel_bins=64, hop_length=200, deltas=1)
    one, two = extractor(WAVE), extractor([WAVE, WAVE[:8_000]], sampling_rate=16_000, return_tensors="np")
    assert one["input_values"].shape == (1, 2, 64, 1 + len(WAVE) // 200)
    assert two["attention_mask"].sum(axis=1).tolist() == [1 + len(WAVE) // 200, 41]
    extractor.save_pretrained(tmp_path)
    again = SpectrogramFeatureExtractor.from_pretrained(tmp_path)
    assert torch.equal(again(WAVE)["input_values"], one["input_values"])


@pytest.mark.parametrize(
    ("wave", "rate", "words"),
    [
        (WAVE, 44_100, "16000 Hz"),
        (np.array([0.0, np.nan], dtype=np.float32), 16_000, "NaN"),
        ([np.zeros(0, dtype=np.float32)], 16_000, "at least one sample"),
        (np.zeros(0, dtype=np.float32), 16_000, "at least one sample"),
        ([np.zeros((2, 50), dtype=np.float32)], 16_000, "mono"),
    ],
)
def test_extractor_refuses_what_it_cannot_hear(wave, rate, words):
    with pytest.raises(ValueError, match=words):
        SpectrogramFeatureExtractor()(wave, sampling_rate=rate)
