"""Summarise a folder of corrections as text.

Example:
    >>> describe(store.records())  # doctest: +SKIP
    'Annotations   12\\nAnnotators    3\\nRecordings    10\\n…'
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from emotion_hf.corpora.votes import recordings, to_learn
from emotion_hf.feedback.annotations import agreement
from emotion_hf.feedback.record import Correction


def describe(records: Iterable[Correction]) -> str:
    """Return counts by label, model and consent, and the agreement of annotators."""
    records = list(records)
    found = recordings(records)
    annotators = {record.annotator for record in records}
    labels = Counter(record.label for record in records)
    models = Counter(record.model or "none" for record in records)
    model_right = agreement([(record.prediction, record.label) for record in records if record.prediction])
    rows = {
        "Annotations": f"{len(records):,}",
        "Annotators": f"{len(annotators):,}",
        "Recordings": f"{len(found):,}",
        "… disputed": f"{sum(recording.is_disputed for recording in found):,}",
        "… to train on": f"{len(to_learn(records)):,}",
        "Labels": _counts(labels),
        "Models": _counts(models),
        "Consent": f"{sum(record.consent.train for record in records):,} to train, "
        f"{sum(record.consent.publish for record in records):,} to publish",
        "Model right": f"{model_right.same:,} of {model_right.count:,}",
    }
    return "\n".join(f"{name:<13} {value}" for name, value in rows.items())


def to_text(record: Correction) -> str:
    """Return one record as readable text."""
    uses = "+".join(use for use in ("train", "publish") if getattr(record.consent, use))
    parts = (record.id, record.time, f"{record.label:<9}", f"{_answer(record):<24}", uses or "keep", record.annotator)
    return "  ".join(parts).rstrip()


def _answer(record: Correction) -> str:
    if not record.model and record.prediction is None:
        return "no model"
    score = record.scores.get(record.prediction or "")
    said = f"{record.prediction or 'no speech'}{f' {score:.0%}' if score is not None else ''}"
    return f"{record.model or 'a model'}: {said}"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counter.most_common()) or "none"
