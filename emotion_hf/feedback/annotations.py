"""Select opinions on recordings: by content, by disagreement, and by what to review next.

`emotion_hf.corpora.votes` decides what several opinions on one recording teach a model.

Example:
    >>> round(entropy({"happy": 0.5, "sad": 0.5}), 3), entropy({"happy": 1.0, "sad": 0.0}), entropy({})
    (0.693, 0.0, 0.0)
    >>> agreement([("sad", "sad"), ("calm", "calm"), ("sad", "calm"), ("sad", "sad")]).kappa
    0.5
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from emotion_hf.corpora.votes import recordings, trainable
from emotion_hf.feedback.record import Correction

Use = Literal["train", "publish"]


@dataclass(frozen=True)
class Agreement:
    """Agreement of two annotators.

    Attributes:
        count: Number of recordings that both labelled.
        same: Number of recordings on which they agree.
        kappa: Agreement beyond chance (Cohen, 1960); ``None`` if only one label occurs.
    """

    count: int
    same: int
    kappa: float | None


@dataclass(frozen=True)
class Choice:
    """Filter for annotations; a field that is ``None`` or false filters nothing.

    Attributes:
        label: Only annotations with this label.
        model: Only annotations about this model's predictions.
        before: Only annotations before this time.
        after: Only annotations at this time or later.
        use: Only annotations whose consent covers this use.
        annotator: Only annotations by this annotator.
        disputed: Only annotations on recordings about which annotators disagree.
    """

    label: str | None = None
    model: str | None = None
    before: datetime | None = None
    after: datetime | None = None
    use: Use | None = None
    annotator: str | None = None
    disputed: bool = False

    def of(self, records: Sequence[Correction]) -> list[Correction]:
        """Return the ``records`` that match, oldest first; those on one disputed recording are together."""
        if self.disputed:
            disputed = filter(lambda recording: recording.is_disputed, recordings(records))
            records = [annotation for recording in disputed for annotation in recording.annotations]
        return [record for record in records if self._wants(record)]

    def _wants(self, record: Correction) -> bool:
        time = record.said_at
        return (
            self.label in (None, record.label)
            and self.model in (None, record.model)
            and (self.before is None or time < _utc(self.before))
            and (self.after is None or time >= _utc(self.after))
            and (self.use is None or getattr(record.consent, self.use))
            and self.annotator in (None, record.annotator)
        )


def learned_from(records: Iterable[Correction], file_names: Collection[str]) -> list[str]:
    """Return the ids of all records that a training on these files used.

    Args:
        records: All records of the folder.
        file_names: Paths inside the folder, such as ``audio/<id>.flac``, of the clips trained on.
    """
    about = (recording.annotations for recording in trainable(records))
    used = (annotations for annotations in about if any(one.file_name in file_names for one in annotations))
    return [annotation.id for annotations in used for annotation in annotations]


def to_review(records: Iterable[Correction], reviewer: str) -> list[Correction]:
    """Return the first record of each recording that ``reviewer`` has not labelled, the most uncertain first.

    Only recordings with consent to training or publication: for the others, a second opinion serves no purpose that
    their owners agreed to. Recordings without scores come last, because nothing is known about them.
    """
    usable = recordings(record for record in records if record.consent.train or record.consent.publish)
    waiting = [recording.annotations[0] for recording in usable if reviewer not in recording.opinions]
    return sorted(waiting, key=lambda record: -entropy(record.scores))


def entropy(scores: Mapping[str, float]) -> float:
    """Return the entropy of a model's scores in nats: 0 when it is certain, highest when all are equal."""
    return math.fsum(-score * math.log(score) for score in scores.values() if score > 0)


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Compare the labels of two annotators for the same recordings."""
    same = sum(one == other for one, other in pairs)
    if len({label for pair in pairs for label in pair}) < 2:
        return Agreement(len(pairs), same, None)
    from sklearn.metrics import cohen_kappa_score  # takes a second to import

    return Agreement(len(pairs), same, float(cohen_kappa_score(*zip(*pairs, strict=True))))


def agreements(records: Iterable[Correction], reviewer: str) -> tuple[Agreement, Agreement]:
    """Compare ``reviewer`` with the model, and with the first annotator of the same recordings."""
    with_model, with_earlier = [], []
    for recording in recordings(records):
        said, first = recording.opinions.get(reviewer), recording.annotations[0]
        if said is None:
            continue
        if first.prediction is not None:
            with_model.append((said, first.prediction))
        if first.annotator != reviewer:
            with_earlier.append((said, first.label))
    return agreement(with_model), agreement(with_earlier)


def _utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)
