"""Accuracy on unseen speakers: the flagship recipe, trained and tested on all six folds of RAVDESS.

    python -m benchmarks.unseen_speakers --data ravdess=DIR nemo=DIR selvas=DIR --noise PATTERN \
        augmentation.noise=OTHER_PATTERN augmentation.noise_probability=0.4
    python -m benchmarks.unseen_speakers --data ravdess=DIR nemo=DIR selvas=DIR --folds 2 3 --seed 1
    python -m benchmarks.unseen_speakers --summary

Each fold trains the recipe on its twenty training actors and the other corpora, and tests it on its four test actors.
The models of the first seed are also tested on changed recordings; `--noise` names recordings of kinds of noise that
are not used in training. All folds share the cached embeddings in the data folder. All predictions are saved in
`benchmarks/results/unseen_speakers`; `--summary` computes its table from them. Each run also adds a line to
`benchmarks/unseen_speakers.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.answers import Answers, answers_of, keep_answers, ua
from benchmarks.kept import UNSEEN_SPEAKERS, without_folder
from benchmarks.unseen_speakers_page import MOST_LOST, document
from emotion_hf.audio import load_audio
from emotion_hf.channel import find_noise
from emotion_hf.corpora import parse_data
from emotion_hf.data.loader import load_corpora
from emotion_hf.data.splits import select
from emotion_hf.errors import SettingsError
from emotion_hf.evaluation import metrics
from emotion_hf.evaluation.distortions import Distortion, distortions, load_noise
from emotion_hf.evaluation.evaluate import number_answers
from emotion_hf.evaluation.robustness import Distorted
from emotion_hf.recipes import load_recipe, separate_overrides
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.settings import Settings
from emotion_hf.training.finetune import fine_tune

if TYPE_CHECKING:
    from datasets import Dataset

RECIPE = "train/recipes/whisper.yaml"
LOG, RUNS = Path(__file__).with_name("unseen_speakers.jsonl"), Path("runs/unseen_speakers")
RAVDESS = "ravdess"
FOLDS, FIRST_SEED = tuple(range(1, 7)), 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and test folds, or print the summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=[], metavar="NAME=DIR", help="corpora, including RAVDESS")
    parser.add_argument("--folds", nargs="+", type=int, default=FOLDS, choices=FOLDS)
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    parser.add_argument("--noise", default="", metavar="PATTERN", help="recordings of noise for the test")
    parser.add_argument("--summary", action="store_true", help="print the table of the saved predictions")
    options, rest = parser.parse_known_args(arguments)
    if options.summary:
        print(document())
        return 0
    items, overrides = separate_overrides([*options.data, *rest])
    conditions = changes_to_test(options.noise, overrides) if options.seed == FIRST_SEED else []
    cache = Settings.from_environment().data_dir / "cache"
    for fold in options.folds:
        run_fold(fold, options.seed, parse_data(items), overrides, conditions, cache)
    return 0


def changes_to_test(noise: str, overrides: Sequence[str]) -> list[Distortion]:
    """Return the changes in the table, with noise that is not used in training.

    Raises:
        AudioError: No recording matches the pattern.
        SettingsError: The pattern is empty, or a recording is also used in training.
    """
    if not noise:
        raise SettingsError("Name recordings of noise with --noise, of kinds that are not used in training.")
    files, used = find_noise(noise), load_recipe(RECIPE, overrides).augmentation.noise
    if both := set(files) & set(find_noise(used) if used else ()):
        raise SettingsError(
            f"--noise and augmentation.noise have recordings in common ({len(both)}); use other noise for the test."
        )
    return [one for one in distortions(load_noise(files)) if one.name in MOST_LOST]


def run_fold(
    fold: int,
    seed: int,
    data: Mapping[str, Path],
    overrides: Sequence[str],
    conditions: Sequence[Distortion],
    cache: Path,
) -> None:
    """Train one fold, predict the clips of its test actors, and save the predictions.

    Args:
        fold: Number of the fold, from 1 to 6.
        seed: Seed of the training.
        data: Name of each corpus → its folder.
        overrides: `key=value` overrides of the recipe.
        conditions: Changes of the recordings for further tests.
        cache: Folder of the embeddings.
    """
    started, name = time.time(), f"fold{fold}-seed{seed}"
    changes = [f"data.split=fold{fold}", f"seed={seed}", *overrides]
    shutil.rmtree(RUNS / name, ignore_errors=True)
    fine_tune(load_recipe(RECIPE, changes), data, RUNS / name, cache=cache)
    clips = select(load_corpora({RAVDESS: data[RAVDESS]}), f"fold{fold}-test", validation=0, seed=0)
    answers = ask(EmotionRecognizer.from_pretrained(RUNS / name), clips, conditions)
    line = {"fold": fold, "seed": seed, "recipe": Path(RECIPE).stem, "corpora": [*data]}
    line |= {"changes": [*map(without_folder, changes)]} | figures(answers)
    line |= {"seconds": round(time.time() - started), "date": date.today().isoformat()}
    keep_answers(replace(answers, facts=line), UNSEEN_SPEAKERS / f"{name}.json")
    with LOG.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    print(f"Fold {fold}, seed {seed}: UA {line['ua']:.3f}", flush=True)


def ask(recognizer: EmotionRecognizer, clips: Dataset, conditions: Sequence[Distortion]) -> Answers:
    """Return the predictions for clips as recorded, and in each condition."""
    waves = [load_audio(audio["path"]) for audio in clips["audio"]]
    changed = {
        one.name: number_answers(Distorted(recognizer, one).predict(waves), recognizer.labels) for one in conditions
    }
    return answers_of(recognizer, clips, recognizer.predict(waves), changed)


def figures(answers: Answers) -> dict[str, float]:
    """Return the figures of a run for the log."""
    truth, scores = answers.truth[answers.has_speech], answers.scores[answers.has_speech]
    found = {
        "ua": ua(answers),
        "wa": metrics.accuracy(answers.truth, answers.predicted),
        "ece": metrics.expected_calibration_error(truth, scores),
        "nll": metrics.negative_log_likelihood(truth, scores),
        "brier": metrics.brier_score(truth, scores),
    }
    return {name: round(value, 4) for name, value in found.items()}


if __name__ == "__main__":
    sys.exit(main())
