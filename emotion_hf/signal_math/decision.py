"""From the scores of a model to its decision: standardisation, softmax, weighted cross-entropy and the rule.

Any `Classifier` tells its probabilities, and their logarithms are logits, which matter only up to a constant. Of a
model of the encoder family, the embedding, its standardisation and the true logits can be shown as well.

Example:
    >>> from emotion_hf.testing import FakeClassifier
    >>> prediction = Prediction({"calm": 0.25, "sad": 0.75})
    >>> decision = decide(prediction, FakeClassifier(), np.zeros(16_000, np.float32))
    >>> decision.probabilities.round(2).tolist(), decision.losses.round(2).tolist()
    ([0.25, 0.75], [1.39, 0.29])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.prediction import Classifier, Prediction

if TYPE_CHECKING:
    from emotion_hf.scorers.network import NetworkScorer

LEAST_PROBABILITY = 1e-12
LARGEST_DIFFERENCE = 0.01
"""Two computations of one recording's probabilities agree within this; a kept recording has only 16 bits."""
ENCODER_FAMILY = "emotion_encoder"


@dataclass(frozen=True)
class Head:
    """What the head of a model of the encoder family does with a recording.

    Attributes:
        embedding: Pooled states of the encoder ``(size,)``.
        mean: Mean of the training clips' embeddings ``(size,)``.
        deviation: Their standard deviation ``(size,)``.
        temperature: Divides the logits, so that the probabilities are calibrated.
        logits: The logits after that ``(labels,)``.
        is_adapted: Whether the logits are also corrected for a speaker's voice.
    """

    embedding: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    temperature: float
    logits: np.ndarray
    is_adapted: bool

    @property
    def standardised(self) -> np.ndarray:
        """The embedding minus the mean, divided by the deviation ``(size,)``."""
        return (self.embedding - self.mean) / self.deviation


@dataclass(frozen=True)
class Decision:
    """The scores of a recording, and what follows from them.

    Attributes:
        labels: The model's labels.
        logits: One number for each label ``(labels,)``.
        weights: Weight of each label in the training's loss ``(labels,)``.
        not_sure_below: Probability below which the verdict is "not sure"; `None` if it is not known.
        head: The way to the logits, if it is known.
    """

    labels: tuple[str, ...]
    logits: np.ndarray
    weights: np.ndarray
    not_sure_below: float | None
    head: Head | None = None

    @property
    def exponentials(self) -> np.ndarray:
        """The exponential of each logit ``(labels,)``."""
        return np.exp(self.logits)

    @property
    def probabilities(self) -> np.ndarray:
        """Softmax of the logits ``(labels,)``."""
        return _softmax(self.logits)

    @property
    def losses(self) -> np.ndarray:
        """Weighted cross-entropy if the label were the true one ``(labels,)``."""
        return self.weights * -np.log(np.maximum(self.probabilities, LEAST_PROBABILITY))

    @property
    def chosen(self) -> int:
        """Number of the most probable label."""
        return int(self.probabilities.argmax())

    @property
    def is_sure(self) -> bool:
        """Whether the highest probability reaches the threshold, as far as that is known."""
        return self.not_sure_below is None or bool(self.probabilities.max() >= self.not_sure_below)


def decide(prediction: Prediction, model: Classifier, wave: np.ndarray | None) -> Decision | None:
    """Return how a prediction follows from the model's scores; `None` without speech, which has no scores.

    Args:
        prediction: Of the recording, by any model.
        model: The model that is in use now; its own numbers are shown if they lead to the same prediction.
        wave: The recording, mono float32 at 16 kHz ``(samples,)``; `None` if it is long and was scored in windows.
    """
    if not prediction.scores:
        return None
    labels, known = tuple(prediction.scores), np.array([*prediction.scores.values()])
    is_same = model.name == prediction.model and model.labels == labels
    inside = _look_inside(model, wave) if is_same else _Inside()
    head, weights = inside.head, inside.weights
    if head is not None and np.abs(_softmax(head.logits) - known).max() > LARGEST_DIFFERENCE:
        head = None
    return Decision(
        labels,
        logits=np.log(np.maximum(known, LEAST_PROBABILITY)) if head is None else head.logits,
        weights=np.ones(len(labels)) if weights is None else weights,
        not_sure_below=inside.not_sure_below,
        head=head,
    )


@dataclass(frozen=True)
class _Inside:
    """What is known of a model beyond its scores."""

    not_sure_below: float | None = None
    weights: np.ndarray | None = None
    head: Head | None = None


def _look_inside(model: Classifier, wave: np.ndarray | None) -> _Inside:
    from emotion_hf.recognizer import EmotionRecognizer

    if not isinstance(model, EmotionRecognizer):
        return _Inside()
    scorer = model.network if model.scorer.labels == model.labels else None
    if scorer is None:
        return _Inside(model.scorer.not_sure_below)
    weights = getattr(scorer.model.config, "class_weights", None)  # only our own families can have them
    is_encoder = scorer.model.config.model_type == ENCODER_FAMILY
    return _Inside(
        scorer.not_sure_below,
        None if weights is None else np.array(weights),
        _head(scorer, wave) if is_encoder and wave is not None else None,
    )


def _head(scorer: NetworkScorer, wave: np.ndarray) -> Head:
    import torch

    network = scorer.model
    with torch.inference_mode():
        inputs = scorer.extractor([wave], sampling_rate=SAMPLING_RATE, padding=True, return_tensors="pt")
        embedding = network.embed(**inputs.to(network.device))
        logits = network.classify(embedding).logits
    numbers = (embedding[0], network.scale.mean, network.scale.deviation, logits[0])
    vector, mean, deviation, scores = (one.cpu().double().numpy() for one in numbers)
    return Head(
        embedding=vector,
        mean=mean,
        deviation=deviation,
        temperature=network.config.logit_temperature,
        logits=scores,
        is_adapted=bool(network.voice.clips),
    )


def _softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max())  # the largest is 1, so nothing overflows
    return shifted / shifted.sum()
