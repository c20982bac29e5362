"""A version of the model that learned from corrections: trained, measured against its base, decided upon and sealed.

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
    """Train a version, measure it and its base, decide whether it may answer, and write why into `output`/gate.

    Args:
        plan: What is learned from and what is held out.
        base: Folder of the network that goes on learning.
        data: Original corpora, name → folder.
        output: Folder of the version; if something fails and it was not there before, it is removed.
        attempt: Is told what is done at each moment.
        bar: Show a bar over the steps of the training.

    Raises:
        CheckpointError, RecipeError, CorpusError, LabelError, SplitError, AudioError: Something cannot be used.
        FeedbackError: A correction that it learned from was deleted meanwhile.
        WriteError: The disk refuses.
    """
    seen = Run.read(base).seen_speakers
    shared = SharedEncoder()
    before = shared.give(EmotionRecognizer.from_pretrained(base))
    attempt.has_begun = True
    # What cannot be measured is said before the training.
    old = retrain.measure(before, plan, seen, _timed(attempt, "Measuring the model that answers"))
    existed, finished = output.exists(), False
    try:
        attempt.say("Reading the recordings to learn from …")
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
    """Remove a version that is not finished, if a training wrote it; its corrections forget the model.

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
    """Return what notes how long `what` still takes, once it is told the share that is done."""
    started = time.monotonic()

    def note(share: float) -> None:
        remaining = f"; about {left((time.monotonic() - started) * (1 / share - 1))} left." if share else " …"
        attempt.say(f"{what}{remaining}", share)

    return note
