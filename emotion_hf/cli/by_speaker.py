"""``emotion-hf predict DIR --by speaker``: compare each speaker with their own ordinary voice.

All predictions about one speaker are corrected together. The column ``speaker`` of a ``metadata.csv`` or
``metadata.jsonl`` beside the recordings names the speaker; without it, the recording's folder does. In folders
named after emotions, as in ``happy/anna/1.wav``, the second folder does.

Example:
    emotion-hf predict calls/ --by speaker        # calls/anna/1.wav, calls/anna/2.wav, calls/ben/1.wav …
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from emotion_hf.answers import Answer
from emotion_hf.cells import printable
from emotion_hf.corpora.folder import read_speakers

FEW = 10
"""With fewer recordings, a voice is known too little to change much."""

if TYPE_CHECKING:
    from emotion_hf.recognizer import EmotionRecognizer


def correct_by_speaker(
    recognizer: EmotionRecognizer, answers: Sequence[Answer], folders: Iterable[Path]
) -> list[Answer]:
    """Return the results in their order, each corrected for its speaker's voice.

    Args:
        recognizer: The model that made the predictions.
        answers: Results for files of any number of speakers.
        folders: Folders that may contain tables of speakers.

    Raises:
        CheckpointError: The model has no statistics of how speakers differ.
        CorpusError: A table cannot be read.
    """
    named = {path: speaker for folder in folders for path, speaker in read_speakers(folder).items()}
    of_speakers: dict[str, list[int]] = defaultdict(list)
    for number, answer in enumerate(answers):
        of_speakers[named.get(answer.file) or str(answer.file.parent)].append(number)
    corrected = list(answers)
    for speaker, numbers in of_speakers.items():
        few = f", fewer than {FEW}, so its predictions hardly change" if len(numbers) < FEW else ""
        typer.echo(f"Speaker {printable(Path(speaker).name)}: {len(numbers)} recordings{few}", err=True)
        known = {number: found for number in numbers if (found := answers[number].prediction) is not None}
        voice = recognizer.learn_voice([*known.values()])
        for number, prediction in known.items():
            corrected[number] = replace(answers[number], prediction=recognizer.correct(prediction, voice))
    return corrected
