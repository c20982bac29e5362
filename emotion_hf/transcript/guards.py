"""Recognise invented text: on unknown sounds and languages, a speech recogniser repeats itself or guesses.

The first three thresholds are those of Whisper's own decoder (Radford et al., 2022, "Robust Speech Recognition via
Large-Scale Weak Supervision", section 4.5).

Example:
    >>> compression_ratio("Kids are talking by the door.") < HIGHEST_COMPRESSION < compression_ratio("yes " * 40)
    True
    >>> [word.text for word in without_repetitions([Word("no", n, n + 1) for n in range(9)])]
    ['no']
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from emotion_hf.transcript import Doubt, Word

if TYPE_CHECKING:
    from emotion_hf.transcript.whisper import Written

HIGHEST_COMPRESSION = 2.4
LOWEST_LOG_PROBABILITY = -1.0
HIGHEST_NO_SPEECH = 0.6
SURE_OF_NO_SPEECH = 0.9
"""From here on the text does not count, however probable it is: on digital silence Whisper writes "you"."""
SURE_OF_LANGUAGE = 0.5
"""Whisper base gave its best language less than this for five of eight clips in Amharic, which it hardly knows, and at
least 0.9 for eight clips of RAVDESS."""
LOOP = re.compile(r"(.{1,40}?)\1{3,}(.{0,39})$", re.DOTALL)
"""The same letters at least four times in a row, and the rest of the text."""
LONGEST_REPEATED = 12
"""Words in the longest passage whose repetition is looked for."""
TOLERATED = 3
"""A person says a passage up to this many times in a row."""


def compression_ratio(text: str) -> float:
    """Return how many times smaller zlib makes a text; repetitions make it large. 0 for an empty text."""
    content = text.encode()
    return len(content) / len(zlib.compress(content)) if content else 0.0


def doubt(written: Written) -> Doubt | None:
    """Return why a text must not be believed; `None` if it can be."""
    if compression_ratio(written.text) > HIGHEST_COMPRESSION or (written.is_cut and _ends_in_loop(written.text)):
        return Doubt.REPEATED
    if written.no_speech > SURE_OF_NO_SPEECH:
        return Doubt.NO_SPEECH
    if written.mean_log_probability < LOWEST_LOG_PROBABILITY:
        return Doubt.NO_SPEECH if written.no_speech > HIGHEST_NO_SPEECH else Doubt.UNSURE
    return Doubt.LANGUAGE if written.language_probability < SURE_OF_LANGUAGE else None


def without_repetitions(words: Sequence[Word]) -> list[Word]:
    """Return the words with each passage that is repeated more than `TOLERATED` times in a row written once."""
    kept, texts = list(words), [_bare(word.text) for word in words]
    for size in range(1, LONGEST_REPEATED + 1):
        at = 0
        while at + size <= len(texts):
            passage, end = texts[at : at + size], at + size
            while texts[end : end + size] == passage:
                end += size
            if (end - at) // size > TOLERATED:
                del kept[at + size : end], texts[at + size : end]
            at += 1
    return kept


def _ends_in_loop(text: str) -> bool:
    """Return whether a text was still repeating itself when it was cut; the last repetition may be incomplete."""
    loop = LOOP.search(text)
    return loop is not None and loop[1].startswith(loop[2])


def _bare(text: str) -> str:
    """Return a word in lower case without punctuation; punctuation alone stays as it is."""
    return "".join(letter for letter in text.lower() if letter.isalnum()) or text
