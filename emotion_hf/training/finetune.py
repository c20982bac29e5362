"""Train a recipe and save a self-contained checkpoint folder.

Example:
    >>> run = fine_tune(load_recipe("train/recipes/cnn.yaml"), {"ravdess": "ravdess/"}, "runs/cnn")  # doctest: +SKIP
    >>> run.validation["corpus_ua"]  # doctest: +SKIP
    0.62
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from transformers import set_seed
from transformers.utils.logging import disable_progress_bar

from emotion_hf.checkpoint import save
from emotion_hf.corpora.hub_source import hub_sources
from emotion_hf.data.splits import Split
from emotion_hf.export import add_twin
from emotion_hf.recipes import Recipe, checkpoint_of
from emotion_hf.training.closed_form.corrections import learn_corrections
from emotion_hf.training.closed_form.train import train_encoder
from emotion_hf.training.gradient.network import train_network
from emotion_hf.training.material import gather, load_and_split
from emotion_hf.training.memory import keep_freed_memory
from emotion_hf.training.pretrained_encoder import is_trained
from emotion_hf.training.record import TrainedRun, source_commit, write_run
from emotion_hf.training.resume import check_output, keep_recipe
from emotion_hf.unfinished import WORKSPACE

if TYPE_CHECKING:
    from datasets import Dataset


def fine_tune(
    recipe: Recipe,
    data: Mapping[str, Path | str],
    output: Path | str,
    *,
    prepared: tuple[Dataset, Split] | None = None,
    resume: bool = False,
    bar: bool = False,
    cache: Path | None = None,
) -> TrainedRun:
    """Train a recipe.

    Several processes started by `accelerate launch` share the batches; only the first one writes files.

    Args:
        recipe: Settings of the training.
        data: Name of each corpus → its folder.
        output: Folder of the checkpoint, new or empty unless `resume`.
        prepared: The clips of `data` and their split, to use another split than the recipe's.
        resume: Continue from the last finished epoch of an interrupted training in `output`.
        bar: Show a progress bar over the steps.
        cache: Folder in which embeddings of family `encoder` are cached.

    Raises:
        RecipeError: The recipe cannot be used, or `output` is not empty.
        CorpusError, LabelError, SplitError: The data cannot be used.
        WriteError: A file cannot be written.
    """
    started, commit, output = time.time(), source_commit(), Path(output)
    check_output(output, recipe, resume=resume)
    keep_freed_memory()
    disable_progress_bar()  # transformers shows one for each saved file
    set_seed(recipe.seed)
    dataset, split = prepared or load_and_split(recipe, data)
    material = gather(recipe, dataset, split)
    keep_recipe(output, recipe)
    continues = is_trained(checkpoint_of(recipe)) and not recipe.model.head.fresh
    if recipe.model.family == "encoder" and continues:
        trained = learn_corrections(recipe, material, output)
    elif recipe.model.family == "encoder":
        trained = train_encoder(recipe, material, output, resume=resume, bar=bar, cache=cache)
    else:
        trained = train_network(recipe, material, output, resume=resume, bar=bar)
    run = TrainedRun(output, trained.history, trained.figures, split)
    if trained.is_main_process:
        save(output, trained.model.cpu(), trained.extractor)
        add_twin(output)
        write_run(run, recipe, dataset, sources=hub_sources(data), commit=commit, seconds=time.time() - started)
        # Optimizer states are pickles: they are no longer needed and must never be published.
        shutil.rmtree(output / WORKSPACE, ignore_errors=True)
    return run
