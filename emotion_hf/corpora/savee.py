"""SAVEE: 4 English men, 7 emotions, 480 clips.

A name is ``speaker_emotion+number``, or only the second half in a folder named after the speaker. The numbers restart
for each emotion and mostly mean different sentences, so the text is both.

Example:
    >>> clip = read_name(Path("DC_sa01.wav"))
    >>> clip.emotion, clip.speaker, clip.text
    ('sad', 'DC', 'sa01')
    >>> read_name(Path("JE/h15.wav")).speaker
    'JE'
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from emotion_hf.corpora.corpus import Corpus, Utterance, index_file_names

NAME = "savee"
EMOTIONS = {
    "a": "angry",
    "d": "disgust",
    "f": "fearful",
    "h": "happy",
    "n": "neutral",
    "sa": "sad",
    "su": "surprised",
}
SPEAKERS = ("DC", "JE", "JK", "KL")
_PATTERN = re.compile(rf"(?:({'|'.join(SPEAKERS)})_)?(({'|'.join(EMOTIONS)})\d\d)")


def read_name(path: Path) -> Utterance | None:
    """Return the clip that the names of the file and its folder describe, or ``None`` if they do not fit."""
    match = _PATTERN.fullmatch(path.stem)
    if match is None:
        return None
    speaker, text, emotion = match.groups(default=path.parent.name)
    if speaker not in SPEAKERS:
        return None
    return Utterance(
        path=path,
        emotion=EMOTIONS[emotion],
        speaker=speaker,
        corpus=NAME,
        gender="male",
        language="en",
        text=text,
    )


SAVEE = Corpus(
    name=NAME,
    title="Surrey Audio-Visual Expressed Emotion database (SAVEE)",
    licence="free for research, after registration",
    homepage="http://kahlan.eps.surrey.ac.uk/savee/",
    language="en",
    citation="""@inproceedings{haq2009savee,
  author    = {Haq, Sanaul and Jackson, Philip J. B.},
  title     = {Speaker-dependent audio-visual emotion recognition},
  booktitle = {Proceedings of the International Conference on Auditory-Visual Speech Processing (AVSP)},
  year      = {2009}
}""",
    emotions=EMOTIONS,
    index=partial(index_file_names, expected="DC_a01 or DC/a01 (speaker, emotion, number)", read=read_name),
    read=read_name,
    access="Register at http://kahlan.eps.surrey.ac.uk/savee/ (free for research), then use the folder AudioData.",
)
