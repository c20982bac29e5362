"""A folder of the user's own as a corpus: folders named after emotions, or a table of the recordings.

If there are tables, they are used:

* ``DIR/metadata.csv`` or ``DIR/metadata.jsonl``, also in folders below DIR such as ``DIR/train``; see
  `emotion_hf.corpora.tables`.
* ``DIR/happy/*.wav``, ``DIR/happy/anna/*.wav``, ``DIR/anna/happy/*.wav`` or ``DIR/train/happy/*.wav``; see
  `emotion_hf.corpora.layout`.

`decide` is the only place that decides what a folder is; the check and the training both use it. Other names of the
default emotions are recognised (``anger`` means angry); unknown names become new labels.

Example:
    >>> folder_corpus("mine").index(Path("recordings")).utterances  # doctest: +SKIP
    (Utterance(path=PosixPath('recordings/happy/anna/1.wav'), emotion='happy', speaker='anna', corpus='mine', …),)
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from emotion_hf.corpora.corpus import Corpus, Reading, Utterance, audio_files, choose, existing_folder
from emotion_hf.corpora.layout import Layout, find_layout
from emotion_hf.corpora.tables import find_tables, has_emotions, speakers_of, utterances_of
from emotion_hf.decoding import DECODABLE_EXTENSIONS
from emotion_hf.errors import CorpusError
from emotion_hf.labels import LABELS
from emotion_hf.search import search

EXPECTED = "DIR/happy/*.wav or DIR/happy/speaker/*.wav, or a metadata.csv with the columns file_name and emotion"
FITTING = 0.5, 0.1
"""Least share of file names that fit a corpus: if the folders are named after emotions, and if they are not."""
_EXAMPLES = 3


@dataclass(frozen=True)
class Kind:
    """What a folder is.

    Attributes:
        tables: Its tables; if there are any, only they count.
        files: Its recordings.
        layout: Meaning of the levels of its folders.
        looks_like: Known corpus whose file names most recordings have, if they are enough.
        fitting: Number of these recordings.
    """

    tables: tuple[Path, ...]
    files: tuple[Path, ...]
    layout: Layout
    looks_like: Corpus | None = None
    fitting: int = 0

    @property
    def is_corpus(self) -> Corpus | None:
        """The known corpus that the folder is: its file names fit, and its folders do not name emotions."""
        return None if self.layout.known > 1 else self.looks_like


def folder_corpus(name: str, known: Iterable[Corpus] = ()) -> Corpus:
    """Return a corpus for a folder of the user's own, called ``name``.

    Args:
        name: Its name, as in ``--data NAME=DIR``.
        known: Corpora whose file names are recognised, for a hint.
    """
    return Corpus(
        name=name,
        title="recordings of your own",
        licence="",
        homepage="",
        language="",
        citation="",
        emotions={},
        index=partial(index, name=name, known=tuple(known)),
        acted=False,
    )


def decide(folder: Path, known: Iterable[Corpus] = ()) -> Kind:
    """Return what a folder is.

    Args:
        folder: The folder.
        known: Corpora whose file names are recognised.

    Raises:
        CorpusError: There is no such folder, or it contains neither a recording nor a table.
    """
    tables, corpora = tuple(find_tables(folder)), tuple(known)
    files = search(folder).recordings if tables else tuple(audio_files(folder))
    layout = find_layout(path.relative_to(folder).parts[:-1] for path in files)
    if tables:
        return Kind(tables, files, layout)
    counts = {corpus.name: _fitting(corpus, files) for corpus in corpora}
    best = max(corpora, key=lambda corpus: counts[corpus.name], default=None)
    least = FITTING[not layout.known] * len(files)
    if best is None or counts[best.name] < max(least, 1):
        return Kind(tables, files, layout)
    return Kind(tables, files, layout, best, counts[best.name])


def index(folder: Path, name: str, known: Iterable[Corpus] = ()) -> Reading:
    """Read ``folder``; clips in a table may be missing (the caller checks).

    Raises:
        CorpusError: The table cannot be read, no clip has an emotion, the folders are speakers, or the folder is a
            known corpus that can only be read by its file names.
    """
    folder = existing_folder(folder)
    kind = decide(folder, known)
    if kind.tables:
        return _from_tables(kind, folder, name)
    hint = _hint(kind, folder)
    if kind.is_corpus:
        raise CorpusError(f"The folders in {folder} are not named after emotions. {hint}")
    if kind.layout.speakers_only:
        raise CorpusError(_only_speakers(kind.layout, folder))
    return _from_folders(kind, folder, name, (hint,) if hint else ())


def names_emotions(folder: Path) -> bool:
    """Return whether a folder names emotions: by a column of its table, or by its subfolders.

    Raises:
        CorpusError: There is no such folder, or the table cannot be read.
    """
    folder = existing_folder(folder)
    if tables := find_tables(folder):
        return any(map(has_emotions, tables))
    return decide(folder).layout.emotion is not None


def read_speakers(folder: Path) -> dict[Path, str]:
    """Return the speaker of each recording whose speaker is known: from a table, or from folders beside emotions.

    Raises:
        CorpusError: The table cannot be read.
    """
    if tables := find_tables(folder):
        return {path: speaker for table in reversed(tables) for path, speaker in speakers_of(table).items()}
    files = {path: path.relative_to(folder).parts[:-1] for path in audio_files(folder)}
    layout = find_layout(files.values())
    named = {path: layout.read(folders) for path, folders in files.items()}
    return {path: names.speaker for path, names in named.items() if names.speaker and names.emotion in LABELS}


def _from_tables(kind: Kind, folder: Path, name: str) -> Reading:
    def by_folder(path: Path) -> str | None:
        is_inside = kind.layout.known and path.is_relative_to(folder)
        return kind.layout.read(path.relative_to(folder).parts[:-1]).emotion if is_inside else None

    clips = utterances_of(kind.tables, folder, name, by_folder)
    if not clips:
        consent = "corrections need consent to train and a label other than mixed"
        raise CorpusError(f"No row of {kind.tables[0]} has an emotion to train on; {consent}.")
    names = ", ".join(path.relative_to(folder).as_posix() for path in kind.tables[:_EXAMPLES])
    more = ", …" if len(kind.tables) > _EXAMPLES else ""
    return Reading(tuple(clips), f"from {names}{more}")


def _from_folders(kind: Kind, folder: Path, name: str, notes: tuple[str, ...]) -> Reading:
    by_name: dict[tuple[str, ...], list[Utterance]] = defaultdict(list)
    for path in kind.files:
        folders = path.relative_to(folder).parts[:-1]
        names = kind.layout.read(folders)
        if names.emotion:
            stem = path.stem if path.suffix.lower() in DECODABLE_EXTENSIONS else path.name  # call.001 is not call.002
            clip = Utterance(path, names.emotion, names.speaker, name, gender=names.gender, part=names.part)
            by_name[*kind.layout.same_in_all_formats(folders), stem].append(clip)
    if not by_name:
        raise CorpusError(f"No recording in {folder} has an emotion; use {EXPECTED}.")
    return choose(by_name.values(), f"from folder names ({kind.layout.words})", notes)


def _fitting(corpus: Corpus, files: Iterable[Path]) -> int:
    return sum(corpus.read(path) is not None for path in files) if corpus.read else 0


def _hint(kind: Kind, folder: Path) -> str:
    if kind.looks_like is None:
        return ""
    name, short = kind.looks_like.name, _short(kind.looks_like)
    return (
        f"It looks like {short}, because {kind.fitting:,} of its {len(kind.files):,} file names fit: use "
        f"--data {name}={shlex.quote(str(folder))}."
    )


def _short(corpus: Corpus) -> str:
    """Return the abbreviation in a corpus's title, or its name."""
    return corpus.title.rpartition("(")[2].rstrip(")") if corpus.title.endswith(")") else corpus.name


def _only_speakers(layout: Layout, folder: Path) -> str:
    names = layout.speakers_only
    examples = ", ".join(names[:_EXAMPLES]) + (", …" if len(names) > _EXAMPLES else "")
    return (
        f"The folders in {folder} seem to be named after speakers ({examples}), not emotions; sort the recordings "
        "into DIR/speaker/emotion, or add a metadata.csv with the columns file_name, emotion and speaker."
    )
