"""RELIABILITY.md, made from the figures of `benchmarks.reliability`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import fill
from typing import Any

from benchmarks.kept import table

Figures = Mapping[str, Any]

INTRODUCTION = """# Reliability

These measurements show the effect of damaged recordings, killed processes and heavy traffic. To repeat them, run
`python -m benchmarks.reliability`; `make test` runs a short form of each. The page under test runs the model that
ships on the CPU, and its clients run on the same cores. Each section has the expected and the measured behaviour, with
the machine and its load at that time.
"""


def document(figures: Mapping[str, Figures]) -> str:
    """Return RELIABILITY.md, from the figures of each measurement that was made."""
    sections = [f"{SECTIONS[name](found)}\n{_circumstances(found)}" for name, found in figures.items()]
    return "\n".join([INTRODUCTION, *sections])


def _circumstances(found: Figures) -> str:
    return f"Measured on {found['date']} in {found['took_seconds']} s: {found['machine']}.\n"


def _decoder(found: Figures) -> str:
    counts = found["outcomes"]
    rows = [
        ("finite wave", f"{counts['wave']:,}"),
        ("refused with one sentence", f"{counts['refused']:,}"),
        ("any other error", f"{counts['error']:,}"),
        ("crash of the process", f"{counts['crash']:,}"),
        (f"hang of more than {found['hang_limit_seconds']:g} s", f"{counts['hang']:,}"),
    ]
    return f"""## Damaged recordings

Recordings of a voice in {len(found["formats"])} formats are damaged at random: bits are flipped, blocks are
overwritten, repeated or removed, lengths in the header are changed, and files are cut off or continued with a part of
another format. Only the first two outcomes are allowed.

{fill(f"Formats: {', '.join(found['formats'])}.", 119)}

{table(("outcome for " + format(found["mutations"], ",") + " damaged recordings", "number"), rows)}

The decoding process used at most {found["peak_megabytes"]} MB.{_faults(found)}
"""


def _store(found: Figures) -> str:
    return f"""## A process is killed while it saves corrections

A process adds and deletes corrections, and is killed (`kill -9`) at a random moment. Expected: all confirmed
corrections are there with their exact audio, and no deleted correction is back.

{_killed(found, "additions and deletions")}{_faults(found)}
"""


def _promotion(found: Figures) -> str:
    return f"""## A process is killed while it changes the current version

A process promotes versions and rolls them back, and is killed at a random moment. Expected: a complete version is
current, either the last confirmed one or the one that was being promoted.

{_killed(found, "changes")}{_faults(found)}
"""


def _checkpoint(found: Figures) -> str:
    return f"""## A process is killed while it saves checkpoints

A process saves checkpoints, and is killed at a random moment. Expected: the predictions of each confirmed checkpoint
are exactly those of the saved model; the checkpoint that was being saved also gives these predictions, or is absent or
refused.

{_killed(found, "checkpoints")}{_faults(found)}
"""


def _killed(found: Figures, steps: str) -> str:
    states = ", ".join(f"{state} {count:,}" for state, count in found["found"].items())
    return f"{found['kills']:,} kills during {found['confirmed']:,} confirmed {steps}. State afterwards: {states}."


def _load(found: Figures) -> str:
    rows = [
        (
            str(row["clients"]),
            f"{row['answers']:,}",
            str(row["errors"]),
            f"{row['answers_per_second']:.1f}",
            _seconds(row["p50_seconds"]),
            _seconds(row["p95_seconds"]),
        )
        for row in found["clients"]
    ]
    head = ("clients", "predictions", "errors", "predictions per second", "median time", "95th percentile")
    return f"""## Many clients

For {found["seconds"]:g} s, each client requests predictions for a clip of 3 s, one after the other.

{table(head, rows)}
"""


def _limits(found: Figures) -> str:
    return f"""## Limits

With a limit of {found["allowed_per_minute"]} requests per minute, a client sends {found["requests"]} requests at once:
{found["answered"]} succeed, {found["refused"]} are refused with status 429
({found["refused_with_retry_after"]} of them with a `Retry-After` header), and {found["others"]} have another result.
"""


def _long_files(found: Figures) -> str:
    all_after = found["long_all_after_seconds"]
    all_ready = f"The predictions for all long files were ready after {all_after:g} s"
    some_ready = f"The predictions for {found['long_answered']} long files were ready in time"
    waiting = found["long_files_still_waiting"]
    return f"""## Short clips during the analysis of long files

{found["long_files"]} files of {found["long_seconds"]:g} s are sent at once. Then {found["short_clips"]} clips of 3 s
are sent one after the other, while {max(waiting)} to {min(waiting)} long files are waiting or being analysed.
Expected: a prediction for a clip takes less than 2 s, including its upload.

The median was {_seconds(found["short_median_seconds"])}, the longest time {_seconds(found["short_worst_seconds"])}.
{all_ready if all_after else some_ready}. The page used at most {found["peak_megabytes"]:,} MB.
"""


def _slow_uploads(found: Figures) -> str:
    return f"""## Slow uploads

For {found["seconds"]:g} s, each of {found["connections"]} connections from one address slowly sends an upload, byte by
byte, while another client uploads clips and requests predictions. Expected: the other client gets its predictions.

The page closed {found["closed_by_the_page"]} of the slow connections. Of the other client's {found["requests"]}
requests, {found["errors"]} failed; the median time was {_seconds(found["median_seconds"])}, the longest
{_seconds(found["worst_seconds"])}.
"""


def _memory(found: Figures) -> str:
    before, after = f"{found['megabytes_before']:,.0f}", f"{found['megabytes_after']:,.0f}"
    return f"""## Memory over many requests

After {found["warm_up_requests"]} warm-up requests, {found["requests"]:,} more are sent, each with its own connection,
session and upload. The page keeps the last 100 sessions in memory (by default 1,000, about 90 kB each). The resident
memory changed from {before} to {after} MB ({found["kilobytes_per_request"]:+.1f} kB per request), the number of open
file descriptors from {found["descriptors_before"]} to {found["descriptors_after"]}; {found["errors"]} requests failed.
"""


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} s"


def _faults(found: Figures) -> str:
    return "".join(f"\n- Fault: {fault}" for fault in found["faults"])


SECTIONS: dict[str, Callable[[Figures], str]] = {
    "decoder": _decoder,
    "store": _store,
    "promotion": _promotion,
    "checkpoint": _checkpoint,
    "load": _load,
    "limits": _limits,
    "long_files": _long_files,
    "slow_uploads": _slow_uploads,
    "memory": _memory,
}
