"""Write the page and the plot of the figures of `benchmarks/load.py`.

python -m benchmarks.load_page
"""

from __future__ import annotations

import json
import statistics
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.kept import table

PAGE, PLOT = Path(__file__).with_name("LOAD.md"), Path(__file__).with_name("load.svg")
WIDTH = 140
HEAD = ["answers per second", "p50", "p95", "p99", "processor time for an answer", "refused"]
WORDS = {True: "together", False: "alone"}
COLOURS = {True: "#2166ac", False: "#b2182b"}


def write(found: dict[str, Any]) -> None:
    """Write the page and the plot."""
    PAGE.write_text(document(found), encoding="utf-8")
    _plot(found["curve"])


def document(found: dict[str, Any]) -> str:
    """Return the page."""
    curve = found["curve"]
    parts = [
        "# Load",
        _what(found),
        "## Clips scored together or alone",
        _gain(curve),
        f"![Answers per second, processor time and times of answers by the number of clients]({PLOT.name})",
        _curve(curve),
        "## How many at once",
        "32 clients, and pages that analyse different numbers of recordings at once (`EMOTION_HF_ANALYSES_AT_ONCE`), "
        "each with one thread. The default is the number of cores, up to four.",
        _at_once(found["at_once"]),
        "## Live streams and uploads",
        _mixed(found["mixed"]),
        "## Too many clients",
        _overload(found["overload"]),
    ]
    return "\n\n".join(part if part[0] in "#|!" else textwrap.fill(part, WIDTH) for part in parts) + "\n"


def _what(found: dict[str, Any]) -> str:
    others = statistics.mean(one["cores_of_other_programs"] for one in found["curve"])
    return (
        "Programs send clips of 3 s to `POST /v1/classify` of a page with the model that ships, one clip after the "
        f"other, for {found['seconds']:g} s per row. The page and the clients share a machine with {found['cores']} "
        f"cores, of which other programs used {others:.1f} on average. The processor time for an answer is that of "
        "the page's whole process. Repeat it with `python -m benchmarks.load`."
    )


def _gain(curve: Sequence[dict[str, Any]]) -> str:
    """Return what scoring clips together gains."""
    busy = sorted({one["clients"] for one in curve if one["clients"] > 1})

    def change(figure: str) -> str:
        changes = (_mean(curve, count, True, figure) / _mean(curve, count, False, figure) - 1 for count in busy)
        return ", ".join(f"{100 * one:+.0f} %" for one in changes)

    rounds = len(curve) // len({(one["clients"], one["batching"]) for one in curve})
    return (
        f"Two pages, one with `EMOTION_HF_BATCHING=no`, were measured in turn, {rounds} times. With "
        f"{', '.join(map(str, busy))} clients, scoring clips together changed the processor time for an answer by "
        f"{change('server_milliseconds_per_answer')}, and the answers per second by {change('answers_per_second')}. "
        "The gain is small on a CPU, because one clip keeps a core busy."
    )


def _mean(curve: Sequence[dict[str, Any]], clients: int, batching: bool, figure: str) -> float:
    return statistics.mean(one[figure] for one in _points(curve, clients, batching))


def _curve(curve: Sequence[dict[str, Any]]) -> str:
    rows = [
        [str(count), WORDS[batching], *_row(_points(curve, count, batching))]
        for count in sorted({one["clients"] for one in curve})
        for batching in (True, False)
    ]
    return table(["clients", "clips", *HEAD], rows)


def _points(curve: Sequence[dict[str, Any]], clients: int, batching: bool) -> list[dict[str, Any]]:
    return [one for one in curve if (one["clients"], one["batching"]) == (clients, batching)]


def _row(points: Sequence[dict[str, Any]]) -> list[str]:
    """Return the cells of some points of the same kind: the mean over the rounds."""
    answers = statistics.mean(one["answers_per_second"] for one in points)
    times = [statistics.mean(one["seconds"][share] for one in points) for share in ("p50", "p95", "p99")]
    used = statistics.mean(one["server_milliseconds_per_answer"] for one in points)
    return [
        f"{answers:.1f}",
        *(f"{seconds:.2f} s" for seconds in times),
        f"{used:.0f} ms",
        str(sum(one["refused"] for one in points)),
    ]


def _at_once(points: Sequence[dict[str, Any]]) -> str:
    return table(["at once", *HEAD], [[str(one["at_once"]), *_row([one])] for one in points])


def _mixed(mixed: dict[str, Any]) -> str:
    late, waits, closed = mixed["stream_late_seconds"], mixed["upload_seconds"], mixed["streams_closed"]
    answered = mixed["upload_statuses"].get("200", 0)
    later, told = mixed["answers_later_than_a_second"], mixed["difference_to_what_was_told_seconds"]
    return (
        f"{mixed['streams']} streams send sound in real time for {mixed['seconds']:g} s, and meanwhile "
        f"{mixed['uploads']} clips arrive at once. {answered} of the clips were answered, half of them within "
        f"{waits['p50']:g} s and all within {waits['p100']:g} s. The {mixed['stream_answers']} answers to the streams "
        f"came {late['p50']:.2f} s after the sound that they are about (median), 95 % within {late['p95']:.2f} s and "
        f"the latest after {late['p100']:.2f} s; {later} came later than a second. Each answer says how late it is in "
        f"`behind_seconds`. In 95 % of them, this differed by at most {told['p95']:.2f} s from what the client "
        f"measured, and in all by at most {told['p100']:.2f} s. The server closed {len(closed) or 'none'} of the "
        "streams."
    )


def _overload(one: dict[str, Any]) -> str:
    tries = ", ".join(f"{count} with try {number}" for number, count in one["tries"].items())
    return (
        f"{one['clients']} clients send a clip each at the same time to a page with a queue of {one['waiting']} "
        "(`EMOTION_HF_MAX_WAITING`). A client that is refused waits as long as `Retry-After` says and tries again. "
        f"All were answered after {one['seconds']:g} s: {tries}."
    )


def _plot(curve: Sequence[dict[str, Any]]) -> None:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams |= {"svg.hashsalt": "load", "svg.fonttype": "none"}
    figure = Figure(figsize=(10, 3), layout="constrained")
    rate, used, time = figure.subplots(1, 3)
    counts = sorted({one["clients"] for one in curve})
    for batching in (True, False):
        points = [_points(curve, count, batching) for count in counts]
        style = {"color": COLOURS[batching], "marker": "o", "markersize": 4}
        for axes, name in ((rate, "answers_per_second"), (used, "server_milliseconds_per_answer")):
            means = [statistics.mean(one[name] for one in some) for some in points]
            axes.plot(counts, means, label=f"clips {WORDS[batching]}", **style)
        for share, line in (("p50", "-"), ("p95", ":")):
            times = [statistics.mean(one["seconds"][share] for one in some) for some in points]
            time.plot(counts, times, line, label=f"clips {WORDS[batching]}, {share}", **style)
    names = ("answers per second", "processor time for an answer, ms", "seconds until an answer")
    for axes, name in zip((rate, used, time), names, strict=True):
        axes.set(xlabel="clients", ylabel=name, xscale="log", xticks=counts, xticklabels=counts)
        axes.set_ylim(bottom=0)
        axes.minorticks_off()
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8)
    figure.savefig(PLOT, metadata={"Date": None})


if __name__ == "__main__":
    write(json.loads(Path(__file__).with_name("load.json").read_text(encoding="utf-8")))
