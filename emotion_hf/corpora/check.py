"""Check a folder before training on it: which corpus it is, what it contains, and what is wrong.

Only names and headers are read, so thousands of clips take seconds; each broken file gets one line of the report.

Example:
    >>> print(check_corpus("/data/ravdess").to_text())  # doctest: +SKIP
    /data/ravdess
    Corpus     Ryerson Audio-Visual Database of Emotional Speech and Song, speech part (RAVDESS), en, CC BY-NC-SA 4.0
    Folders    24 (Actor_01, Actor_02, Actor_03, Actor_04, Actor_05 and 19 more)
    …
"""

from __future__ import annotations

import os
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import soundfile

from emotion_hf.audio import MIN_SECONDS, SAMPLING_RATE, load_audio
from emotion_hf.corpora import CORPORA, find_corpus
from emotion_hf.corpora.corpus import (
    Corpus,
    Utterance,
    existing_folder,
    identical_files,
    list_clips,
    sort_labels,
)
from emotion_hf.corpora.folder import folder_corpus, metadata_file
from emotion_hf.errors import AudioError, CorpusError
from emotion_hf.labels import LABELS

EXAMPLES = 5
IMBALANCE = 3.0
BAR_WIDTH = 30


@dataclass(frozen=True)
class CorpusReport:
    """Findings of ``check_corpus``; paths are relative to the folder.

    Attributes:
        directory: The folder.
        corpus: Corpus that it was read as.
        extensions: Extension → number of audio files.
        folders: Folders with audio files.
        clips: Usable clips by emotion.
        speakers_of: Emotion → its known speakers.
        speakers: Clips by speaker, without those whose speaker is unknown.
        genders: Clips by gender, where known.
        seconds: Durations of the clips.
        unfitting: Audio files that are not part of the corpus: their names do not fit, or no emotion is given.
        repeated: Audio files left out because another one has the same name.
        missing: Files that a metadata file lists and that do not exist.
        unreadable: Clips that cannot be read, with the reason.
        too_short: Clips shorter than an utterance.
        identical: Groups of clips that are byte-identical.
    """

    directory: Path
    corpus: Corpus
    extensions: Mapping[str, int]
    folders: tuple[str, ...]
    clips: Mapping[str, int]
    speakers_of: Mapping[str, frozenset[str]]
    speakers: Mapping[str, int]
    genders: Mapping[str, int]
    seconds: tuple[float, ...] = field(repr=False)
    unfitting: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    too_short: tuple[str, ...] = ()
    identical: tuple[tuple[str, ...], ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Problems and noteworthy facts, one sentence each."""
        lists = {
            "Not part of the corpus (the name does not fit, or no emotion is given)": self.unfitting,
            "Left out, because another clip has the same name": self.repeated,
            "Listed, but missing": self.missing,
            "Cannot be read": self.unreadable,
            f"Shorter than {MIN_SECONDS:g} s": self.too_short,
            "Byte-identical recordings": [" = ".join(group) for group in self.identical],
        }
        found = [
            f"{what}: {len(entries):,}, for example {_examples(entries)}" for what, entries in lists.items() if entries
        ]
        return (*found, *self._about_labels(), *self._about_speakers())

    def _about_labels(self) -> list[str]:
        found = []
        absent = sorted(set(self.corpus.emotions.values()) - set(self.clips))
        if absent:
            found.append(f"No clip is {' or '.join(absent)}, but the complete corpus has such clips.")
        unknown = [emotion for emotion in self.clips if emotion not in LABELS]
        if unknown:
            found.append(f"Labels that are not default labels: {_examples(unknown)}.")
        if len(self.clips) == 1:
            found.append("There is only one emotion; a model needs at least two.")
        least, most = min(self.clips, key=self.clips.__getitem__), max(self.clips, key=self.clips.__getitem__)
        if self.clips[most] >= IMBALANCE * self.clips[least]:
            found.append(f"Unbalanced: {self.clips[most]:,} clips are {most}, {self.clips[least]:,} are {least}.")
        return found

    def _about_speakers(self) -> list[str]:
        found = []
        unknown = sum(self.clips.values()) - sum(self.speakers.values())
        if unknown:
            found.append(
                f"The speaker of {unknown:,} clips is unknown, so a split by speakers is impossible; name the "
                "speakers in a column 'speaker' of metadata.csv or by folders DIR/emotion/speaker."
            )
        if 0 < len(self.speakers) < 3:
            found.append(f"Only {len(self.speakers)} known speakers: figures on unseen speakers are unreliable.")
        alone = [emotion for emotion, speakers in self.speakers_of.items() if len(speakers) == 1]
        if alone and len(self.speakers) > 1:
            found.append(f"Spoken by only one speaker, so a model would learn the voice instead: {_examples(alone)}.")
        return found

    def to_text(self) -> str:
        """Return the report as lines to print."""
        count = sum(self.clips.values())
        files = sum(self.extensions.values())
        kinds = ", ".join(f"{number:,} {extension}" for extension, number in sorted(self.extensions.items()))
        genders = ", ".join(f"{gender} {number:,}" for gender, number in sorted(self.genders.items()))
        facts = {
            "Corpus": ", ".join(filter(None, (self.corpus.title, self.corpus.language, self.corpus.licence))),
            "Folders": f"{len(self.folders):,} ({_examples(self.folders)})",
            "Files": f"{files:,} ({kinds})",
            "Clips": f"{count:,}{_describe_durations(self.seconds)}",
            "Speakers": _describe_speakers(self.speakers),
            "Genders": genders or "unknown",
        }
        width, scale = max(map(len, self.clips)), BAR_WIDTH / max(self.clips.values())
        bars = [
            f"  {emotion:<{width}}{number:>7,}  {number / count:>4.0%}  {'█' * max(1, round(scale * number))}"
            for emotion, number in self.clips.items()
        ]
        warnings = [f"  - {sentence}" for sentence in self.warnings] or ["  nothing"]
        lines = [f"{name:<11}{text}" for name, text in facts.items()]
        return "\n".join([str(self.directory), *lines, "Emotions", *bars, "To look at", *warnings])


def check_corpus(directory: Path | str, name: str | None = None) -> CorpusReport:
    """Examine a folder.

    Args:
        directory: The folder.
        name: Name of the corpus; by default the one that most file names fit, otherwise a folder of the user's own.

    Raises:
        CorpusError: The folder is missing, or contains no matching clip.
    """
    folder = existing_folder(directory)
    corpus = find_corpus(name) if name else _recognise(folder)
    listing = list_clips(corpus, folder)
    paths = [utterance.path for utterance in listing.utterances]
    seconds, reasons = _read_headers(paths)
    # In a folder of the user's own, names may repeat; in other corpora, the name identifies the clip.
    names = {path.stem for path in paths} if corpus.emotions else set()
    files = [*paths, *listing.left_over]

    def shown(some: Iterable[Path]) -> tuple[str, ...]:
        return tuple(os.path.relpath(path, folder) for path in some)

    return CorpusReport(
        directory=folder,
        corpus=corpus,
        extensions=Counter(path.suffix.lower() for path in files),
        folders=shown(sorted({path.parent for path in files})),
        seconds=tuple(seconds.values()),
        unfitting=shown(path for path in listing.left_over if path.stem not in names),
        repeated=shown(path for path in listing.left_over if path.stem in names),
        missing=shown(listing.missing),
        unreadable=tuple(f"{shown([path])[0]} ({reason})" for path, reason in reasons.items()),
        too_short=shown(path for path in seconds if seconds[path] < MIN_SECONDS),
        identical=tuple(shown(paths[position] for position in group) for group in identical_files(paths)),
        **_count(listing.utterances),
    )


def _recognise(folder: Path) -> Corpus:
    """Return the corpus that most files fit; a metadata file makes it a folder of the user's own."""
    best, fitting = folder_corpus(folder.resolve().name), 0
    for corpus in CORPORA.values() if metadata_file(folder) is None else ():
        try:
            count = len(list(corpus.index(folder)))
        except CorpusError:  # no file fits
            continue
        if count > fitting:
            best, fitting = corpus, count
    return best


def _read_headers(paths: Sequence[Path]) -> tuple[dict[Path, float], dict[Path, str]]:
    """Return the durations in seconds, and the reason for each file that cannot be read."""
    seconds, reasons = {}, {}
    for path in paths:
        try:
            seconds[path] = _duration_seconds(path)
        except AudioError as error:
            reasons[path] = str(error)
    return seconds, reasons


def _duration_seconds(path: Path) -> float:
    try:
        return soundfile.info(path).duration
    except soundfile.LibsndfileError:  # not one of its formats (M4A, WebM …), or broken
        return len(load_audio(path)) / SAMPLING_RATE


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


def _examples(entries: Sequence[str]) -> str:
    more = f" and {len(entries) - EXAMPLES:,} more" if len(entries) > EXAMPLES else ""
    return ", ".join(entries[:EXAMPLES]) + more


def _describe_durations(seconds: Sequence[float]) -> str:
    if not seconds:
        return ""
    least, middle, most = min(seconds), statistics.median(seconds), max(seconds)
    return f", {sum(seconds) / 60:.1f} minutes ({least:.2f} to {most:.2f} s, median {middle:.2f} s)"


def _describe_speakers(speakers: Mapping[str, int]) -> str:
    if not speakers:
        return "unknown"
    fewest, most = min(speakers.values()), max(speakers.values())
    each = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
    return f"{len(speakers):,} ({_examples(sorted(speakers))}), {each} clips each"
