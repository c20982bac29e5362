"""Spanish student recordings: 16 lay speakers, 7 emotions, 1,321 clips.

The file's name begins with the emotion, and the folder is the speaker.

Example:
    >>> clip = read_name(Path("data/7/Tristeza_3.wav"))
    >>> clip.emotion, clip.speaker
    ('sad', '7')
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from emotion_hf.corpora.corpus import Corpus, Utterance, index_file_names

NAME = "spanish"
EMOTIONS = {
    "Alegria": "happy",
    "Asco": "disgust",
    "Ira": "angry",
    "Miedo": "fearful",
    "Neutro": "neutral",
    "Sorpresa": "surprised",
    "Tristeza": "sad",
}
_PATTERN = re.compile(rf"({'|'.join(EMOTIONS)})(?:_*\d+)?")
_SPEAKER = re.compile(r"\d+|Test\d+")


def read_name(path: Path) -> Utterance | None:
    """Return the clip that the names of the file and its folder describe, or ``None`` if they do not fit."""
    match = _PATTERN.fullmatch(path.stem)
    if match is None or not _SPEAKER.fullmatch(path.parent.name):
        return None
    return Utterance(path=path, emotion=EMOTIONS[match[1]], speaker=path.parent.name, corpus=NAME, language="es")


SPANISH = Corpus(
    name=NAME,
    title="Spanish student recordings of acted emotions",
    licence="not stated",
    homepage="https://github.com/rcebrian/speech-emotion-recognition",
    language="es",
    citation="""@misc{cebrian2020spanish,
  author       = {Cebri{\\'a}n, R.},
  title        = {speech-emotion-recognition},
  howpublished = {\\url{https://github.com/rcebrian/speech-emotion-recognition}}
}""",
    emotions=EMOTIONS,
    index=partial(index_file_names, expected="7/Tristeza_3 (speaker, emotion, number)", read=read_name),
    read=read_name,
    access="Clone https://github.com/rcebrian/speech-emotion-recognition, then use the folder of its recordings.",
)
