"""Compare the models of this machine and of the Hub, try them on one recording, and choose the one that answers.

Example:
    >>> with gr.Blocks():  # doctest: +SKIP
    ...     ModelPanel(services)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import gradio as gr
from gradio.context import Context

from emotion_hf.app.catalogue import Model, catalogue, model_of
from emotion_hf.app.comparison_html import answers_html, card_html, labels_html, sides_html
from emotion_hf.app.corpora_choice import check_allowed
from emotion_hf.app.edge import sentence
from emotion_hf.app.operators import Operator
from emotion_hf.app.services import MODEL_CALLS, Services, load_model, report_on
from emotion_hf.app.theme import voice_input
from emotion_hf.app.words import both, say, shown
from emotion_hf.errors import CheckpointError, LabelError
from emotion_hf.labels import parse_renaming
from emotion_hf.prediction import Prediction
from emotion_hf.versions import SHIPPED

MOST_AT_ONCE = 6
COMPARE = f"<h2>{both('Compare and choose')}</h2>"
TRY = (
    "### One recording, all of them\nRecord something or choose a file. All chosen models analyse the same recording; "
    "it is not saved."
)
Updates = dict[gr.blocks.Block, object]


class ModelPanel:
    """The models, side by side; for the operator."""

    def __init__(self, services: Services):
        self.services = services
        self.added = gr.State(())
        gr.HTML(COMPARE)
        self.models = gr.CheckboxGroup(
            [], label=shown("Models"), show_label=False, container=False, elem_id="compare-models"
        )
        with gr.Row(elem_classes="beside"):
            self.hub = gr.Textbox(
                label=shown("Model on the Hub, or a folder of this machine"),
                placeholder="OWNER/NAME",
                elem_id="compare-hub",
                scale=2,
            )
            self.add = gr.Button(shown("Add the model"), elem_id="compare-add", size="md", scale=0, min_width=170)
        self.problem = gr.HTML(elem_id="compare-problem")
        self.sides = gr.HTML(elem_id="compare-sides")
        with gr.Row(elem_classes="beside"):
            self.one = gr.Dropdown([], label=shown("This one"), elem_id="compare-one", scale=1)
            self.use = gr.Button(
                shown("Use this model"), variant="primary", elem_id="compare-use", scale=0, min_width=200
            )
        with gr.Column(visible=False) as self.renaming:
            self.labels = gr.HTML(elem_id="compare-labels")
            self.names = gr.Textbox(
                label=shown("Meaning of its labels, one on each line: LABEL=emotion"),
                lines=3,
                elem_id="compare-names",
            )
            self.rename = gr.Button(shown("Apply the meaning"), elem_id="compare-rename", scale=0, min_width=200)
        with gr.Accordion(shown("Card"), open=False, visible=False) as self.card_panel:
            self.card = gr.HTML(elem_id="compare-card")
        gr.Markdown(shown(TRY))
        self.recording = voice_input()
        self.answers = gr.HTML(elem_id="compare-answers")
        self._wire()

    @property
    def parts(self) -> list[gr.blocks.Block]:
        """The components that `show` updates."""
        one = [self.one, self.use, self.renaming, self.labels, self.names, self.card_panel, self.card]
        return [self.models, self.sides, *one]

    def _wire(self) -> None:
        only = Operator(self.services.settings).only
        private = {"api_visibility": "private", "show_progress": "hidden"}
        state = [self.added, self.models, self.one]
        Context.root_block.load(only(self.show), state, self.parts, **private)
        self.models.input(only(self.show), state, self.parts, **private)
        self.one.input(only(self._show_one), [self.added, self.one], self.parts[2:], **private)
        added = [*self.parts, self.added, self.hub, self.problem]
        for event in (self.add.click, self.hub.submit):
            event(only(self._add), [*state, self.hub], added, **private)
        self.rename.click(only(self._rename), [*state, self.names], added, **private)
        self.used = self.use.click(only(self._use), state, [*self.parts, self.problem], **private)
        tried = [self.recording, self.added, self.models]
        for event in (self.recording.change, self.models.input, self.rename.click):
            event(only(self._try), tried, self.answers, api_visibility="private", **MODEL_CALLS)

    def show(self, added: Sequence[Model], keys: Sequence[str] | None, one: str | None) -> Updates:
        """Return the updates that show the models as they are now; without a choice, the active one is chosen."""
        return self._updates(added, keys, None if one == self._active(self._known(added)) else one)

    def _updates(self, added: Sequence[Model], keys: Sequence[str] | None, one: str | None) -> Updates:
        known = self._known(added)
        active = self._active(known)
        chosen = [known[key] for key in keys or (active,) if key in known][:MOST_AT_ONCE]
        reports = {model.key: report for model in chosen if (report := report_on(model.source))}
        choices = [(self._described(model), key) for key, model in known.items()]
        return {
            self.models: gr.CheckboxGroup(choices, value=[model.key for model in chosen]),
            self.sides: sides_html(chosen, reports, active),
        } | self._about(chosen, one, active)

    def _show_one(self, added: Sequence[Model], one: str) -> Updates:
        known = self._known(added)
        return self._about([known[one]] if one in known else [], one, self._active(known)) | {self.one: gr.skip()}

    def _about(self, chosen: Sequence[Model], one: str | None, active: str) -> Updates:
        """Return the updates about the one model that may be used next."""
        preferred = sorted(chosen, key=lambda model: (model.key == one, model.key != active))  # stable: the last wins
        model = preferred[-1] if preferred else None
        table = labels_html(model) if model else ""
        card = card_html(model) if model else ""
        return {
            self.one: gr.Dropdown([(one.name, one.key) for one in chosen], value=model.key if model else None),
            self.use: gr.Button(interactive=model is not None and model.key != active),
            self.renaming: gr.Column(visible=bool(table)),
            self.labels: table,
            self.names: "\n".join(f"{label}={meaning}" for label, meaning in _meanings(model)) if model else "",
            self.card_panel: gr.Accordion(visible=bool(card)),
            self.card: card,
        }

    def _add(self, added: Sequence[Model], keys: Sequence[str], one: str | None, text: str) -> Updates:
        """Load a model that was typed in, and choose it; a model that cannot be loaded is not added."""
        text, settings = text.strip(), self.services.settings
        try:
            if not text:
                raise CheckpointError("Write the name of a model on the Hub, or a folder, first.")
            if Path(text).is_dir():
                check_allowed(Path(text).resolve(), settings)
            model = model_of(text)
            with suppress(LabelError):  # its labels get a meaning in the table
                load_model(settings, model.chosen)
            model = model_of(text)  # now it is here
        except Exception as error:  # noqa: BLE001 - the app's edge: the reason is shown beside the field
            return {self.problem: _problem(error)}
        added = (*(other for other in added if other.key != model.key), model)
        shown_now = self.show(added, [*(keys or ()), model.key], model.key)
        return shown_now | {self.added: added, self.hub: "", self.problem: ""}

    def _rename(self, added: Sequence[Model], keys: Sequence[str], one: str, names: str) -> Updates:
        known = self._known(added)
        try:
            meaning = parse_renaming([line.strip() for line in names.splitlines() if line.strip()])
            model = replace(known[one], labels=tuple(meaning.items()))
            load_model(self.services.settings, model.chosen)
        except Exception as error:  # noqa: BLE001 - the app's edge
            return {self.problem: _problem(error)}
        added = (*(other for other in added if other.key != one), model)
        return self.show(added, keys, one) | {self.added: added, self.problem: ""}

    def _use(self, added: Sequence[Model], keys: Sequence[str], one: str) -> Updates:
        model = self._known(added).get(one)
        try:
            if model is None:
                raise CheckpointError("Choose a model first.")
            self.services.use(model.source, dict(model.labels))
        except Exception as error:  # noqa: BLE001 - the app's edge
            return {self.problem: _problem(error)}
        return self._updates(added, keys, one) | {self.problem: ""}

    def _try(self, path: str | None, added: Sequence[Model], keys: Sequence[str]) -> str:
        known = self._known(added)
        models = [known[key] for key in keys or () if key in known][:MOST_AT_ONCE]
        if path is None or not models:
            return ""
        answers: dict[str, Prediction | str] = {}
        for model in models:
            try:
                classifier = load_model(self.services.settings, model.chosen)
                (analysis,) = self.services.compare(path, [classifier])
                answers[model.name] = analysis.prediction
            except Exception as error:  # noqa: BLE001 - the app's edge: its card shows the reason
                answers[model.name] = sentence(error)
        return answers_html(answers)

    def _known(self, added: Iterable[Model]) -> dict[str, Model]:
        """Return all models by their keys; those that were added replace others, because they have meanings."""
        models = [*catalogue(self.services.settings, self.services.versions), *added]
        active = self.services.chosen
        if active.source and active.source not in [model.source for model in models]:
            models.append(model_of(active.source, labels=active.labels))
        return {model.key: model for model in models}

    def _active(self, known: Iterable[str]) -> str:
        return next((key for key in known if self.services.is_active("" if key == SHIPPED else key)), "")

    def _described(self, model: Model) -> str:
        name = say("{name}, active", name=model.name) if self.services.is_active(model.source) else model.name
        return f"{name} ({say(model.kind)})"


def _meanings(model: Model) -> list[tuple[str, str]]:
    """Return the meanings to edit: those that were chosen, else the labels that are none of ours."""
    return [*model.labels] or [(label, label) for label in model.foreign_labels]


def _problem(error: Exception) -> str:
    return f'<p role="alert" class="problem">{sentence(error)}</p>'
