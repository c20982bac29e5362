"""The figures of a cross-validation: mean over folds and seeds, deviations, and an interval over all speakers.

Each clip is in the test of one fold, so the predictions of all folds together are those of models that were not
trained on the clip's speaker. The interval resamples the speakers of all folds. A deviation between folds is no such
interval: the folds share most of their training clips, so they are not independent.

Example:
    >>> found = CrossValidation("cnn", outcomes)  # doctest: +SKIP
    >>> found.mean, found.between_seeds, found.together  # doctest: +SKIP
    (0.534, 0.012, Figure(value=0.531, low=0.482, high=0.579))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from emotion_hf.errors import ReportError
from emotion_hf.evaluation import metrics
from emotion_hf.evaluation.comparison import SIGNIFICANCE
from emotion_hf.evaluation.evaluate import cluster
from emotion_hf.evaluation.results import Figure, PairedTest, Report

Key = tuple[str, str, str, str]  # fold, speaker, file, emotion


@dataclass(frozen=True)
class Outcome:
    """Report on the test clips of one fold, by the model trained with one seed."""

    fold: str
    seed: int
    report: Report


@dataclass(frozen=True)
class CrossValidation:
    """One model on all folds and seeds.

    Attributes:
        model: Its name.
        outcomes: One for each fold and seed.
        encoder: Hub id or name of the pretrained encoder that it was trained on; empty without one.
    """

    model: str
    outcomes: tuple[Outcome, ...]
    encoder: str = ""

    @cached_property
    def folds(self) -> tuple[str, ...]:
        """Names of the folds, in their order."""
        return tuple(dict.fromkeys(one.fold for one in self.outcomes))

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        """Seeds, in their order."""
        return tuple(sorted({one.seed for one in self.outcomes}))

    @cached_property
    def ua(self) -> np.ndarray:
        """UA of each fold and seed `(folds, seeds)`."""
        found = {(one.fold, one.seed): one.report.ua.value for one in self.outcomes}
        return np.array([[found[fold, seed] for seed in self.seeds] for fold in self.folds])

    @property
    def mean(self) -> float:
        """Mean UA of all folds and seeds."""
        return float(self.ua.mean())

    @property
    def between_folds(self) -> float | None:
        """Standard deviation of the folds' means over seeds; `None` for one fold."""
        return _deviation(self.ua.mean(axis=1))

    @property
    def between_seeds(self) -> float | None:
        """Standard deviation of the seeds' means over folds; `None` for one seed."""
        return _deviation(self.ua.mean(axis=0))

    @cached_property
    def together(self) -> Figure:
        """UA of the clips of all folds together, mean over seeds, with its interval over speakers."""
        speakers, truth, predicted, labels = self._clips

        def figure(rows: np.ndarray) -> float:
            return _mean_ua(truth[rows], [one[rows] for one in predicted], labels)

        interval = metrics.bootstrap_interval(figure, speakers) if metrics.enough_speakers(speakers) else ()
        return Figure(figure(np.arange(len(truth))), *interval)

    @property
    def recalls(self) -> dict[str, float]:
        """Recall of each emotion that occurs, over all folds, mean over seeds."""
        _, truth, predicted, labels = self._clips
        found = np.mean([metrics.recalls(truth, one, len(labels)) for one in predicted], axis=0)
        return dict(zip(labels, found.tolist(), strict=True))

    @property
    def speakers(self) -> int:
        """Number of test speakers; clips of unknown speakers count as one each."""
        return len(set(self._clips[0]))

    @property
    def clips(self) -> int:
        """Number of test clips."""
        return len(self._clips[1])

    @property
    def keys(self) -> list[Key]:
        """The clips, in the order of the arrays."""
        return sorted(_rows(one for one in self.outcomes if one.seed == self.seeds[0]))

    @cached_property
    def _clips(self) -> tuple[list[str], np.ndarray, list[np.ndarray], tuple[str, ...]]:
        """Return the speaker of each clip, its true label's number, each seed's predictions, and the labels.

        A label that never occurs is as wrong as no prediction: -1.
        """
        keys = self.keys
        labels = tuple(label for label in self.outcomes[0].report.labels if label in {key[3] for key in keys})
        number_of = {label: number for number, label in enumerate(labels)}
        predicted = []
        for seed in self.seeds:
            said = _rows(one for one in self.outcomes if one.seed == seed)
            if said.keys() != set(keys):
                raise ReportError(f"The seeds of {self.model} were not tested on the same clips; start again.")
            predicted.append(np.array([number_of.get(said[key] or "", -1) for key in keys]))
        return cluster(key[1] for key in keys), np.array([number_of[key[3]] for key in keys]), predicted, labels


def compare_folds(first: CrossValidation, second: CrossValidation) -> PairedTest:
    """Test whether the UA of two models over all folds differs, paired over speakers; seeds are averaged.

    A clip counts as right if it is for more than half of the seeds.

    Raises:
        ReportError: They were not tested on the same clips and folds.
    """
    if first.keys != second.keys:
        raise ReportError(
            f"{first.model} and {second.model} cannot be compared, because they were not tested on the same clips."
        )
    (speakers, truth, of_first, labels), (_, other_truth, of_second, other_labels) = first._clips, second._clips
    other_names, names = np.array(other_labels), np.array(labels)
    if not np.array_equal(names[truth], other_names[other_truth]):
        raise ReportError(f"{first.model} and {second.model} have different labels for the same clips.")

    def difference(rows: np.ndarray) -> float:
        one = _mean_ua(truth[rows], [answers[rows] for answers in of_first], labels)
        return one - _mean_ua(other_truth[rows], [answers[rows] for answers in of_second], other_labels)

    low = high = p = None
    if metrics.enough_speakers(speakers):
        low, high, p = metrics.bootstrap_difference(difference, speakers)
    right = [np.mean([one == true for one in answers], axis=0) > 0.5  # for most seeds
             for answers, true in ((of_first, truth), (of_second, other_truth))]  # fmt: skip
    only_first, only_second = int(np.sum(right[0] & ~right[1])), int(np.sum(right[1] & ~right[0]))
    value = Figure(difference(np.arange(len(truth))), low, high)
    return PairedTest(
        first.model, second.model, value, p, only_first, only_second, metrics.mcnemar(only_first, only_second)
    )


def compare_all(found: Sequence[CrossValidation]) -> list[tuple[PairedTest, float | None, bool]]:
    """Test the model with the highest UA against each other one.

    Returns:
        Each test, its p-value corrected for their number (Holm), and whether the difference is significant.
    """
    first, *others = sorted(found, key=lambda one: -one.together.value)
    tests = [compare_folds(first, other) for other in others]
    known = [test.p for test in tests if test.p is not None]
    corrected: Sequence[float | None] = metrics.holm(known) if known else [None] * len(tests)
    return [(test, p, p is not None and p < SIGNIFICANCE) for test, p in zip(tests, corrected, strict=True)]


def _rows(outcomes: Iterable[Outcome]) -> dict[Key, str | None]:
    """Return the predicted label of each clip."""
    return {
        (one.fold, row["speaker"] or "", row["file"], row["truth"]): row["label"]
        for one in outcomes
        for row in one.report.predictions
    }


def _mean_ua(truth: np.ndarray, predicted: Sequence[np.ndarray], labels: Sequence[str]) -> float:
    figure: Callable[..., float] = metrics.unweighted_average_recall
    return float(np.mean([figure(truth, one, len(labels)) for one in predicted]))


def _deviation(values: np.ndarray) -> float | None:
    return float(values.std(ddof=1)) if len(values) > 1 else None
