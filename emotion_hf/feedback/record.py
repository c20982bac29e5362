"""One person's opinion on one recording, and its form as a line of JSON.

A `Correction` validates itself, whether it comes from the page, from code or from a file: a value of the wrong type, a
score that is no probability, or a time that cannot be read is refused with one sentence.

The id is a secret of the person who corrected, because it is the key to deletion. Never publish it.

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
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

from emotion_hf.disk import parse_json
from emotion_hf.errors import FeedbackError
from emotion_hf.prediction import Prediction

ID_PATTERN = re.compile(r"[0-9a-f]{32}")
PUBLIC_LICENCE = "CC BY 4.0"
"""Licence of published corrections; named wherever people are asked to agree to it."""

MAX_LABEL_CHARACTERS = 100
MAX_TEXT_CHARACTERS = 500
MAX_LABELS = 200
_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]")
"""Characters that no name may contain: control characters, other line ends, and lone surrogates."""


@dataclass(frozen=True)
class Consent:
    """What a person allows for a recording; each consent is asked for separately.

    Attributes:
        store: Store the recording and the correction; without it nothing is stored.
        train: Use them to train models.
        publish: Publish them in an open data set, under `PUBLIC_LICENCE`.

    Raises:
        FeedbackError: A value is not exactly ``True`` or ``False``, or there is consent to a use but not to store.
    """

    store: bool = False
    train: bool = False
    publish: bool = False

    def __post_init__(self) -> None:
        for use in fields(self):
            if type(getattr(self, use.name)) is not bool:
                raise FeedbackError(f"Consent must be exactly true or false; the consent to {use.name} is neither.")
        if (self.train or self.publish) and not self.store:
            raise FeedbackError("Training and publishing need consent to store; give that too, or neither of them.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Correction:
    """One person's opinion on one prediction.

    Attributes:
        id: 32 hexadecimal digits that nobody can guess.
        label: The emotion that the person chose, or ``mixed``.
        prediction: The predicted label; ``None`` without speech, or without a model.
        scores: The model's probability of each label.
        model: Name of the model; empty without a model.
        consent: What the recording may be used for.
        time: Time of the opinion: ISO 8601, UTC.
        annotator: A random token of a browser's session, a name given on purpose, or empty.
        session: Random token of the session that the recording comes from, or empty; usually one speaker.
        speaker: The speaker, if known.
        content: SHA-256 of the stored samples: equal for equal recordings.
        review_of: Id of the record on whose recording this is another opinion; empty for a record with its own
            recording.

    Raises:
        FeedbackError: A value has the wrong type, is too long or impossible; the sentence names it.
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

    def __post_init__(self) -> None:
        check_id(self.id)
        if self.review_of != "":
            check_id(self.review_of)
        _check_text("label", self.label, MAX_LABEL_CHARACTERS, empty=False)
        if self.prediction is not None:
            _check_text("prediction", self.prediction, MAX_LABEL_CHARACTERS, empty=False)
        for name in ("model", "annotator", "session", "speaker", "content", "time"):
            _check_text(name, getattr(self, name), MAX_TEXT_CHARACTERS)
        if not isinstance(self.consent, Consent):
            raise FeedbackError("A correction needs a consent to store, to train and to publish, each true or false.")
        _check_scores(self.scores)
        object.__setattr__(self, "scores", dict(self.scores))  # a copy, of a type that JSON supports
        _parse_time(self.time)

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
        scores, model = {name: float(score) for name, score in prediction.scores.items()}, prediction.model
        who = {"annotator": annotator, "session": session, "speaker": speaker}
        return cls(id, label, prediction.label, scores, model, consent, **who)

    def reviewed(self, *, label: str, annotator: str) -> Correction:
        """Return another opinion on the same recording, with the consent of its owner."""
        owner = self.review_of or self.id
        return replace(self, id=new_id(), label=label, annotator=annotator, time=_now(), review_of=owner)

    @property
    def file_name(self) -> str:
        """The recording's path inside the folder."""
        return f"audio/{self.review_of or self.id}.flac"

    @property
    def recording(self) -> str:
        """A value that is equal for equal recordings: the hash of their samples, or the file if there is no hash."""
        return self.content or self.file_name

    @property
    def may_train(self) -> bool:
        """Whether the recording's owner allows training."""
        return self.consent.train

    @property
    def said_at(self) -> datetime:
        """Time of the opinion in UTC; a time without a zone counts as UTC."""
        return _parse_time(self.time)


def new_id() -> str:
    """Return a new id of 32 hexadecimal digits (a random UUID)."""
    return uuid.uuid4().hex


def check_id(id: str) -> str:
    """Return ``id`` if it is well-formed.

    Raises:
        FeedbackError: It is malformed.
    """
    if not isinstance(id, str) or not ID_PATTERN.fullmatch(id):
        raise FeedbackError("This is not a record's number, which has 32 digits and letters from a to f.")
    return id


def to_line(correction: Correction) -> bytes:
    """Return ``correction`` as one line of ``metadata.jsonl``."""
    row = {"file_name": correction.file_name} | asdict(correction)
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def from_line(line: bytes) -> Correction:
    """Read one line; fields that earlier versions did not write are empty.

    Raises:
        FeedbackError: The line is not one of ours; the sentence says why.
    """
    try:
        row = parse_json(line)
    except ValueError as error:
        raise FeedbackError("The line is not JSON in UTF-8.") from error
    if not isinstance(row, dict) or not isinstance(row.get("consent"), dict):
        raise FeedbackError("The line is not a correction.")
    file_name = row.pop("file_name", None)
    try:
        correction = Correction(**row | {"consent": Consent(**row["consent"])})
    except TypeError as error:  # a field is missing or unknown
        raise FeedbackError("The line does not have the fields of a correction.") from error
    if file_name != correction.file_name:
        raise FeedbackError("The line names a file that is not its own recording.")
    return correction


def _check_text(name: str, value: Any, longest: int, *, empty: bool = True) -> None:
    if not isinstance(value, str):
        raise FeedbackError(f"The {name} of a correction must be text.")
    if not (value or empty):
        raise FeedbackError(f"The {name} of a correction must not be empty.")
    if len(value) > longest:
        raise FeedbackError(f"The {name} of a correction has {len(value):,} characters; {longest} are allowed.")
    if _CONTROL.search(value):
        raise FeedbackError(f"The {name} of a correction must be one line without control characters.")


def _check_scores(scores: Any) -> None:
    if not isinstance(scores, Mapping):
        raise FeedbackError("The scores of a correction must give each label's probability.")
    if len(scores) > MAX_LABELS:
        raise FeedbackError(f"The scores of a correction have {len(scores):,} labels; {MAX_LABELS} are allowed.")
    for label, score in scores.items():
        _check_text("scored label", label, MAX_LABEL_CHARACTERS, empty=False)
        # Rounded sums may slightly exceed 1; NaN fails every comparison.
        if isinstance(score, bool) or not isinstance(score, (int, float)) or not 0 <= score <= 1 + 1e-6:
            raise FeedbackError("The scores of a correction must be numbers from 0 to 1.")


def _parse_time(time: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(time)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise FeedbackError("The time of a correction must be like 2026-11-20T16:00:00+00:00.") from error
