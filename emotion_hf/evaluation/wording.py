"""A report's findings in sentences: what was measured, how, and what to make of it.

Example:
    >>> points(0.0312), points(-0.005), points(-0.0001)
    ('3.1', '−0.5', '0.0')
"""

from __future__ import annotations

from emotion_hf.evaluation.results import Figure, PairedTest, Report

OPTIMISTIC = "Optimistic: voices that are tested here were heard in training. Expect less on strangers."
CHOSEN_ON = "Validation: the epoch and the calibration were chosen on these clips. Expect a little less on others."
TRAINED_ON = "These are clips that the model was trained on. The figures say nothing about other clips."
FEW_SPEAKERS = 10
MOST_NAMES = 12
SPLITS = {  # how a split's name begins → what it does
    "fold": "a public fold of RAVDESS (EmoBox), which tests four actors",
    "speakers": "whole speakers are held out",
    "kfold": "one fold of a cross-validation over whole speakers",
    "random": "clips are drawn at random, whoever speaks",
    "file": "a file says which clip is in which part",
}
GLOSSARY = (
    ("UA", "unweighted average recall: the mean of the emotions' recalls, so that each emotion counts the same"),
    ("WA", "accuracy: the share of clips whose first answer is right"),
    ("recall", "of the clips with an emotion, the share that is named so"),
    ("precision", "of the clips that are named so, the share that is right"),
    ("F1", "harmonic mean of precision and recall; macro-F1 is its mean over the emotions"),
    ("ECE", "expected calibration error: how far confidence is from accuracy, in 10 bins; about 0.06 on 240 clips "
            "even if all is well"),
    ("NLL", "negative log-likelihood: punishes a small probability of the truth; smaller is better"),
    ("Brier", "mean squared distance of the scores from the truth; smaller is better"),
)  # fmt: skip


def points(share: float) -> str:
    """Return a difference of shares in points: hundredths."""
    return f"{round(100 * share, 1) + 0.0:.1f}".replace("-", "−")  # never −0.0


def interval(figure: Figure) -> str:
    """Return an interval of shares."""
    return f"{figure.low:.3f} to {figure.high:.3f}"


def clips(report: Report) -> str:
    """Return how many clips of how many speakers."""
    return f"{report.clips} clips of {report.speakers or 'unknown'} speakers"


def warnings(report: Report) -> tuple[str, ...]:
    """Return what nobody may miss."""
    part = report.split.rpartition("-")[2]
    of_part = {"validation": CHOSEN_ON, "train": TRAINED_ON}.get(part)
    return tuple(text for text in (OPTIMISTIC if report.optimistic else None, of_part) if text)


def lead(report: Report) -> str:
    """Return the result in one sentence."""
    right, low, high = (round(100 * share) for share in (report.ua.value, report.ua.low, report.ua.high))
    return (
        f"Of 100 clips it names {right} rightly when each emotion counts the same (UA); with other speakers of this "
        f"kind, {low} to {high}. Always giving the same answer would get {100 / len(report.recalls):.3g}."
    )


def protocol(report: Report) -> tuple[str, ...]:
    """Return how it was measured, paragraph by paragraph."""
    return measured(report, report.model), trained(report), intervals(report)


def measured(report: Report, who: str) -> str:
    """Return who heard which clips."""
    corpora = ", ".join(report.groups.get("corpus", ()))
    said = f"{who} heard {clips(report)}{f' from {corpora}' if corpora else ''}"
    said += ", and its first answer was compared with the emotion that the corpus states."
    said += ' "No speech" counts as wrong, "not sure" by its first answer.'
    name, _, part = report.split.rpartition("-")
    kind = next((meaning for beginning, meaning in SPLITS.items() if name.startswith(beginning)), None)
    said += f" They are the {part} part of the split {name}: {kind}." if kind else " They are all clips of the data."
    voices = sorted({row["speaker"] for row in report.predictions if row["speaker"]})
    return f"{said} The speakers are {', '.join(voices)}." if 0 < len(voices) <= MOST_NAMES else said


def trained(report: Report) -> str:
    """Return what the model was trained on, and what was chosen on what."""
    training = report.training
    if training is None:
        return "How the model was trained is not recorded in this report."
    corpora = ", ".join(f"{name} {count}" for name, count in training.clips_by_corpus.items())
    said = f"It was trained by the recipe {training.recipe}, seed {training.seed}, on {training.clips} clips of "
    said += f"{training.speakers} speakers ({corpora}). "
    if not report.optimistic and report.speakers:
        said += "None of the tested speakers is among them. "
    if training.validation_clips:
        said += f"Epoch, temperature and threshold were chosen on {training.validation_clips} other clips "
        said += f"(validation speakers: {training.validation_speakers}). "
    else:
        said += "Epochs, temperature and threshold were set before it, without validation clips. "
    return (said + training.notes).strip()


def intervals(report: Report) -> str:
    """Return how intervals come about, and what they do not cover."""
    said = "Intervals (95 %) come from drawing the speakers 2000 times anew with replacement, and clips within each. "
    said += (
        "They tell how far a figure moves with other speakers of this kind, not with other languages or microphones."
    )
    few = 0 < report.speakers < FEW_SPEAKERS
    return f"{said} With {report.speakers} speakers they are rough." if few else said


def sureness(report: Report) -> str:
    """Return what the verdicts were."""
    sure = report.wa_when_sure
    others = "" if sure is None else f"; accuracy on the others {sure:.3f} instead of {report.wa.value:.3f}"
    return (
        f'"Not sure" on {report.not_sure:.0%} of the clips{others}. '
        f'"No speech" on {report.no_speech} of {report.clips} clips, counted as wrong.'
    )


def verdict(test: PairedTest, *, better: bool) -> str:
    """Return a paired test in words; `better` says whether the difference is more than chance explains."""
    size = f"{points(abs(test.difference.value))} points of UA"
    low, high = points(test.difference.low), points(test.difference.high)
    if not better:
        return f"A tie: the difference of {size} between {test.first} and {test.second} [{low}, {high}] may be chance."
    names = (test.first, test.second) if test.difference.value > 0 else (test.second, test.first)
    if test.difference.value < 0:
        low, high = points(-test.difference.high), points(-test.difference.low)
    return f"{names[0]} is better than {names[1]} by {size} [{low}, {high}]."


def details(test: PairedTest, p: float) -> str:
    """Return what the verdict rests on; `p` may be corrected for the number of models."""
    return (
        f"Paired over speakers, {_probability(p)}. Only {test.first} is right on {test.only_first} clips, "
        f"only {test.second} on {test.only_second} (McNemar over single clips, {_probability(test.mcnemar)})."
    )


def _probability(p: float) -> str:
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"
