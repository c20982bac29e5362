"""The rule of urgency, to be read and changed, beside what this desk's own acknowledgements say about it.

Example:
    >>> "Nobody has judged" in figures_html(Measured(0, 0, Share(0, 0), 0.0, 0, None))
    True
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import gradio as gr

from emotion_hf.app.answer import emotion
from emotion_hf.app.desk.moments import moment_html
from emotion_hf.app.operators import Operator
from emotion_hf.app.services import Services
from emotion_hf.app.words import both, number, percent, say, shown
from emotion_hf.desk import Desk, alarms, setup
from emotion_hf.desk.alarms import Measured, Share
from emotion_hf.desk.law import NOT_SAFE
from emotion_hf.desk.rule import MOST_COOL_DOWN_MINUTES, Rule

MOST_WINDOWS = 20
ABOUT = (
    "A call is urgent if enough of a few successive windows (about four seconds each) express the chosen emotions "
    "with enough probability. The stretch goes on until too few windows reach the lower probability (hysteresis). "
    "A change affects later calls only."
)
Updates = dict[gr.blocks.Block, Any]


class RulePanel:
    """The fields of the rule, and the figures.

    Args:
        services: The services of the page.
        desk: The desk.
    """

    def __init__(self, services: Services, desk: Desk):
        self.services, self.desk = services, desk
        with gr.Row():
            with gr.Column(min_width=320, scale=3):
                self._build_rule()
            with gr.Column(min_width=280, scale=2):
                self.figures = gr.HTML(elem_id="desk-figures", js_on_load="")
        self._wire()

    def _build_rule(self) -> None:
        share = {"minimum": 0.05, "maximum": 1.0, "step": 0.05}
        gr.HTML(f"<h3>{both('The rule')}</h3><p>{both(ABOUT)}</p>", js_on_load="")
        self.emotions = gr.CheckboxGroup([], label=shown("Emotions that count"), elem_id="desk-rule-emotions")
        self.least = gr.Slider(label=shown("Minimum probability of a window"), elem_id="desk-rule-least", **share)
        with gr.Row():
            count = {"precision": 0, "minimum": 1, "maximum": MOST_WINDOWS, "min_width": 120}
            self.windows = gr.Number(label=shown("Windows that reach it"), **count)
            self.of_windows = gr.Number(label=shown("Of how many successive windows"), **count)
        self.leave = gr.Slider(label=shown("Lower probability that continues a stretch"), **share)
        self.short = gr.Slider(label=shown("Probability in a call with fewer windows"), **share)
        self.cool_down = gr.Number(
            label=shown("Minutes after an alarm in which the caller raises no other"),
            minimum=0,
            maximum=MOST_COOL_DOWN_MINUTES,
        )
        with gr.Row():
            self.save = gr.Button(shown("Save the rule"), variant="primary", size="md", elem_id="desk-rule-save")
            self.reset = gr.Button(shown("Back to the usual rule"), size="md", elem_id="desk-rule-reset")

    @property
    def fields(self) -> list[gr.blocks.Block]:
        """The fields of the rule, in the order of `Rule`."""
        return [self.emotions, self.least, self.windows, self.of_windows, self.leave, self.short, self.cool_down]

    def show(self) -> Updates:
        """Return the updates that show the rule and the figures."""
        rule, labels = setup.rule(self.desk), self.services.classifier.labels
        values = [
            *(rule.least_confidence, rule.windows, rule.of_windows),
            *(rule.leave_confidence, rule.short_confidence, rule.cool_down_minutes),
        ]
        choices = [(emotion(label), label) for label in dict.fromkeys((*labels, *rule.emotions))]
        return (
            {self.emotions: gr.CheckboxGroup(choices=choices, value=list(rule.emotions))}
            | dict(zip(self.fields[1:], values, strict=True))
            | self.measure()
        )

    def measure(self) -> Updates:
        """Return the update that shows the figures."""
        since = setup.rule_since(self.desk)
        parts = [figures_html(alarms.measured(self.desk, since))] if since else []
        return {self.figures: "".join([*parts, figures_html(alarms.measured(self.desk))])}

    def _wire(self) -> None:
        only = Operator(self.services.settings).only
        options = {"api_visibility": "private", "show_progress": "hidden"}
        parts = [*self.fields, self.figures]
        self.save.click(only(self._save), self.fields, parts, **options)
        self.reset.click(only(self._reset), None, parts, **options)

    def _save(
        self,
        emotions: list[str],
        least: float,
        windows: int,
        of_windows: int,
        leave: float,
        short: float,
        cool_down: float,
    ) -> Updates:
        rule = Rule(tuple(emotions), least, windows, of_windows, leave, short, cool_down)
        rule.check(self.services.classifier.labels)
        return self._keep(rule)

    def _reset(self) -> Updates:
        return self._keep(Rule())

    def _keep(self, rule: Rule) -> Updates:
        setup.set_rule(self.desk, rule)
        gr.Info(say("The rule is saved; it affects the next calls."), title="")
        return self.show()


def figures_html(measured: Measured) -> str:
    """Return the figures with their counts, beside the warning what they do not mean."""
    title = _since(measured.since) if measured.since else say("All calls of this desk")
    rows = {
        say("Precision"): _precision(measured.precision),
        say("Alarms"): _alarms(measured),
        say("False alarms"): _false(measured),
        say("Missed"): say("{count} calls that somebody reported as urgent", count=number(measured.missed, ",")),
    }
    facts = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows.items())
    return (
        f'<div class="desk-measured"><h4>{title}</h4><dl class="desk-facts">{facts}</dl>'
        f'<p class="desk-not-safe">{say(NOT_SAFE)}</p></div>'
    )


def _since(at: datetime) -> str:
    return f"{say('Since the rule was changed,')} {moment_html(at)}"


def _precision(share: Share) -> str:
    if share.value is None:
        return say("Nobody has judged an alarm yet.")
    counts = say("{count} of {of} judged alarms were right", count=number(share.count, ","), of=number(share.of, ","))
    return f"<b>{percent(share.value)}</b> · {counts}"


def _alarms(measured: Measured) -> str:
    counts = say(
        "{count} in {hours} hours of recordings, {open} of them open",
        count=number(measured.alarms, ","),
        hours=number(measured.hours, ",.1f"),
        open=number(measured.open, ","),
    )
    return f"{_rate(measured.alarms_per_hour)} · {counts}"


def _false(measured: Measured) -> str:
    false = measured.precision.of - measured.precision.count
    return f"{_rate(measured.false_alarms_per_hour)} · {say('{count} in all', count=number(false, ','))}"


def _rate(rate: float | None) -> str:
    if rate is None:
        return say("no rate for less than an hour of recordings")
    return f"<b>{say('{rate} per hour', rate=number(rate, '.1f'))}</b>"
