"""nEMO: 9 Polish actors, 6 emotions, 4,481 clips.

A name is ``speaker_emotion_sentence``. The speakers' genders are not in the file names; they are listed here.

Example:
    >>> clip = read_name(Path("SM0_sadness_64.wav"))
    >>> clip.emotion, clip.speaker, clip.gender, clip.text
    ('sad', 'SM0', 'male', '64')
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from emotion_hf.corpora.corpus import Corpus, Download, Utterance, index_file_names

NAME = "nemo"
EMOTIONS = {
    "anger": "angry",
    "fear": "fearful",
    "happiness": "happy",
    "neutral": "neutral",
    "sadness": "sad",
    "surprised": "surprised",
}
GENDERS = {
    "EB0": "female",
    "IC0": "female",
    "KD0": "female",
    "KS0": "male",
    "MK0": "female",
    "MP0": "male",
    "SM0": "male",
    "TP0": "male",
    "WR0": "male",
}
_PATTERN = re.compile(rf"({'|'.join(GENDERS)})_({'|'.join(EMOTIONS)})_(\d+)")


def read_name(path: Path) -> Utterance | None:
    """Return the clip that the file's name describes, or ``None`` if the name does not fit."""
    match = _PATTERN.fullmatch(path.stem)
    if match is None:
        return None
    speaker, emotion, sentence = match.groups()
    return Utterance(
        path=path,
        emotion=EMOTIONS[emotion],
        speaker=speaker,
        corpus=NAME,
        gender=GENDERS[speaker],
        language="pl",
        text=sentence,
    )


NEMO = Corpus(
    name=NAME,
    title="nEMO, emotional speech in Polish",
    licence="CC BY-NC-SA 4.0",
    homepage="https://github.com/amu-cai/nEMO",
    language="pl",
    citation="""@inproceedings{christop2024nemo,
  author    = {Christop, Iwona},
  title     = {{nEMO}: Dataset of Emotional Speech in {Polish}},
  booktitle = {Proceedings of the 2024 Joint International Conference on Computational Linguistics, Language
               Resources and Evaluation (LREC-COLING 2024)},
  pages     = {12111--12116},
  year      = {2024},
  address   = {Torino, Italia},
  publisher = {ELRA and ICCL}
}""",
    emotions=EMOTIONS,
    index=partial(index_file_names, expected="SM0_sadness_64 (speaker, emotion, sentence)", read=read_name),
    read=read_name,
    access=Download(
        "https://github.com/amu-cai/nEMO/archive/66de9999a8f2f605eb5f64841790aa5cb0877782.zip", clips=4481
    ),
)
