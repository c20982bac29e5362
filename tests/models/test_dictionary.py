"""The dictionary's answers, patch by patch in NumPy."""

import numpy as np
import pytest
import torch

from emotion_hf.models import SpectrogramConfig
from emotion_hf.models.spectrogram.backbone_dictionary import DictionaryBackbone

BINS, SIZE, ATOMS = 6, 5, 230


@pytest.fixture(scope="module")
def backbone() -> DictionaryBackbone:
    torch.manual_seed(0)
    config = SpectrogramConfig(
        backbone="dictionary", widths=[ATOMS], patch_frames=SIZE, descriptors=["log_mel"], descriptor_bins=[BINS]
    )
    return DictionaryBackbone(config).eval()


def log_mel(frames: int, quiet: int) -> np.ndarray:
    """Return a loud stretch of `frames` between `quiet` frames on both sides, in dB, `(BINS, frames + 2 * quiet)`."""
    loud = np.random.default_rng(frames).uniform(-20, 10, (BINS, frames))
    return np.pad(loud, ((0, 0), (quiet, quiet)), constant_values=-70.0).astype(np.float32)


def expected(backbone: DictionaryBackbone, values: np.ndarray) -> np.ndarray:
    """Return what a clip is worth whose every frame is within the sound."""
    x = np.maximum(values - values.max(), -60.0) / 20
    patches = np.stack([x[:, start : start + SIZE].ravel() for start in range(x.shape[1] - SIZE + 1)])
    weight, bias = backbone.atoms.weight.flatten(1).detach().numpy(), backbone.atoms.bias.detach().numpy()
    along = patches @ weight.T + bias
    answers = np.concatenate([np.maximum(along - 0.5, 0), np.maximum(-along - 0.5, 0)], axis=1)
    return np.sqrt(np.concatenate([answers.mean(0), answers.std(0)]))


@torch.no_grad()
def test_answers_are_means_and_deviations_over_the_patches_within_the_sound(backbone):
    short, long = log_mel(9, quiet=0), log_mel(30, quiet=20)
    features, mask = torch.zeros(2, 1, BINS, 70), torch.zeros(2, 70)
    for row, values in enumerate((short, long)):
        features[row, 0, :, : values.shape[1]] = torch.from_numpy(values)
        mask[row, : values.shape[1]] = 1
    sound = long[:, 16:54]  # four frames around the loud ones belong to it
    found = backbone.measure(features, mask)
    assert (found > 0).float().mean() > 0.3
    np.testing.assert_allclose(
        found, np.stack([expected(backbone, short), expected(backbone, sound)]), rtol=1e-4, atol=1e-3
    )


@torch.no_grad()
def test_silence_that_all_clips_share_is_not_measured(backbone):
    features = torch.from_numpy(log_mel(30, quiet=20))[None, None]
    patches, keep = backbone.patches(features, torch.ones(1, 70))
    assert patches.shape == (1, BINS, 38) and keep.tolist() == [[[1.0] * 34]]
    patches, keep = backbone.patches(features[..., :3], torch.ones(1, 3))  # shorter than a patch
    assert patches.shape == (1, BINS, SIZE) and keep.tolist() == [[[1.0]]]
