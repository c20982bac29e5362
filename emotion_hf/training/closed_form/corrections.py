"""Teach a trained model of the encoder family corrections: a new head on embeddings, as close to the old as can be.

What the head answers about the corrections is improved (their log-loss), while its answers about everything that the
model was trained on shall not change, so that nothing is forgotten. That takes none of the original recordings: the
model knows how their embeddings vary (`Variation`), and so how much a change of the weights would change their logits
on average. The trained head is the prior of the new one, and that is its precision (maximum a posteriori; Kirkpatrick
et al. 2017 do the same for networks).

Each correction is also learned as training would augment it, so that the new answers hold in noise too.

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

KEEP = 10000.0
"""What a changed logit costs, by its mean square over the training clips, in the log-loss of one correction."""
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


def learn_corrections(recipe: Recipe, material: Material, output: Path) -> Trained:
    """Teach corrections to the head of a trained model; there are no figures.

    Args:
        recipe: ``model.checkpoint`` is the folder of the trained model, ``model.head.passes`` the number of passes
            over the corrections: as they are, then augmented anew each time.
        material: Corrections, and perhaps other recordings.
        output: Folder of the checkpoint; the progress is told there.

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
            f"{base.name} is trained already, and there are no corrections to teach it; name a pretrained encoder as "
            "model.checkpoint."
        )
    emotions = corrections["emotion"][:]
    if unknown := sorted(set(emotions) - set(base.labels)):
        raise RecipeError(f"{base.name} does not know the label {unknown[0]!r}; it knows {', '.join(base.labels)}.")
    truth = torch.tensor([base.labels.index(emotion) for emotion in emotions])
    everywhere = np.ones((recipe.model.head.passes, len(corrections)), dtype=bool)
    embed = Embedder(model, base.extractor)
    embeddings = embed_passes(embed, decode(corrections), everywhere, recipe, output)
    model.cpu()  # the algebra is there
    with torch.no_grad():
        temperature = model.config.logit_temperature
        vectors = model.scale(torch.from_numpy(embeddings))
        change = corrected_head(model.classifier(vectors) / temperature, truth, vectors, model.variation)
        model.classifier.weight += temperature * change.weight
        model.classifier.bias += temperature * change.bias
    return Trained(model, base.extractor, [], {})


def corrected_head(logits: torch.Tensor, truth: torch.Tensor, vectors: torch.Tensor, variation: Variation) -> Change:
    """Return what is to be added to a head.

    Args:
        logits: What it says about the corrections, calibrated ``(passes, clips, labels)``.
        truth: Class numbers of the corrections ``(clips,)``.
        vectors: Their standardised embeddings ``(passes, clips, size)``.
        variation: Of the clips that the head was trained on.
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
