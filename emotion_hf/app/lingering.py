"""Keep the stream of results open for a moment after the last one.

Gradio ends a page's stream of results when no event waits for one. If the browser starts another event just then, it
still believes that the stream is open, opens no new one, and never sees the result: the page waits for ever. Most
events follow another one closely, so the stream stays open for a second.

Example:
    >>> app = Lingering(app, page)  # doctest: +SKIP
"""

from __future__ import annotations

import asyncio

import gradio as gr
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STREAM = "/gradio_api/queue/data"
CLOSING = b'"msg":"close_stream"'
LINGER_SECONDS = 1.0
LOOK_SECONDS = 0.05


class Lingering:
    """An ASGI application that passes everything to Gradio, and delays the end of its streams of results.

    Args:
        app: Gradio.
        page: The page, whose queue knows the events that wait.
    """

    def __init__(self, app: ASGIApp, page: gr.Blocks):
        self.app, self.page = app, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["path"] != STREAM:
            await self.app(scope, receive, send)
            return
        session = QueryParams(scope["query_string"]).get("session_hash", "")
        has_started = False
        closing: Message | None = None

        async def through(message: Message) -> None:
            nonlocal has_started, closing
            if message["type"] == "http.response.start":
                if has_started:
                    return
                has_started = True
            elif CLOSING in message.get("body", b""):
                closing = message
            if closing is None:
                await send(message)

        while True:
            await self.app(scope, receive, through)
            if closing is None:
                return
            if not await self._is_asked_again(session):
                await send(closing)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                return
            closing = None

    async def _is_asked_again(self, session: str) -> bool:
        """Wait a moment, and return whether another event of the session has begun."""
        queue = self.page._queue
        for _ in range(round(LINGER_SECONDS / LOOK_SECONDS)):
            if queue.pending_event_ids_session.get(session):
                return True
            await asyncio.sleep(LOOK_SECONDS)
        return bool(queue.pending_event_ids_session.get(session))
