"""Check a folder before training on it: which corpus it is, what it contains, and what is wrong.

Every clip is decoded, as in a training; a thousand clips take some seconds. Each broken file is named.

Example:
    >>> print(check_corpus("/data/ravdess").to_text())  # doctest: +SKIP
    /data/ravdess
    Corpus     Ryerson Audio-Visual Database of Emotional Speech and Song, speech part (RAVDESS), en, CC BY-NC-SA 4.0
    Read       from file names
    Folders    24 (Actor_01, Actor_02, Actor_03, Actor_04, Actor_05 and 19 more)
    …
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from emotion_hf.corpora import CORPORA, corpus_name, find_corpus
from emotion_hf.corpora.check_report import CorpusReport
from emotion_hf.corpora.contents import Progress, read_contents
from emotion_hf.corpora.corpus import Corpus, Utterance, existing_folder, list_clips, sort_labels
from emotion_hf.corpora.folder import decide
from emotion_hf.corpora.trainable import why_untrainable
from emotion_hf.errors import CorpusError


def check_corpus(directory: Path | str, name: str | None = None, progress: Progress = iter) -> CorpusReport:
    """Examine a folder.

    Args:
        directory: The folder.
        name: Name of the corpus; by default, `recognise` decides.
        progress: Wraps the clips, for a progress bar.

    Raises:
        CorpusError: The folder is missing, or contains no matching clip.
    """
    folder = existing_folder(directory)
    corpus = find_corpus(name) if name else recognise(folder)
    listing = list_clips(corpus, folder)
    clips = {utterance.path: utterance for utterance in listing.utterances}
    contents = read_contents(list(clips), progress)
    files = [*clips, *listing.left_over, *listing.repeated]

    def shown(some: Iterable[Path]) -> tuple[str, ...]:
        return tuple(os.path.relpath(path, folder) for path in some)

    def labels(group: Iterable[Path]) -> set[str]:
        return {clips[path].emotion for path in group}

    return CorpusReport(
        directory=folder,
        corpus=corpus,
        how=listing.how,
        extensions=Counter(path.suffix.lower() or "without an extension" for path in files),
        folders=shown(sorted({path.parent for path in files})),
        parts=Counter(clip.part for clip in listing.utterances if clip.part is not None),
        seconds=tuple(contents.seconds.values()),
        notes=listing.notes,
        skipped=listing.skipped,
        unfitting=shown(listing.left_over),
        repeated=shown(listing.repeated),
        missing=shown(listing.missing),
        unreadable=tuple(f"{shown([path])[0]} ({reason})" for path, reason in contents.unreadable.items()),
        too_short=shown(contents.too_short),
        silent=shown(contents.silent),
        identical=tuple(shown(group) for group in contents.identical if len(labels(group)) == 1),
        contradictions=tuple(
            tuple(f"{shown([path])[0]} ({clips[path].emotion})" for path in group)
            for group in contents.identical
            if len(labels(group)) > 1
        ),
        shared_speakers=_shared_speakers(listing.utterances),
        untrainable=why_untrainable(*zip(*((clip.emotion, clip.speaker) for clip in listing.utterances), strict=True)),
        **_count(listing.utterances),
    )


def recognise(folder: Path) -> Corpus:
    """Return the corpus that ``folder`` is by its own tables, or by its file names; else a folder of the user's own.

    File names do not count if folders name emotions.

    Raises:
        CorpusError: The folder is missing, or contains neither a recording nor a table.
    """
    for corpus in CORPORA.values():
        if corpus.read is None:  # its tables state the emotions
            with suppress(CorpusError):
                if len(corpus.index(folder)) > 0:
                    return corpus
    return decide(folder, CORPORA.values()).is_corpus or find_corpus(own_name(folder))


def own_name(folder: Path) -> str:
    """Return a name for a folder of the user's own that ``--data NAME=DIR`` accepts and that is no corpus."""
    name = corpus_name(folder.resolve().name)
    return name if name and name not in CORPORA else "mine"


def _count(utterances: Sequence[Utterance]) -> dict[str, Any]:
    clips = Counter(utterance.emotion for utterance in utterances)
    speakers_of: dict[str, set[str]] = {emotion: set() for emotion in clips}
    for utterance in utterances:
        if utterance.speaker is not None:
            speakers_of[utterance.emotion].add(utterance.speaker)
    return {
        "clips": {emotion: clips[emotion] for emotion in sort_labels(clips)},
        "speakers_of": {emotion: frozenset(speakers) for emotion, speakers in speakers_of.items()},
        "speakers": Counter(utterance.speaker for utterance in utterances if utterance.speaker is not None),
        "genders": Counter(utterance.gender for utterance in utterances if utterance.gender is not None),
    }


def _shared_speakers(utterances: Iterable[Utterance]) -> tuple[str, ...]:
    of_part: dict[str | None, set[str]] = defaultdict(set)
    for utterance in utterances:
        if utterance.speaker is not None:
            of_part[utterance.part].add(utterance.speaker)
    return tuple(sorted(of_part["train"] & of_part["test"]))
