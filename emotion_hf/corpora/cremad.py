"""CREMA-D: 91 North American actors (48 male, 43 female), 6 emotions, 12 sentences, 7,442 clips.

A name is ``actor_sentence_emotion_level``; one file of the release ends in ``_X`` instead of ``_XX``. The actors'
genders are not in the file names; they are listed here, from the release's ``VideoDemographics.csv``. The recordings
were not available: this file follows the published naming, and is tested on file names only.

Example:
    >>> clip = read_name(Path("1001_IEO_ANG_HI.wav"))
    >>> clip.emotion, clip.speaker, clip.gender, clip.intensity, clip.text
    ('angry', '1001', 'male', 'high', "It's eleven o'clock")
"""

from __future__ import annotations

import re
from functools import partial
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
FEMALE_ACTORS = {
    *(1002, 1003, 1004, 1006, 1007, 1008, 1009, 1010, 1012, 1013, 1018, 1020, 1021, 1024, 1025),
    *(1028, 1029, 1030, 1037, 1043, 1046, 1047, 1049, 1052, 1053, 1054, 1055, 1056, 1058, 1060),
    *(1061, 1063, 1072, 1073, 1074, 1075, 1076, 1078, 1079, 1082, 1084, 1089, 1091),
}
_PATTERN = re.compile(
    rf"(10(?:0[1-9]|[1-8]\d|9[01]))_({'|'.join(SENTENCES)})_({'|'.join(EMOTIONS)})_({'|'.join(INTENSITIES)})"
)


def read_name(path: Path) -> Utterance | None:
    """Return the clip that the file's name describes, or ``None`` if the name does not fit."""
    match = _PATTERN.fullmatch(path.stem)
    if match is None:
        return None
    actor, sentence, emotion, level = match.groups()
    return Utterance(
        path=path,
        emotion=EMOTIONS[emotion],
        speaker=actor,
        corpus=NAME,
        gender="female" if int(actor) in FEMALE_ACTORS else "male",
        intensity=INTENSITIES[level],
        language="en",
        text=SENTENCES[sentence],
    )


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
    index=partial(index_file_names, expected="1001_DFA_ANG_XX (actor, sentence, emotion, level)", read=read_name),
    read=read_name,
    access="With Git LFS installed, run `GIT_LFS_SKIP_SMUDGE=1 git clone --depth 1 "
    "https://gitlab.com/cs-cooper-lab/crema-d-mirror` (the copy that the authors point to), in it "
    "`git lfs pull --include AudioWAV`, and use the folder AudioWAV.",
)
