"""Restoration: what it changes, what it leaves, and that a batch gives what single clips give."""

import pytest
import torch

from emotion_hf.models import SpectrogramConfig, SpectrogramFeatureExtractor, SpectrogramForAudioClassification
from emotion_hf.testing import synthetic_voice

FEATURES = ("pitch", "mfcc", "log_mel", "contrast", "centroid", "rolloff", "zcr", "rms", "voicing", "chroma")
EXTRACTOR = SpectrogramFeatureExtractor(num_mel_bins=40, num_mfcc=16, features=FEATURES)


def model(**fields) -> SpectrogramForAudioClassification:
    torch.manual_seed(0)
    bins = EXTRACTOR.front_end.bins_by_feature
    fields = {
        "num_bins": sum(bins.values()),
        "descriptors": list(bins),
        "descriptor_bins": list(bins.values()),
    } | fields
    return SpectrogramForAudioClassification(SpectrogramConfig(widths=[8], blocks=1, restored=True, **fields)).eval()


def learned(**fields) -> SpectrogramForAudioClassification:
    """Return one that changes something."""
    made = model(**fields)
    torch.nn.init.normal_(made.restoration.last.weight, std=0.01)
    return made


def heard(*seconds: float) -> tuple[torch.Tensor, torch.Tensor]:
    batch = EXTRACTOR([synthetic_voice(length, seed=seed) for seed, length in enumerate(seconds)])
    return batch["input_values"].permute(0, 2, 3, 1), batch["attention_mask"].float()


def test_untrained_it_changes_nothing():
    features, mask = heard(0.5, 1.2)
    torch.testing.assert_close(model().restored(features, mask), features, atol=1e-3, rtol=1e-5)


def test_a_padded_batch_equals_single_clips():
    made, lengths = learned(), (0.5, 1.2, 2.0)
    together = made.restored(*heard(*lengths))
    for number, length in enumerate(lengths):
        features = EXTRACTOR(synthetic_voice(length, seed=number))["input_values"].permute(0, 2, 3, 1)
        alone = made.restored(features, torch.ones_like(features[:, 0, 0]))
        frames = alone.shape[-1]
        torch.testing.assert_close(together[number : number + 1, ..., :frames], alone, atol=1e-3, rtol=1e-4)
        assert not together[number, ..., frames:].any()


def test_cepstra_and_level_follow_the_bands_and_all_else_stays():
    made, (features, mask) = learned(), heard(1.0)
    restored, rows = made.restored(features, mask), made.restoration.rows
    for name in FEATURES:
        same = torch.equal(restored[:, :, rows[name]], features[:, :, rows[name]])
        assert same == (name not in {"log_mel", "mfcc", "rms"}), name
    (bands, cepstra, level), before = (
        (restored[:, 0, rows[name]] for name in ("log_mel", "mfcc", "rms")),
        features[:, 0],
    )
    torch.testing.assert_close(cepstra, EXTRACTOR.front_end.dct.T @ bands, atol=1e-3, rtol=1e-4)
    gain = 10 * torch.log10((10 ** (bands / 10)).sum(1) / (10 ** (before[:, rows["log_mel"]] / 10)).sum(1))
    torch.testing.assert_close(level - before[:, rows["rms"]], gain[:, None], atol=1e-3, rtol=1e-3)


def test_a_checkpoint_keeps_it(tmp_path):
    made, inputs = learned(), EXTRACTOR(synthetic_voice(1.0))
    made.save_pretrained(tmp_path)
    again, info = SpectrogramForAudioClassification.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    with torch.inference_mode():
        assert torch.equal(again.eval()(**inputs).logits, made(**inputs).logits)


@pytest.mark.parametrize("fields", [{"descriptors": ["mfcc"], "descriptor_bins": [16]}, {"num_channels": 2}])
def test_it_needs_bands_that_are_bins(fields):
    with pytest.raises(ValueError, match="restored=true needs log_mel"):
        model(**fields)
