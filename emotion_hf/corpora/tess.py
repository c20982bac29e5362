"""TESS: two Canadian actresses, 7 emotions, 2,800 clips of "Say the word …".

A name is ``speaker_word_emotion``; one file of the release is called ``OA_…`` instead of ``OAF_…``. With only two
speakers, this corpus cannot give figures on unseen speakers by itself.

Example:
    >>> clip = read_name(Path("OAF_back_ps.wav"))
    >>> clip.emotion, clip.speaker, clip.text
    ('surprised', 'OAF', 'Say the word back')
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from emotion_hf.corpora.corpus import Corpus, Download, Utterance, index_file_names

NAME = "tess"
EMOTIONS = {
    "angry": "angry",
    "disgust": "disgust",
    "fear": "fearful",
    "happy": "happy",
    "neutral": "neutral",
    "ps": "surprised",
    "sad": "sad",
}
SPEAKERS = {"OAF": "OAF", "OA": "OAF", "YAF": "YAF"}
_PATTERN = re.compile(rf"({'|'.join(SPEAKERS)})_([A-Za-z]+)_({'|'.join(EMOTIONS)})")


def read_name(path: Path) -> Utterance | None:
    """Return the clip that the file's name describes, or ``None`` if the name does not fit."""
    match = _PATTERN.fullmatch(path.stem)
    if match is None:
        return None
    speaker, word, emotion = match.groups()
    return Utterance(
        path=path,
        emotion=EMOTIONS[emotion],
        speaker=SPEAKERS[speaker],
        corpus=NAME,
        gender="female",
        language="en",
        text=f"Say the word {word}",
    )


TESS = Corpus(
    name=NAME,
    title="Toronto Emotional Speech Set (TESS)",
    licence="CC BY-NC-ND 4.0",
    homepage="https://doi.org/10.5683/SP2/E8H2MF",
    language="en",
    citation="""@data{pichorafuller2020tess,
  author    = {Pichora-Fuller, M. Kathleen and Dupuis, Kate},
  title     = {{Toronto} emotional speech set ({TESS})},
  publisher = {Scholars Portal Dataverse},
  year      = {2020},
  doi       = {10.5683/SP2/E8H2MF}
}""",
    emotions=EMOTIONS,
    index=partial(index_file_names, expected="OAF_back_angry (speaker, word, emotion)", read=read_name),
    read=read_name,
    access=Download(
        "https://borealisdata.ca/api/access/dataset/:persistentId/?persistentId=doi:10.5683/SP2/E8H2MF", clips=2800
    ),
)
