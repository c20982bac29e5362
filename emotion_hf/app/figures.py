"""Show the figures of a model as HTML: accuracy on unseen speakers, recall of each emotion, confusion matrix.

Example:
    >>> figures_html(None)
    '<p class="no-figures">No figures are known: nobody has measured this model here.</p>'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from emotion_hf.app.answer import emotion, with_face
from emotion_hf.app.words import number, percent, say
from emotion_hf.evaluation.mistakes import with_no_speech
from emotion_hf.evaluation.results import Figure, Report

NOTHING = "No figures are known: nobody has measured this model here."
OPTIMISTIC = "Optimistic: the model was trained on some of these speakers."
UA = "UA: the share of each emotion's clips that is recognised, averaged over the emotions."
HEATMAP_FROM = 0.55
"""Share of a row from which the text of its cell is light."""

CSS = """
.figures { display: grid; gap: .75rem 1.5rem; align-items: start; min-width: 0; }
.figures dl { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; margin: 0; }
.figures dl div { min-width: 5rem; }
.figures dt { font-size: .8rem; color: var(--body-text-color-subdued); }
.figures dd { margin: 0; font-size: 1.2rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.figures dd small { display: block; font-size: .75rem; font-weight: 400; color: var(--body-text-color-subdued); }
.figures p, .no-figures { margin: 0; color: var(--body-text-color-subdued); font-size: .9rem; }
.confusion-scroll { overflow-x: auto; contain: inline-size; }
.confusion { border-collapse: collapse; border: 0; font-size: .8rem; font-variant-numeric: tabular-nums; }
.confusion caption { text-align: left; font-weight: 600; padding: .25rem 0; }
.confusion tr, .confusion th, .confusion td { border: 0; }
.confusion th { font-weight: 500; padding: .2rem .35rem; text-align: center; }
.confusion tbody th { text-align: right; white-space: nowrap; }
.confusion td { width: 2.6rem; min-width: 2.2rem; height: 2rem; padding: 0; text-align: center;
  background: color-mix(in srgb, var(--primary-600) calc(var(--share) * 100%), var(--background-fill-secondary)); }
.confusion td.dark-cell { color: #fff; }
@media (max-width: 767px) { .confusion { font-size: .7rem; } .confusion th { padding: .2rem .1rem; }
  .confusion td { width: 1.9rem; min-width: 1.9rem; } }
.recalls { width: 100%; border-collapse: collapse; border: 0; font-size: .9rem; }
.recalls caption { text-align: left; font-weight: 600; padding: .25rem 0; }
.recalls tr, .recalls th, .recalls td { border: 0; }
.recalls th, .recalls td { border-top: 1px solid var(--border-color-primary); padding: .25rem .5rem .25rem 0;
  text-align: left; font-weight: 500; white-space: nowrap; }
.recalls td { font-variant-numeric: tabular-nums; }
.recalls .bar { display: inline-block; vertical-align: middle; width: clamp(2rem, 8vw, 7rem); height: .55rem;
  margin-right: .4rem; border-radius: 999px; background: linear-gradient(var(--primary-600), var(--primary-600))
  no-repeat 0 / calc(var(--score) * 100%) 100% var(--background-fill-secondary);
  box-shadow: inset 0 0 0 1px var(--border-color-primary); }
"""


def figures_html(report: Report | None) -> str:
    """Return the main figures, the recall of each emotion and the confusion matrix of a report."""
    if report is None:
        return f'<p class="no-figures">{say(NOTHING)}</p>'
    return (
        f'<div class="figures">{main_figures_html(report)}{recalls_html({report.model: report})}'
        f"{confusion_html(report)}</div>"
    )


def main_figures_html(report: Report) -> str:
    """Return UA, WA and the other figures over all clips, with what they were measured on."""
    rows = {
        say("UA"): _figure(report.ua),
        say("accuracy"): _figure(report.wa),
        say("macro F1"): _figure(report.macro_f1),
        say("calibration error"): _figure(report.ece),
        say("“not sure”"): percent(report.not_sure),
    }
    cells = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows.items())
    return f"<dl>{cells}</dl><p>{measured_on(report)} {say(UA)}</p>"


def measured_on(report: Report) -> str:
    """Return the clips of a report, and whether it is optimistic."""
    one = report.speakers == 1
    words = (
        say("{clips} clips of one speaker, {split}.") if one else say("{clips} clips of {speakers} speakers, {split}.")
    )
    what = words.format(clips=number(report.clips, ","), speakers=report.speakers or "?", split=escape(report.split))
    return f"{what} {say(OPTIMISTIC)}" if report.optimistic else what


def recalls_html(reports: Mapping[str, Report]) -> str:
    """Return a table of the recall of each emotion, with a column for each model."""
    labels = list(dict.fromkeys(label for report in reports.values() for label in report.recalls))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in reports)
    rows = "".join(
        f'<tr><th scope="row">{with_face(label)}</th>'
        f"{''.join(_recall(report, label) for report in reports.values())}</tr>"
        for label in labels
    )
    head = f'<thead><tr><th scope="col">{say("Emotion")}</th>{head}</tr></thead>' if len(reports) > 1 else ""
    caption = say("Recall of each emotion")
    return f'<table class="recalls"><caption>{caption}</caption>{head}<tbody>{rows}</tbody></table>'


def confusion_html(report: Report) -> str:
    """Return the confusion matrix: a row for each true emotion, a column for each prediction."""
    names, counts = with_no_speech(report)
    columns = [*map(emotion, names)]
    head = "".join(f'<th scope="col" title="{escape(name)}">{escape(name)}</th>' for name in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(emotion(label))}</th>{_cells(row)}</tr>'
        for label, row in zip(report.labels, counts.tolist(), strict=True)
    )
    caption = say("Confusion matrix of {model}: rows are true, columns predicted", model=report.model)
    return (
        f'<div class="confusion-scroll"><table class="confusion"><caption>{escape(caption)}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(row: Sequence[int]) -> str:
    total = max(sum(row), 1)
    return "".join(
        f'<td style="--share:{count / total:.3f}"{" class=dark-cell" if count / total > HEATMAP_FROM else ""}>'
        f"{count or ''}</td>"
        for count in row
    )


def _recall(report: Report, label: str) -> str:
    if label not in report.recalls:
        return "<td>–</td>"
    value = report.recalls[label]
    return f'<td><span class="bar" style="--score:{value:.3f}" aria-hidden="true"></span>{percent(value)}</td>'


def _figure(figure: Figure) -> str:
    value = number(figure.value, ".3f")
    if figure.low is None or figure.high is None:
        return value
    low, high = number(figure.low, ".3f"), number(figure.high, ".3f")
    return f"{value}<small>{say('{start} to {end}', start=low, end=high)}</small>"
