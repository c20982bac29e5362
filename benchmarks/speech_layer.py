"""Train the last layer of the speech gate, and write `emotion_hf/speech.onnx`.

    python -m benchmarks.speech_layer --noise noise/index.tsv \\
        --speech ravdess=ravdess/index.tsv nemo=nemo/index.tsv selvas=selvas/index.tsv

The tables are those of `benchmarks/speech_gate.py`. The layer is a logistic regression on the state of silero-vad. An
example is a frame of 32 ms: frames with speech are one class, and all frames of synthetic sounds and recorded noise
are the other. Each clip of speech is used three times: as recorded, limited to the telephone's band, and as a wail
(slower and higher), because silero-vad often misses shouting and crying. Only speakers, kinds of sound and noises of
the development data are used.

`--choose` leaves a part of the development data out of the training and writes no file. It prints the effect of
thresholds on that part, and on ASED's speakers with even numbers if `--speech` names that corpus.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import librosa
import numpy as np
import soxr
from sklearn.linear_model import LogisticRegression

from benchmarks.non_speech import DEVELOPMENT, clips
from benchmarks.speech_gate import DEVELOPMENT_NOISE, WORKERS, is_development, table_rows
from benchmarks.speech_network import write
from emotion_hf.audio import SAMPLING_RATE, load_audio
from emotion_hf.channel import telephone
from emotion_hf.speech import FRAME_SAMPLES, WORD_FRAMES, speech_states

REGULARISATION = 0.003  # scikit-learn's C
THRESHOLD = 1.0  # for the mean logit; subtracted from the layer's bias, so that the gate compares with 0
EACH, SEED = 40, 1  # clips of each kind; the benchmark uses another seed
EVERY = {"nemo": 3}  # every third clip, because all 1,080 would outweigh RAVDESS's
SPEECH_FRAMES, OTHER_FRAMES = 12, 40  # number of frames drawn from each clip
ACTIVE_DB = 20  # frames of a clip count as speech if they are at most this far below the loudest one
LEFT_OUT_TO_CHOOSE = (
    *("Actor_19", "Actor_22", "Actor_23", "Actor_24", "running_tap", "clock_tick", "birds", "engine", "keypad"),
    *("typing", "dog"),
    *(
        f"{pattern}, {timbre}"
        for pattern in ("melody", "chords", "arpeggio", "long tones")
        for timbre in ("organ", "vibrato", "square")
    ),
)


@dataclass(frozen=True)
class Scored:
    """A clip with the states of silero-vad.

    Attributes:
        name: Speaker, kind of sound or category of noise.
        is_speech: Whether it is speech.
        states: States ``(frames, 128)``.
        active: Numbers of the frames for the training.
    """

    name: str
    is_speech: bool
    states: np.ndarray
    active: np.ndarray


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and write the layer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--noise", type=Path, required=True, metavar="TABLE", help="table of real noise")
    parser.add_argument("--speech", nargs="+", required=True, metavar="NAME=TABLE", help="tables of speech")
    parser.add_argument("--choose", action="store_true", help="print the effect of thresholds, and write nothing")
    options = parser.parse_args(arguments)
    tables = dict(one.split("=", 1) for one in options.speech)
    scored = [*_speech(tables), *_other_sounds(options.noise)]
    if options.choose:
        weights, bias = fit([clip for clip in scored if clip.name not in LEFT_OUT_TO_CHOOSE])
        print(_choices([clip for clip in scored if clip.name in LEFT_OUT_TO_CHOOSE], weights, bias))
        if "ased" in tables:
            print(_choices(_evenly_numbered(Path(tables["ased"])), weights, bias))
        return 0
    weights, bias = fit(scored)
    write(weights.round(5), round(bias - THRESHOLD, 5))
    return 0


def fit(scored: Sequence[Scored]) -> tuple[np.ndarray, float]:
    """Return weights ``(128,)`` and bias of a logistic regression on frames; both classes have the same weight."""
    random = np.random.default_rng(SEED)
    frames, labels = [], []
    for clip in scored:
        count = min(len(clip.active), SPEECH_FRAMES if clip.is_speech else OTHER_FRAMES)
        frames.append(clip.states[random.choice(clip.active, count, replace=False)])
        labels.append(np.full(count, clip.is_speech))
    states, truth = np.concatenate(frames), np.concatenate(labels)
    mean, deviation = states.mean(axis=0), states.std(axis=0) + 1e-3
    model = LogisticRegression(C=REGULARISATION, max_iter=500, class_weight="balanced")
    model.fit((states - mean) / deviation, truth)
    weights = model.coef_[0] / deviation
    return weights, float(model.intercept_[0] - weights @ mean)


def wail(wave: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Slow a voice down and raise its pitch and formants, as in crying and shouting."""
    slow = librosa.effects.time_stretch(wave, rate=random.uniform(0.4, 0.8), n_fft=1024)
    return soxr.resample(slow, SAMPLING_RATE, round(SAMPLING_RATE / random.uniform(1.1, 2.0)))


def _speech(tables: dict[str, str]) -> list[Scored]:
    chosen = []
    for name, table in tables.items():
        rows = [] if name == "ased" else table_rows(Path(table))  # its licence does not allow training
        named = [(path, row["speaker"]) for path, row in rows if is_development(name, row["speaker"])]
        chosen += named[:: EVERY.get(name, 1)]

    def three_times(number: int) -> list[Scored]:
        path, speaker = chosen[number]
        wave = load_audio(path)
        wailed = wail(wave, np.random.default_rng([SEED, number]))
        return [_detect(form, speaker, is_speech=True) for form in (wave, wailed, telephone(wave))]

    with ThreadPoolExecutor(WORKERS) as pool:
        return [clip for clips_of_one in pool.map(three_times, range(len(chosen))) for clip in clips_of_one]


def _other_sounds(noise: Path) -> list[Scored]:
    recorded = [(path, row["category"]) for path, row in table_rows(noise) if row["category"] in DEVELOPMENT_NOISE]

    def kind(name: str) -> list[Scored]:
        return [_detect(wave, name, is_speech=False) for wave in clips(name, EACH, SEED)]

    with ThreadPoolExecutor(WORKERS) as pool:
        synthetic = [clip for of_one_kind in pool.map(kind, DEVELOPMENT) for clip in of_one_kind]
    return synthetic + [_detect(load_audio(path), category, is_speech=False) for path, category in recorded]


def _evenly_numbered(table: Path) -> list[Scored]:
    rows = [one for one in table_rows(table) if is_development("ased", one[1]["speaker"])]
    return [_detect(load_audio(path), row["speaker"], is_speech=True) for path, row in rows]


def _detect(wave: np.ndarray, name: str, *, is_speech: bool) -> Scored:
    states = speech_states(wave)
    padded = np.pad(wave - wave.mean(), (0, len(states) * FRAME_SAMPLES - len(wave)))
    power = np.mean(np.square(padded.reshape(-1, FRAME_SAMPLES)), axis=1)
    active = power > power.max() * 10 ** (-ACTIVE_DB / 10) if is_speech else np.full(len(states), True)
    return Scored(name, is_speech, states, np.flatnonzero(active))


def _choices(scored: Sequence[Scored], weights: np.ndarray, bias: float) -> str:
    """Return the numbers of rejected speech clips and other sounds, for several word lengths and thresholds."""

    def rejected(is_speech: bool, score: Callable[[np.ndarray], float], threshold: float) -> str:
        found = [score(clip.states @ weights + bias) < threshold for clip in scored if clip.is_speech is is_speech]
        return f"{sum(found)} of {len(found)}"

    lines = []
    for frames in (WORD_FRAMES // 2, WORD_FRAMES, 3 * WORD_FRAMES // 2):

        def score(logits: np.ndarray, frames: int = frames) -> float:
            size = min(frames, len(logits))
            return float(np.convolve(logits, np.full(size, 1 / size), mode="valid").max())

        for threshold in np.arange(0, 3.5, 0.5):
            counts = rejected(True, score, threshold), rejected(False, score, threshold)
            lines.append(f"{frames} frames, {threshold:.1f}: speech {counts[0]}, other sounds {counts[1]}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
