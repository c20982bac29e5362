"""HTTP connections with a time limit: a connection that sends no complete request head is closed.

uvicorn closes a connection that is idle after a response, but not one that never sends a complete head. A few hundred
of those would lock everyone else out.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 15
"""Time for the head of a request to arrive."""


class ImpatientProtocol(H11Protocol):
    """uvicorn's protocol, with a time limit for the head of a request."""

    _head_is_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer for the first head."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._stop_expecting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Restart the timer only after a complete head; sending single bytes does not extend it."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_expecting()
        elif self._head_is_due is None:
            self._expect_head()

    def _expect_head(self) -> None:
        self._head_is_due = self.loop.call_later(HEAD_SECONDS, self._close_if_none_came)

    def _stop_expecting(self) -> None:
        if self._head_is_due:
            self._head_is_due.cancel()
            self._head_is_due = None

    def _close_if_none_came(self) -> None:
        self._head_is_due = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()
