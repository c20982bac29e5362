"""Write down what is said in a recording of any length, on this machine; the sound is sent nowhere.

Only speech is transcribed, in pieces of at most 28 seconds. If the text of a piece cannot be believed, its parts are
transcribed one by one. What still cannot be believed is left out, with a note: see `emotion_hf.transcript.guards`.

Example:
    >>> transcriber = Transcriber.from_pretrained("openai/whisper-base")  # doctest: +SKIP
    >>> transcriber.transcribe(load_audio("clip.wav")).text  # doctest: +SKIP
    'Kids are talking by the door.'
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.transcript import Doubt, Note, Transcript, Word
from emotion_hf.transcript.guards import doubt, without_repetitions
from emotion_hf.transcript.pieces import Piece, pieces
from emotion_hf.turns import give_way

if TYPE_CHECKING:
    import torch

    from emotion_hf.transcript.whisper import Written

FINDING_SPEECH = 0.02
"""Share of the work that finding the speech takes."""


class Listener(Protocol):
    """A network that writes down a short piece of sound, such as `emotion_hf.transcript.whisper.Whisper`."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    def check_language(self, language: str | None) -> None:
        """Raise a SettingsError for a language that it does not know."""
        ...

    def hear(self, wave: np.ndarray, language: str | None = None) -> Written:
        """Write down a wave of at most 30 seconds: mono float32 at 16 kHz, shape ``(samples,)``."""
        ...


class Transcriber:
    """Turns waves into transcripts."""

    def __init__(self, listener: Listener):
        """Wrap a network; normally use `from_pretrained`."""
        self.listener = listener

    @classmethod
    def from_pretrained(cls, source: str | Path, *, device: str | torch.device | None = None) -> Transcriber:
        """Load a Whisper model from a folder or by its Hub id.

        Raises:
            CheckpointError: It is no Whisper model, or cannot be loaded completely.
        """
        from emotion_hf.transcript.whisper import Whisper  # loads torch and transformers

        return cls(Whisper.from_pretrained(source, device=device))

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.listener.name

    def transcribe(
        self, wave: np.ndarray, progress: Callable[[float], object] | None = None, language: str | None = None
    ) -> Transcript:
        """Write down what is said in a wave.

        Args:
            wave: Mono float32 at 16 kHz, shape ``(samples,)``.
            progress: Called with the share that is done, from 0 to 1; an error that it raises ends the work.
            language: Code of the language, such as ``en``; by default the model recognises it in each piece.

        Raises:
            SettingsError: The model does not know the language.
        """
        self.listener.check_language(language)
        report = progress or (lambda share: None)
        report(0.0)
        found = pieces(wave)
        total = sum(piece.seconds for piece in found)
        done, work = 0.0, _Work(self.listener, wave)
        for piece in found:
            report(FINDING_SPEECH + (1 - FINDING_SPEECH) * done / total)
            give_way(len(wave) / SAMPLING_RATE * (1 - done / total))
            work.write(piece, language)
            done += piece.seconds
        report(1.0)
        return Transcript(tuple(work.words), work.language or "", self.name, tuple(work.notes))


class _Work:
    """A transcript that is being written."""

    def __init__(self, listener: Listener, wave: np.ndarray):
        self._listener, self._wave = listener, wave
        self.words: list[Word] = []
        self.notes: list[Note] = []
        self.seconds: dict[str, float] = {}

    @property
    def language(self) -> str | None:
        """The language in which most was said so far."""
        return max(self.seconds, key=self.seconds.__getitem__, default=None)

    def write(self, piece: Piece, language: str | None) -> None:
        """Add the words of a piece, or of those of its parts that can be believed."""
        sound = piece.cut(self._wave)
        written = self._listener.hear(sound, language)
        problem = doubt(written)
        if problem and language is None and self.language and written.language != self.language:
            written = self._listener.hear(sound, self.language)  # the language of short speech is easily mistaken
            problem = doubt(written)
        if problem and len(piece.parts) > 1:
            for part in piece.parts:
                self.write(Piece((part,)), language)
        elif problem:
            self._note(problem, piece)
        else:
            self._keep(written, piece)

    def _keep(self, written: Written, piece: Piece) -> None:
        self.seconds[written.language] = self.seconds.get(written.language, 0.0) + piece.seconds
        kept = without_repetitions(written.words)
        if len(kept) < len(written.words):
            self._note(Doubt.SHORTENED, piece)
        if written.is_cut:
            self._note(Doubt.CUT, piece)
        self.words += [Word(word.text, *piece.times(word.start_seconds, word.end_seconds)) for word in kept]

    def _note(self, problem: Doubt, piece: Piece) -> None:
        self.notes.append(Note(problem, piece.start_seconds, piece.end_seconds))
