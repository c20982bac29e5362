"""What noise, hum, telephone, codecs, level and timing cost a model, measured on changed copies of the same clips.

Example:
    >>> measure_robustness(classifier, dataset, report, distortions()).conditions[0].loss.value  # doctest: +SKIP
    0.08
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Sequence
from fnmatch import fnmatch
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emotion_hf.evaluation import metrics
from emotion_hf.evaluation.distortions import Distortion
from emotion_hf.evaluation.evaluate import CHUNK, Progress, cluster, load_waves, number_answers, predict_readable
from emotion_hf.evaluation.results import Condition, Figure, Report
from emotion_hf.prediction import Classifier, Prediction

if TYPE_CHECKING:
    from datasets import Dataset

logger = logging.getLogger(__name__)


class Distorted:
    """A `Classifier` that distorts each wave before the prediction, the same wave always in the same way.

    Args:
        classifier: The model.
        distortion: The change of each wave.
    """

    def __init__(self, classifier: Classifier, distortion: Distortion):
        self.name, self.labels = classifier.name, classifier.labels
        self._classifier, self._distortion = classifier, distortion

    def predict(self, waves: Sequence[np.ndarray]) -> list[Prediction]:
        """Predict the emotion of each wave, shape `(samples,)`, after the change."""
        generators = (np.random.default_rng(zlib.crc32(wave.tobytes())) for wave in waves)
        return self._classifier.predict(
            [self._distortion.apply(wave, rng) for wave, rng in zip(waves, generators, strict=True)]
        )


def measure_robustness(
    classifier: Classifier,
    dataset: Dataset,
    clean: Report,
    distortions: Sequence[Distortion],
    *,
    progress: Progress = iter,
) -> tuple[Condition, ...]:
    """Score each clip under each distortion, as `Distorted` does.

    Args:
        classifier: The model.
        dataset: The clips of `clean`, in its order.
        clean: The report on the unchanged clips.
        distortions: The changes; a clip gets the same draw under each.
        progress: Wraps the work, one item for each chunk of clips and distortion.
    """
    paths = [audio["path"] for audio in dataset["audio"]]
    answers: dict[str, list[Prediction]] = {distortion.name: [] for distortion in distortions}
    loaded, waves = -1, load_waves(())
    for start, distortion in progress(list(product(range(0, len(paths), CHUNK), distortions))):
        if start != loaded:
            loaded, waves = start, load_waves(paths[start : start + CHUNK])
        answers[distortion.name] += predict_readable(Distorted(classifier, distortion), waves)
    labels = list(clean.labels)
    truth = np.array([labels.index(row["truth"]) for row in clean.predictions])
    before = np.array([-1 if row["label"] is None else labels.index(row["label"]) for row in clean.predictions])
    speakers = cluster(row["speaker"] for row in clean.predictions)
    return tuple(
        _condition(name, truth, before, number_answers(given, labels), len(labels), speakers)
        for name, given in answers.items()
    )


def count_trained_on(files: Sequence[Path], trained_on: str) -> int:
    """Return the number of recordings named like the training's noise; `run.json` has the last part of that path.

    If there are some, a warning is logged.
    """
    found = sum(bool(trained_on) and (fnmatch(file.name, trained_on) or trained_on in file.parts) for file in files)
    if found:
        logger.warning(
            "%d of %d noise recordings are named like noise in the training data, so the loss may be too small.",
            found,
            len(files),
        )
    return found


def _condition(
    name: str, truth: np.ndarray, before: np.ndarray, after: np.ndarray, count: int, speakers: Sequence[str]
) -> Condition:
    def loss(chosen: np.ndarray) -> float:
        kept, changed = (
            metrics.unweighted_average_recall(truth[chosen], predicted[chosen], count) for predicted in (before, after)
        )
        return kept - changed

    enough = metrics.enough_speakers(speakers)
    return Condition(
        name=name,
        ua=metrics.unweighted_average_recall(truth, after, count),
        loss=Figure(
            loss(np.arange(len(truth))), *(metrics.bootstrap_difference(loss, speakers)[:2] if enough else ())
        ),
        no_speech=int(np.sum(after < 0)),
    )
