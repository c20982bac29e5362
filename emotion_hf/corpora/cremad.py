"""CREMA-D: 91 North American actors (48 male, 43 female), 6 emotions, 12 sentences, 7,442 clips.

A name is ``actor_sentence_emotion_level``; one file of the release ends in ``_X`` instead of ``_XX``. The actors'
genders are in no file name but in the release's ``VideoDemographics.csv``, which is not read. No
recording of it was at hand: this follows its published naming, and is tested on file names only.

Example:
    >>> clip = read_name(Path("1001_IEO_ANG_HI.wav"))
    >>> clip.emotion, clip.speaker, clip.intensity, clip.text
    ('angry', '1001', 'high', "It's eleven o'clock")
"""

from __future__ import annotations

import re
from pathlib import Path

from emotion_hf.corpora.corpus import Corpus, Utterance, index_file_names

NAME = "cremad"
EMOTIONS = {
    "ANG": "angry",
    "DIS": "disgust",
    "FEA": "fearful",
    "HAP": "happy",
    "NEU": "neutral",
    "SAD": "sad",
}
INTENSITIES = {"LO": "low", "MD": "medium", "HI": "high", "XX": None, "X": None}
SENTENCES = {
    "IEO": "It's eleven o'clock",
    "TIE": "That is exactly what happened",
    "IOM": "I'm on my way to the meeting",
    "IWW": "I wonder what this is about",
    "TAI": "The airplane is almost full",
    "MTI": "Maybe tomorrow it will be cold",
    "IWL": "I would like a new alarm clock",
    "ITH": "I think I have a doctor's appointment",
    "DFA": "Don't forget a jacket",
    "ITS": "I think I've seen this before",
    "TSI": "The surface is slick",
    "WSI": "We'll stop in a couple of minutes",
}
_PATTERN = re.compile(
    rf"(10(?:0[1-9]|[1-8]\d|9[01]))_({'|'.join(SENTENCES)})_({'|'.join(EMOTIONS)})_({'|'.join(INTENSITIES)})"
)


def read_name(path: Path) -> Utterance | None:
    """Return what the file's name says, or ``None`` if it does not fit."""
    match = _PATTERN.fullmatch(path.stem)
    if match is None:
        return None
    actor, sentence, emotion, level = match.groups()
    return Utterance(
        path=path,
        emotion=EMOTIONS[emotion],
        speaker=actor,
        corpus=NAME,
        intensity=INTENSITIES[level],
        language="en",
        text=SENTENCES[sentence],
    )


def index(folder: Path) -> list[Utterance]:
    """List the clips below ``folder``."""
    return index_file_names(folder, "1001_DFA_ANG_XX (actor, sentence, emotion, level)", read_name)


CREMAD = Corpus(
    name=NAME,
    title="Crowd-sourced Emotional Multimodal Actors Dataset (CREMA-D)",
    licence="Open Database License (ODbL) 1.0; contents: Database Contents License 1.0",
    homepage="https://github.com/CheyneyComputerScience/CREMA-D",
    language="en",
    citation="""@article{cao2014cremad,
  author  = {Cao, Houwei and Cooper, David G. and Keutmann, Michael K. and Gur, Ruben C. and Nenkova, Ani and
             Verma, Ragini},
  title   = {{CREMA-D}: Crowd-Sourced Emotional Multimodal Actors Dataset},
  journal = {IEEE Transactions on Affective Computing},
  volume  = {5},
  number  = {4},
  pages   = {377--390},
  year    = {2014},
  doi     = {10.1109/TAFFC.2014.2336244}
}""",
    emotions=EMOTIONS,
    index=index,
)
