"""What the page works with: the settings, one classifier, the corrections.

Every way in – microphone, upload, API – takes the same path: file → ``load_audio`` → ``Classifier`` → ``Prediction``.

Example:
    >>> services = Services.open(settings, FeedbackStore(settings.feedback_dir))  # doctest: +SKIP
    >>> services.recognise("clip.wav").prediction.label  # doctest: +SKIP
    'happy'
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from emotion_hf.app.answering import AnsweringModel
from emotion_hf.app.flagging import CorrectionLogger
from emotion_hf.app.voices import make_voices_folder, voices_folder
from emotion_hf.audio import load_audio
from emotion_hf.errors import AudioNotFoundError, SettingsError
from emotion_hf.feedback import Consent, Correction, FeedbackStore
from emotion_hf.prediction import Classifier, Prediction
from emotion_hf.settings import PREFIX, Settings
from emotion_hf.turns import Turns
from emotion_hf.versions import Versions

logger = logging.getLogger(__name__)

MODEL_CALLS = {"concurrency_id": "model", "concurrency_limit": None}
"""Options of every event that runs the model: Gradio's queue starts them all, and `Turns` decides which one works.

A limit here would let long recordings block the queue for short ones.
"""
MOST_AT_ONCE = 4
WAITING = 64
MAX_THREADS = WAITING + 36
"""Of Gradio: those that wait for their turn each hold one, and other requests need some too."""
LIKELY_BYTES_PER_SECOND = 16_000
"""For the length of a recording before its header is read: 128 kbit/s."""


@dataclass(frozen=True)
class Heard:
    """A recording and the answer to it: ``wave`` is mono float32 at 16 kHz, shape ``(samples,)``."""

    wave: np.ndarray
    prediction: Prediction


@lru_cache(maxsize=2)
def load_model(settings: Settings, model: str) -> Classifier:
    """Load a model by folder or Hub id, or for an empty name the one that ships; two are kept.

    From then on torch uses one thread for each recording: two threads on two busy cores take three to seven times as
    long (1.4 s instead of 0.25 s for 16 windows), and `Turns` uses the other cores for other recordings.

    Raises:
        CheckpointError: It cannot be loaded.
    """
    import torch  # which a given classifier may not need

    from emotion_hf.recognizer import EmotionRecognizer

    torch.set_num_threads(1)
    return EmotionRecognizer.from_pretrained(
        model or None, trust_remote_code=settings.trust_remote_code, max_seconds=settings.max_seconds
    )


@dataclass(frozen=True)
class Services:
    """What every tab and endpoint is given."""

    settings: Settings
    classifier: Classifier
    store: FeedbackStore
    turns: Turns = field(default_factory=lambda: Turns(at_once=min(_cores(), MOST_AT_ONCE), waiting=WAITING))

    @classmethod
    def open(cls, settings: Settings, store: FeedbackStore, classifier: Classifier | None = None) -> Services:
        """Load the model that answers, and make the folder of voices ready.

        What needs attention in the corrections is logged; nothing there is changed.

        Args:
            settings: Of the page.
            store: The corrections.
            classifier: Answers instead of the model that the settings name.

        Raises:
            CheckpointError: The model cannot be loaded.
            VersionError: The version that is to answer is gone.
            FeedbackError: The folder of corrections is somebody else's, or cannot be read.
            SettingsError: Nothing can be written in the data folder.
        """
        if classifier is None:
            classifier = AnsweringModel(Versions(settings.models_dir), partial(load_model, settings), settings.model)
        try:
            make_voices_folder(settings)
            problems = store.problems()
        except OSError as error:
            where = f"{error.filename or settings.data_dir} ({error.strerror})"
            remedy = f"set {PREFIX}DATA_DIR to a folder that can be written"
            raise SettingsError(f"The page cannot keep recordings in {where}; {remedy}.") from error
        for line in problems.lines():
            logger.warning("Corrections: %s", line)
        return cls(settings, classifier, store)

    @property
    def versions(self) -> Versions:
        """Versions of the model."""
        return Versions(self.settings.models_dir)

    @property
    def voices(self) -> Path:
        """Folder of the recordings that wait for their replay."""
        return voices_folder(self.settings)

    def recognise(self, path: str) -> Heard:
        """Answer for the uploaded file at ``path``, when it is its turn.

        Raises:
            AudioError: The file cannot be used; the message names no path of this machine.
            BusyError: Too many recordings are being analysed.
        """
        (heard,) = self.compare(path, [self.classifier])
        return heard

    def compare(self, path: str, models: Sequence[Classifier]) -> list[Heard]:
        """Return what each of ``models`` answers for the uploaded file at ``path``; raises what ``recognise`` does."""
        try:
            with self.turns.take(os.path.getsize(path) / LIKELY_BYTES_PER_SECOND):
                wave = load_audio(Path(path).read_bytes(), max_seconds=self.settings.max_seconds)
                return [Heard(wave, model.predict([wave])[0]) for model in models]
        except FileNotFoundError as error:
            raise AudioNotFoundError("This recording is no longer kept here; record or choose it again.") from error

    def discard(self, path: str) -> None:
        """Remove the uploaded file at ``path``; nothing outside the folder of recordings is touched."""
        upload = Path(path).resolve()
        if upload.is_relative_to(self.voices):
            upload.unlink(missing_ok=True)

    def save(self, heard: Heard, *, id: str, label: str, consent: Consent, session: str = "") -> Correction:
        """Keep a correction of ``heard``; see ``FeedbackStore.add`` for what is refused.

        Args:
            heard: What was recorded and answered.
            id: Becomes the record's id.
            label: What the person hears.
            consent: What may happen with it.
            session: Random token of the browser's session, which tells annotators and voices apart without a name.
        """
        correction = Correction.of(
            heard.prediction, id=id, label=label, consent=consent, annotator=session, session=session
        )
        CorrectionLogger(self.store, self.classifier.labels).flag([heard.wave, correction])
        return correction


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
