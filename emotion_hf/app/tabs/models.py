"""The tab "Models": retrain on corrections, compare two versions on a recording, switch versions, and roll back.

Example:
    >>> with gr.Blocks():  # doctest: +SKIP
    ...     Models(services)
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from typing import Any

import gradio as gr
from gradio.context import Context

from emotion_hf.app.answer import answer_html, problem_html
from emotion_hf.app.edge import sentence
from emotion_hf.app.operators import Operator
from emotion_hf.app.retraining import Retraining, learnable, since_last_training
from emotion_hf.app.services import MODEL_CALLS, Services, load_model
from emotion_hf.app.theme import voice_input
from emotion_hf.app.words import both, number, say, shown, translated
from emotion_hf.corpora.votes import undecided, unused
from emotion_hf.errors import FeedbackError
from emotion_hf.evaluation.gate import expectation
from emotion_hf.prediction import Classifier
from emotion_hf.versions import Chosen, Version

SECONDS_BETWEEN_LOOKS = 2
WIDE = 260  # pixels, so that a button's words stay on one line
WIDE_CARD = 300  # pixels, of a prediction
NO_VERSION = f"<p>{both('There is no version yet. Retraining creates one; the active model stays as it is.')}</p>"
AGAINST_THE_GATE = "To use it anyway, give a reason on the command line: emotion-hf models promote --force."
UA = "UA: the share of each emotion's clips that is recognised, averaged over the emotions, and its 95 % interval."
UNDECIDED = "1 recording is not used for training: the opinions are tied or mixed. Another opinion may decide."
SEVERAL_UNDECIDED = (
    "{count} recordings are not used for training: the opinions are tied or mixed. Another opinion may decide."
)
WITHOUT_CORPORA = "EMOTION_HF_RETRAINING_DATA does not name the original corpora, so no new version can be promoted."
BEFORE_AFTER = """### Before and after
Record something or choose a file. The active model and the chosen version both analyse this recording. If the chosen
version is already active, it is compared with the previous one. The recording is not saved.
"""

Updates = dict[gr.blocks.Block, object]


class Models:
    """The active model, retraining, and switching between versions; for the operator."""

    title = "Models"

    def __init__(self, services: Services):
        self.services = services
        self.retraining = Retraining(services.settings, services.jobs)
        with gr.Column(elem_id="models"):
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
                self.promote = gr.Button(
                    shown("Use this version"), interactive=False, elem_id="models-promote", scale=0
                )
                self.rollback = gr.Button(
                    shown("Go back to the previous one"),
                    visible=False,
                    elem_id="models-rollback",
                    scale=0,
                    min_width=WIDE,
                )
            with gr.Column(visible=False) as self.comparison:
                gr.Markdown(shown(BEFORE_AFTER))
                self.recording = voice_input()
                with gr.Row():
                    with gr.Column(min_width=WIDE_CARD):  # one below the other on a phone
                        self.before = gr.HTML(elem_id="models-before")
                    with gr.Column(min_width=WIDE_CARD):
                        self.after = gr.HTML(elem_id="models-after")
        self.timer = gr.Timer(SECONDS_BETWEEN_LOOKS, active=False)
        self._wire()

    def _wire(self) -> None:
        only = Operator(self.services.settings).only
        private = {"api_visibility": "private", "show_progress": "hidden"}
        parts = [self.status, self.start, self.stop, self.progress, self.timer]
        parts += [self.chosen, self.verdict, self.promote, self.rollback, self.comparison]
        Context.root_block.load(only(self._show), [self.chosen], parts, **private)
        self.timer.tick(only(self._look), [self.chosen], parts, **private)
        self.start.click(only(self._start), [self.chosen], parts, **private)
        self.stop.click(only(self._stop), None, [self.stop], **private)
        self.chosen.input(only(self._show), [self.chosen], parts, **private)
        self.promote.click(only(self._promote), [self.chosen], parts, **private)
        self.rollback.click(only(self._rollback), [self.chosen], parts, **private)
        compare = [self.recording, self.chosen], [self.before, self.after]
        self.recording.change(only(self._compare), *compare, api_visibility="private", **MODEL_CALLS)
        self.chosen.input(only(self._compare), *compare, api_visibility="private", **MODEL_CALLS)

    def _show(self, chosen: str | None = None) -> Updates:
        """Return the updates that show everything as it is now."""
        versions, current = self.services.versions.all(), self.services.versions.current()
        named = {version.name: version for version in versions}
        version = named.get(chosen or "") or (versions[-1] if versions else None)
        answers = current is not None and version is not None and version.name == current.name
        active = current.name if current else None
        choices = [(say("{name}, active", name=name) if name == active else name, name) for name in named]
        may = version is not None and version.is_promotable and not answers
        return self._look_at_training() | {
            self.status: self._status(),
            self.chosen: gr.Radio(choices[::-1], value=version.name if version else None, visible=bool(versions)),
            self.verdict: verdict_html(version) if version else NO_VERSION,
            self.promote: gr.Button(interactive=may, visible=bool(versions)),
            self.rollback: gr.Button(visible=current is not None),
            self.comparison: gr.Column(visible=bool(versions)),
        }

    def _look(self, chosen: str | None) -> Updates:
        """Return the training's progress; after its end return everything, with the new version chosen."""
        running = self.retraining.progress().state == "running"
        return self._look_at_training() if running else self._show()

    def _look_at_training(self) -> Updates:
        progress = self.retraining.progress()
        running = progress.state == "running"
        return {
            self.start: gr.Button(interactive=not running),
            self.stop: gr.Button(visible=running, interactive=True),
            self.progress: _progress_html(translated(progress.sentence), progress.share if running else None),
            self.timer: gr.Timer(active=running),
        }

    def _start(self, chosen: str | None) -> Updates:
        records = list(self.services.store.records())
        expectation(len(learnable(records)), unused(records))  # raises its error before a process starts
        self.retraining.start()
        return self._show(chosen)

    def _stop(self) -> gr.Button:
        self.retraining.stop()
        return gr.Button(interactive=False)

    def _promote(self, chosen: str) -> Updates:
        self.services.versions.promote(chosen)
        return self._show(chosen)

    def _rollback(self, chosen: str | None) -> Updates:
        self.services.versions.rollback()
        return self._show(chosen)

    def _compare(self, path: str | None, chosen: str | None) -> tuple[str, str]:
        if path is None or not chosen:
            return "", ""
        try:
            before, after = self.services.compare(path, self._pair(chosen))
        except Exception as error:  # noqa: BLE001 - the app's edge: the card shows the error instead
            return problem_html(sentence(error)), ""
        return (
            f"<h4>{say('Before')}</h4>{answer_html(before.prediction)}",
            f"<h4>{say('After')}</h4>{answer_html(after.prediction)}",
        )

    def _pair(self, chosen: str) -> tuple[Classifier, Classifier]:
        """Return the active model and the chosen version, or the previous version and the active one."""
        versions, answering = self.services.versions, self.services.classifier
        current, version = versions.current(), versions.find(chosen)
        if current is None or current.name != chosen:
            return answering, self._load(version)
        return self._load(versions.before()), answering

    def _load(self, version: Version | None) -> Classifier:
        if version is None:
            return load_model(self.services.settings, Chosen(self.services.settings.model))
        version.check()
        return load_model(self.services.settings, Chosen(str(version.folder)))

    def _status(self) -> str:
        store = self.services.store
        records = list(store.records())
        new, all_, open_ = len(since_last_training(store)), len(learnable(records)), undecided(records)
        try:
            outlook = expectation(all_, unused(records))
        except FeedbackError as error:
            outlook = str(error)
        who = escape(self.services.classifier.name)
        lines = [say("{model} is the active model.", model=f"<b>{who}</b>")]
        lines.append(
            say("1 correction since the last training.")
            if new == 1
            else say("{count} corrections since the last training.", count=number(new, ","))
        )
        if open_:
            lines += [say(UNDECIDED) if open_ == 1 else say(SEVERAL_UNDECIDED, count=number(open_, ","))]
        if not self.services.settings.retraining_data:
            lines.append(say(WITHOUT_CORPORA))
        return f"<h2>{say('The model')}</h2><p>{' '.join(lines)}</p><p>{escape(translated(outlook))}</p>"


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
