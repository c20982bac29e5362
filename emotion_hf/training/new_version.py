"""Make a new version of the model with corrections: train it, compare it with its base, decide, and seal it.

Example:
    >>> plan = make_plan(base, Run.read(base), store, data)  # doctest: +SKIP
    >>> with versions.making("retrained-1") as attempt:  # doctest: +SKIP
    ...     make_version(plan, base, data, versions.folder / "retrained-1", attempt).promoted
    True
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from emotion_hf.evaluation.gate import Decision, decide
from emotion_hf.evaluation.gate_report import to_plain, write_decision
from emotion_hf.feedback import FeedbackStore, note_training
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.run import RUN_FILE, Run, public_recipe
from emotion_hf.training import finetune, retrain
from emotion_hf.training.closed_form.shared import SharedEncoder
from emotion_hf.training.progress import left
from emotion_hf.training.resume import holds_training
from emotion_hf.versions import Attempt, seal


def make_version(
    plan: retrain.Plan,
    base: Path,
    data: Mapping[str, Path],
    output: Path,
    attempt: Attempt,
    *,
    bar: bool = False,
) -> Decision:
    """Train a version, measure it and its base, and decide whether it may be promoted.

    The decision and its reasons are written into `output`/gate.

    Args:
        plan: Training clips and held-out clips.
        base: Folder of the network that is retrained.
        data: Original corpora, name → folder.
        output: Folder of the version; if the training fails, it is removed unless it existed before.
        attempt: Receives the progress.
        bar: Show a progress bar over the steps of the training.

    Raises:
        CheckpointError, RecipeError, CorpusError, LabelError, SplitError, AudioError: An input cannot be used.
        FeedbackError: A correction that the version was trained on was deleted during the training.
        WriteError: A file cannot be written.
    """
    seen = Run.read(base).seen_speakers
    shared = SharedEncoder()
    before = shared.give(EmotionRecognizer.from_pretrained(base))
    attempt.has_begun = True
    # The base is measured first, so that clips that cannot be used are reported before the training.
    old = retrain.measure(before, plan, seen, _timed(attempt, "Measuring the current model"))
    existed, finished = output.exists(), False
    try:
        attempt.say("Reading the recordings for the training …")
        prepared = plan.clips, plan.split
        finetune.fine_tune(plan.recipe, data, output, prepared=prepared, bar=bar)
        kept, again = retrain.still_there(plan), _timed(attempt, "Measuring the new model")
        if kept.held_out != plan.held_out:
            old = retrain.measure(before, kept, seen)
        after = shared.give(EmotionRecognizer.from_pretrained(output))
        new = retrain.measure(after, kept, seen, again)
        decision = decide({role: (old[role], report) for role, report in new.items() if role in old})
        write_decision(decision, before.name, output.name, output / "gate")
        facts = {"parent": before.name, "recipe": public_recipe(plan.recipe), "data": retrain.data_ids(kept)}
        seal(output, **facts, gate=to_plain(decision))
        finished = True
    finally:
        if not finished and not existed:
            remove_version(output, plan.store)
    return decision


def remove_version(output: Path, store: FeedbackStore) -> None:
    """Remove an unfinished version, if a training wrote it, and its entry in the ledger of the corrections.

    Raises:
        FeedbackError: The ledger of the corrections cannot be written.
    """
    if not holds_training(output):
        return
    noted = (output / RUN_FILE).is_file()
    shutil.rmtree(output, ignore_errors=True)
    if noted:
        note_training(store, (), str(output))


def _timed(attempt: Attempt, what: str) -> Callable[[float], None]:
    """Return a function that takes the finished share of the task `what` and reports the remaining time."""
    started = time.monotonic()

    def note(share: float) -> None:
        remaining = f"; about {left((time.monotonic() - started) * (1 / share - 1))} left." if share else " …"
        attempt.say(f"{what}{remaining}", share)

    return note
