"""Results of an evaluation as frozen values; `report_json` writes and reads them.

Example:
    >>> Figure(0.62, low=0.55, high=0.69).value
    0.62
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from emotion_hf.run import Run

FIGURES = {"ua": "UA", "wa": "WA", "macro_f1": "macro-F1", "ece": "ECE"}


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval, from resampling speakers; `None` if there are too few of them."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Training:
    """How the model was trained, from its `run.json`.

    Attributes:
        recipe: Name of the recipe.
        seed: Seed of all random draws.
        clips: Number of training clips.
        speakers: Number of training speakers.
        clips_by_corpus: Training clips of each corpus.
        clips_by_emotion: Training clips of each emotion.
        validation_clips: Number of clips that the epoch and the calibration were chosen on.
        validation_speakers: Number of their speakers.
        seconds: Duration of the training.
        machine: Machine of the training.
        notes: What the recipe says about the data.
    """

    recipe: str
    seed: int
    clips: int
    speakers: int
    clips_by_corpus: dict[str, int]
    clips_by_emotion: dict[str, int]
    validation_clips: int
    validation_speakers: int
    seconds: float
    machine: str
    notes: str = ""

    @classmethod
    def from_run(cls, run: Run) -> Training:
        """Take the facts that a report shows from `run.json`."""
        train, validation = run.data["train"], run.data["validation"]
        return cls(
            recipe=run.recipe["name"],
            seed=run.recipe["seed"],
            clips=train.clips,
            speakers=len(train.speakers),
            clips_by_corpus=train.clips_by_corpus,
            clips_by_emotion=train.clips_by_emotion,
            validation_clips=validation.clips,
            validation_speakers=len(validation.speakers),
            seconds=run.seconds,
            machine=run.machine,
            notes=run.recipe["notes"],
        )


@dataclass(frozen=True)
class Cost:
    """Size and speed of the model.

    Attributes:
        parameters: Number of stored weights; `None` for a baseline.
        megabytes: Size of the files, or of the weights.
        ms_per_clip: Median milliseconds of a prediction for one clip.
        ms_for_speech: Milliseconds of these for speech detection.
        clip_seconds: Median length of the clips timed.
        machine: Machine on which the clips were timed.
    """

    parameters: int | None
    megabytes: float
    ms_per_clip: float | None = None
    ms_for_speech: float | None = None
    clip_seconds: float | None = None
    machine: str = ""


@dataclass(frozen=True)
class Condition:
    """The same clips after a change.

    Attributes:
        name: Name of the change.
        ua: UA.
        loss: UA of the unchanged clips minus `ua`, with the interval of the paired difference.
        no_speech: Clips called "no speech", which count as wrong.
    """

    name: str
    ua: float
    loss: Figure
    no_speech: int


@dataclass(frozen=True)
class Robustness:
    """What noise, telephone, codecs, level and timing cost.

    Attributes:
        conditions: Conditions in the order of the table.
        noise_recordings: Number of recordings of real noise.
        noise_trained_on: Number of them that are named like the noise in the training data.
    """

    conditions: tuple[Condition, ...]
    noise_recordings: int = 0
    noise_trained_on: int = 0


@dataclass(frozen=True)
class CrossCorpus:
    """Another corpus, on the labels that it shares with the model.

    Attributes:
        corpus: Its name.
        clips: Number of clips with a shared label.
        speakers: Number of known speakers.
        shared: The shared labels, in the model's order.
        ua: UA when all labels of the model are allowed.
        ua_shared: UA when only the shared labels are allowed.
        most_label: The most frequent prediction, with all labels allowed.
        most_share: Its share of all predictions.
        trained_on: Whether the model was trained on this corpus; `None` if the training is not known.
    """

    corpus: str
    clips: int
    speakers: int
    shared: tuple[str, ...]
    ua: Figure
    ua_shared: Figure
    most_label: str
    most_share: float
    trained_on: bool | None


@dataclass(frozen=True)
class PairedTest:
    """Test of two models on the same clips.

    Attributes:
        first: Name of the first model.
        second: Name of the second model.
        difference: UA of the first minus UA of the second, with its paired interval over speakers.
        p: Two-sided p-value of "there is no difference", from the same draws; `None` if there are too few speakers.
        only_first: Clips that only the first model predicts correctly.
        only_second: Clips that only the second model predicts correctly.
        mcnemar: P-value of McNemar's test on these clips, which treats clips as independent: for information.
    """

    first: str
    second: str
    difference: Figure
    p: float | None
    only_first: int
    only_second: int
    mcnemar: float


@dataclass(frozen=True)
class Report:
    """Results of one evaluation.

    Attributes:
        model: Name of the model.
        split: Name of the clips.
        optimistic: The model was trained on some of the speakers.
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
        confusion: Counts: rows true, columns predicted, in label order.
        calibration: (share, accuracy, confidence) of each bin of confidence.
        no_speech: Clips called "no speech", which count as wrong.
        not_sure: Share of the clips called "not sure"; they count by their top label.
        wa_when_sure: Accuracy on the clips with the verdict "ok"; `None` if there are none.
        groups: Group → value → clips, UA, WA, and the interval of UA if there are enough speakers.
        predictions: One row for each clip: file, speaker, truth, answer, scores, intensity. The file has the
            folders that distinguish it from the others of its corpus.
        classes: Label that occurs or is predicted → precision, recall, F1, clips.
        averages: "macro" and "weighted" → precision, recall, F1; as scikit-learn's classification report has them.
        intensity_auc: Area under the ROC curve of the intensity, between clips of mild and strong emotion; `None` if
            the model does not predict intensity, or all clips are of one kind.
        robustness: The same clips with noise and other changes, if measured.
        cross_corpora: Other corpora, if measured.
        against: The paired test against another model, if there is one.
        cost: Parameters, size and time, if measured.
        training: How the model was trained, if known.
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
    groups: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    predictions: list[dict[str, Any]] = field(default_factory=list)
    classes: dict[str, dict[str, float]] = field(default_factory=dict)
    averages: dict[str, dict[str, float]] = field(default_factory=dict)
    intensity_auc: Figure | None = None
    robustness: Robustness | None = None
    cross_corpora: tuple[CrossCorpus, ...] = ()
    against: PairedTest | None = None
    cost: Cost | None = None
    training: Training | None = None
