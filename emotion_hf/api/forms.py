"""The forms in which recordings come: their description for OpenAPI, and how they are read.

A file of a form is a temporary file without a name, so that nothing of it is left, whatever happens.

Example:
    >>> schema = VOICE_FORM["requestBody"]["content"]["multipart/form-data"]["schema"]
    >>> schema["required"], list(schema["properties"])
    (['files'], ['files', 'emotions', 'ordinary'])
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from emotion_hf.api.problems import Problem
from emotion_hf.api.recognition import NO_NAME, Upload

logger = logging.getLogger(__name__)

MOST_RECORDINGS = 20
"""Largest number of recordings that a voice is learned from at once."""
FIELD_BYTES = 1_000
FIELD_CHARACTERS = FIELD_BYTES // 4
"""A character takes up to four bytes in UTF-8."""
MOST_CHANNEL = 1_000
SPEAKER_WORDS = "A", "B", "caller"
NOT_READ = "The form cannot be read; send the recording as multipart/form-data, in a field named {field}."

_BINARY = {"type": "string", "format": "binary", "description": "The bytes of a recording."}
_VOICE_FIELDS = {
    "files": {"type": "array", "items": _BINARY, "minItems": 1, "maxItems": MOST_RECORDINGS},
    "emotions": {
        "type": "array",
        "maxItems": MOST_RECORDINGS,
        "items": {"type": "string", "maxLength": FIELD_CHARACTERS},
        "description": "The emotion of each recording, in their order; leave it out if they are not known.",
    },
    "ordinary": {"type": "boolean", "description": "The recordings are ordinary speech, neutral or calm."},
}
_CALL_FIELDS = {
    "file": _BINARY,
    "caller": {
        "type": "string",
        "minLength": 1,
        "maxLength": 100,
        "pattern": r"\S",
        "description": "Name of the caller.",
    },
    "happened_at": {"type": "string", "format": "date-time", "description": "When it happened; now by default."},
    "channel": {"type": "integer", "minimum": 0, "maximum": MOST_CHANNEL, "description": "The caller's channel."},
    "speaker": {"enum": [*SPEAKER_WORDS], "description": "Who the caller is, in a recording of one channel."},
}


def _form_of(field: str, properties: dict[str, Any], description: str, *others: str) -> dict[str, Any]:
    """Return the OpenAPI of a form with one or several recordings; ``others`` are further required fields."""
    schema = {"type": "object", "required": [field, *others], "properties": properties, "additionalProperties": False}
    content = {"multipart/form-data": {"schema": schema, "encoding": {field: {"contentType": "audio/*"}}}}
    return {"requestBody": {"required": True, "description": description, "content": content}}


RECORDING_FORM = _form_of("file", {"file": _BINARY}, "A recording, of any format and up to the length limit.")
CALL_FIELDS = {*_CALL_FIELDS}
CALL_FORM = _form_of("file", _CALL_FIELDS, "A call of a caller; an unknown caller is added.", "caller")
VOICE_FORM = _form_of("files", _VOICE_FIELDS, f"Up to {MOST_RECORDINGS} recordings of one speaker.")


@dataclass(frozen=True)
class CallFacts:
    """What a program says about a call.

    Attributes:
        caller: Name of the caller; an unknown one is added.
        happened_at: When it happened; now by default.
        channel: The caller's channel, counted from 0; by default that of the desk.
        speaker: ``A``, ``B`` or ``caller``: who the caller is in a recording of one channel; by default as the desk.
    """

    caller: str
    happened_at: datetime | None = None
    channel: int | None = None
    speaker: str | None = None


@asynccontextmanager
async def read_form(request: Request, field: str, known: Collection[str]) -> AsyncIterator[FormData]:
    """Read the form of a request, and delete its files at the end.

    Raises:
        Problem: It is no form, or it has an unknown field.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Problem(415, NOT_READ.format(field=field))
    try:
        form = await request.form(max_files=MOST_RECORDINGS, max_fields=MOST_RECORDINGS + 1, max_part_size=FIELD_BYTES)
    except OSError as error:
        logger.error("An upload cannot be saved: %s", error)
        raise Problem(507, "The server has no room for more recordings; try again later.", retry_after=60) from error
    try:
        if unknown := sorted(set(form) - set(known)):
            names = " and ".join(sorted(known))
            raise Problem(400, f"The form has an unknown field {unknown[0][:40]!r}; it takes {names}.")
        yield form
    finally:
        await form.close()


def uploads(form: FormData, field: str, most: int) -> list[Upload]:
    """Return the recordings of a form.

    Raises:
        Problem: There are none, or more than ``most``.
    """
    files = form.getlist(field)
    if not files or not all(isinstance(file, UploadFile) for file in files):
        raise Problem(400, f"There is no recording; send it as a file in a field named {field}.")
    if len(files) > most:
        count = "one recording" if most == 1 else f"at most {most} recordings"
        raise Problem(400, f"There are {len(files)} recordings; send {count}.")
    return [Upload(one.file, one.filename or NO_NAME, one.size or 0) for one in files if isinstance(one, UploadFile)]


def text_of(value: str | UploadFile, field: str) -> str:
    """Return the text of a field.

    Raises:
        Problem: It is a file.
    """
    if not isinstance(value, str):
        raise Problem(400, f"The field {field} must be text, not a file.")
    return value


def is_ordinary(form: FormData) -> bool:
    """Return whether the recordings of a form are said to be ordinary speech.

    Raises:
        Problem: The field is neither true nor false.
    """
    values = [text_of(value, "ordinary").lower() for value in form.getlist("ordinary")]
    if len(values) > 1 or not set(values) <= {"true", "false"}:
        raise Problem(400, "The field ordinary must be true or false.")
    return values == ["true"]


def unreadable(error: HTTPException) -> Problem:
    """Return the problem of a form that cannot be read, the only one that the libraries refuse."""
    return Problem(error.status_code, "The form cannot be read: it is damaged, or has too many or too large fields.")


def call_facts(form: FormData) -> CallFacts:
    """Return what a form says about a call.

    Raises:
        Problem: The caller is missing, or a value has another form.
    """
    given = {name: text_of(value, name) for name, value in form.items() if name != "file"}
    if not given.get("caller", "").strip():
        raise Problem(400, "There is no caller; send the name in a field named caller.")
    try:
        at = datetime.fromisoformat(given["happened_at"]) if "happened_at" in given else None
    except ValueError:
        raise Problem(400, "The field happened_at must be a time such as 2026-11-30T12:00:00Z.") from None
    if at is not None and at.tzinfo is None:
        raise Problem(400, "The field happened_at needs a time zone, such as the Z of 2026-11-30T12:00:00Z.")
    channel = given.get("channel")
    if channel is not None and not (channel.isascii() and channel.isdigit() and int(channel[:5]) <= MOST_CHANNEL):
        raise Problem(400, f"The field channel must be a whole number from 0 to {MOST_CHANNEL:,}.")
    if given.get("speaker", "A") not in SPEAKER_WORDS:
        raise Problem(400, f"The field speaker must be one of {', '.join(SPEAKER_WORDS)}.")
    return CallFacts(given["caller"], at, None if channel is None else int(channel), given.get("speaker"))
