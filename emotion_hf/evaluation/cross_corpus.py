"""Evaluate a model on another corpus, on the labels that both have.

Example:
    >>> measure_cross_corpus(recognizer, load_corpora({"tess": "tess/"}), trained_on=False).ua_shared  # doctest: +SKIP
    Figure(value=0.41, low=0.33, high=0.48)
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from emotion_hf.errors import AudioError, LabelError
from emotion_hf.evaluation.evaluate import Progress, cluster, number_answers, predict_clips, ua_figure
from emotion_hf.evaluation.results import CrossCorpus
from emotion_hf.labels import suggest_renaming
from emotion_hf.prediction import Classifier, Prediction

if TYPE_CHECKING:
    from datasets import Dataset


def measure_cross_corpus(
    classifier: Classifier, dataset: Dataset, *, trained_on: bool | None, progress: Progress = iter
) -> CrossCorpus:
    """Score the clips whose emotion is a label of the model: with all its labels allowed, and with shared ones only.

    Args:
        classifier: The model.
        dataset: One corpus, as `load_corpora` gives it.
        trained_on: Whether the model was trained on this corpus; `None` if the training is not known.
        progress: Wraps the chunks of rows.

    Raises:
        LabelError: Fewer than two of the corpus's emotions are labels of the model.
        AudioError: The model finds no speech in any clip, or a clip cannot be used.
    """
    corpus, emotions = dataset["corpus"][0], set(dataset["emotion"])
    shared = tuple(label for label in classifier.labels if label in emotions)
    if len(shared) < 2:
        raise LabelError(
            f"{corpus} has the emotions {', '.join(sorted(emotions))}, and the model has "
            f"{', '.join(classifier.labels)}; the evaluation needs at least two in both."
            f"{suggest_renaming(classifier.labels, emotions)}"
        )
    chosen = dataset.select([row for row, emotion in enumerate(dataset["emotion"]) if emotion in shared])
    answers = predict_clips(classifier, chosen, progress)
    labels, speakers = list(classifier.labels), cluster(chosen["speaker"])
    free = number_answers(answers, labels)
    if not np.any(free >= 0):
        raise AudioError(f"The model finds no speech in the {len(chosen)} clips of {corpus}; check the recordings.")
    bound = number_answers([_among(answer, shared) for answer in answers], labels)
    truth = np.array([labels.index(emotion) for emotion in chosen["emotion"]])
    ((most, times),) = Counter(free[free >= 0].tolist()).most_common(1)
    return CrossCorpus(
        corpus=corpus,
        clips=len(chosen),
        speakers=len(set(chosen["speaker"]) - {None}),
        shared=shared,
        ua=ua_figure(truth, free, len(labels), speakers),
        ua_shared=ua_figure(truth, bound, len(labels), speakers),
        most_label=labels[most],
        most_share=times / len(chosen),
        trained_on=trained_on,
    )


def _among(prediction: Prediction, labels: tuple[str, ...]) -> Prediction:
    """Return the prediction as if the other labels did not exist."""
    return Prediction(scores={label: score for label, score in prediction.scores.items() if label in labels})
