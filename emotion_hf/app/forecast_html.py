"""Show what a training will take: its data, its time on this machine, and what its licence means.

Example:
    >>> about(200)
    'about 3 minutes'
"""

from __future__ import annotations

from html import escape

from emotion_hf.app.answer import with_face
from emotion_hf.app.words import number, percent, say, translated
from emotion_hf.forecast import Data, Forecast

CSS = """
.forecast table { width: 100%; border-collapse: collapse; border: 0; font-size: .95rem; }
.forecast caption { text-align: left; font-weight: 600; padding: .25rem 0; }
.forecast tr, .forecast th, .forecast td { border: 0; }
.forecast th, .forecast td { border-top: 1px solid var(--border-color-primary); padding: .35rem .75rem .35rem 0;
  text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.forecast th { font-weight: 500; width: 9rem; color: var(--body-text-color-subdued); overflow-wrap: normal; }
.forecast .emotions { display: flex; flex-wrap: wrap; gap: .1rem .9rem; margin: 0; padding: 0; list-style: none; }
"""


def forecast_html(forecast: Forecast) -> str:
    """Return the forecast as a table."""
    emotions = "".join(
        f"<li>{with_face(label)} {number(count, ',')}</li>" for label, count in forecast.clips_by_emotion.items()
    )
    hours = say("{clips} clips, {hours} hours", clips=number(forecast.clips, ","), hours=number(forecast.hours, ".2f"))
    rows = {
        say("Data"): "<br>".join(_data(one) for one in forecast.data),
        say("Clips"): f'{hours}<ul class="emotions">{emotions}</ul>',
        say("Speakers"): _speakers(forecast),
        say("Split"): _split(forecast),
        say("Time"): _time(forecast),
        say("Licence"): escape(" ".join(map(translated, forecast.licence))),
    }
    body = "".join(f'<tr><th scope="row">{name}</th><td>{text}</td></tr>' for name, text in rows.items())
    caption = say("What this training takes")
    return (
        f'<div class="forecast" role="status"><table><caption>{caption}</caption><tbody>{body}</tbody></table></div>'
    )


def about(seconds: float) -> str:
    """Return a duration in words, rounded."""
    if seconds < 50:
        return say("about {count} seconds", count=max(10, 10 * round(seconds / 10)))
    if seconds < 90:
        return say("about a minute")
    if seconds < 5400:
        return say("about {count} minutes", count=round(seconds / 60))
    return say("about {count} hours", count=number(seconds / 3600, ".1f"))


def _data(data: Data) -> str:
    """Return what one corpus was recognised as."""
    summary = say(
        "{emotions} emotions, {speakers} speakers, {clips} clips, {how}.",
        emotions=data.emotions,
        speakers=data.speakers,
        clips=number(data.clips, ","),
        how=translated(data.how),
    )
    licence = f" {say('Licence: {licence}.', licence=data.licence)}" if data.licence else ""
    notes = " ".join(map(translated, data.notes))
    return f"<b>{escape(data.title)}</b>: {escape(summary)}{escape(licence)} {escape(notes)}"


def _speakers(forecast: Forecast) -> str:
    known = number(forecast.speakers, ",")
    if not forecast.unknown:
        return known
    return say("{known}; {count} clips of unknown speakers", known=known, count=number(forecast.unknown, ","))


def _split(forecast: Forecast) -> str:
    parts = say(
        "{train} clips for training, {test} for the test of unseen speakers, {validation} for validation",
        train=number(forecast.train, ","),
        test=number(forecast.test, ","),
        validation=number(forecast.validation, ","),
    )
    if forecast.optimistic:
        parts = say(
            "{train} clips for training, {test} for the test. Some test speakers are also in the training, so the "
            "figures will be optimistic.",
            train=number(forecast.train, ","),
            test=number(forecast.test, ","),
        )
    return escape(parts)


def _time(forecast: Forecast) -> str:
    if forecast.cached is None:
        return say("{time}, or less if the training ends early", time=about(forecast.seconds))
    cached = percent(forecast.cached)
    return say("{time}; {share} of the embeddings are cached", time=about(forecast.seconds), share=cached)
