"""Check a folder before training on it: which corpus it is, what it contains, and what is wrong.

Every clip is decoded, as in a training; a thousand clips take some seconds. Each broken file is named.

Example:
    >>> print(check_corpus("/data/ravdess").to_text())  # doctest: +SKIP
    /data/ravdess
    Corpus     Ryerson Audio-Visual Database of Emotional Speech and Song, speech part (RAVDESS), en, CC BY-NC-SA 4.0
    Folders    24 (Actor_01, Actor_02, Actor_03, Actor_04, Actor_05 and 19 more)
    …
"""

from __future__ import annotations

import os
import re
import shlex
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emotion_hf.audio import MIN_SECONDS
from emotion_hf.corpora import CORPORA, find_corpus
from emotion_hf.corpora.contents import Progress, read_contents
from emotion_hf.corpora.corpus import Corpus, Utterance, existing_folder, list_clips, sort_labels
from emotion_hf.corpora.folder import decide
from emotion_hf.corpora.trainable import why_untrainable
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
        how: Where emotions and speakers come from.
        clips: Usable clips by emotion.
        speakers_of: Emotion → its known speakers.
        speakers: Clips by speaker, without those whose speaker is unknown.
        genders: Clips by gender, where known.
        seconds: Durations of the clips that can be used.
        parts: Clips by part of a split, where the folder or its table assigns one.
        notes: Sentences about how the folder was read.
        skipped: Which other files were skipped and why, as the object of a sentence.
        unfitting: Audio files that are not part of the corpus: their names do not fit, or no emotion is given.
        repeated: Audio files left out because another one has the same name.
        missing: Files that a metadata file lists and that do not exist.
        unreadable: Clips that cannot be read, with the reason.
        too_short: Clips shorter than an utterance.
        silent: Clips without any sound.
        identical: Groups of clips with the same sound and the same emotion.
        contradictions: Groups of clips with the same sound and different emotions, each with its emotion.
        shared_speakers: Speakers with clips in the training and in the test of the folder's own split.
        untrainable: Why no model can learn emotions from the clips; empty if one can.
    """

    directory: Path
    corpus: Corpus
    how: str
    extensions: Mapping[str, int]
    folders: tuple[str, ...]
    clips: Mapping[str, int]
    speakers_of: Mapping[str, frozenset[str]]
    speakers: Mapping[str, int]
    genders: Mapping[str, int]
    seconds: tuple[float, ...] = field(repr=False)
    parts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    skipped: str = ""
    unfitting: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    too_short: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    identical: tuple[tuple[str, ...], ...] = ()
    contradictions: tuple[tuple[str, ...], ...] = ()
    shared_speakers: tuple[str, ...] = ()
    untrainable: str = ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Problems and noteworthy facts, one sentence each."""
        lists = {
            "Not part of the corpus (the name does not fit, or no emotion is given)": self.unfitting,
            "Left out, because another clip has the same name": self.repeated,
            "Listed, but missing": self.missing,
            "Cannot be read": self.unreadable,
            f"Shorter than {MIN_SECONDS:g} s": self.too_short,
            "Silent": self.silent,
            "One recording with several emotions (a contradiction)": [" = ".join(one) for one in self.contradictions],
            "Identical recordings": [" = ".join(group) for group in self.identical],
        }
        found = [
            f"{what}: {len(entries):,}, for example {_examples(entries)}" for what, entries in lists.items() if entries
        ]
        skipped = [f"Skipped: {self.skipped}."] if self.skipped else []
        untrainable = filter(None, [self.untrainable])
        return (*untrainable, *self.notes, *found, *skipped, *self._about_labels(), *self._about_speakers())

    @property
    def data_option(self) -> str:
        """The option with which `emotion-hf train` reads this folder in the same way."""
        split = ""
        if self.parts.get("test"):
            split = " data.split=folders"
        elif sum(self.speakers.values()) < sum(self.clips.values()):
            split = " data.split=random:0.25"  # the only one for unknown speakers
        return f"--data {self.corpus.name}={shlex.quote(str(self.directory))}{split}"

    def _about_labels(self) -> list[str]:
        found = []
        absent = sorted(set(self.corpus.emotions.values()) - set(self.clips))
        if absent:
            found.append(f"No clip is {' or '.join(absent)}, but the complete corpus has such clips.")
        unknown = [emotion for emotion in self.clips if emotion not in LABELS]
        if unknown:
            found.append(f"Labels that are not default labels: {_examples(unknown)}.")
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
        if self.shared_speakers:
            found.append(
                f"Speakers in training and test, so figures of data.split=folders are optimistic: "
                f"{_examples(self.shared_speakers)}."
            )
        alone = [emotion for emotion, speakers in self.speakers_of.items() if len(speakers) == 1]
        if alone and len(self.speakers) > 1 and not self.untrainable:
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
            "Read": self.how,
            "Folders": f"{len(self.folders):,} ({_examples(self.folders)})",
            "Files": f"{files:,} ({kinds})",
            "Clips": f"{count:,}{_describe_durations(self.seconds)}",
            "Speakers": _describe_speakers(self.speakers),
            "Genders": genders or "unknown",
            "Split": ", ".join(f"{part} {number:,}" for part, number in self.parts.items()),
            "Train with": "" if self.untrainable else self.data_option,
        }
        width, scale = max(map(len, self.clips)), BAR_WIDTH / max(self.clips.values())
        bars = [
            f"  {emotion:<{width}}{number:>7,}  {number / count:>4.0%}  {'█' * max(1, round(scale * number))}"
            for emotion, number in self.clips.items()
        ]
        warnings = [f"  - {sentence}" for sentence in self.warnings] or ["  nothing"]
        lines = [f"{name:<11}{text}" for name, text in facts.items() if text]
        return "\n".join([str(self.directory), *lines, "Emotions", *bars, "To look at", *warnings])


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
    """Return the corpus that ``folder`` is by its file names, unless its folders name emotions; else the user's own.

    Raises:
        CorpusError: The folder is missing, or contains neither a recording nor a table.
    """
    return decide(folder, CORPORA.values()).is_corpus or find_corpus(own_name(folder))


def own_name(folder: Path) -> str:
    """Return a name for a folder of the user's own that ``--data NAME=DIR`` accepts and that is no corpus."""
    name = re.sub(r"[^a-z0-9_-]+", "-", folder.resolve().name.lower()).strip("-_")
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
