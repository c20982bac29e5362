"""Tell another program about each alarm: one POST with a little JSON, to an address that the operator chose.

The JSON has the number of the call, the emotion that decided, and no name, no audio and no text. The number of the
last alarm that was told is kept in the database, so that a restarted page repeats none and misses none. If several
pages use one desk, one of them tells the alarms; another one takes over if it ends. An alarm that cannot be told is
tried again a few times, then it is given up, and the page shows why.

Example:
    >>> webhook = Webhook(desk, "https://pager.example.org/alarms")  # doctest: +SKIP
    >>> webhook.tell()  # doctest: +SKIP
    1
"""

from __future__ import annotations

import ipaddress
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx2
from sqlalchemy import Connection, func, select

from emotion_hf.desk.calls import CallLine
from emotion_hf.desk.desk import Desk
from emotion_hf.desk.listing import alarms_after
from emotion_hf.desk.schema import calls, options
from emotion_hf.desk.setup import store, value_of
from emotion_hf.errors import SettingsError
from emotion_hf.settings import split_address

logger = logging.getLogger(__name__)

WEBHOOK, TELLER = "webhook", "webhook teller"
PAUSES_SECONDS = (0.0, 5.0, 30.0, 120.0)
"""Pauses before the tries of one alarm."""
ANSWER_SECONDS = 5.0
"""Longest wait for each step of an answer; the body of the answer is not read."""
TURN = timedelta(seconds=30)
"""If the page that tells the alarms is silent for this long, another one does it; sending one takes less."""


@dataclass(frozen=True)
class Failure:
    """Alarms that could not be told since the last one that could.

    Attributes:
        alarms: Their number.
        reason: Why the last one could not be told.
        at: When it was given up.
    """

    alarms: int
    reason: str
    at: datetime


class Webhook:
    """Tells alarms to one address.

    Args:
        desk: The desk.
        address: The address.
        transport: What sends; tests replace it.
        clock: Returns the time in seconds.

    Raises:
        SettingsError: The address is neither https nor on this machine.
    """

    def __init__(
        self,
        desk: Desk,
        address: str,
        *,
        transport: httpx2.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        check(address)
        self.desk, self.address, self._clock = desk, address, clock
        self._client = httpx2.Client(
            timeout=ANSWER_SECONDS, follow_redirects=False, trust_env=False, transport=transport
        )
        self._tries, self._next_at = 0, 0.0
        self._name = secrets.token_hex(8)

    def tell(self) -> int:
        """Tell the alarms that were raised since the last time, oldest first, and return their number.

        An alarm that somebody has acknowledged by then is left out. The first call of a new webhook tells nothing:
        the alarms before it are old.

        Raises:
            DeskNotReadyError: The desk is not set up.
            DatabaseError: The database reports an error.
        """
        if self._clock() < self._next_at:
            return 0
        with self.desk.reading() as connection:
            kept = value_of(connection, WEBHOOK)
            newest = connection.execute(select(func.max(calls.c.id))).scalar_one() or 0
        if kept is None:
            self._keep(newest)
            return 0
        told = 0
        for line in alarms_after(self.desk, kept["told"]):
            if not self._takes_turn(line):
                return told
            if (reason := self._send(line)) is None:
                self._keep(line.id)
                told += 1
                self._tries = 0
            elif not self._wait(line, reason):
                return told
        return told

    def _takes_turn(self, line: CallLine) -> bool:
        """Return whether this process shall tell an alarm: nobody else has done so, or is at it."""
        now = self.desk.clock()
        with self.desk.reading() as connection:  # a change would make every browser look again
            since = _turn(connection, self._name, line, now)
        if since is None or since > now - TURN / 2:
            return since is not None
        with self.desk.writing() as connection:
            if _turn(connection, self._name, line, now) is None:
                return False
            store(connection, self.desk, TELLER, self._name)
            return True

    def _wait(self, line: CallLine, reason: str) -> bool:
        """Note a failed try, and return whether the alarm is given up."""
        self._tries += 1
        logger.warning("The webhook failed: %s", reason)
        if self._tries < len(PAUSES_SECONDS):
            self._next_at = self._clock() + PAUSES_SECONDS[self._tries]
            return False
        self._tries = 0
        earlier = failure(self.desk)
        self._keep(line.id, Failure(1 + (earlier.alarms if earlier else 0), reason, self.desk.clock()))
        return True

    def _send(self, line: CallLine) -> str | None:
        """Send one alarm, and return why it failed, if it did."""
        try:
            with self._client.stream("POST", self.address, json=message(line)) as answer:
                return None if answer.is_success else f"it answered {answer.status_code}"
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return f"it cannot be reached ({type(error).__name__})"

    def _keep(self, told: int, failed: Failure | None = None) -> None:
        plain: dict[str, Any] = {"told": told}
        if failed:
            plain |= {"alarms": failed.alarms, "reason": failed.reason, "at": failed.at.isoformat()}
        with self.desk.writing() as connection:
            store(connection, self.desk, WEBHOOK, plain)


def message(line: CallLine) -> dict[str, Any]:
    """Return what is told about an alarm."""
    reason = line.reason
    return {
        "event": "alarm",
        "call": line.id,
        "emotion": reason.emotion if reason else line.emotion,
        "confidence": round(reason.confidence if reason else line.confidence, 3),
        "happened_at": line.happened_at.isoformat(timespec="seconds"),
    }


def failure(desk: Desk) -> Failure | None:
    """Return what could not be told; ``None`` if the last alarm was told."""
    with desk.reading() as connection:
        plain = value_of(connection, WEBHOOK)
    if plain is None or "reason" not in plain:
        return None
    return Failure(plain["alarms"], plain["reason"], datetime.fromisoformat(plain["at"]))


def check(address: str) -> None:
    """Check the address of a webhook.

    Raises:
        SettingsError: It is neither https nor http on this machine; the sentence does not repeat it, because it may
            contain a secret.
    """
    parts = split_address(address)
    if parts is None or (parts.scheme == "http" and not _is_here(parts.hostname or "")):
        raise SettingsError("The desk's webhook must be an https address, or http on this machine.")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _turn(connection: Connection, name: str, line: CallLine, now: datetime) -> datetime | None:
    """Return since when a process may tell an alarm, long ago if it has to ask; ``None`` if it may not."""
    kept = value_of(connection, WEBHOOK)
    if kept is None or kept["told"] >= line.id:
        return None
    row = connection.execute(select(options).where(options.c.name == TELLER)).one_or_none()
    if row is None or row.changed_at <= now - TURN:
        return now - TURN
    return row.changed_at if row.value == name else None
