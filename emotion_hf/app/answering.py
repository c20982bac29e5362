"""The model that answers, while versions of it come and go: a ``Classifier`` that notices a switch by itself.

Each request looks at the file that names the answering version, which takes microseconds. Whoever finds it changed
loads the new model; until that is done the others are answered by the old one.

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
from emotion_hf.versions import Versions, answering_model

logger = logging.getLogger(__name__)


class AnsweringModel:
    """The version that answers, or the model from before all versions.

    Args:
        versions: Where they are.
        load: Loads a model by folder or Hub id; an empty name stands for the one that ships.
        otherwise: What answers without a version.

    Raises:
        EmotionError: The version that is to answer is gone, damaged or cannot be loaded.
    """

    def __init__(self, versions: Versions, load: Callable[[str], Classifier], otherwise: str):
        self._versions, self._load, self._otherwise = versions, load, otherwise
        self._loading = threading.Lock()
        self._state = versions.state()
        self._classifier = load(answering_model(versions.folder, otherwise))

    @property
    def name(self) -> str:
        """The name of the model that answers now."""
        return self._now().name

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels."""
        return self._now().labels

    def predict(self, waves: Sequence[np.ndarray]) -> list[Prediction]:
        """Answer for each wave: mono float32 at 16 kHz, shape ``(samples,)``."""
        return self._now().predict(waves)

    def _now(self) -> Classifier:
        if self._versions.state() != self._state and self._loading.acquire(blocking=False):
            try:
                self._state = self._versions.state()  # before what it says is read: a later switch is noticed as well
                self._classifier = self._load(answering_model(self._versions.folder, self._otherwise))
            except EmotionError as error:
                logger.error("%s goes on answering: %s", self._classifier.name, error)
            finally:
                self._loading.release()
        return self._classifier
