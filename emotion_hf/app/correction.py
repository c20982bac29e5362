"""The panel below the prediction: confirm or correct it, give consent, get a receipt, delete the record.

Example:
    >>> panel = CorrectionPanel(services, history)  # doctest: +SKIP
    >>> updates = panel.ask(prediction)  # doctest: +SKIP
"""

from __future__ import annotations

from html import escape

import gradio as gr
from gradio.context import Context

from emotion_hf.app.answer import with_emoji
from emotion_hf.app.edge import polite
from emotion_hf.app.history import GONE, History
from emotion_hf.app.services import Services
from emotion_hf.errors import FeedbackError
from emotion_hf.feedback import MIXED, PUBLIC_LICENCE, Consent, new_id
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.settings import Settings

NOTHING_KEPT = "Tick the first box to save"
SAVE = "Save my answer"
DELETED = "Deleted. Nothing of this record is left"
PUBLISH = f"Publish them in an open data set under {PUBLIC_LICENCE}; copies that others make cannot be deleted"
LEARNED = "A model was trained on it before; that model forgets it when it is retrained."

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

Updates = dict[gr.blocks.Block, object]


class CorrectionPanel:
    """Components and handlers; created inside a ``gr.Blocks``, where the panel should appear."""

    def __init__(self, services: Services, history: gr.State):
        self.services = services
        self.session = gr.State("")
        self.band = gr.State(None)
        with gr.Column(visible=False, elem_id="correction") as self.panel:
            with gr.Column() as self.form:
                self.truth = gr.Radio([], elem_id="truth")
                with gr.Column(visible=False) as self.consents:
                    with gr.Group():
                        where = kept_where(services.settings)
                        self.store = gr.Checkbox(label=f"Keep this recording and my answer {where}")
                        self.train = gr.Checkbox(label="Train models with them", interactive=False)
                        self.publish = gr.Checkbox(label=PUBLISH, interactive=False)
                    self.save = gr.Button(NOTHING_KEPT, variant="primary", interactive=False, elem_id="save")
            with gr.Column(visible=False) as self.done:
                self.receipt = gr.HTML(elem_id="receipt")
                self.id = gr.State("")
                self.delete = gr.Button("Delete this record", variant="stop", elem_id="delete")
        self._wire(history)

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
            self.truth: gr.Radio(self._choices(prediction), value=None, label=question),
        }

    def hide(self) -> Updates:
        """Return the updates that hide the panel."""
        return self._empty_form() | {self.panel: gr.Column(visible=False)}

    @property
    def parts(self) -> list[gr.blocks.Block]:
        """All components that ``ask`` and ``hide`` update."""
        return [self.panel, self.form, self.done, self.truth, self.store, self.id, self.band]

    def _wire(self, history: gr.State) -> None:
        private = {"api_visibility": "private", "show_progress": "hidden"}
        gr.on(
            [self.truth.change, self.store.change],
            self._offer,
            [self.truth, self.store],
            [self.consents, self.train, self.publish, self.save],
            **private,
        )
        self.save.click(
            polite(self._save),
            [history, self.band, self.session, self.truth, self.store, self.train, self.publish],
            [self.form, self.done, self.receipt, self.id, self.delete, self.session],
            **private,
        )
        self.delete.click(
            polite(self._delete),
            [self.id],
            [self.form, self.done, self.truth, self.store, self.id, self.receipt, self.delete],
            **private,
        )

    def _choices(self, prediction: Prediction) -> list[tuple[str, str]]:
        agreed = prediction.label if prediction.verdict is Verdict.OK else None
        first = [(f"Yes, {with_emoji(agreed)}", agreed)] if agreed else []
        others = [(with_emoji(label), label) for label in self.services.classifier.labels if label != agreed]
        return [*first, *others, ("🤷 mixed / can't tell", MIXED)]

    def _empty_form(self) -> Updates:
        return {
            self.form: gr.Column(visible=True),
            self.done: gr.Column(visible=False),
            self.truth: None,
            self.store: False,
            self.id: "",
        }

    @staticmethod
    def _offer(truth: str | None, store: bool) -> tuple[gr.Column, gr.Checkbox, gr.Checkbox, gr.Button]:
        """Show the consent boxes once an emotion is chosen; the first box enables the others and the button."""
        use = {"interactive": True} if store else {"interactive": False, "value": False}
        button = gr.Button(SAVE if store else NOTHING_KEPT, interactive=store)
        return gr.Column(visible=truth is not None), gr.Checkbox(**use), gr.Checkbox(**use), button

    def _save(
        self,
        history: History,
        band: int | None,
        session: str,
        truth: str,
        store: bool,
        train: bool,
        publish: bool,
    ) -> Updates:
        if not history:
            raise FeedbackError(GONE)
        entry = history[-1]
        consent = Consent(store=store, train=train, publish=publish)
        session = session or new_id()
        analysis, id = (
            (entry.analysis(), entry.id) if band is None else (entry.band_analysis(band), entry.band_id(band))
        )
        self.services.save(analysis, id=id, label=truth, consent=consent, session=session)
        return {
            self.form: gr.Column(visible=False),
            self.done: gr.Column(visible=True),
            self.receipt: _receipt(id, consent, kept_where(self.services.settings)),
            self.id: id,
            self.delete: gr.Button(visible=True),
            self.session: session,
        }

    def _delete(self, id: str) -> Updates:
        """Delete the record and show an empty form: the visitor may have chosen the wrong emotion."""
        outcome = _delete(self.services, id)
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
        with gr.Accordion("Delete something you saved earlier", open=False) as self.accordion:
            self.id = gr.Textbox(label="Receipt number", max_length=32, elem_id="deletion-id")
            self.button = gr.Button("Delete the record", variant="stop", elem_id="deletion")
            self.outcome = gr.HTML(elem_id="deletion-outcome")
        self.button.click(polite(self._delete), [self.id], [self.id, self.outcome], **private)
        opened = Context.root_block.load(_from_link, None, [self.accordion, self.id], **private)
        opened.then(None, js=SHOW_FORM, api_visibility="private")

    def _delete(self, id: str) -> tuple[str, str]:
        return "", _delete(self.services, id.strip())


def _from_link(request: gr.Request) -> tuple[gr.Accordion, str]:
    id = request.query_params.get(LINK, "")[:32]
    return (gr.Accordion(open=True) if id else gr.skip()), id


def _delete(services: Services, id: str) -> str:
    """Delete a record and return the confirmation; models trained on it are named only to the operator."""
    models = services.store.delete(id)
    where = kept_where(services.settings)
    return f'<p role="status">{DELETED} {escape(where)}.{f" {LEARNED}" if models else ""}</p>'


def _question(prediction: Prediction) -> str:
    has_speech = prediction.verdict is not Verdict.NO_SPEECH
    return (
        "Was the prediction right? Choose what you hear."
        if has_speech
        else "Is someone speaking? Then choose what you hear."
    )


def kept_where(settings: Settings) -> str:
    """Return where this page keeps corrections, in the words of the consent form."""
    repo = settings.feedback_repo
    return f"in {repo}, a private data set on the Hugging Face Hub" if repo else "on this server"


def _receipt(id: str, consent: Consent, where: str) -> str:
    uses = [f"kept {escape(where)}", *(["for training"] if consent.train else [])]
    uses += [f"for publication under {PUBLIC_LICENCE}"] if consent.publish else []
    return (
        f'<div role="status"><p><b>Thank you, saved</b>: {", ".join(uses)}.</p>'
        f"<p>Receipt <code>{escape(id)}</code></p>"
        "<p>Keep this number or the link: you need one of them to delete the record later.</p>"
        f'<p><a href="?{LINK}={escape(id)}" target="_blank">Link to delete the record</a></p></div>'
    )
