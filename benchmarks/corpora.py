"""How well a model recognises emotions in unseen corpora.

    python -m benchmarks.corpora --data ravdess=DIR nemo=DIR selvas=DIR tess=DIR emovo=DIR savee=DIR ased=DIR \
        spanish=DIR
    python -m benchmarks.corpora --data ravdess=DIR nemo=DIR selvas=DIR tess=DIR --only tess model.head.shrinkage=0.5
    python -m benchmarks.corpora --data ravdess=DIR nemo=DIR selvas=DIR tess=DIR emovo=DIR --shipped
    python -m benchmarks.corpora --data tess=DIR emovo=DIR --shipped --model CHECKPOINT
    python -m benchmarks.corpora --summary

Without `--shipped`, the flagship recipe is trained on all corpora but one and tested on that one, for each corpus in
turn; the mean UA decides between options of the training. With `--shipped`, it is trained on the corpora whose
licences allow it for the shipped model, or `--model` names a trained model, and it is tested on the other corpora.
RAVDESS's actors of fold 1 are left out, because options are chosen here. All predictions are saved in
`benchmarks/results/corpora`; `--summary` computes its tables from them. Embeddings are cached in the data folder.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from tqdm import tqdm

from benchmarks.answers import Answers, answers_of, best, keep_answers
from benchmarks.corpora_page import CENTRED, LEFT_OUT, SHIPPED, document
from benchmarks.kept import without_folder
from emotion_hf.audio import load_audio
from emotion_hf.corpora import parse_data
from emotion_hf.data.loader import load_corpora
from emotion_hf.data.splits import RAVDESS_FOLDS, Split
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction
from emotion_hf.recipes import load_recipe, separate_overrides
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.settings import Settings
from emotion_hf.training.finetune import fine_tune

if TYPE_CHECKING:
    from datasets import Dataset

RECIPE = "train/recipes/whisper.yaml"
RUNS = Path("runs/corpora")
MAY_SHIP = ("ravdess", "nemo", "selvas")
"""Corpora whose licences allow models trained on them to be published under CC BY-NC-SA 4.0."""
FOLD_1 = {f"ravdess/Actor_{actor:02d}" for actor in RAVDESS_FOLDS[1]}


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and test, or print the summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=[], metavar="NAME=DIR", help="corpora")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="test only on these corpora")
    parser.add_argument("--shipped", action="store_true", help="train on the corpora of the shipped model")
    parser.add_argument("--model", type=Path, metavar="CHECKPOINT", help="with --shipped: test this model")
    parser.add_argument("--summary", action="store_true", help="print the tables of the saved predictions")
    options, rest = parser.parse_known_args(arguments)
    if options.summary:
        print(document())
        return 0
    items, overrides = separate_overrides([*options.data, *rest])
    data, cache = parse_data(items), Settings.from_environment().data_dir / "cache"
    if options.shipped:
        others = [name for name in data if name not in MAY_SHIP]
        may_ship = {name: folder for name, folder in data.items() if name in MAY_SHIP}
        model = options.model or train(may_ship, "shipped", overrides, cache)
        ask_about(model, {name: data[name] for name in options.only or others}, SHIPPED, overrides)
        return 0
    for name in options.only or data:
        rest_of_data = {other: folder for other, folder in data.items() if other != name}
        model = train(rest_of_data, f"without-{name}", overrides, cache)
        ask_about(model, {name: data[name]}, LEFT_OUT, overrides)
    return 0


def train(data: Mapping[str, Path], name: str, overrides: Sequence[str], cache: Path) -> Path:
    """Train the recipe on all clips of the corpora, and return the checkpoint's folder.

    Args:
        data: Name of each corpus → its folder.
        name: Name of the checkpoint.
        overrides: `key=value` overrides of the recipe.
        cache: Folder of the embeddings.
    """
    clips = clips_of(data)
    labels = [label for label in LABELS if label in set(clips["emotion"])]
    # Not all corpora have normal and strong clips, and intensity is not measured here.
    recipe = load_recipe(RECIPE, ["model.config.intensity=false", *overrides])
    recipe = replace(recipe, data=replace(recipe.data, labels=labels))
    clips = clips_of(data, labels)
    split = Split(name, train=tuple(range(len(clips))), validation=(), test=())
    shutil.rmtree(RUNS / name, ignore_errors=True)
    fine_tune(recipe, data, RUNS / name, prepared=(clips, split), cache=cache)
    return RUNS / name


def ask_about(model: Path, data: Mapping[str, Path], folder: Path, overrides: Sequence[str]) -> None:
    """Predict the clips of each corpus, and save the predictions in a folder."""
    recognizer = EmotionRecognizer.from_pretrained(model)
    facts: dict[str, Any] = {
        "model": recognizer.name,
        "changes": [*map(without_folder, overrides)],
        "date": date.today().isoformat(),
    }
    for name, place in data.items():
        answers = ask(recognizer, clips_of({name: place}, recognizer.labels))
        keep_answers(replace(answers, facts=facts), folder / f"{name}.json")


def clips_of(data: Mapping[str, Path], labels: Sequence[str] = LABELS) -> Dataset:
    """Return the clips of corpora that have one of the labels, without RAVDESS's actors of fold 1."""
    clips = load_corpora(data)
    known = zip(clips["emotion"][:], clips["speaker"][:], strict=True)
    return clips.select([row for row, (emotion, by) in enumerate(known) if emotion in labels and by not in FOLD_1])


def ask(recognizer: EmotionRecognizer, clips: Dataset) -> Answers:
    """Return the predictions for clips; `others` has those among the clips' emotions with centred embeddings."""
    found = [score(recognizer, load_audio(audio["path"])) for audio in tqdm(clips["audio"], desc=clips["corpus"][0])]
    answers = answers_of(recognizer, clips, [prediction for prediction, _ in found])
    embeddings = np.stack([embedding for _, embedding in found])
    logits = centred(recognizer, embeddings, answers.speakers)
    return replace(answers, others={CENTRED: best(logits, np.unique(answers.truth))})


def score(recognizer: EmotionRecognizer, wave: np.ndarray) -> tuple[Prediction, np.ndarray]:
    """Return the prediction for a wave, and the mean embedding of its scored pieces `(size,)`, NaN without speech."""
    model, scored = recognizer.model, []
    with model.register_forward_hook(lambda *call: scored.append(call[-1].embeddings.cpu())):
        (prediction,) = recognizer.predict([wave])
    size = model.config.embedding_size
    return prediction, torch.cat(scored).mean(0).numpy() if scored else np.full(size, np.nan, np.float32)


@torch.inference_mode()
def centred(recognizer: EmotionRecognizer, embeddings: np.ndarray, speakers: np.ndarray) -> np.ndarray:
    """Return logits `(clips, labels)` after shifting each speaker's mean embedding to the mean of the training clips.

    Args:
        recognizer: A model of the encoder family.
        embeddings: `(clips, size)`, NaN without speech.
        speakers: Speaker of each clip `(clips,)`.
    """
    model, vectors = recognizer.model, embeddings.copy()
    for speaker in np.unique(speakers):
        own = speakers == speaker
        vectors[own] += model.scale.mean.cpu().numpy() - np.nanmean(vectors[own], axis=0)
    inputs = model.scale(torch.from_numpy(vectors).to(model.device))
    return (model.classifier(inputs) / model.config.logit_temperature).cpu().numpy()


if __name__ == "__main__":
    sys.exit(main())
