"""What the page works with: the settings, one classifier, the corrections.

Every way in – microphone, upload, API – takes the same path: file → ``load_audio`` → ``Classifier`` → ``Prediction``.

Example:
    >>> services = Services.open(Settings())  # doctest: +SKIP
    >>> services.recognise("clip.wav").prediction.label  # doctest: +SKIP
    'happy'
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from emotion_hf.app.answering import AnsweringModel
from emotion_hf.app.flagging import CorrectionLogger
from emotion_hf.app.voices import make_voices_folder, voices_folder
from emotion_hf.audio import load_audio
from emotion_hf.errors import AudioNotFoundError, SettingsError
from emotion_hf.feedback import Consent, Correction, Limits
from emotion_hf.prediction import Classifier, Prediction
from emotion_hf.settings import PREFIX, Settings
from emotion_hf.versions import Versions

MODEL_CALLS = {"concurrency_id": "model", "concurrency_limit": 4}
"""Options of every event that runs the model: so many at once, page and API together."""


@dataclass(frozen=True)
class Heard:
    """A recording and the answer to it: ``wave`` is mono float32 at 16 kHz, shape ``(samples,)``."""

    wave: np.ndarray
    prediction: Prediction


@lru_cache(maxsize=2)
def load_model(settings: Settings, model: str) -> Classifier:
    """Load a model by folder or Hub id, or for an empty name the one that ships; two are kept.

    Raises:
        CheckpointError: It cannot be loaded.
    """
    from emotion_hf.recognizer import EmotionRecognizer  # brings torch, which a given classifier may not need

    return EmotionRecognizer.from_pretrained(
        model or None, trust_remote_code=settings.trust_remote_code, max_seconds=settings.max_seconds
    )


@dataclass(frozen=True)
class Services:
    """What every tab and endpoint is given."""

    settings: Settings
    classifier: Classifier
    corrections: CorrectionLogger

    @classmethod
    def open(cls, settings: Settings, classifier: Classifier | None = None) -> Services:
        """Load the model that answers, unless given one, and make the places for voices and feedback ready.

        Raises:
            CheckpointError: The model cannot be loaded.
            VersionError: The version that is to answer is gone.
            FeedbackError: The folder of corrections is somebody else's, or cannot be read.
            SettingsError: Nothing can be written in the data folder.
        """
        if classifier is None:
            classifier = AnsweringModel(Versions(settings.models_dir), partial(load_model, settings), settings.model)
        limits = Limits(settings.max_corrections, settings.max_corrections_per_client)
        corrections = CorrectionLogger(classifier.labels, limits)
        try:
            make_voices_folder(settings)
            corrections.setup([], str(settings.feedback_dir))
        except OSError as error:
            where = f"{error.filename or settings.data_dir} ({error.strerror})"
            remedy = f"set {PREFIX}DATA_DIR to a folder that can be written"
            raise SettingsError(f"The page cannot keep recordings in {where}; {remedy}.") from error
        return cls(settings, classifier, corrections)

    @property
    def versions(self) -> Versions:
        """Versions of the model."""
        return Versions(self.settings.models_dir)

    @property
    def voices(self) -> Path:
        """Folder of the recordings that wait for their replay."""
        return voices_folder(self.settings)

    def recognise(self, path: str) -> Heard:
        """Answer for the uploaded file at ``path``.

        Raises:
            AudioError: The file cannot be used; the message names no path of this machine.
        """
        try:
            content = Path(path).read_bytes()
        except FileNotFoundError as error:
            raise AudioNotFoundError("This recording is no longer kept here; record or choose it again.") from error
        wave = load_audio(content, max_seconds=self.settings.max_seconds)
        return Heard(wave, self.classifier.predict([wave])[0])

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
        self.corrections.flag([heard.wave, correction])
        return correction
