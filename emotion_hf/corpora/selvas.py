"""Selvas emotiontts, the public sample: 15 Korean voice talents, 4 emotions, 300 clips.

A name is ``speaker+emotion+number``. Some listings swap 002 and 003; here 002 is sad and 003 is angry.

Example:
    >>> clip = read_name(Path("emf00204.wav"))
    >>> clip.emotion, clip.speaker
    ('sad', 'emf')
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from emotion_hf.corpora.corpus import Corpus, Utterance, index_file_names

NAME = "selvas"
EMOTIONS = {"000": "neutral", "001": "happy", "002": "sad", "003": "angry"}
_PATTERN = re.compile(r"([en][em][a-z])(00[0-3])\d\d")


def read_name(path: Path) -> Utterance | None:
    """Return the clip that the file's name describes, or ``None`` if the name does not fit."""
    match = _PATTERN.fullmatch(path.stem)
    if match is None:
        return None
    speaker, emotion = match.groups()
    return Utterance(path=path, emotion=EMOTIONS[emotion], speaker=speaker, corpus=NAME, language="ko")


SELVAS = Corpus(
    name=NAME,
    title="Selvas emotiontts, public sample of emotional Korean speech",
    licence="CC BY-NC-SA 4.0",
    homepage="https://github.com/emotiontts/emotiontts_open_db",
    language="ko",
    citation="""@misc{selvas2020emotiontts,
  author       = {{Selvas AI}},
  title        = {{emotiontts\\_open\\_db}: Emotional Speech Corpus},
  year         = {2020},
  howpublished = {\\url{https://github.com/emotiontts/emotiontts_open_db}}
}""",
    emotions=EMOTIONS,
    index=partial(index_file_names, expected="emf00204 (speaker, emotion, number)", read=read_name),
    read=read_name,
    access="Clone https://github.com/emotiontts/emotiontts_open_db, then use Dataset/SpeechCorpus/Emotional.",
)
