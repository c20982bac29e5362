"""The tab "Review": blind second opinions on saved recordings, by keyboard, the most uncertain first.

Keys 1 to 8 choose an emotion, 0 is "mixed / can't tell", the space bar plays. The model's prediction and earlier
opinions are shown after the reviewer has chosen. A recording is played from a copy with a random name, because its own
name is the secret that deletes it.

Example:
    >>> with gr.Blocks():  # doctest: +SKIP
    ...     Review(services)
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from html import escape
from pathlib import Path

import gradio as gr

from emotion_hf.app.answer import emotion, with_face
from emotion_hf.app.edge import sentence
from emotion_hf.app.german import GERMAN
from emotion_hf.app.operators import Operator
from emotion_hf.app.services import Services
from emotion_hf.app.uploads import address
from emotion_hf.app.words import both, number, say, shown
from emotion_hf.errors import FeedbackError
from emotion_hf.feedback import MIXED, Correction, FeedbackStore, new_id
from emotion_hf.feedback.annotations import Agreement, agreements, to_review

HINT = """## A second opinion
Listen, and choose what you hear: the space bar plays, the digits choose. The model's prediction and other opinions
appear after your answer. You see only recordings whose owners agreed to training or publication. Your answer is kept
with them, under a random name that this browser remembers.
"""
DONE = (
    f'<p role="status"><b>{both("Nothing left to review.")}</b> '
    f"{both('You have reviewed every recording that may be used.')}</p>"
)
KAPPA = "κ is the agreement beyond chance: 0 for chance, 1 for full agreement."
KEYS = """
if (!window.reviewKeys) {
  window.reviewKeys = true;
  const act = event => {
    const player = document.querySelector("#review audio");
    if (!player || !player.offsetParent || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input, textarea, select")) return;
    const button = document.getElementById(`review-${event.key}`);
    if (event.key !== " " && !button) return;
    event.preventDefault();
    if (event.type === "keyup" || event.repeat) return;
    if (button) button.click();
    else if (player.paused) player.play();
    else player.pause();
  };
  document.addEventListener("keydown", act);
  document.addEventListener("keyup", act);  // Firefox presses a focused button only then
}
"""

Updates = dict[gr.blocks.Block, object]


@dataclass(frozen=True)
class Shown:
    """A recording that waits for this reviewer's answer, and the copy that is played."""

    record: Correction
    copy: Path


class Review:
    """One recording at a time; a random token in the browser's own storage identifies the reviewer."""

    title = "Review"

    def __init__(self, services: Services):
        self.services = services
        self.reviewer = gr.BrowserState("", storage_key="emotion-hf-reviewer", secret="no secret")  # noqa: S106
        self.shown = gr.State(None)
        self.last = gr.State("")
        with gr.Column(elem_id="review"):
            gr.Markdown(shown(HINT))
            self.start = gr.Button(shown("Start"), variant="primary", elem_id="review-start", scale=0)
            with gr.Column(visible=False) as self.stage:
                self.player = gr.HTML(elem_id="review-player", js_on_load=KEYS)
                with gr.Row(elem_id="review-choices") as self.choices:
                    self.buttons = self._build_buttons()
            self.outcome = gr.HTML(elem_id="review-outcome")
            self.undo = gr.Button(shown("Undo my last answer"), visible=False, elem_id="review-undo", scale=0)
        self._wire()

    @property
    def store(self) -> FeedbackStore:
        """Where the recordings are."""
        return self.services.store

    def _build_buttons(self) -> dict[str, gr.Button]:
        keys = {label: key for key, label in enumerate(self.services.classifier.labels, start=1)} | {MIXED: 0}
        texts = {label: shown(label) if label in GERMAN else label for label in keys}
        texts[MIXED] = shown("mixed / can't tell")
        return {
            label: gr.Button(f"{key}  {texts[label]}", elem_id=f"review-{key}", min_width=0)
            for label, key in keys.items()
        }

    def _wire(self) -> None:
        only = Operator(self.services.settings).only
        parts = [self.reviewer, self.shown, self.last, self.start, self.stage, self.choices]
        # One event for all buttons: a second answer is ignored until the next recording is shown.
        options = {
            "outputs": [*parts, self.player, self.outcome, self.undo],
            "trigger_mode": "once",
            "show_progress": "hidden",
            "api_visibility": "private",
        }
        self.start.click(only(self._start), [self.reviewer], **options)
        choices = [button.click for button in self.buttons.values()]
        gr.on(choices, only(self._choose), [self.reviewer, self.shown], **options)
        self.undo.click(only(self._undo), [self.reviewer, self.shown, self.last], **options)

    def _start(self, reviewer: str) -> Updates:
        reviewer = reviewer or new_id()
        return self._next(reviewer) | {self.reviewer: reviewer, self.start: gr.Button(visible=False)}

    def _choose(self, reviewer: str, shown: Shown, event: gr.EventData) -> Updates:
        label = next(label for label, button in self.buttons.items() if button.elem_id == event.target.elem_id)
        review = shown.record.reviewed(label=label, annotator=reviewer)
        try:
            self.store.add_review(review, labels=self.services.classifier.labels)
        except FeedbackError as error:  # usually because it was deleted meanwhile
            return self._next(reviewer) | {self.outcome: f'<p role="alert">{sentence(error)}</p>'}
        self.services.discard(str(shown.copy))
        return self._next(reviewer) | {
            self.outcome: self._outcome(shown.record, label, reviewer),
            self.undo: gr.Button(visible=True),
            self.last: review.id,
        }

    def _undo(self, reviewer: str, shown: Shown | None, last: str) -> Updates:
        self.store.delete(last)
        if shown:
            self.services.discard(str(shown.copy))
        return self._next(reviewer) | {
            self.outcome: f'<p role="status">{say("Your answer is removed. Here is the recording again.")}</p>',
            self.undo: gr.Button(visible=False),
            self.last: "",
        }

    def _next(self, reviewer: str) -> Updates:
        queue = to_review(self.store.records(), reviewer)
        waiting = [record for record in queue if (self.store.folder / record.file_name).is_file()]
        if not waiting:
            shown, player = None, DONE
        else:
            shown = Shown(waiting[0], self.services.voices / f"{new_id()}.flac")
            self.services.voices.mkdir(parents=True, exist_ok=True)  # the sweeper removes it while it is unused
            shutil.copyfile(self.store.folder / shown.record.file_name, shown.copy)
            player = _player_html(shown.copy, len(waiting))
        return {
            self.shown: shown,
            self.stage: gr.Column(visible=True),
            self.choices: gr.Row(visible=shown is not None),
            self.player: player,
        }

    def _outcome(self, record: Correction, label: str, reviewer: str) -> str:
        records = list(self.store.records())
        earlier = [other.label for other in records if other.content == record.content and other.annotator != reviewer]
        said = {say("You"): [label], _model(record): [_answer(record)], say("Others"): earlier}
        model, people = agreements(records, reviewer)
        rows = "".join(
            f'<tr><th scope="row">{escape(who)}</th><td>{", ".join(map(_shown_label, labels))}</td></tr>'
            for who, labels in said.items()
        )
        agreed = say(
            "You agree with the model on {model}, and with the first opinion on {people}.",
            model=_figures(model),
            people=_figures(people),
        )
        return (
            f'<div role="status"><table class="scores"><caption>{say("Last recording")}</caption>'
            f"<tbody>{rows}</tbody></table><p>{agreed} {say(KAPPA)}</p></div>"
        )


def _player_html(path: Path, waiting: int) -> str:
    source = address(path, path.parent)
    return (
        f"<p>{say('{count} left to review', count=number(waiting, ','))}</p>"
        f'<audio controls preload="auto" aria-label="{say("The recording")}" src="{escape(source)}"></audio>'
    )


def _model(record: Correction) -> str:
    return say("The model {name}", name=record.model) if record.model else say("The model")


def _answer(record: Correction) -> str:
    return record.prediction or ("no speech" if record.model else "no prediction")


def _shown_label(label: str) -> str:
    return escape(emotion(label)) if label in (MIXED, "no speech", "no prediction") else with_face(label)


def _figures(agreement: Agreement) -> str:
    kappa = "" if agreement.kappa is None else f" (κ {number(agreement.kappa, '.2f')})"
    return say("{same} of {count}", same=agreement.same, count=agreement.count) + kappa
