"""Measure reliability under attack, and write `benchmarks/reliability.json` and `RELIABILITY.md`.

    python -m benchmarks.reliability                        # everything, about 20 minutes
    python -m benchmarks.reliability --only decoder store   # only these; the other figures stay
    python -m benchmarks.reliability --short                # one minute; prints the figures and writes nothing

The measurements damage recordings, kill processes while they save files, and send traffic to a page on this machine
only. Each measurement has a time limit and stops the processes that it started; its figures are written at once.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from benchmarks import reliability_decoder as decoder
from benchmarks import reliability_kills as kills
from benchmarks import reliability_traffic as traffic
from benchmarks.reliability_page import document
from benchmarks.reliability_process import running_page
from emotion_hf.disk import write_whole

FIGURES = Path(__file__).with_suffix(".json")
SESSIONS = 100
"""Number of sessions that the page keeps while its memory is measured; less than the number of warm-up requests."""
PAGE = Path(__file__).with_name("RELIABILITY.md")


def on_a_page(measure: Callable[..., dict[str, Any]], **settings: object) -> Callable[..., dict[str, Any]]:
    """Return a measurement that starts its own page, so that earlier measurements do not affect its memory."""

    def measured(*, short: bool = False) -> dict[str, Any]:
        with running_page(**settings) as page:
            return measure(page, short=short)

    return measured


MEASUREMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    "decoder": decoder.measure,
    **{name: partial(kills.measure, name) for name in kills.LOOPS},
    "load": on_a_page(traffic.load),
    "limits": traffic.limits,
    "long_files": on_a_page(traffic.long_files),
    "slow_uploads": on_a_page(traffic.slow_uploads),
    "memory": on_a_page(traffic.memory, max_sessions=SESSIONS),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurements, print the figures, and write them unless the short form is used."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a few seconds each; writes nothing")
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=[*MEASUREMENTS], metavar="NAME")
    options = parser.parse_args(arguments)
    failed = 0
    for name in options.only:
        start = time.monotonic()
        try:
            found = MEASUREMENTS[name](short=options.short)
        except (RuntimeError, OSError, subprocess.TimeoutExpired, httpx.HTTPError) as error:
            failed += 1
            print(f"{name} cannot be measured: {error}", file=sys.stderr, flush=True)
            continue
        took = round(time.monotonic() - start)
        print(f"{name} ({took} s): {json.dumps(found)}", flush=True)
        if not options.short:
            write(name, {"date": date.today().isoformat(), "machine": machine(), "took_seconds": took, **found})
    return 1 if failed else 0


def write(name: str, found: dict[str, Any]) -> None:
    """Write the figures of a measurement into the file of figures, and update the page."""
    kept = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    kept[name] = found
    figures = {known: kept[known] for known in MEASUREMENTS if known in kept}
    write_whole(FIGURES, (json.dumps(figures, indent=1) + "\n").encode())
    write_whole(PAGE, document(figures).encode())


def machine() -> str:
    """Return a description of the machine and its load."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    system, python = platform.system(), platform.python_version()
    return f"{cores} cores ({platform.machine()}), {system}, Python {python}, load average {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main())
