"""Train the speaker layer, `emotion_hf/speaker_layer.safetensors`.

    python -m benchmarks.speaker_layer --data ravdess=DIR nemo=DIR selvas=DIR

The layer projects the means of two layers of the shipped model's encoder (linear discriminant analysis). Its input are
windows of 1.5 s of speakers on whom the shipped model was trained too; RAVDESS's actors 1, 11, 20 and 21 are left out.
Each window is used three times: as recorded, and faster and slower, which shifts pitch and formants, so that it counts
as another speaker. Speakers are compared within their corpus only, because corpora also differ in their rooms.

`--fold N` leaves every fourth speaker out, prints how well windows of these speakers are told apart, and writes
nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import soxr
from safetensors.numpy import save_file

from benchmarks.conversations import trimmed
from emotion_hf.audio import SAMPLING_RATE, load_audio
from emotion_hf.baselines.embeddings import fingerprint
from emotion_hf.corpora import find_corpus, parse_data
from emotion_hf.data.splits import RAVDESS_FOLDS
from emotion_hf.evaluation.metrics import area_under_roc
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.speakers import PIECE_SECONDS, SHORTEST_PIECE_SECONDS
from emotion_hf.speakers.embedders import LAYER, states

SPEEDS = (1.0, 0.88, 1.14)
CLIPS, PIECES, BATCH = 30, 2, 16  # clips of each speaker, windows of each clip
SIZE, SHRINKAGE = 32, 0.3
FOLDS = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and write the layer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, metavar="NAME=DIR")
    parser.add_argument("--fold", type=int, choices=range(FOLDS), help="check with these speakers; write nothing")
    options = parser.parse_args(arguments)
    recognizer = EmotionRecognizer.from_pretrained()
    clips = training_clips(parse_data(options.data))
    names = sorted(clips)
    kept = [name for number, name in enumerate(names) if options.fold is None or number % FOLDS != options.fold]
    vectors, speakers, corpora = vectors_of({name: clips[name] for name in kept}, recognizer, SPEEDS)
    projection = discriminant(vectors, speakers, corpora)
    if options.fold is not None:
        others = {name: clips[name] for name in names if name not in kept}
        print(f"{told_apart(*vectors_of(others, recognizer, SPEEDS[:1]), projection):.3f}")
        return 0
    described = {
        "encoder": fingerprint(recognizer.model.encoder),
        "speech": "RAVDESS without actors 1, 11, 20 and 21, nEMO and Selvas (CC BY-NC-SA 4.0)",
    }
    save_file({"projection": projection.astype(np.float16)}, LAYER, described)
    return 0


def training_clips(data: Mapping[str, Path]) -> dict[str, list[Path]]:
    """Return clips of each speaker, named by corpus and speaker."""
    rng, clips = np.random.default_rng(0), {}
    for corpus, folder in data.items():
        for clip in find_corpus(corpus).index(folder):
            if corpus != "ravdess" or int(clip.speaker.rpartition("_")[2]) not in RAVDESS_FOLDS[1]:
                clips.setdefault(f"{corpus}/{clip.speaker.rpartition('/')[2]}", []).append(clip.path)
    return {name: [some[one] for one in rng.permutation(len(some))[:CLIPS]] for name, some in sorted(clips.items())}


def vectors_of(
    clips: Mapping[str, Sequence[Path]], recognizer: EmotionRecognizer, speeds: Sequence[float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the states of windows ``(windows, size)``, their speakers and their corpora."""
    rng, waves, speakers = np.random.default_rng(1), [], []
    for speaker, paths in clips.items():
        for path in paths:
            for piece in _pieces(trimmed(load_audio(path))[0], rng):
                for speed in speeds:
                    waves.append(soxr.resample(piece, SAMPLING_RATE, SAMPLING_RATE / speed))
                    speakers.append(f"{speaker} at {speed}")
    order = np.argsort([len(wave) for wave in waves], kind="stable")
    vectors = np.concatenate(
        [
            states(recognizer.model, recognizer.extractor, [waves[one] for one in order[start : start + BATCH]])
            for start in range(0, len(order), BATCH)
        ]
    )
    named = np.array(speakers)[order]
    return vectors, named, np.array([name.partition("/")[0] for name in named])


def discriminant(vectors: np.ndarray, speakers: np.ndarray, corpora: np.ndarray) -> np.ndarray:
    """Return a projection ``(size, SIZE)`` after which one speaker's windows have the covariance 1.

    Args:
        vectors: ``(windows, size)``.
        speakers: Speaker of each window.
        corpora: Corpus of each window.
    """
    deviations = vectors.std(axis=0) + 1e-6
    points = (vectors - vectors.mean(axis=0)) / deviations
    names, first, numbers = np.unique(speakers, return_index=True, return_inverse=True)
    means = np.stack([points[numbers == number].mean(axis=0) for number in range(len(names))])
    rest = points - means[numbers]
    within = rest.T @ rest / (len(points) - len(names))
    size = len(within)
    within = (1 - SHRINKAGE) * within + SHRINKAGE * np.trace(within) / size * np.eye(size)
    apart = means.copy()
    for corpus in np.unique(corpora):
        apart[corpora[first] == corpus] -= apart[corpora[first] == corpus].mean(axis=0)
    whiten = np.linalg.inv(np.linalg.cholesky(within)).T
    _, directions = np.linalg.eigh(whiten.T @ (apart.T @ apart) @ whiten)
    return whiten @ directions[:, : -SIZE - 1 : -1] / deviations[:, None]


def told_apart(vectors: np.ndarray, speakers: np.ndarray, corpora: np.ndarray, projection: np.ndarray) -> float:
    """Return how often two windows of one speaker are closer than two of different speakers of the same corpus."""
    areas = []
    for corpus in np.unique(corpora):
        own = corpora == corpus
        points = vectors[own] @ projection
        points = points - points.mean(axis=0)
        points = points / np.linalg.norm(points, axis=1, keepdims=True)
        one, other = np.triu_indices(len(points), 1)
        areas.append(area_under_roc((speakers[own][one] == speakers[own][other]), (points @ points.T)[one, other]))
    return float(np.mean(areas))


def _pieces(wave: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Return up to `PIECES` windows at random places of a clip; none of a clip that is too short."""
    length = round(PIECE_SECONDS * SAMPLING_RATE)
    if len(wave) < SHORTEST_PIECE_SECONDS * SAMPLING_RATE:
        return []
    if len(wave) <= length:
        return [wave]
    return [wave[start : start + length] for start in rng.integers(len(wave) - length, size=PIECES)]


if __name__ == "__main__":
    sys.exit(main())
