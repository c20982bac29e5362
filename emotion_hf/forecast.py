"""What a training will take: clips, speakers, hours of sound, time, and the licence of the new model.

`emotion_hf.training.estimate` makes a forecast. It is printed for people, and read as JSON by the page.

Example:
    >>> licence_notes("cc-by-nc-sa-4.0", because=("ravdess",))[0]
    'The licence of the new model is CC BY-NC-SA 4.0, because of ravdess.'
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from emotion_hf.errors import JobError
from emotion_hf.licences import LICENCES, OTHER

NOT_STATED = "{names}: the owner of the recordings decides whether the new model may be published."


@dataclass(frozen=True)
class Data:
    """One of the corpora.

    Attributes:
        name: Name as in ``--data NAME=DIR``.
        title: What it was recognised as.
        licence: Its terms; empty for recordings of the user's own.
        how: Where emotions and speakers come from.
        clips: Number of its clips.
        speakers: Number of its known speakers.
        emotions: Number of its emotions.
        notes: Sentences about how it was read.
    """

    name: str
    title: str
    licence: str
    how: str
    clips: int
    speakers: int
    emotions: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Forecast:
    """What a training will take.

    Attributes:
        data: The corpora.
        clips_by_emotion: Label → number of clips.
        speakers: Number of known speakers.
        unknown: Number of clips whose speaker is unknown.
        hours: Length of all clips.
        train: Number of training clips.
        validation: Number of clips of validation speakers.
        test: Number of test clips.
        split: Name of the split.
        optimistic: Whether test speakers are also in the training.
        seconds: Estimated time, measured on this machine.
        cached: Share of the needed embeddings that are cached; ``None`` if the training caches none.
        licence: What the licences of the data mean for the new model, in sentences.
    """

    data: tuple[Data, ...]
    clips_by_emotion: dict[str, int]
    speakers: int
    unknown: int
    hours: float
    train: int
    validation: int
    test: int
    split: str
    optimistic: bool
    seconds: float
    cached: float | None
    licence: tuple[str, ...]

    @property
    def clips(self) -> int:
        """Number of clips."""
        return sum(self.clips_by_emotion.values())

    def to_json(self) -> str:
        """Return one line that `from_json` reads."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Forecast:
        """Return what `to_json` wrote.

        Raises:
            JobError: It is something else.
        """
        try:
            plain = json.loads(text)
            data = tuple(Data(**one | {"notes": tuple(one["notes"])}) for one in plain["data"])
            return cls(**plain | {"data": data, "licence": tuple(plain["licence"])})
        except (ValueError, TypeError, KeyError) as error:
            raise JobError("The training gave no estimate; see its log.") from error

    def to_text(self) -> str:
        """Return the forecast as lines to print."""
        emotions = ", ".join(f"{label} {count:,}" for label, count in self.clips_by_emotion.items())
        unknown = f", and {self.unknown:,} clips of unknown speakers" if self.unknown else ""
        cached = "" if self.cached is None else f"; {self.cached:.0%} of the embeddings are cached"
        optimistic = ", optimistic: test speakers are also in the training" if self.optimistic else ""
        corpora = [
            f"{one.title}: {one.emotions} emotions, {one.speakers} speakers, {one.clips:,} clips, {one.how}"
            for one in self.data
        ]
        facts = {
            "Data": "\n           ".join(corpora),
            "Clips": f"{self.clips:,}, {self.hours:.2f} hours ({emotions})",
            "Speakers": f"{self.speakers}{unknown}",
            "Split": f"{self.split}: {self.train:,} for training, {self.validation:,} for validation, "
            f"{self.test:,} for the test{optimistic}",
            "Time": f"about {_spoken(self.seconds)}{cached}",
            "Licence": " ".join(self.licence),
        }
        return "\n".join(f"{name:<11}{text}" for name, text in facts.items() if text)


def licence_notes(licence: str, *, because: Sequence[str] = (), own: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what the licences of the data mean for the new model.

    Args:
        licence: Identifier of the most restrictive licence of the corpora; empty without corpora.
        because: Names of the corpora that have it.
        own: Names of recordings of the user's own, whose owner has stated no licence.
    """
    notes = []
    if licence == OTHER:
        notes.append(f"Ask the owners of {', '.join(because)} before you publish or sell the new model.")
    elif licence:
        title = LICENCES[licence][0]
        notes.append(f"The licence of the new model is {title}, because of {', '.join(because)}.")
        if "-nc" in licence:
            notes.append("It must not be used commercially.")
        if licence.endswith("-sa-4.0"):
            notes.append("If you publish it, use the same licence.")
        if "-nd" in licence:
            notes.append("Ask the owner before you publish it, because adaptations must not be shared.")
    if own:
        notes.append(NOT_STATED.format(names=", ".join(own)))
    return tuple(notes)


def plain_counts(counts: Mapping[str, int], order: Sequence[str]) -> dict[str, Any]:
    """Return the counts in an order, without zeros."""
    return {name: counts[name] for name in order if counts.get(name)}


def _spoken(seconds: float) -> str:
    if seconds < 90:
        return f"{max(10, 10 * round(seconds / 10))} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
