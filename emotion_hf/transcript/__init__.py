"""What was said when? The words of a recording, and the emotion of the band that each word falls into.

`Transcriber` in `emotion_hf.transcript.transcriber` writes a transcript, on this machine. This module holds the
values, and joins them with a timeline.

Example:
    >>> from emotion_hf.prediction import Prediction
    >>> from emotion_hf.timeline import Window
    >>> angry = Prediction({"calm": 0.1, "angry": 0.9})
    >>> transcript = Transcript((Word("Go", 0.2, 0.5), Word("away!", 0.5, 1.0)), "en", "demo")
    >>> [(one.band.name, one.text) for one in phrases(transcript, Timeline((Window(0, 2, angry),), angry, 2.0))]
    [('angry', 'Go away!')]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any

from emotion_hf.prediction import Prediction
from emotion_hf.timeline import Band, Timeline, Window, clock

UNSPACED = ("zh", "ja", "th", "lo", "my", "yue")
"""Languages that are written without spaces between words."""


@dataclass(frozen=True)
class Word:
    """A word with its punctuation, and when it is said, in seconds from the start of the recording."""

    text: str
    start_seconds: float
    end_seconds: float

    @property
    def centre(self) -> float:
        """Its middle, in seconds."""
        return (self.start_seconds + self.end_seconds) / 2


class Doubt(StrEnum):
    """Why the words of a passage are missing or may be wrong."""

    REPEATED = "repeated"
    UNSURE = "unsure"
    NO_SPEECH = "no_speech"
    LANGUAGE = "language"
    SHORTENED = "shortened"
    CUT = "cut"


SENTENCES = {
    Doubt.REPEATED: "From {start} to {end} the model repeated itself; these words were left out.",
    Doubt.UNSURE: "From {start} to {end} the model was too unsure; these words were left out.",
    Doubt.NO_SPEECH: "From {start} to {end} the model found no speech; nothing was transcribed.",
    Doubt.LANGUAGE: "From {start} to {end} the model did not recognise the language; these words were left out.",
    Doubt.SHORTENED: "From {start} to {end} the model repeated some words; they are written once.",
    Doubt.CUT: "From {start} to {end} there may be more words than are written here.",
}


@dataclass(frozen=True)
class Note:
    """A passage whose words are missing or may be wrong, in seconds from the start of the recording."""

    doubt: Doubt
    start_seconds: float
    end_seconds: float

    @property
    def sentence(self) -> str:
        """The note in words."""
        return SENTENCES[self.doubt].format(start=clock(self.start_seconds), end=clock(self.end_seconds))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        times = {"start_seconds": self.start_seconds, "end_seconds": self.end_seconds}
        return {"doubt": str(self.doubt), **times, "sentence": self.sentence}


@dataclass(frozen=True)
class Transcript:
    """The words of a recording.

    Attributes:
        words: In the order of time; none without speech.
        language: Code of the language in which most is said, such as ``en``; empty without speech.
        model: Name of the model.
        notes: Passages whose words are missing or may be wrong.
    """

    words: tuple[Word, ...]
    language: str
    model: str
    notes: tuple[Note, ...] = field(default=())

    @property
    def text(self) -> str:
        """All words."""
        return self.join(self.words)

    def join(self, words: Sequence[Word]) -> str:
        """Return some of its words as text."""
        return self.gap.join(word.text for word in words)

    @property
    def gap(self) -> str:
        """What its language has between two words: a space or nothing."""
        return "" if self.language in UNSPACED else " "

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "text": self.text,
            "language": self.language,
            "model": self.model,
            "words": [
                {"text": word.text, "start_seconds": word.start_seconds, "end_seconds": word.end_seconds}
                for word in self.words
            ],
            "notes": [note.to_dict() for note in self.notes],
        }


@dataclass(frozen=True)
class Phrase:
    """Successive words in one band of a timeline."""

    band: Band
    words: tuple[Word, ...]
    text: str


def phrases(transcript: Transcript, timeline: Timeline) -> tuple[Phrase, ...]:
    """Return the words, grouped by the band in which the middle of each word lies."""
    groups = (
        (band, tuple(words)) for band, words in groupby(transcript.words, key=lambda word: timeline.at(word.centre))
    )
    return tuple(Phrase(band, words, transcript.join(words)) for band, words in groups)


def as_timeline(prediction: Prediction) -> Timeline:
    """Return the prediction for a whole recording as a timeline of one window."""
    seconds = prediction.duration_seconds
    windows = (Window(0.0, seconds, prediction),) if prediction.scores else ()
    return Timeline(windows, prediction, seconds)
