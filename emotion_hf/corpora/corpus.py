"""Facts about a corpus, and an index of its clips read from the files' names.

A corpus is one file of this package with one ``Corpus``; nothing here opens a recording.

Example:
    >>> clip = Utterance(Path("03-01-03-01-01-01-01.wav"), emotion="happy", speaker="Actor_01", corpus="ravdess")
    >>> clip.emotion, clip.intensity
    ('happy', None)
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion_hf.audio import AUDIO_EXTENSIONS, is_recording
from emotion_hf.disk import files_below
from emotion_hf.errors import CorpusError
from emotion_hf.labels import LABELS

MILD, STRONG = ("normal", "low"), ("strong", "high")  # intensity words of the corpora


@dataclass(frozen=True)
class Utterance:
    """One clip and what is known about it.

    Attributes:
        path: The recording.
        emotion: One of ``labels.LABELS``, or another label of the corpus or the user.
        speaker: The corpus's name of the speaker; ``None`` if unknown.
        corpus: Name of the corpus.
        gender: ``female`` or ``male``, where known.
        intensity: Intensity of the acted emotion, if known, as a word: ``normal``, ``strong``, ``low`` …
        language: ISO 639-1 code, where known.
        text: The spoken text, in words or as the corpus's number of the sentence, if known.
    """

    path: Path
    emotion: str
    speaker: str | None
    corpus: str
    gender: str | None = None
    intensity: str | None = None
    language: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Download:
    """A public zip file that contains a corpus.

    Attributes:
        url: Address of the file; with ``record_file``, the address of the JSON of its Zenodo record, which states the
            file's address, size and MD5.
        clips: Number of clips in the file.
        record_file: Name of the file in the record.
    """

    url: str
    clips: int
    record_file: str = ""


@dataclass(frozen=True)
class Corpus:
    """A collection of emotional speech.

    Attributes:
        name: Short name, as in ``--data NAME=DIR``.
        title: Full name.
        licence: Terms of use; empty if unknown.
        homepage: Website of the corpus; empty for recordings of the user's own.
        language: ISO 639-1 code; empty if it depends on the folder.
        citation: BibTeX entry.
        emotions: The corpus's label → our label; empty if any label may occur.
        index: Lists the clips of a folder, in the order of their paths.
        access: A file to download, or a sentence that says how to get the corpus.
    """

    name: str
    title: str
    licence: str
    homepage: str
    language: str
    citation: str
    emotions: Mapping[str, str]
    index: Callable[[Path], Iterable[Utterance]]
    access: Download | str = ""


@dataclass(frozen=True)
class Listing:
    """Clips of a corpus in a folder.

    Attributes:
        utterances: Existing clips, in the order of their paths.
        missing: Recordings that the corpus lists and that do not exist.
        left_over: Recordings that exist and are not part of the corpus.
    """

    utterances: tuple[Utterance, ...]
    missing: tuple[Path, ...]
    left_over: tuple[Path, ...]


def list_clips(corpus: Corpus, folder: Path | str) -> Listing:
    """Compare a corpus's index of ``folder`` with the recordings in it.

    Raises:
        CorpusError: The folder is missing, or contains no clip of the corpus.
    """
    folder = existing_folder(folder)
    files = audio_files(folder)
    indexed = list(corpus.index(folder))
    utterances = tuple(utterance for utterance in indexed if os.path.isfile(utterance.path))
    if not utterances:
        raise CorpusError(f"None of the recordings listed in {folder} exists; restore them or correct the list.")
    present = {utterance.path for utterance in utterances}
    missing = tuple(utterance.path for utterance in indexed if utterance.path not in present)
    return Listing(utterances, missing, tuple(path for path in files if path not in present))


def existing_folder(path: Path | str) -> Path:
    """Return ``path`` if it is a folder.

    Raises:
        CorpusError: It is not a folder.
    """
    folder = Path(path).expanduser()
    if not os.path.isdir(folder):
        raise CorpusError(f"There is no folder {path}; give the folder that contains the recordings.")
    return folder


def audio_files(folder: Path | str) -> list[Path]:
    """Return all recordings below ``folder``, sorted by path; hidden files are ignored.

    Raises:
        CorpusError: The folder is missing or contains no recording.
    """
    paths = sorted(filter(is_recording, files_below(existing_folder(folder))))
    if not paths:
        raise CorpusError(f"{folder} contains no audio file; the known extensions are {', '.join(AUDIO_EXTENSIONS)}.")
    return paths


def index_file_names(folder: Path, expected: str, read: Callable[[Path], Utterance | None]) -> list[Utterance]:
    """Index a corpus whose file names contain all facts.

    A file name that repeats for the same speaker counts once (downloads often contain the same clips twice).

    Args:
        folder: Searched with all its subfolders.
        expected: The naming scheme, for the error message.
        read: Reads one path; returns ``None`` if the name does not fit.

    Raises:
        CorpusError: No file fits.
    """
    by_name: dict[tuple[str | None, str], Utterance] = {}
    for path in audio_files(folder):
        utterance = read(path)
        if utterance is not None:
            by_name.setdefault((utterance.speaker, path.stem), utterance)
    if not by_name:
        raise CorpusError(f"No audio file in {folder} is named as expected: {expected}.")
    return list(by_name.values())


def identical_files(paths: Sequence[Path]) -> list[tuple[int, ...]]:
    """Return the positions of byte-identical files, group by group.

    Only files of equal size are read and compared, by SHA-256.
    """
    by_size: dict[int, list[int]] = defaultdict(list)
    for position, path in enumerate(paths):
        by_size[path.stat().st_size].append(position)
    by_content: dict[bytes, list[int]] = defaultdict(list)
    for positions in by_size.values():
        if len(positions) > 1:
            for position in positions:
                by_content[hashlib.sha256(paths[position].read_bytes()).digest()].append(position)
    return sorted(tuple(group) for group in by_content.values() if len(group) > 1)


def sort_labels(labels: Iterable[str]) -> list[str]:
    """Return the default labels in their order, then the others by name."""
    return sorted(labels, key=lambda label: (LABELS.index(label) if label in LABELS else len(LABELS), label))
