"""Facts about a corpus, and an index of its clips read from the files' names.

A corpus is one file of this package with one ``Corpus``. Recordings are opened only to choose between two of the same
name.

Example:
    >>> clip = Utterance(Path("03-01-03-01-01-01-01.wav"), emotion="happy", speaker="Actor_01", corpus="ravdess")
    >>> clip.emotion, clip.intensity
    ('happy', None)
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion_hf.corpora.duplicates import best_of
from emotion_hf.errors import CorpusError
from emotion_hf.labels import LABELS
from emotion_hf.search import USUAL_FILES, Found, search

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
        part: ``train``, ``validation`` or ``test``, if the folder or its table assigns it.
    """

    path: Path
    emotion: str
    speaker: str | None
    corpus: str
    gender: str | None = None
    intensity: str | None = None
    language: str | None = None
    text: str | None = None
    part: str | None = None


@dataclass(frozen=True)
class Reading:
    """Clips that a corpus finds in a folder, and how.

    Attributes:
        utterances: The clips, in the order of their paths; files in a table may be missing.
        how: Where emotions and speakers come from, such as ``from folder names``.
        repeated: Recordings left out because another one with the same name is used.
        notes: Sentences for the user.
    """

    utterances: tuple[Utterance, ...]
    how: str
    repeated: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Utterance]:
        return iter(self.utterances)

    def __len__(self) -> int:
        return len(self.utterances)


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
        index: Reads a folder.
        access: A file to download, or a sentence that says how to get the corpus.
        read: Reads one file name; returns ``None`` if it does not fit. A folder of the user's own has none.
        acted: Whether speakers act the emotions; `False` if they do not, or if it is not known.
        published_part: Returns the part of the published split that a recording is in, ``train``, ``validation`` or
            ``test``; ``None`` if the corpus has no such split.
    """

    name: str
    title: str
    licence: str
    homepage: str
    language: str
    citation: str
    emotions: Mapping[str, str]
    index: Callable[[Path], Reading]
    access: Download | str = ""
    read: Callable[[Path], Utterance | None] | None = None
    acted: bool = True
    published_part: Callable[[Path], str | None] | None = None


@dataclass(frozen=True)
class Listing:
    """Clips of a corpus in a folder.

    Attributes:
        utterances: Existing clips, in the order of their paths.
        missing: Recordings that the corpus lists and that do not exist.
        left_over: Recordings that exist and are not part of the corpus.
        repeated: Recordings left out because another one with the same name is used.
        how: Where emotions and speakers come from, such as ``from folder names``.
        notes: Sentences for the user.
        skipped: Which other files were skipped and why, as the object of a sentence; empty if there are none.
    """

    utterances: tuple[Utterance, ...]
    missing: tuple[Path, ...] = ()
    left_over: tuple[Path, ...] = ()
    repeated: tuple[Path, ...] = ()
    how: str = "from file names"
    notes: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def summary(self) -> str:
        """What the folder contains, such as ``3 emotions, 12 speakers, 240 clips, from folder names``."""
        emotions = {utterance.emotion for utterance in self.utterances}
        speakers = {utterance.speaker for utterance in self.utterances}
        known = len(speakers - {None})
        others = " and others" if known and None in speakers else ""
        return ", ".join(
            (
                f"{len(emotions):,} {'emotion' if len(emotions) == 1 else 'emotions'}",
                f"{known:,} {'speaker' if known == 1 else 'speakers'}{others}" if known else "unknown speakers",
                f"{len(self.utterances):,} {'clip' if len(self.utterances) == 1 else 'clips'}",
                self.how,
            )
        )


def list_clips(corpus: Corpus, folder: Path | str) -> Listing:
    """Compare a corpus's index of ``folder`` with the recordings in it.

    Raises:
        CorpusError: The folder is missing, or contains no clip of the corpus.
    """
    folder = existing_folder(folder)
    found = search(folder)
    reading = corpus.index(folder)
    utterances = tuple(utterance for utterance in reading if os.path.isfile(utterance.path))
    if not utterances:
        raise CorpusError(_nothing_matches(folder, reading, found))
    present = {utterance.path for utterance in utterances}
    missing = tuple(utterance.path for utterance in reading if utterance.path not in present)
    others = present | set(reading.repeated)
    left_over = tuple(path for path in found.recordings if path not in others)
    return Listing(utterances, missing, left_over, reading.repeated, reading.how, reading.notes, found.skipped)


def _nothing_matches(folder: Path, reading: Reading, found: Found) -> str:
    def shown(path: Path) -> str:
        return str(path.relative_to(folder) if path.is_relative_to(folder) else path)

    listed = next((shown(utterance.path) for utterance in reading), "nothing")
    there = next(map(shown, found.recordings), "no recording")
    return (
        f"None of the recordings listed in {folder} exists: the list has for example {listed}, and the folder has "
        f"{there}; correct the list, or restore the recordings."
    )


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
    found = search(existing_folder(folder))
    if not found.recordings:
        skipped = f", only {found.skipped}" if found.skipped else ""
        raise CorpusError(f"{folder} contains no audio file{skipped}; name a folder with {USUAL_FILES}.")
    return [*found.recordings]


def index_file_names(folder: Path, expected: str, read: Callable[[Path], Utterance | None]) -> Reading:
    """Index a corpus whose file names contain all facts.

    A file name that repeats for the same speaker counts once, because downloads often contain the same clips twice;
    `emotion_hf.corpora.duplicates` chooses the file.

    Args:
        folder: Searched with all its subfolders.
        expected: The naming scheme, for the error message.
        read: Reads one path; returns ``None`` if the name does not fit.

    Raises:
        CorpusError: No file fits.
    """
    by_name: dict[tuple[str | None, str], list[Utterance]] = defaultdict(list)
    for path in audio_files(folder):
        utterance = read(path)
        if utterance is not None:
            by_name[utterance.speaker, path.stem].append(utterance)
    if not by_name:
        raise CorpusError(f"No audio file in {folder} is named as expected: {expected}.")
    return choose(by_name.values(), "from file names")


def choose(groups: Iterable[Sequence[Utterance]], how: str, notes: tuple[str, ...] = ()) -> Reading:
    """Return a reading with the best recording of each group of clips with the same name."""
    kept, repeated = [], []
    for group in groups:
        best = best_of([utterance.path for utterance in group])
        kept += [utterance for utterance in group if utterance.path == best]
        repeated += [utterance.path for utterance in group if utterance.path != best]
    kept.sort(key=lambda utterance: utterance.path)
    return Reading(tuple(kept), how, tuple(sorted(repeated)), notes)


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
