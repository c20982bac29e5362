"""EMOVO: 6 Italian actors, 7 emotions, 14 sentences, 588 clips.

A name is ``emotion-speaker-sentence``: the first three letters of the Italian word, ``f1`` to ``m3``, and the
sentence's own number.

Example:
    >>> clip = read_name(Path("gio-f1-b2.wav"))
    >>> clip.emotion, clip.speaker, clip.gender, clip.text
    ('happy', 'f1', 'female', 'b2')
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from emotion_hf.corpora.corpus import Corpus, Utterance, index_file_names

NAME = "emovo"
EMOTIONS = {
    "dis": "disgust",
    "gio": "happy",
    "neu": "neutral",
    "pau": "fearful",
    "rab": "angry",
    "sor": "surprised",
    "tri": "sad",
}
_PATTERN = re.compile(rf"({'|'.join(EMOTIONS)})-([fm][1-3])-([bdln]\d)")


def read_name(path: Path) -> Utterance | None:
    """Return the clip that the file's name describes, or ``None`` if the name does not fit."""
    match = _PATTERN.fullmatch(path.stem)
    if match is None:
        return None
    emotion, speaker, sentence = match.groups()
    return Utterance(
        path=path,
        emotion=EMOTIONS[emotion],
        speaker=speaker,
        corpus=NAME,
        gender="female" if speaker.startswith("f") else "male",
        language="it",
        text=sentence,
    )


EMOVO = Corpus(
    name=NAME,
    title="EMOVO, Italian emotional speech",
    licence="free for research; no formal licence is stated",
    homepage="http://voice.fub.it/activities/corpora/emovo/index.html",
    language="it",
    citation="""@inproceedings{costantini2014emovo,
  author    = {Costantini, Giovanni and Iaderola, Iacopo and Paoloni, Andrea and Todisco, Massimiliano},
  title     = {{EMOVO} Corpus: an {Italian} Emotional Speech Database},
  booktitle = {Proceedings of the Ninth International Conference on Language Resources and Evaluation (LREC'14)},
  pages     = {3501--3504},
  year      = {2014},
  address   = {Reykjavik, Iceland},
  publisher = {European Language Resources Association (ELRA)}
}""",
    emotions=EMOTIONS,
    index=partial(index_file_names, expected="gio-f1-b2 (emotion, speaker, sentence)", read=read_name),
    read=read_name,
    access="See http://voice.fub.it/activities/corpora/emovo/index.html or ask its authors.",
)
