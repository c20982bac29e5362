"""The page about `emotion-hf batch`, from its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.kept import table

HEAD = """# Scoring very many recordings

`emotion-hf batch` compared with the `pipeline("audio-classification")` of transformers, with the same model. Repeat it
with `python -m benchmarks.batch --data DIR`.

"""


def page(figures: Mapping[str, Any]) -> str:
    """Return the page."""
    made = {"speed": _speed, "growth": _growth, "ways": _ways, "kill": _kill, "ray": _ray, "memory": _memory}
    return HEAD + "\n".join(make(figures[name]) for name, make in made.items() if name in figures)


def _speed(found: Mapping[str, Any]) -> str:
    ours = found["programs"]["emotion-hf batch"]
    hours = 1e6 * ours["processor"] / ours["clips"] / 3600
    return f"""## Speed

Clips of {found["mean_seconds"]:.1f} s on average, on a machine with {found["cores"]} cores. The start of each
program is included. The pipeline reads the files with FFmpeg.

{_times(found)}

At this rate, a million such clips take {hours:.0f} hours on one core, divided by the number of cores. In 8 bits, some
labels differ: [The ONNX twin](ONNX.md) has the accuracy. The pipeline computes on all cores at once and waits for the
slowest part of each product, so it falls further behind on a machine that other programs use.
"""


def _growth(found: Sequence[Mapping[str, float]]) -> str:
    rows = [
        [
            f"{one['clips']:,}",
            f"{one['processor']:.0f} s",
            f"{1_000 * one['processor'] / one['clips']:.0f} ms",
            f"{one['elapsed']:.0f} s",
        ]
        for one in found
    ]
    return f"""## More clips

{table(["clips", "processor time", "for each clip", "elapsed"], rows)}

The time for each clip falls, because the programs start once.
"""


def _ways(found: Mapping[str, Any]) -> str:
    return f"""## Other ways

The same for {found["clips"]} clips, so that the start counts more. One worker uses all cores to score a clip, several
use one each.

{_times(found)}
"""


def _times(found: Mapping[str, Any]) -> str:
    """Return a table of the programs; the first is what the others are compared with."""
    rates = {
        name: {kind: one["clips"] / one[kind] for kind in ("elapsed", "processor")}
        for name, one in found["programs"].items()
    }
    first = next(iter(rates.values()))
    rows = []
    for name, one in found["programs"].items():
        row = [f"`{name}`" if name.startswith("emotion-hf") else name, f"{one['clips']:,}"]
        for kind, rate in rates[name].items():
            row += [f"{one[kind]:.0f} s", f"{rate:.1f}", f"{rate / first[kind]:.1f}×"]
        rows.append(row)
    head = ["program", "clips", "elapsed", "clips per second", "faster"]
    return table([*head, "processor time", "clips per processor second", "more"], rows)


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
