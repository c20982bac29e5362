"""Reports on a trained model: on its validation speakers and on its test speakers.

Example:
    >>> for report in report_on(run, load_corpora(data), test=True):  # doctest: +SKIP
    ...     print(report.split, report.ua.value)
    fold1-validation 0.61
    fold1-test 0.6
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from emotion_hf.evaluation.evaluate import Progress
from emotion_hf.evaluation.plots import save_curves
from emotion_hf.evaluation.report import write_report
from emotion_hf.evaluation.results import Report
from emotion_hf.measurement import measure
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.training.record import TrainedRun

if TYPE_CHECKING:
    from datasets import Dataset


def report_on(
    run: TrainedRun,
    clips: Dataset,
    *,
    test: bool,
    history: Sequence[dict[str, Any]] = (),
    progress: Progress = iter,
) -> Iterator[Report]:
    """Measure a trained model; write each report into the subfolder `report` of its folder, and yield it.

    Args:
        run: Result of the training.
        clips: All clips of the training, in the order of its split.
        test: Also report on the test speakers, after the validation speakers.
        history: Trainer's log, for the learning curves.
        progress: Wraps the chunks of clips, for a progress bar.

    Raises:
        CheckpointError: The model cannot be loaded.
        WriteError: A file cannot be written.
    """
    recognizer = EmotionRecognizer.from_pretrained(run.folder)
    if history and not run.split.validation:
        save_curves(history, run.folder / "report")
    for part, rows in {"validation": run.split.validation, "test": run.split.test if test else ()}.items():
        if rows:
            name, optimistic = f"{run.split.name}-{part}", run.split.optimistic
            chosen = clips.select(rows)
            report = measure(recognizer, run.folder, chosen, name, optimistic=optimistic, progress=progress)
            write_report(report, run.folder / "report" / part, history)
            yield report
