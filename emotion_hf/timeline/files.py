"""Write a timeline as JSON, CSV, subtitles (SRT) or one HTML file that stands alone.

Subtitles and HTML are for people: a function can translate their words. JSON and CSV are for programs.

Example:
    >>> from emotion_hf.prediction import Prediction
    >>> from emotion_hf.timeline import Window
    >>> angry = Prediction({"calm": 0.1, "angry": 0.9})
    >>> print(to_srt(Timeline((Window(0, 4, angry),), angry, 4.0), ""))
    1
    00:00:00,000 --> 00:00:04,000
    angry, 90 %
    <BLANKLINE>
"""

from __future__ import annotations

import csv
import io
import json
from html import escape
from pathlib import Path
from typing import Any

from emotion_hf.cells import harmless
from emotion_hf.disk import check_output, write_whole, writing
from emotion_hf.prediction import flat, percent
from emotion_hf.timeline import Band, Timeline, clock
from emotion_hf.timeline.picture import CSS, Say, describe, english, shares_text, timeline_html

_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }}
table {{ border-collapse: collapse; }} th, td {{ text-align: left; padding: .25rem 1rem .25rem 0; }}
td {{ font-variant-numeric: tabular-nums; }}
{css}
</style></head><body>
<h1>{title}</h1>
<p>{summary}</p>
{picture}
<h2>{bands}</h2>
<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>
<p>{model}</p>
</body></html>
"""


_MODEL = (
    "Model: {model}. It recognises the emotion that listeners would perceive in the voice, not what a person feels, "
    "and it can be wrong."
)


def timeline_answer(file: str, timeline: Timeline) -> dict[str, Any]:
    """Return a timeline with the name of its file as plain values: what the command line and the API print."""
    return {"file": file, **timeline.to_dict()}


def check_timeline_output(path: Path) -> None:
    """Check that `write_timeline` can write `path`, before the recording is analysed.

    Raises:
        SettingsError: The extension is unknown, or the file cannot be written.
    """
    check_output(path, (*_FOR_PROGRAMS, *_FOR_PEOPLE))


def write_timeline(path: Path, timeline: Timeline, title: str = "") -> None:
    """Write a timeline in the format of the extension of `path`: the whole file or nothing.

    Args:
        path: The file; one of ``.json``, ``.csv``, ``.srt`` and ``.html``.
        timeline: The timeline.
        title: Name of the recording, the heading of the HTML file.

    Raises:
        WriteError: The disk is full, or the file cannot be written.
    """
    text = render_timeline(timeline, path.suffix.lower(), title)
    with writing(path):
        write_whole(path, text.encode("utf-8", errors="backslashreplace"))


def render_timeline(timeline: Timeline, suffix: str, title: str = "", say: Say = english) -> str:
    """Return the content of the file with this extension; see `write_timeline`. `say` translates words for people."""
    if suffix in _FOR_PROGRAMS:
        return _FOR_PROGRAMS[suffix](timeline, title)
    return _FOR_PEOPLE[suffix](timeline, title, say)


def to_json(timeline: Timeline, title: str) -> str:
    """Return `Timeline.to_dict` as JSON, with the name of the recording."""
    return json.dumps({"file": title, **timeline.to_dict()}, indent=1) + "\n"


def to_csv(timeline: Timeline, title: str) -> str:
    """Return a row for each window: file, start and end in seconds, the prediction, the notes, a column per score."""
    notes = " ".join(timeline.notes)
    rows = [{"file": title, **flat(window.to_dict()), "notes": notes} for window in timeline.windows]
    text = io.StringIO(newline="")
    scores = [f"score_{label}" for label in timeline.overall.scores]
    who = ["speaker"] if timeline.speakers else []
    plain = ["verdict", "label", "confidence", "model", "intensity"]
    columns = ["file", "start_seconds", "end_seconds", *who, *plain, "notes", *scores]
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows({name: harmless(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def to_srt(timeline: Timeline, title: str, say: Say = english) -> str:
    """Return a subtitle for each band with a prediction, such as ``angry, 90 %`` or ``A: angry, 90 %``."""
    spoken = [band for band in timeline.bands if band.prediction.scores]
    return "\n".join(
        f"{number}\n{srt_time(band.start_seconds)} --> {srt_time(band.end_seconds)}\n"
        f"{f'{band.speaker}: ' if band.speaker else ''}{describe(band, say).partition(': ')[2]}\n"
        for number, band in enumerate(spoken, start=1)
    )


def to_html(timeline: Timeline, title: str, say: Say = english) -> str:
    """Return a page that needs no other file."""
    named = bool(timeline.speakers)
    heads = ("from", "to", *(["speaker"] if named else []), "emotion", "confidence")
    length = say("{length} long.", length=clock(timeline.duration_seconds))
    return _PAGE.format(
        language=say("en"),
        title=escape(title or say("Timeline")),
        css=CSS,
        summary=escape(" ".join([length, _shares(timeline, say), *map(say, timeline.notes)])),
        picture=timeline_html(timeline, say),
        bands=say("Bands"),
        heads="".join(f"<th>{say(head)}</th>" for head in heads),
        rows="".join(_row(band, named, say) for band in timeline.bands),
        model=escape(say(_MODEL, model=timeline.overall.model)),
    )


def _row(band: Band, named: bool, say: Say) -> str:
    """Return the row of a band, with the speaker if the timeline names speakers."""
    cells = [clock(band.start_seconds), clock(band.end_seconds), *([band.speaker or ""] if named else [])]
    cells += [say(band.name), percent(band.prediction.confidence) if band.prediction.scores else ""]
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _shares(timeline: Timeline, say: Say) -> str:
    """Return sentences with the shares of the speaking time, for each speaker if there are two."""
    if len(timeline.speakers) < 2:
        shares = shares_text(timeline, say)
        return f"{say('Share of the speaking time:')} {shares}." if shares else say("No speech was found.")
    of_each = (
        f"{say('Speaker {name}:', name=name)} {shares_text(timeline.of(name), say)}." for name in timeline.speakers
    )
    return f"{say('Shares of the speaking time.')} {' '.join(of_each)}"


def srt_time(seconds: float) -> str:
    """Return a time as subtitles have it: ``00:01:02,500``."""
    milliseconds = round(seconds * 1000)
    rest, thousandth = divmod(milliseconds, 1000)
    minutes, second = divmod(rest, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02},{thousandth:03}"


_FOR_PROGRAMS = {".json": to_json, ".csv": to_csv}
_FOR_PEOPLE = {".srt": to_srt, ".html": to_html}
