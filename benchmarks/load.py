"""Measure a page that serves many programs at once, with and without scoring clips of different recordings together.

    python -m benchmarks.load

Clients in this process send clips of 3 s to `POST /v1/classify` of pages in other processes, each client from an
address of its own and one clip after the other. Two pages, with and without batching, are measured in turn, so that
changes of the machine's load affect both. Other points vary the number of recordings that are analysed at once, let
the queue overflow, and mix live streams with uploads. The figures are saved in `benchmarks/load.json`;
`benchmarks/load_page.py` makes the page `benchmarks/LOAD.md` and the plot `benchmarks/load.svg` from them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks import load_page
from benchmarks.load_streams import streams_and_uploads
from benchmarks.reliability_process import ANSWER_SECONDS, Page, busy_seconds, clip, running_page

FIGURES = Path(__file__).with_name("load.json")
CLIENTS = (1, 8, 32, 64)
AT_ONCE = (1, 2, 4)
ROUNDS = 2
SECONDS = 10.0
"""Length of a point; its last requests may end later."""
CLIP_SECONDS = 3.0
SMALL_QUEUE, BURST = 8, 32


@dataclass
class Sent:
    """What a client has measured: the time of each answer, and how many requests it sent."""

    waits: list[float] = field(default_factory=list)
    tries: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write figures, page and plot, and print the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="length of a point")
    options = parser.parse_args(arguments)
    found = {"cores": os.cpu_count(), "seconds": options.seconds, **measure(options.seconds)}
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    load_page.write(found)
    print(load_page.PAGE.read_text(encoding="utf-8"))
    return 0


def measure(seconds: float) -> dict[str, Any]:
    """Return all figures."""
    with running_page(batching=True) as together, running_page(batching=False) as alone:
        pages = {True: together, False: alone}
        for page in pages.values():
            point(page, 8, 2.0)  # the first predictions of a process are slow
        rounds = [
            {"clients": count, "batching": batching, **point(pages[batching], count, seconds)}
            for _ in range(ROUNDS)
            for count in CLIENTS
            for batching in (True, False)
        ]
        mixed = streams_and_uploads(together)
    return {"curve": rounds, "at_once": _numbers_at_once(seconds), "mixed": mixed, "overload": _overload()}


def _numbers_at_once(seconds: float) -> list[dict[str, Any]]:
    """Return the figures of pages that analyse different numbers of recordings at once."""
    found = []
    for at_once in AT_ONCE:
        with running_page(analyses_at_once=at_once) as page:
            point(page, 8, 2.0)
            found.append({"at_once": at_once, **point(page, 32, seconds)})
    return found


def _overload() -> dict[str, Any]:
    """Let clients send one clip each at the same time to a page whose queue is too small for them."""
    with running_page(max_waiting=SMALL_QUEUE) as page:
        point(page, 8, 2.0)
        begun = time.perf_counter()
        with ThreadPoolExecutor(BURST) as pool:
            sent = list(pool.map(lambda number: _send(page.port, number, begun), range(BURST)))
        return {
            "waiting": SMALL_QUEUE,
            "clients": BURST,
            "seconds": round(time.perf_counter() - begun, 1),
            "tries": {str(tries): count for tries, count in sorted(Counter(one.tries for one in sent).items())},
        }


def point(page: Page, clients: int, seconds: float) -> dict[str, Any]:
    """Let clients send one clip after the other for so many seconds, and return the figures."""
    for number in range(clients):
        recording(number)  # made before the time counts
    used, busy, own = page.cpu_seconds, busy_seconds(), time.process_time()
    begun = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        sent = list(pool.map(lambda number: _send(page.port, number, begun + seconds), range(clients)))
    took = time.perf_counter() - begun
    used, own = page.cpu_seconds - used, time.process_time() - own
    others = busy_seconds() - busy - used - own
    waits = [wait for one in sent for wait in one.waits]
    return {
        "answers": len(waits),
        "refused": sum(one.tries for one in sent) - len(waits),
        "answers_per_second": round(len(waits) / took, 2),
        "seconds": {f"p{share}": round(float(np.percentile(waits, share)), 3) for share in (50, 95, 99)},
        "server_milliseconds_per_answer": round(1000 * used / len(waits), 1),
        "cores_of_other_programs": round(max(0.0, others) / took, 2),
    }


def _send(port: int, number: int, until: float) -> Sent:
    """Send at least one clip, and one after the other until a time; after a refusal, wait as long as it says."""
    sent = Sent()
    transport = httpx.HTTPTransport(verify=False, local_address=address(number))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=ANSWER_SECONDS, transport=transport) as http:
        while not sent.waits or time.perf_counter() < until:
            begun = time.perf_counter()
            answer = http.post("/v1/classify", files={"file": ("clip.flac", recording(number))})
            sent.tries += 1
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                time.sleep(float(answer.headers["retry-after"]))
                continue
            answer.raise_for_status()
            sent.waits.append(time.perf_counter() - begun)
    return sent


@cache
def recording(number: int) -> bytes:
    """Return the clip that a client sends."""
    return clip(CLIP_SECONDS, seed=number)


def address(number: int) -> str:
    """Return an address of this machine, so that the page takes each client for another one."""
    return f"127.0.1.{number + 1}"


if __name__ == "__main__":
    sys.exit(main())
