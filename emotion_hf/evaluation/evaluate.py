"""Evaluate any Classifier on a data set: all figures a report needs, with intervals over speakers.

Example:
    >>> report = evaluate(classifier, select(load_corpora(data), "fold1-test"), split="fold1-test")  # doctest: +SKIP
    >>> report.ua.value, report.ua.low, report.ua.high  # doctest: +SKIP
    (0.62, 0.55, 0.69)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_hf.audio import load_audio
from emotion_hf.errors import AudioError, LabelError
from emotion_hf.evaluation import metrics
from emotion_hf.prediction import Classifier, Prediction, Verdict

if TYPE_CHECKING:
    from datasets import Dataset

CHUNK = 64
GROUPS = ("gender", "speaker", "corpus", "language", "intensity")


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval, from resampling speakers."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Report:
    """What one evaluation found.

    Attributes:
        model: Name of the model.
        split: Which clips, in a word.
        optimistic: Speakers were heard in training.
        labels: Labels in the model's order.
        clips: Number of clips.
        speakers: Number of known speakers.
        ua: Unweighted average recall over the labels that occur.
        wa: Accuracy.
        macro_f1: Mean F1.
        ece: Expected calibration error, 10 bins.
        nll: Mean negative log-likelihood.
        brier: Brier score.
        recalls: Recall of each label that occurs.
        confusion: Counts: rows true, columns answered, in label order.
        calibration: (share, accuracy, confidence) of each bin of confidence.
        no_speech: Clips called "no speech", which count as wrong.
        not_sure: Share of the clips called "not sure"; they count by their first label.
        wa_when_sure: Accuracy on the clips with the verdict "ok"; `None` if there are none.
        groups: Group → value → clips, UA and WA.
        predictions: One row for each clip: file, speaker, truth, answer, scores.
    """

    model: str
    split: str
    optimistic: bool
    labels: tuple[str, ...]
    clips: int
    speakers: int
    ua: Figure
    wa: Figure
    macro_f1: Figure
    ece: Figure
    nll: float
    brier: float
    recalls: dict[str, float]
    confusion: list[list[int]]
    calibration: list[tuple[float, float, float]]
    no_speech: int
    not_sure: float
    wa_when_sure: float | None
    groups: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    predictions: list[dict[str, Any]] = field(default_factory=list)


def evaluate(
    classifier: Classifier,
    dataset: Dataset,
    *,
    split: str = "all",
    optimistic: bool = False,
    by: Sequence[str] = GROUPS,
    progress: Callable[[Iterable], Iterable] = iter,
) -> Report:
    """Score every clip and count.

    Args:
        classifier: Any model.
        dataset: Rows of `load_corpora`.
        split: Which clips these are, in a word; `random…` marks the report as optimistic.
        optimistic: Mark it so for another reason: some of these speakers were heard in training.
        by: Columns to group by.
        progress: Wraps the chunks of rows, for a progress bar.

    Raises:
        LabelError: The data has a label that the model does not know.
        AudioError: The model hears no speech in any clip, or a clip cannot be used.
    """
    labels = classifier.labels
    unknown = sorted(set(dataset["emotion"]) - set(labels))
    if unknown:
        raise LabelError(f"The model does not know the label {unknown[0]!r}; it knows {', '.join(labels)}.")
    answers = _predict(classifier, dataset, progress)
    truth = np.array([labels.index(emotion) for emotion in dataset["emotion"]])
    predicted = np.array([-1 if answer.label is None else labels.index(answer.label) for answer in answers])
    scored = np.flatnonzero(predicted >= 0)
    if not len(scored):
        raise AudioError(
            f"No speech in any of the {len(truth)} clips, so nothing can be measured; check the recordings."
        )
    scores = np.array([[answers[row].scores[label] for label in labels] for row in scored]).reshape(-1, len(labels))
    sure = np.array([answer.verdict == Verdict.OK for answer in answers])
    # A clip whose speaker is not known counts as a speaker of its own in the intervals.
    speakers = [speaker or f"clip {row}" for row, speaker in enumerate(dataset["speaker"])]
    count = len(labels)
    recalls = metrics.recalls(truth, predicted, count)
    return Report(
        model=classifier.name,
        split=split,
        optimistic=optimistic or split.startswith("random"),
        labels=labels,
        clips=len(truth),
        speakers=len(set(dataset["speaker"]) - {None}),
        ua=_figure(lambda i: metrics.unweighted_average_recall(truth[i], predicted[i], count), speakers),
        wa=_figure(lambda i: metrics.accuracy(truth[i], predicted[i]), speakers),
        macro_f1=_figure(lambda i: metrics.macro_f1(truth[i], predicted[i], count), speakers),
        ece=_figure(
            lambda i: metrics.expected_calibration_error(truth[scored][i], scores[i]), [speakers[r] for r in scored]
        ),
        nll=metrics.negative_log_likelihood(truth[scored], scores),
        brier=metrics.brier_score(truth[scored], scores),
        recalls={label: float(one) for label, one in zip(labels, recalls, strict=True) if not np.isnan(one)},
        confusion=metrics.confusion_matrix(truth, predicted, count).tolist(),
        calibration=metrics.calibration_curve(truth[scored], scores),
        no_speech=sum(answer.verdict == Verdict.NO_SPEECH for answer in answers),
        not_sure=float(np.mean([answer.verdict == Verdict.NOT_SURE for answer in answers])),
        wa_when_sure=metrics.accuracy(truth[sure], predicted[sure]) if sure.any() else None,
        groups={name: _grouped(dataset[name], truth, predicted, count) for name in by},
        predictions=_rows(dataset, answers),
    )


def _predict(classifier: Classifier, dataset: Dataset, progress: Callable[[Iterable], Iterable]) -> list[Prediction]:
    paths = [audio["path"] for audio in dataset["audio"]]
    answers: list[Prediction] = []
    for start in progress(range(0, len(paths), CHUNK)):
        answers += classifier.predict([load_audio(path) for path in paths[start : start + CHUNK]])
    return answers


def _figure(figure: Callable[[np.ndarray], float], speakers: Sequence[str]) -> Figure:
    low, high = metrics.bootstrap_interval(figure, speakers)
    return Figure(figure(np.arange(len(speakers))), low, high)


def _grouped(values: Iterable, truth: np.ndarray, predicted: np.ndarray, count: int) -> dict[str, dict[str, float]]:
    names = np.array([str(value or "unknown") for value in values])
    table = {}
    for name in np.unique(names):
        rows = names == name
        table[str(name)] = {
            "clips": int(rows.sum()),
            "ua": metrics.unweighted_average_recall(truth[rows], predicted[rows], count),
            "wa": metrics.accuracy(truth[rows], predicted[rows]),
        }
    return table


def _rows(dataset: Dataset, answers: Sequence[Prediction]) -> list[dict[str, Any]]:
    columns = zip(dataset["audio"], dataset["speaker"], dataset["emotion"], answers, strict=True)
    return [
        {
            "file": Path(audio["path"]).name,
            "speaker": speaker,
            "truth": truth,
            "verdict": str(answer.verdict),
            "label": answer.label,
            "scores": {label: round(score, 6) for label, score in answer.scores.items()},
        }
        for audio, speaker, truth, answer in columns
    ]
