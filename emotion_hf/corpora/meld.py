"""MELD: dialogues of the television series Friends, 13,708 utterances with their video, 7 emotions.

``train_sent_emo.csv``, ``dev_sent_emo.csv`` and ``test_sent_emo.csv`` have a row for each utterance, and
``train_splits/dia0_utt0.mp4`` (or ``dev_splits_complete``, ``output_repeated_splits_test``) is its video, whose sound
is used. ``data.split=published`` uses these parts. They share the main characters, so its figures are optimistic for
unseen speakers; those of ``speakers:0.2`` are not. The corpus was not available: this file follows the published
layout, and is tested on made-up files only.

Example:
    >>> published_part(Path("MELD.Raw/dev_splits_complete/dia0_utt0.mp4")), EMOTIONS["joy"]
    ('validation', 'happy')
"""

from __future__ import annotations

from pathlib import Path

from emotion_hf.corpora.corpus import Corpus, Reading, Utterance, audio_files
from emotion_hf.corpora.published_tables import none_fits, read_table, tables_below

NAME = "meld"
EMOTIONS = {
    "neutral": "neutral",
    "joy": "happy",
    "sadness": "sad",
    "anger": "angry",
    "fear": "fearful",
    "disgust": "disgust",
    "surprise": "surprised",
}
GENDERS = {
    "Chandler": "male",
    "Joey": "male",
    "Ross": "male",
    "Monica": "female",
    "Phoebe": "female",
    "Rachel": "female",
}
FOLDERS = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}
PARTS = {"train_splits": "train", "dev_splits_complete": "validation", "output_repeated_splits_test": "test"}
EXPECTED = "train_sent_emo.csv beside train_splits/dia0_utt0.mp4 (Dialogue_ID, Utterance_ID, Speaker, Emotion)"
COLUMNS = ("Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID")


def index(folder: Path) -> Reading:
    """List the utterances of the three tables below ``folder``, in the order of their paths; some may be missing.

    A recording may have another ending than ``.mp4``, if somebody has extracted the sound.

    Raises:
        CorpusError: There is no table, or one lacks a column.
    """
    tables = tables_below(folder, r"(train|dev|test)_sent_emo\.csv")
    if not tables:
        raise none_fits(folder, EXPECTED)
    path_of = {(path.parent.name, path.stem): path for path in audio_files(folder)}
    found = []
    for table in tables:
        place = FOLDERS[table.name.partition("_")[0]]
        for row in read_table(table, COLUMNS):
            stem = f"dia{row['Dialogue_ID']}_utt{row['Utterance_ID']}"
            if row["Emotion"] in EMOTIONS:
                found.append(
                    Utterance(
                        path=path_of.get((place, stem), table.parent / place / f"{stem}.mp4"),
                        emotion=EMOTIONS[row["Emotion"]],
                        speaker=row["Speaker"] or None,
                        corpus=NAME,
                        gender=GENDERS.get(row["Speaker"]),
                        language="en",
                        text=row["Utterance"] or None,
                    )
                )
    return Reading(tuple(sorted(found, key=lambda utterance: utterance.path)), "from the corpus's tables")


def published_part(path: Path) -> str | None:
    """Return the part of the published split that a recording is in; ``None`` for none."""
    return PARTS.get(path.parent.name)


MELD = Corpus(
    name=NAME,
    title="Multimodal EmotionLines Dataset (MELD)",
    licence="annotations: GPL 3.0; the video clips belong to the owners of the series, and no licence covers them",
    homepage="https://affective-meld.github.io/",
    language="en",
    citation="""@inproceedings{poria2019meld,
  author    = {Poria, Soujanya and Hazarika, Devamanyu and Majumder, Navonil and Naik, Gautam and Cambria, Erik and
               Mihalcea, Rada},
  title     = {{MELD}: A Multimodal Multi-Party Dataset for Emotion Recognition in Conversations},
  booktitle = {Proceedings of the 57th Annual Meeting of the Association for Computational Linguistics},
  pages     = {527--536},
  year      = {2019},
  doi       = {10.18653/v1/P19-1050}
}""",
    emotions=EMOTIONS,
    index=index,
    access="Download MELD.Raw.tar.gz from the homepage, and unpack it and the three archives in it into one folder, "
    "with the three tables.",
    published_part=published_part,
)
