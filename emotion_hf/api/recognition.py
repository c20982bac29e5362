"""What the API does with recordings, whichever way they come: HTTP, WebSocket or MCP.

The results are those of ``emotion-hf predict --json`` and ``emotion-hf timeline --json``, made by the same code. Every
recording takes a turn like those of the page, and its bytes are read only when the turn has come.

Example:
    >>> import io, soundfile
    >>> from emotion_hf.testing import FakeClassifier, synthetic_voice
    >>> clip = io.BytesIO()
    >>> soundfile.write(clip, synthetic_voice(2.0), 16_000, format="WAV")
    >>> recognition = Recognition(lambda: (FakeClassifier(), None), Turns(at_once=1))
    >>> _ = clip.seek(0)
    >>> recognition.classify(Upload(clip, "clip.wav"))["label"]
    'neutral'
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from emotion_hf.answers import Answer
from emotion_hf.api import voices
from emotion_hf.audio import SAMPLING_RATE, Audio, read_audio
from emotion_hf.corpora import CORPORA
from emotion_hf.errors import AudioTooShortError, EmotionError, LabelError, RequestError
from emotion_hf.evaluation.report_json import find_report
from emotion_hf.evaluation.results import Figure, Report
from emotion_hf.labels import named
from emotion_hf.prediction import Classifier, Prediction
from emotion_hf.run import Run
from emotion_hf.timeline import WHOLE_SECONDS, AdaptsToVoices, cut, make_timeline
from emotion_hf.timeline.files import timeline_answer
from emotion_hf.turns import Turns, likely_seconds
from emotion_hf.voice import Voice

NO_NAME = "recording"
OnProgress = Callable[[float], object]
"""Called with the share that is done, from 0 to 1; an error that it raises stops the work."""


@dataclass(frozen=True)
class Upload:
    """A recording that a program sent.

    Attributes:
        file: Its bytes, from the current position on.
        name: Its file name; nothing is opened by it.
        size: Its number of bytes, as far as known.
    """

    file: BinaryIO
    name: str = NO_NAME
    size: int = 0


@dataclass(frozen=True)
class Wanted:
    """How a recording is to be read and scored.

    Attributes:
        timeline: Return the timeline instead of one prediction.
        voice: The speaker's voice, as `Recognition.learn_voice` returned it; empty for none.
        channel: Channel to use, counted from 0; `None` as in `emotion_hf.audio.read_audio`.
        track: Audio track to use, in the same way.
    """

    timeline: bool = False
    voice: str = ""
    channel: int | None = None
    track: int | None = None


@dataclass(frozen=True)
class Recognition:
    """Recognises emotions for programs.

    Attributes:
        active: Returns the active model, and its folder if it has one.
        turns: The turns that recordings take.
        max_seconds: Longest accepted recording.
    """

    active: Callable[[], tuple[Classifier, Path | None]]
    turns: Turns
    max_seconds: float = 7200.0

    def classify(
        self, upload: Upload, wanted: Wanted = Wanted(), progress: OnProgress = lambda share: None
    ) -> dict[str, Any]:
        """Return what the command line prints as JSON for this recording.

        With a voice, each prediction is corrected for it, and a timeline takes the voice as its reference instead of
        the recording's own mean.

        Args:
            upload: The recording.
            wanted: What to return, and how to read the recording.
            progress: See `OnProgress`; also called while the recording waits.

        Raises:
            AudioError: The recording cannot be used.
            RequestError: The voice cannot be used.
            BusyError: Too many recordings are being analysed.
        """
        model = self.active()[0]
        voice = voices.decode(wanted.voice, model) if wanted.voice else None
        with self.turns.take(likely_seconds(upload.size), lambda: progress(0.0)):
            sound = self._read(upload, wanted.channel, wanted.track)
            scorer = model if voice is None else _Corrected(model, voice)
            if wanted.timeline:
                timeline = make_timeline(scorer, sound.wave, progress, centre=voice is None, notes=sound.notes)
                return timeline_answer(upload.name, timeline)
            prediction = replace(_predict(scorer, sound.wave, progress), notes=sound.notes)
        return Answer(Path(upload.name), prediction).to_dict()

    def learn_voice(
        self,
        uploads: Sequence[Upload],
        emotions: Sequence[str] = (),
        *,
        ordinary: bool = False,
        progress: OnProgress = lambda share: None,
    ) -> dict[str, Any]:
        """Return the voice of a speaker, learned from some of the speaker's recordings; nothing is kept.

        Args:
            uploads: Recordings of one speaker.
            emotions: The emotion of each recording, by any of its names; empty if they are not known.
            ordinary: Whether the recordings are ordinary speech, neutral or calm.
            progress: See `OnProgress`.

        Raises:
            AudioError: A recording cannot be used, or none contains speech.
            RequestError: The model cannot be adapted, or the request contradicts itself.
            LabelError: An emotion is unknown, or there is a different number of them than of recordings.
            BusyError: Too many recordings are being analysed.
        """
        model = voices.adaptable(self.active()[0])
        if emotions and ordinary:
            raise RequestError("Send either the emotions of the recordings or ordinary=true, not both.")
        if emotions and len(emotions) != len(uploads):
            counts = f"{len(uploads)} recordings and {len(emotions)} emotions"
            raise LabelError(f"There are {counts}; give one for each.")
        known = [named(emotion, model.labels) for emotion in emotions]
        predictions: list[Prediction] = []
        emotion_of: list[str] = []
        seconds = 0.0
        with self.turns.take(sum(likely_seconds(one.size) for one in uploads), lambda: progress(0.0)):
            for number, upload in enumerate(uploads):
                progress(number / len(uploads))
                wave = self._read(upload).wave
                pieces = _pieces(wave)
                predictions += model.predict(pieces)
                emotion_of += known[number : number + 1] * len(pieces)
                seconds += len(wave) / SAMPLING_RATE
            voice = model.learn_voice(predictions, emotion_of or None, ordinary=ordinary)
        if not voice.clips:
            raise AudioTooShortError("The recordings contain no speech; send others.")
        return {
            "voice": voices.encode(voice, model),
            "model": model.name,
            "recordings": len(uploads),
            "seconds": seconds,
        }

    def describe(self) -> dict[str, Any]:
        """Return the models that answer: the active one with its labels, languages and measured accuracy."""
        model, folder = self.active()
        facts = {
            "name": model.name,
            "active": True,
            "labels": list(model.labels),
            "adapts_to_voices": isinstance(model, AdaptsToVoices) and model.can_adapt,
        }
        return {"models": [facts | _known_of(folder)]}

    def _read(self, upload: Upload, channel: int | None = None, track: int | None = None) -> Audio:
        return read_audio(upload.file.read(), max_seconds=self.max_seconds, channel=channel, track=track)


class _Corrected:
    """A model whose predictions are corrected for a voice."""

    def __init__(self, model: Classifier, voice: Voice):
        self._model, self._voice = voices.adaptable(model), voice
        self.name, self.labels = model.name, model.labels

    def predict(self, waves: Sequence[np.ndarray]) -> list[Prediction]:
        """Predict the emotion of each wave: mono float32 at 16 kHz, shape ``(samples,)``, of at most 8 s."""
        return [self._model.correct(prediction, self._voice) for prediction in self._model.predict(waves)]


def _predict(model: Classifier, wave: np.ndarray, progress: OnProgress) -> Prediction:
    """Return what `EmotionRecognizer.predict` returns; the work on a long recording can be stopped."""
    if len(wave) > WHOLE_SECONDS * SAMPLING_RATE:
        return make_timeline(model, wave, progress, centre=False).overall
    return model.predict([wave])[0]


def _pieces(wave: np.ndarray) -> list[np.ndarray]:
    """Return the recording, a long one as its windows."""
    if len(wave) <= WHOLE_SECONDS * SAMPLING_RATE:
        return [wave]
    return [wave[part.samples] for part in cut(wave)]


@lru_cache(maxsize=4)
def _known_of(folder: Path | None) -> dict[str, Any]:
    """Return what the folder of a model says about its languages and its accuracy."""
    run: Run | None = None
    report: Report | None = None
    if folder is not None:
        with suppress(EmotionError):  # damaged, or not made by this package
            run = Run.find(folder)
        with suppress(EmotionError):
            report = find_report(folder)
    return {"languages": _languages(run), "accuracy": _accuracy(report) if report else None}


def _languages(run: Run | None) -> list[str]:
    """Return the ISO 639-1 codes of the languages that a model was trained on, as far as they are known."""
    if run is None:
        return []
    of_corpora = {CORPORA[name].language for name in run.corpora if name in CORPORA}
    return sorted({language for language in (*run.languages, *of_corpora) if language})


def _accuracy(report: Report) -> dict[str, Any]:
    """Return the figures of a report that say how often the model is right."""
    return {
        "unweighted_average_recall": _figure(report.ua),
        "accuracy": _figure(report.wa),
        "recall_by_emotion": report.recalls,
        "clips": report.clips,
        "speakers": report.speakers,
        "split": report.split,
        "speakers_are_unseen": not report.optimistic,
    }


def _figure(figure: Figure) -> dict[str, float | None]:
    return {"value": figure.value, "low": figure.low, "high": figure.high}
