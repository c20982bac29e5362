"""Live streams and uploads at the same time: does a stream stay in real time, and is each upload answered?"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.reliability_process import ANSWER_SECONDS, Page, clip
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.live import UPDATE_SECONDS
from emotion_hf.testing import synthetic_voice

STREAMS, UPLOADS = 8, 50
SECONDS, UPLOADS_AFTER_SECONDS = 20.0, 4.0
CLIP_SECONDS = 3.0
LATE_SECONDS = 1.0


@dataclass
class Measured:
    """What one stream measured.

    Attributes:
        late: Of each answer, the time since its last sound was sent.
        told: The same as the answer says it.
        closed: Code with which the server closed the stream; `None` if it did not.
    """

    late: list[float] = field(default_factory=list)
    told: list[float] = field(default_factory=list)
    closed: int | None = None


def streams_and_uploads(page: Page) -> dict[str, Any]:
    """Open 8 streams in real time, send 50 clips at once while they run, and return the figures."""
    return asyncio.run(_both(page.port))


async def _both(port: int) -> dict[str, Any]:
    recordings = [clip(CLIP_SECONDS, seed=number) for number in range(UPLOADS)]
    measured = [Measured() for _ in range(STREAMS)]
    streams = [_stream(port, number, one) for number, one in enumerate(measured)]
    *_, uploads = await asyncio.gather(*streams, _uploads(port, recordings))
    late = np.array([seconds for one in measured for seconds in one.late])
    told = np.array([seconds for one in measured for seconds in one.told])
    return {
        "streams": STREAMS,
        "seconds": SECONDS,
        "stream_answers": len(late),
        "stream_late_seconds": {f"p{share}": round(float(np.percentile(late, share)), 3) for share in (50, 95, 100)},
        "answers_later_than_a_second": int(np.sum(late > LATE_SECONDS)),
        "difference_to_what_was_told_seconds": {
            f"p{share}": round(float(np.percentile(np.abs(late - told), share)), 3) for share in (95, 100)
        },
        "streams_closed": [one.closed for one in measured if one.closed],
        **uploads,
    }


async def _stream(port: int, number: int, measured: Measured) -> None:
    """Send sound in real time, half a second after the other, and keep what comes back."""
    wave = np.resize(synthetic_voice(6.0, seed=number), round((SECONDS + 1) * SAMPLING_RATE))
    sound = np.round(32_767 * wave).astype("<i2").tobytes()
    size = round(UPDATE_SECONDS * SAMPLING_RATE) * 2
    options = {"local_addr": (f"127.0.3.{number + 1}", 0), "proxy": None, "open_timeout": 60}
    async with connect(f"ws://127.0.0.1:{port}/v1/stream?rate={SAMPLING_RATE}", **options) as stream:
        begun = time.perf_counter() + UPDATE_SECONDS * number / STREAMS
        receiving = asyncio.create_task(_receive(stream, begun, measured))
        try:
            for step in range(round(SECONDS / UPDATE_SECONDS)):
                await asyncio.sleep(max(0.0, begun + (step + 1) * UPDATE_SECONDS - time.perf_counter()))
                await stream.send(sound[step * size : (step + 1) * size])
            await asyncio.sleep(2 * LATE_SECONDS)
        except ConnectionClosed as end:
            measured.closed = end.rcvd.code if end.rcvd else None
        receiving.cancel()


async def _receive(stream: ClientConnection, begun: float, measured: Measured) -> None:
    async for message in stream:
        moment = json.loads(message)
        measured.late.append(time.perf_counter() - begun - moment["seconds"])
        measured.told.append(moment["behind_seconds"])


async def _uploads(port: int, recordings: list[bytes]) -> dict[str, Any]:
    """Send all clips at once, and return how they were answered."""
    await asyncio.sleep(UPLOADS_AFTER_SECONDS)
    begun = time.perf_counter()
    answers = await asyncio.gather(*(_upload(port, *one) for one in enumerate(recordings)))
    waits = [wait for wait, _ in answers]
    return {
        "uploads": UPLOADS,
        "upload_statuses": {str(status): count for status, count in sorted(Counter(s for _, s in answers).items())},
        "upload_seconds": {f"p{share}": round(float(np.percentile(waits, share)), 2) for share in (50, 95, 100)},
        "uploads_took_seconds": round(time.perf_counter() - begun, 1),
    }


async def _upload(port: int, number: int, recording: bytes) -> tuple[float, int]:
    begun = time.perf_counter()
    transport = httpx.AsyncHTTPTransport(verify=False, local_address=f"127.0.1.{number + 1}")
    async with httpx.AsyncClient(transport=transport, timeout=ANSWER_SECONDS) as http:
        url = f"http://127.0.0.1:{port}/v1/classify"
        answer = await http.post(url, files={"file": ("clip.flac", recording)})
    return time.perf_counter() - begun, answer.status_code
