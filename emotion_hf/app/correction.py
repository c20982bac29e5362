"""The panel below the prediction: confirm or correct it, give consent, get a receipt, delete the record.

Example:
    >>> panel = CorrectionPanel(services, history, current)  # doctest: +SKIP
    >>> updates = panel.ask(prediction)  # doctest: +SKIP
"""

from __future__ import annotations

from dataclasses import replace
from html import escape

import gradio as gr
from gradio.context import Context

from emotion_hf.app.answer import emotion, with_face
from emotion_hf.app.edge import polite, sentence
from emotion_hf.app.faces import face_svg
from emotion_hf.app.focus import LANDING
from emotion_hf.app.history import History, changed, entry_of
from emotion_hf.app.services import Services
from emotion_hf.app.words import say, shown
from emotion_hf.errors import EmotionError, LabelError
from emotion_hf.feedback import MIXED, PUBLIC_LICENCE, Consent, new_id
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.settings import Settings

CANNOT_TELL = "mixed / can't tell"
LINK = "delete"
"""Parameter of the page's address: the number of the record that the visitor may want to delete."""
SHOW_FORM = f"""() => {{
  if (!new URLSearchParams(location.search).has("{LINK}")) return;
  const show = (looks) => {{
    const button = document.getElementById("deletion");
    if (button?.offsetParent) button.scrollIntoView({{block: "center"}});
    if (looks) setTimeout(show, 200, looks - 1);  // the form moves while the page loads
  }};
  show(10);
}}"""
CHOOSE = """
const all = () => [...element.querySelectorAll("[role=radio]")];
const choose = (one) => {
  for (const other of all()) {
    other.setAttribute("aria-checked", other === one);
    other.tabIndex = other === one ? 0 : -1;
  }
  one.focus();
  trigger("select", {label: one.dataset.label});
};
element.addEventListener("click", ({target}) => {
  const one = target.closest("[role=radio]");
  if (one) choose(one);
});
element.addEventListener("keydown", (event) => {
  const some = all(), at = some.indexOf(event.target);
  const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
  if (at < 0 || !step) return;
  event.preventDefault();
  choose(some[(at + step + some.length) % some.length]);
});
"""
"""What the choices do in the browser: one tab stop for all, and arrow keys that choose."""
RECEIPT = """
element.addEventListener("click", async ({target}) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const address = new URL(button.dataset.copy, location.href).href;
  try { await navigator.clipboard.writeText(address); } catch { return prompt("", address); }
  button.textContent = button.dataset.copied;
});
"""
"""What the receipt does in the browser: its button copies the link."""

Updates = dict[gr.blocks.Block, object]


class CorrectionPanel:
    """Components and handlers; created inside a ``gr.Blocks``, where the panel should appear.

    Args:
        services: The services of the page.
        history: The recordings of the session.
        current: Id of the recording whose prediction is shown.
    """

    def __init__(self, services: Services, history: gr.State, current: gr.State):
        self.services, self.history = services, history
        self.session = gr.State("")
        self.band, self.truth = gr.State(None), gr.State(None)
        with gr.Column(visible=False, elem_id="correction") as self.panel:
            with gr.Column() as self.form:
                self.choices = gr.HTML(elem_id="truth", js_on_load=CHOOSE)
                with gr.Column(visible=False) as self.consents:
                    self.thanks = gr.HTML(elem_id="thanks")
                    with gr.Group():
                        self.store = gr.Checkbox(label=_keep_label(services.settings))
                        self.train = gr.Checkbox(label=shown("Train models with them"), interactive=False)
                        self.publish = gr.Checkbox(label=shown(PUBLISH), interactive=False)
                    self.save = gr.Button(
                        shown("Tick the first box to save"), variant="primary", interactive=False, elem_id="save"
                    )
            with gr.Column(visible=False) as self.done:
                self.receipt = gr.HTML(elem_id="receipt", js_on_load=RECEIPT)
                self.id = gr.State("")
                self.delete = gr.Button(shown("Delete this record"), variant="stop", elem_id="delete")
        self._wire(current)

    def ask(self, prediction: Prediction, *, band: int | None = None, where: str = "") -> Updates:
        """Return the updates that show an empty form.

        Args:
            prediction: The prediction to correct.
            band: Number of the band of a long recording; `None` for a whole recording.
            where: The band's time in words, such as ``0:28 to 0:57``.
        """
        question = f"{where}: {_question(prediction)}" if where else _question(prediction)
        return self._empty_form() | {
            self.panel: gr.Column(visible=True),
            self.band: band,
            self.choices: self._choices_html(prediction, question),
        }

    def hide(self) -> Updates:
        """Return the updates that hide the panel."""
        return self._empty_form() | {self.panel: gr.Column(visible=False)}

    @property
    def parts(self) -> list[gr.blocks.Block]:
        """All components that ``ask`` and ``hide`` update."""
        form = [self.panel, self.form, self.done, self.choices, self.truth, self.store, self.id, self.band]
        return [*form, self.consents]

    def _wire(self, current: gr.State) -> None:
        private = {"api_visibility": "private", "show_progress": "hidden"}
        offered = [self.consents, self.thanks, self.train, self.publish, self.save]
        self.chosen = self.choices.select(
            polite(self._note_choice),
            [self.history, current, self.band, self.store],
            [self.truth, self.history, *offered],
            **private,
        )
        # not `change`: its late answer to an emptied form would hide the boxes for the next choice
        self.store.input(self._offer, [self.truth, self.store], offered, **private)
        self.save.click(
            polite(self._save),
            [self.history, current, self.band, self.session, self.truth, self.store, self.train, self.publish],
            [self.form, self.done, self.receipt, self.id, self.delete, self.session],
            **private,
        )
        self.delete.click(
            self._delete,
            [self.id],
            [self.form, self.done, self.consents, self.truth, self.store, self.id, self.receipt, self.delete],
            **private,
        )

    def _choices_html(self, prediction: Prediction, question: str) -> str:
        agreed = prediction.label if prediction.verdict is Verdict.OK else None
        names = [agreed, *(label for label in self.services.classifier.labels if label != agreed)]
        first, *others = [(name, with_face(name)) for name in names if name]
        if agreed:
            first = (agreed, f"{face_svg(agreed)} {escape(say('Yes, {emotion}', emotion=emotion(agreed)))}")
        choices = [first, *others, (MIXED, f"{face_svg(MIXED)} {escape(say(CANNOT_TELL))}")]
        buttons = "".join(
            f'<button type="button" role="radio" aria-checked="false" tabindex="{-1 if number else 0}" '
            f'data-label="{escape(name)}">{text}</button>'
            for number, (name, text) in enumerate(choices)
        )
        return (
            '<div class="choices" role="radiogroup" aria-labelledby="question">'
            f'<p id="question">{escape(question)}</p><div class="all">{buttons}</div></div>'
        )

    def _empty_form(self) -> Updates:
        return {
            self.form: gr.Column(visible=True),
            self.done: gr.Column(visible=False),
            self.consents: gr.Column(visible=False),
            self.truth: None,
            self.store: False,
            self.id: "",
        }

    def _note_choice(self, history: History, id: str, band: int | None, store: bool, event: gr.EventData) -> Updates:
        """Note the chosen emotion, for this session only, and ask for consent."""
        label = event.label
        if label not in (*self.services.classifier.labels, MIXED):
            raise LabelError("This is none of the emotions; choose one of them.")
        if band is None:
            history = changed(history, replace(entry_of(history, id), truth=label))
        return {self.truth: label, self.history: history} | self._offer(label, store)

    def _offer(self, truth: str | None, store: bool) -> Updates:
        """Show the consent boxes once an emotion is chosen; the first box enables the others and the button."""
        use = {"interactive": True} if store else {"interactive": False, "value": False}
        thanks = say("Thank you! Tick the first box to save your answer; otherwise, nothing is kept.")
        return {
            self.consents: gr.Column(visible=truth is not None),
            self.thanks: f'<p role="status">{thanks}</p>',
            self.train: gr.Checkbox(**use),
            self.publish: gr.Checkbox(**use),
            self.save: gr.Button(
                say("Save my answer") if store else say("Tick the first box to save"), interactive=store
            ),
        }

    def _save(
        self,
        history: History,
        id: str,
        band: int | None,
        session: str,
        truth: str | None,
        store: bool,
        train: bool,
        publish: bool,
    ) -> Updates:
        entry = entry_of(history, id)
        consent = Consent(store=store, train=train, publish=publish)
        session = session or new_id()
        analysis, record = entry.analysis(), id
        if band is not None:
            analysis, record = entry.band_analysis(band), entry.band_id(band)
        self.services.save(analysis, id=record, label=truth or "", consent=consent, session=session)
        return {
            self.form: gr.Column(visible=False),
            self.done: gr.Column(visible=True),
            self.receipt: _receipt(record, entry.name, truth or "", consent, kept_where(self.services.settings)),
            self.id: record,
            self.delete: gr.Button(visible=True),
            self.session: session,
        }

    def _delete(self, id: str) -> Updates:
        """Delete a record and show an empty form: the visitor may have chosen the wrong emotion."""
        try:
            outcome = _delete(self.services, id)
        except EmotionError as error:
            return {self.receipt: _failed(error)}
        return self._empty_form() | {
            self.done: gr.Column(visible=True),
            self.receipt: outcome,
            self.delete: gr.Button(visible=False),
        }


class DeletionForm:
    """Delete a record by its number, at any time and from any browser.

    A receipt's link opens the page with the number filled in. The link itself deletes nothing, because chat
    programs open links to preview them.
    """

    def __init__(self, services: Services):
        self.services = services
        private = {"api_visibility": "private", "show_progress": "hidden"}
        with gr.Accordion(shown("Delete something you saved earlier"), open=False) as self.accordion:
            self.id = gr.Textbox(label=shown("Receipt number"), max_length=32, elem_id="deletion-id")
            self.button = gr.Button(shown("Delete the record"), variant="stop", elem_id="deletion")
            self.outcome = gr.HTML(elem_id="deletion-outcome")
        self.button.click(self._delete, [self.id], [self.id, self.outcome], **private)
        opened = Context.root_block.load(_from_link, None, [self.accordion, self.id], **private)
        opened.then(None, js=SHOW_FORM, api_visibility="private")

    def _delete(self, id: str) -> tuple[str, str]:
        try:
            return "", _delete(self.services, id.strip())
        except EmotionError as error:
            return id, _failed(error)


def _from_link(request: gr.Request) -> tuple[gr.Accordion, str]:
    id = request.query_params.get(LINK, "")[:32]
    return (gr.Accordion(open=True) if id else gr.skip()), id


def _delete(services: Services, id: str) -> str:
    """Delete a record and return the confirmation; models trained on it are named only to the operator."""
    models = services.store.delete(id)
    deleted = say("Deleted. Nothing of this record is left {where}.", where=escape(kept_where(services.settings)))
    learned = say(" A model was trained on it before; that model forgets it when it is retrained.") if models else ""
    return f'<p role="status" {LANDING}>{deleted}{learned}</p>'


def _failed(error: EmotionError) -> str:
    return f'<p role="alert" {LANDING}><b>{say("The record was not deleted.")}</b> {sentence(error)}</p>'


def _question(prediction: Prediction) -> str:
    has_speech = prediction.verdict is not Verdict.NO_SPEECH
    return (
        say("Was the prediction right? Choose what you hear.")
        if has_speech
        else say("Is someone speaking? Then choose what you hear.")
    )


PUBLISH = "Publish them in an open data set under CC BY 4.0; copies that others make cannot be deleted"


def _keep_label(settings: Settings) -> object:
    if settings.feedback_repo:
        text = "Keep this recording and my answer in a private data set on the Hugging Face Hub:"
        return shown(text) + f" {settings.feedback_repo}"
    return shown("Keep this recording and my answer on this server")


def kept_where(settings: Settings) -> str:
    """Return where this page keeps corrections, in words."""
    repo = settings.feedback_repo
    return say("in {repo}, a private data set on the Hugging Face Hub", repo=repo) if repo else say("on this server")


def _receipt(id: str, name: str, label: str, consent: Consent, where: str) -> str:
    uses = [say("kept {where}", where=where), *([say("for training")] if consent.train else [])]
    uses += [say("for publication under {licence}", licence=PUBLIC_LICENCE)] if consent.publish else []
    chosen = say(CANNOT_TELL) if label == MIXED else emotion(label)
    saved = say("“{name}” with the answer “{emotion}”: {uses}.", name=name, emotion=chosen, uses=", ".join(uses))
    link = f"?{LINK}={escape(id)}"
    return (
        f'<div role="status" {LANDING}><p><b>{say("Thank you, saved.")}</b> {escape(saved)}</p>'
        f"<p>{say('Receipt')} <code>{escape(id)}</code></p>"
        f"<p>{say('Keep this number or the link: you need one of them to delete the record later.')}</p>"
        f'<p class="links"><a href="{link}" target="_blank">{say("Link to delete the record")}</a> '
        f'<button type="button" data-copy="{link}" data-copied="{say("Copied")}">{say("Copy the link")}</button>'
        "</p></div>"
    )


CSS = """
.choices p { margin: 0 0 .5rem; font-weight: 600; }
.choices .all { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .4rem; }
.choices button { display: flex; align-items: center; gap: .5rem; padding: .45rem .6rem; min-height: 2.5rem; margin: 0;
  font-weight: 400; text-align: left; border: 1px solid var(--border-color-primary); border-radius: var(--radius-md);
  color: inherit;
  background: var(--background-fill-secondary); }
.choices svg { flex: none; }
.choices button[aria-checked=true] { outline: 3px solid var(--primary-600); outline-offset: -1px; font-weight: 600; }
#receipt :is([role=status], [role=alert]), #deletion-outcome [role] { padding: 1rem; border-radius: var(--radius-lg);
  border: 1px solid var(--border-color-primary); background: var(--block-background-fill); }
#receipt code { word-break: break-all; font-size: 1rem; }
#receipt .links { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; }
#receipt .links button { padding: .35rem .75rem; border-radius: var(--radius-md);
  border: 1px solid var(--border-color-primary); background: var(--background-fill-secondary); color: inherit; }
"""
