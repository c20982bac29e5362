"""Retrain on corrections, read the gate's findings about each version, promote one, and go back.

Example:
    >>> with gr.Blocks():  # doctest: +SKIP
    ...     RetrainingPanel(services)
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from typing import Any

import gradio as gr
from gradio.context import Context

from emotion_hf.app.operators import Operator
from emotion_hf.app.retraining import Retraining, learnable, since_last_training
from emotion_hf.app.services import Services
from emotion_hf.app.words import both, number, say, shown, translated
from emotion_hf.corpora.votes import recordings, trainable, undecided
from emotion_hf.errors import FeedbackError
from emotion_hf.evaluation.gate import expectation
from emotion_hf.feedback import Correction
from emotion_hf.versions import Version

SECONDS_BETWEEN_LOOKS = 2
WIDE = 260  # pixels, so that a button's words stay on one line
NO_VERSION = f"<p>{both('There is no version yet. Retraining creates one; the active model stays as it is.')}</p>"
AGAINST_THE_GATE = "To use it anyway, give a reason on the command line: emotion-hf models promote --force."
UA = "UA: the share of each emotion's clips that is recognised, averaged over the emotions, and its 95 % interval."
WITHOUT_CORPORA = "EMOTION_HF_RETRAINING_DATA does not name the original corpora, so no new version can be promoted."

Updates = dict[gr.blocks.Block, object]


class RetrainingPanel:
    """Retraining on corrections, and the versions that it made; for the operator.

    Attributes:
        switched: Events after which another version is active.
        looked: Event that comes every two seconds while a training goes on, and once after its end.
    """

    def __init__(self, services: Services):
        self.services = services
        self.retraining = Retraining(services.settings, services.jobs)
        gr.HTML(f"<h2>{both('Learn from corrections')}</h2>")
        self.status = gr.HTML(elem_id="models-status")
        with gr.Row():
            self.start = gr.Button(
                shown("Start retraining"), variant="primary", elem_id="models-start", scale=0, min_width=WIDE
            )
            self.stop = gr.Button(shown("Stop"), variant="stop", visible=False, elem_id="models-stop", scale=0)
        self.progress = gr.HTML(elem_id="models-progress")
        gr.Markdown(shown("### Versions"))
        self.chosen = gr.Radio(
            [], label=shown("Version"), show_label=False, container=False, visible=False, elem_id="models-chosen"
        )
        self.verdict = gr.HTML(NO_VERSION, elem_id="models-verdict")
        with gr.Row():
            self.promote = gr.Button(shown("Use this version"), interactive=False, elem_id="models-promote", scale=0)
            self.rollback = gr.Button(
                shown("Go back to the previous one"),
                visible=False,
                elem_id="models-rollback",
                scale=0,
                min_width=WIDE,
            )
        self.timer = gr.Timer(SECONDS_BETWEEN_LOOKS, active=False)
        self._wire()

    @property
    def parts(self) -> list[gr.blocks.Block]:
        """The components that an update may change."""
        own = [self.status, self.start, self.stop, self.progress, self.timer]
        return [*own, self.chosen, self.verdict, self.promote, self.rollback]

    def _wire(self) -> None:
        only = Operator(self.services.settings).only
        private = {"api_visibility": "private", "show_progress": "hidden"}
        parts = self.parts
        Context.root_block.load(only(self.show), [self.chosen], parts, **private)
        self.looked = self.timer.tick(only(self._look), [self.chosen], parts, **private)
        self.start.click(only(self._start), [self.chosen], parts, **private)
        self.stop.click(only(self._stop), None, [self.stop], **private)
        self.chosen.input(only(self.show), [self.chosen], parts, **private)
        switches = ((self.promote, self._promote), (self.rollback, self._rollback))
        self.switched = [button.click(only(switch), [self.chosen], parts, **private) for button, switch in switches]

    def show(self, chosen: str | None = None) -> Updates:
        """Return the updates that show everything as it is now."""
        versions, current = self.services.versions.all(), self.services.versions.current()
        named = {version.name: version for version in versions}
        version = named.get(chosen or "") or (versions[-1] if versions else None)
        active = current.name if isinstance(current, Version) else None
        choices = [(say("{name}, active", name=name) if name == active else name, name) for name in named]
        may = version is not None and version.is_promotable and version.name != active
        return self._look_at_training() | {
            self.status: status_html(self.services),
            self.chosen: gr.Radio(choices[::-1], value=version.name if version else None, visible=bool(versions)),
            self.verdict: verdict_html(version) if version else NO_VERSION,
            self.promote: gr.Button(interactive=may, visible=bool(versions)),
            self.rollback: gr.Button(visible=current is not None),
        }

    @property
    def goes_on(self) -> bool:
        """Whether a training runs or waits."""
        return self.retraining.progress().state in ("running", "waiting")

    def _look(self, chosen: str | None) -> Updates:
        """Return the training's progress; after its end return everything, with the new version chosen."""
        return self._look_at_training() if self.goes_on else self.show()

    def _look_at_training(self) -> Updates:
        progress = self.retraining.progress()
        goes_on = progress.state in ("running", "waiting")
        share = progress.share if progress.state == "running" else None
        return {
            self.start: gr.Button(interactive=not goes_on),
            self.stop: gr.Button(visible=goes_on, interactive=True),
            self.progress: _progress_html(translated(progress.sentence), share),
            self.timer: gr.Timer(active=goes_on),
        }

    def _start(self, chosen: str | None) -> Updates:
        expectation(len(learnable(self.services.store.records())))  # raises its error before a process starts
        self.retraining.start()
        return self.show(chosen)

    def _stop(self) -> gr.Button:
        self.retraining.stop()
        return gr.Button(interactive=False)

    def _promote(self, chosen: str) -> Updates:
        self.services.versions.promote(chosen)
        return self.show(chosen)

    def _rollback(self, chosen: str | None) -> Updates:
        self.services.versions.rollback()
        return self.show(chosen)


def status_html(services: Services) -> str:
    """Return which model answers, which corrections count for a training, why others do not, and what to expect."""
    store = services.store
    records = list(store.records())
    try:
        outlook = expectation(len(learnable(records)))
    except FeedbackError as error:
        outlook = str(error)
    who = escape(services.classifier.name)
    lines = [
        say("{model} is the active model.", model=f"<b>{who}</b>"),
        *_counts(records, len(since_last_training(store))),
    ]
    if not services.settings.retraining_data:
        lines.append(say(WITHOUT_CORPORA))
    return f"<p>{' '.join(lines)}</p><p>{escape(translated(outlook))}</p>"


def _counts(records: list[Correction], new: int) -> list[str]:
    """Return how many corrected recordings count for a training, and why the others do not, in sentences."""
    saved, allowed, tied = len(recordings(records)), len(trainable(records)), undecided(records)
    if not saved:
        return [say("No correction is saved yet.")]
    told = say(
        "Corrected recordings: {saved}. Usable for a training: {count}, of which {new} are new since the last one.",
        saved=number(saved, ","),
        count=number(allowed - tied, ","),
        new=number(new, ","),
    )
    reasons = {
        "{count} without consent to training": saved - allowed,
        "{count} whose opinions are tied or mixed (another opinion may decide)": tied,
    }
    why = "; ".join(say(text, count=number(count, ",")) for text, count in reasons.items() if count)
    return [told, say("Not counted: {reasons}.", reasons=why)] if why else [told]


def verdict_html(version: Version) -> str:
    """Return the findings of the gate, with their figures."""
    gate = version.manifest["gate"]
    rows = "".join(map(_row, gate["findings"]))
    forced = version.manifest.get("forced")
    notes = [translated(version.verdict)]
    notes += [say("It was promoted anyway: {reason}", reason=forced["reason"])] if forced else []
    notes += map(translated, version.advice)
    notes += [] if version.is_promotable else [say(AGAINST_THE_GATE)]
    heads = map(say, ("UA on", "before", "after", "points", "passed"))
    table = (
        f'<table class="gate"><thead><tr>{"".join(f"<th>{head}</th>" for head in heads)}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    words = "".join(f"<p>{escape(note)}</p>" for note in notes)
    time = f"{version.manifest['created'][:16].replace('T', ' ')} UTC"
    made = say("Made {time}, from {parent}.", time=time, parent=version.manifest["parent"])
    return f'<div role="status">{words}{table}<p>{say(UA)} {escape(made)}{_whole(version)}</p></div>'


def _row(finding: Mapping[str, Any]) -> str:
    difference = finding["difference"]
    counts = say(
        "{count} clips, newly right {right}, newly wrong {wrong}",
        count=finding["count"],
        right=finding["newly_right"],
        wrong=finding["newly_wrong"],
    )
    interval = ""  # there is none for few speakers
    if difference["low"] is not None:
        interval = say("{start} to {end}", start=_points(difference["low"]), end=_points(difference["high"]))
    return (
        f'<tr><th scope="row">{escape(translated(finding["clips"]))}<small>{counts}</small></th>'
        f"<td>{number(finding['old_ua'], '.3f')}</td><td>{number(finding['new_ua'], '.3f')}</td>"
        f"<td>{_points(difference['value'])}<small>{interval}</small></td>"
        f"<td>{say('yes') if finding['passed'] else say('no')}</td></tr>"
    )


def _points(share: float) -> str:
    """Return a difference of shares in percentage points."""
    return number(round(100 * share, 1) + 0.0, ".1f").replace("-", "−")  # never −0.0


def _whole(version: Version) -> str:
    """Return a link that contains the gate's whole report, because the page serves no files of this machine."""
    try:
        page = base64.b64encode((version.folder / "gate" / "gate.html").read_bytes()).decode()
    except OSError:
        return ""
    name = f"gate-{escape(version.name)}.html"
    return f' <a href="data:text/html;base64,{page}" download="{name}">{say("Full report")}</a>'


def _progress_html(words: str, share: float | None) -> str:
    label = say("Training")
    bar = f'<progress max="1" value="{share:.3f}" aria-label="{label}"></progress>' if share is not None else ""
    return f'<div role="status">{bar}<p>{escape(words)}</p></div>' if words else ""
