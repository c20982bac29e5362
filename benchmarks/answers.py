"""A model's predictions for all clips, saved as JSON and CSV, from which all figures can be recomputed.

Example:
    >>> keep_answers(answers, Path("tess.json"))  # doctest: +SKIP
    >>> recall_answers(Path("tess.json")).predicted  # doctest: +SKIP
    array([3, 3, 5])
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_hf.evaluation import metrics
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.voice import LEAST_PROBABILITY, SpeakerStatistics

if TYPE_CHECKING:
    from datasets import Dataset

COLUMNS = ("file", "speaker", "truth", "verdict", "seconds")
OF_CLIPS = ("files", "speakers", "truth", "verdicts", "seconds", "logits")
STATISTICS = ("means", "within")
THOUSANDTHS = 1000


@dataclass(frozen=True)
class Answers:
    """Predictions for clips of unseen speakers, in the clips' order.

    Attributes:
        labels: Labels in the model's order.
        files: Name of each clip's file ``(clips,)``.
        speakers: Speaker of each clip ``(clips,)``.
        truth: Emotion of each clip, as the number of its label ``(clips,)``.
        verdicts: ``ok``, ``not_sure`` or ``no_speech`` ``(clips,)``.
        seconds: Length of each clip ``(clips,)``.
        logits: Calibrated log-probabilities ``(clips, labels)``, NaN without speech.
        statistics: Statistics of how the model's logits differ between speakers, for corrections of the voice.
        others: Numbers of the labels predicted in other conditions, such as in noise, by name ``(clips,)``; -1
            without speech.
        facts: Other facts, as plain values.
    """

    labels: tuple[str, ...]
    files: np.ndarray
    speakers: np.ndarray
    truth: np.ndarray
    verdicts: np.ndarray
    seconds: np.ndarray
    logits: np.ndarray
    statistics: SpeakerStatistics
    others: Mapping[str, np.ndarray] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_speech(self) -> np.ndarray:
        """Whether speech was detected ``(clips,)``."""
        return self.verdicts != Verdict.NO_SPEECH

    @property
    def scores(self) -> np.ndarray:
        """Probabilities ``(clips, labels)``, zero without speech."""
        return np.nan_to_num(np.exp(self.logits))

    @property
    def predicted(self) -> np.ndarray:
        """Numbers of the predicted labels ``(clips,)``, -1 without speech."""
        return best(self.logits)

    def chosen(self, rows: np.ndarray) -> Answers:
        """Return the predictions for some clips, chosen by number or by a mask."""
        of_clips = {name: getattr(self, name)[rows] for name in OF_CLIPS}
        return replace(self, **of_clips, others={name: column[rows] for name, column in self.others.items()})


def together(parts: Sequence[Answers]) -> Answers:
    """Join predictions of several models for different clips; keep the conditions that all of them have."""
    of_clips = {name: np.concatenate([getattr(one, name) for one in parts]) for name in OF_CLIPS}
    names = [name for name in parts[0].others if all(name in one.others for one in parts)]
    return replace(
        parts[0], **of_clips, others={name: np.concatenate([one.others[name] for one in parts]) for name in names}
    )


def ua(answers: Answers, other: str | None = None) -> float:
    """Return the UA of the predictions, or of those in another condition."""
    predicted = answers.others[other] if other else answers.predicted
    return metrics.unweighted_average_recall(answers.truth, predicted, len(answers.labels))


def best(logits: np.ndarray, among: Sequence[int] | None = None) -> np.ndarray:
    """Return the number of the most likely label ``(clips,)``, of all labels or ``among`` some; -1 for NaN logits."""
    columns = np.arange(logits.shape[1]) if among is None else np.asarray(among)
    has_logits = ~np.isnan(logits[:, 0])
    return np.where(has_logits, columns[np.nan_to_num(logits[:, columns]).argmax(1)], -1)


def answers_of(
    recognizer: EmotionRecognizer,
    clips: Dataset,
    predictions: Sequence[Prediction],
    others: Mapping[str, np.ndarray] | None = None,
) -> Answers:
    """Return a model's predictions for rows of ``load_corpora``.

    Args:
        recognizer: A model of the encoder family.
        clips: The rows.
        predictions: The model's prediction for each row.
        others: As in ``Answers``.
    """
    labels, voice = recognizer.labels, recognizer.model.voice
    scores = np.array([[one.scores.get(label, np.nan) for label in labels] for one in predictions])
    return Answers(
        labels=labels,
        files=np.array([Path(audio["path"]).name for audio in clips["audio"]]),
        speakers=np.array(clips["speaker"][:], dtype=str),
        truth=np.array([labels.index(emotion) for emotion in clips["emotion"]]),
        verdicts=np.array([one.verdict for one in predictions], dtype=str),
        seconds=np.array([one.duration_seconds for one in predictions]),
        logits=np.log(np.maximum(scores, LEAST_PROBABILITY)),
        statistics=SpeakerStatistics(*(getattr(voice, name).double().cpu().numpy() for name in STATISTICS)),
        others=others or {},
    )


def keep_answers(answers: Answers, path: Path) -> None:
    """Save predictions: facts as JSON in ``path``, and log-probabilities in thousandths in a CSV next to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    voice = {name: getattr(answers.statistics, name).round(5).tolist() for name in STATISTICS}
    facts = {**answers.facts, "labels": answers.labels, "others": [*answers.others], "statistics": voice}
    path.write_text(json.dumps(facts, ensure_ascii=False) + "\n", encoding="utf-8")
    with path.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow([*COLUMNS, *answers.labels, *answers.others])
        for clip, name in enumerate(answers.files):
            logits = ["" if np.isnan(one) else round(THOUSANDTHS * one) for one in answers.logits[clip]]
            numbers = [column[clip] for column in answers.others.values()]
            rows.writerow(
                [
                    *(name, answers.speakers[clip], answers.labels[answers.truth[clip]], answers.verdicts[clip]),
                    *(f"{answers.seconds[clip]:.2f}", *logits),
                    *("" if number < 0 else answers.labels[number] for number in numbers),
                ]
            )


def recall_answers(path: Path) -> Answers:
    """Read predictions that ``keep_answers`` saved."""
    facts = json.loads(path.read_text(encoding="utf-8"))
    labels, others = tuple(facts.pop("labels")), facts.pop("others")
    voice = facts.pop("statistics")
    number = {"": -1} | {label: index for index, label in enumerate(labels)}
    with path.with_suffix(".csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return Answers(
        labels=labels,
        files=np.array([row["file"] for row in rows]),
        speakers=np.array([row["speaker"] for row in rows]),
        truth=np.array([number[row["truth"]] for row in rows]),
        verdicts=np.array([row["verdict"] for row in rows]),
        seconds=np.array([float(row["seconds"]) for row in rows]),
        logits=np.array([[float(row[label] or "nan") for label in labels] for row in rows]) / THOUSANDTHS,
        statistics=SpeakerStatistics(*(np.array(voice[name]) for name in STATISTICS)),
        others={name: np.array([number[row[name]] for row in rows]) for name in others},
        facts=facts,
    )
