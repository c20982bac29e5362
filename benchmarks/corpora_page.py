"""The tables of `benchmarks.corpora --summary`, computed from saved predictions.

Each corpus is measured on the emotions that it shares with the model, in three ways: one clip at a time; corrected for
each speaker's voice, which is estimated from all clips of the speaker without labels, as with `emotion-hf predict --by
speaker`; and with embeddings centred on the speaker's mean. Intervals come from resampling speakers, or clips if a
corpus has at most two speakers.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.answers import Answers, best, recall_answers, ua
from benchmarks.kept import MISSING, RESULTS, table, with_interval
from emotion_hf.voice import estimate_voice

LEFT_OUT, SHIPPED = RESULTS / "corpora" / "left_out", RESULTS / "corpora" / "shipped"
WAYS = ALONE, VOICE, CENTRED = "one clip at a time", "voice", "centred embeddings"
FEW_SPEAKERS = 2
NAMES = {"tess": "TESS", "emovo": "EMOVO", "savee": "SAVEE", "spanish": "Spanish", "ased": "ASED"}
BARS = {
    "tess": (("≥ 0.58", "≥ 0.75"), ("≥ 0.74", "≥ 0.85")),
    "emovo": (("≥ 0.48", "≥ 0.62"), ("≥ 0.58", "≥ 0.70")),
    "savee": (("≥ 0.42", "≥ 0.55"), ("≥ 0.56", "≥ 0.68")),
    "spanish": (("≥ 0.45", "≥ 0.55"), ("≥ 0.52", "≥ 0.62")),
    "ased": (("≥ 0.45", "≥ 0.55"), ("≥ 0.52", "≥ 0.62")),
}
"""Bar and aim for the UA of the shipped model on unseen corpora: one clip at a time, and corrected for the voice."""
HEAD = ("corpus", "clips, speakers", "chance", *(f"UA, {way}" for way in WAYS), "most frequent prediction")


def document() -> str:
    """Return both tables, in Markdown."""
    parts = [
        ("Trained on all corpora but one, tested on that one", LEFT_OUT),
        ("Trained on the corpora of the shipped model, tested on other corpora", SHIPPED),
    ]
    return "\n\n".join(f"## {title}\n\n{_table(folder)}" for title, folder in parts)


def lines() -> list[tuple[str, str, str, str]]:
    """Return the figures on unseen corpora as table rows: figure, bar, aim, result."""
    found = {name: measured(recall_answers(path)) for name in BARS if (path := SHIPPED / f"{name}.json").exists()}
    rows = [
        (f"UA on {NAMES[name]}, shared emotions, {how}", *BARS[name][number], _reached(found.get(name), way))
        for number, (way, how) in enumerate(((ALONE, ALONE), (VOICE, "corrected for the speaker's voice")))
        for name in BARS
    ]
    counts = {name: most_frequent(answers) for name, answers in found.items()}
    most = max(counts, key=lambda name: counts[name][1], default=None)
    shown = f"{counts[most][0]} on {NAMES[most]}: {counts[most][1]:.0%}" if most else MISSING
    return [*rows, ("most frequent prediction on any of these", "≤ 40 %", "≤ 30 %", shown)]


def measured(answers: Answers) -> Answers:
    """Return saved predictions; `others` has those among the corpus's emotions, with and without voice correction."""
    shared = np.unique(answers.truth)
    alone, by_voice = best(answers.logits, shared), best(corrected(answers), shared)
    return replace(answers, others={ALONE: alone, VOICE: by_voice, **answers.others})


def corrected(answers: Answers) -> np.ndarray:
    """Return scores `(clips, labels)` corrected for each speaker's voice, estimated from all clips of the speaker.

    They are NaN without speech.
    """
    scores = np.exp(answers.logits)
    for speaker in np.unique(answers.speakers):
        own = answers.speakers == speaker
        voice = estimate_voice(answers.logits[own & answers.has_speech], answers.statistics)
        scores[own] = voice.correct(scores[own])
    return scores


def most_frequent(answers: Answers) -> tuple[str, float]:
    """Return the most frequent prediction among all labels of the model, one clip at a time, and its share."""
    numbers, counts = np.unique(answers.predicted[answers.has_speech], return_counts=True)
    return answers.labels[numbers[counts.argmax()]], counts.max() / len(answers.truth)


def shown(answers: Answers, way: str) -> str:
    """Return the UA in one of the ways with its interval; clips are resampled if there are few speakers."""
    speakers = answers.speakers
    few = len(np.unique(speakers)) <= FEW_SPEAKERS
    clusters = np.arange(len(speakers)) if few else speakers
    return with_interval(lambda rows: ua(answers.chosen(rows), way), clusters) + ", clips resampled" * few


def _reached(answers: Answers | None, way: str) -> str:
    if answers is None:
        return MISSING
    beside = f"; centred embeddings {ua(answers, CENTRED):.3f}" if way == VOICE else ""
    return shown(answers, way) + beside


def _table(folder: Path) -> str:
    found = {path.stem: measured(recall_answers(path)) for path in sorted(folder.glob("*.json"))}
    rows = []
    for name, answers in found.items():
        speakers, shared = len(np.unique(answers.speakers)), len(np.unique(answers.truth))
        facts = [name, f"{len(answers.truth)}, {speakers}", f"{1 / shared:.3f}"]
        label, share = most_frequent(answers)
        rows.append([*facts, *(shown(answers, way) for way in WAYS), f"{label} {share:.0%}"])
    if found:
        means = [np.mean([ua(answers, way) for answers in found.values()]) for way in WAYS]
        rows.append(["mean", "", "", *(f"**{mean:.3f}**" for mean in means), ""])
    return table(HEAD, rows)
