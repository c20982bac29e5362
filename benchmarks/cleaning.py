"""Measure what clicks and offsets cost, with the cleaning of recordings and without it.

    python -m benchmarks.cleaning --data ravdess=DIR

The clips are those of the validation actors of RAVDESS's fold 1, four actors; the tested actors of fold 1 are left out
everywhere. The shipped model was trained on the validation actors too, so its accuracy on them is too high; what a
fault costs and what cleaning restores can be compared. The program also counts the clips of all twenty actors that
cleaning changes. The figures are saved in `benchmarks/cleaning.json`, and the page is `benchmarks/CLEANING.md`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
from tqdm import tqdm

from benchmarks.kept import table
from emotion_hf.audio import SAMPLING_RATE, load_audio
from emotion_hf.cleaning import cleaned
from emotion_hf.corpora import find_corpus, parse_data
from emotion_hf.data.loader import load_corpora
from emotion_hf.data.splits import RAVDESS_FOLDS, select
from emotion_hf.prediction import Classifier
from emotion_hf.recognizer import EmotionRecognizer

FIGURES, PAGE = Path(__file__).with_name("cleaning.json"), Path(__file__).with_name("CLEANING.md")
START = SAMPLING_RATE // 10
"""All clicks come 0.1 s after the start, before the speech."""
CLICK_SAMPLES = SAMPLING_RATE // 100
OFFSET_HEIGHT, OFFSET_DECAY_SECONDS = 0.5, 0.3
CHUNK = 32
WHAT, WHEN = ("accuracy", "other labels", "no speech"), ("without", "with")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write figures and page, and print the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, metavar="ravdess=DIR")
    parser.add_argument("--every", type=int, default=1, help="use every N-th clip", metavar="N")
    options = parser.parse_args(arguments)
    data = parse_data(options.data)
    clips = select(load_corpora({"ravdess": data["ravdess"]}), "fold1-validation", validation=0.2, seed=0)
    clips = clips.select(range(0, len(clips), options.every))
    waves = [load_audio(audio["path"]) for audio in clips["audio"]]
    tested = {f"Actor_{actor:02d}" for actor in RAVDESS_FOLDS[1]}
    others = [one.path for one in find_corpus("ravdess").index(data["ravdess"]) if one.speaker not in tested]
    recognizer = EmotionRecognizer.from_pretrained()
    figures = {
        "speakers": sorted(set(clips["speaker"])),
        "clips": len(clips),
        "faults": measure(recognizer, waves, clips["emotion"]),
        "changed": count_changed(recognizer, others[:: options.every]),
    }
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(figures), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))
    return 0


def faults() -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Return what happens to a wave, by its description; the first is nothing."""
    return {
        "none": lambda wave: wave,
        "one sample at full scale": lambda wave: _with(wave, np.ones(1)),
        "a click of 10 ms at full scale": lambda wave: _with(wave, np.ones(CLICK_SAMPLES)),
        "a crackle of 10 ms that decays": lambda wave: _with(wave, _crackle()),
        "an offset that decays": lambda wave: _with(wave, _offset(len(wave)), start=0),
        "an offset that begins suddenly": lambda wave: _with(wave, _offset(len(wave) - START)),
    }


def measure(classifier: Classifier, waves: Sequence[np.ndarray], emotions: Sequence[str]) -> dict[str, dict]:
    """Return accuracy, the share of other labels than for the clean clips, and the clips without speech.

    For each fault there are the figures without cleaning, and with it.
    """
    found: dict[str, dict] = {}
    usual: list[str | None] = []
    for fault, apply in faults().items():
        both = _before_and_after(classifier, [apply(wave) for wave in waves], fault)
        usual = usual or both[0]
        found[fault] = {when: _figures(labels, usual, emotions) for when, labels in zip(WHEN, both, strict=True)}
    return found


def count_changed(classifier: Classifier, paths: Sequence[Path]) -> dict[str, float]:
    """Return the number of clips, how many of them and of their labels cleaning changes, and its median time in ms."""
    dirty, times = [], []
    for path in tqdm(paths, desc="Cleaning"):
        wave = load_audio(path)
        started = time.perf_counter()
        if cleaned(wave) is not wave:
            dirty.append(wave)
        times.append(1_000 * (time.perf_counter() - started))
    before, after = _before_and_after(classifier, dirty, "changed clips")
    labels = sum(one != other for one, other in zip(before, after, strict=True))
    return {
        "clips": len(paths),
        "changed": len(dirty),
        "labels": labels,
        "median_ms": round(statistics.median(times), 1),
    }


def page(figures: Mapping) -> str:
    """Return the page with the figures."""
    columns = ["fault", *(f"{what}, {when}" for what in WHAT for when in WHEN)]
    rows = [
        [
            fault,
            *(f"{found[when]['accuracy']:.1%}" for when in WHEN),
            *(f"{found[when]['other_labels']:.1%}" for when in WHEN),
            *(f"{found[when]['no_speech']}" for when in WHEN),
        ]
        for fault, found in figures["faults"].items()
    ]
    changed = figures["changed"]
    actors = ", ".join(speaker.removeprefix("ravdess/Actor_") for speaker in figures["speakers"])
    return (
        "# Cleaning\n\n"
        f"{figures['clips']} clips of RAVDESS's actors {actors}, the validation actors of fold 1, with a fault near\n"
        "their start, without the cleaning of `emotion_hf/cleaning.py` and with it. The shipped model was trained on\n"
        "these actors, so its accuracy is higher here than on unseen speakers. Samples and clicks are at full scale,\n"
        f"0.1 s after the start. Offsets are {OFFSET_HEIGHT} of full scale and decay with a time constant of "
        f"{OFFSET_DECAY_SECONDS} s; the\nsudden one begins after 0.1 s. Other labels are compared with those of the "
        "clean clips without cleaning. Repeat it\nwith `python -m benchmarks.cleaning --data ravdess=DIR`.\n\n"
        f"{table(columns, rows)}\n\n"
        f"Of the {changed['clips']:,} clips of RAVDESS's twenty actors that do not test the model, cleaning changes "
        f"{changed['changed']}, and no byte of\nthe others. {changed['labels']} of their labels change. It takes "
        f"{changed['median_ms']} ms for a clip.\n"
    )


def _before_and_after(
    classifier: Classifier, waves: Sequence[np.ndarray], name: str
) -> tuple[list[str | None], list[str | None]]:
    """Return the labels without cleaning, and with it."""
    with patch("emotion_hf.recognizer.cleaned", lambda wave: wave):
        before = _labels(classifier, waves, f"{name}, without")
    return before, _labels(classifier, waves, f"{name}, with")


def _labels(classifier: Classifier, waves: Sequence[np.ndarray], name: str) -> list[str | None]:
    starts = tqdm(range(0, len(waves), CHUNK), desc=name)
    return [one.label for start in starts for one in classifier.predict(waves[start : start + CHUNK])]


def _figures(labels: Sequence[str | None], usual: Sequence[str | None], emotions: Sequence[str]) -> dict[str, float]:
    return {
        "accuracy": round(float(np.mean([one == emotion for one, emotion in zip(labels, emotions, strict=True)])), 4),
        "other_labels": round(float(np.mean([one != before for one, before in zip(labels, usual, strict=True)])), 4),
        "no_speech": labels.count(None),
    }


def _with(wave: np.ndarray, fault: np.ndarray, start: int = START) -> np.ndarray:
    dirty = wave.copy()
    dirty[start : start + len(fault)] += fault.astype(np.float32)
    return dirty


def _crackle() -> np.ndarray:
    noise = np.random.default_rng(0).uniform(-1, 1, CLICK_SAMPLES)
    return noise * np.exp(-np.arange(CLICK_SAMPLES) * 4 / CLICK_SAMPLES)


def _offset(samples: int) -> np.ndarray:
    return OFFSET_HEIGHT * np.exp(-np.arange(samples) / (OFFSET_DECAY_SECONDS * SAMPLING_RATE))


if __name__ == "__main__":
    sys.exit(main())
