"""Limits on a request's body, enforced while it arrives: true size, whatever ``Content-Length`` says, and time."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from starlette.types import Message, Receive

from emotion_hf.app.guard.refusals import Refusal

SLOW = "The request took too long to arrive; send it again on a faster connection, or send a shorter recording."


class Disconnected(Exception):
    """The client went away before its request was complete."""


class Body:
    """Stands in for ``receive`` and enforces the limits of one request's body.

    Args:
        receive: The ASGI connection.
        max_bytes: Largest body.
        max_seconds: Time for all of it to arrive.
        idle_seconds: Longest pause between two pieces.
    """

    def __init__(self, receive: Receive, *, max_bytes: int, max_seconds: float, idle_seconds: float):
        self._receive, self.max_bytes, self.idle_seconds = receive, max_bytes, idle_seconds
        self._deadline = time.monotonic() + max_seconds
        self.count = 0
        self.is_complete = False

    def announce(self, content_length: str | None) -> None:
        """Refuse a body at once if its announced length is too large.

        Raises:
            Refusal: 413, or 400 for a length that is not a number.
        """
        if content_length is None:
            return
        if not content_length.isdecimal():
            raise Refusal(400, "Content-Length must be a number of bytes.")
        if len(content_length) > 15 or int(content_length) > self.max_bytes:
            raise self._too_large()

    async def receive(self) -> Message:
        """Return the connection's next message, within the limits.

        Raises:
            Refusal: 413 if it is too large, 408 if it is too slow.
            Disconnected: The client went away before the body was complete.
        """
        if self.is_complete:
            return await self._receive()
        left = self._deadline - time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, min(left, self.idle_seconds))):
                message = await self._receive()
        except TimeoutError as error:
            raise Refusal(408, SLOW) from error
        if message["type"] == "http.disconnect":
            raise Disconnected
        self.count += len(message.get("body", b""))
        if self.count > self.max_bytes:
            raise self._too_large()
        self.is_complete = not message.get("more_body", False)
        return message

    async def read(self) -> bytes:
        """Return the whole body; only for small ones."""
        pieces = []
        while not self.is_complete:
            pieces.append((await self.receive()).get("body", b""))
        return b"".join(pieces)

    def _too_large(self) -> Refusal:
        limit = f"{self.max_bytes / 1_000_000:.3g} MB"
        return Refusal(413, f"The request is larger than {limit}, the most this page accepts; send less.")


def replay(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that returns ``body`` first and then the connection's own messages."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return first.pop() if first else await receive()

    return replayed


async def drain(receive: Receive, *, max_bytes: int, max_seconds: float) -> None:
    """Read and drop the rest of a refused request, because a client reads the response only after sending it all."""
    with suppress(TimeoutError):
        async with asyncio.timeout(max_seconds):
            while max_bytes > 0:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
                max_bytes -= len(message.get("body", b""))
