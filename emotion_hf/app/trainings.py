"""Trainings that are started from the page: what they will take, the queue, their progress, and what they made.

Example:
    >>> trainings = Trainings(settings, Jobs(settings.jobs_dir))  # doctest: +SKIP
    >>> trainings.start("head", (choose_folder("/data/ravdess", settings),)).state  # doctest: +SKIP
    'waiting'
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from emotion_hf.app.corpora_choice import Chosen, split_of, unused
from emotion_hf.app.training_progress import BEGINNING, MEASURING, Progress, stage
from emotion_hf.app.words import say, translated
from emotion_hf.errors import EmotionError, JobError, RecipeError
from emotion_hf.evaluation.report_json import find_report
from emotion_hf.evaluation.results import Report
from emotion_hf.forecast import Forecast
from emotion_hf.installed import recipe_names
from emotion_hf.jobs import ROOT, Job, Jobs
from emotion_hf.run import RUN_FILE
from emotion_hf.settings import Settings
from emotion_hf.unfinished import can_resume, read_progress

logger = logging.getLogger(__name__)

KIND, DEFAULT_RECIPE = "train", "head"
FORECAST_SECONDS = 600
LONGEST_NAME = 60
NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{LONGEST_NAME - 1}}}")


class Trainings:
    """The trainings of the page.

    Args:
        settings: Where models, recipes and cached embeddings are.
        jobs: The queue.
    """

    def __init__(self, settings: Settings, jobs: Jobs):
        self.jobs = jobs
        self._runs = settings.runs_dir.resolve()
        self._own_recipes = settings.data_dir.resolve() / "recipes"
        self._environment = settings.for_processes()
        self._forecasting = threading.Lock()

    def recipes(self) -> dict[str, str]:
        """Return the recipes by name: those that ship, and the operator's own in the folder `recipes` of the data."""
        own = {path.stem: str(path) for path in sorted(self._own_recipes.glob("*.yaml")) if NAME.fullmatch(path.stem)}
        return {name: name for name in recipe_names()} | own

    def all(self) -> list[Job]:
        """Return the trainings, newest first; the queue goes on if nothing runs."""
        self.jobs.wake()
        return [job for job in reversed(self.jobs.all()) if job.kind == KIND]

    def queue(self) -> list[Job]:
        """Return everything that waits or runs, retrainings on corrections too, in the order of the queue."""
        return [job for job in self.jobs.all() if not job.has_ended]

    def forecast(self, recipe: str, chosen: Sequence[Chosen]) -> Forecast:
        """Return what a training will take, from a process that reads all recordings.

        Raises:
            JobError: It cannot be said, or another forecast is being made.
            RecipeError: The recipe is none of `recipes`.
        """
        words = [*self._command(recipe, chosen), "--dry-run", "--json"]
        if not self._forecasting.acquire(blocking=False):
            raise JobError("Another training is being estimated; try again in a moment.")
        try:
            done = subprocess.run(
                [sys.executable, "-m", "emotion_hf.cli", *words],
                cwd=ROOT,
                env=self._environment,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=FORECAST_SECONDS,
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired as error:
            raise JobError("Reading the recordings takes too long; choose less data.") from error
        finally:
            self._forecasting.release()
        if done.returncode and "Traceback" in done.stderr:
            logger.error("A training cannot be estimated:\n%s", done.stderr)
            raise JobError("The training cannot be estimated.")
        if done.returncode:
            raise JobError(_last_line(done.stderr))
        return Forecast.from_json(_last_line(done.stdout))

    def start(self, recipe: str, chosen: Sequence[Chosen], name: str = "") -> Job:
        """Queue a training; it starts at once if nothing runs.

        Args:
            recipe: One of `recipes`.
            chosen: The data.
            name: Name of the new model; by default made of the recipe and the data.

        Raises:
            JobError: The queue cannot be written, or the name is not one.
            RecipeError: The recipe is none of `recipes`.
        """
        name = name.strip()
        if name and not NAME.fullmatch(name):
            raise JobError("A name may have up to 60 letters, digits, - and _.")
        taken = {job.name for job in self.jobs.all() if not job.has_ended}
        if name and (name in taken or (self._runs / name).exists()):
            raise JobError(f"There is already a model {name}; choose another name.")
        output = unused(self._runs, name or "-".join([recipe, *(one.name for one in chosen)])[:LONGEST_NAME], taken)
        command = [*self._command(recipe, chosen), "--output", str(output), "--test"]
        return self.jobs.add(output.name, command, output=output)

    def go_on(self, id: str) -> Job:
        """Continue a training that was stopped or has failed: from its last finished epoch, or else from the start."""
        folder = self.jobs.find(id).folder
        resume = can_resume(folder)
        if not resume:
            self._remove_unfinished(folder)
        return self.jobs.again(id, resume=resume)

    def remove(self, id: str) -> None:
        """Remove a training from the list, and what it wrote unless it is a model.

        Raises:
            JobError: It runs.
        """
        job = self.jobs.find(id)
        self.jobs.remove(id)
        if job.state != "done":
            self._remove_unfinished(job.folder)

    def progress(self, job: Job) -> Progress:
        """Return how far a training is."""
        if job.state == "waiting":
            before = next((number for number, one in enumerate(self.queue()) if one.id == job.id), 0)
            return Progress("waiting", say("It waits for its turn; before it in the queue: {count}.", count=before))
        if job.state == "running":
            lines = read_progress(job.folder)
            started = say(MEASURING) if lines and lines[-1]["event"] == "end" else say(BEGINNING)
            return stage(lines) or Progress("running", started, 1.0 if lines else 0.0)
        if job.state == "done":
            return Progress("done", say("The model is trained and measured."), 1.0)
        if job.state == "stopped":
            if can_resume(job.folder):
                return Progress("stopped", say("Stopped; it can be resumed from its last finished epoch."))
            return Progress("stopped", say("Stopped before anything was saved."))
        return Progress("failed", translated(job.sentence) or say("It ended unexpectedly."))

    def report(self, job: Job) -> Report | None:
        """Return the report on the test speakers of a finished training, if there is one."""
        try:
            return find_report(job.folder) if job.state == "done" else None
        except EmotionError:
            return None

    def _command(self, recipe: str, chosen: Sequence[Chosen]) -> list[str]:
        known = self.recipes()
        if recipe not in known:
            raise RecipeError(f"There is no recipe {recipe}; give a file, or one of {', '.join(known)}.")
        if not chosen:
            raise JobError("Choose recordings first: a folder, a zip file or a data set of the Hub.")
        data = ["--data", *(one.argument for one in chosen)]
        columns = [word for one in chosen if one.columns for word in ("--columns", one.columns)]
        split = [f"data.split={one}"] if (one := split_of(chosen)) else []
        return [KIND, known[recipe], *data, *columns, *split]

    def _remove_unfinished(self, folder: Path) -> None:
        """Remove what a training wrote before its end; nothing outside the folder of models, and no model."""
        if folder.parent == self._runs and folder.is_dir() and not (folder / RUN_FILE).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
