"""When is a call urgent? If the voice sounds angry, fearful or sad for long enough, and the model is sure enough.

The windows of a call are looked at in the order of time. The strain of a window is the probability that the model
gives to the rule's emotions together. A stretch begins as soon as enough of the last few windows reach the rule's
confidence. It ends when too few of the last ones reach a lower confidence (hysteresis), so that a strain close to the
limit does not make many short stretches. A call with such a stretch is urgent.

A call with fewer windows than the rule looks at, such as a short message, needs the same share of them with a higher
confidence.

Example:
    >>> windows = [Moment(2 * start, 2 * start + 4, {"angry": 0.8, "calm": 0.2}) for start in range(5)]
    >>> urgency = judge(windows, Rule())
    >>> urgency.level.name, urgency.reason.emotion, urgency.reason.start_seconds, urgency.reason.end_seconds
    ('URGENT', 'angry', 0, 12)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import IntEnum
from typing import Any

from emotion_hf.errors import SettingsError
from emotion_hf.labels import check_label

MOST_WINDOWS = 100
MOST_COOL_DOWN_MINUTES = 24 * 60.0


class Level(IntEnum):
    """How urgent a call is."""

    CALM = 0
    RAISED = 1
    URGENT = 2


@dataclass(frozen=True)
class Rule:
    """The rule with its thresholds. The usual ones were chosen on acted speech of SAVEE (`docs/desk.md`).

    Attributes:
        emotions: Emotions that count.
        least_confidence: Probability of these emotions together that a window needs.
        windows: Number of windows that need it.
        of_windows: Number of successive windows that are looked at.
        leave_confidence: A stretch goes on while as many windows reach this lower probability.
        short_confidence: Probability that is needed in a call of fewer than ``of_windows`` windows.
        cool_down_minutes: Time after an alarm of a caller in which the caller's next calls raise none.

    Raises:
        SettingsError: A value cannot be used; the sentence names it.
    """

    emotions: tuple[str, ...] = ("angry", "fearful", "sad")
    least_confidence: float = 0.4
    windows: int = 2
    of_windows: int = 3
    leave_confidence: float = 0.3
    short_confidence: float = 0.6
    cool_down_minutes: float = 5.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "emotions", tuple(dict.fromkeys(self.emotions)))
        if not self.emotions or not all(isinstance(emotion, str) and emotion for emotion in self.emotions):
            raise SettingsError("The rule needs at least one emotion.")
        for name in ("least_confidence", "leave_confidence", "short_confidence"):
            if not _is_number(getattr(self, name)) or not 0 < getattr(self, name) <= 1:
                raise SettingsError(f"The rule's {_words(name)} must be above 0 and at most 1.")
        if not self.leave_confidence <= self.least_confidence <= self.short_confidence:
            raise SettingsError(
                "The rule's leave confidence must not be above its least confidence, and this not above its short "
                "confidence."
            )
        for name in ("windows", "of_windows"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_WINDOWS:
                raise SettingsError(f"The rule's {_words(name)} must be a whole number from 1 to {MOST_WINDOWS}.")
        if self.windows > self.of_windows:
            raise SettingsError(f"The rule asks for {self.windows} of {self.of_windows} windows; ask for fewer.")
        if not _is_number(self.cool_down_minutes) or not 0 <= self.cool_down_minutes <= MOST_COOL_DOWN_MINUTES:
            raise SettingsError(f"The rule's cool-down must be from 0 to {MOST_COOL_DOWN_MINUTES:g} minutes.")

    def check(self, labels: Sequence[str]) -> None:
        """Check that a model can give the rule's emotions.

        Raises:
            LabelError: It has no such label.
        """
        for emotion in self.emotions:
            check_label(emotion, labels)

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON has them."""
        return asdict(self) | {"emotions": list(self.emotions)}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Rule:
        """Return the rule of a dictionary; missing values are the usual ones.

        Raises:
            SettingsError: A value is unknown or cannot be used.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(plain) - known):
            raise SettingsError(f"The rule has no value {unknown[0]!r}; its values are {', '.join(sorted(known))}.")
        return cls(**plain)


@dataclass(frozen=True)
class Moment:
    """A window of a call, in seconds from its beginning, with the probability of each emotion."""

    start_seconds: float
    end_seconds: float
    scores: Mapping[str, float]


@dataclass(frozen=True)
class Reason:
    """The stretch of the recording that decided, so that it can be played.

    Attributes:
        emotion: The strongest of the rule's emotions in it.
        start_seconds: Its start.
        end_seconds: Its end.
        confidence: Mean probability of the rule's emotions together.
    """

    emotion: str
    start_seconds: float
    end_seconds: float
    confidence: float


@dataclass(frozen=True)
class Urgency:
    """The level of a call, and why; a call at the level ``CALM`` has no reason."""

    level: Level = Level.CALM
    reason: Reason | None = None


def strain(moment: Moment, rule: Rule) -> float:
    """Return the probability of the rule's emotions together, from 0 to 1."""
    return min(1.0, sum(moment.scores.get(emotion, 0.0) for emotion in rule.emotions))


def mean_strain(moments: Sequence[Moment], rule: Rule) -> float:
    """Return the mean strain of a call, weighted with the length of its windows; 0 without windows."""
    seconds = sum(moment.end_seconds - moment.start_seconds for moment in moments)
    if seconds <= 0:
        return 0.0
    return sum(strain(one, rule) * (one.end_seconds - one.start_seconds) for one in moments) / seconds


def judge(moments: Sequence[Moment], rule: Rule) -> Urgency:
    """Return how urgent a call is.

    Args:
        moments: Its windows with speech, in the order of time.
        rule: The rule.

    Returns:
        ``URGENT`` with the strongest stretch; ``RAISED`` with the strongest window if only single windows reach the
        rule's confidence; else ``CALM``.
    """
    if not moments:
        return Urgency()
    strains = [strain(moment, rule) for moment in moments]
    if found := stretches(strains, rule):
        first, last = max(found, key=lambda one: sum(strains[one[0] : one[1] + 1]))
        return Urgency(Level.URGENT, _reason(moments[first : last + 1], rule))
    strongest = max(range(len(moments)), key=strains.__getitem__)
    if strains[strongest] >= rule.least_confidence:
        return Urgency(Level.RAISED, _reason(moments[strongest : strongest + 1], rule))
    return Urgency()


def stretches(strains: Sequence[float], rule: Rule) -> list[tuple[int, int]]:
    """Return the first and last window of each stretch in which the rule holds.

    >>> stretches([0.1, 0.7, 0.7, 0.7, 0.5, 0.5, 0.1, 0.1, 0.1], Rule())
    [(1, 5)]
    """
    needed, looked_at, enter = rule.windows, rule.of_windows, rule.least_confidence
    if len(strains) < looked_at:
        needed, looked_at = math.ceil(len(strains) * rule.windows / rule.of_windows), len(strains)
        enter = rule.short_confidence
    found: list[tuple[int, int]] = []
    start: int | None = None
    last = 0
    for number in range(len(strains)):
        recent = range(max(0, number - looked_at + 1), number + 1)
        if start is None:
            high = [one for one in recent if strains[one] >= enter and (not found or one > found[-1][1])]
            if len(high) >= needed:
                start, last = high[0], number
        elif sum(strains[one] >= rule.leave_confidence for one in recent) >= needed:
            last = number if strains[number] >= rule.leave_confidence else last
        else:
            found.append((start, last))
            start = None
    return found if start is None else [*found, (start, last)]


def _reason(moments: Sequence[Moment], rule: Rule) -> Reason:
    totals = {emotion: sum(one.scores.get(emotion, 0.0) for one in moments) for emotion in rule.emotions}
    emotion = max(totals, key=totals.__getitem__)
    confidence = sum(strain(one, rule) for one in moments) / len(moments)
    return Reason(emotion, moments[0].start_seconds, max(one.end_seconds for one in moments), confidence)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _words(name: str) -> str:
    return name.replace("_", " ")
