"""Augment a corpus before the split, to show how this inflates the figures. Never measure real models in this way.

    python -m benchmarks.leak --data ravdess=DIR --to leaked
    python -m benchmarks.architectures --data leaked=leaked --only mlp/leaked

An earlier system had 8,640 samples: each of 1,440 recordings and five changed copies of it, which were split at random
afterwards. So nearly all test samples were copies of training recordings. The section "Leaked" of RESULTS.md repeats
this experiment.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.corpora import parse_data
from emotion_hf.data.augment import Augmenter
from emotion_hf.data.collate import augmented_copies, decode
from emotion_hf.data.loader import load_corpora
from emotion_hf.recipes import load_recipe

RECIPE = Path(__file__).parents[1] / "train" / "recipes" / "mlp.yaml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the copies into a folder that `train.finetune` can read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, metavar="NAME=DIR", help="corpora")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="new folder for the copies")
    options = parser.parse_args(arguments)
    changes = load_recipe(RECIPE).augmentation
    clips = augmented_copies(
        decode(load_corpora(parse_data(options.data))), Augmenter(changes, SAMPLING_RATE), changes.copies
    )
    (options.to / "audio").mkdir(parents=True)
    with (options.to / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file_name", "emotion", "speaker"])
        for number, clip in enumerate(clips):
            name = f"audio/{number:05}.flac"
            soundfile.write(options.to / name, np.asarray(clip["wave"], dtype=np.int16), SAMPLING_RATE)
            table.writerow([name, clip["emotion"], clip["speaker"]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
