"""Gradio's flagging, saved to our store instead of a CSV file.

Gradio's own CSV logger loses rows when several processes write; ``feedback.FeedbackStore`` does not.

Example:
    >>> CorrectionLogger(store, labels=("happy", "sad")).flag([wave, correction])  # doctest: +SKIP
    1
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from emotion_hf.feedback import FeedbackStore


class CorrectionLogger(gr.FlaggingCallback):
    """Saves corrections; the label is checked here, on the server.

    Args:
        store: Where they are kept.
        labels: The model's labels; ``mixed`` is accepted too.
    """

    def __init__(self, store: FeedbackStore, labels: Sequence[str]):
        self.store = store
        self.labels = tuple(labels)

    def setup(self, components: Sequence[Any], flagging_dir: str) -> None:
        """Do nothing: the store is ready."""

    def flag(self, flag_data: list[Any], flag_option: str | None = None, username: str | None = None) -> int:
        """Save ``[wave, correction]`` and return the number of corrections.

        Raises:
            LabelError: The label is unknown.
            FeedbackError: There is no consent, or the disk cannot be written; nothing is saved.
        """
        wave, correction = flag_data
        self.store.add(wave, correction, labels=self.labels)
        return len(self.store)
