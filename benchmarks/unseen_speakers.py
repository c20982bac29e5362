"""The model that ships, trained and tested on all six folds of RAVDESS: what strangers may expect of it.

    python -m benchmarks.unseen_speakers --folds 2 3 --data ravdess=DIR nemo=DIR --like CHECKPOINT \
        --noise PATTERN augmentation.noise=OTHER_PATTERN
    python -m benchmarks.unseen_speakers --summary

Each fold trains the model anew on its twenty actors and on nEMO, takes the calibration of one that had validation
speakers, and answers for the four actors that nothing of it has heard: as they were recorded, changed, and adapted to.
Every clip with its scores or answers is kept in `benchmarks/results/unseen_speakers`; `--summary` recomputes the
tables from that, and from the figures of the checkpoint, the gate and the speed. Each run adds a line to
`benchmarks/unseen_speakers.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.kept import ELSEWHERE, STRANGERS, keep, recall, table
from emotion_hf.adaptation import ORDINARY, adapt
from emotion_hf.audio import load_audio
from emotion_hf.channel import find_noise
from emotion_hf.corpora import parse_data
from emotion_hf.data.loader import load_corpora
from emotion_hf.data.splits import select
from emotion_hf.evaluation import metrics
from emotion_hf.evaluation.distortions import distortions, load_noise
from emotion_hf.evaluation.robustness import Distorted
from emotion_hf.labels import LABELS
from emotion_hf.recognizer import DEFAULT_CHECKPOINT, EmotionRecognizer

if TYPE_CHECKING:
    from datasets import Dataset

FOLDER = Path(__file__).parent
RESULTS, LOG = STRANGERS, FOLDER / "unseen_speakers.jsonl"
ADAPTED, CHANGED, VALIDATED = RESULTS / "adapted", RESULTS / "changed", RESULTS / "validated.json"
RUNS = Path("runs/unseen_speakers")
RECIPE = "train/recipes/functionals.yaml"
CHANGES = ("data.shares={nemo: 0.12}", "augmentation.noise_probability=0.3")
"""What the model that ships has other than its recipe: how much nEMO, and how much noise."""
CALIBRATION = ("logit_temperature", "not_sure_below")
FOLDS, FIRST = tuple(range(1, 7)), 1
DRAWS = 3
_MEANT = {"labelled": "three clips of each emotion", "ordinary": "30 s of ordinary speech without labels"}
GATES = ("speech gate (silero-vad, onnxruntime), a voice", "speech gate, nothing said")
AMONG = {"ua_shared": "answers among shared emotions", "ua": "answers among all eight"}
GATE_PARTS = ("development", "held_out")
MOST_LOST = {
    "real noise, 10 dB": 8,
    "telephone, 300 to 3400 Hz": 5,
    "Opus, 12 kbit/s": 5,
    "20 dB softer": 0.5,
    "20 dB louder": 0.5,
    "48 kHz stereo": 0.5,
}
"""Points of UA that may be lost by each."""
ANSWERED = 0.75  # share of the clips that are answered when the least certain ones are not


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and test folds, or print the summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=[], metavar="NAME=DIR", help="corpora")
    parser.add_argument("--like", type=Path, help="model that had validation speakers")
    parser.add_argument("--folds", nargs="+", type=int, default=FOLDS, choices=FOLDS)
    parser.add_argument("--seed", type=int, default=FIRST)
    parser.add_argument("--noise", default="", metavar="PATTERN", help="real noise to test with, not trained with")
    parser.add_argument("--summary", action="store_true", help="print the tables, from the kept predictions")
    options, overrides = parser.parse_known_args(arguments)
    if options.like:
        keep(_read(options.like / "report" / "validation" / "report.json"), VALIDATED)
    if options.summary:
        print(summary())
        return 0
    noises = load_noise(find_noise(options.noise))
    for fold in options.folds:
        run_fold(fold, options.seed, options.data, options.like, noises, overrides)
    return 0


def run_fold(
    fold: int, seed: int, data: Sequence[str], like: Path, noises: Sequence[np.ndarray], overrides: Sequence[str]
) -> None:
    """Train, test, and keep what the test found."""
    started, name = time.time(), f"fold{fold}-seed{seed}"
    calibration = _read(like / "config.json")
    changes = [
        *(f"data.split=fold{fold}", "data.validation=0", f"seed={seed}", *CHANGES, *overrides),
        *(f"training.{figure}={calibration[figure]}" for figure in CALIBRATION),
    ]
    output = RUNS / name
    training = ["train.finetune", RECIPE, "--data", *data, *changes, "--output", str(output), "--test"]
    subprocess.run([sys.executable, "-m", *training], check=True)
    report = _read(output / "report" / "test" / "report.json")
    keep(report, RESULTS / f"{name}.json")
    figures = {figure: round(report[figure], 4) for figure in ("ua", "wa", "ece", "nll", "brier")}
    line: dict[str, Any] = {
        "fold": fold,
        "seed": seed,
        "recipe": Path(RECIPE).stem,
        "changes": [without_folder(one) for one in changes],
        **figures,
    }
    line |= {"seconds": round(time.time() - started), "date": date.today().isoformat()}
    with LOG.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    if seed == FIRST:
        ravdess, recognizer = parse_data(data)["ravdess"], EmotionRecognizer.from_pretrained(output)
        clips = select(load_corpora({"ravdess": ravdess}), f"fold{fold}-test", validation=0, seed=0)
        strangers = _ask(recognizer, clips)
        for folder, found in (
            (ADAPTED, adaptation(recognizer, strangers)),
            (CHANGED, changed(recognizer, strangers, noises)),
        ):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"fold{fold}.json").write_text(json.dumps(found) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Strangers:
    """Clips of actors that a model never heard, and what it answers: one of each per clip."""

    waves: list[np.ndarray]
    speakers: np.ndarray
    emotions: np.ndarray
    answers: list[str | None]


def _ask(recognizer: EmotionRecognizer, clips: Dataset) -> Strangers:
    waves = [load_audio(audio["path"]) for audio in clips["audio"]]
    speakers, emotions = (np.array(clips[name][:], dtype=str) for name in ("speaker", "emotion"))
    return Strangers(waves, speakers, emotions, [answer.label for answer in recognizer.predict(waves)])


def changed(
    recognizer: EmotionRecognizer, clips: Strangers, noises: Sequence[np.ndarray]
) -> dict[str, list[list[Any]]]:
    """Ask a model about actors it never heard, as they were recorded and changed.

    Returns:
        For each change of `MOST_LOST`, speaker, truth, answer before and answer after of each clip.
    """
    known = [clips.speakers.tolist(), clips.emotions.tolist(), clips.answers]
    found = {}
    for one in distortions(noises):
        if one.name in MOST_LOST:
            after = [answer.label for answer in Distorted(recognizer, one).predict(clips.waves)]
            found[one.name] = [list(row) for row in zip(*known, after, strict=True)]
    return found


def adaptation(recognizer: EmotionRecognizer, clips: Strangers) -> dict[str, list[list[Any]]]:
    """Ask a model about actors it never heard, before and after it is adapted to each of them.

    Returns:
        For `labelled`, three clips of each emotion drawn anew `DRAWS` times, and `ordinary`, thirty seconds of neutral
        and calm speech: truth, answer before and answer after of each other clip.
    """
    waves, emotions = clips.waves, clips.emotions
    random, found = np.random.default_rng(0), {"labelled": [], "ordinary": []}
    for speaker in np.unique(clips.speakers):
        own = np.flatnonzero(clips.speakers == speaker)
        drawn = [
            np.concatenate([random.permutation(own[emotions[own] == label])[:3] for label in LABELS])
            for _ in range(DRAWS)
        ]
        calm = np.concatenate([own[emotions[own] == label][:4] for label in ORDINARY])
        for name, rows in [*(("labelled", rows) for rows in drawn), ("ordinary", calm)]:
            said = emotions[rows].tolist() if name == "labelled" else None
            known, rest = adapt(recognizer, [waves[row] for row in rows], said), np.setdiff1d(own, rows)
            after = [answer.label for answer in known.predict([waves[row] for row in rest])]
            found[name] += [
                [str(emotions[row]), clips.answers[row], one] for row, one in zip(rest, after, strict=True)
            ]
    return found


def summary() -> str:
    """Return what was asked for and what is reached, in Markdown, from what is kept."""
    reports = {path.stem: recall(path) for path in sorted(RESULTS.glob("fold*.json"))}
    first = [reports[name] for name in (f"fold{fold}-seed{FIRST}" for fold in FOLDS) if name in reports]
    names = [name.replace("fold", "").replace("-seed", ", seed ") for name in reports]
    folds = table(["fold", *names], [["UA", *(f"{report['ua']:.3f}" for report in reports.values())]])
    rows = [*_of_all_folds(first), *_of_the_model_that_ships()]
    return f"{folds}\n\n{table(['figure', 'asked for', 'reached'], rows)}"


def _of_all_folds(reports: Sequence[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Return figures of clips whose speakers the model that answered had never heard."""
    truth, scores, speakers = _all_clips(reports)
    predicted, heard, confidence = _answers(scores), scores.sum(1) > 0, scores.max(1)
    sure = confidence >= np.quantile(confidence, 1 - ANSWERED)
    every, of_sure = metrics.accuracy(truth, predicted), metrics.accuracy(truth[sure], predicted[sure])
    recalls = metrics.recalls(truth, predicted, len(LABELS))
    each = ", ".join(f"{label} {value:.2f}" for label, value in zip(reports[0]["labels"], recalls, strict=True))
    ua = _with_interval(lambda rows: _ua(truth[rows], predicted[rows]), speakers)
    ece = _with_interval(lambda rows: metrics.expected_calibration_error(truth[rows], scores[rows]), speakers)
    mean = np.mean([report["ua"] for report in reports])
    return [
        (f"UA, mean of {len(reports)} folds", "0.68", f"{mean:.3f}"),
        (f"UA of the {len(truth)} clips together", "", ua),
        ("recall", "0.45 each", each),
        ("ECE, 10 bins", "at most 0.05", ece),
        ("NLL", "", f"{metrics.negative_log_likelihood(truth[heard], scores[heard]):.3f}"),
        ("Brier", "", f"{metrics.brier_score(truth, scores):.3f}"),
        (
            f"accuracy of the {ANSWERED:.0%} most certain answers, of all",
            "6 points more",
            f"{of_sure:.3f}, {every:.3f}",
        ),
        *(
            (f"UA, adapted by {_MEANT[name]}", "6 points more" if name == "labelled" else "", _gain(pairs))
            for name, pairs in _adapted().items()
        ),
        *(
            (f"points of UA lost, {len(list(CHANGED.glob('*.json')))} folds: {name}", f"at most {most}", _lost(name))
            for name, most in MOST_LOST.items()
        ),
    ]


def _of_the_model_that_ships() -> list[tuple[str, str, str]]:
    """Return figures of the checkpoint, of the two speakers of nEMO that calibrated it, and of its time."""
    found = _read(DEFAULT_CHECKPOINT / "evaluation.json")
    losses = {one["name"]: 100 * one["loss"]["value"] for one in found["robustness"]["conditions"]}
    nemo = [one for one in recall(VALIDATED)["predictions"] if one["speaker"].startswith("nemo/")]
    truth, answers = (np.array([_number(one[name]) for one in nemo]) for name in ("truth", "label"))
    speed, gate = _read(FOLDER / "speed.json"), _read(FOLDER / "speech_gate.json")
    sounds = [counts for part in GATE_PARTS for counts in gate["non_speech"][part].values()]
    spoken = [counts for corpus in gate["speech"].values() for part in GATE_PARTS for counts in corpus[part].values()]
    times = [speed[name] for name in ("waveform to scores, without the gate", *GATES)]
    refused, missed = _share(sounds), _share(spoken)
    size = (DEFAULT_CHECKPOINT / "model.safetensors").stat().st_size
    return [
        ("size", "at most 8 MB", f"{size / 1e6:.1f} MB"),
        (f"UA of the model that ships, {found['split']}", "0.66", f"{found['ua']:.3f}"),
        ("UA, nEMO, two speakers left out", "", f"{_ua(truth, answers):.3f}"),
        *(
            (
                f"UA on {one['corpus']}, {among}; most frequent answer",
                f"above {_best_of_the_comparison(one['corpus'], figure):.3f}; 50 % at most",
                f"{one[figure]['value']:.3f}; {one['most_label']} {one['most_share']:.0%}",
            )
            for one in found["cross_corpora"]
            for figure, among in AMONG.items()
        ),
        *(
            (f"points of UA lost by the model that ships: {name}", f"at most {most}", f"{losses[name]:.1f}")
            for name, most in MOST_LOST.items()
        ),
        ("non-speech rejected; speech rejected", "95 %, at most 0.5 %", f"{refused:.1%}, {missed:.1%}"),
        (
            "milliseconds (and the fewest) for a clip of 3 s on one core; for the gate with a voice, and with none",
            "at most 15, 8",
            ", ".join(f"{median:.0f} ({fastest:.0f})" for median, fastest in times),
        ),
    ]


def _best_of_the_comparison(corpus: str, figure: str) -> float:
    """Return a figure of the best row of `benchmarks.architectures` on another corpus."""
    found = [one for path in ELSEWHERE.glob("*.json") for one in _read(path)["corpora"] if one["corpus"] == corpus]
    return max(one[figure]["value"] for one in found)


def _share(counts: Sequence[Sequence[int]]) -> float:
    taken, clips = (sum(column) for column in zip(*counts, strict=True))
    return taken / clips


def _with_interval(figure: Callable[[np.ndarray], float], speakers: Sequence[str]) -> str:
    low, high = metrics.bootstrap_interval(figure, speakers)
    return f"{figure(np.arange(len(speakers))):.3f} ({low:.3f} to {high:.3f})"


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _adapted() -> dict[str, np.ndarray]:
    """Return truth, answer before and answer after `(clips, 3)`, as class numbers, for each way to adapt."""
    found = [_read(path) for path in sorted(ADAPTED.glob("*.json"))]
    joined = {name: [row for one in found for row in one[name]] for name in _MEANT}
    return {name: np.array([[_number(one) for one in row] for row in rows]) for name, rows in joined.items() if rows}


def _lost(name: str) -> str:
    """Return how much UA a change costs, in points, with its interval."""
    rows = [row for path in sorted(CHANGED.glob("*.json")) for row in _read(path)[name]]
    speakers, *answers = zip(*rows, strict=True)
    truth, before, after = (np.array([_number(one) for one in column]) for column in answers)

    def lost(chosen: np.ndarray) -> float:
        return 100 * (_ua(truth[chosen], before[chosen]) - _ua(truth[chosen], after[chosen]))

    low, high, _ = metrics.bootstrap_difference(lost, speakers)
    return f"{lost(np.arange(len(truth))):.1f} ({low:.1f} to {high:.1f})"


def _number(label: str | None) -> int:
    return -1 if label is None else LABELS.index(label)


def _gain(pairs: np.ndarray) -> str:
    before, after = (_ua(pairs[:, 0], pairs[:, column]) for column in (1, 2))
    return f"{before:.3f} before, {after:.3f} after"


def _all_clips(reports: Sequence[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return class numbers `(clips,)`, scores `(clips, labels)`, zero where no speech was heard, and speakers."""
    rows = [row for report in reports for row in report["predictions"]]
    labels = reports[0]["labels"]
    truth = np.array([labels.index(row["truth"]) for row in rows])
    scores = np.array([[row["scores"].get(label, 0.0) for label in labels] for row in rows])
    return truth, scores, [row["speaker"] for row in rows]


def _answers(scores: np.ndarray) -> np.ndarray:
    return np.where(scores.sum(1) > 0, scores.argmax(1), -1)


def _ua(truth: np.ndarray, predicted: np.ndarray) -> float:
    return metrics.unweighted_average_recall(truth, predicted, len(LABELS))


def without_folder(override: str) -> str:
    """Return an override with the last part of a path only."""
    name, _, value = override.partition("=")
    return f"{name}={Path(value).name}" if "/" in value else override


if __name__ == "__main__":
    sys.exit(main())
