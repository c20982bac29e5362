"""Gradio's flagging, kept in our store instead of a CSV file.

Gradio's own CSV logger loses rows when several processes write; ``feedback.FeedbackStore`` does not.

Example:
    >>> corrections = CorrectionLogger(labels=("happy", "sad"))  # doctest: +SKIP
    >>> corrections.setup([], "data/feedback")  # doctest: +SKIP
    >>> corrections.flag([wave, correction])  # doctest: +SKIP
    1
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from emotion_hf.feedback import FeedbackStore, Limits

logger = logging.getLogger(__name__)


class CorrectionLogger(gr.FlaggingCallback):
    """Keeps corrections; the label is checked here, on the server.

    Args:
        labels: The model's labels; ``mixed`` is accepted beside them.
        limits: How many corrections are accepted; by default any number.
    """

    def __init__(self, labels: Sequence[str], limits: Limits = Limits()):  # noqa: B008 (it is frozen)
        self.labels = tuple(labels)
        self.limits = limits

    def setup(self, components: Sequence[Any], flagging_dir: str) -> None:
        """Use the store in ``flagging_dir``, and log what needs attention there; nothing is changed.

        Raises:
            FeedbackError: The folder is somebody else's, or cannot be read.
        """
        self.store = FeedbackStore(Path(flagging_dir), self.limits)
        for line in self.store.problems().lines():
            logger.warning("Corrections: %s", line)

    def flag(self, flag_data: list[Any], flag_option: str | None = None, username: str | None = None) -> int:
        """Keep ``[wave, correction]`` and return how many corrections there are.

        Raises:
            LabelError: The label is not a known one.
            FeedbackError: There is no consent, or the disk refuses; nothing is kept.
        """
        wave, correction = flag_data
        self.store.add(wave, correction, labels=self.labels)
        return len(self.store)
