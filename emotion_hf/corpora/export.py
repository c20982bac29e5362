"""Export a corpus with a folder for each emotion, or each speaker, and a table of all clips.

The result is an audiofolder: ``--data mine=OUT`` and ``datasets.load_dataset("audiofolder", data_dir="OUT")`` read it
with the same emotions and speakers (``datasets`` turns speakers named by numbers, as in EmoDB, into numbers)::

    OUT/happy/Actor_01_03-01-03-01-01-01-01.wav
    OUT/metadata.csv     file_name,emotion,speaker,gender,intensity,language,text,corpus

The table is safe to open in a spreadsheet: a speaker named ``=1+1`` stays a name.

Example:
    >>> export_corpus(CORPORA["ravdess"], Path("ravdess"), Path("by_emotion"))  # doctest: +SKIP
    {'neutral': 96, 'calm': 192, 'happy': 192, 'sad': 192, 'angry': 192, 'fearful': 192, 'disgust': 192, …}
"""

from __future__ import annotations

import csv
import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from emotion_hf.cells import harmless
from emotion_hf.corpora.corpus import Corpus, Utterance, existing_folder, list_clips, sort_labels
from emotion_hf.corpora.new_folder import new_folder
from emotion_hf.disk import plain_name
from emotion_hf.errors import CorpusError

COLUMNS = ("file_name", "emotion", "speaker", "gender", "intensity", "language", "text", "split", "corpus")
UNKNOWN = "unknown"

logger = logging.getLogger(__name__)


def export_corpus(
    corpus: Corpus,
    directory: Path | str,
    target: Path,
    *,
    by: Literal["emotion", "speaker"] = "emotion",
    link: bool = False,
) -> dict[str, int]:
    """Copy the clips of a corpus into the new folder ``target``.

    Args:
        corpus: Corpus in ``directory``.
        directory: The corpus as published; it is not changed.
        target: Folder for the clips and ``metadata.csv``; must not exist, or be empty.
        by: Meaning of the folders.
        link: Make hard links instead of copies: they take no space, but both names are one file.

    Returns:
        Number of clips of each emotion.

    Raises:
        CorpusError: ``directory`` is missing or contains no clip of the corpus, ``target`` is inside it or not empty,
            or the file system reports an error.
    """
    folder = existing_folder(directory)
    if target.expanduser().resolve().is_relative_to(folder.resolve()):
        raise CorpusError(f"{target} is inside {directory}, so its clips would be found twice; choose one outside.")
    listing = list_clips(corpus, folder)
    if listing.left_over:
        logger.warning(
            "%d recordings in %s are not part of the corpus and left out; `emotion-hf corpus check` lists them.",
            len(listing.left_over),
            directory,
        )
    clips = listing.utterances
    place = _link if link else shutil.copyfile
    with new_folder(target) as part:
        rows = []
        for clip, name in zip(clips, _names(clips, by), strict=True):
            (part / name).parent.mkdir(exist_ok=True)
            place(clip.path, part / name)
            rows.append(_row(clip, name))
        with (part / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
    counts = Counter(clip.emotion for clip in clips)
    return {emotion: counts[emotion] for emotion in sort_labels(counts)}


def _names(clips: Iterable[Utterance], by: Literal["emotion", "speaker"]) -> list[str]:
    """Return the path of each clip; a number separates clips that would have the same name."""
    names: list[str] = []
    taken = set()
    for clip in clips:
        emotion, speaker = plain_name(clip.emotion), plain_name(clip.speaker or "")
        folder, first = (emotion, speaker) if by == "emotion" else (speaker, emotion)
        start = "/".join((folder or UNKNOWN, "_".join(filter(None, (first, clip.path.stem)))))
        name, number = f"{start}{clip.path.suffix}", 1
        while name.casefold() in taken:  # some file systems ignore case
            number += 1
            name = f"{start}-{number}{clip.path.suffix}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _row(clip: Utterance, name: str) -> dict[str, object]:
    values = {column: getattr(clip, "part" if column == "split" else column) or "" for column in COLUMNS[1:]}
    return {"file_name": name} | {column: harmless(value) for column, value in values.items()}


def _link(source: Path, target: Path) -> None:
    os.link(source.resolve(), target)
