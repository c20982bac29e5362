"""The active model: a ``Classifier`` that loads another version after the operator switches.

Each request checks the file that names the active version, which takes microseconds. The first request that finds a
change loads the new model; until it is loaded, the old model serves the other requests.

Example:
    >>> model = AnsweringModel(Versions(settings.models_dir), load, otherwise=settings.model)  # doctest: +SKIP
    >>> model.name  # doctest: +SKIP
    'retrained-1'
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

import numpy as np

from emotion_hf.errors import EmotionError
from emotion_hf.prediction import Classifier, Prediction
from emotion_hf.versions import Chosen, Versions, answering

logger = logging.getLogger(__name__)


class AnsweringModel:
    """The active version, or the original model while no version is active.

    Args:
        versions: Versions of the model.
        load: Loads a model.
        otherwise: Model to use while no version is active.

    Raises:
        EmotionError: The active version is missing, damaged or cannot be loaded.
    """

    def __init__(self, versions: Versions, load: Callable[[Chosen], Classifier], otherwise: str):
        self._versions, self._load, self._otherwise = versions, load, otherwise
        self._loading = threading.Lock()
        self._state = versions.state()
        self._chosen = answering(versions.folder, otherwise)
        self._classifier = load(self._chosen)

    @property
    def current(self) -> Classifier:
        """The active model itself, for work of several steps that must all use the same one."""
        return self._now()

    @property
    def chosen(self) -> Chosen:
        """Folder or Hub id of the active model, and the meaning of its labels."""
        self._now()
        return self._chosen

    @property
    def name(self) -> str:
        """The name of the active model."""
        return self._now().name

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels."""
        return self._now().labels

    def predict(self, waves: Sequence[np.ndarray]) -> list[Prediction]:
        """Predict the emotion of each wave: mono float32 at 16 kHz, shape ``(samples,)``."""
        return self._now().predict(waves)

    def _now(self) -> Classifier:
        if self._versions.state() != self._state and self._loading.acquire(blocking=False):
            try:
                self._state = self._versions.state()  # taken before the name is read: a later switch is noticed
                chosen = answering(self._versions.folder, self._otherwise)
                self._classifier = self._load(chosen)
                self._chosen = chosen
            except EmotionError as error:
                logger.error("%s stays active: %s", self._classifier.name, error)
            finally:
                self._loading.release()
        return self._classifier
