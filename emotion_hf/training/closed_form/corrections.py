"""Teach a trained model of the encoder family corrections: a new head on embeddings, as close to the old as can be.

What the head answers about the corrections is improved (their log-loss), while two things hold it back:

- Its answers about original recordings shall not change: knowledge distillation, so that nothing is forgotten (Li &
  Hoiem 2017). Labels play no part in it, so a few hundred recordings suffice.
- Its weights shall change little: the trained head is the prior of the new one (maximum a posteriori).

Each correction is also learned as training would augment it, so that the new answers hold in noise too.

Example:
    >>> change = corrected_head(logits, truth, corrections, originals)  # doctest: +SKIP
    >>> change.weight.shape  # doctest: +SKIP
    torch.Size([8, 4096])
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.baselines.cache import CachedFeatures
from emotion_hf.baselines.features import Features
from emotion_hf.data.augment import Augmenter
from emotion_hf.data.collate import FULL_SCALE, decode
from emotion_hf.data.loader import CORRECTIONS
from emotion_hf.errors import RecipeError
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.training.closed_form.embeddings import Embedder, augmented
from emotion_hf.training.material import Material, Trained
from emotion_hf.training.progress import passes
from emotion_hf.training.resume import PROGRESS

if TYPE_CHECKING:
    from datasets import Dataset

    from emotion_hf.recipes import Recipe

ORIGINALS = 480  # original recordings to keep the answers about, equally many of each corpus
ORIGINAL_PASSES = 2  # over these: as they are, and augmented
KEEP = 1.0  # price of a squared change of one of their calibrated logits, in the log-loss of one correction
RIDGE = 0.025  # price of a squared change of the weights, likewise, for each number of an embedding
ROUNDS = 100


@dataclass(frozen=True)
class Change:
    """What is added to a head that gives calibrated logits of standardised embeddings.

    Attributes:
        weight: ``(labels, size)``.
        bias: ``(labels,)``.
    """

    weight: torch.Tensor
    bias: torch.Tensor


def learn_corrections(recipe: Recipe, material: Material, output: Path, *, cache: Path | None = None) -> Trained:
    """Teach corrections to the head of a trained model; there are no figures.

    Args:
        recipe: ``model.checkpoint`` is the folder of the trained model, ``model.head.passes`` the number of passes
            over the corrections: as they are, then augmented anew each time.
        material: Corrections and original recordings.
        output: Folder of the checkpoint; the progress is told there.
        cache: Where embeddings are kept; without it they are computed anew.

    Raises:
        RecipeError: There are no corrections, or they have other labels than the model.
        CheckpointError: The model cannot be loaded.
    """
    base = EmotionRecognizer.from_pretrained(Path(recipe.model.checkpoint))
    model = base.model
    learned = material.dataset.select(material.split.train)
    corpora = np.asarray(learned["corpus"][:], dtype=str)
    rows, others = np.flatnonzero(corpora == CORRECTIONS), draw_originals(corpora, recipe.seed)
    if not len(rows):
        raise RecipeError(
            f"{base.name} is trained already, and there are no corrections to teach it; name a pretrained encoder as "
            "model.checkpoint."
        )
    emotions = learned.select(rows)["emotion"][:]
    if unknown := sorted(set(emotions) - set(base.labels)):
        raise RecipeError(f"{base.name} does not know the label {unknown[0]!r}; it knows {', '.join(base.labels)}.")
    truth = torch.tensor([base.labels.index(emotion) for emotion in emotions])
    corrections, originals = _embeddings(base, recipe, learned, rows, others, output, cache)
    with torch.no_grad():
        temperature = model.config.logit_temperature
        logits = model.classifier(corrections) / temperature
        change = corrected_head(logits, truth, corrections, originals)
        model.classifier.weight += temperature * change.weight
        model.classifier.bias += temperature * change.bias
    return Trained(model, base.extractor, [], {})


def draw_originals(corpora: np.ndarray, seed: int) -> np.ndarray:
    """Return the rows of original recordings whose answers are kept, as equally many of each corpus as there are.

    Args:
        corpora: Of each row ``(rows,)``.
        seed: Of the draw.
    """
    names, rng = sorted(set(corpora) - {CORRECTIONS}), np.random.default_rng(seed)
    drawn = [rng.permutation(np.flatnonzero(corpora == name))[: ORIGINALS // len(names)] for name in names]
    return np.sort(np.concatenate([*drawn, np.empty(0, dtype=int)]))


def corrected_head(
    logits: torch.Tensor, truth: torch.Tensor, corrections: torch.Tensor, originals: torch.Tensor
) -> Change:
    """Return what is to be added to a head.

    Args:
        logits: What it says about the corrections, calibrated ``(passes, clips, labels)``.
        truth: Class numbers of the corrections ``(clips,)``.
        corrections: Their standardised embeddings ``(passes, clips, size)``.
        originals: Standardised embeddings of original recordings ``(others, size)``; there may be none.
    """
    count, _, size = corrections.shape
    flat, targets = corrections.flatten(0, 1), truth.repeat(count)
    with torch.enable_grad():
        weight = torch.zeros(logits.shape[-1], size, requires_grad=True)
        bias = torch.zeros(logits.shape[-1], requires_grad=True)
        optimizer = torch.optim.LBFGS([weight, bias], max_iter=ROUNDS, line_search_fn="strong_wolfe")

        def loss() -> torch.Tensor:
            optimizer.zero_grad()
            changed = logits.flatten(0, 1) + flat @ weight.T + bias
            value = torch.nn.functional.cross_entropy(changed, targets, reduction="sum") / count
            value = value + KEEP * (originals @ weight.T + bias).square().sum()
            value = value + RIDGE * size * (weight.square().sum() + bias.square().sum())
            value.backward()
            return value

        optimizer.step(loss)
    return Change(weight.detach(), bias.detach())


def _embeddings(
    base: EmotionRecognizer,
    recipe: Recipe,
    learned: Dataset,
    rows: np.ndarray,
    others: np.ndarray,
    output: Path,
    cache: Path | None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return standardised embeddings of the corrections ``(passes, clips, size)``, and of original recordings
    ``(others, size)``."""
    embed = Embedder(base.model, base.extractor)
    embed_originals = CachedFeatures(embed, cache) if cache else embed  # no trace of a correction stays in the cache
    augmenter = Augmenter(recipe.augmentation, SAMPLING_RATE)
    most = round(recipe.data.max_seconds * SAMPLING_RATE)

    def heard(waves: list[np.ndarray], number: int, by: Features) -> torch.Tensor:
        changed = waves if number == 0 else [augmented(wave, augmenter, number, recipe.seed) for wave in waves]
        found = by([wave[:most] for wave in changed])
        return base.model.scale(torch.from_numpy(found).to(base.model.device)).cpu()

    clips, kept = (
        [row["wave"][:most].astype(np.float32) / FULL_SCALE for row in decode(learned.select(some))]
        for some in (rows, others)
    )
    corrections, originals = [], [torch.empty(0, base.model.config.embedding_size)]
    for number in passes(recipe.model.head.passes, output / PROGRESS):
        corrections.append(heard(clips, number, embed))
        if kept and number < ORIGINAL_PASSES:
            originals.append(heard(kept, number, embed_originals))
    base.model.cpu()  # the algebra is there
    return torch.stack(corrections), torch.cat(originals)
