"""Learn corrections in closed form: a last layer of their own, and what tells clips like them from the rest.

Corrections come from voices, rooms and microphones that the training did not know. Where they lie is found first: how
far they are from what training knows of their emotions. The usual layer, moved there, then learns them by regularised
logistic regression in the space in which clips of one emotion differ alike in all directions (maximum a posteriori
around the usual layer), so that five corrections change little and a hundred much. A line across the way from the
original clips to the corrections decides which layer is asked; no original clip that is heard again lies beyond it,
unless both overlap.

Example:
    >>> layer = corrected_layer(vectors, truth, originals, usual, temperature=3.5)  # doctest: +SKIP
    >>> layer.weight.shape  # doctest: +SKIP
    torch.Size([8, 4620])
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from emotion_hf.data.loader import CORRECTIONS
from emotion_hf.models.spectrogram.modeling_spectrogram import FAR, Scatter
from emotion_hf.training.progress import passes

if TYPE_CHECKING:
    from emotion_hf.training.trainer import SpeechTrainer

RIDGE = 1.0  # how dear a change of calibrated logits is, in the log-loss of one clip
COPIES = 4  # of each correction: as it is, and changed as in training
PLACE_CLIPS = 10.0  # so many count as much for where they lie as what is known of it
ORIGINALS = 480  # original clips from which the corrections are told apart
BATCH_SIZE = 8  # more do not stay in a core's cache
ROUNDS = 100


@dataclass(frozen=True)
class Usual:
    """A member's usual last layer, and what training kept of how clips differ.

    Attributes:
        weight: `(labels, size)`.
        bias: `(labels,)`.
        means: Of each label `(labels, size)`.
        scatter: Has the inverse of the scatter.
    """

    weight: torch.Tensor
    bias: torch.Tensor
    means: torch.Tensor
    scatter: Scatter


@dataclass(frozen=True)
class Layer:
    """What `Corrected` holds.

    Attributes:
        weight: `(labels, size)`.
        bias: `(labels,)`.
        direction: `(size,)`; a vector times it, less the border, are the log-odds that it is like the corrections.
        border: `()`.
    """

    weight: torch.Tensor
    bias: torch.Tensor
    direction: torch.Tensor
    border: torch.Tensor


def has_layer(model: torch.nn.Module) -> bool:
    """Tell whether some member of a model, or itself, has a layer for corrections."""
    return any(getattr(one, "corrected", None) is not None for one in getattr(model, "members", [model]))


def rows_heard(corpora: Sequence[str], seed: int) -> list[int]:
    """Return the rows that are listened to: all corrections, and some original clips, which they are told apart from.

    Args:
        corpora: Of each row.
        seed: Of the draw.
    """
    originals = np.asarray(corpora) != CORRECTIONS
    drawn = np.random.default_rng(seed).permutation(np.flatnonzero(originals))[:ORIGINALS]
    return [*np.flatnonzero(~originals).tolist(), *drawn.tolist()]


@torch.no_grad()
def learn_corrections(trainer: SpeechTrainer, progress: Path) -> None:
    """Set the layers for corrections of a model, if it has some, from the corrections among the training clips.

    How far it is stands in the file `progress`, as that of a training by gradients does.
    """
    corpora = np.asarray(trainer.train_dataset["corpus"])
    rows = np.flatnonzero(corpora == CORRECTIONS)
    if not has_layer(trainer.model) or not len(rows):
        return
    others = np.flatnonzero(corpora != CORRECTIONS)
    model = trainer.model.cpu().eval()  # batches and the algebra are there; a GPU would save nothing
    members = [member for member in model.members if member.corrected is not None]
    steps = passes(len(members) * (COPIES + (2 if len(others) else 0)), progress, "corrections")
    for member in members:
        vectors, truth = _heard(trainer, member, rows.tolist(), steps, changed=COPIES - 1)
        originals = vectors.new_zeros(0, vectors.shape[-1])
        if len(others):
            originals = _heard(trainer, member, others.tolist(), steps, changed=1)[0].flatten(0, 1)
        weight, bias, means = member.layer_for(vectors[0])
        usual = Usual(weight, bias, means, member.scatter)
        layer = corrected_layer(vectors, truth, originals, usual, member.config.logit_temperature)
        for name, value in vars(layer).items():
            getattr(member.corrected, name).copy_(value)
    next(steps, None)  # says that it is over
    model.to(trainer.args.device)


def corrected_layer(
    vectors: torch.Tensor, truth: torch.Tensor, originals: torch.Tensor, usual: Usual, temperature: float
) -> Layer:
    """Return the layer for corrections.

    Args:
        vectors: What the last layer hears of each copy of each correction `(copies, clips, size)`.
        truth: Class numbers `(clips,)`.
        originals: What it hears of clips that the model was trained on `(others, size)`; without any, everything is
            taken for like the corrections.
        usual: What training left.
        temperature: By which logits are divided.
    """
    away = vectors - usual.means[truth]
    by_emotion = torch.stack([away[:, truth == label].mean((0, 1)) for label in truth.unique()])
    clips = len(truth)
    bias = usual.bias - usual.weight @ by_emotion.mean(0) * (clips / (clips + PLACE_CLIPS))
    heard, copies = vectors.flatten(0, 1), len(vectors)
    middle = heard.mean(0)
    solved = usual.scatter.solve(heard - middle)
    change, shift = _logistic(
        (heard @ usual.weight.T + bias) / temperature,
        (heard - middle) @ solved.T,
        truth.repeat(copies),
        weight=1 / copies,
        ridge=RIDGE,
    )
    moved = temperature * change @ solved
    direction, border = _border(vectors.mean(0), away.mean(0), originals, usual.scatter)
    return Layer(usual.weight + moved, bias + temperature * shift - moved @ middle, direction, border)


def _logistic(
    logits: torch.Tensor, kernel: torch.Tensor, truth: torch.Tensor, *, weight: float, ridge: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return how much each clip changes each label's weights `(labels, clips)`, and their biases `(labels,)`.

    Args:
        logits: Of the layer that it begins from, calibrated `(clips, labels)`.
        kernel: Products of the clips, the scatter between them `(clips, clips)`.
        truth: Class numbers `(clips,)`.
        weight: Of each clip.
        ridge: Of the weights' norm, also by the scatter, and of the biases.
    """
    labels = logits.shape[1]
    with torch.enable_grad():
        change = torch.zeros(labels, len(kernel), requires_grad=True)
        shift = torch.zeros(labels, requires_grad=True)
        optimizer = torch.optim.LBFGS([change, shift], max_iter=ROUNDS, line_search_fn="strong_wolfe")

        def loss() -> torch.Tensor:
            optimizer.zero_grad()
            moved = change @ kernel
            wrong = torch.nn.functional.cross_entropy(logits + moved.T + shift, truth, reduction="sum")
            value = weight * wrong + ridge * ((moved * change).sum() + shift.square().sum())
            value.backward()
            return value

        optimizer.step(loss)
    return change.detach(), shift.detach()


def _border(
    clips: torch.Tensor, away: torch.Tensor, originals: torch.Tensor, scatter: Scatter
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the direction from originals to corrections, and where on it one changes into the other: half way, or
    already where no original lies any more. Both are scaled so that their difference is one of log-odds.

    Each correction's own place is taken from the direction that the others give, for its own would flatter.
    """
    if not len(originals):
        return torch.zeros_like(away[0]), torch.tensor(-FAR)
    count, direction = len(away), scatter.solve(away.mean(0, keepdim=True))[0]
    without = (count * direction - scatter.solve(away)) / max(count - 1, 1)
    theirs, ours = (clips * without).sum(1), originals @ direction
    spread = (theirs.var(correction=0) + ours.var(correction=0)) / 2
    slope = ((theirs.mean() - ours.mean()) / spread).clamp(min=0)
    return slope * direction, slope * torch.minimum((theirs.mean() + ours.mean()) / 2, ours.max())


def _heard(
    trainer: SpeechTrainer, member: torch.nn.Module, rows: list[int], steps: Iterator[int], *, changed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what a member's last layer hears of clips, once as they are and so many times changed as in training,
    `(copies, clips, size)`, and their class numbers `(clips,)`; each time is one of `steps`."""
    copies = []
    for collator in [trainer.plain_collator, *[trainer.data_collator] * changed]:
        next(steps)
        heard, truth = [], []
        for begin in range(0, len(rows), BATCH_SIZE):
            batch = collator([trainer.train_dataset[row] for row in rows[begin : begin + BATCH_SIZE]])
            features = trainer.model.heard_by(member, batch["input_values"])
            heard.append(member.last_vectors(features, batch["attention_mask"]))
            truth.append(batch["labels"].argmax(1))
        copies.append(torch.cat(heard))
    return torch.stack(copies), torch.cat(truth)
