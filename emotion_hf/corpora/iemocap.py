"""IEMOCAP: 10 American actors in five sessions of two, acted and improvised dialogues, 10,039 turns.

``SessionN/dialog/EmoEvaluation/DIALOGUE.txt`` states the emotion on which the annotators agree, and
``SessionN/sentences/wav/DIALOGUE/TURN.wav`` is the recording. Turns without agreement (``xxx``) and with another
emotion (``oth``) are left out. The last letter in a turn's name is its speaker: ``Ses01F_impro01_M003`` is said by the
man of session 1. The corpus was not available: this file follows the published layout, and is tested on made-up files
only.

Most publications use four classes, with "excited" merged into "happy". The setting ``data.labels`` does this:
``'data.labels={neutral: [neutral], happy: [happy, excited], sad: [sad], angry: [angry]}'``; `FOUR_CLASSES` has it for
code. ``--folds iemocap`` tests one session at a time.

Example:
    >>> clip = read_line("[6.29 - 8.23]\\tSes01F_impro01_M003\\texc\\t[2.5, 2.5, 2.5]", Path("Session1"))
    >>> clip.emotion, clip.speaker, clip.gender, clip.path.as_posix()
    ('excited', 'Ses01M', 'male', 'Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M003.wav')
"""

from __future__ import annotations

import re
from pathlib import Path

from emotion_hf.corpora.corpus import Corpus, Reading, Utterance
from emotion_hf.corpora.published_tables import none_fits, tables_below

NAME = "iemocap"
EMOTIONS = {
    "neu": "neutral",
    "hap": "happy",
    "sad": "sad",
    "ang": "angry",
    "fea": "fearful",
    "dis": "disgust",
    "sur": "surprised",
    "exc": "excited",
    "fru": "frustrated",
}
FOUR_CLASSES = {"neutral": ["neutral"], "happy": ["happy", "excited"], "sad": ["sad"], "angry": ["angry"]}
"""The common four classes, for ``load_corpora(…, labels=FOUR_CLASSES)`` and ``data.labels``."""
EXPECTED = "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt beside Session1/sentences/wav (sessions 1 to 5)"
_GENDERS = {"F": "female", "M": "male"}
_DIALOGUE = r"Ses0[1-5][FM]_(?:impro|script)\w+"
_LINE = re.compile(rf"\[[^\]]*\]\s+(({_DIALOGUE})_([FM])\w+)\s+({'|'.join(EMOTIONS)})\s+\[.*")


def index(folder: Path) -> Reading:
    """List the turns of all sessions below ``folder``, in the order of their paths.

    Raises:
        CorpusError: There is none.
    """
    found = []
    for file in tables_below(folder, rf"{_DIALOGUE}\.txt"):
        if file.parent.name == "EmoEvaluation":  # its subfolders have each annotator's opinion
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
            found += [turn for line in lines if (turn := read_line(line, file.parents[2]))]
    if not found:
        raise none_fits(folder, EXPECTED)
    return Reading(tuple(sorted(found, key=lambda utterance: utterance.path)), "from the corpus's tables")


def read_line(line: str, session: Path) -> Utterance | None:
    """Return the turn that a line of an evaluation describes; ``None`` for other lines and other emotions.

    Args:
        line: Such as ``[6.29 - 8.23]<tab>Ses01F_impro01_F000<tab>neu<tab>[2.5, 2.5, 2.5]``.
        session: Folder of the session.
    """
    match = _LINE.fullmatch(line.rstrip())
    if match is None:
        return None
    turn, dialogue, letter, emotion = match.groups()
    return Utterance(
        path=session / "sentences" / "wav" / dialogue / f"{turn}.wav",
        emotion=EMOTIONS[emotion],
        speaker=f"{turn[:5]}{letter}",
        corpus=NAME,
        gender=_GENDERS[letter],
        language="en",
    )


IEMOCAP = Corpus(
    name=NAME,
    title="Interactive Emotional Dyadic Motion Capture Database (IEMOCAP)",
    licence="on request from the University of Southern California: research only, no redistribution",
    homepage="https://sail.usc.edu/iemocap/",
    language="en",
    citation="""@article{busso2008iemocap,
  author  = {Busso, Carlos and Bulut, Murtaza and Lee, Chi-Chun and Kazemzadeh, Abe and Mower, Emily and
             Kim, Samuel and Chang, Jeannette N. and Lee, Sungbok and Narayanan, Shrikanth S.},
  title   = {{IEMOCAP}: interactive emotional dyadic motion capture database},
  journal = {Language Resources and Evaluation},
  volume  = {42},
  number  = {4},
  pages   = {335--359},
  year    = {2008},
  doi     = {10.1007/s10579-008-9076-6}
}""",
    emotions=EMOTIONS,
    index=index,
    access="Fill in the release form on the homepage; the university sends a link. Use the folder that has Session1 "
    "to Session5.",
)
