"""The tables of a report, as text: figures, emotions, confusions, groups, robustness, other corpora, mistakes, cost.

Example:
    >>> classes_table(report).rows[0]  # doctest: +SKIP
    ('neutral', '0.455', '0.625', '0.526', '16')
"""

from __future__ import annotations

from emotion_hf.evaluation.document import Table, rows
from emotion_hf.evaluation.metrics import FEWEST_SPEAKERS
from emotion_hf.evaluation.mistakes import frequent_confusions, said_of, with_no_speech, worst_clips
from emotion_hf.evaluation.results import FIGURES, Cost, Figure, Report, Training
from emotion_hf.evaluation.wording import in_brackets, interval, interval_in_points, points, too_few

KINDS = ("precision", "recall", "f1")
INTENSITY = (
    "Intensity: area under the ROC curve. It is the probability that a clip of strong emotion scores higher than one "
    "of mild emotion; 0.5 is chance."
)


def figures_table(report: Report) -> Table:
    """Return UA, WA, macro-F1, ECE and, if known, the AUC of intensity with intervals; NLL and Brier."""
    figures = {title: getattr(report, name) for name, title in FIGURES.items()}
    if report.intensity_auc:
        figures["intensity"] = report.intensity_auc
    notes = (too_few(report), INTENSITY if report.intensity_auc else "")
    return Table(
        "" if too_few(report) else "With intervals from resampling speakers",
        ("figure", "value", "95 % interval"),
        rows(
            *((title, f"{one.value:.3f}", interval(one)) for title, one in figures.items()),
            ("NLL", f"{report.nll:.3f}", ""),
            ("Brier", f"{report.brier:.3f}", ""),
        ),
        strips=(*figures.values(), None, None),
        note=" ".join(filter(None, notes)),
    )


def classes_table(report: Report) -> Table:
    """Return the classification report: precision, recall, F1 and clips of each emotion, macro and weighted."""
    trained = report.training.clips_by_emotion if report.training else None
    lines: list[tuple[object, ...]] = []
    for label, row in report.classes.items():
        lines.append((label, *(f"{row[kind]:.3f}" for kind in KINDS), row["clips"]))
    lines += [
        (f"{kind} average", *(f"{row[name]:.3f}" for name in KINDS), report.clips)
        for kind, row in report.averages.items()
    ]
    head: tuple[str, ...] = ("emotion", "precision", "recall", "F1", "clips")
    if trained is not None:
        head += ("trained on",)
        of_labels = [trained.get(label, 0) for label in report.classes]
        lines = [(*line, count) for line, count in zip(lines, [*of_labels, *[sum(of_labels)] * 2], strict=True)]
    absent = [label for label, row in report.classes.items() if not row["clips"]]
    note = f"No clip is {', '.join(absent)}: counted as 0 in the macro average, left out of UA." if absent else ""
    bars = [Figure(row["recall"], 0.0, row["recall"]) if row["clips"] else None for row in report.classes.values()]
    return Table(
        "Classification report and class distribution",
        head,
        rows(*lines),
        (*bars, None, None),
        drawn="recall",
        note=note,
    )


def confusion_table(report: Report) -> Table:
    """Return the confusion matrix, with a column for "no speech" if there was any."""
    columns, counts = with_no_speech(report)
    head = ("true", *columns)
    shades = tuple(tuple(count / max(sum(row), 1) for count in row) for row in counts.tolist())
    lines = [(label, *row) for label, row in zip(report.labels, counts, strict=True)]
    return Table(
        "Confusion matrix: rows true, columns predicted",
        head,
        rows(*lines),
        shades=shades,
    )


def confusions_table(report: Report) -> Table:
    """Return the most frequent confusions."""
    lines = [
        (one.truth, one.answer, f"{one.clips} of {one.of}", f"{one.clips / one.of:.0%}")
        for one in frequent_confusions(report)
    ]
    return Table("The most frequent mistakes", ("emotion", "predicted as", "clips", "share"), rows(*lines))


def group_tables(report: Report) -> tuple[Table, ...]:
    """Return one table for each group with known values."""
    return tuple(_group_table(name, table) for name, table in report.groups.items() if set(table) != {"unknown"})


def _group_table(name: str, table: dict) -> Table:
    strips = [Figure(row["ua"], *row.get("ua_interval", ())) for row in table.values()]
    intervals = [interval(strip) for strip in strips]
    lines = [
        (value, row["clips"], f"{row['ua']:.3f}", f"{row['wa']:.3f}", *([between] if any(intervals) else []))
        for (value, row), between in zip(table.items(), intervals, strict=True)
    ]
    head = (name, "clips", "UA", "WA", *(["95 % interval of UA"] if any(intervals) else []))
    return Table(f"By {name}", head, rows(*lines), tuple(strips))


def robustness_table(report: Report) -> Table:
    """Return UA and loss of each condition; the strips show UA with the interval of the loss."""
    found, clean = report.robustness, report.ua.value
    conditions = found.conditions if found else ()
    known = any(one.loss.low is not None for one in conditions)
    lines = [
        (
            one.name,
            f"{one.ua:.3f}",
            points(one.loss.value),
            *([interval_in_points(one.loss)] if known else []),
            one.no_speech,
        )
        for one in conditions
    ]
    strips = [Figure(one.ua, *_after(clean, one.loss)) for one in conditions]
    return Table(
        "The same clips, changed",
        ("clips", "UA", "points lost", *(["95 % interval"] if known else []), "no speech"),
        rows(("as recorded", f"{clean:.3f}", "", *([""] if known else []), report.no_speech), *lines),
        (Figure(clean), *strips),
    )


def _after(clean: float, loss: Figure) -> tuple[float, ...]:
    """Return the interval of UA after a loss; empty if the loss has none."""
    if loss.low is None or loss.high is None:
        return ()
    return max(clean - loss.high, 0.0), min(clean - loss.low, 1.0)


def cross_table(report: Report) -> Table:
    """Return the other corpora, one per column."""
    trained_on = {None: "not known", False: "no", True: "yes"}
    corpora = report.cross_corpora
    lines = (
        ("clips", *(one.clips for one in corpora)),
        ("speakers", *(one.speakers or "unknown" for one in corpora)),
        ("UA, any label", *(f"{one.ua.value:.3f}{in_brackets(one.ua)}" for one in corpora)),
        ("UA, shared labels", *(f"{one.ua_shared.value:.3f}{in_brackets(one.ua_shared)}" for one in corpora)),
        ("shared labels", *(len(one.shared) for one in corpora)),
        ("chance", *(f"{1 / len(one.shared):.3f}" for one in corpora)),
        ("most frequent prediction", *(f"{one.most_label} {one.most_share:.0%}" for one in corpora)),
        ("in the training data", *(trained_on[one.trained_on] for one in corpora)),
    )
    head = ("what", *(one.corpus for one in corpora))
    known = any(one.ua.low is not None for one in corpora)
    intervals = f", with 95 % intervals for at least {FEWEST_SPEAKERS} speakers" if known else ""
    return Table(f"On the labels that both corpus and model have{intervals}", head, rows(*lines))


def worst_table(report: Report) -> Table:
    """Return the clips without a prediction, and those with the most confident wrong predictions."""
    lines = []
    for number, row in enumerate(worst_clips(report), start=1):
        one = report.predictions[row]
        scores = one["scores"]
        shares = [f"{scores[label]:.0%}" if label in scores else "" for label in (one["label"], one["truth"])]
        lines.append((number, one["truth"], said_of(one), *shares, one["speaker"] or "unknown", one["file"]))
    head = ("clip", "emotion", "predicted", "confidence", "score of the emotion", "speaker", "file")
    return Table("Clips without a prediction, then the most confident wrong predictions", head, rows(*lines))


def cost_table(cost: Cost | None, training: Training | None) -> Table:
    """Return parameters, size, time of a prediction and of the training, as far as known."""
    lines: list[tuple[str, str]] = []
    if cost:
        lines += [("parameters", count(cost.parameters)), ("weights", f"{cost.megabytes:.1f} MB")]
    if cost and cost.ms_per_clip is not None:
        lines += [
            ("prediction for one clip", f"median {cost.ms_per_clip:.1f} ms, for clips of {cost.clip_seconds:.1f} s"),
            ("of which speech detection", f"{cost.ms_for_speech:.1f} ms"),
            ("timed on", cost.machine),
        ]
    if training:
        lines += [("training", f"{duration(training.seconds)} on {training.machine}")]
    return Table("Cost", ("what", "how much"), rows(*lines))


def count(parameters: int | None) -> str:
    """Return a large number with its digits in groups of three."""
    return "not counted" if parameters is None else f"{parameters:,}".replace(",", " ")


def duration(seconds: float) -> str:
    """Return a duration in a readable unit."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
