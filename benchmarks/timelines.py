"""Measure timelines on joined clips: how many windows are right, with and without the speaker's own mean.

    python -m benchmarks.timelines --data ravdess=DIR emovo=DIR savee=DIR spanish=DIR

Clips of speakers that the shipped model was not trained on are joined in random order: one recording of each speaker,
and one of ten minutes with all four of RAVDESS. A window is right if its prediction is the emotion of the clip at its
middle. "Not sure" counts as what it is closest to. The figures are saved in `benchmarks/timelines.json`, and the page
is `benchmarks/TIMELINES.md`.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.kept import table
from emotion_hf.audio import SAMPLING_RATE, load_audio
from emotion_hf.corpora import find_corpus, parse_data
from emotion_hf.data.splits import RAVDESS_FOLDS
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.timeline import Timeline, make_timeline

FIGURES, PAGE = Path(__file__).with_name("timelines.json"), Path(__file__).with_name("TIMELINES.md")
MINUTES, MOST_CLIPS = 10, 60


@dataclass(frozen=True)
class Joined:
    """A recording of joined clips.

    Attributes:
        wave: Mono at 16 kHz ``(samples,)``.
        ends: End of each clip in seconds ``(clips,)``.
        emotions: Emotion of each clip.
    """

    wave: np.ndarray
    ends: np.ndarray
    emotions: tuple[str, ...]

    def truth(self, seconds: float) -> str:
        """Return the emotion of the clip at a time."""
        return self.emotions[min(int(np.searchsorted(self.ends, seconds)), len(self.emotions) - 1)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write figures and page, and print the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, metavar="NAME=DIR")
    options = parser.parse_args(arguments)
    recognizer = EmotionRecognizer.from_pretrained()
    found = []
    for name, recordings in joined_recordings(parse_data(options.data), recognizer.labels).items():
        found.append({"recordings": name, **total([measure(recognizer, one) for one in recordings])})
        print(found[-1], flush=True)
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(document(found), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))
    return 0


def joined_recordings(data: Mapping[str, Path], labels: Sequence[str]) -> dict[str, list[Joined]]:
    """Return the recordings of each row: one for each speaker, and one of all of RAVDESS's."""
    rng, rows = np.random.default_rng(0), {}
    for corpus, folder in data.items():
        clips = [clip for clip in find_corpus(corpus).index(folder) if clip.emotion in labels]
        if corpus == "ravdess":
            clips = [clip for clip in clips if int(clip.speaker.rpartition("_")[2]) in RAVDESS_FOLDS[1]]
        speakers = sorted({clip.speaker for clip in clips})
        own = [[clip for clip in clips if clip.speaker == name] for name in speakers]
        rows[f"{corpus}, {len(own)} speakers"] = [join(_shuffled(some, rng)[:MOST_CLIPS]) for some in own]
        if corpus == "ravdess":
            rows[f"{corpus}, all {len(own)} in one"] = [join(_shuffled(clips, rng), 60.0 * MINUTES)]
    return rows


def total(measured: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the sums of the figures of several recordings."""
    return {"count": len(measured)} | {name: sum(one[name] for one in measured) for name in measured[0]}


def _shuffled(clips: Sequence[Any], rng: np.random.Generator) -> list[Any]:
    return [clips[number] for number in rng.permutation(len(clips))]


def join(clips: Sequence[Any], most_seconds: float = math.inf) -> Joined:
    """Return as many clips, one after the other, as fit into a recording of `most_seconds`."""
    waves: list[np.ndarray] = []
    for clip in clips:
        wave = load_audio(clip.path)
        if sum(map(len, waves)) + len(wave) > most_seconds * SAMPLING_RATE:
            break
        waves.append(wave)
    ends = np.cumsum([len(wave) for wave in waves]) / SAMPLING_RATE
    return Joined(np.concatenate(waves), ends, tuple(clip.emotion for clip in clips[: len(waves)]))


def measure(recognizer: EmotionRecognizer, joined: Joined) -> dict[str, Any]:
    """Return the figures of one recording."""
    begun = time.perf_counter()
    plain = make_timeline(recognizer, joined.wave, centre=False)
    analysed_in_seconds = time.perf_counter() - begun
    centred = make_timeline(recognizer, joined.wave)
    return {
        "seconds": round(len(joined.wave) / SAMPLING_RATE, 1),
        "clips": len(joined.emotions),
        "windows": len(plain.windows),
        "right": count_right(plain, joined),
        "right_centred": count_right(centred, joined),
        "analysed_in_seconds": round(analysed_in_seconds, 1),
    }


def count_right(timeline: Timeline, joined: Joined) -> int:
    """Return the number of windows whose label is the emotion of the clip at their middle."""
    return sum(window.prediction.label == joined.truth(window.centre) for window in timeline.windows)


def document(found: Sequence[dict[str, Any]]) -> str:
    """Return the page."""
    rows = [
        [
            one["recordings"],
            f"{one['seconds'] / one['count']:.0f}",
            str(one["clips"]),
            str(one["windows"]),
            f"{100 * one['right'] / one['windows']:.1f} %",
            f"{100 * one['right_centred'] / one['windows']:.1f} %",
            f"{one['seconds'] / one['analysed_in_seconds']:.0f}×",
        ]
        for one in found
    ]
    head = [
        *("recordings", "mean seconds", "clips", "windows", "windows right", "with the recording's mean"),
        "faster than the recording",
    ]
    return (
        "# Timelines\n\n"
        f"Up to {MOST_CLIPS} clips of a speaker, joined in random order, and one recording of {MINUTES} minutes with "
        "four speakers. The model was trained\non none of these speakers. A window is right if its prediction is the "
        "emotion of the clip at its middle. The recording's mean is that of\nall its windows. Repeat it with "
        "`python -m benchmarks.timelines --data ravdess=DIR emovo=DIR savee=DIR spanish=DIR`.\n\n"
        f"{table(head, rows)}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
