"""What one person said about one recording, and how it stands in a line of JSON.

The id is a secret of the person who corrected, for it is the key to deletion: leave it out of anything published.

Example:
    >>> correction = Correction.of(prediction, id=new_id(), label="sad", consent=Consent(store=True))
    ... # doctest: +SKIP
    >>> correction.file_name  # doctest: +SKIP
    'audio/0b8f1c0e6a3d4c47a7f1e1c1b1a9d2f3.flac'
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime

from emotion_hf.errors import FeedbackError
from emotion_hf.prediction import Prediction

ID_PATTERN = re.compile(r"[0-9a-f]{32}")
PUBLIC_LICENCE = "CC BY 4.0"
"""Under which corrections are published; named wherever somebody is asked to agree to that."""


@dataclass(frozen=True)
class Consent:
    """What a person allows to happen with a recording; each is asked for on its own.

    Attributes:
        store: Keep the recording and the correction; without it nothing is kept.
        train: Use them to train models.
        publish: Publish them in an open data set, under `PUBLIC_LICENCE`.
    """

    store: bool = False
    train: bool = False
    publish: bool = False


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Correction:
    """What one person said about one answer.

    Attributes:
        id: 32 hexadecimal digits that nobody can guess.
        label: The emotion that the person hears, or ``mixed``.
        prediction: The label that the model gave; ``None`` when it heard no speech, or was not asked.
        scores: The model's probability of each label.
        model: Name of the model; empty when none was asked.
        consent: What may happen with the recording.
        time: When it was said: ISO 8601, UTC.
        annotator: Who said it: a random token of a browser's session, a name given on purpose, or empty.
        session: Random token of the sitting that the recording comes from, or empty; one voice, as a rule.
        speaker: Whose voice it is, where that was told.
        content: SHA-256 of the kept samples: equal for equal recordings.
        review_of: Id of the record whose recording this is another opinion on; empty for a record of its own.
    """

    id: str
    label: str
    prediction: str | None
    scores: Mapping[str, float]
    model: str
    consent: Consent
    time: str = field(default_factory=_now)
    annotator: str = ""
    session: str = ""
    speaker: str = ""
    content: str = ""
    review_of: str = ""

    @classmethod
    def of(
        cls,
        prediction: Prediction,
        *,
        id: str,
        label: str,
        consent: Consent,
        annotator: str = "",
        session: str = "",
        speaker: str = "",
    ) -> Correction:
        """Return the correction of ``prediction`` to ``label``."""
        scores, model = dict(prediction.scores), prediction.model
        who = {"annotator": annotator, "session": session, "speaker": speaker}
        return cls(id, label, prediction.label, scores, model, consent, **who)

    def reviewed(self, *, label: str, annotator: str) -> Correction:
        """Return another opinion on the same recording; what may happen with it stays as its owner said."""
        owner = self.review_of or self.id
        return replace(self, id=new_id(), label=label, annotator=annotator, time=_now(), review_of=owner)

    @property
    def file_name(self) -> str:
        """The recording's path inside the folder."""
        return f"audio/{self.review_of or self.id}.flac"


def new_id() -> str:
    """Return a fresh id of 32 hexadecimal digits (a random UUID)."""
    return uuid.uuid4().hex


def check_id(id: str) -> str:
    """Return ``id`` if it has the form of one.

    Raises:
        FeedbackError: It has not.
    """
    if not ID_PATTERN.fullmatch(id):
        raise FeedbackError("This is not a record's number; it has 32 digits and letters from a to f.")
    return id


def to_line(correction: Correction) -> bytes:
    """Return ``correction`` as one line of ``metadata.jsonl``."""
    row = {"file_name": correction.file_name} | asdict(correction)
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def from_line(line: bytes) -> Correction:
    """Read one line; what earlier versions did not write is empty.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: The line is not one of ours.
    """
    values = {name: value for name, value in json.loads(line).items() if name != "file_name"}
    return Correction(**values | {"consent": Consent(**values["consent"])})
