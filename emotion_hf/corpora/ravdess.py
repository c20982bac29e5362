"""RAVDESS, the speech part: 24 North American actors, 8 emotions, 1,440 clips.

A name consists of seven numbers, ``modality-channel-emotion-intensity-statement-repetition-actor``. Audio-only speech
is ``03-01-…``; songs (``…-02-…``) and the sound of the videos (``01-…``, the same voices again) are left out.

Example:
    >>> clip = read_name(Path("03-01-05-02-01-01-12.wav"))
    >>> clip.emotion, clip.intensity, clip.speaker, clip.gender
    ('angry', 'strong', 'Actor_12', 'female')
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from emotion_hf.corpora.corpus import Corpus, Download, Utterance, index_file_names

NAME = "ravdess"
EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fearful",
    "07": "disgust",
    "08": "surprised",
}
INTENSITIES = {"01": "normal", "02": "strong"}
STATEMENTS = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}
_PATTERN = re.compile(r"03-01-(0[1-8])-(0[12])-(0[12])-0[12]-(0[1-9]|1\d|2[0-4])")


def read_name(path: Path) -> Utterance | None:
    """Return the clip that the file's name describes, or ``None`` if it is not one of the speech clips."""
    match = _PATTERN.fullmatch(path.stem)
    if match is None:
        return None
    emotion, intensity, statement, actor = match.groups()
    return Utterance(
        path=path,
        emotion=EMOTIONS[emotion],
        speaker=f"Actor_{actor}",
        corpus=NAME,
        gender="male" if int(actor) % 2 else "female",
        intensity=INTENSITIES[intensity],
        language="en",
        text=STATEMENTS[statement],
    )


RAVDESS = Corpus(
    name=NAME,
    title="Ryerson Audio-Visual Database of Emotional Speech and Song, speech part (RAVDESS)",
    licence="CC BY-NC-SA 4.0",
    homepage="https://zenodo.org/records/1188976",
    language="en",
    citation="""@article{livingstone2018ravdess,
  author  = {Livingstone, Steven R. and Russo, Frank A.},
  title   = {The {Ryerson} Audio-Visual Database of Emotional Speech and Song ({RAVDESS}): A dynamic, multimodal
             set of facial and vocal expressions in {North American English}},
  journal = {PLOS ONE},
  volume  = {13},
  number  = {5},
  pages   = {e0196391},
  year    = {2018},
  doi     = {10.1371/journal.pone.0196391}
}""",
    emotions=EMOTIONS,
    index=partial(
        index_file_names, expected="03-01-05-02-01-01-12 (speech, audio only, seven numbers)", read=read_name
    ),
    read=read_name,
    access=Download("https://zenodo.org/api/records/1188976", clips=1440, record_file="Audio_Speech_Actors_01-24.zip"),
)
