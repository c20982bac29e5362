"""What the page works with: the settings, one classifier, the corrections.

Every way in – microphone, upload, API – takes the same path: file → ``read_audio`` → ``Classifier`` → ``Prediction``.

Example:
    >>> services = Services.open(settings, FeedbackStore(settings.feedback_dir))  # doctest: +SKIP
    >>> services.recognise("clip.wav").prediction.label  # doctest: +SKIP
    'happy'
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from emotion_hf.api.recognition import Recognition
from emotion_hf.app.answering import AnsweringModel
from emotion_hf.app.flagging import CorrectionLogger
from emotion_hf.app.voices import make_voices_folder, voices_folder
from emotion_hf.audio import SAMPLING_RATE, Audio, read_audio
from emotion_hf.device import compute_on_one_thread, cores
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.errors import AudioNotFoundError, EmotionError, SettingsError
from emotion_hf.evaluation.report_json import find_report
from emotion_hf.evaluation.results import Report
from emotion_hf.feedback import Consent, Correction, FeedbackStore
from emotion_hf.jobs import Jobs
from emotion_hf.prediction import Classifier, Prediction
from emotion_hf.settings import PREFIX, Settings
from emotion_hf.timeline import WHOLE_SECONDS, Timeline, make_timeline
from emotion_hf.turns import Turns, likely_seconds
from emotion_hf.versions import Chosen, Versions

logger = logging.getLogger(__name__)

MODEL_CALLS = {"concurrency_id": "model", "concurrency_limit": None}
"""Options of every event that runs the model: Gradio's queue starts them all, and `Turns` decides which one runs.

A limit here would let long recordings block the queue for short ones.
"""
MOST_AT_ONCE = 4
LIMIT_SECONDS = 1800.0
"""Longest time of a request: two hours of speech take minutes on a free core, and others may come before them."""
MODELS_IN_MEMORY = 4


@dataclass(frozen=True)
class Analysis:
    """A recording and its prediction, with a timeline if it is long.

    Attributes:
        wave: Mono float32 at 16 kHz ``(samples,)``.
        prediction: The prediction; of a long recording, the mean over its windows.
        timeline: Predictions over time, for a recording longer than `WHOLE_SECONDS`.
    """

    wave: np.ndarray
    prediction: Prediction
    timeline: Timeline | None = None


@lru_cache(maxsize=MODELS_IN_MEMORY)
def load_model(settings: Settings, model: Chosen) -> Classifier:
    """Load a model. The last few are kept in memory.

    Only the model that the settings name may run code that comes with it.

    From then on, torch uses one thread for each recording, if it is needed at all: two threads on two busy cores take
    three to seven times as long (1.4 s instead of 0.25 s for 16 windows), and `Turns` uses the other cores for other
    recordings.

    Raises:
        CheckpointError: It cannot be loaded.
        LabelError: Its labels have no meaning.
    """
    from emotion_hf.recognizer import EmotionRecognizer

    compute_on_one_thread()
    return EmotionRecognizer.from_pretrained(
        model.source or None,
        labels=dict(model.labels) or None,
        trust_remote_code=settings.trust_remote_code and model.source == settings.model,
        max_seconds=settings.max_seconds,
        backend=settings.backend,
    )


@lru_cache(maxsize=4)
def report_on(source: str) -> Report | None:
    """Return the report in the folder of a model, an empty name being the one that ships; `None` if there is none."""
    try:
        return find_report(Path(source) if source else DEFAULT_MODEL_DIR)
    except EmotionError:
        return None


@dataclass(frozen=True)
class Services:
    """Everything that the tabs and endpoints need."""

    settings: Settings
    classifier: Classifier
    store: FeedbackStore
    turns: Turns = field(default_factory=lambda: turns_of(Settings()))

    @classmethod
    def open(cls, settings: Settings, store: FeedbackStore, classifier: Classifier | None = None) -> Services:
        """Load the active model, and prepare the folder of recordings.

        Problems in the stored corrections are logged; nothing is changed there.

        Args:
            settings: Settings of the page.
            store: The corrections.
            classifier: Used instead of the model that the settings name.

        Raises:
            CheckpointError: The model cannot be loaded.
            VersionError: The active version is missing.
            FeedbackError: The folder of corrections belongs to another program, or cannot be read.
            SettingsError: The data folder cannot be written.
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
        return cls(settings, classifier, store, turns_of(settings))

    @property
    def versions(self) -> Versions:
        """Versions of the model."""
        return Versions(self.settings.models_dir)

    def use(self, source: str, labels: Mapping[str, str] | None = None) -> None:
        """Make a model answer from the next request on, after loading it: one that fails is not used.

        Args:
            source: Its folder or Hub id; empty for the model that ships.
            labels: Label of the model → its meaning.

        Raises:
            CheckpointError, LabelError: It cannot be loaded.
            VersionError: It is already active.
        """
        source = str(Path(source).resolve()) if source and os.path.isdir(source) else source
        load_model(self.settings, Chosen(source, tuple((labels or {}).items())))
        self.versions.use(source, labels)

    def is_active(self, source: str) -> bool:
        """Return whether the model of a folder or with a Hub id is the active one; empty for the one that ships."""
        return _place(self.chosen.source) == _place(source)

    @property
    def chosen(self) -> Chosen:
        """The active model as it was chosen."""
        return self.classifier.chosen if isinstance(self.classifier, AnsweringModel) else Chosen("")

    @cached_property
    def jobs(self) -> Jobs:
        """The queue of trainings."""
        return Jobs(self.settings.jobs_dir, self.settings.for_processes())

    @property
    def voices(self) -> Path:
        """Folder of the recordings that wait for their replay."""
        return voices_folder(self.settings)

    def recognise(self, path: str) -> Analysis:
        """Predict the emotion of the uploaded file at ``path``, after waiting for its turn.

        Raises:
            AudioError: The file cannot be used; the message names no path of this machine.
            BusyError: Too many recordings are being analysed.
        """
        (analysis,) = self.compare(path, [self.classifier])
        return analysis

    @property
    def recognition(self) -> Recognition:
        """What the API for programs works with: the same model and the same turns."""
        return Recognition(self._active, self.turns, self.settings.max_seconds)

    def _active(self) -> tuple[Classifier, Path | None]:
        model = self.model
        if not isinstance(self.classifier, AnsweringModel):
            return model, None
        source = self.classifier.chosen.source
        return model, Path(source) if source else DEFAULT_MODEL_DIR

    @property
    def model(self) -> Classifier:
        """The active model itself, for work of several steps that must all use the same one."""
        return self.classifier.current if isinstance(self.classifier, AnsweringModel) else self.classifier

    def analyse(
        self,
        path: str,
        progress: Callable[[float], object] | None = None,
        *,
        channel: int | None = None,
        speaker: str | None = None,
        **options: Any,
    ) -> Analysis:
        """Predict the emotion of an upload as `recognise` does; a long recording gets a timeline.

        Args:
            path: The uploaded file.
            progress: Called with the share that is done, from 0 to 1; an error that it raises stops the work.
            channel: Channel to use, counted from 0; the mean of all by default.
            speaker: The only speaker to score, if `options` ask for two and the voices are clearly apart.
            options: As in `make_timeline`.
        """
        model = self.model
        report = progress or (lambda share: None)
        with self._loaded(path, channel, while_waiting=lambda: report(0.0)) as sound:
            wave = sound.wave
            if len(wave) <= WHOLE_SECONDS * SAMPLING_RATE:
                return _predicted(sound, model)
            timeline = make_timeline(model, wave, progress, notes=sound.notes, **options)
            if speaker in timeline.speakers:
                timeline = timeline.of(speaker)
            return Analysis(wave, timeline.overall, timeline)

    def precision(self, prediction: Prediction) -> tuple[int, int] | None:
        """Return how often predictions of this emotion were right and how often they were made, if it is known.

        The model's own report counts, if its clips are of speakers that were not used in training.
        """
        source = self.chosen.source
        report = report_on(source) if prediction.model == self.classifier.name else None
        if report is None or report.optimistic or prediction.label not in report.labels:
            return None
        predicted = [row[report.labels.index(prediction.label)] for row in report.confusion]
        return predicted[report.labels.index(prediction.label)], sum(predicted)

    def compare(self, path: str, models: Sequence[Classifier]) -> list[Analysis]:
        """Return the prediction of each of ``models`` for the upload at ``path``; raises what ``recognise`` does."""
        with self._loaded(path) as sound:
            return [_predicted(sound, model) for model in models]

    @contextmanager
    def _loaded(
        self, path: str, channel: int | None = None, while_waiting: Callable[[], object] = lambda: None
    ) -> Iterator[Audio]:
        """Wait for a turn, and hold it while the block uses the decoded upload."""
        try:
            with self.turns.take(likely_seconds(os.path.getsize(path)), while_waiting):
                with open(path, "rb") as file:
                    sound = read_audio(file, max_seconds=self.settings.max_seconds, channel=channel)
                yield sound
        except FileNotFoundError as error:
            raise AudioNotFoundError("This recording is no longer kept here; record or choose it again.") from error

    def discard(self, path: str) -> None:
        """Remove the uploaded file at ``path``; nothing outside the folder of recordings is touched."""
        upload = Path(path).resolve()
        if upload.is_relative_to(self.voices):
            upload.unlink(missing_ok=True)

    def save(self, analysis: Analysis, *, id: str, label: str, consent: Consent, session: str = "") -> Correction:
        """Save a correction of ``analysis``; ``FeedbackStore.add`` says what is refused.

        Args:
            analysis: The recording and its prediction.
            id: Id of the new record.
            label: Emotion that the person chose.
            consent: What the record may be used for.
            session: Random token of the browser's session; it distinguishes annotators and speakers without a name.
        """
        correction = Correction.of(
            analysis.prediction, id=id, label=label, consent=consent, annotator=session, session=session
        )
        CorrectionLogger(self.store, self.classifier.labels).flag([analysis.wave, correction])
        return correction


def turns_of(settings: Settings) -> Turns:
    """Return the turns of a page with these settings."""
    return Turns(
        at_once=settings.analyses_at_once or min(cores(), MOST_AT_ONCE),
        waiting=settings.max_waiting,
        limit_seconds=LIMIT_SECONDS,
        longest_wait_seconds=settings.max_wait_seconds,
        batching=settings.batching,
    )


def _predicted(sound: Audio, model: Classifier) -> Analysis:
    return Analysis(sound.wave, replace(model.predict([sound.wave])[0], notes=sound.notes))


def _place(source: str) -> str:
    return os.path.realpath(source) if source and os.path.isdir(source) else source
