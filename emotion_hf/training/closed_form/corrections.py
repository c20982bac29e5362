"""Train the head of a model of the encoder family on corrections, with little change to its other predictions.

The new head has a lower log-loss on the corrections, but its logits for the original training clips should change as
little as possible. This does not need the original recordings: the model has statistics of their embeddings
(`Variation`), which give the mean square change of their logits for any change of the weights. In Bayesian terms, the
old head is the mean of the prior, and these statistics are its precision (maximum a posteriori; Kirkpatrick et al.
2017 do the same for networks).

The head is also trained on augmented copies of the corrections, so that the gain also holds in noise.

Example:
    >>> change = corrected_head(logits, truth, vectors, model.variation)  # doctest: +SKIP
    >>> change.weight.shape  # doctest: +SKIP
    torch.Size([8, 4096])
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from emotion_hf.data.collate import decode
from emotion_hf.data.loader import CORRECTIONS
from emotion_hf.errors import RecipeError
from emotion_hf.models.encoder.modeling_encoder import Variation
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.training.closed_form.embeddings import Embedder
from emotion_hf.training.closed_form.train import embed_passes
from emotion_hf.training.material import Material, Trained

if TYPE_CHECKING:
    from emotion_hf.recipes import Recipe

KEEP = 300.0
"""Weight of the mean square change of the logits of the training clips, relative to the log-loss of one correction;
chosen on corrections of SAVEE and ASED, which `benchmarks/UNSEEN_SPEAKERS.md` describes."""
ROUNDS = 100


@dataclass(frozen=True)
class Change:
    """Change of a head that turns standardised embeddings into calibrated logits.

    Attributes:
        weight: Added to the weight ``(labels, size)``.
        bias: Added to the bias ``(labels,)``.
    """

    weight: torch.Tensor
    bias: torch.Tensor


def learn_corrections(recipe: Recipe, material: Material, output: Path) -> Trained:
    """Train the head of a trained model on corrections; the result has no figures.

    Args:
        recipe: ``model.checkpoint`` is the folder of the trained model. ``model.head.passes`` is the number of passes
            over the corrections: the first unchanged, each later one with new augmentations.
        material: Corrections, and possibly other recordings.
        output: Folder of the checkpoint; the progress is written there.

    Raises:
        RecipeError: There are no corrections, or they have other labels than the model.
        CheckpointError: The model cannot be loaded.
    """
    base = EmotionRecognizer.from_pretrained(Path(recipe.model.checkpoint))
    model = base.model
    learned = material.dataset.select(material.split.train)
    corrections = learned.select(np.flatnonzero(np.asarray(learned["corpus"][:]) == CORRECTIONS))
    if not len(corrections):
        raise RecipeError(
            f"{base.name} is already trained, and there are no corrections to train it on; set model.checkpoint to a "
            "pretrained encoder."
        )
    emotions = corrections["emotion"][:]
    if unknown := sorted(set(emotions) - set(base.labels)):
        raise RecipeError(f"{base.name} has no label {unknown[0]!r}; it has {', '.join(base.labels)}.")
    truth = torch.tensor([base.labels.index(emotion) for emotion in emotions])
    everywhere = np.ones((recipe.model.head.passes, len(corrections)), dtype=bool)
    embed = Embedder(model, base.extractor)
    embeddings = embed_passes(embed, decode(corrections), everywhere, recipe, output)
    model.cpu()  # the head is computed on the CPU
    with torch.no_grad():
        temperature = model.config.logit_temperature
        vectors = model.scale(torch.from_numpy(embeddings))
        change = corrected_head(model.classifier(vectors) / temperature, truth, vectors, model.variation)
        model.classifier.weight += temperature * change.weight
        model.classifier.bias += temperature * change.bias
    return Trained(model, base.extractor, [], {})


def corrected_head(logits: torch.Tensor, truth: torch.Tensor, vectors: torch.Tensor, variation: Variation) -> Change:
    """Return the change of a head for some corrections.

    Args:
        logits: Calibrated logits of the corrections from the old head ``(passes, clips, labels)``.
        truth: Class numbers of the corrections ``(clips,)``.
        vectors: Standardised embeddings of the corrections ``(passes, clips, size)``.
        variation: Variation of the embeddings that the head was trained on.
    """
    count, targets, flat = len(vectors), truth.repeat(len(vectors)), vectors.flatten(0, 1)
    with torch.enable_grad():
        weight = torch.zeros(logits.shape[-1], flat.shape[1], requires_grad=True)
        bias = torch.zeros(logits.shape[-1], requires_grad=True)
        optimizer = torch.optim.LBFGS([weight, bias], max_iter=ROUNDS, line_search_fn="strong_wolfe")

        def loss() -> torch.Tensor:
            optimizer.zero_grad()
            changed = logits.flatten(0, 1) + flat @ weight.T + bias
            value = torch.nn.functional.cross_entropy(changed, targets, reduction="sum") / count
            among = (weight @ variation.directions.T).square().sum() + variation.rest * weight.square().sum()
            value = value + KEEP * (among + bias.square().sum())
            value.backward()
            return value

        optimizer.step(loss)
    return Change(weight.detach(), bias.detach())
