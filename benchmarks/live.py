"""Measure the tab Live on a running page, as a visitor has it: one listener, then four at once.

    python -m benchmarks.live --data ravdess=DIR

Simulated listeners send sound to a page in another process in real time, as `emotion_hf/app/microphone.py` does: one
half second after the other, and more if the last answer was late. For a minute, two seconds of silence and six seconds
of a synthetic voice follow each other. `benchmarks/live_accuracy.py` measures how many predictions are right. The
figures are saved in `benchmarks/live.json`, and the page is `benchmarks/LIVE.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import soxr

from benchmarks import live_accuracy
from benchmarks.kept import table
from benchmarks.reliability_process import Page, busy_seconds, running_page
from emotion_hf.app.listening import ADDRESS, RATE_HEADER, TOKEN_HEADER
from emotion_hf.app.microphone import MOST_SECONDS
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.corpora import parse_data
from emotion_hf.live import UPDATE_SECONDS
from emotion_hf.settings import Settings
from emotion_hf.testing import synthetic_voice

FIGURES, PAGE = Path(__file__).with_name("live.json"), Path(__file__).with_name("LIVE.md")
LISTENERS = (1, 4)
SECONDS = 60.0
RATE = 48_000
SILENT_SECONDS, SPOKEN_SECONDS = 2.0, 6.0
BLOCK_SECONDS = 0.05
"""The browser hands over its sound in blocks of this length."""


@dataclass
class Measured:
    """What one listener measured: of each answer its time, its delay and whether it had an emotion."""

    at: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    spoken: list[bool] = field(default_factory=list)
    refused: int = 0

    def first_answers(self) -> list[float]:
        """Return the seconds from the first sound of each stretch of speech to the first emotion."""
        cycle = SILENT_SECONDS + SPOKEN_SECONDS
        firsts = {}
        for at, is_spoken in zip(self.at, self.spoken, strict=True):
            number, within = divmod(at, cycle)
            if is_spoken and within > SILENT_SECONDS and number not in firsts:
                firsts[number] = within - SILENT_SECONDS
        return list(firsts.values())

    def intervals(self) -> list[float]:
        """Return the seconds between two answers with an emotion in one stretch of speech."""
        pairs = zip(self.at, self.at[1:], self.spoken, self.spoken[1:], strict=False)
        return [after - before for before, after, one, other in pairs if one and other]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write figures and page, and print the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=[], metavar="NAME=DIR")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args(arguments)
    found = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    found["speed"] = {
        "cores": os.cpu_count(),
        "listeners": [measure(count, options.seconds) for count in LISTENERS],
    }
    if options.data:
        found["accuracy"] = live_accuracy.measure(parse_data(options.data)["ravdess"])
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(document(found), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))
    return 0


def measure(count: int, seconds: float) -> dict[str, Any]:
    """Return the figures of a new page with so many listeners, under the limits that a page has by default."""
    limit = Settings.__dataclass_fields__["requests_per_minute"].default
    with running_page(requests_per_minute=limit) as page:
        listen(page, 3.0, Measured(), 0.0)  # the first prediction of a process is slow
        measured = [Measured() for _ in range(count)]
        threads = [
            threading.Thread(target=listen, args=(page, seconds, one, number * UPDATE_SECONDS / count))
            for number, one in enumerate(measured)
        ]
        used, busy = page.cpu_seconds, busy_seconds()
        own, begun = time.process_time(), time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - begun
        used, own = page.cpu_seconds - used, time.process_time() - own
        others = busy_seconds() - busy - used - own
    delays = np.array([delay for one in measured for delay in one.delays])
    at = np.array([time for one in measured for time in one.at])
    firsts = [first for one in measured for first in one.first_answers()]
    intervals = [interval for one in measured for interval in one.intervals()]
    third = seconds / 3
    return {
        "listeners": count,
        "seconds": round(took, 1),
        "answers": len(delays),
        "refused": sum(one.refused for one in measured),
        "first_answer_seconds": {"median": _round(np.median(firsts)), "longest": _round(max(firsts))},
        "interval_seconds": {"median": _round(np.median(intervals)), "p95": _round(np.percentile(intervals, 95))},
        "delay_seconds": {"median": _round(np.median(delays)), "p95": _round(np.percentile(delays, 95))},
        "delay_by_third": [
            _round(np.median(delays[(at >= third * number) & (at < third * (number + 1))])) for number in range(3)
        ],
        "core_share_of_each": round(used / took / count, 3),
        "cores_of_other_programs": round(max(0.0, others) / took, 2),
    }


def listen(page: Page, seconds: float, measured: Measured, later_seconds: float) -> None:
    """Send sound in real time for so many seconds, beginning a little later, and keep what comes back."""
    silence, voice = np.zeros(round(SILENT_SECONDS * RATE)), synthetic_voice(SPOKEN_SECONDS, seed=1)
    cycle = np.concatenate([silence, soxr.resample(voice, SAMPLING_RATE, RATE)])
    sound = np.round(32_767 * np.resize(cycle, round((seconds + 1) * RATE))).astype("<i2")
    headers = {TOKEN_HEADER: secrets.token_hex(16), RATE_HEADER: str(RATE)}
    sent, period = 0.0, UPDATE_SECONDS
    with httpx.Client(base_url=f"http://127.0.0.1:{page.port}", timeout=60) as http:
        time.sleep(later_seconds)
        begun = time.perf_counter()
        while sent < seconds:
            time.sleep(max(0.0, sent + period - (time.perf_counter() - begun)))
            recorded = max(sent + period, (time.perf_counter() - begun) // BLOCK_SECONDS * BLOCK_SECONDS)
            start = max(sent, recorded - MOST_SECONDS)
            body = sound[round(start * RATE) : round(recorded * RATE)].tobytes()
            response, sent = http.post(ADDRESS, content=body, headers=headers), recorded
            now = time.perf_counter() - begun
            if response.status_code == 200:
                answer = response.json()
                period = answer["next_seconds"]
                measured.at.append(now)
                measured.delays.append(now - recorded)
                measured.spoken.append(bool(answer["scores"]))
            else:
                measured.refused += response.status_code != 204
        http.delete(ADDRESS, headers=headers)


def document(found: dict[str, Any]) -> str:
    """Return the page."""
    speed = found["speed"]
    rows = [
        [
            str(one["listeners"]),
            f"{one['first_answer_seconds']['median']:.2f} s ({one['first_answer_seconds']['longest']:.2f} s)",
            f"{one['interval_seconds']['median']:.2f} s ({one['interval_seconds']['p95']:.2f} s)",
            f"{one['delay_seconds']['median']:.2f} s ({one['delay_seconds']['p95']:.2f} s)",
            ", ".join(f"{delay:.2f} s" for delay in one["delay_by_third"]),
            f"{100 * one['core_share_of_each']:.0f} %",
            str(one["refused"]),
            f"{one['cores_of_other_programs']:.1f}",
        ]
        for one in speed["listeners"]
    ]
    head = [
        *("listeners", "first answer, median (longest)", "between answers, median (95 %)"),
        *(
            "delay, median (95 %)",
            "delay in each third of the time",
            "share of a core for each",
            "refused",
            "cores used by other programs",
        ),
    ]
    page = (
        "# Live\n\n"
        f"Simulated listeners send sound to a page in real time for {speed['listeners'][0]['seconds']:.0f} s, on a "
        f"machine with {speed['cores']} cores. The simulation\nand other programs run on the same cores. The first "
        "answer counts from the first sound of a voice to the first emotion. The\ndelay counts from the end of a "
        "chunk to its answer. The share of a core is that of the whole process of the page. Repeat it\n"
        "with `python -m benchmarks.live --data ravdess=DIR`.\n\n"
        f"{table(head, rows)}\n"
    )
    return page + (live_accuracy.document(found["accuracy"]) if "accuracy" in found else "")


def _round(seconds: float) -> float:
    return round(float(seconds), 3)


if __name__ == "__main__":
    sys.exit(main())
