"""Hear visitors live over HTTP: the page posts half a second of sound after the other, and gets the emotion back.

Gradio's streaming recorder does not fit here. It uploads each chunk as a file, so the voice would be written to the
disk, it holds a place in Gradio's queue for as long as somebody speaks, and it takes the sound as the browser has
cleaned it. Here the sound is the body of a plain request, stays in memory for three seconds, and is never written.

A request has the sound as 16-bit samples of one channel, in little-endian order, and two headers: a random token of
the listener and the sampling rate. The browser sends the next chunk after the answer, so nothing queues up: if the
server is busy, a chunk is longer and answers come less often. Each update takes a turn, and goes before recordings.

Example:
    >>> Listening(services).routes  # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emotion_hf.app.faces import WAITING, face_svg
from emotion_hf.app.guard.refusals import Refusal
from emotion_hf.app.services import Services
from emotion_hf.app.words import language_of, percent, say, speaking
from emotion_hf.errors import AudioError, BusyError
from emotion_hf.labels import face
from emotion_hf.live import WINDOW_SECONDS, Listener, Moment
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.timeline import name_of

ADDRESS = "/live"
TOKEN_HEADER, RATE_HEADER = "x-listener", "x-sampling-rate"
LISTENERS_PER_CORE = 4
"""Listeners at once for each recording that may be analysed at once; one takes some 15 % of a core."""
IDLE_SECONDS = 20.0
"""A listener that sends nothing for this long is forgotten."""
RETRY_SECONDS = 30.0
SAMPLE = np.dtype("<i2")
_TOKEN, _RATE = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9]{1,7}")


@dataclass
class _Visitor:
    """A listener, the client it belongs to, and when it was last used."""

    client: str
    listener: Listener
    seen: float
    lock: threading.Lock = field(default_factory=threading.Lock)


class Listening:
    """Holds the listeners of all visitors and serves them.

    Args:
        services: The model, and the turns that recordings take.
        clock: Returns the time in seconds.
    """

    def __init__(self, services: Services, clock: Callable[[], float] = time.monotonic):
        self.services, self._clock = services, clock
        self.most = LISTENERS_PER_CORE * services.turns.at_once
        self.most_of_one = max(1, self.most // 2)
        self._visitors: dict[str, _Visitor] = {}
        self._threads = ThreadPoolExecutor(self.most, "live")  # they also wait for turns, which must not block uploads
        self._sweep_is_due: asyncio.TimerHandle | None = None

    @property
    def routes(self) -> list[Route]:
        """The route that takes a chunk, and the one that forgets a listener."""
        return [
            Route(ADDRESS, self.hear, methods=["POST"]),
            Route(ADDRESS, self.forget, methods=["DELETE"]),
        ]

    def __len__(self) -> int:
        """Return the number of listeners."""
        return len(self._visitors)

    async def hear(self, request: Request) -> Response:
        """Hear a chunk, and return the current emotion as JSON, or 204 if there is nothing new.

        Raises:
            Refusal: 400 for an invalid request, 409 if the last chunk is still being analysed, 429 or 503 if there are
                too many listeners.
        """
        with speaking(language_of(request.cookies, request.headers)):
            rate, samples = _sound(request.headers.get(RATE_HEADER, ""), await request.body())
            visitor = self._visitor(_token(request), request.client.host if request.client else "")
            if not visitor.lock.acquire(blocking=False):
                raise Refusal(
                    409, say("The last part of the sound is still being analysed; send one after the other.")
                )
            loop = asyncio.get_running_loop()
            if self._sweep_is_due is None:
                self._sweep_is_due = loop.call_later(IDLE_SECONDS / 4, self._sweep_again, loop)
            try:
                moment = await loop.run_in_executor(self._threads, partial(self._hear, visitor, rate, samples))
            except AudioError as error:
                raise Refusal(400, str(error)) from error
            return JSONResponse(plain(moment)) if moment else Response(status_code=204)

    async def forget(self, request: Request) -> Response:
        """Forget a listener and the sound it still holds."""
        self._visitors.pop(_token(request), None)
        return Response(status_code=204)

    def sweep(self) -> None:
        """Forget the listeners that were idle for too long; a timer does it too."""
        oldest = self._clock() - IDLE_SECONDS
        self._visitors = {
            token: visitor
            for token, visitor in self._visitors.items()
            if visitor.seen >= oldest or visitor.lock.locked()
        }

    def _hear(self, visitor: _Visitor, rate: int, samples: np.ndarray) -> Moment | None:
        """Return the new moment; ``None`` if none is due yet, or if too many recordings wait."""
        try:
            visitor.listener.add(rate, samples)
            if not visitor.listener.is_due:
                return None
            with self.services.turns.take(WINDOW_SECONDS, is_live=True):
                return visitor.listener.answer()
        except BusyError:
            return None
        finally:
            visitor.seen = self._clock()
            visitor.lock.release()

    def _visitor(self, token: str, client: str) -> _Visitor:
        """Return the visitor with a token, after forgetting those that were idle for too long."""
        self.sweep()
        if token not in self._visitors:
            if sum(visitor.client == client for visitor in self._visitors.values()) >= self.most_of_one:
                text = say("You are listening in too many windows at once; stop one of them.")
                raise Refusal(429, text, retry_after=RETRY_SECONDS)
            if len(self._visitors) >= self.most:
                text = say("Too many people are using Live at the moment; try again in a minute.")
                raise Refusal(503, text, retry_after=RETRY_SECONDS)
            self._visitors[token] = _Visitor(client, Listener(self.services.classifier), self._clock())
        return self._visitors[token]

    def _sweep_again(self, loop: asyncio.AbstractEventLoop) -> None:
        self.sweep()
        self._sweep_is_due = loop.call_later(IDLE_SECONDS / 4, self._sweep_again, loop) if self._visitors else None


def plain(moment: Moment) -> dict[str, Any]:
    """Return a moment as the page shows it, in the language of the request; faces are HTML."""
    prediction = moment.prediction
    name = name_of(prediction)
    return {
        "seconds": moment.seconds,
        "next_seconds": moment.next_seconds,
        "name": name,
        "word": say(name),
        "face": face_svg(name if prediction.scores else WAITING),
        "title": say(name).capitalize() if prediction.scores else say("Listening …"),
        "text": _text(prediction),
        "confidence": prediction.confidence_word if prediction.verdict is Verdict.OK else "",
        "scores": [
            {"label": label, "word": say(label), "colour": face(label).colour, "score": round(score, 4)}
            for label, score in prediction.scores.items()
        ],
    }


def _text(prediction: Prediction) -> str:
    if prediction.verdict is Verdict.NO_SPEECH:
        return say("Speak, and the emotion appears here.")
    if prediction.verdict is Verdict.NOT_SURE:
        closest = f" {say('or')} ".join(say(label) for label in prediction.candidates)
        return say("No emotion stands out. Closest: {closest}.", closest=closest)
    word = {"high": say("high"), "medium": say("medium"), "low": say("low")}[prediction.confidence_word]
    return say("Confidence: {word}, {share}", word=word, share=percent(prediction.confidence))


def _token(request: Request) -> str:
    token = request.headers.get(TOKEN_HEADER, "")
    if not _TOKEN.fullmatch(token):
        raise Refusal(400, f"Send a random token of 32 hexadecimal digits as the header {TOKEN_HEADER}.")
    return token


def _sound(rate: str, body: bytes) -> tuple[int, np.ndarray]:
    if not _RATE.fullmatch(rate):
        raise Refusal(400, f"Send the sampling rate in Hz as the header {RATE_HEADER}.")
    if len(body) % SAMPLE.itemsize:
        raise Refusal(400, "Send whole samples of 16 bits each; the number of bytes is odd.")
    return int(rate), np.frombuffer(body, SAMPLE).astype(np.int16)
