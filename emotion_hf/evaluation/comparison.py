"""Compare models on the same clips: which has the higher UA, and whether the difference may be chance.

Speakers are resampled for both models at once, and the p-values against the best are corrected for their number. With
fewer than `metrics.FEWEST_SPEAKERS` speakers there is no test, and no model is named the best.
The test compares checkpoints: another seed of the same recipe is another checkpoint.

Example:
    >>> compare([report_of_a, report_of_b]).best  # doctest: +SKIP
    ('a', 'b')
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

import numpy as np

from emotion_hf.errors import ReportError
from emotion_hf.evaluation import metrics
from emotion_hf.evaluation.evaluate import cluster
from emotion_hf.evaluation.results import Figure, PairedTest, Report

SIGNIFICANCE = 0.05
Clip = tuple[str, str, str]  # speaker, name of the file, emotion


@dataclass(frozen=True)
class Entry:
    """One model in a comparison.

    Attributes:
        report: Its report; its `model` is a name that no other entry has.
        test: The paired test of the first entry against this one; `None` for the first itself.
        p: `test.p`, corrected for the number of models; 1 for the first, `None` without a test.
    """

    report: Report
    test: PairedTest | None
    p: float | None

    @property
    def worse(self) -> bool:
        """Whether it is significantly worse than the first."""
        return self.p is not None and self.p < SIGNIFICANCE


@dataclass(frozen=True)
class Comparison:
    """Models on the same clips.

    Attributes:
        entries: By UA, the highest first.
        best: The first, and all models that are not worse than it; a single name is the best model. Empty if some
            of the models, but not all, were trained on test speakers, which would be unfair, or if there are too few
            speakers for a test.
    """

    entries: tuple[Entry, ...]
    best: tuple[str, ...]

    @property
    def tested(self) -> bool:
        """Whether there are enough speakers for a test."""
        return all(entry.p is not None for entry in self.entries)


def compare(reports: Sequence[Report]) -> Comparison:
    """Order models by UA and test each against the first.

    Raises:
        ReportError: There are fewer than two, or they are not about the same clips.
    """
    if len(reports) < 2:
        raise ReportError("A comparison needs at least two models; name another one.")
    first, *others = sorted(_named_apart(reports), key=lambda report: -report.ua.value)
    tests = [paired_test(first, other) for other in others]
    known = [test.p for test in tests if test.p is not None]  # all or none: the clips are the same
    corrected = metrics.holm(known) if known else [None] * len(tests)
    entries = (
        Entry(first, None, 1.0),
        *(Entry(other, test, p) for other, test, p in zip(others, tests, corrected, strict=True)),
    )
    fair = len({report.optimistic for report in reports}) == 1
    best = tuple(entry.report.model for entry in entries if not entry.worse) if fair and known else ()
    return Comparison(entries, best)


def paired_test(first: Report, second: Report) -> PairedTest:
    """Test whether the UA of two models on the same clips differs; without a p-value if there are too few speakers.

    Raises:
        ReportError: They are not about the same clips.
    """
    rows = [sorted(report.predictions, key=lambda row: (_clip(row), row["file"])) for report in (first, second)]
    clips = [[_clip(row) for row in one] for one in rows]
    if not clips[0] or clips[0] != clips[1]:
        raise ReportError(_difference_in_clips(first, second, Counter(clips[0]), Counter(clips[1])))
    labels = sorted({row["truth"] for row in rows[0]})
    number_of = {label: number for number, label in enumerate(labels)}
    truth = np.array([number_of[row["truth"]] for row in rows[0]])
    # A label that never occurs is as wrong as no prediction for UA.
    answers = [np.array([number_of.get(row["label"], -1) for row in one]) for one in rows]

    def difference(chosen: np.ndarray) -> float:
        one, other = (
            metrics.unweighted_average_recall(truth[chosen], predicted[chosen], len(labels)) for predicted in answers
        )
        return one - other

    speakers, low, high, p = cluster(row["speaker"] for row in rows[0]), None, None, None
    if metrics.enough_speakers(speakers):
        low, high, p = metrics.bootstrap_difference(difference, speakers)
    right = [predicted == truth for predicted in answers]
    only_first, only_second = int(np.sum(right[0] & ~right[1])), int(np.sum(right[1] & ~right[0]))
    return PairedTest(
        first=first.model,
        second=second.model,
        difference=Figure(difference(np.arange(len(truth))), low, high),
        p=p,
        only_first=only_first,
        only_second=only_second,
        mcnemar=metrics.mcnemar(only_first, only_second),
    )


def _clip(row: dict) -> Clip:
    # Reports of earlier versions have no folders.
    return row["speaker"] or "", PurePath(row["file"]).name, row["truth"]


def _difference_in_clips(first: Report, second: Report, of_first: Counter[Clip], of_second: Counter[Clip]) -> str:
    """Return one sentence that says why two reports cannot be compared."""
    what = f"{first.model} and {second.model} cannot be compared"
    remedy = "evaluate both with the same --data and a --split that does not depend on a seed, such as fold1-test"
    if not of_first or not of_second:
        return f"{what}: a report has no list of its clips; {remedy}."
    files = [Counter((speaker, file) for speaker, file, _ in clips.elements()) for clips in (of_first, of_second)]
    if files[0] == files[1]:
        emotions = [", ".join(sorted({emotion for *_, emotion in clips})) for clips in (of_first, of_second)]
        return f"{what}: the same clips are labelled {emotions[0]} in one and {emotions[1]} in the other."
    counts = f"{first.clips} clips of {first.split} against {second.clips} of {second.split}"
    return f"{what}: {counts}, and only {(of_first & of_second).total()} are in both; {remedy}."


def _named_apart(reports: Sequence[Report]) -> list[Report]:
    """Return the reports with a number appended to repeated model names."""
    seen: Counter[str] = Counter()
    named = []
    for report in reports:
        seen[report.model] += 1
        number = seen[report.model]
        named.append(report if number == 1 else replace(report, model=f"{report.model} ({number})"))
    return named
