"""Adapt a model whose last layer is a discriminant to one voice; `emotion_hf.adaptation` is the way in.

Whoever listens to the same people again and again need not be content with what strangers get. Some clips with their
emotions move the centre of each emotion towards the voice's own; recordings of ordinary speech without labels say how
the voice differs from the usual one. Both change the last layer alone, which is solved anew with what training kept of
how clips differ (`Scatter`): milliseconds, and nothing is forgotten.

Example:
    >>> anna = adapt(EmotionRecognizer.from_pretrained(), waves, ["angry", "sad", "sad"])  # doctest: +SKIP
    >>> anna("clip.wav").label  # doctest: +SKIP
    'angry'
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.errors import CheckpointError, LabelError
from emotion_hf.labels import ORDINARY
from emotion_hf.models.spectrogram.modeling_spectrogram import FAR
from emotion_hf.recognizer import EmotionRecognizer, NetworkScorer

EMOTION_CLIPS = 27.0  # so many clips of an emotion count as much as what is known of that emotion
VOICE_CLIPS = 10.0  # and so many labelled clips in all as much as what is known of voices
ORDINARY_CLIPS = 30.0  # likewise of ordinary speech, whose emotion is only guessed


def adapt(
    recognizer: EmotionRecognizer, waves: Sequence[np.ndarray], emotions: Sequence[str] | None = None
) -> EmotionRecognizer:
    """Return a recognizer for the voice of some recordings; the given one stays as it is.

    Args:
        recognizer: One whose network has a layer in closed form, as the model that ships.
        waves: Mono float32 at 16 kHz, one voice, each up to some seconds.
        emotions: What each of them expresses; without it they are taken for ordinary, calm or neutral speech.

    Raises:
        CheckpointError: The model cannot be adapted.
        LabelError: There are no recordings, not as many emotions, or one that the model does not know.
    """
    labels = recognizer.labels
    if labels != recognizer.scorer.labels:
        raise LabelError(
            f"{recognizer.name} was loaded with other names for its labels; load it without, to adapt it."
        )
    if not len(waves) or (emotions is not None and len(emotions) != len(waves)):
        raise LabelError(f"{len(waves)} recordings and {len(emotions or ())} emotions; give each recording one.")
    if unknown := sorted(set(emotions or ()) - set(labels)):
        raise LabelError(f"The model does not know the label {unknown[0]!r}; it knows {', '.join(labels)}.")
    if not _adaptable(recognizer.model):
        raise CheckpointError(f"{recognizer.name} cannot be adapted; train it with model.config.scatter_rank=200.")
    numbers = None if emotions is None else torch.tensor([labels.index(emotion) for emotion in emotions])
    if numbers is None and not set(ORDINARY) & set(labels):
        raise LabelError(
            f"The model knows no ordinary speech, {' or '.join(ORDINARY)}; give each recording's emotion."
        )
    ordinary = [labels.index(label) for label in ORDINARY if label in labels]
    model = copy.deepcopy(recognizer.model)
    for member in _adaptable(model):
        vectors = _vectors(recognizer, model, member, waves)
        with torch.no_grad():
            moved = _moves(member.layer_for(vectors)[2], vectors, numbers, ordinary)
            change = member.scatter.solve(moved)
            for weight, bias, means in member.layers():
                # Half of what mean times weight gains: the bias of a discriminant is minus half of that product.
                bias -= (change * (means + moved) + weight * moved).sum(1) / 2
                weight += change
                means += moved
            if numbers is not None and member.corrected is not None:
                member.corrected.border.fill_(FAR)  # the voice's own clips say more than those of others like it
    return EmotionRecognizer(
        NetworkScorer(model, recognizer.extractor), f"{recognizer.name}, adapted", max_seconds=recognizer.max_seconds
    )


def _adaptable(model) -> list:
    """Return the model, or those of its members, whose last layer can be solved anew."""
    return [one for one in getattr(model, "members", [model]) if getattr(one, "scatter", None) is not None]


def _moves(
    means: torch.Tensor, vectors: torch.Tensor, numbers: torch.Tensor | None, ordinary: Sequence[int]
) -> torch.Tensor:
    """Return how far each label's mean moves `(labels, size)`."""
    if numbers is None:
        away = vectors.mean(0) - means[ordinary].mean(0)
        return (len(vectors) / (len(vectors) + ORDINARY_CLIPS) * away).expand_as(means)
    found = [int(number) for number in numbers.unique()]
    away = torch.stack([vectors[numbers == number].mean(0) - means[number] for number in found])
    voice = away.mean(0)
    moved = (len(vectors) / (len(vectors) + VOICE_CLIPS) * voice).repeat(len(means), 1)
    for number, own in zip(found, away, strict=True):
        count = int((numbers == number).sum())
        moved[number] += count / (count + EMOTION_CLIPS) * (own - voice)
    return moved


def _vectors(recognizer: EmotionRecognizer, model, member, waves: Sequence[np.ndarray]) -> torch.Tensor:
    """Return what a member's last layer hears of each wave `(waves, size)`."""
    found = []
    with torch.inference_mode():
        for wave in waves:
            inputs = recognizer.extractor([wave], sampling_rate=SAMPLING_RATE, return_tensors="pt").to(model.device)
            heard = model.heard_by(member, inputs["input_values"])
            found.append(member.last_vectors(heard, inputs["attention_mask"]))
    return torch.cat(found).clone()
