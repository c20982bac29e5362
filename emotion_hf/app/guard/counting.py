"""Count the requests and measure their time, an ASGI middleware outside the guard, so that refusals count too.

Example:
    >>> app = Counting(guard, metrics.requested)  # doctest: +SKIP
"""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emotion_hf.app.guard.routes import WEBSOCKET, find, without_root

NO_ROUTE, NO_METHOD = "none", "any"
"""What a request without a route counts as, whatever its path and method; else anybody could add new counts."""
OPENED, GONE = 101, 499
"""Status of a WebSocket that was opened, and of a request whose client went away before the response."""


class Counting:
    """Passes requests to ``app``.

    Args:
        app: The guard.
        count: Takes the route, the method, the status, and the seconds, which are `None` for a WebSocket.
        root_path: Path below which the page is served.
    """

    def __init__(self, app: ASGIApp, count: Callable[[str, str, int, float | None], object], root_path: str = ""):
        self.app, self._count, self._root_path = app, count, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        status, begun = GONE, time.monotonic()

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
            elif message["type"] == "websocket.accept":
                status = OPENED
            await send(message)

        is_stream = scope["type"] == "websocket"
        method = WEBSOCKET if is_stream else scope["method"]
        route = find(method, without_root(scope["path"], self._root_path))
        try:
            await self.app(scope, receive, sent)
        finally:
            names = (route.template, method) if route else (NO_ROUTE, NO_METHOD)
            self._count(*names, status, None if is_stream else time.monotonic() - begun)
