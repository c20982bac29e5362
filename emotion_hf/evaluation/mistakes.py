"""A model's mistakes: which emotions it confuses, the clips it rejects, and its most confident wrong predictions.

Example:
    >>> frequent_confusions(report)[0]  # doctest: +SKIP
    Confusion(truth='fearful', answer='sad', clips=5, of=32)
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from emotion_hf.audio import SAMPLING_RATE, load_audio
from emotion_hf.corpora import CORPORA
from emotion_hf.evaluation.results import Report

if TYPE_CHECKING:
    from datasets import Dataset

MOST_CONFUSIONS = 8
MOST_CLIPS = 12
MAX_SECONDS = 6.0
PEAK = 0.7
NO_SPEECH = "no speech"
REJECTED = {"no_speech": NO_SPEECH, "unreadable": "cannot be read"}
"""Verdict → words, for clips without a prediction."""
MP3_KBITS = 32


@dataclass(frozen=True)
class Confusion:
    """An emotion predicted as another one in `clips` of its `of` clips."""

    truth: str
    answer: str
    clips: int
    of: int


def playable(clips: Dataset, audio: bool | None) -> list[Path | None]:
    """Return the recordings that a page may play: all, none, or by default those of published corpora.

    Args:
        clips: Rows of `load_corpora`.
        audio: Whether all may be played; `None` for the default.
    """
    rows = zip(clips["audio"], clips["corpus"], strict=True)
    return [Path(one["path"]) if (corpus in CORPORA if audio is None else audio) else None for one, corpus in rows]


def frequent_confusions(report: Report, most: int = MOST_CONFUSIONS) -> list[Confusion]:
    """Return the mistakes that affect the largest share of an emotion's clips, the largest first."""
    without_speech = [row["truth"] for row in report.predictions if row["label"] is None]
    found = [
        Confusion(truth, answer, clips, sum(counts) + without_speech.count(truth))
        for truth, counts in zip(report.labels, report.confusion, strict=True)
        for answer, clips in zip(report.labels, counts, strict=True)
        if truth != answer and clips
    ]
    return sorted(found, key=lambda one: -one.clips / one.of)[:most]


def with_no_speech(report: Report) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the columns of the confusion matrix and its counts `(labels, columns)`.

    The last column counts the clips without a prediction, if there are any.
    """
    counts = np.array(report.confusion).reshape(len(report.labels), -1)
    if not report.no_speech:
        return report.labels, counts
    without = [row["truth"] for row in report.predictions if row["label"] is None]
    return (*report.labels, NO_SPEECH), np.column_stack([counts, [without.count(label) for label in report.labels]])


def worst_clips(report: Report, most: int = MOST_CLIPS) -> list[int]:
    """Return the rows of `report.predictions` with the worst mistakes, the worst first.

    First the clips without a prediction, at most half of all if there are others, because a model that rejects speech
    is of no use for it; then the most confident wrong predictions.
    """
    rows = list(enumerate(report.predictions))
    rejected = [row for row, one in rows if one["label"] is None]
    wrong = [row for row, one in rows if one["label"] not in (None, one["truth"])]
    wrong.sort(key=lambda row: -max(report.predictions[row]["scores"].values()))
    return [*rejected[: max(most // 2, most - len(wrong))], *wrong][:most]


def said_of(row: Mapping[str, Any]) -> str:
    """Return the predicted label of a row of `Report.predictions`, or why there is none."""
    return row["label"] or REJECTED.get(row["verdict"], NO_SPEECH)


def sound_source(recording: Path) -> str:
    """Return the first seconds of a recording as the `data:` address of an MP3, at a common level for all."""
    wave = load_audio(recording)[: round(MAX_SECONDS * SAMPLING_RATE)]
    wave = wave * (PEAK / max(float(np.abs(wave).max()), 1e-9))
    file = io.BytesIO()
    level = (160 - MP3_KBITS) / (160 - 8)  # libsndfile's scale for MP3 below 32 kHz: 0 is 160 kbit/s, 1 is 8
    options = {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "CONSTANT", "compression_level": level}
    soundfile.write(file, wave, SAMPLING_RATE, **options)
    return f"data:audio/mpeg;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
