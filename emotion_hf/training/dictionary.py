"""Learn a dictionary of spectral patches without labels: whitening, then spherical k-means (Coates & Ng 2012).

Example:
    >>> learn_atoms(model.backbone, [(features, mask)], seed=0)  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from emotion_hf.models.spectrogram.backbone_dictionary import DictionaryBackbone

PATCHES = 20_000
DIRECTIONS = 120  # principal components that are kept
EVEN = 0.01  # added to each variance, so that noise is not blown up
ROUNDS = 10
LEAST = 1e-3


def learn_atoms(backbone: DictionaryBackbone, batches: Sequence[tuple[torch.Tensor, torch.Tensor]], seed: int) -> None:
    """Set a dictionary's atoms from batches of features `(batch, 1, bins, frames)` and masks `(batch, frames)`."""
    random = torch.Generator().manual_seed(seed)
    patches = torch.cat([_patches(backbone, features, mask) for features, mask in batches])
    patches = patches[torch.randperm(len(patches), generator=random)[:PATCHES]]
    mean = patches.mean(0)
    covariance = (patches - mean).T @ (patches - mean) / len(patches)
    variances, directions = torch.linalg.eigh(covariance)
    kept = slice(-min(DIRECTIONS, len(variances)), None)
    whiten = directions[:, kept] / (variances[kept] + EVEN).sqrt()
    centres = spherical_k_means((patches - mean) @ whiten, backbone.atoms.out_channels, random)
    atoms = whiten @ centres.T  # (bins * frames, atoms): a patch times this is its place along each centre
    with torch.no_grad():
        backbone.atoms.weight.copy_(atoms.T.reshape(backbone.atoms.weight.shape))
        backbone.atoms.bias.copy_(-mean @ atoms)


def spherical_k_means(points: torch.Tensor, number: int, random: torch.Generator) -> torch.Tensor:
    """Return unit vectors `(number, size)`, each the direction of the points that lie along it, either way."""

    def drawn() -> torch.Tensor:
        return points[torch.randint(len(points), (number,), generator=random)]

    centres = torch.nn.functional.normalize(drawn(), dim=1)
    for _ in range(ROUNDS):
        along = points @ centres.T
        nearest = along.abs().argmax(1)
        sums = torch.zeros_like(centres).index_add_(0, nearest, points * along.gather(1, nearest[:, None]))
        alone = sums.norm(dim=1, keepdim=True) < LEAST
        centres = torch.nn.functional.normalize(torch.where(alone, drawn(), sums), dim=1)
    return centres


def _patches(backbone: DictionaryBackbone, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the patches within the sound `(patches, bins * frames)`."""
    log_mel, keep = backbone.patches(features, mask)
    size = backbone.atoms.kernel_size[0]
    unfolded = log_mel.unfold(2, size, 1).transpose(1, 2).flatten(2)  # (batch, frames', bins * size)
    return unfolded[keep[:, 0] > 0]
