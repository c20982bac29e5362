"""Responses on their way out: add security headers, and replace library responses that have no helpful sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping

from starlette.datastructures import Headers
from starlette.types import Message, Send

from emotion_hf.app.guard.limits import BUSY_SECONDS
from emotion_hf.app.guard.refusals import Form, Refusal

SORRY = "Sorry, something went wrong on our side; please try again."
UNFIT = "The request is malformed; /gradio_api/info describes the calls."
REPLACED = {
    400: UNFIT,
    422: UNFIT,
    500: SORRY,
    503: "This page is busy; try again soon.",
}
"""Sentences that replace responses of the libraries which have none, or which repeat the client's input."""


class Response:
    """Adds our headers to each response, and replaces the responses of the libraries that are in ``REPLACED``.

    Args:
        send: The ASGI connection.
        headers: Headers of every response.
        form: How a refusal is written; the responses of the API, which have problem details, are not replaced.
        root: Path below which the page is served.
    """

    def __init__(self, send: Send, headers: Mapping[str, str], form: Form, root: str = ""):
        self._send, self._form, self._root = send, form, root
        self._raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        self.has_started = self._is_stream = False
        self.held: Refusal | None = None

    async def send(self, message: Message) -> None:
        """Pass on a message of the application, unless its response is replaced."""
        is_replaced = self._form != "problem" and message.get("status") in REPLACED
        if message["type"] == "http.response.start" and is_replaced:
            status = message["status"]
            self.held = Refusal(status, REPLACED[status], retry_after=BUSY_SECONDS if status == 503 else None)
        elif not self.held:
            await self._pass_on(message)

    async def refuse(self, refusal: Refusal, rest: Callable[[], Awaitable[None]]) -> None:
        """Send a refusal; a response that has already started is cut short, so the client notices."""
        if not self.has_started:
            await refusal.answer(self._pass_on, rest, self._form, self._root)

    async def send_empty(self, headers: Mapping[str, str]) -> None:
        """Send a response without content."""
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": 204, "headers": [*raw, *self._raw]})
        await self._send({"type": "http.response.body", "body": b""})

    async def end_stream(self) -> None:
        """End an event stream, whose last event reported the error; any other response stays incomplete."""
        if self._is_stream:
            await self._send({"type": "http.response.body", "body": b""})

    async def _pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_started = True
            self._is_stream = Headers(raw=message["headers"]).get("content-type", "").startswith("text/event-stream")
            own = dict(self._raw)
            kept = [(name, value) for name, value in message["headers"] if _is_kept(name.lower(), own)]
            message = {**message, "headers": [*kept, *self._raw]}
        await self._send(message)


def _is_kept(name: bytes, replaced: Collection[bytes]) -> bool:
    """Return whether to keep a header; drop Gradio's cross-origin permissions and every header that we set."""
    return name not in replaced and not name.startswith(b"access-control-")
