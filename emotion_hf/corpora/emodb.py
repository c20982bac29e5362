"""EmoDB (Berlin): 10 German actors, 7 emotions, 10 sentences, 535 clips.

A name is two digits for the speaker, a letter and two digits for the sentence, the first letter of the German word
for the emotion, and a letter for the take. Boredom is not a default label: without ``labels``, data with EmoDB has
exactly the labels found in it. The corpus was not available: this file follows the published naming, and is tested on
file names only.

Example:
    >>> clip = read_name(Path("03a01Fa.wav"))
    >>> clip.emotion, clip.speaker, clip.gender, clip.text
    ('happy', '03', 'male', 'a01')
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from emotion_hf.corpora.corpus import Corpus, Download, Utterance, index_file_names

NAME = "emodb"
EMOTIONS = {
    "A": "fearful",  # Angst
    "E": "disgust",  # Ekel
    "F": "happy",  # Freude
    "L": "boredom",  # Langeweile
    "N": "neutral",
    "T": "sad",  # Trauer
    "W": "angry",  # Wut
}
GENDERS = {
    "03": "male",
    "08": "female",
    "09": "female",
    "10": "male",
    "11": "male",
    "12": "male",
    "13": "female",
    "14": "female",
    "15": "male",
    "16": "female",
}
_PATTERN = re.compile(rf"({'|'.join(GENDERS)})([ab](?:0[1-9]|10))([{''.join(EMOTIONS)}])[a-z]")


def read_name(path: Path) -> Utterance | None:
    """Return the clip that the file's name describes, or ``None`` if the name does not fit."""
    match = _PATTERN.fullmatch(path.stem)
    if match is None:
        return None
    speaker, sentence, emotion = match.groups()
    return Utterance(
        path=path,
        emotion=EMOTIONS[emotion],
        speaker=speaker,
        corpus=NAME,
        gender=GENDERS[speaker],
        language="de",
        text=sentence,
    )


EMODB = Corpus(
    name=NAME,
    title="Berlin Database of Emotional Speech (EmoDB)",
    licence="CC BY 4.0 according to its Zenodo record, CC0 1.0 according to the metadata in its file",
    homepage="http://emodb.bilderbar.info/",
    language="de",
    citation="""@inproceedings{burkhardt2005emodb,
  author    = {Burkhardt, Felix and Paeschke, Astrid and Rolfes, Miriam and Sendlmeier, Walter F. and
               Weiss, Benjamin},
  title     = {A database of {German} emotional speech},
  booktitle = {Proceedings of Interspeech 2005},
  year      = {2005}
}""",
    emotions=EMOTIONS,
    index=partial(index_file_names, expected="03a01Fa (speaker, sentence, emotion, take)", read=read_name),
    read=read_name,
    access=Download("https://zenodo.org/api/records/7447302", clips=535, record_file="emodb.zip"),
)
