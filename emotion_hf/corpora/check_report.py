"""What the check of a folder found, in sentences and as a text to print.

Example:
    >>> print(check_corpus("/data/ravdess").to_text().splitlines()[2])  # doctest: +SKIP
    Read       from file names
"""

from __future__ import annotations

import shlex
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emotion_hf.audio import MIN_SECONDS
from emotion_hf.corpora.corpus import Corpus
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
