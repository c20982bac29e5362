"""Responses on their way out: add security headers, and replace library responses that have no helpful sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping

from starlette.datastructures import Headers
from starlette.types import Message, Send

from emotion_hf.app.guard.refusals import Refusal

SORRY = "Sorry, something went wrong on our side; please try again."
UNFIT = "The request is malformed; /gradio_api/info describes the calls."
REPLACED = {
    400: UNFIT,
    422: UNFIT,
    500: SORRY,
    503: "This page is busy; try again soon.",
}
"""Sentences that replace responses of the libraries which have none, or which repeat the client's input."""
BUSY_SECONDS = 5


class Response:
    """Adds the security headers to each response, and replaces the responses listed in ``REPLACED``."""

    def __init__(self, send: Send, headers: Mapping[str, str], *, plain: bool):
        self._send, self._headers, self._plain = send, headers, plain
        self.has_started = self._is_stream = False
        self.held: Refusal | None = None

    async def send(self, message: Message) -> None:
        """Pass on a message of the application, unless its response is replaced."""
        if message["type"] == "http.response.start" and message["status"] in REPLACED:
            status = message["status"]
            self.held = Refusal(status, REPLACED[status], retry_after=BUSY_SECONDS if status == 503 else None)
        elif not self.held:
            await self._pass_on(message)

    async def refuse(self, refusal: Refusal, rest: Callable[[], Awaitable[None]]) -> None:
        """Send a refusal; a response that has already started is cut short, so the client notices."""
        if not self.has_started:
            await refusal.answer(self._pass_on, rest, plain=self._plain)

    async def end_stream(self) -> None:
        """End an event stream, whose last event reported the error; any other response stays incomplete."""
        if self._is_stream:
            await self._send({"type": "http.response.body", "body": b""})

    async def _pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_started = True
            self._is_stream = Headers(raw=message["headers"]).get("content-type", "").startswith("text/event-stream")
            own = {name.encode(): value.encode() for name, value in self._headers.items()}
            kept = [(name, value) for name, value in message["headers"] if _is_kept(name.lower(), own)]
            message = {**message, "headers": [*kept, *own.items()]}
        await self._send(message)


def _is_kept(name: bytes, replaced: Collection[bytes]) -> bool:
    """Return whether to keep a header; drop Gradio's cross-origin permissions and every header that we set."""
    return name not in replaced and not name.startswith(b"access-control-")
