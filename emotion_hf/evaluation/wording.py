"""The findings of a report in sentences: what was measured, how, and what it means.

Example:
    >>> points(0.0312), points(-0.005), points(-0.0001)
    ('3.1', '−0.5', '0.0')
"""

from __future__ import annotations

from emotion_hf.evaluation.metrics import FEWEST_SPEAKERS
from emotion_hf.evaluation.results import Figure, PairedTest, Report

OPTIMISTIC = "Optimistic: the model was trained on speakers of this test. Expect less on unseen speakers."
UNKNOWN_SPEAKERS = (
    "Optimistic: the speakers are unknown, so the model may have been trained on some of them. Expect less on unseen "
    "speakers."
)
CHOSEN_ON = "Validation: the epoch and the calibration were chosen on these clips. Expect a little less on others."
TRAINED_ON = "The model was trained on these clips. The figures say nothing about other clips."
FEW_SPEAKERS = 10
MOST_NAMES = 12
SPLITS = {  # beginning of a split's name → its meaning
    "fold": "a public fold of RAVDESS (EmoBox), which tests four actors",
    "speakers": "whole speakers are held out",
    "kfold": "one fold of a cross-validation over whole speakers",
    "published": "the parts in which the corpus is published",
    "random": "clips are drawn at random, regardless of the speaker",
    "folders": "the folders train and test of the data, or a column of its table, assign the clips",
    "file": "a file assigns each clip to a part",
}
GLOSSARY = (
    ("UA", "unweighted average recall: the mean recall of the emotions; each emotion counts the same"),
    ("WA", "accuracy: the share of clips whose top prediction is right"),
    ("recall", "the share of an emotion's clips that are predicted as this emotion"),
    ("precision", "the share of the predictions of an emotion that are right"),
    ("F1", "harmonic mean of precision and recall; macro-F1 is its mean over the emotions"),
    ("ECE", "expected calibration error: the gap between confidence and accuracy, in 10 bins; with few clips, even a "
            "perfectly calibrated model has an ECE well above 0, such as 0.06 on 240 clips"),
    ("NLL", "negative log-likelihood: penalises a small probability of the true emotion; smaller is better"),
    ("Brier", "mean squared distance of the scores from the truth; smaller is better"),
)  # fmt: skip


def points(share: float) -> str:
    """Return a difference of shares in percentage points."""
    return f"{round(100 * share, 1) + 0.0:.1f}".replace("-", "−")  # never −0.0


def interval(figure: Figure) -> str:
    """Return an interval of shares; empty if there is none."""
    return "" if figure.low is None else f"{figure.low:.3f} to {figure.high:.3f}"


def in_brackets(figure: Figure) -> str:
    """Return an interval of shares in brackets, to write behind its figure; empty if there is none."""
    return f" [{interval(figure)}]" if interval(figure) else ""


def interval_in_points(figure: Figure) -> str:
    """Return the interval of a difference in points; empty if there is none."""
    return "" if figure.low is None or figure.high is None else f"{points(figure.low)} to {points(figure.high)}"


def too_few(report: Report) -> str:
    """Return why a report has no intervals; empty if it has them."""
    if report.ua.low is not None:
        return ""
    few = "1 speaker is" if report.speakers == 1 else f"{report.speakers} speakers are"
    if not report.speakers:
        few = f"{report.clips} clips of unknown speakers are"
    return (
        f"There are no intervals and no tests, because {few} too few to show how much other speakers differ; that "
        f"takes at least {FEWEST_SPEAKERS} test speakers."
    )


def clips(report: Report) -> str:
    """Return the number of clips and of speakers."""
    speakers = "1 speaker" if report.speakers == 1 else f"{report.speakers or 'unknown'} speakers"
    return f"{report.clips} clips of {speakers}"


def warnings(report: Report) -> tuple[str, ...]:
    """Return the warnings that every reader must see."""
    part = report.split.rpartition("-")[2]
    of_part = {"validation": CHOSEN_ON, "train": TRAINED_ON}.get(part)
    return tuple(text for text in (optimism(report), of_part) if text)


def optimism(report: Report) -> str:
    """Return the warning about the speakers; empty if all of them are unseen."""
    if not report.optimistic:
        return ""
    return OPTIMISTIC if report.speakers else UNKNOWN_SPEAKERS


def lead(report: Report) -> str:
    """Return the result in one sentence."""
    others = ""
    if report.ua.low is not None and report.ua.high is not None:
        others = f"; with other speakers of this kind, {100 * report.ua.low:.0f} to {100 * report.ua.high:.0f}"
    return (
        f"It recognises {100 * report.ua.value:.0f} of 100 clips if each emotion counts the same (UA){others}. "
        f"Always predicting the same emotion would reach {100 / len(report.recalls):.3g}. {too_few(report)}"
    ).strip()


def protocol(report: Report) -> tuple[str, ...]:
    """Return how it was measured, paragraph by paragraph."""
    return measured(report, report.model), trained(report), intervals(report)


def measured(report: Report, who: str) -> str:
    """Return which clips `who` was tested on."""
    corpora = ", ".join(report.groups.get("corpus", ()))
    said = f"{who} was tested on {clips(report)}{f' from {corpora}' if corpora else ''}"
    said += ". Its top prediction is compared with the emotion that the corpus states."
    said += ' "No speech" counts as wrong, "not sure" by its top label.'
    name, _, part = report.split.rpartition("-")
    kind = next((meaning for beginning, meaning in SPLITS.items() if name.startswith(beginning)), None)
    said += f" They are the {part} part of the split {name}: {kind}." if kind else " They are all clips of the data."
    voices = sorted({row["speaker"] for row in report.predictions if row["speaker"]})
    return f"{said} The speakers are {', '.join(voices)}." if 0 < len(voices) <= MOST_NAMES else said


def trained(report: Report) -> str:
    """Return what the model was trained on, and how epoch and calibration were chosen."""
    training = report.training
    if training is None:
        return "How the model was trained is not recorded in this report."
    corpora = ", ".join(f"{name} {count}" for name, count in training.clips_by_corpus.items())
    said = f"It was trained with the recipe {training.recipe}, seed {training.seed}, on {training.clips} clips of "
    said += f"{training.speakers} speakers ({corpora}). "
    if not report.optimistic and report.speakers:
        said += "None of the test speakers is among them. "
    if training.validation_clips:
        said += f"Epoch, temperature and threshold were chosen on {training.validation_clips} other clips "
        said += f"(validation speakers: {training.validation_speakers}). "
    else:
        said += "It had no validation clips: temperature and threshold come from cross-validation over the training "
        said += "speakers where the encoder is frozen, and were fixed before the training otherwise. "
    return (said + training.notes).strip()


def intervals(report: Report) -> str:
    """Return how the intervals are computed, and what they do not cover."""
    if report.ua.low is None:
        return too_few(report)
    said = "Intervals (95 %) come from resampling the speakers 2000 times with replacement, and the clips of each. "
    said += "They show how a figure varies with other speakers of this kind, not with other languages or microphones."
    if not report.speakers:
        return f"{said} The speakers are unknown, so each clip counts as one: the true intervals are wider."
    few = report.speakers < FEW_SPEAKERS
    return f"{said} With {report.speakers} speakers they are rough." if few else said


def sureness(report: Report) -> str:
    """Return the shares of the verdicts."""
    sure = report.wa_when_sure
    unreadable = sum(row["verdict"] == "unreadable" for row in report.predictions)
    but = f"; {unreadable} of them cannot be read" if unreadable else ""
    others = "" if sure is None else f"; accuracy on the others {sure:.3f} instead of {report.wa.value:.3f}"
    return (
        f'"Not sure" on {report.not_sure:.0%} of the clips{others}. '
        f'"No speech" on {report.no_speech} of {report.clips} clips, counted as wrong{but}.'
    )


def verdict(test: PairedTest, *, better: bool) -> str:
    """Return a paired test in words; `better` says whether the difference is significant."""
    size = f"{points(abs(test.difference.value))} points of UA"
    if test.p is None or test.difference.low is None or test.difference.high is None:
        return (
            f"Not tested: the UA of {test.first} and {test.second} differs by {points(abs(test.difference.value))} "
            f"points, and fewer than {FEWEST_SPEAKERS} speakers cannot show whether this is chance."
        )
    low, high = points(test.difference.low), points(test.difference.high)
    if not better:
        return f"A tie: the difference of {size} between {test.first} and {test.second} [{low}, {high}] may be chance."
    names = (test.first, test.second) if test.difference.value > 0 else (test.second, test.first)
    if test.difference.value < 0:
        low, high = points(-test.difference.high), points(-test.difference.low)
    return f"{names[0]} is better than {names[1]} by {size} [{low}, {high}]."


def details(test: PairedTest, p: float | None) -> str:
    """Return the figures behind the verdict; `p` may be corrected for the number of models."""
    if p is None:
        return f"Only {test.first} is right on {test.only_first} clips, only {test.second} on {test.only_second}."
    return (
        f"Paired over speakers, {_probability(p)}. Only {test.first} is right on {test.only_first} clips, "
        f"only {test.second} on {test.only_second} (McNemar over single clips, {_probability(test.mcnemar)})."
    )


def _probability(p: float) -> str:
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"
