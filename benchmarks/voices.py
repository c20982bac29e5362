"""Measure the gain in UA from adapting to a speaker's voice.

    python -m benchmarks.voices

This benchmark reads the saved predictions of `benchmarks.unseen_speakers`: calibrated logits of RAVDESS's clips, each
from a model that was not trained on the clip's speaker, and that model's statistics of how speakers differ. For each
speaker, a voice is estimated from some clips, as with `emotion-hf adapt`, and the speaker's other clips are predicted
with and without it. In two cases, the voice is estimated from the predicted clips, as with `emotion-hf predict --by
speaker`: all clips of a speaker, and all clips of one emotion, as if the speaker expressed nothing else. Random
choices are drawn `DRAWS` times. The 95 % intervals come from resampling speakers. The figures are saved in
`benchmarks/voices.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answers import Answers, best, recall_answers
from benchmarks.kept import UNSEEN_SPEAKERS, points, table
from emotion_hf.evaluation import metrics
from emotion_hf.labels import ORDINARY
from emotion_hf.voice import Voice, estimate_voice, voice_of_emotions, voice_of_ordinary_speech

FIGURES = Path(__file__).with_name("voices.json")
FIRST_SEEDS = "fold*-seed0.json"
DRAWS = 5
FEW = (3, 10, 30)
ORDINARY_SECONDS = 30.0
LABELLED_EACH = 3
ALL, SINGLE = "all clips of the speaker, without labels", "clips of a single emotion, without labels"
ORDINARY_SPEECH = f"{ORDINARY_SECONDS:.0f} s of ordinary speech"
LABELLED = f"{LABELLED_EACH} labelled clips of each emotion"
ASKED = {SINGLE: ("≥ −1", ""), ORDINARY_SPEECH: ("≥ 2.5", "≥ 4"), LABELLED: ("≥ 6", "≥ 10")}
"""Bar and aim for the points gained."""


@dataclass(frozen=True)
class Trial:
    """Predictions for a speaker with and without a voice that is estimated from some of the clips.

    Attributes:
        case: How the voice is estimated, in words.
        used: Number of clips in the estimate.
        speaker: The speaker.
        truth: Class numbers of the predicted clips ``(clips,)``.
        before: Predictions without the voice ``(clips,)``.
        after: Predictions with the voice ``(clips,)``.
    """

    case: str
    used: int
    speaker: str
    truth: np.ndarray
    before: np.ndarray
    after: np.ndarray


def main(arguments: Sequence[str] | None = None) -> int:
    """Recompute the figures, write them and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--answers", type=Path, default=UNSEEN_SPEAKERS, metavar="DIR", help="folder of the predictions"
    )
    parser.add_argument("--figures", type=Path, default=FIGURES, metavar="FILE", help=f"default: {FIGURES.name}")
    options = parser.parse_args(arguments)
    found = measure([recall_answers(path) for path in sorted(options.answers.glob(FIRST_SEEDS))])
    options.figures.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(document(found))
    return 0


def measure(parts: Sequence[Answers]) -> list[dict[str, Any]]:
    """Return the figures of each case.

    Args:
        parts: Predictions of several models for different speakers.
    """
    of_case: dict[str, list[Trial]] = {}
    for answers in parts:
        for speaker in np.unique(answers.speakers[answers.has_speech]):
            for trial in trials(answers.chosen(answers.has_speech & (answers.speakers == speaker))):
                of_case.setdefault(trial.case, []).append(trial)
    return [figures(case, some) for case, some in of_case.items()]


def trials(own: Answers) -> Iterator[Trial]:
    """Yield the trials of one speaker.

    Args:
        own: Predictions for the speaker's clips, all of them with speech.
    """
    rng, count = np.random.default_rng(0), len(own.truth)
    every, statistics, logits = np.arange(count), own.statistics, own.logits
    by_emotion = [np.flatnonzero(own.truth == label) for label in np.unique(own.truth)]
    yield _trial(ALL, own, estimate_voice(logits, statistics), every)
    for few in (few for few in FEW if few < count):
        for _ in range(DRAWS):
            used = rng.permutation(count)[:few]
            voice = estimate_voice(logits[used], statistics)
            yield _trial(f"{few} clips, without labels", own, voice, np.setdiff1d(every, used))
    for clips in by_emotion:
        yield _trial(SINGLE, own, estimate_voice(logits[clips], statistics), clips)
    usual = [number for number, label in enumerate(own.labels) if label in ORDINARY]
    for _ in range(DRAWS):
        calm = rng.permutation(np.flatnonzero(np.isin(own.truth, usual)))
        used = calm[: 1 + int(np.searchsorted(np.cumsum(own.seconds[calm]), ORDINARY_SECONDS))]
        voice = voice_of_ordinary_speech(logits[used], statistics, usual)
        yield _trial(ORDINARY_SPEECH, own, voice, np.setdiff1d(every, used))
    for _ in range(DRAWS):
        used = np.concatenate([rng.permutation(clips)[:LABELLED_EACH] for clips in by_emotion])
        voice = voice_of_emotions(logits[used], statistics, own.truth[used])
        yield _trial(LABELLED, own, voice, np.setdiff1d(every, used))


def figures(case: str, some: Sequence[Trial]) -> dict[str, Any]:
    """Return the figures of the trials of one case: UA before and after, and the points gained with their interval."""
    truth, before, after = (
        np.concatenate([getattr(one, name) for one in some]) for name in ("truth", "before", "after")
    )
    speakers = np.concatenate([np.repeat(one.speaker, len(one.truth)) for one in some])
    labels = 1 + int(truth.max())

    def ua(predicted: np.ndarray, rows: np.ndarray) -> float:
        return metrics.unweighted_average_recall(truth[rows], predicted[rows], labels)

    def gain(rows: np.ndarray) -> float:
        return ua(after, rows) - ua(before, rows)

    low, high, _ = metrics.bootstrap_difference(gain, speakers)
    every = np.arange(len(truth))
    value = {"value": gain(every), "low": low, "high": high}
    return {
        "case": case,
        "speakers": len(set(speakers)),
        "trials": len(some),
        "clips_heard": round(float(np.mean([one.used for one in some])), 1),
        "clips_answered": len(truth),
        "ua_before": round(ua(before, every), 4),
        "ua_after": round(ua(after, every), 4),
        "gain": {name: round(one, 4) for name, one in value.items()},
    }


def document(found: Sequence[dict[str, Any]]) -> str:
    """Return the table, in Markdown."""
    rows = []
    for one in found:
        gain, low, high = (points(one["gain"][name]) for name in ("value", "low", "high"))
        before, after = f"{one['ua_before']:.3f}", f"{one['ua_after']:.3f}"
        rows.append((one["case"], before, after, f"{gain} ({low} to {high})", *ASKED.get(one["case"], ("", ""))))
    return table(("the voice is estimated from", "UA before", "UA after", "points gained", "bar", "aim"), rows)


def _trial(case: str, own: Answers, voice: Voice, answered: np.ndarray) -> Trial:
    """Return a trial with predictions for some clips ``(clips,)``."""
    logits = own.logits[answered]
    corrected = logits + logits @ voice.gain.T - voice.offset
    return Trial(case, voice.clips, str(own.speakers[0]), own.truth[answered], best(logits), best(corrected))


if __name__ == "__main__":
    sys.exit(main())
