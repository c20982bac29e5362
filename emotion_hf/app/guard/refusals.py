"""A refused request: its status, one sentence, and when to try again.

Example:
    >>> Refusal(429, "There are too many requests; wait a little.", retry_after=3).headers()["retry-after"]
    '3'
"""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from starlette.types import Send

from emotion_hf.api.problems import MEDIA_TYPE, problem_body
from emotion_hf.app.words import translated

Form = Literal["json", "plain", "problem"]
"""How a refusal is written: for Gradio's clients, for people and Gradio's page, or for programs (RFC 9457)."""


class Refusal(Exception):
    """Raised anywhere between the guard and Gradio; the guard turns it into the response.

    Args:
        status: HTTP status.
        sentence: What was wrong and what to do.
        retry_after: Seconds after which the same request may succeed; ``None`` if waiting does not help.
        extra: Additional headers of the response.
    """

    def __init__(
        self, status: int, sentence: str, *, retry_after: float | None = None, extra: Mapping[str, str] | None = None
    ):
        super().__init__(sentence)
        self.status, self.sentence, self.retry_after = status, sentence, retry_after
        self.extra = dict(extra or {})

    def headers(self) -> dict[str, str]:
        """Return the headers of the response, with lower-case names."""
        waiting = {} if self.retry_after is None else {"retry-after": str(max(1, math.ceil(self.retry_after)))}
        return {"cache-control": "no-store", **waiting, **self.extra}

    def body(self, form: Form, root: str = "") -> tuple[str, bytes]:
        """Return content type and content, in the language of the request; problem details are in English.

        Gradio's clients show ``detail``; our own responses use ``error``.

        Args:
            form: How it is written.
            root: Path below which the page is served, for problem details.
        """
        if form == "problem":
            return MEDIA_TYPE, problem_body(self.status, self.sentence, root=root)
        sentence = translated(self.sentence)
        if form == "plain":
            return "text/plain; charset=utf-8", sentence.encode()
        return "application/json", json.dumps({"error": sentence, "detail": sentence}).encode()

    async def answer(self, send: Send, drain: Callable[[], Awaitable[None]], form: Form, root: str = "") -> None:
        """Send the response and end the connection.

        Args:
            send: The ASGI connection.
            drain: Reads the rest of the request, which a client sends before it reads a response.
            form: As in `body`.
            root: As in `body`.
        """
        kind, body = self.body(form, root)
        headers = {**self.headers(), "content-type": kind, "content-length": str(len(body)), "connection": "close"}
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await drain()
        await send({"type": "http.response.body", "body": b""})
