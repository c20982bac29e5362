"""What the tab Train may train on: a folder of this machine, an uploaded zip file, or a data set of the Hub.

A folder must lie below those that the setting names; without them, any folder will do while only this machine can
reach the page. A zip file is unpacked into the data folder as a whole or not at all.

Example:
    >>> choose_folder("/data/ravdess", Settings()).summary  # doctest: +SKIP
    '8 emotions, 24 speakers, 1,440 clips, from file names'
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from emotion_hf.corpora import CORPORA, corpus_name
from emotion_hf.corpora.check import own_name, recognise
from emotion_hf.corpora.corpus import Listing, list_clips
from emotion_hf.corpora.new_folder import new_folder
from emotion_hf.corpora.unpack import unpack
from emotion_hf.errors import CorpusError, SettingsError
from emotion_hf.settings import PREFIX, Settings

BY_FOLDERS, BY_CLIPS = "folders", "random:0.25"
"""Splits of data that brings its own, and of data without speakers."""
HUB_ID = re.compile(
    r"(?:([a-z0-9][a-z0-9_-]*)=)?([\w.-]+/[\w.-]+)((?::[\w.-]+)?(?:@[\w.-]+)?)(?:\s+(\w+=[^-].*))?", re.ASCII
)
UPLOADED = "The zip file"
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Chosen:
    """Data for a training.

    Attributes:
        name: Name as in ``--data NAME=DIR``.
        place: Absolute folder, or the id of a data set on the Hub.
        title: What it was recognised as.
        summary: What it contains, in the words of `Listing.summary`; empty for a data set of the Hub, which is read
            when the training is estimated.
        split: Split that the data needs; empty if the recipe's will do.
        columns: Columns of a data set with unusual names, as in ``--columns``.
    """

    name: str
    place: str
    title: str = ""
    summary: str = ""
    split: str = ""
    columns: str = ""

    @property
    def argument(self) -> str:
        """The data as an argument of ``--data``."""
        return f"{self.name}={self.place}"


def choose_folder(text: str, settings: Settings) -> Chosen:
    """Return the folder that a text names, after recognising it.

    Raises:
        SettingsError: The page may not read it.
        CorpusError: There is no such folder, or it contains no clip that can be used.
    """
    text = text.strip()
    if not text:
        raise CorpusError("Name a folder with recordings first.")
    folder = Path(text).expanduser().resolve()
    check_allowed(folder, settings)
    return _recognised(folder)


def choose_upload(archive: Path, settings: Settings) -> Chosen:
    """Unpack an uploaded zip file, and return its folder after recognising it; a bad file leaves nothing behind.

    Raises:
        DownloadError: It is no zip file, or it is damaged, unsafe or too large.
        CorpusError: It contains no clip that can be used, or the disk is full.
    """
    stem = corpus_name(archive.stem)[:_LONGEST_NAME] or "upload"
    target = unused(settings.data_dir.resolve() / "uploads", stem)
    with new_folder(target) as folder:
        unpack(archive, folder, UPLOADED)
        chosen = _recognised(folder, name=stem)
    return replace(chosen, place=str(target))


def choose_hub(text: str) -> Chosen:
    """Return the data set of the Hub that a text names, as ``OWNER/NAME`` or ``NAME=OWNER/NAME``.

    A configuration and a commit may follow, as in ``OWNER/NAME:CONFIG@REVISION``, and after a space the columns with
    unusual names, as in ``OWNER/NAME emotion=mood,speaker=who``.

    Raises:
        CorpusError: The text has another form.
    """
    match = HUB_ID.fullmatch(text.strip())
    if match is None:
        raise CorpusError("A data set of the Hub is written as OWNER/NAME, or NAME=OWNER/NAME to give it a name.")
    own = corpus_name(match[2].rpartition("/")[2]) or "hub"
    own = f"my_{own}" if own in CORPORA else own  # the labels of a known corpus are read from file names
    columns = ",".join(part.strip() for part in (match[4] or "").split(","))
    return Chosen(match[1] or own, f"{match[2]}{match[3]}", match[2], columns=columns)


def add(chosen: Sequence[Chosen], another: Chosen) -> tuple[Chosen, ...]:
    """Return the choice with one more.

    Raises:
        CorpusError: It is already chosen, or a known corpus is chosen twice.
    """
    if another.place in [one.place for one in chosen]:
        raise CorpusError("This data is already chosen.")
    names = {one.name for one in chosen}
    if another.name in names and another.name in CORPORA:
        raise CorpusError(f"{another.name} is already chosen; merge the two folders to train on both.")
    name = next(name for name in _numbered(another.name) if name not in names)
    return (*chosen, replace(another, name=name))


def split_of(chosen: Sequence[Chosen]) -> str:
    """Return the split that the data needs: its own if all bring one; by clips if speakers are unknown; else empty."""
    splits = {one.split for one in chosen}
    return BY_FOLDERS if splits == {BY_FOLDERS} else BY_CLIPS if BY_CLIPS in splits else ""


def unused(parent: Path, name: str, taken: Collection[str] = ()) -> Path:
    """Return a path below ``parent`` that neither exists nor is taken: this name, or one with a number behind it."""
    return next(parent / one for one in _numbered(name) if one not in taken and not (parent / one).exists())


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{number}" for number in count(2))


def check_allowed(folder: Path, settings: Settings) -> None:
    """Refuse a folder that the page may not read.

    Args:
        folder: The folder, after links are followed.
        settings: The folders that the operator names, and whether others can reach the page.

    Raises:
        SettingsError: The page may not read it.
    """
    allowed = [Path(one).expanduser().resolve() for one in shlex.split(settings.training_folders)]
    if not allowed and settings.is_public:
        raise SettingsError(
            "Others can reach this page, so it reads only folders that its operator names in "
            f"{PREFIX}TRAINING_FOLDERS; upload a zip file instead."
        )
    if allowed and not any(folder.is_relative_to(one) for one in allowed):
        raise SettingsError(f"This folder is not below one of those that {PREFIX}TRAINING_FOLDERS names.")


def _recognised(folder: Path, name: str = "") -> Chosen:
    corpus = recognise(folder)
    listing = list_clips(corpus, folder)
    known = corpus.name in CORPORA
    own = name if name and name not in CORPORA else own_name(folder)
    title = corpus.title if known else ""
    return Chosen(corpus.name if known else own, str(folder), title, listing.summary, _split(listing))


def _split(listing: Listing) -> str:
    parts = Counter(clip.part for clip in listing.utterances)
    if parts["test"]:
        return BY_FOLDERS
    return BY_CLIPS if any(clip.speaker is None for clip in listing.utterances) else ""
