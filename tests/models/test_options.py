"""The feature extractors honour the options of `SequenceFeatureExtractor`, and refuse all others."""

import numpy as np
import pytest
import torch

from emotion_hf.models import EncoderFeatureExtractor, SpectrogramFeatureExtractor
from emotion_hf.testing import synthetic_voice

RATE = 16_000
WAVES = [synthetic_voice(0.5), synthetic_voice(0.8, seed=1)]
OWN = {
    "log-mels": (EncoderFeatureExtractor(), 50, 80),
    "samples": (EncoderFeatureExtractor("samples"), 8_000, 12_800),
    "spectrogram": (SpectrogramFeatureExtractor(num_mel_bins=40), 51, 81),
}
"""Each with the lengths of the two clips; the length is the second axis."""


@pytest.fixture(params=OWN)
def own(request):
    return OWN[request.param]


def lengths(batch) -> tuple[int, list[int]]:
    """Return the padded length, and the length of each clip."""
    assert batch["attention_mask"].shape == batch["input_values"].shape[:2]
    return batch["input_values"].shape[1], batch["attention_mask"].sum(1).tolist()


def test_the_longest_clip_decides_by_default(own):
    extractor, short, long = own
    for padding in ({}, {"padding": True}, {"padding": "longest"}):
        batch = extractor(WAVES, sampling_rate=RATE, **padding)
        assert lengths(batch) == (long, [short, long])
        assert not batch["input_values"][0, short:].any()


def test_max_length_pads_and_cuts(own):
    extractor, short, long = own
    whole = extractor(WAVES, sampling_rate=RATE)["input_values"]
    padded = extractor(WAVES, sampling_rate=RATE, padding="max_length", max_length=2 * long)
    assert lengths(padded) == (2 * long, [short, long])
    torch.testing.assert_close(padded["input_values"][:, :long], whole, rtol=0, atol=0)
    between = (short + long) // 2
    cut = extractor(WAVES, sampling_rate=RATE, max_length=np.int64(between), truncation=True)
    assert lengths(cut) == (between, [short, between])
    torch.testing.assert_close(cut["input_values"], whole[:, :between], rtol=0, atol=0)
    both = extractor(WAVES, sampling_rate=RATE, padding="max_length", max_length=short - 10, truncation=True)
    assert lengths(both) == (short - 10, [short - 10] * 2)


def test_a_multiple_without_padding_and_without_a_mask(own):
    extractor, short, long = own
    multiple = extractor(WAVES, sampling_rate=RATE, pad_to_multiple_of=64)
    assert lengths(multiple) == (-(-long // 64) * 64, [short, long])
    apart = extractor(WAVES, sampling_rate=RATE, padding=False, return_tensors=None)
    assert [len(clip) for clip in apart["input_values"]] == [short, long]
    assert list(extractor(WAVES, sampling_rate=RATE, return_attention_mask=False)) == ["input_values"]


def test_types_of_the_result(own):
    extractor, _, long = own
    arrays = extractor(WAVES, sampling_rate=RATE, return_tensors="np")
    assert isinstance(arrays["input_values"], np.ndarray)
    assert arrays["input_values"].shape[:2] == (2, long)
    tensors = extractor(WAVES, sampling_rate=RATE)["input_values"]
    assert tensors.dtype == torch.float32
    np.testing.assert_array_equal(tensors.numpy(), arrays["input_values"])


def test_tensors_as_waves(own):
    extractor, short, _ = own
    usual = extractor(WAVES[0], sampling_rate=RATE)["input_values"]
    assert usual.shape[1] == short
    wave = torch.tensor(WAVES[0])
    for given in (wave.clone().requires_grad_(), wave.to_sparse(), [wave], wave[None]):
        torch.testing.assert_close(extractor(given, sampling_rate=RATE)["input_values"], usual, rtol=0, atol=0)
    rounded = extractor(wave.bfloat16(), sampling_rate=RATE)["input_values"]
    assert rounded.dtype == torch.float32
    assert rounded.shape == usual.shape


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_length": 0, "truncation": True}, "max_length is 0; give a whole number above 0"),
        ({"max_length": "9"}, "max_length is '9'"),
        ({"max_length": True}, "max_length is True"),
        ({"pad_to_multiple_of": -1}, "pad_to_multiple_of is -1"),
        ({"truncation": True}, "max_length"),
        ({"padding": "max_length"}, "max_length"),
        ({"padding": "nonsense"}, "nonsense"),
    ],
)
def test_an_option_that_cannot_be_used_is_one_sentence(own, options, words):
    with pytest.raises(ValueError, match=words):
        own[0](WAVES, sampling_rate=RATE, **options)


def test_an_unknown_option_is_refused(own):
    with pytest.raises(TypeError, match="unexpected keyword argument 'nonsense'"):
        own[0](WAVES, sampling_rate=RATE, nonsense=3)


def test_padding_on_the_left_is_refused():
    for make in (EncoderFeatureExtractor, SpectrogramFeatureExtractor):
        with pytest.raises(
            ValueError, match=r"^padding_side is 'left', but the model takes padding on the right only"
        ):
            make(padding_side="left")


def test_a_missing_rate_is_told_as_transformers_does(own, caplog):
    own[0](WAVES, sampling_rate=RATE)
    assert caplog.text == ""
    own[0](WAVES)
    assert "got no sampling_rate and takes the recording for one at 16000 Hz" in caplog.text
