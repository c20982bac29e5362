"""ASED, version 1: 65 Amharic speakers, 5 emotions, 2,470 different clips.

A name is ``emotion+group-sentence-repetition-…-gender-speaker``. Sentences depend on emotions: 25 of the 27 occur in
one emotion only, so the text is the first two fields together. Some gender fields are wrong, so gender stays unknown.

Example:
    >>> clip = read_name(Path("f2-05-01-02-18.wav"))
    >>> clip.emotion, clip.speaker, clip.text
    ('fearful', '18', 'f205')
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from emotion_hf.corpora.corpus import Corpus, Utterance, index_file_names

NAME = "ased"
EMOTIONS = {"n": "neutral", "f": "fearful", "h": "happy", "s": "sad", "a": "angry"}
_PATTERN = re.compile(rf"([{''.join(EMOTIONS)}])([1-5])-(\d\d)-\d\d-\d\d-(\d\d)", re.IGNORECASE)


def read_name(path: Path) -> Utterance | None:
    """Return the clip that the file's name describes, or ``None`` if the name does not fit."""
    match = _PATTERN.fullmatch(path.stem)
    if match is None:
        return None
    letter, group, sentence, speaker = match.groups()
    letter = letter.lower()  # one name has a capital letter
    return Utterance(
        path=path,
        emotion=EMOTIONS[letter],
        speaker=speaker,
        corpus=NAME,
        language="am",
        text=f"{letter}{group}{sentence}",
    )


ASED = Corpus(
    name=NAME,
    title="Amharic Speech Emotion Dataset (ASED), version 1",
    licence="not stated; its paper calls it freely available",
    homepage="https://github.com/Ethio2021/ASED_V1",
    language="am",
    citation="""@article{retta2023ased,
  author  = {Retta, Ephrem Afele and Almekhlafi, Eiad and Sutcliffe, Richard and Mhamed, Mustafa and Ali, Haider and
             Feng, Jun},
  title   = {A New {Amharic} Speech Emotion Dataset and Classification Benchmark},
  journal = {ACM Transactions on Asian and Low-Resource Language Information Processing},
  volume  = {22},
  number  = {1},
  year    = {2023},
  doi     = {10.1145/3529759}
}""",
    emotions=EMOTIONS,
    index=partial(
        index_file_names, expected="n1-01-02-01-05 (emotion, sentence, repetition, gender, speaker)", read=read_name
    ),
    read=read_name,
    access="Clone https://github.com/Ethio2021/ASED_V1, then use its folder.",
)
