"""A desk for watching many callers: who sounds angry, fearful or sad, and should be helped first.

`desk` opens one. `setup` notes its purpose and accepts its terms (`law`), without which nothing works. `callers`,
`intake`, `alarms`, `listing` and `calls` are the daily work; `rule` decides what is urgent, `analysis` what a
recording expresses, with what is usual for the caller as `reference`. `schema` and `database` store it, with
`sounds` for the recordings.

Example:
    >>> desk = Desk.open(Settings())  # doctest: +SKIP
    >>> setup.accept(desk, purpose="Crisis line", place="Zurich")  # doctest: +SKIP
    >>> anna = callers.add(desk, "Anna")  # doctest: +SKIP
    >>> intake.take(desk, classifier, "call.wav", anna.id)  # doctest: +SKIP
    >>> listing.overview(desk).rows[0].caller.name  # doctest: +SKIP
    'Anna'
"""

from emotion_hf.desk.desk import Desk

__all__ = ["Desk"]
