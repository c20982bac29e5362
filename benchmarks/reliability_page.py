"""RELIABILITY.md, made from the figures of `benchmarks.reliability`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import fill
from typing import Any

from benchmarks.kept import table

Figures = Mapping[str, Any]

INTRODUCTION = """# Reliability

What happens when recordings are damaged, processes are killed, and a page is asked too much. Repeat it with
`python -m benchmarks.reliability`; `make test` runs a short form of each measurement. The page under test runs on the
CPU of this machine with the model that ships, and its clients run on the same cores. Each section says what it expects
and what was found, with the machine and its load at that time.
"""


def document(figures: Mapping[str, Figures]) -> str:
    """Return RELIABILITY.md, from the figures of each measurement that was made."""
    told = [f"{SECTIONS[name](found)}\n{_circumstances(found)}" for name, found in figures.items()]
    return "\n".join([INTRODUCTION, *told])


def _circumstances(found: Figures) -> str:
    return f"Measured on {found['date']} in {found['took_seconds']} s: {found['machine']}.\n"


def _decoder(found: Figures) -> str:
    counts = found["outcomes"]
    rows = [
        ("became a finite wave", f"{counts['wave']:,}"),
        ("refused in one sentence", f"{counts['refused']:,}"),
        ("any other error", f"{counts['error']:,}"),
        ("crash of the process", f"{counts['crash']:,}"),
        (f"hang of more than {found['hang_limit_seconds']:g} s", f"{counts['hang']:,}"),
    ]
    return f"""## Damaged recordings

A voice in {len(found["formats"])} formats is damaged at random: bits flip, blocks are overwritten, doubled or lost,
lengths in the header lie, files are cut off or continue as another format. Only the first two outcomes are allowed.

{fill(f"The formats: {', '.join(found['formats'])}.", 119)}

{table(("of " + format(found["mutations"], ",") + " damaged recordings", "count"), rows)}

The decoding process needed {found["peak_megabytes"]} MB at most.{_faults(found)}
"""


def _store(found: Figures) -> str:
    return f"""## Killed while corrections are saved

A process adds and deletes corrections, and is killed (`kill -9`) at a random moment. Expected: every confirmed
correction is there with its exact sound, and no deleted one is back.

{_killed(found, "additions and deletions")}{_faults(found)}
"""


def _promotion(found: Figures) -> str:
    return f"""## Killed while versions are switched

A process promotes versions and rolls them back, and is killed at a random moment. Expected: one whole version answers,
the last one that was confirmed or the one being switched to.

{_killed(found, "switches")}{_faults(found)}
"""


def _checkpoint(found: Figures) -> str:
    return f"""## Killed while checkpoints are saved

A process saves checkpoints and is killed at a random moment. Expected: each confirmed checkpoint answers exactly as
before it was saved; the one being saved does so too, or is absent, or is refused.

{_killed(found, "checkpoints")}{_faults(found)}
"""


def _killed(found: Figures, steps: str) -> str:
    states = ", ".join(f"{state} {count:,}" for state, count in found["found"].items())
    return f"{found['kills']:,} kills during {found['confirmed']:,} confirmed {steps}; state afterwards: {states}."


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
    head = ("clients", "answers", "errors", "answers per second", "median", "95 % within")
    return f"""## Many clients

Each client asks for the answer to a clip of 3 s again and again for {found["seconds"]:g} s.

{table(head, rows)}
"""


def _limits(found: Figures) -> str:
    return f"""## Limits

With a limit of {found["allowed_per_minute"]} requests a minute, a client sends {found["requests"]} at once:
{found["answered"]} are answered, {found["refused"]} refused with status 429
({found["refused_with_retry_after"]} of them say when to come again), {found["others"]} end otherwise.
"""


def _long_files(found: Figures) -> str:
    all_after = found["long_all_after_seconds"]
    ended = f"all were answered after {all_after:g} s" if all_after else f"{found['long_answered']} were answered"
    waiting = found["long_files_still_waiting"]
    return f"""## Short clips beside long files

{found["long_files"]} files of {found["long_seconds"]:g} s are sent at once. Then {found["short_clips"]} clips of 3 s
are sent one after the other, while {max(waiting)} to {min(waiting)} long files wait or are being analysed. Expected: a
clip is answered within 2 s, its upload included.

The median was {_seconds(found["short_median_seconds"])}, the worst {_seconds(found["short_worst_seconds"])}. Of the
long files {ended}; the page needed {found["peak_megabytes"]:,} MB at most.
"""


def _slow_uploads(found: Figures) -> str:
    return f"""## Slow uploads

For {found["seconds"]:g} s, {found["connections"]} connections from one address each send a byte of an upload now and
then, while another client uploads clips and asks for answers. Expected: the other client is answered.

The page closed {found["closed_by_the_page"]} of the slow connections. The other client sent {found["requests"]}
requests and {found["errors"]} failed; the median was {_seconds(found["median_seconds"])}, the worst
{_seconds(found["worst_seconds"])}.
"""


def _memory(found: Figures) -> str:
    before, after = f"{found['megabytes_before']:,.0f}", f"{found['megabytes_after']:,.0f}"
    return f"""## Memory over many requests

{found["requests"]:,} requests after {found["warm_up_requests"]} others, each with a connection, a session and an
upload of its own, on a page that keeps the last 100 sessions in memory (by default 1,000, about 90 kB each): resident
memory went from {before} to {after} MB ({found["kilobytes_per_request"]:+.1f} kB per request), open file descriptors
from {found["descriptors_before"]} to {found["descriptors_after"]}; {found["errors"]} requests failed.
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
