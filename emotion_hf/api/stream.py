"""Recognise emotions while somebody speaks, over a WebSocket: sound goes in, predictions come out in real time.

The client sends binary messages with 16-bit samples of one channel in little-endian order, at the rate in the address,
and gets a JSON message every half second, as `emotion_hf.live.Listener` predicts. If the server is busy, answers come
less often: what has arrived in the meantime is one piece, of which the listener uses the end. Each answer says how old
the sound is by then, and if none is possible for some time, the stream is closed. A client that sends faster than the
sound is analysed is slowed down by its connection.

The sound stays in memory and is never written. A stream that breaks a rule is closed with a code and one sentence.

Example:
    >>> app = Streams(recognition)  # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import numpy as np
from starlette.types import Message, Receive, Scope, Send

from emotion_hf.api.problems import SORRY, Problem, refuse_websocket
from emotion_hf.api.recognition import Recognition
from emotion_hf.audio import MAX_SOURCE_RATE, MIN_SOURCE_RATE
from emotion_hf.errors import BusyError
from emotion_hf.live import WINDOW_SECONDS, Listener, Moment
from emotion_hf.turns.pace import in_words

logger = logging.getLogger(__name__)

STREAMS_PER_CORE = 4
"""Streams at once for each recording that may be analysed at once; one takes some 15 % of a core."""
IDLE_SECONDS = 20.0
"""A stream that sends nothing for this long is closed."""
MAX_MESSAGE_BYTES = 1_000_000
"""Largest message: ten seconds at 48 kHz. The server closes a stream with a larger one, with code 1009."""
WAITING_SECONDS = 10.0
"""Sound that waits while earlier sound is analysed; then nothing more is read."""
FASTEST = 20.0
"""Sound is read up to this many times as fast as it was spoken, after the first `WAITING_SECONDS`."""
MESSAGES_PER_SECOND = 500.0
"""Messages are read up to this fast, after the first `WAITING_SECONDS`; 375 of 128 samples are sound at 48 kHz."""
RETRY_SECONDS = 30.0
STALLED_SECONDS = 10.0
"""A stream that gets no answer for this long, because the server is busy, is closed."""
SAMPLE = np.dtype("<i2")
DONE, NO_SOUND, INVALID, REFUSED, BROKEN, TRY_LATER = 1000, 1003, 1007, 1008, 1011, 1013
"""Codes of RFC 6455, section 7.4.1, and of its registry at IANA."""


class _Closed(Exception):
    """The stream ends with a code and a sentence; without a code, the client has ended it."""

    def __init__(self, code: int | None = None, sentence: str = ""):
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


@dataclass
class _Sound:
    """Sound that has arrived and is not analysed yet.

    Attributes:
        rate: Its sampling rate.
        data: Its samples.
        arrived: When the last of them arrived.
        problem: Why no more comes, if so.
    """

    rate: int
    data: bytes = b""
    arrived: float = 0.0
    problem: _Closed | None = None

    @property
    def is_full(self) -> bool:
        return len(self.data) > WAITING_SECONDS * self.rate * SAMPLE.itemsize


class Streams:
    """Serves all streams.

    Args:
        recognition: The model, and the turns that recordings take.
        root: Path below which the page is served.
    """

    def __init__(self, recognition: Recognition, root: str = ""):
        self.recognition, self.root = recognition, root
        self.most = STREAMS_PER_CORE * recognition.turns.at_once
        self.most_of_one = max(1, self.most // 2)
        self._open: Counter[str] = Counter()
        self._threads = ThreadPoolExecutor(self.most, "stream")  # they also wait for turns

    def __len__(self) -> int:
        """Return the number of open streams."""
        return self._open.total()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket, from its opening to its end."""
        await receive()  # websocket.connect
        client = scope["client"][0]
        try:
            rate = _rate(scope["query_string"])
            self._check_room(client)
        except Problem as problem:
            await refuse_websocket(send, problem.status, problem.body(self.root), problem.headers)
            return
        self._open[client] += 1
        try:
            await send({"type": "websocket.accept"})
            await self._serve(rate, receive, send)
        except _Closed as end:
            if end.code:
                await send({"type": "websocket.close", "code": end.code, "reason": end.sentence})
        except Exception:
            logger.exception("Unexpected error")
            await send({"type": "websocket.close", "code": BROKEN, "reason": SORRY})
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]

    def _check_room(self, client: str) -> None:
        if self._open[client] >= self.most_of_one:
            raise Problem(429, "You have too many open streams; close one of them.", retry_after=RETRY_SECONDS)
        if len(self) >= self.most:
            raise Problem(503, "Too many streams are open; try again in a minute.", retry_after=RETRY_SECONDS)

    async def _serve(self, rate: int, receive: Receive, send: Send) -> None:
        """Analyse what arrives until the stream ends.

        Raises:
            _Closed: It has ended.
        """
        sound, changed = _Sound(rate), asyncio.Condition()
        reading = asyncio.create_task(_read_on(sound, changed, receive, self.recognition.max_seconds))
        try:
            model, _ = await asyncio.to_thread(self.recognition.active)  # may load another version
            listener, due_since = Listener(model), 0.0
            while True:
                async with changed:
                    await changed.wait_for(lambda: sound.data or sound.problem)
                    data, sound.data, arrived = sound.data, b"", sound.arrived
                    changed.notify_all()
                if not data and sound.problem:
                    raise sound.problem
                loop = asyncio.get_running_loop()
                if not listener.is_due:  # otherwise an answer was not possible
                    due_since = time.monotonic()
                moment = await loop.run_in_executor(self._threads, self._hear, listener, rate, data, due_since)
                if moment:
                    text = json.dumps(plain(moment, time.monotonic() - arrived))
                    await send({"type": "websocket.send", "text": text})
        finally:
            reading.cancel()

    def _hear(self, listener: Listener, rate: int, data: bytes, due_since: float) -> Moment | None:
        """Return the new moment; ``None`` if none is due yet, or if too many recordings wait.

        Args:
            listener: Listener of the stream.
            rate: Sampling rate of the data.
            data: The new samples.
            due_since: Since when an answer has been due.

        Raises:
            _Closed: That was too long ago.
        """
        turns = self.recognition.turns

        def check() -> None:
            if time.monotonic() - due_since > STALLED_SECONDS:
                later = in_words(turns.wait_seconds())
                raise _Closed(TRY_LATER, f"Too many recordings are being analysed; open a new stream in {later}.")

        listener.add(rate, np.frombuffer(data, SAMPLE).astype(np.int16))
        if not listener.is_due:
            return None
        try:
            with turns.take(WINDOW_SECONDS, check, is_live=True):
                return listener.answer()
        except BusyError:
            check()
            return None


def plain(moment: Moment, behind_seconds: float) -> dict[str, Any]:
    """Return a moment as plain values: the length of the sound so far, and the prediction for its last seconds.

    Args:
        moment: The moment.
        behind_seconds: Time since the last sound in it arrived.
    """
    return {"seconds": moment.seconds, "behind_seconds": round(behind_seconds, 3), **moment.prediction.to_dict()}


async def _read_on(sound: _Sound, changed: asyncio.Condition, receive: Receive, max_seconds: float) -> None:
    """Add what arrives to the sound until the stream ends."""
    messages = received = 0
    opened = arrived = time.monotonic()
    while not sound.problem:
        pace = max(messages / MESSAGES_PER_SECOND, received / sound.rate / SAMPLE.itemsize / FASTEST)
        await asyncio.sleep(max(0.0, pace - WAITING_SECONDS - (time.monotonic() - opened)))
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                data = _data(await receive())
            arrived = time.monotonic()
            messages, received = messages + 1, received + len(data)
            seconds = max(received / sound.rate / SAMPLE.itemsize, time.monotonic() - opened)
            if seconds > max_seconds:
                raise _Closed(DONE, f"A stream may last {max_seconds:g} s; open a new one.")
        except TimeoutError:
            data, sound.problem = b"", _Closed(REFUSED, f"No sound came for {IDLE_SECONDS:g} s; open a new stream.")
        except _Closed as end:
            data, sound.problem = b"", end
        async with changed:
            await changed.wait_for(lambda: not sound.is_full)
            if data:
                sound.data, sound.arrived = sound.data + data, arrived
            changed.notify_all()


def _data(message: Message) -> bytes:
    """Return the samples in a message.

    Raises:
        _Closed: The client ended the stream, or the message has none.
    """
    if message["type"] == "websocket.disconnect":
        raise _Closed
    data = message.get("bytes")
    if data is None:
        raise _Closed(NO_SOUND, "Send the sound as binary messages.")
    if not data or len(data) % SAMPLE.itemsize:
        raise _Closed(INVALID, "Send whole samples of 16 bits each, and at least one in each message.")
    return data


def _rate(query: bytes) -> int:
    """Return the sampling rate in the address.

    Raises:
        Problem: It is missing or invalid, or there are other parameters.
    """
    given = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    limits = f"a whole number from {MIN_SOURCE_RATE} to {MAX_SOURCE_RATE}"
    if list(given) != ["rate"] or len(given["rate"]) != 1:
        raise Problem(400, f"Open the stream with one parameter, the sampling rate in Hz, as ?rate=16000: {limits}.")
    text = given["rate"][0]
    rate = int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0
    if not MIN_SOURCE_RATE <= rate <= MAX_SOURCE_RATE:
        raise Problem(400, f"The rate is {text[:20]!r}; it must be {limits}.")
    return rate
