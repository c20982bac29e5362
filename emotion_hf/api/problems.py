"""Errors as problem details (RFC 9457): one kind of document for everything that a program is refused.

``type`` leads to the description of the problem on the page ``/docs``, and ``detail`` is the one sentence that says
what was wrong and what to do. The sentences are in English, because programs log them.

Example:
    >>> problem_details(429, "You send too many requests; wait a little.")["type"]
    '/docs#too-many-requests'
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import Send

from emotion_hf.errors import AudioError, BusyError, DeskError, EmotionError, LabelError, RequestError

MEDIA_TYPE = "application/problem+json"
SORRY = "Sorry, something went wrong on our side; please try again."


@dataclass(frozen=True)
class Kind:
    """A kind of problem.

    Attributes:
        name: What ``type`` ends with.
        status: Its HTTP status.
        meaning: What it means, for the documentation.
    """

    name: str
    status: int
    meaning: str

    @property
    def title(self) -> str:
        """Its name for people, such as ``Too many requests``."""
        return self.name.replace("-", " ").capitalize()


UNUSABLE_RECORDING = Kind(
    "unusable-recording",
    422,
    "The recording cannot be decoded, is too short or too long, or lacks the named channel or track.",
)
IMPOSSIBLE = Kind(
    "impossible-request",
    422,
    "The active model cannot serve this valid request: it has no such emotion, or the voice is for another model.",
)
KINDS = (
    Kind("invalid-request", 400, "A parameter or a part of the form is missing, unknown or invalid."),
    Kind("unauthorised", 401, "A key is missing or wrong."),
    Kind("forbidden", 403, "Another website may not call this server."),
    Kind("not-found", 404, "There is nothing at this address."),
    Kind("wrong-method", 405, "The address exists, but not for this method; the header Allow lists the methods."),
    Kind("too-slow", 408, "The request took too long to arrive."),
    Kind("too-large", 413, "The request is larger than the limit."),
    Kind("wrong-media-type", 415, "The body is not of the media type that the address takes."),
    Kind("wrong-host", 421, "The server does not answer to this host name."),
    UNUSABLE_RECORDING,
    IMPOSSIBLE,
    Kind("websocket-needed", 426, "This address takes a WebSocket."),
    Kind("too-many-requests", 429, "One client sends too much; the header Retry-After says how long to wait."),
    Kind("server-error", 500, "Something went wrong on the server's side."),
    Kind("busy", 503, "Too many recordings are being analysed; the header Retry-After says how long to wait."),
    Kind("no-room", 507, "The server's disk is full."),
)
_OF_STATUS = {kind.status: kind for kind in reversed(KINDS)}


class Problem(Exception):
    """Raised by our own routes; becomes a response with problem details.

    Args:
        status: HTTP status.
        detail: What was wrong and what to do, in one sentence.
        kind: Its kind, if the status has several.
        retry_after: Seconds after which the same request may succeed.
    """

    def __init__(self, status: int, detail: str, *, kind: Kind | None = None, retry_after: float | None = None):
        super().__init__(detail)
        self.status, self.detail, self.kind, self.retry_after = status, detail, kind, retry_after

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the response, with lower-case names."""
        waiting = {} if self.retry_after is None else {"retry-after": str(max(1, math.ceil(self.retry_after)))}
        return {"cache-control": "no-store", **waiting}

    def body(self, root: str = "") -> bytes:
        """Return the content of the response; ``root`` is the address below which the page is served."""
        return problem_body(self.status, self.detail, kind=self.kind, root=root)


def as_problem(error: EmotionError) -> Problem:
    """Return the problem that a program's mistake is; raise any other error again, which is the server's own."""
    if isinstance(error, BusyError):
        return Problem(503, str(error), retry_after=error.retry_seconds)
    if isinstance(error, AudioError):
        return Problem(422, str(error), kind=UNUSABLE_RECORDING)
    if isinstance(error, RequestError | LabelError | DeskError):
        return Problem(422, str(error), kind=IMPOSSIBLE)
    raise error


def problem_details(status: int, detail: str, *, kind: Kind | None = None, root: str = "") -> dict[str, str | int]:
    """Return the members of RFC 9457 for a status and a sentence."""
    kind = kind or _OF_STATUS.get(status) or Kind("problem", status, HTTPStatus(status).phrase)
    return {"type": f"{root}/docs#{kind.name}", "title": kind.title, "status": status, "detail": detail}


def problem_body(status: int, detail: str, *, kind: Kind | None = None, root: str = "") -> bytes:
    """Return `problem_details` as JSON."""
    return json.dumps(problem_details(status, detail, kind=kind, root=root)).encode()


async def refuse_websocket(send: Send, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    """Answer the opening request of a WebSocket with problem details; the WebSocket is not opened."""
    every = {**headers, "content-type": MEDIA_TYPE, "content-length": str(len(body))}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in every.items()]
    await send({"type": "websocket.http.response.start", "status": status, "headers": raw})
    await send({"type": "websocket.http.response.body", "body": body})
