"""The emotions, their synonyms, and how they are displayed.

Example:
    >>> canonical("fear"), canonical("ps"), canonical("boredom")
    ('fearful', 'surprised', 'boredom')
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from emotion_hf.errors import LabelError, SettingsError

LABELS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
ORDINARY = ("neutral", "calm")
"""Emotions of ordinary speech."""

ALIASES = {
    "neutral": ("neu", "neutrality", "n"),
    "calm": ("calmness", "cal"),
    "happy": ("hap", "happiness", "joy", "joyful", "gioia"),
    "sad": ("sadness",),
    "angry": ("ang", "anger", "rage"),
    "fearful": ("fear", "fea", "afraid", "scared"),
    "disgust": ("dis", "disgusted"),
    "surprised": ("surprise", "sur", "ps", "pleasant_surprise", "pleasant_surprised"),
}
_CANONICAL = {alias: label for label, aliases in ALIASES.items() for alias in (label, *aliases)}


@dataclass(frozen=True)
class Face:
    """Display of a label: an emoji, how the voice sounds in everyday words, and a colour.

    The words follow `emotion_hf.circumplex`. Dark text on the colour has a contrast of at least 6.
    """

    emoji: str
    mood: str
    colour: str


FACES = {
    "neutral": Face("😐", "even", "#94a3b8"),
    "calm": Face("😌", "quiet and pleasant", "#5eead4"),
    "happy": Face("😄", "lively and pleasant", "#fbbf24"),
    "sad": Face("😢", "quiet and unpleasant", "#60a5fa"),
    "angry": Face("😠", "agitated and unpleasant", "#f87171"),
    "fearful": Face("😨", "anxious and unpleasant", "#c084fc"),
    "disgust": Face("🤢", "repelled and unpleasant", "#a3e635"),
    "surprised": Face("😲", "lively and sudden", "#f9a8d4"),
}
OTHER_FACE = Face("🗣️", "", "#cbd5e1")


def canonical(name: str) -> str:
    """Return the default label for ``name``, or ``name`` itself in lower case."""
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    return _CANONICAL.get(key, key)


def face(label: str) -> Face:
    """Return the display of ``label``; labels of the user's own get a neutral face."""
    return FACES.get(canonical(label), OTHER_FACE)


def named(label: str, labels: Iterable[str]) -> str:
    """Return the label among ``labels`` that ``label`` names, also by a synonym of `canonical`.

    Raises:
        LabelError: There is none; the message lists the valid labels.
    """
    valid, other = tuple(labels), canonical(label)
    return other if label not in valid and other in valid else check_label(label, valid)


def check_label(label: str, labels: Iterable[str]) -> str:
    """Return ``label`` if it is one of ``labels``.

    Raises:
        LabelError: It is not; the message lists the valid labels.
    """
    valid = tuple(labels)
    if label not in valid:
        raise LabelError(f"Unknown label {label!r}; the labels are {', '.join(valid)}.")
    return label


def parse_renaming(entries: Iterable[str]) -> dict[str, str]:
    """Read `OLD=NEW` entries, which rename a model's labels.

    Raises:
        SettingsError: An entry has another form.
    """
    pairs = {}
    for entry in entries:
        old, equals, new = entry.partition("=")
        if not (old and equals and new):
            raise SettingsError(f"--label {entry} is not OLD=NEW; write for example ang=angry.")
        pairs[old] = new
    return pairs
