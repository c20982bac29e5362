"""What an evaluation found, as frozen values; `report_json` writes and reads them.

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
    """A figure with its 95 % interval, from resampling speakers."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Training:
    """How the model came about, from its `run.json`.

    Attributes:
        recipe: Name of the recipe.
        seed: Of everything drawn at random.
        clips: Trained on, of so many `speakers`.
        speakers: See `clips`.
        clips_by_corpus: Of the training.
        clips_by_emotion: Of the training.
        validation_clips: That epoch and calibration were chosen on, of so many `validation_speakers`.
        validation_speakers: See `validation_clips`.
        seconds: The training took.
        machine: It ran on.
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
        """Take what a report tells from the content of `run.json`."""
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
    """What the model takes.

    Attributes:
        parameters: Number of weights; `None` for a baseline.
        megabytes: Size of the files, or of the weights.
        ms_per_clip: Median milliseconds of the answer to one clip.
        ms_for_speech: Of these, finding out whether somebody speaks.
        clip_seconds: Median length of the clips timed.
        machine: The clips were timed on.
    """

    parameters: int | None
    megabytes: float
    ms_per_clip: float | None = None
    ms_for_speech: float | None = None
    clip_seconds: float | None = None
    machine: str = ""


@dataclass(frozen=True)
class Condition:
    """The same clips, but changed.

    Attributes:
        name: What was done to them.
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
        conditions: In the order of the table.
        noise_recordings: Number of recordings that the real noise was taken from.
        noise_heard: How many of them are named like those of the training.
    """

    conditions: tuple[Condition, ...]
    noise_recordings: int = 0
    noise_heard: int = 0


@dataclass(frozen=True)
class CrossCorpus:
    """Another corpus, on the labels that it shares with the model.

    Attributes:
        corpus: Its name.
        clips: Number of clips with a shared label.
        speakers: Number of known speakers.
        shared: The shared labels, in the model's order.
        ua: UA when the model answers as it would, with any of its labels.
        ua_shared: UA when it may choose among the shared labels only.
        most_label: The most frequent answer, with any label allowed.
        most_share: Its share of all answers.
        heard: Whether the training heard this corpus; `None` if the training is not known.
    """

    corpus: str
    clips: int
    speakers: int
    shared: tuple[str, ...]
    ua: Figure
    ua_shared: Figure
    most_label: str
    most_share: float
    heard: bool | None


@dataclass(frozen=True)
class PairedTest:
    """Two models on the same clips.

    Attributes:
        first: Name of the one.
        second: Name of the other.
        difference: UA of the first minus UA of the second, with its paired interval over speakers.
        p: Two-sided p-value of "there is no difference", from the same draws.
        only_first: Clips that only the first answers rightly.
        only_second: Clips that only the second does.
        mcnemar: P-value of McNemar's test on these clips, which takes clips for independent: for information.
    """

    first: str
    second: str
    difference: Figure
    p: float
    only_first: int
    only_second: int
    mcnemar: float


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
        groups: Group → value → clips, UA, WA, and the interval of UA if there are several speakers.
        predictions: One row for each clip: file, speaker, truth, answer, scores, intensity.
        classes: Label that occurs or is answered → precision, recall, F1, clips.
        averages: "macro" and "weighted" → precision, recall, F1; as scikit-learn's classification report has them.
        intensity_auc: Area under the ROC curve of the intensity, between clips played mildly and strongly; `None` if
            the model does not know intensities, or all clips are of one kind.
        robustness: The same clips with noise and so on, if that was measured.
        cross_corpora: Other corpora, if some were measured.
        against: The paired test against another model, if one was named.
        cost: Parameters, size and time, if they were measured.
        training: How the model came about, if that is known.
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
