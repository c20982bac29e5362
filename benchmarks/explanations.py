"""Measure whether hiding the moments that an explanation names changes the prediction more than hiding random ones.

    python -m benchmarks.explanations --data ravdess=DIR

Random clips of the four RAVDESS actors that the shipped model was not trained on are explained. Then the three named
moments are replaced by silence, and, five times, as many moments of the same length at random places of the speech.
The figures are saved in `benchmarks/explanations.json`, and the page is `benchmarks/EXPLANATIONS.md`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.kept import table
from emotion_hf.audio import load_audio
from emotion_hf.corpora import find_corpus, parse_data
from emotion_hf.data.splits import RAVDESS_FOLDS
from emotion_hf.explain import LEAST_PROBABILITY, MOMENT_STEPS, STEP_SECONDS, explain, without
from emotion_hf.prediction import Classifier
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.speech import Segment, speech_segments

FIGURES, PAGE = Path(__file__).with_name("explanations.json"), Path(__file__).with_name("EXPLANATIONS.md")
CLIPS, DRAWS, MOMENTS = 48, 5, 3
MOMENT_SECONDS = MOMENT_STEPS * STEP_SECONDS


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write figures and page, and print the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, metavar="ravdess=DIR")
    parser.add_argument("--clips", type=int, default=CLIPS, help="number of clips to draw")
    options = parser.parse_args(arguments)
    folder = parse_data(options.data)["ravdess"]
    unseen = {f"Actor_{actor:02d}" for actor in RAVDESS_FOLDS[1]}
    paths = [one.path for one in find_corpus("ravdess").index(folder) if one.speaker in unseen]
    rng = np.random.default_rng(0)
    chosen = [paths[number] for number in rng.permutation(len(paths))[: options.clips]]
    figures = measure(EmotionRecognizer.from_pretrained(), [load_audio(path) for path in tqdm(chosen)], rng)
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(figures), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))
    return 0


def measure(classifier: Classifier, waves: Sequence[np.ndarray], rng: np.random.Generator) -> dict[str, float]:
    """Return the figures for waves, mono at 16 kHz; those with fewer than three moments are left out."""
    named, random, flips, random_flips = [], [], [], []
    for wave in tqdm(waves, desc="Explaining"):
        explanation = explain(classifier, wave)
        if len(explanation.moments) < MOMENTS:
            continue
        before = log_odds(classifier, wave, explanation.label)[0]
        places = [random_moments(wave, rng) for _ in range(DRAWS)]
        hidden = [without(wave, moments) for moments in (explanation.moments, *places)]
        after, *others = (log_odds(classifier, one, explanation.label) for one in hidden)
        named.append(before - after[0])
        flips.append(after[1] != explanation.label)
        random.append(before - np.mean([odds for odds, _ in others]))
        random_flips.append(np.mean([label != explanation.label for _, label in others]))
    return {
        "clips": len(named),
        "named_log_odds": round(float(np.mean(named)), 2),
        "random_log_odds": round(float(np.mean(random)), 2),
        "named_flips": round(float(np.mean(flips)), 3),
        "random_flips": round(float(np.mean(random_flips)), 3),
        "larger_share": round(float(np.mean(np.array(named) > np.array(random))), 3),
    }


def log_odds(classifier: Classifier, wave: np.ndarray, label: str) -> tuple[float, str | None]:
    """Return the log-odds of a label for a wave, and the most probable label; chance if nothing is left to score."""
    (prediction,) = classifier.predict([wave])
    share = prediction.scores.get(label, 1 / len(classifier.labels))
    share = float(np.clip(share, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))
    return float(np.log(share / (1 - share))), prediction.label


def random_moments(wave: np.ndarray, rng: np.random.Generator) -> list[Segment]:
    """Return three moments between the first and the last speech; they do not overlap if there is room."""
    segments = speech_segments(wave)
    first, last = segments[0].start_seconds, segments[-1].end_seconds
    room = max(0.0, last - first - MOMENTS * MOMENT_SECONDS)  # what is left beside the moments
    starts = first + np.sort(rng.uniform(0, room, MOMENTS)) + MOMENT_SECONDS * np.arange(MOMENTS)
    return [Segment(float(start), float(start) + MOMENT_SECONDS) for start in starts]


def page(figures: dict[str, float]) -> str:
    """Return the page in Markdown."""
    rows = [
        ["the three named ones", f"{figures['named_log_odds']:.2f}", f"{figures['named_flips']:.0%}"],
        ["three random ones of the speech", f"{figures['random_log_odds']:.2f}", f"{figures['random_flips']:.0%}"],
    ]
    return (
        "# Explanations\n\n"
        f"{figures['clips']} random clips of four RAVDESS actors that the shipped model was not trained on. Moments\n"
        f"of {MOMENT_SECONDS:g} s are replaced by silence. Random moments are drawn {DRAWS} times, and their mean "
        "counts. Repeat it\nwith `python -m benchmarks.explanations --data ravdess=DIR`.\n\n"
        f"{table(['hidden moments', 'log-odds that the emotion loses', 'clips with another emotion'], rows)}\n\n"
        f"The named moments matter more than the random ones in {figures['larger_share']:.0%} of the clips.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
