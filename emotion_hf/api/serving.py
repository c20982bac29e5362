"""The whole API as one ASGI application, which the page mounts behind its guard.

Example:
    >>> serves("/v1/classify"), serves("/gradio_api/info")
    (True, False)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from emotion_hf.api.http import ServerFacts, http_api
from emotion_hf.api.recognition import Recognition
from emotion_hf.api.stream import Streams
from emotion_hf.settings import Settings

if TYPE_CHECKING:
    from emotion_hf.api.metrics import Metrics

TOOLS = "/mcp"
METRICS = "/metrics"
OTHERS = ("/healthz", "/openapi.json", "/docs", TOOLS, METRICS)


def serves(path: str) -> bool:
    """Return whether a path belongs to the API."""
    return path.startswith("/v1/") or path in OTHERS


class Api:
    """The API.

    Args:
        recognition: What it works with.
        settings: Settings of the page.
        root: Path below which the page is served.
        listeners: Returns the number of people who use the tab Live.

    Attributes:
        metrics: Figures about the load, if they are on.

    Raises:
        SettingsError: A key is invalid, or the tools are enabled but their library is not installed.
        DatabaseError: The desk's database cannot be reached.
    """

    def __init__(
        self,
        recognition: Recognition,
        settings: Settings,
        root: str = "",
        *,
        listeners: Callable[[], int] = lambda: 0,
    ):
        facts = ServerFacts(root, keys=bool(settings.keys), accounts=bool(settings.accounts))
        calls = None
        if settings.desk:
            from emotion_hf.api.calls import Calls  # only here, because the database's packages take time to load
            from emotion_hf.desk import Desk

            calls = Calls(Desk.open(settings), recognition)
        self._http = http_api(recognition, facts, calls)
        self._streams = Streams(recognition, root)
        self.metrics: Metrics | None = None
        if settings.metrics:
            from emotion_hf.api import metrics  # only here, because its library takes time to load

            self.metrics = metrics.Metrics(recognition, {"api": self._streams.__len__, "page": listeners})
        self._tools = None
        if settings.mcp:
            from emotion_hf.api.tools import Tools

            self._tools = Tools(recognition)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hold what the API needs while the server runs."""
        async with AsyncExitStack() as stack:
            if self._tools:
                await stack.enter_async_context(self._tools.running())
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; the guard has checked it."""
        if scope["type"] == "websocket":
            await self._streams(scope, receive, send)
        elif self._tools and scope["path"] == TOOLS:
            await self._tools(scope, receive, send)
        elif self.metrics and scope["path"] == METRICS:
            text = await asyncio.to_thread(self.metrics.text)  # may load another version of the model
            await Response(text, media_type=self.metrics.media_type)(scope, receive, send)
        else:
            await self._http(scope, receive, send)
