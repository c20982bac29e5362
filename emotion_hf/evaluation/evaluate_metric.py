"""The figures of a training epoch as a local `evaluate.Metric`: nothing is downloaded.

Example:
    >>> SpeechEmotionMetric().compute(predictions=[[0.9, 0.1], [0.2, 0.8]], references=[0, 1])["ua"]
    1.0
"""

from __future__ import annotations

import datasets
import evaluate
import numpy as np

from emotion_hf.evaluation import metrics

_DESCRIPTION = "Unweighted average recall (UA), accuracy (WA), macro-F1 and expected calibration error (ECE)."


class SpeechEmotionMetric(evaluate.Metric):
    """UA, WA, macro-F1 and ECE of probabilities `(clips, labels)` against class numbers `(clips,)`."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description="predictions: one probability for each label; references: class numbers",
            features=datasets.Features(
                {
                    "predictions": datasets.Sequence(datasets.Value("float32")),
                    "references": datasets.Value("int64"),
                }
            ),
        )

    def _compute(self, predictions, references) -> dict[str, float]:
        scores, truth = np.asarray(predictions), np.asarray(references)
        predicted, num_labels = scores.argmax(axis=1), scores.shape[1]
        return {
            "ua": metrics.unweighted_average_recall(truth, predicted, num_labels),
            "wa": metrics.accuracy(truth, predicted),
            "macro_f1": metrics.macro_f1(truth, predicted, num_labels),
            "ece": metrics.expected_calibration_error(truth, scores),
        }
