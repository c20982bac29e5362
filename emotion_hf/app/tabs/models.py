"""The tab "Models": compare models and choose the one that answers; learn from corrections, promote, and go back.

Example:
    >>> with gr.Blocks():  # doctest: +SKIP
    ...     Models(services)
"""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from emotion_hf.app.catalogue import Model
from emotion_hf.app.model_panel import ModelPanel, Updates
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
        self.retraining = RetrainingPanel(services)
        only = Operator(services.settings).only
        private = {"api_visibility": "private", "show_progress": "hidden"}
        state = [self.models.added, self.models.models, self.models.one]
        # not after a change of the status: Gradio reports one after each update, and the list would lose what is typed
        for switched in self.retraining.switched:
            switched.then(only(self.models.show), state, self.models.parts, **private)
        self.retraining.looked.then(only(self._after_training), state, self.models.parts, **private)
        chosen = [self.retraining.chosen]
        self.models.used.then(only(self.retraining.show), chosen, self.retraining.parts, **private)
        self.changed.append(self.retraining.status.change)

    def _after_training(self, added: Sequence[Model], keys: Sequence[str], one: str | None) -> Updates:
        """Return the updates that show a new version; nothing changes while a training goes on."""
        goes_on = self.retraining.goes_on
        return {self.models.sides: gr.skip()} if goes_on else self.models.show(added, keys, one)
