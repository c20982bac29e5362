"""Measure how fast the desk is with 10,000 calls of 200 callers.

    python -m benchmarks.desk [--postgresql ADDRESS]

The desk is filled with rows like those of calls of 30 s, without recordings: reading lists does not touch them. Then
the views are read some times, each in a new connection, while nothing else of this process runs. The figures are saved
in `benchmarks/desk.json`, and the page is `benchmarks/DESK.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert

from benchmarks.kept import table
from emotion_hf.desk import Desk, alarms, calls, listing, schema, setup
from emotion_hf.desk.listing import Filter
from emotion_hf.desk.rule import Moment, Rule, judge, mean_strain
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction
from emotion_hf.settings import Settings
from emotion_hf.timeline import Timeline, Window

FIGURES, PAGE = Path(__file__).with_name("desk.json"), Path(__file__).with_name("DESK.md")
CALLERS, CALLS = 200, 10_000
WINDOWS, SECONDS = 14, 30.0
ROUNDS = 9
START = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 500
VIEWS: dict[str, Callable[[Desk], Any]] = {
    "first view: all callers with trend and alarms": listing.overview,
    "change number, which browsers poll": Desk.change_number,
    "first page of the history": listing.history,
    "urgent calls whose note has a word": lambda desk: listing.history(desk, Filter(urgent=True, text="ladder")),
    "last page of the history": lambda desk: listing.history(desk, page=CALLS),
    "one call with its timeline": lambda desk: calls.get(desk, CALLS // 2),
    "precision and alarms per hour": alarms.measured,
}


def fill(desk: Desk) -> None:
    """Put callers, calls and acknowledgements on an empty desk."""
    setup.accept(desk, purpose="Benchmark", place="here")
    rng = np.random.default_rng(0)
    with desk.writing() as connection:
        people = [
            {"name": f"Caller {number}", "name_key": f"caller {number}", "may_train": False, "created_at": START}
            for number in range(CALLERS)
        ]
        connection.execute(insert(schema.callers), people)
        for start in range(0, CALLS, BATCH):
            rows = [_call(number, rng) for number in range(start, start + BATCH)]
            connection.execute(insert(schema.calls), [row for row, _ in rows])
            connection.execute(insert(schema.results), [results for _, results in rows])
        noted = [
            {"call_id": number, "kind": "acknowledge", "who": "", "at": START, "judged": "right", "note": "a ladder"}
            for number in range(1, CALLS, 20)
        ]
        connection.execute(insert(schema.acknowledgements), noted)


def measure(desk: Desk) -> dict[str, list[float]]:
    """Return the seconds of each round of each view."""
    found: dict[str, list[float]] = {}
    for name, read in VIEWS.items():
        found[name] = []
        for _ in range(ROUNDS):
            desk.database.engine.dispose()  # a new connection has read nothing yet
            begun = time.perf_counter()
            read(desk)
            found[name].append(time.perf_counter() - begun)
    return found


def document(figures: dict[str, Any]) -> str:
    """Return the Markdown page of the figures."""
    rows = [[name, *(_shown(figures["seconds"][kind][name]) for kind in figures["seconds"])] for name in VIEWS]
    heads = ["view", *figures["seconds"]]
    size = f"{figures['calls']:,} calls of {figures['callers']:,} callers, each with a timeline of {WINDOWS} windows"
    return f"""# The desk with many calls

{size}. The SQLite file has
{figures["megabytes"]} MB. Median of {ROUNDS} rounds, and the slowest, each in a new connection, on a machine with
{figures["cores"]} cores that ran other programs as well. Repeat it with `python -m benchmarks.desk`.

{table(heads, rows)}
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the figures and the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgresql", metavar="ADDRESS", default="", help="Also measure this empty database.")
    options = parser.parse_args(arguments)
    seconds: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        desk = Desk.open(settings)
        fill(desk)
        seconds["SQLite"] = measure(desk)
        desk.database.erase()
        megabytes = round(sum(path.stat().st_size for path in desk.folder.glob("desk.sqlite*")) / 1e6)
        desk.close()
        if options.postgresql:
            desk = Desk.open(replace(settings, desk_database=options.postgresql))
            fill(desk)
            seconds["PostgreSQL"] = measure(desk)
            desk.close()
    figures = {
        "calls": CALLS,
        "callers": CALLERS,
        "cores": len(os.sched_getaffinity(0)),
        "megabytes": megabytes,
        "seconds": seconds,
    }
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(document(figures), encoding="utf-8")


def _call(number: int, rng: np.random.Generator) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the row of a call with random scores, and that of its results."""
    rule, step = Rule(), SECONDS / WINDOWS
    scores = rng.dirichlet(np.full(len(LABELS), 0.3), WINDOWS)
    windows = tuple(
        Window(step * place, step * (place + 1), Prediction(dict(zip(LABELS, row.tolist(), strict=True)), model="b"))
        for place, row in enumerate(scores)
    )
    mean = Prediction(dict(zip(LABELS, scores.mean(0).tolist(), strict=True)), duration_seconds=SECONDS, model="b")
    moments = [Moment(one.start_seconds, one.end_seconds, one.prediction.scores) for one in windows]
    urgency = judge(moments, rule)
    reason, at = urgency.reason, START + timedelta(minutes=5 * number)
    results = {
        "call_id": 1 + number,
        "prediction": mean.to_dict(),
        "timeline": Timeline(windows, mean, SECONDS).to_dict(),
        "uncorrected": [dict(one.prediction.scores) for one in windows],
    }
    row = {
        "caller_id": 1 + number % CALLERS,
        "received_at": at,
        "happened_at": at,
        "file_name": f"{number}.wav",
        "source": f"{number:064x}",
        "audio": f"{number:064x}",
        "duration_seconds": SECONDS,
        "label": mean.label,
        "confidence": mean.confidence,
        "verdict": "ok",
        "strain": mean_strain(moments, rule),
        "reference_recordings": number // CALLERS,
        "model": "b",
        "level": int(urgency.level),
        "reason_emotion": reason.emotion if reason else None,
        "reason_start_seconds": reason.start_seconds if reason else None,
        "reason_end_seconds": reason.end_seconds if reason else None,
        "reason_confidence": reason.confidence if reason else None,
        "state": ("open" if number > CALLS - 200 else "acknowledged") if urgency.level == 2 else "quiet",
    }
    return row, results


def _shown(seconds: Sequence[float]) -> str:
    return f"{1000 * statistics.median(seconds):.0f} ms ({1000 * max(seconds):.0f} ms)"


if __name__ == "__main__":
    main()
