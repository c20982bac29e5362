"""Evaluate any Classifier on a data set: all figures of a report, with intervals over speakers.

Example:
    >>> report = evaluate(classifier, select(load_corpora(data), "fold1-test"), split="fold1-test")  # doctest: +SKIP
    >>> report.ua.value, report.ua.low, report.ua.high  # doctest: +SKIP
    (0.62, 0.55, 0.69)
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_hf.audio import load_audio
from emotion_hf.corpora.corpus import MILD, STRONG
from emotion_hf.errors import AudioError, LabelError
from emotion_hf.evaluation import metrics
from emotion_hf.evaluation.results import Figure, Report
from emotion_hf.labels import suggest_renaming
from emotion_hf.prediction import Classifier, Prediction, Verdict

if TYPE_CHECKING:
    from datasets import Dataset

logger = logging.getLogger(__name__)

CHUNK = 64
GROUPS = ("gender", "speaker", "corpus", "language", "intensity")
UNREADABLE = "unreadable"
"""Verdict of a clip that cannot be read; it counts as wrong, like one without speech."""
_NOT_READ = Prediction(verdict=Verdict.NO_SPEECH)
Progress = Callable[[Iterable], Iterable]


def evaluate(
    classifier: Classifier,
    dataset: Dataset,
    *,
    split: str = "all",
    optimistic: bool = False,
    by: Sequence[str] = GROUPS,
    progress: Progress = iter,
) -> Report:
    """Score every clip and compute all figures.

    Args:
        classifier: Any model.
        dataset: Rows of `load_corpora`.
        split: Name of these clips; `random…` marks the report as optimistic.
        optimistic: Mark it as optimistic for another reason: the model was trained on some of these speakers.
        by: Columns to group by.
        progress: Wraps the chunks of rows, for a progress bar.

    Raises:
        LabelError: The data has a label that the model does not have.
        AudioError: The model finds no speech in any clip that can be read.
    """
    labels = classifier.labels
    unknown = sorted(set(dataset["emotion"]) - set(labels))
    if unknown:
        raise LabelError(
            f"The model has no label {unknown[0]!r}; its labels are {', '.join(labels)}."
            f"{suggest_renaming(labels, set(dataset['emotion']))}"
        )
    answers = predict_clips(classifier, dataset, progress)
    truth = np.array([labels.index(emotion) for emotion in dataset["emotion"]])
    predicted = number_answers(answers, labels)
    scored = np.flatnonzero(predicted >= 0)
    if not len(scored):
        raise AudioError(f"The model finds no speech in any of the {len(truth)} clips; check the recordings.")
    scores = np.array([[answers[row].scores[label] for label in labels] for row in scored]).reshape(-1, len(labels))
    sure = np.array([answer.verdict == Verdict.OK for answer in answers])
    speakers, count = cluster(dataset["speaker"]), len(labels)
    recalls = metrics.recalls(truth, predicted, count)
    classes = _classes(labels, truth, predicted)
    return Report(
        model=classifier.name,
        split=split,
        optimistic=optimistic or split.startswith("random"),
        labels=labels,
        clips=len(truth),
        speakers=len(set(dataset["speaker"]) - {None}),
        ua=ua_figure(truth, predicted, count, speakers),
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
        groups={name: _grouped(dataset[name], truth, predicted, count, speakers) for name in by},
        predictions=_rows(dataset, answers),
        classes=classes,
        averages=_averages(classes),
        intensity_auc=_intensity_auc(dataset["intensity"], answers, speakers),
    )


def cluster(speakers: Iterable[str | None]) -> list[str]:
    """Return the speaker of each clip; a clip without a known speaker counts as a speaker of its own."""
    return [speaker or f"clip {row}" for row, speaker in enumerate(speakers)]


def ua_figure(truth: np.ndarray, predicted: np.ndarray, num_labels: int, speakers: Sequence[str]) -> Figure:
    """Return UA, with its interval if there are enough speakers."""
    return _figure(lambda i: metrics.unweighted_average_recall(truth[i], predicted[i], num_labels), speakers)


def predict_clips(classifier: Classifier, dataset: Dataset, progress: Progress) -> list[Prediction]:
    """Return the prediction for each clip, decoded chunk by chunk; a clip that cannot be read has "no speech"."""
    paths = [audio["path"] for audio in dataset["audio"]]
    answers: list[Prediction] = []
    for start in progress(range(0, len(paths), CHUNK)):
        answers += predict_readable(classifier, load_waves(paths[start : start + CHUNK]))
    return answers


def load_waves(paths: Iterable[str]) -> list[np.ndarray | None]:
    """Return the wave of each clip; `None`, and a warning, for a clip that cannot be read."""
    waves: list[np.ndarray | None] = []
    for path in paths:
        try:
            waves.append(load_audio(path))
        except AudioError as error:
            logger.warning("%s cannot be read and counts as wrong: %s", path, error)
            waves.append(None)
    return waves


def predict_readable(classifier: Classifier, waves: Sequence[np.ndarray | None]) -> list[Prediction]:
    """Return the prediction for each wave of `load_waves`."""
    readable = [wave for wave in waves if wave is not None]
    given = iter(classifier.predict(readable) if readable else ())
    return [_NOT_READ if wave is None else next(given) for wave in waves]


def number_answers(answers: Iterable[Prediction], labels: Sequence[str]) -> np.ndarray:
    """Return the number of each predicted label `(clips,)`, -1 for "no speech"."""
    return np.array([-1 if answer.label is None else labels.index(answer.label) for answer in answers])


def shortest_names(paths: Iterable[PurePath]) -> dict[PurePath, str]:
    """Return the fewest last parts of each path that no other path ends with.

    >>> list(shortest_names(map(PurePath, ("a/sad/1.wav", "a/calm/1.wav", "a/calm/2.wav"))).values())
    ['sad/1.wav', 'calm/1.wav', '2.wav']
    """
    names: dict[PurePath, str] = dict.fromkeys(paths, "")
    nameless, parts = list(names), 1
    while nameless:
        ends = Counter(path.parts[-parts:] for path in names)
        for path in nameless:
            if ends[path.parts[-parts:]] == 1 or parts >= len(path.parts):
                names[path] = PurePath(*path.parts[-parts:]).as_posix()
        nameless, parts = [path for path in nameless if not names[path]], parts + 1
    return names


def _figure(figure: Callable[[np.ndarray], float], speakers: Sequence[str]) -> Figure:
    value = figure(np.arange(len(speakers)))
    return Figure(value, *(metrics.bootstrap_interval(figure, speakers) if metrics.enough_speakers(speakers) else ()))


def _grouped(
    values: Iterable, truth: np.ndarray, predicted: np.ndarray, count: int, speakers: Sequence[str]
) -> dict[str, dict[str, Any]]:
    names, voices = np.array([str(value or "unknown") for value in values]), np.array(speakers)
    table: dict[str, dict[str, Any]] = {}
    for name in np.unique(names):
        rows = names == name
        ua = metrics.unweighted_average_recall(truth[rows], predicted[rows], count)
        row: dict[str, Any] = {
            "clips": int(rows.sum()),
            "ua": ua,
            "wa": metrics.accuracy(truth[rows], predicted[rows]),
        }
        if metrics.enough_speakers(voices[rows]):
            figure = ua_figure(truth[rows], predicted[rows], count, voices[rows])
            row["ua_interval"] = [figure.low, figure.high]
        table[str(name)] = row
    return table


def _classes(labels: Sequence[str], truth: np.ndarray, predicted: np.ndarray) -> dict[str, dict[str, float]]:
    """Return the rows of a classification report; an undefined figure is 0, as in scikit-learn's."""
    figures = (metrics.precisions, metrics.recalls, metrics.f1_scores)
    columns = np.nan_to_num([figure(truth, predicted, len(labels)) for figure in figures])
    clips = np.bincount(truth, minlength=len(labels))
    return {
        label: {"precision": float(one[0]), "recall": float(one[1]), "f1": float(one[2]), "clips": int(clips[number])}
        for number, (label, one) in enumerate(zip(labels, columns.T, strict=True))
        if clips[number] or np.any(predicted == number)
    }


def _averages(classes: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    clips = [row["clips"] for row in classes.values()]
    names = ("precision", "recall", "f1")
    return {
        kind: {name: float(np.average([row[name] for row in classes.values()], weights=weights)) for name in names}
        for kind, weights in {"macro": None, "weighted": clips}.items()
    }


def _intensity_auc(
    played: Sequence[str | None], answers: Sequence[Prediction], speakers: Sequence[str]
) -> Figure | None:
    known = [
        (word in STRONG, answer.intensity, speaker)
        for word, answer, speaker in zip(played, answers, speakers, strict=True)
        if word in (*MILD, *STRONG) and answer.intensity is not None
    ]
    if len({strong for strong, _, _ in known}) < 2:
        return None
    strong, intensities, voices = zip(*known, strict=True)
    kinds, values = np.array(strong), np.array(intensities)
    return _figure(lambda i: metrics.area_under_roc(kinds[i], values[i]), voices)


def _rows(dataset: Dataset, answers: Sequence[Prediction]) -> list[dict[str, Any]]:
    paths = [Path(audio["path"]) for audio in dataset["audio"]]
    of_corpus: dict[str, list[Path]] = {}
    for corpus, path in zip(dataset["corpus"], paths, strict=True):
        of_corpus.setdefault(corpus, []).append(path)
    names = {path: name for known in of_corpus.values() for path, name in shortest_names(known).items()}
    columns = zip(paths, dataset["speaker"], dataset["emotion"], answers, strict=True)
    return [
        {
            "file": names[path],
            "speaker": speaker,
            "truth": truth,
            "verdict": UNREADABLE if answer is _NOT_READ else str(answer.verdict),
            "label": answer.label,
            "scores": {label: round(score, 6) for label, score in answer.scores.items()},
            "intensity": None if answer.intensity is None else round(answer.intensity, 6),
        }
        for path, speaker, truth, answer in columns
    ]
