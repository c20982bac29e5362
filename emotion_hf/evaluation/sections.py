"""Turn a Report into the document that people read, section by section.

Example:
    >>> [section.title for section in report_document(report).sections][:2]  # doctest: +SKIP
    ['How it was measured', 'All figures']
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emotion_hf.evaluation import plots, tables, wording
from emotion_hf.evaluation.comparison import SIGNIFICANCE
from emotion_hf.evaluation.document import Document, Drawing, Section, Sound, Table, Tile, rows
from emotion_hf.evaluation.evaluate import UNREADABLE
from emotion_hf.evaluation.metrics import FEWEST_SPEAKERS
from emotion_hf.evaluation.mistakes import MAX_SECONDS, said_of, sound_source, worst_clips
from emotion_hf.evaluation.results import FIGURES, Report

OF_THE_LOSS = (
    "Its interval comes from resampling the speakers for both, so a loss whose interval contains 0 may be chance. "
)


def report_document(report: Report, history: Sequence[dict] = (), recordings: Sequence[Path | None] = ()) -> Document:
    """Return the whole document of a report.

    Args:
        report: The report.
        history: Trainer's log, for the learning curves.
        recordings: Files of the clips in `report.predictions`, which let the page play the worst mistakes.
    """
    sections = (
        Section("How it was measured", wording.protocol(report)),
        Section("All figures", tables=(tables.figures_table(report),)),
        _emotions(report),
        _confusions(report),
        _sureness(report),
        Section("Groups", (_of_groups(report),), tables=tables.group_tables(report)),
        _robustness(report),
        _cross_corpora(report),
        _mistakes(report, recordings),
        _against(report),
        _making(report, history),
        Section("What the figures mean", tables=(Table("", ("figure", "meaning"), rows(*wording.GLOSSARY)),)),
    )
    return Document(
        title=f"{report.model} on {report.split}",
        subtitle=f"{wording.clips(report)}.",
        warnings=wording.warnings(report),
        lead=(wording.lead(report),),
        tiles=tuple(_tile(report, name) for name in FIGURES),
        sections=tuple(one for one in sections if one.paragraphs or one.tables or one.drawings),
    )


def _tile(report: Report, name: str) -> Tile:
    figure = getattr(report, name)
    return Tile(FIGURES[name], f"{figure.value:.3f}", wording.interval(figure), figure)


def _emotions(report: Report) -> Section:
    bars = Drawing("recall", "Recall of each emotion", lambda: plots.recall_picture(report), in_page=False)
    return Section("Each emotion", tables=(tables.classes_table(report),) if report.classes else (), drawings=(bars,))


def _confusions(report: Report) -> Section:
    matrix = Drawing("confusion", "Confusion matrix", lambda: plots.confusion_picture(report), in_page=False)
    frequent = tables.confusions_table(report)
    return Section(
        "Confusions",
        tables=(tables.confusion_table(report), *([frequent] if frequent.rows else [])),
        drawings=(matrix,),
    )


def _sureness(report: Report) -> Section:
    said = (
        f"When its confidence is 70 %, it should be right 7 times out of 10. ECE {report.ece.value:.3f}"
        f"{wording.in_brackets(report.ece)}, NLL {report.nll:.3f}, Brier {report.brier:.3f}."
    )
    curve = Drawing(
        "calibration", "Accuracy against confidence, by bins of confidence", lambda: plots.calibration_picture(report)
    )
    return Section("Confidence", (said, wording.sureness(report)), drawings=(curve,))


def _of_groups(report: Report) -> str:
    said = (
        "UA is the mean over the emotions that occur in the group. Groups of fewer than "
        f"{FEWEST_SPEAKERS} speakers have no interval."
    )
    speakers = {name: row["ua"] for name, row in report.groups.get("speaker", {}).items() if name != "unknown"}
    if len(speakers) > 1:
        low, high = min(speakers, key=speakers.__getitem__), max(speakers, key=speakers.__getitem__)
        said += f" By speaker, UA ranges from {speakers[low]:.3f} ({low}) to {speakers[high]:.3f} ({high})."
    return said


def _robustness(report: Report) -> Section:
    found = report.robustness
    if found is None:
        return Section("Noise, telephone, codecs, level")
    said = [
        "Results on changed copies of the same clips. A loss is in points of UA. "
        + (OF_THE_LOSS if report.ua.low is not None else "")
        + "The decibels of noise are the "
        "ratio of the power of speech to that of noise over the whole clip. Silence is added before a clip, and cut "
        "only before its first speech."
    ]
    if found.noise_recordings:
        said.append(f"The real noise is drawn from {found.noise_recordings} recordings.")
    if found.noise_trained_on:
        said.append(
            f"{found.noise_trained_on} of them are named like noise in the training data: the loss may be too small."
        )
    return Section("Noise, telephone, codecs, level", tuple(said), (tables.robustness_table(report),))


def _cross_corpora(report: Report) -> Section:
    if not report.cross_corpora:
        return Section("Other corpora")
    said = (
        "Clips whose emotion is a label of the model. First all labels of the model are allowed, then only those that "
        "occur in the corpus. Chance is the UA of always predicting the same shared label. The most frequent "
        "prediction is the one with the largest share."
    )
    return Section("Other corpora", (said,), (tables.cross_table(report),))


def _mistakes(report: Report, recordings: Sequence[Path | None]) -> Section:
    worst = worst_clips(report)
    if not worst:
        return Section("The worst mistakes")
    said = "The clips with the most confident wrong predictions."
    if any(report.predictions[row]["label"] is None for row in worst):
        said = "First clips in which the model finds no speech, or that cannot be read; they count as wrong. "
        said += "Then those with the most confident wrong predictions."
    sounds = []
    for number, row in enumerate(worst, start=1):
        recording, one = recordings[row] if recordings else None, report.predictions[row]
        if recording is not None and one["verdict"] != UNREADABLE:
            sounds.append(Sound(f"{number}: {one['truth']}, predicted as {said_of(one)}", sound_source(recording)))
    if sounds:
        said += (
            f" At most {MAX_SECONDS:g} s of each, at the same level. These are people's voices: share them with care."
        )
    return Section("The worst mistakes", (said,), (tables.worst_table(report),), sounds=tuple(sounds))


def _against(report: Report) -> Section:
    test = report.against
    if test is None:
        return Section("Compared with another model")
    said = wording.verdict(test, better=test.p is not None and test.p < SIGNIFICANCE)
    return Section(f"Compared with {test.second}", (f"{said} {wording.details(test, test.p)}",))


def _making(report: Report, history: Sequence[dict]) -> Section:
    cost = tables.cost_table(report.cost, report.training)
    curves = Drawing(
        "curves", "Training loss, validation loss and validation UA", lambda: plots.curves_picture(history)
    )
    drawn = any("loss" in entry for entry in history)
    return Section("Training and cost", (), (cost,) if cost.rows else (), (curves,) if drawn else ())
