"""Measure how well two speakers in one channel are told apart, on conversations made of clips.

    python -m benchmarks.speakers --data ravdess=DIR emovo=DIR savee=DIR tess=DIR

The speakers are the four of RAVDESS on whom nothing was trained, and those of corpora on which nothing was trained or
chosen. All emotions are mixed. `--embedder M` measures a speaker-verification model instead, and only prints.
The figures are saved in `benchmarks/speakers.json`, and the page is `benchmarks/SPEAKERS.md`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.conversations import FRAME_SAMPLES, MOST_SECONDS, Conversation, converse
from benchmarks.kept import table
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.corpora import find_corpus, parse_data
from emotion_hf.data.splits import RAVDESS_FOLDS
from emotion_hf.evaluation.metrics import away_from_changes, diarisation_errors
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.speakers import SPEAKERS, SpeakerEmbedder, find_speakers
from emotion_hf.speakers.embedders import XVectorEmbedder
from emotion_hf.speech import Segment
from emotion_hf.timeline import STEP_SECONDS, WINDOW_SECONDS, cut_segments

FIGURES, PAGE = Path(__file__).with_name("speakers.json"), Path(__file__).with_name("SPEAKERS.md")
FRAMES_PER_SECOND = SAMPLING_RATE // FRAME_SAMPLES
COLLAR_SECONDS = 0.25
MOST_OF_A_KIND = 8
"""Conversations in a row of the table; each pair of a corpus with fewer pairs has several."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write figures and page, and print the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, metavar="NAME=DIR")
    parser.add_argument("--embedder", metavar="M", help="folder or Hub id of a speaker-verification model")
    options = parser.parse_args(arguments)
    embedder: SpeakerEmbedder = (
        XVectorEmbedder.from_pretrained(options.embedder)
        if options.embedder
        else EmotionRecognizer.from_pretrained().speaker_embedder()
    )
    rng, found = np.random.default_rng(0), []
    for kind, groups in recordings(parse_data(options.data)).items():
        some = [measure(converse(clips, rng), embedder) for clips in groups]
        found.append({"recordings": kind, "count": len(some), **mean(some)})
        print(found[-1], flush=True)
    if options.embedder:
        print(document(found))
        return 0
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(document(found), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))
    return 0


def recordings(data: Mapping[str, Path]) -> dict[str, list[dict[str, list[Path]]]]:
    """Return, for each row of the table, the clips of the speakers of each recording."""
    rows: dict[str, list[dict[str, list[Path]]]] = {}
    for corpus, folder in data.items():
        clips: dict[str, list[Path]] = {}
        genders: dict[str, str | None] = {}
        for clip in find_corpus(corpus).index(folder):
            if corpus != "ravdess" or int(clip.speaker.rpartition("_")[2]) in RAVDESS_FOLDS[1]:
                clips.setdefault(clip.speaker, []).append(clip.path)
                genders[clip.speaker] = clip.gender
        pairs = [*combinations(sorted(clips), 2)]
        for kind, is_same in (("same gender", True), ("different genders", False)):
            own = [pair for pair in pairs if (genders[pair[0]] == genders[pair[1]]) is is_same]
            chosen = [own[number % len(own)] for number in range(MOST_OF_A_KIND)] if own else []
            rows[f"{corpus}, {kind}"] = [{name: clips[name] for name in pair} for pair in chosen]
        rows[f"{corpus}, one speaker"] = [{name: clips[name]} for name in sorted(clips)]
    return {kind: groups for kind, groups in rows.items() if groups}


def measure(conversation: Conversation, embedder: SpeakerEmbedder) -> dict[str, float]:
    """Return the figures of one recording."""
    begun = time.perf_counter()
    turns = find_speakers(conversation.wave, embedder)
    seconds = len(conversation.wave) / SAMPLING_RATE
    speed = seconds / (time.perf_counter() - begun)
    truth, found = conversation.truth, frames_of(turns, len(conversation.truth))
    kept = away_from_changes(truth, round(COLLAR_SECONDS * FRAMES_PER_SECOND))
    missed, false_alarms, confused = diarisation_errors(truth, found)
    return {
        "seconds": seconds,
        "missed": missed,
        "false_alarms": false_alarms,
        "confused": confused,
        "error": missed + false_alarms + confused,
        "error_with_collar": sum(diarisation_errors(truth[kept], found[kept])),
        "windows_right": windows_right(turns, conversation),
        "two_found": float(len({turn.speaker for turn in turns}) == 2),
        "times_faster": speed,
    }


def frames_of(turns: Sequence[Segment], count: int) -> np.ndarray:
    """Return the number of the speaker of each frame of 10 ms, from 1; 0 outside the turns ``(count,)``."""
    frames = np.zeros(count, dtype=int)
    for turn in turns:
        start, end = (round(at * FRAMES_PER_SECOND) for at in (turn.start_seconds, turn.end_seconds))
        frames[start:end] = SPEAKERS.index(turn.speaker) + 1
    return frames


def windows_right(turns: Sequence[Segment], conversation: Conversation) -> float:
    """Return the share of the timeline's windows whose speaker is the one who speaks most in them."""
    seconds = len(conversation.wave) / SAMPLING_RATE
    windows = cut_segments(turns, seconds, WINDOW_SECONDS, STEP_SECONDS)
    pairs = []
    for window in windows:
        start, end = (round(at * FRAMES_PER_SECOND) for at in (window.start_seconds, window.end_seconds))
        counts = np.bincount(conversation.truth[start:end], minlength=3)[1:]
        pairs.append((int(counts.argmax()) + 1, SPEAKERS.index(window.speaker) + 1))
    truth, found = np.array(pairs).T
    return 1.0 - diarisation_errors(truth, found)[2]


def mean(measured: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the mean of the figures of several recordings."""
    return {name: round(float(np.mean([one[name] for one in measured])), 4) for name in measured[0]}


def document(found: Sequence[dict[str, Any]]) -> str:
    """Return the page."""
    two = [one for one in found if not one["recordings"].endswith("one speaker")]
    alone = [one for one in found if one["recordings"].endswith("one speaker")]
    rates = ("missed", "false_alarms", "confused", "error", "error_with_collar", "windows_right")
    rows = [
        [
            *(one["recordings"], str(one["count"]), f"{one['seconds']:.0f}"),
            *(f"{100 * one[name]:.1f} %" for name in rates),
            *(_counted(1 - one["two_found"], one["count"]), f"{one['times_faster']:.0f}×"),
        ]
        for one in two
    ]
    head = [
        *("recordings", "count", "mean seconds", "missed speech", "false alarms", "wrong speaker", "DER"),
        *("DER with collar", "windows right", "taken for one speaker", "faster than the recording"),
    ]
    singles = [
        [one["recordings"], f"{one['seconds']:.0f}", f"{_counted(one['two_found'], one['count'])} of {one['count']}"]
        for one in alone
    ]
    return (
        "# Two speakers in one channel\n\n"
        f"Conversations of up to {MOST_SECONDS:.0f} seconds: two speakers take turns of one to four clips, with "
        "pauses of up to half a second.\nAll emotions are mixed. Nothing was trained or chosen on these speakers. The "
        "reference counts as speech what is at most 30 dB below\nthe peak of its clip; a pause between two clips "
        "that the speech gate does not notice is a false alarm. DER is the diarisation\nerror rate: missed speech, "
        "false alarms and speech of the wrong speaker, relative to all speech. With the collar, "
        f"{COLLAR_SECONDS} s on both\nsides of each change do not count. A window of the timeline is right if its "
        "speaker speaks most in it. Where two speakers are taken\nfor one, all speech of one of them is wrong. TESS "
        "has only two speakers. Repeat it with\n"
        "`python -m benchmarks.speakers --data ravdess=DIR emovo=DIR savee=DIR tess=DIR`.\n\n"
        f"{table(head, rows)}\n\n"
        "## Recordings of one speaker\n\n"
        "How often one speaker, whose emotions change all the time, is taken for two.\n\n"
        f"{table(['recordings', 'mean seconds', 'taken for two'], singles)}\n"
    )


def _counted(share: float, count: int) -> str:
    return str(round(share * count))


if __name__ == "__main__":
    sys.exit(main())
