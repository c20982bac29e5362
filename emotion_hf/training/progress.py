"""Progress of a training: an estimate at the start and a line after each epoch, for people and for programs.

    About 12 minutes: 40 epochs of 34 steps.
    epoch 3/40  loss 1.62  validation UA 0.412 (best)  11:05 left

`emotion_hf.unfinished` describes the lines of the file for programs.

Example:
    >>> spoken(754), left(754)
    ('12.6 minutes', '12:34')
"""

from __future__ import annotations

import copy
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm
from transformers import Trainer, TrainerCallback

from emotion_hf.unfinished import CLIPS, FITS, append_progress

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_STEPS = 2.0
TIMED_STEPS = 3
ENOUGH_SECONDS = 5.0
EVALUATION_SHARE = 0.4
"""Time to evaluate a clip, as a share of the time to train on it; measured for the spectrogram family."""


class Progress(TrainerCallback):
    """Log the estimate and the epochs, and append them and some of the steps to a file.

    Args:
        file: The file; continued if the training is resumed, otherwise overwritten.
        measure: Returns the estimated seconds per step.
    """

    def __init__(self, file: Path, measure: Callable[[], float]):
        self._file = file
        self._measure = measure
        self._started = self._written = 0.0
        self._first_step = 0

    def on_train_begin(self, args, state, control, **_) -> None:
        """Log the estimated time."""
        if not state.is_world_process_zero:
            return
        if not state.global_step:
            self._file.unlink(missing_ok=True)
        seconds = (state.max_steps - state.global_step) * self._measure()
        steps = state.max_steps // state.num_train_epochs
        epochs = state.num_train_epochs - state.global_step // steps
        what = f"{'more ' if state.global_step else ''}{'epoch' if epochs == 1 else 'epochs'}"
        logger.info("About %s: %d %s of %d steps.", spoken(seconds), epochs, what, steps)
        self._write(state, "start", {"seconds_left": round(seconds)})
        self._started, self._first_step = time.monotonic(), state.global_step

    def on_step_end(self, args, state, control, **_) -> None:
        """Write a line every few seconds."""
        if state.is_world_process_zero and time.monotonic() - self._written > SECONDS_BETWEEN_STEPS:
            self._write(state, "step", {"seconds_left": self._seconds_left(state)})

    def on_save(self, args, state, control, **_) -> None:
        """Log the figures of an epoch; from here on, the training can be resumed after it."""
        if not state.is_world_process_zero:
            return
        logged: dict[str, float] = {}
        for entry in state.log_history[-2:]:  # the losses of the epoch, then the figures of its evaluation
            logged |= entry
        figures = {"loss": logged["loss"], "learning_rate": logged["learning_rate"]}
        text = f"loss {logged['loss']:.2f}"
        if "eval_corpus_ua" in logged:
            best = state.best_global_step == state.global_step
            figures |= {"validation_ua": logged["eval_corpus_ua"], "best": best}
            text += f"  validation UA {logged['eval_corpus_ua']:.3f}{' (best)' if best else ''}"
        seconds = self._seconds_left(state)
        logger.info("epoch %d/%d  %s  %s left", round(state.epoch), state.num_train_epochs, text, left(seconds))
        self._write(state, "epoch", {**figures, "seconds_left": seconds})  # a reader may stop the training now

    def on_train_end(self, args, state, control, **_) -> None:
        """Write the last line."""
        if state.is_world_process_zero:
            self._write(state, "end", {"seconds_left": 0})

    def _seconds_left(self, state) -> int:
        done = state.global_step - self._first_step
        return round((time.monotonic() - self._started) / done * (state.max_steps - state.global_step))

    def _write(self, state, event: str, figures: Mapping[str, Any]) -> None:
        where = {"step": state.global_step, "steps": state.max_steps}
        epochs = {"epoch": round(state.epoch or 0, 3), "epochs": state.num_train_epochs}
        append_progress(self._file, {"event": event, **where, **epochs, **figures})
        self._written = time.monotonic()


class Embedding:
    """Log how many clips of how many passes are embedded, and write it to the file, as `Progress` does.

    Args:
        file: The file.
        clips: Number of clips in each pass.
        after_tuning: Continue the file, because the training of the encoder has begun it.
    """

    def __init__(self, file: Path, clips: Sequence[int], *, after_tuning: bool = False):
        self._file, self._clips = file, clips
        if not after_tuning:
            file.unlink(missing_ok=True)
        self._started = self._written = time.monotonic()
        self._done = self._passes = 0

    def add(self, clips: int) -> None:
        """Count embedded clips."""
        self._done += clips
        if time.monotonic() - self._written > SECONDS_BETWEEN_STEPS:
            self._write("step")

    def end_pass(self) -> None:
        """Count a pass."""
        self._passes += 1
        seconds = self._seconds_left()
        if len(self._clips) > 1:
            logger.info("pass %d/%d  %s left", self._passes, len(self._clips), left(seconds))
        self._write("end" if self._passes == len(self._clips) else "epoch")

    def _seconds_left(self) -> int:
        spent, total = time.monotonic() - self._started, sum(self._clips)
        return round(spent / self._done * (total - self._done)) if self._done else 0

    def _write(self, event: str) -> None:
        where = {"what": CLIPS, "step": self._done, "steps": max(sum(self._clips), 1)}
        passes = {"epoch": self._passes, "epochs": len(self._clips)}
        append_progress(self._file, {"event": event, **where, **passes, "seconds_left": self._seconds_left()})
        self._written = time.monotonic()


class Fitting:
    """Show how many fits of a head are done, and continue the file with it, as `Progress` does.

    Args:
        file: The file.
        bar: Show a progress bar.
    """

    def __init__(self, file: Path, *, bar: bool):
        self._file, self._started = file, time.monotonic()
        self._bar = tqdm(desc="Fitting the head", unit="fit", disable=not bar, leave=False)

    def __call__(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` fits are finished."""
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        is_over = done == total
        if is_over:
            self._bar.close()
        seconds = round((time.monotonic() - self._started) / done * (total - done)) if done else 0
        where = {"what": FITS, "step": done, "steps": total, "epoch": int(is_over), "epochs": 1}
        append_progress(self._file, {"event": "end" if is_over else "step", **where, "seconds_left": seconds})


class Bar(TrainerCallback):
    """A progress bar over the steps; Trainer's own bar also prints all figures."""

    def on_train_begin(self, args, state, control, **_) -> None:
        """Show the bar, in one process only."""
        hidden = not state.is_world_process_zero
        done, total = state.global_step, state.max_steps
        self._bar = tqdm(desc="Training", total=total, initial=done, unit="step", disable=hidden, leave=False)

    def on_step_end(self, args, state, control, **_) -> None:
        """Advance the bar by one step."""
        self._bar.update()

    def on_train_end(self, args, state, control, **_) -> None:
        """Remove the bar."""
        self._bar.close()


def seconds_per_step(trainer: Trainer, rows: Sequence[Mapping[str, Any]], *, evaluated: float) -> float:
    """Return the estimated seconds per step, including its share of the evaluation.

    The estimate is the time of the fastest of a few steps with a copy of the model. The weights and the random
    generators of the training do not change.

    Args:
        trainer: The trainer, ready to train.
        rows: Clips of one batch.
        evaluated: Number of evaluated clips per training clip.
    """
    seconds: list[float] = []
    with same_randomness():
        twin = copy.deepcopy(trainer.model).train()
        while len(seconds) < TIMED_STEPS and sum(seconds) < ENOUGH_SECONDS:
            start = time.perf_counter()
            batch = {name: value.to(trainer.args.device) for name, value in trainer.data_collator(rows).items()}
            with trainer.accelerator.autocast():
                loss = trainer.compute_loss(twin, batch)
            loss.backward()
            loss.item()  # waits for the GPU, which runs asynchronously
            seconds.append(time.perf_counter() - start)
    return min(seconds) * (1 + EVALUATION_SHARE * evaluated)


def spoken(seconds: float) -> str:
    """Return a duration in words, in hours, minutes or seconds."""
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} seconds"


def left(seconds: float) -> str:
    """Return a duration as on a clock, with hours only from one hour on."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@contextmanager
def same_randomness() -> Iterator[None]:
    """Restore the state of Python's, numpy's and torch's random generators afterwards."""
    python, numpy = random.getstate(), np.random.get_state()
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices):
        yield
    random.setstate(python)
    np.random.set_state(numpy)
