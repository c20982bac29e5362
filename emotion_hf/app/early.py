"""Insert a script at the start of the page's head.

Gradio's own option ``head`` inserts it only after Gradio has started, and by then the language is chosen.

Example:
    >>> app = EarlyScript(app, "<script>document.documentElement.lang = 'de'</script>")  # doctest: +SKIP
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEAD = b"<head>"


class EarlyScript:
    """An ASGI application that passes everything to another one, and changes its HTML pages.

    Args:
        app: The application.
        script: HTML with the script.
    """

    def __init__(self, app: ASGIApp, script: str):
        self.app, self.script = app, script.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        body = b""

        async def insert(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                if headers.get("content-type", "").startswith("text/html"):
                    start = message
                    return
            elif start is not None:
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                body = body.replace(HEAD, HEAD + self.script, 1)
                MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
                await send(start)
                message = {"type": "http.response.body", "body": body}
            await send(message)

        await self.app(scope, receive, insert)
