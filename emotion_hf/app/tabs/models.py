"""The tab "Models": compare models and choose the one that answers; learn from corrections, promote, and go back.

Example:
    >>> with gr.Blocks():  # doctest: +SKIP
    ...     Models(services)
"""

from __future__ import annotations

import gradio as gr

from emotion_hf.app.model_panel import ModelPanel
from emotion_hf.app.operators import Operator
from emotion_hf.app.retraining_panel import RetrainingPanel
from emotion_hf.app.services import Services


class Models:
    """All models, and retraining where the settings enable it; for the operator.

    Attributes:
        changed: Events after which another model may be active.
    """

    title = "Models"

    def __init__(self, services: Services):
        with gr.Column(elem_id="models"):
            self.models = ModelPanel(services)
            self.changed = [self.models.sides.change]
            if services.settings.retraining:
                self._add_retraining(services)

    def _add_retraining(self, services: Services) -> None:
        retraining = RetrainingPanel(services)
        only = Operator(services.settings).only
        private = {"api_visibility": "private", "show_progress": "hidden"}
        state = [self.models.added, self.models.models, self.models.one]
        retraining.versions.change(only(self.models.show), state, self.models.parts, **private)
        self.models.used.then(only(retraining.show), [retraining.chosen], retraining.parts, **private)
        self.changed.append(retraining.status.change)
