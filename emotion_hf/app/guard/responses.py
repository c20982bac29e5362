"""What goes back through the guard: security headers on everything, and a sentence where the libraries have none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping

from starlette.datastructures import Headers
from starlette.types import Message, Send

from emotion_hf.app.guard.refusals import Refusal

SORRY = "Sorry, something went wrong on our side; please try again."
UNFIT = "The request does not have the form that it should; /gradio_api/info describes the calls."
REPLACED = {
    400: UNFIT,
    422: UNFIT,
    500: SORRY,
    503: "This page is busy; try again soon.",
}
"""Sentences for the responses of the libraries behind the guard that have none, or show a client's input again."""
BUSY_SECONDS = 5


class Response:
    """Adds the security headers to what is sent, and holds back what a sentence of ours replaces."""

    def __init__(self, send: Send, headers: Mapping[str, str], *, plain: bool):
        self._send, self._headers, self._plain = send, headers, plain
        self.has_started = self._is_stream = False
        self.held: Refusal | None = None

    async def send(self, message: Message) -> None:
        """Pass a message of the application on, unless its response is replaced."""
        if message["type"] == "http.response.start" and message["status"] in REPLACED:
            status = message["status"]
            self.held = Refusal(status, REPLACED[status], retry_after=BUSY_SECONDS if status == 503 else None)
        elif not self.held:
            await self._pass_on(message)

    async def refuse(self, refusal: Refusal, rest: Callable[[], Awaitable[None]]) -> None:
        """Answer with a refusal; a response that has begun ends early, so the client knows."""
        if not self.has_started:
            await refusal.answer(self._pass_on, rest, plain=self._plain)

    async def end_stream(self) -> None:
        """End a stream of events whose last one has told of the error; any other response stays incomplete."""
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
    """Drop Gradio's permissions for other origins, which it gives with credentials, and what we set ourselves."""
    return name not in replaced and not name.startswith(b"access-control-")
