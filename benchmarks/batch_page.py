"""The page about `emotion-hf batch`, from its figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.kept import table

HEAD = """# Scoring very many recordings

`emotion-hf batch` beside `pipeline("audio-classification")` of transformers with the same model. Repeat it with
`python -m benchmarks.batch --data DIR`.

"""


def page(figures: Mapping[str, Any]) -> str:
    """Return the page."""
    made = {"speed": _speed, "kill": _kill, "ray": _ray, "memory": _memory}
    return HEAD + "\n".join(make(figures[name]) for name, make in made.items() if name in figures)


def _speed(found: Mapping[str, Any]) -> str:
    clips, programs = found["clips"], found["programs"]
    stock = programs["pipeline of transformers"]
    rows = [
        [
            name,
            f"{one['elapsed']:.0f} s",
            f"{clips / one['elapsed']:.1f}",
            f"{stock['elapsed'] / one['elapsed']:.1f}×",
            f"{one['processor']:.0f} s",
            f"{clips / one['processor']:.1f}",
            f"{stock['processor'] / one['processor']:.1f}×",
        ]
        for name, one in programs.items()
    ]
    head = ["program", "elapsed", "clips per second", "faster", "processor time"]
    head += ["clips per processor second", "less processor time"]
    best = min(programs.values(), key=lambda one: one["processor"])
    hours = 1e6 * best["processor"] / clips / 3600
    return f"""## Speed

{clips:,} clips of {found["mean_seconds"]:.1f} s on average, on a machine with {found["cores"]} cores. Other programs used
it at the same time. The start of each program is included. The pipeline reads the files with FFmpeg.

{table(head, rows)}

A million such clips take {hours:.0f} hours of one core, divided by the number of cores.
"""


def _kill(found: Mapping[str, Any]) -> str:
    return f"""## A run that is killed

A run over {found["clips"]} clips was killed with `kill -9` after {found["written_before"]} rows were written. The same
command then finished the work: {found["rows"]} rows for {found["paths"]} recordings. {found["workers_left"]} of the
killed run's workers were left.
"""


def _ray(found: Mapping[str, Any]) -> str:
    same = "the same paths as" if found["same_paths"] else "other paths than"
    return f"""## A cluster of Ray with a worker that is killed

Two workers scored {found["clips"]} clips, and one of them was killed with `kill -9` after {found["killed_after"]} rows
were written. The result has {found["rows"]} rows with {same} a local run, {found["same_labels"]} of them with the same
label. No score differs by more than {found["greatest_difference"]:.1g}. With the start of the cluster, it took
{found["seconds"]:.0f} s.
"""


def _memory(found: Mapping[str, float]) -> str:
    rows = [[f"{int(clips):,}", f"{megabytes:.0f} MB"] for clips, megabytes in found.items()]
    return f"""## Memory

Peak memory of the process that reads, distributes and writes, for short clips in one Parquet file:

{table(["clips", "peak"], rows)}
"""
