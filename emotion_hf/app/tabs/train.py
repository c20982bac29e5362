"""The tab "Train": choose recordings and a recipe, see what the training takes, start it, watch it, use the model.

Each training is a process of its own, which goes on when the browser or the page is closed.

Example:
    >>> with gr.Blocks():  # doctest: +SKIP
    ...     Train(services)
"""

from __future__ import annotations

from html import escape
from pathlib import Path

import gradio as gr
from gradio.context import Context

from emotion_hf.app.corpora_choice import Chosen as Data
from emotion_hf.app.corpora_choice import add, choose_folder, choose_hub, choose_upload
from emotion_hf.app.edge import sentence
from emotion_hf.app.forecast_html import forecast_html
from emotion_hf.app.operators import Operator
from emotion_hf.app.services import Services
from emotion_hf.app.training_view import RECIPES, log_html, no_training_html, queue_html, recipe_html, training_html
from emotion_hf.app.trainings import DEFAULT_RECIPE, Trainings
from emotion_hf.app.words import both, say, shown, translated
from emotion_hf.errors import JobError
from emotion_hf.jobs import Job
from emotion_hf.unfinished import can_resume

SECONDS_BETWEEN_LOOKS = 2
HINT = (
    f"<h2>{both('Train a model')}</h2><p>"
    + both(
        "A training runs on this machine, in a process of its own: it goes on when you close the browser. One "
        "training runs at a time; the others wait in a queue. The active model stays as it is until you choose "
        "another one."
    )
    + "</p>"
)
READING = "Reading the recordings and measuring the speed of this machine …"

Updates = dict[gr.blocks.Block, object]


class Train:
    """A new training, and the list of all trainings; for the operator."""

    title = "Train"

    def __init__(self, services: Services):
        self.services = services
        self.trainings = Trainings(services.settings, services.jobs)
        self.data, self.estimated = gr.State(()), gr.State(None)  # estimated: the recipe and the data
        with gr.Column(elem_id="train"):
            gr.HTML(HINT)
            with gr.Row():
                with gr.Column(min_width=300):
                    self._build_data()
                with gr.Column(min_width=300):
                    self._build_recipe()
            self.estimate = gr.Button(
                shown("See what it takes"), variant="primary", elem_id="train-estimate", scale=0, min_width=220
            )
            self.forecast = gr.HTML(elem_id="train-forecast")
            self.start = gr.Button(
                shown("Start training"),
                variant="primary",
                visible=False,
                elem_id="train-start",
                scale=0,
                min_width=220,
            )
            self._build_list()
        self.timer = gr.Timer(SECONDS_BETWEEN_LOOKS, active=False)
        self._wire()

    def _build_data(self) -> None:
        gr.Markdown(shown("### Recordings"))
        self.chosen = gr.CheckboxGroup(
            [], label=shown("Chosen; clear a box to remove it"), visible=False, elem_id="train-chosen"
        )
        with gr.Row(elem_classes="beside"):
            self.folder = gr.Textbox(
                label=shown("Folder on this machine"),
                placeholder="/data/ravdess",
                elem_id="train-folder",
                min_width=200,
            )
            self.add_folder = gr.Button(
                shown("Add the folder"), elem_id="train-add", size="md", scale=0, min_width=170
            )
        with gr.Row(elem_classes="beside"):
            self.hub = gr.Textbox(
                label=shown("Data set on the Hub"),
                info=shown("With unusual column names: OWNER/NAME emotion=mood,speaker=who"),
                placeholder="OWNER/NAME",
                elem_id="train-hub",
                min_width=200,
            )
            self.add_hub = gr.Button(
                shown("Add the data set"), elem_id="train-add-hub", size="md", scale=0, min_width=170
            )
        self.upload = gr.UploadButton(
            shown("Upload a zip file"), file_types=[".zip"], type="filepath", elem_id="train-upload", scale=0
        )
        self.problem = gr.HTML(elem_id="train-problem")

    def _build_recipe(self) -> None:
        gr.Markdown(shown("### Recipe"))
        known = list(self.trainings.recipes())
        ordered = [name for name in RECIPES if name in known] + [name for name in known if name not in RECIPES]
        self.recipe = gr.Dropdown(
            ordered, value=DEFAULT_RECIPE, label=shown("Recipe"), show_label=False, elem_id="train-recipe"
        )
        self.about = gr.HTML(both(RECIPES[DEFAULT_RECIPE]), elem_id="train-about")
        self.name = gr.Textbox(label=shown("Name of the new model (optional)"), max_length=60, elem_id="train-name")

    def _build_list(self) -> None:
        gr.Markdown(shown("### Trainings"))
        self.queue = gr.HTML(elem_id="train-queue")
        self.job = gr.Radio(
            [], label=shown("Training"), show_label=False, container=False, visible=False, elem_id="train-job"
        )
        self.view = gr.HTML(elem_id="train-view")
        with gr.Row(elem_id="train-buttons"):
            small = {"visible": False, "scale": 0}
            self.stop = gr.Button(shown("Stop"), variant="stop", elem_id="train-stop", **small)
            self.go_on = gr.Button(shown("Go on"), elem_id="train-go-on", **small)
            self.use = gr.Button(
                shown("Use this model"), variant="primary", elem_id="train-use", min_width=200, **small
            )
            self.remove = gr.Button(shown("Remove from the list"), elem_id="train-remove", min_width=250, **small)
        self.active = gr.HTML(elem_id="train-active")
        with gr.Accordion(shown("Log"), open=False, visible=False) as self.log_panel:
            self.log = gr.HTML(elem_id="train-log")

    def _wire(self) -> None:
        only = Operator(self.services.settings).only
        private = {"api_visibility": "private", "show_progress": "hidden"}
        stale = [self.data, self.chosen, self.problem, self.forecast, self.start]
        self.add_folder.click(only(self._add_folder), [self.data, self.folder], [*stale, self.folder], **private)
        self.folder.submit(only(self._add_folder), [self.data, self.folder], [*stale, self.folder], **private)
        self.add_hub.click(only(self._add_hub), [self.data, self.hub], [*stale, self.hub], **private)
        self.hub.submit(only(self._add_hub), [self.data, self.hub], [*stale, self.hub], **private)
        self.upload.upload(only(self._add_upload), [self.data, self.upload], stale, **private)
        self.chosen.input(only(self._keep), [self.data, self.chosen], stale, **private)
        self.recipe.input(only(self._choose_recipe), [self.recipe], [self.about, self.forecast, self.start], **private)
        once = {**private, "trigger_mode": "once"}
        given = [self.recipe, self.data]
        estimated = [self.forecast, self.start, self.estimate, self.estimated]
        self.estimate.click(only(self._estimating), None, estimated, **once).then(
            only(self._estimate), given, estimated, **once
        )
        job_parts = [self.queue, self.job, self.view, self.stop, self.go_on, self.use, self.remove, self.active]
        parts = [*job_parts, self.log_panel, self.log, self.timer]
        self.start.click(
            only(self._start),
            [*given, self.estimated, self.name],
            [*parts, self.forecast, self.start, self.name],
            **once,
        )
        Context.root_block.load(only(self._show), [self.job], parts, **private)
        self.timer.tick(only(self._show), [self.job], parts, **private)
        self.job.input(only(self._show), [self.job], parts, **private)
        self.stop.click(only(self._stop), [self.job], [self.stop], **private)
        for button, handler in ((self.go_on, self._go_on), (self.remove, self._remove), (self.use, self._use)):
            button.click(only(handler), [self.job], parts, **private)

    def _add_folder(self, data: tuple[Data, ...], text: str) -> Updates:
        return self._with(data, lambda: choose_folder(text, self.services.settings), self.folder)

    def _add_hub(self, data: tuple[Data, ...], text: str) -> Updates:
        return self._with(data, lambda: choose_hub(text), self.hub)

    def _add_upload(self, data: tuple[Data, ...], path: str) -> Updates:
        try:
            return self._with(data, lambda: choose_upload(Path(path), self.services.settings))
        finally:
            self.services.discard(path)

    def _with(self, data, choose, field: gr.Textbox | None = None) -> Updates:
        """Return the updates for one more piece of data, or for the reason why it cannot be used."""
        try:
            chosen = add(data, choose())
        except Exception as error:  # noqa: BLE001 - the app's edge: the reason is shown beside the fields
            return {self.problem: f'<p role="alert" class="problem">{sentence(error)}</p>'}
        return self._changed(chosen) | ({field: ""} if field else {})

    def _keep(self, data: tuple[Data, ...], places: list[str]) -> Updates:
        return self._changed(tuple(one for one in data if one.place in places))

    def _changed(self, data: tuple[Data, ...]) -> Updates:
        choices = [(_described(one), one.place) for one in data]
        return {
            self.data: data,
            self.chosen: gr.CheckboxGroup(choices, value=[one.place for one in data], visible=bool(data)),
            self.problem: "",
            self.forecast: "",
            self.start: gr.Button(visible=False),
        }

    def _choose_recipe(self, recipe: str) -> Updates:
        return {self.about: recipe_html(recipe), self.forecast: "", self.start: gr.Button(visible=False)}

    def _estimating(self) -> Updates:
        return {
            self.forecast: f'<p role="status">{say(READING)}</p>',
            self.start: gr.Button(visible=False),
            self.estimate: gr.Button(interactive=False),
        }

    def _estimate(self, recipe: str, data: tuple[Data, ...]) -> Updates:
        try:
            told, may_start = forecast_html(self.trainings.forecast(recipe, data)), True
        except Exception as error:  # noqa: BLE001 - the app's edge: the reason is shown in its place
            told, may_start = f'<p role="alert" class="problem">{sentence(error)}</p>', False
        return {
            self.forecast: told,
            self.start: gr.Button(visible=may_start),
            self.estimate: gr.Button(interactive=True),
            self.estimated: (recipe, data),
        }

    def _start(self, recipe: str, data: tuple[Data, ...], estimated: object, name: str) -> Updates:
        if (recipe, data) != estimated:
            raise JobError("The choice has changed; see the new estimate first.")
        job = self.trainings.start(recipe, data, name)
        return self._show(job.id) | {self.forecast: "", self.start: gr.Button(visible=False), self.name: ""}

    def _show(self, id: str | None = None) -> Updates:
        """Return the updates that show everything as it is now."""
        jobs = self.trainings.all()
        job = next((one for one in jobs if one.id == id), jobs[0] if jobs else None)
        choices = [(say("{name}: {state}", name=one.name, state=say(one.state)), one.id) for one in jobs]
        queue = self.trainings.queue()
        log = self.trainings.jobs.log(job.id) if job else ""
        return {
            self.queue: queue_html(queue),
            self.job: gr.Radio(choices, value=job.id if job else None, visible=bool(jobs)),
            self.view: self._view(job) if job else no_training_html(),
            self.stop: gr.Button(visible=job is not None and job.state == "running", interactive=True),
            self.go_on: self._go_on_button(job),
            self.use: self._use_button(job),
            self.remove: gr.Button(visible=job is not None and job.state != "running"),
            self.active: self._active(),
            self.log_panel: gr.Accordion(visible=bool(log)),
            self.log: log_html(log),
            self.timer: gr.Timer(active=bool(queue)),
        }

    def _view(self, job: Job) -> str:
        return training_html(job, self.trainings.progress(job), self.trainings.report(job))

    def _go_on_button(self, job: Job | None) -> gr.Button:
        if job is None or job.state not in ("stopped", "failed"):
            return gr.Button(visible=False)
        return gr.Button(say("Go on") if can_resume(job.folder) else say("Start again"), visible=True)

    def _use_button(self, job: Job | None) -> gr.Button:
        if job is None or job.state != "done":
            return gr.Button(visible=False)
        return gr.Button(visible=True, interactive=not self.services.is_active(str(job.folder)))

    def _active(self) -> str:
        return f"<p>{say('{model} is the active model.', model=f'<b>{escape(self.services.classifier.name)}</b>')}</p>"

    def _stop(self, id: str) -> gr.Button:
        self.trainings.jobs.stop(id)
        return gr.Button(interactive=False)

    def _go_on(self, id: str) -> Updates:
        return self._show(self.trainings.go_on(id).id)

    def _remove(self, id: str) -> Updates:
        self.trainings.remove(id)
        return self._show()

    def _use(self, id: str) -> Updates:
        job = self.trainings.jobs.find(id)
        if job.state != "done":
            raise JobError("This training has made no model.")
        self.services.use(str(job.folder))
        return self._show(id)


def _described(data: Data) -> str:
    """Return a piece of data as plain text for its checkbox."""
    title = f" ({data.title})" if data.title and data.title != data.name else ""
    return f"{data.name}{title}: {translated(data.summary) or data.place}"
