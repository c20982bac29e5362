"""Report how much of an upload has arrived, in the events that Gradio's component reads."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive

SECONDS_BETWEEN_LOOKS = 0.1
BEGIN_SECONDS = 3.0
"""Time that the page may wait for its upload to begin."""
FILE_NAME = re.compile(rb'filename="((?:[^"\\]|\\.)*)"')


@dataclass
class _Arrived:
    name: str = ""
    count: int = 0


class Progress:
    """The running uploads, by the token that the page chose for each."""

    def __init__(self) -> None:
        self._running: dict[str, _Arrived] = {}

    @contextmanager
    def counting(self, request: Request) -> Iterator[Request]:
        """Return the request with its body counted while it is read."""
        token = request.query_params.get("upload_id", "")
        arrived = _Arrived()
        if token and token not in self._running:
            self._running[token] = arrived
        try:
            yield Request(request.scope, _counted(request.receive, arrived))
        finally:
            if self._running.get(token) is arrived:
                del self._running[token]

    async def tell(self, request: Request) -> Response:
        """Respond with a stream of events until the upload is over, or with 404 if there is none."""
        token = request.query_params.get("upload_id", "")
        for _ in range(round(BEGIN_SECONDS / SECONDS_BETWEEN_LOOKS)):
            if token in self._running:
                return StreamingResponse(self._events(token), media_type="text/event-stream")
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        return Response(status_code=404)

    async def _events(self, token: str) -> AsyncIterator[str]:
        told = 0
        while arrived := self._running.get(token):
            if arrived.name and arrived.count > told:
                yield _event({"msg": "update", "orig_name": arrived.name, "chunk_size": arrived.count - told})
                told = arrived.count
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        yield _event({"msg": "done"})


def _counted(receive: Receive, arrived: _Arrived) -> Receive:
    async def counted() -> Message:
        message = await receive()
        body = message.get("body", b"")
        if not arrived.name and (found := FILE_NAME.search(body)):
            arrived.name = found[1].decode("utf-8", "replace")
        arrived.count += len(body)
        return message

    return counted


def _event(content: dict[str, str | int]) -> str:
    return f"data: {json.dumps(content)}\n\n"
