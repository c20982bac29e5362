"""The linear head of the encoder family in closed form, and what cross-validation over speakers says of it.

The head is fitted once on all training clips. Beforehand it is fitted on four fifths of the training speakers at a
time and asked about the others: these answers about unseen speakers calibrate the temperature and the threshold,
estimate the accuracy, and show how speakers differ (``emotion_hf.voice``). No speaker has to be kept out of the final
fit.

Example:
    >>> fitted = fit_head(vectors, clips, labels=8, shrinkage=0.3)  # doctest: +SKIP
    >>> fitted.temperature  # doctest: +SKIP
    2.9
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from emotion_hf.models import EncoderForAudioClassification
from emotion_hf.training.build import fit_not_sure, fit_temperature
from emotion_hf.training.discriminant import Discriminant, discriminant
from emotion_hf.voice import SpeakerStatistics, speaker_statistics

FOLDS = 5


@dataclass(frozen=True)
class Clips:
    """What is known of the training clips, arrays ``(clips,)``.

    Attributes:
        truth: Class numbers.
        corpora: Corpus of each.
        speakers: Speaker of each, unique over the corpora.
        intensities: How strongly each was played, in the corpora's words.
        allowed: Labels that the clip's corpus has at all ``(clips, labels)``.
    """

    truth: np.ndarray
    corpora: np.ndarray
    speakers: np.ndarray
    intensities: np.ndarray
    allowed: np.ndarray

    def __len__(self) -> int:
        return len(self.truth)


@dataclass(frozen=True)
class FittedHead:
    """A head, and what unseen speakers say of it.

    Attributes:
        layer: The linear layer with the scale before it.
        temperature: Divides the logits.
        not_sure_below: Confidence below which the answer is "not sure".
        speakers: How speakers differ, in calibrated logits.
        logits: Of each training clip as it is, by a head that did not learn from its speaker ``(clips, labels)``.
    """

    layer: Discriminant
    temperature: float
    not_sure_below: float
    speakers: SpeakerStatistics
    logits: np.ndarray


def fit_head(vectors: np.ndarray, clips: Clips, *, labels: int, shrinkage: float, seed: int = 0) -> FittedHead:
    """Fit the head on all clips, and calibrate it by cross-validation over speakers.

    Args:
        vectors: Embeddings of each pass ``(passes, clips, size)``; pass 0 has the clips as they are.
        clips: What is known of them.
        labels: Number of labels.
        shrinkage: How far the scatter is drawn towards the same variance in all directions, from 0 to 1.
        seed: Of the assignment of speakers to folds.
    """
    fold = speaker_folds(clips.corpora, clips.speakers, seed)
    logits = np.zeros((len(clips), labels), dtype=np.float32)
    for number in range(FOLDS):
        asked = fold == number
        found = _fitted(vectors, clips, ~asked, labels, shrinkage)
        logits[asked] = linear_logits(found, vectors[0, asked])
    possible = np.where(clips.allowed, logits, np.float32(-1e4))
    temperature = fit_temperature(possible, clips.truth)
    confidence = torch.from_numpy(possible / temperature).softmax(-1).amax(-1).numpy()
    everybody = np.ones(len(clips), dtype=bool)
    return FittedHead(
        layer=_fitted(vectors, clips, everybody, labels, shrinkage),
        temperature=temperature,
        not_sure_below=fit_not_sure(confidence),
        speakers=speaker_statistics(logits / temperature, clips.truth, clips.speakers),
        logits=logits,
    )


@torch.no_grad()
def set_head(model: EncoderForAudioClassification, fitted: FittedHead) -> None:
    """Give a model the fitted head."""
    layer = fitted.layer
    model.scale.mean.copy_(torch.from_numpy(layer.mean))
    model.scale.deviation.copy_(torch.from_numpy(layer.deviation))
    model.classifier.weight.copy_(torch.from_numpy(layer.weight))
    model.classifier.bias.copy_(torch.from_numpy(layer.bias))
    if model.intensity is not None:
        model.intensity.direction.weight[0] = torch.from_numpy(layer.intensity)
        model.intensity.borders.weight[0] = torch.from_numpy(layer.borders)
    for name in ("means", "within", "between"):
        getattr(model.voice, name).copy_(torch.from_numpy(getattr(fitted.speakers, name)))
    model.config.logit_temperature = fitted.temperature
    model.config.not_sure_below = fitted.not_sure_below


def linear_logits(layer: Discriminant, vectors: np.ndarray) -> np.ndarray:
    """Return what a head says of embeddings ``(clips, size)``: logits ``(clips, labels)`` at temperature 1."""
    return ((vectors - layer.mean) / layer.deviation) @ layer.weight.T + layer.bias


def speaker_folds(corpora: np.ndarray, speakers: np.ndarray, seed: int) -> np.ndarray:
    """Return the fold of each clip ``(clips,)``: the speakers of each corpus are spread over all folds by turns."""
    rng = np.random.default_rng(seed)
    fold, turn = np.zeros(len(speakers), dtype=int), 0
    for corpus in np.unique(corpora):
        for speaker in rng.permutation(np.unique(speakers[corpora == corpus])):
            fold[(corpora == corpus) & (speakers == speaker)] = turn % FOLDS
            turn += 1
    return fold


def _fitted(vectors: np.ndarray, clips: Clips, rows: np.ndarray, labels: int, shrinkage: float) -> Discriminant:
    passes = len(vectors)
    of_all = (
        np.tile(values[rows], passes) for values in (clips.truth, clips.corpora, clips.speakers, clips.intensities)
    )
    return discriminant(vectors[:, rows].reshape(-1, vectors.shape[-1]), *of_all, labels=labels, shrinkage=shrinkage)
