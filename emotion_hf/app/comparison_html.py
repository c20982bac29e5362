"""Show models side by side: what they are, their figures, recalls and confusion matrices, their answers to one clip.

Example:
    >>> answers_html({})
    ''
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape

from emotion_hf.app.answer import answer_html, problem_html
from emotion_hf.app.catalogue import Model
from emotion_hf.app.figures import NOTHING, UA, confusion_html, measured_on, recalls_html
from emotion_hf.app.words import number, percent, say
from emotion_hf.evaluation.results import Figure, Report
from emotion_hf.labels import LABELS, canonical
from emotion_hf.prediction import Prediction

CSS = """
.sides { display: grid; gap: 1rem; align-items: start; min-width: 0;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 280px), 1fr)); }
.sides > * { min-width: 0; }
.side-table { overflow-x: auto; contain: inline-size; }
.side-table table { width: 100%; border-collapse: collapse; border: 0; font-size: .95rem; }
.side-table caption { text-align: left; font-weight: 600; padding: .25rem 0; }
.side-table tr, .side-table th, .side-table td { border: 0; }
.side-table th, .side-table td { border-top: 1px solid var(--border-color-primary); padding: .35rem .75rem .35rem 0;
  text-align: left; vertical-align: top; }
.side-table thead th { border-top: 0; overflow-wrap: anywhere; }
.side-table tbody th { font-weight: 500; color: var(--body-text-color-subdued); white-space: nowrap; }
.side-table td { font-variant-numeric: tabular-nums; }
.side-table small { display: block; color: var(--body-text-color-subdued); }
#models h3 { margin: .5rem 0; }
#models .card { max-height: 22rem; overflow: auto; margin: 0; padding: .5rem; font-size: .85rem;
  white-space: pre-wrap; overflow-wrap: anywhere; background: var(--background-fill-secondary);
  border-radius: var(--radius-sm); }
"""


def sides_html(models: Sequence[Model], reports: Mapping[str, Report], active: str) -> str:
    """Return the facts and figures of models, a column for each.

    Args:
        models: The models.
        reports: Key of a model → its report, where it is known.
        active: Key of the active model.
    """
    if not models:
        return ""
    known = {model.name: reports[model.key] for model in models if model.key in reports}
    splits = {(report.split, report.clips) for report in known.values()}
    note = say("These figures are about different clips, so they cannot be compared directly.")
    warning = f"<p>{note}</p>" if len(splits) > 1 else ""
    matrices = "".join(confusion_html(replace(report, model=name)) for name, report in known.items())
    recalls = recalls_html(known) if known else ""
    return (
        f'<div role="status">{_facts(models, reports, active)}{warning}'
        f'<div class="side-table">{recalls}</div><div class="sides">{matrices}</div></div>'
    )


def answers_html(answers: Mapping[str, Prediction | str]) -> str:
    """Return the answers of models to the same recording, side by side; a text says in HTML why there is none."""
    cards = "".join(
        f"<div><h4>{escape(name)}</h4>"
        f"{answer_html(answer) if isinstance(answer, Prediction) else problem_html(answer)}</div>"
        for name, answer in answers.items()
    )
    return f'<div class="sides">{cards}</div>' if cards else ""


def labels_html(model: Model) -> str:
    """Return a table of the labels of somebody else's model and what each will mean; empty if all are known."""
    if not model.foreign_labels and not model.labels:
        return ""
    meaning = dict(model.labels)
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th><td>{escape(_meaning(meaning.get(label, label)))}</td></tr>'
        for label in model.own_labels
    )
    caption = say("Labels of {model} and their meaning here", model=model.name)
    return (
        f'<div class="side-table"><table><caption>{escape(caption)}</caption><thead><tr><th scope="col">'
        f'{say("its label")}</th><th scope="col">{say("means")}</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def card_html(model: Model) -> str:
    """Return the card of a model as plain text: a card can name pictures on other sites, which are not loaded."""
    return f'<pre class="card" tabindex="0">{escape(model.card)}</pre>' if model.card else ""


def _meaning(label: str) -> str:
    known = canonical(label)
    return say(known) if known in LABELS else say("{label}, as it is", label=label)


def _facts(models: Sequence[Model], reports: Mapping[str, Report], active: str) -> str:
    rows = {
        say("where from"): [say(model.kind) for model in models],
        say("answers now"): [say("yes") if model.key == active else say("no") for model in models],
        say("emotions"): [escape(", ".join(_labels(model))) or "–" for model in models],
        say("parameters"): [number(count, ",") if (count := model.parameters) else "–" for model in models],
        say("trained on"): [escape(_trained_on(model)) or "–" for model in models],
        say("UA"): [_figure(reports, model, "ua") for model in models],
        say("accuracy"): [_figure(reports, model, "wa") for model in models],
        say("macro F1"): [_figure(reports, model, "macro_f1") for model in models],
        say("calibration error"): [_figure(reports, model, "ece") for model in models],
        say("“not sure”"): [percent(reports[one.key].not_sure) if one.key in reports else "–" for one in models],
        say("measured on"): [_measured_on(reports.get(model.key)) for model in models],
    }
    head = "".join(f'<th scope="col">{escape(model.name)}</th>' for model in models)
    body = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for name, cells in rows.items()
    )
    table = f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="side-table">{table}</div><p>{say(UA)}</p>'


def _labels(model: Model) -> list[str]:
    meaning = dict(model.labels)
    return [say(canonical(meaning.get(label, label))) for label in model.own_labels]


def _trained_on(model: Model) -> str:
    run = model.run
    if run is None:
        return ""
    clips = say("{count} clips", count=number(run.data["train"].clips, ","))
    return f"{', '.join(run.corpora)}: {clips}"


def _figure(reports: Mapping[str, Report], model: Model, name: str) -> str:
    if model.key not in reports:
        return "–"
    figure: Figure = getattr(reports[model.key], name)
    if figure.low is None or figure.high is None:
        return number(figure.value, ".3f")
    low, high = number(figure.low, ".3f"), number(figure.high, ".3f")
    return f"{number(figure.value, '.3f')}<small>{say('{start} to {end}', start=low, end=high)}</small>"


def _measured_on(report: Report | None) -> str:
    return say(NOTHING) if report is None else measured_on(report)
