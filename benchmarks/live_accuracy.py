"""Measure how many live predictions are right: by the length of the speech, and with and without smoothing.

The clips are those of RAVDESS's speakers that the shipped model was not trained on. `benchmarks/live.py` calls it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.kept import table
from benchmarks.timelines import Joined, join
from emotion_hf import live
from emotion_hf.audio import SAMPLING_RATE, load_audio
from emotion_hf.corpora import Utterance, find_corpus
from emotion_hf.data.splits import RAVDESS_FOLDS
from emotion_hf.live import Listener, Moment
from emotion_hf.prediction import Classifier, Prediction
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.speech import speech_segments

SPOKEN_SECONDS = (0.75, 1.0, 1.5, 2.0)
IN_A_ROW = 4
SMOOTHING_SECONDS = (0.01, 0.5, 1.0, 2.0)
"""The first value is no smoothing."""
EARLIER_SECONDS = 1.0
"""A moment is right if it names the emotion of the clip that was played this much earlier."""


class Remembering:
    """A classifier that predicts each wave only once."""

    def __init__(self, classifier: Classifier):
        self.name, self.labels = classifier.name, classifier.labels
        self._classifier = classifier
        self._known: dict[bytes, Prediction] = {}

    def predict(self, waves: Sequence[np.ndarray]) -> list[Prediction]:
        """Predict the emotion of each wave."""
        for wave in waves:
            if wave.tobytes() not in self._known:
                self._known[wave.tobytes()] = self._classifier.predict([wave])[0]
        return [self._known[wave.tobytes()] for wave in waves]


def measure(ravdess: Path) -> dict[str, Any]:
    """Return the figures of RAVDESS's four unseen speakers."""
    recognizer = Remembering(EmotionRecognizer.from_pretrained())
    clips = [
        clip
        for clip in find_corpus("ravdess").index(ravdess)
        if int(clip.speaker.rpartition("_")[2]) in RAVDESS_FOLDS[1]
    ]
    recordings = [rows_of_an_emotion(clips, name) for name in sorted({clip.speaker for clip in clips})]
    return {
        "clips": len(clips),
        "by_length": [by_length(recognizer, clips, seconds) for seconds in SPOKEN_SECONDS],
        "smoothing": [smoothed(recognizer, recordings, seconds) for seconds in SMOOTHING_SECONDS],
    }


def by_length(classifier: Classifier, clips: Sequence[Utterance], seconds: float) -> dict[str, Any]:
    """Return how many clips are right that end after so many seconds of speech."""
    right = count = 0
    for clip in clips:
        wave = load_audio(clip.path)
        segments = speech_segments(wave)
        end = segments[0].start_seconds + seconds if segments else 0.0
        if not segments or segments[-1].end_seconds < end:
            continue
        start = max(0.0, segments[0].start_seconds - live.MARGIN_SECONDS)
        part = wave[round(start * SAMPLING_RATE) : round(end * SAMPLING_RATE)]
        count += 1
        right += classifier.predict([part])[0].label == clip.emotion
    return {"seconds": seconds, "clips": count, "right": right}


def rows_of_an_emotion(clips: Sequence[Utterance], speaker: str) -> Joined:
    """Return clips of a speaker, a few of the same emotion in a row."""
    rng, chosen = np.random.default_rng(0), []
    own = [clip for clip in clips if clip.speaker == speaker]
    for emotion in rng.permutation(sorted({clip.emotion for clip in own})):
        same = [clip for clip in own if clip.emotion == emotion]
        chosen += [same[number] for number in rng.permutation(len(same))[:IN_A_ROW]]
    return join(chosen)


def smoothed(classifier: Classifier, recordings: Sequence[Joined], seconds: float) -> dict[str, Any]:
    """Return how many moments are right and how often the emotion changes, with a time constant."""
    right = count = changes = 0
    with patch.object(live, "SMOOTHING_SECONDS", seconds):
        for recording in recordings:
            before = None
            for moment in moments(classifier, recording.wave):
                label = moment.prediction.label
                if label:
                    count += 1
                    right += label == recording.truth(moment.seconds - EARLIER_SECONDS)
                    changes += before is not None and label != before
                before = label
    return {"seconds": seconds, "moments": count, "right": right, "changes": changes}


def moments(classifier: Classifier, wave: np.ndarray) -> list[Moment]:
    """Return the moments of a recording."""
    listener, step = Listener(classifier), round(live.UPDATE_SECONDS * SAMPLING_RATE)
    found = [listener.hear(SAMPLING_RATE, wave[start : start + step]) for start in range(0, len(wave), step)]
    return [moment for moment in found if moment]


def document(found: dict[str, Any]) -> str:
    """Return the part of the page about accuracy."""
    lengths = [
        [f"{one['seconds']:g} s", str(one["clips"]), f"{100 * one['right'] / one['clips']:.0f} %"]
        for one in found["by_length"]
    ]
    constants = [
        [
            "none" if one["seconds"] == SMOOTHING_SECONDS[0] else f"{one['seconds']:g} s",
            str(one["moments"]),
            f"{100 * one['right'] / one['moments']:.1f} %",
            f"{one['changes'] / one['moments'] / live.UPDATE_SECONDS * 60:.0f}",
        ]
        for one in found["smoothing"]
    ]
    return (
        f"\n## Accuracy\n\nThe {found['clips']} clips of RAVDESS's four speakers that the model was not trained on. "
        "First, each clip is cut after some speech:\n\n"
        f"{table(['speech', 'clips', 'right'], lengths)}\n\n"
        f"Then {IN_A_ROW} clips of each emotion are joined for each speaker. A moment is right if it names the "
        f"emotion of the clip that was\nplayed {EARLIER_SECONDS:g} s earlier. The tab uses a time constant of "
        f"{live.SMOOTHING_SECONDS:g} s.\n\n"
        f"{table(['time constant', 'moments', 'right', 'changes in a minute of speech'], constants)}\n"
    )
