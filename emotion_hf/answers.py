"""Predict many recordings, and write all results as one file: JSON, JSON lines or CSV.

A recording that cannot be used gets a result with the reason; the others are processed. The CSV is safe to open in a
spreadsheet: a file named ``=1+1.wav`` stays a name.

Example:
    >>> from emotion_hf.testing import FakeClassifier
    >>> [answer.error for answer in answer_all(FakeClassifier(), [])]
    []
"""

from __future__ import annotations

import csv
import io
import json
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emotion_hf import disk
from emotion_hf.audio import SAMPLING_RATE, Audio, read_audio
from emotion_hf.cells import harmless, printable
from emotion_hf.errors import AudioError, AudioNotFoundError
from emotion_hf.prediction import Classifier, Prediction, flat
from emotion_hf.search import USUAL_FILES, search

logger = logging.getLogger(__name__)

BATCH_FILES = 16
BATCH_SECONDS = 120.0  # a batch of decoded audio takes only a few megabytes
COLUMNS = ("file", "verdict", "label", "confidence", "duration_seconds", "model", "notes", "error")


@dataclass(frozen=True)
class Answer:
    """Result for one file: a prediction, or the sentence that says why there is none."""

    file: Path
    prediction: Prediction | None = None
    error: str = ""

    @property
    def complaint(self) -> str:
        """The error with the whole path of the file, named once."""
        return complaint(self.file, self.error)

    def to_dict(self) -> dict:
        """Return the result as plain values: the file with all fields of its prediction, or with its error."""
        if self.prediction is None:
            return {"file": str(self.file), "error": self.error}
        return {"file": str(self.file), **self.prediction.to_dict()}


def complaint(file: Path, error: str) -> str:
    """Return ``error`` with the whole path of ``file``, on one line, named once: most errors name the file themselves.

    >>> complaint(Path("clips/a.wav"), "a.wav is empty (0 bytes); record or export it again.")
    'clips/a.wav is empty (0 bytes); record or export it again.'
    """
    error, path, name = printable(error), printable(file), printable(file.name)
    if path in error:
        return error
    return error.replace(name, path, 1) if error.startswith(f"{name} ") else f"{path}: {error}"


def find_recordings(paths: Iterable[Path]) -> list[Path]:
    """Return files among ``paths`` unchanged, and for each folder all recordings below it, sorted by name.

    Links to missing recordings are returned too, and a folder without recordings is returned itself, so that they get
    a result with an error. The number of other files is logged.
    """
    files: list[Path] = []
    for path in paths:
        if not os.path.isdir(path):
            files.append(path)
            continue
        found = search(path)
        if skipped := replace(found, broken=()).skipped:  # broken links get results
            logger.warning("%s: skipped %s.", path, skipped)
        files.extend(sorted((*found.recordings, *found.broken)) or [path])
    return files


def answer_all(
    classifier: Classifier,
    files: Sequence[Path],
    *,
    max_seconds: float = 600.0,
    channel: int | None = None,
    track: int | None = None,
) -> Iterator[Answer]:
    """Yield the result of each of ``files``, predicting in batches.

    Args:
        classifier: The model.
        files: Recordings; one that cannot be used does not affect the others.
        max_seconds: Longest accepted recording.
        channel: Channel to use, counted from 0; chosen as in `emotion_hf.audio.read_audio` by default.
        track: Audio track to use, in the same way.
    """
    batch: list[tuple[Path, Audio | AudioError]] = []
    samples = 0
    for file in files:
        sound = _load(file, max_seconds, channel, track)
        batch.append((file, sound))
        samples += 0 if isinstance(sound, AudioError) else len(sound.wave)
        if len(batch) == BATCH_FILES or samples > BATCH_SECONDS * SAMPLING_RATE:
            yield from _answer_batch(classifier, batch)
            batch, samples = [], 0
    yield from _answer_batch(classifier, batch)


def predict_directory(classifier: Classifier, directory: Path | str) -> list[Answer]:
    """Return the results of all recordings below ``directory``, in the order of their names.

    Raises:
        AudioError: It is missing, or contains none.
    """
    return list(answer_all(classifier, find_recordings([Path(directory)])))


def check_output(path: Path | str) -> None:
    """Check that ``write_answers`` can write ``path``, before hours of work depend on it.

    Raises:
        SettingsError: The extension is unknown, or the file cannot be written.
    """
    disk.check_output(Path(path), _FORMATS)


def write_answers(path: Path | str, answers: Sequence[Answer]) -> None:
    """Write ``answers`` in the format of the extension of ``path``: the whole file or nothing.

    Raises:
        WriteError: The disk is full, or the file cannot be written.
    """
    path = Path(path)
    text = _FORMATS[path.suffix.lower()]([answer.to_dict() for answer in answers])
    with disk.writing(path):
        disk.write_whole(path, text.encode("utf-8", errors="backslashreplace"))


def _load(file: Path, max_seconds: float, channel: int | None, track: int | None) -> Audio | AudioError:
    if os.path.isdir(file):
        return AudioNotFoundError(f"The folder contains no recordings; name one with {USUAL_FILES}.")
    try:
        return read_audio(file, max_seconds=max_seconds, channel=channel, track=track)
    except AudioError as error:
        return error


def _answer_batch(classifier: Classifier, batch: Sequence[tuple[Path, Audio | AudioError]]) -> Iterator[Answer]:
    waves = [sound.wave for _, sound in batch if not isinstance(sound, AudioError)]
    predictions = iter(classifier.predict(waves) if waves else ())
    for file, sound in batch:
        if isinstance(sound, AudioError):
            yield Answer(file, error=str(sound))
        else:
            yield Answer(file, prediction=replace(next(predictions), notes=sound.notes))


def _to_json(answers: Sequence[dict]) -> str:
    return json.dumps(answers, indent=2) + "\n"


def _to_json_lines(answers: Sequence[dict]) -> str:
    return "".join(json.dumps(answer) + "\n" for answer in answers)


def _to_csv(answers: Sequence[dict]) -> str:
    rows = [_cells(answer) for answer in answers]
    scores = dict.fromkeys(name for row in rows for name in row if name.startswith("score_"))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*COLUMNS, *scores, "intensity"])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _cells(answer: dict) -> dict[str, object]:
    """Return one CSV row, without text that a spreadsheet would run."""
    return {name: harmless(value) for name, value in flat(answer).items()}


_FORMATS = {".json": _to_json, ".jsonl": _to_json_lines, ".csv": _to_csv}
