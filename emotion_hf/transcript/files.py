"""Write a transcript with its emotions as text, subtitles (SRT) or JSON.

Example:
    >>> from emotion_hf.prediction import Prediction
    >>> from emotion_hf.transcript import Word, as_timeline
    >>> angry = Prediction({"calm": 0.1, "angry": 0.9}, duration_seconds=2.0)
    >>> spoken = Spoken(Transcript((Word("Stop!", 0.5, 1.0),), "en", "demo"), as_timeline(angry))
    >>> print(to_srt(spoken, ""))
    1
    00:00:00,500 --> 00:00:01,000
    [angry] Stop!
    <BLANKLINE>
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emotion_hf.disk import check_output, write_whole, writing
from emotion_hf.labels import face
from emotion_hf.prediction import Prediction, percent
from emotion_hf.timeline import NO_SPEECH, NOT_SURE, Timeline, clock
from emotion_hf.timeline.files import srt_time
from emotion_hf.transcript import Transcript, Word, phrases

SUBTITLE_LETTERS, SUBTITLE_SECONDS = 84, 6.0
"""Most that a subtitle holds: two lines."""
EMOJI = {NO_SPEECH: "🔇", NOT_SURE: "🤔"}


@dataclass(frozen=True)
class Opinions:
    """What the words say about the emotion, and what voice and words say together."""

    model: str
    text: dict[str, float]
    together: Prediction

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"model": self.model, "text": self.text, "together": self.together.to_dict()}


@dataclass(frozen=True)
class Spoken:
    """A transcript, the timeline of the same recording, and the opinion of a text model, if there is one."""

    transcript: Transcript
    timeline: Timeline
    opinions: Opinions | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values: the transcript, its phrases with their emotions, and the opinions."""
        found = [
            {
                "start_seconds": one.words[0].start_seconds,
                "end_seconds": one.words[-1].end_seconds,
                "emotion": one.band.name,
                "confidence": one.band.prediction.confidence,
                "text": one.text,
            }
            for one in phrases(self.transcript, self.timeline)
        ]
        opinions = self.opinions.to_dict() if self.opinions else None
        return {**self.transcript.to_dict(), "phrases": found, "opinions": opinions}


def check_transcript_output(path: Path) -> None:
    """Check that `write_transcript` can write `path`, before the recording is analysed.

    Raises:
        SettingsError: The extension is unknown, or the file cannot be written.
    """
    check_output(path, _FORMATS)


def write_transcript(path: Path, spoken: Spoken, title: str = "") -> None:
    """Write a transcript in the format of the extension of `path`: the whole file or nothing.

    Args:
        path: The file; one of ``.txt``, ``.srt`` and ``.json``.
        spoken: The transcript.
        title: Name of the recording.

    Raises:
        WriteError: The disk is full, or the file cannot be written.
    """
    content = _FORMATS[path.suffix.lower()](spoken, title)
    with writing(path):
        write_whole(path, content.encode("utf-8", errors="backslashreplace"))


def to_text(spoken: Spoken, title: str = "") -> str:
    """Return a line for each phrase, then the notes and the opinions."""
    lines = [
        f"{clock(one.words[0].start_seconds)} {EMOJI.get(one.band.name) or face(one.band.name).emoji} "
        f"{one.band.name}: {one.text}"
        for one in phrases(spoken.transcript, spoken.timeline)
    ] or ["No words were found."]
    if spoken.transcript.notes:
        lines += ["", *(note.sentence for note in spoken.transcript.notes)]
    if spoken.opinions:
        lines += [
            "",
            f"Voice: {shares(spoken.timeline.overall.scores)}",
            f"Words: {shares(spoken.opinions.text)}",
            f"Together: {shares(spoken.opinions.together.scores)}",
        ]
    return "\n".join(lines) + "\n"


def to_srt(spoken: Spoken, title: str) -> str:
    """Return subtitles with the emotion in front; a long phrase becomes several."""
    blocks = [
        f"{srt_time(words[0].start_seconds)} --> {srt_time(words[-1].end_seconds)}\n"
        f"[{phrase.band.name}] {spoken.transcript.join(words)}\n"
        for phrase in phrases(spoken.transcript, spoken.timeline)
        for words in _subtitles(phrase.words)
    ]
    return "\n".join(f"{number}\n{block}" for number, block in enumerate(blocks, start=1))


def to_json(spoken: Spoken, title: str) -> str:
    """Return `Spoken.to_dict` as JSON, with the name of the recording."""
    return json.dumps({"file": title, **spoken.to_dict()}, indent=1, ensure_ascii=False) + "\n"


def shares(scores: Mapping[str, float]) -> str:
    """Return the three most probable labels in words, such as ``angry 62 %, sad 20 %``."""
    best = sorted(scores.items(), key=lambda item: -item[1])[:3]
    return ", ".join(f"{label} {percent(score)}" for label, score in best) or "nothing"


def _subtitles(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Yield the words of one subtitle after the other."""
    line: list[Word] = []
    for word in words:
        letters = sum(len(one.text) + 1 for one in line) + len(word.text)
        if line and (letters > SUBTITLE_LETTERS or word.end_seconds - line[0].start_seconds > SUBTITLE_SECONDS):
            yield line
            line = []
        line.append(word)
    yield line


_FORMATS = {".txt": to_text, ".srt": to_srt, ".json": to_json}
