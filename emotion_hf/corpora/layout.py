"""Decide what the names of nested folders mean: a part of a split, an emotion, a speaker, a gender, or nothing.

The level whose names are most often known emotions is that of the labels, wherever it is. All these are understood::

    DIR/happy/1.wav               DIR/happy/anna/1.wav        DIR/anna/happy/1.wav
    DIR/train/happy/1.wav         DIR/audio/happy/1.wav       DIR/female/anna/happy/1.wav

Without a known emotion anywhere, the first level that does not look like speakers gives the labels.

Example:
    >>> layout = find_layout([("anna", "happy"), ("anna", "sad"), ("ben", "happy")])
    >>> layout.read(("ben", "happy"))
    Names(emotion='happy', speaker='ben', gender=None, part=None)
    >>> layout.words
    'speaker/emotion'
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from emotion_hf.labels import LABELS, canonical

PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev", "development"), "validation"),
    **dict.fromkeys(("test", "testing", "eval", "evaluation"), "test"),
}
"""Name of a folder → part of a split, as in the layout of `datasets`' audiofolder."""
GENDERS = {
    **dict.fromkeys(("f", "w", "female", "females", "woman", "women", "weiblich", "frauen"), "female"),
    **dict.fromkeys(("m", "male", "males", "man", "men", "männlich", "männer"), "male"),
}
OTHER_EMOTIONS = {
    *("boredom", "bored", "contempt", "contemptuous", "excited", "excitement", "frustrated", "frustration"),
    *("interest", "interested", "pride", "proud", "relief", "relieved", "shame", "love", "amused", "amusement"),
    *("confused", "confusion", "anxious", "anxiety", "stress", "stressed", "tired", "sleepy", "positive", "negative"),
}
"""Frequent labels that are not default labels; they only help to find the level of emotions."""
_FORMATS = {
    *("wav", "wavs", "mp3", "mp3s", "flac", "ogg", "opus", "m4a", "aac", "audiowav", "audiomp3", "audioflac"),
}
"""Names of folders that hold the same recordings in different formats."""
_CONTAINERS = _FORMATS | {
    *("audio", "audios", "clips", "clip", "data", "dataset", "files", "recordings"),
    *("samples", "sound", "sounds", "speech", "voice", "voices", "corpus", "raw", "original", "processed", "16k"),
}
_SPEAKER = re.compile(
    r"(?:actor|actress|speaker|spkr|spk|subject|subj|participant|person|user|session|sprecher|locuteur|hablante)"
    r"s?[ _.-]?\w*|[a-z]{0,3}[_-]?\d{2,}|[fmws]\d"
)


@dataclass(frozen=True)
class Names:
    """What the folders of one recording say; ``None`` for what they do not say."""

    emotion: str | None
    speaker: str | None
    gender: str | None
    part: str | None


@dataclass(frozen=True)
class Layout:
    """Meaning of each level of folders, counted from 0; ``None`` for a level that does not exist.

    Attributes:
        emotion: Level of the labels.
        speaker: Level of the speakers.
        gender: Level of the genders.
        part: Level of the parts of a split.
        format: Level of folders that hold the same recordings in different formats.
        known: Number of different default or frequent emotions among the labels.
        speakers_only: Names of folders that look like speakers, if no level can be that of the labels.
    """

    emotion: int | None = None
    speaker: int | None = None
    gender: int | None = None
    part: int | None = None
    format: int | None = None
    known: int = 0
    speakers_only: tuple[str, ...] = ()

    def read(self, folders: Sequence[str]) -> Names:
        """Return what the folders of a recording, from the outermost, say about it."""

        def name(level: int | None) -> str | None:
            return folders[level] if level is not None and level < len(folders) else None

        emotion, gender, part = name(self.emotion), name(self.gender), name(self.part)
        known_part = PARTS.get(part.casefold()) if part else None
        if part and known_part is None:  # a folder beside train and test belongs to none of them
            emotion = None
        return Names(
            canonical(emotion) if emotion else None,
            name(self.speaker),
            GENDERS.get(gender.casefold()) if gender else None,
            known_part,
        )

    def same_in_all_formats(self, folders: Sequence[str]) -> tuple[str, ...]:
        """Return the folders of a recording without the one that names its format."""
        return tuple(name for level, name in enumerate(folders) if level != self.format)

    @property
    def words(self) -> str:
        """The levels in words, from the outermost, such as ``train or test/emotion/speaker``."""
        levels = {
            self.part: "train or test",
            self.gender: "gender",
            self.emotion: "emotion",
            self.speaker: "speaker",
        }
        return "/".join(levels[level] for level in sorted(level for level in levels if level is not None))


def is_emotion(name: str) -> bool:
    """Return whether a name is a default emotion in any of the known languages, or another frequent one."""
    return canonical(name) in LABELS or canonical(name) in OTHER_EMOTIONS


def looks_like_speaker(name: str) -> bool:
    """Return whether a name is typical of a speaker and of no emotion, such as ``Actor_01`` or ``0012``."""
    return _SPEAKER.fullmatch(name.casefold()) is not None and not is_emotion(name)


def find_layout(recordings: Iterable[Sequence[str]]) -> Layout:
    """Return the meaning of the levels.

    Args:
        recordings: The folders of each recording, from the outermost.
    """
    levels = _names(recordings)
    part = next((level for level, names in enumerate(levels) if _is_split(names)), None)
    gender = next((level for level, names in enumerate(levels) if level != part and _all(names, GENDERS)), None)
    free = [level for level in range(len(levels)) if level not in (part, gender)]
    scores = {level: sum(count for name, count in levels[level].items() if is_emotion(name)) for level in free}
    emotion = max(free, key=lambda level: (scores[level], -level), default=None)
    if emotion is None:
        return Layout(part=part, gender=gender)
    if not scores[emotion]:
        unlike = [level for level in free if not all(map(looks_like_speaker, levels[level]))]
        if not unlike:
            return Layout(part=part, gender=gender, speaker=free[0], speakers_only=tuple(sorted(levels[free[0]])))
        emotion = unlike[0]
    others = [level for level in free if level != emotion and not _all(levels[level], _CONTAINERS)]
    others = [level for level in others if level > emotion or len(levels[level]) > 1]  # one folder around all others
    known = len({canonical(name) for name in levels[emotion] if is_emotion(name)})
    format_level = next((level for level in free if level != emotion and _all(levels[level], _FORMATS)), None)
    return Layout(emotion, _speaker_level(levels, others), gender, part, format_level, known)


def _names(recordings: Iterable[Sequence[str]]) -> list[Counter[str]]:
    """Return for each level of folders the number of recordings below each name."""
    levels: list[Counter[str]] = []
    for folders in recordings:
        while len(levels) < len(folders):
            levels.append(Counter())
        for level, name in enumerate(folders):
            levels[level][name] += 1
    return levels


def _speaker_level(levels: Sequence[Counter[str]], others: Sequence[int]) -> int | None:
    """Return the outermost level with several names: all that is below a speaker's folder is of this speaker."""
    several = [level for level in others if len(levels[level]) > 1]
    return next(iter(several or others), None)


def _is_split(names: Iterable[str]) -> bool:
    parts = [PARTS.get(name.casefold()) for name in names]
    return all(parts) or {"train", "test"} <= set(parts)


def _all(names: Iterable[str], known: Collection[str]) -> bool:
    return all(name.casefold() in known for name in names)
