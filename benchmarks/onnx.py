"""Compare the ONNX twins of the model that ships with its network: scores, accuracy, time, memory and start.

    python -m benchmarks.onnx --data DIR --before FOLDER
    python -m benchmarks.onnx --page

`--data` is a folder with the corpora `ravdess`, `emovo`, `savee` and `tess`, and `--before` a clone of an earlier
version, whose start is compared. The clips are scored without the speech gate, so that every difference is one of
scores. All figures are kept in `benchmarks/onnx.json`, and `benchmarks/ONNX.md` shows them; `--page` only writes the
page again.

Tasks that are timed take turns in one process with one thread. Other programs use the machine at the same time, so the
processor time of the thread is the measure, and the ratio to Wav2Vec2-base in the same run. Its weights are random,
which does not change its time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
import torch
from tqdm import tqdm
from transformers import Wav2Vec2Config, Wav2Vec2ForSequenceClassification

from benchmarks.kept import table
from benchmarks.reliability_process import ROOT
from emotion_hf.audio import load_audio
from emotion_hf.cleaning import cleaned
from emotion_hf.corpora import find_corpus
from emotion_hf.corpora.corpus import Utterance
from emotion_hf.data.splits import RAVDESS_FOLDS
from emotion_hf.evaluation.metrics import unweighted_average_recall
from emotion_hf.recognizer import DEFAULT_CHECKPOINT, load_scorer
from emotion_hf.scorers import Scorer
from emotion_hf.scorers.onnx import load_onnx
from emotion_hf.settings import PREFIX
from emotion_hf.testing import synthetic_voice

FIGURES, PAGE = (Path(__file__).with_name(name) for name in ("onnx.json", "ONNX.md"))
NETWORK, TWIN, INT8 = "network (torch)", "twin, float32", "twin, 8 bits"
PEER = "Wav2Vec2-base (torch, 94.6 M parameters)"
BACKENDS = {NETWORK: "torch", TWIN: "onnx", INT8: "onnx-int8"}
COMPARED = {"ravdess": 240, "emovo": 120, "savee": 70, "tess": 70}
"""Clips of each corpus whose scores are compared with the network's."""
TESTED = ("ravdess", "emovo")
"""Corpora on which the accuracy is measured: unseen speakers of RAVDESS, and EMOVO, which is in no training."""
BATCH, CLIP_SECONDS, RUNS, WARM_UP = 4, 3.0, 30, 3
START = "emotion-hf predict clip.wav"
LOADING = """
import resource, sys, time
import numpy, onnxruntime
from emotion_hf.audio import SAMPLING_RATE
if sys.argv[1] == "torch":
    import emotion_hf.scorers.network
from emotion_hf.recognizer import load_scorer, DEFAULT_CHECKPOINT
from emotion_hf.testing import synthetic_voice
def now():
    return time.perf_counter(), time.process_time(), int(open("/proc/self/statm").read().split()[1]) * 4096
before = now()
scorer = load_scorer(DEFAULT_CHECKPOINT, device="cpu", backend=sys.argv[1])
after = now()
for seconds in (3.0, 8.0):
    scorer.answers([synthetic_voice(seconds)])
print(after[0] - before[0], after[1] - before[1], now()[2])
"""
"""Loads the model: prints elapsed and processor seconds, and bytes of memory after the first predictions."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, keep the figures and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.onnx", description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of the corpora")
    parser.add_argument("--before", type=Path, metavar="FOLDER", help="clone of an earlier version")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="starts of each; 5 by default")
    parser.add_argument("--page", action="store_true", help="only write the page from the kept figures")
    options = parser.parse_args(arguments)
    if not options.page:
        if options.data is None or options.before is None:
            parser.error("name --data and --before, or use --page")
        torch.set_num_threads(1)
        figures = {
            "cores": os.cpu_count(),
            "times": times(),
            "threads": threads(),
            "loading": {name: loading(backend, options.repeats) for name, backend in BACKENDS.items()},
            "starts": starts(options.before, options.repeats),
            **scores(options.data),
        }
        FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(document(json.loads(FIGURES.read_text(encoding="utf-8"))), encoding="utf-8")


def scores(data: Path) -> dict:
    """Return the accuracy of all three, and how far the twins are from the network."""
    scorers = {
        name: load_scorer(DEFAULT_CHECKPOINT, device="cpu", backend=backend) for name, backend in BACKENDS.items()
    }
    clips = {corpus: clips_of(corpus, data / corpus) for corpus in COMPARED}
    found: dict[str, dict[str, np.ndarray]] = {name: {} for name in scorers}
    for corpus, of_corpus in clips.items():
        rows = np.arange(len(of_corpus))
        if corpus not in TESTED:
            rows = np.linspace(0, len(of_corpus) - 1, COMPARED[corpus]).astype(int)
            clips[corpus] = [of_corpus[row] for row in rows]
        waves = [
            cleaned(load_audio(clip.path)) for clip in tqdm(clips[corpus], desc=f"Reading {corpus}", disable=None)
        ]
        for name, scorer in scorers.items():
            found[name][corpus] = one_by_one(scorer, waves, f"{name}: {corpus}")
        found.setdefault("batches", {})[corpus] = in_batches(scorers[TWIN], waves)
    accuracy = {
        corpus: {name: recall(clips[corpus], found[name][corpus], scorers[name].labels) for name in scorers}
        for corpus in TESTED
    }
    chosen = {corpus: np.linspace(0, len(of) - 1, COMPARED[corpus]).astype(int) for corpus, of in clips.items()}

    def distance(name: str) -> dict[str, float]:
        pairs = [(found[name][corpus][rows], found[NETWORK][corpus][rows]) for corpus, rows in chosen.items()]
        one, network = (np.concatenate(them) for them in zip(*pairs, strict=True))
        changed = int((one.argmax(1) != network.argmax(1)).sum())
        away = np.abs(one - network)
        return {"clips": len(one), "most": float(away.max()), "mean": float(away.mean()), "other_labels": changed}

    distances = {name: distance(name) for name in (TWIN, "batches", INT8)}
    return {"accuracy": accuracy, "clips": {one: len(clips[one]) for one in TESTED}, "distances": distances}


def clips_of(corpus: str, folder: Path) -> list[Utterance]:
    """Return the clips of a corpus; of RAVDESS those of the unseen speakers of fold 1."""
    clips = list(find_corpus(corpus).index(folder))
    if corpus != "ravdess":
        return clips
    unseen = {f"Actor_{actor:02d}" for actor in RAVDESS_FOLDS[1]}
    return [clip for clip in clips if unseen & set(clip.path.parts)]


def one_by_one(scorer: Scorer, waves: Sequence[np.ndarray], what: str) -> np.ndarray:
    """Return the probabilities of waves that are scored alone."""
    return np.concatenate([scorer.answers([wave])[0] for wave in tqdm(waves, desc=what, disable=None)])


def in_batches(scorer: Scorer, waves: Sequence[np.ndarray]) -> np.ndarray:
    """Return the probabilities of waves that are scored in padded batches."""
    return np.concatenate([scorer.answers(waves[start : start + BATCH])[0] for start in range(0, len(waves), BATCH)])


def recall(clips: Sequence[Utterance], found: np.ndarray, labels: Sequence[str]) -> float:
    """Return the unweighted average recall, among the labels that the corpus has."""
    shared = [label for label in labels if label in {clip.emotion for clip in clips}]
    truth = np.array([shared.index(clip.emotion) for clip in clips])
    predicted = found[:, [labels.index(label) for label in shared]].argmax(1)
    return unweighted_average_recall(truth, predicted, len(shared))


@torch.inference_mode()
def times() -> dict[str, dict[str, float]]:
    """Return the milliseconds of each task for a clip, from the wave to the scores, on one core."""
    wave = synthetic_voice(CLIP_SECONDS)
    scorers = {
        name: load_scorer(DEFAULT_CHECKPOINT, device="cpu", backend=backend) for name, backend in BACKENDS.items()
    }
    peer, samples = (
        Wav2Vec2ForSequenceClassification(Wav2Vec2Config(num_labels=8)).eval(),
        torch.from_numpy(wave)[None],
    )
    tasks: dict[str, Callable[[], object]] = {
        name: (lambda scorer=scorer: scorer.answers([wave])) for name, scorer in scorers.items()
    }
    tasks[PEER] = lambda: peer(samples)
    taken = {name: Taken() for name in tasks}
    for _ in tqdm(range(WARM_UP + RUNS), desc="Timing", disable=None):
        for name, task in tasks.items():
            taken[name].run(task)
    return {name: one.figures() for name, one in taken.items()}


def threads() -> dict[str, float]:
    """Return the elapsed milliseconds for a clip with one and two threads, alone and in batches."""
    wave = synthetic_voice(CLIP_SECONDS)
    cases = {
        f"{count} thread{'s' * (count > 1)}, {clips} clip{'s' * (clips > 1)} at once": (
            load_onnx(DEFAULT_CHECKPOINT, threads=count),
            clips,
        )
        for count in (1, 2)
        for clips in (1, BATCH)
    }
    taken = {name: Taken() for name in cases}
    for _ in tqdm(range(WARM_UP + RUNS), desc="Timing threads", disable=None):
        for name, (scorer, clips) in cases.items():
            taken[name].run(lambda scorer=scorer, clips=clips: scorer.answers([wave] * clips))
    return {name: round(one.figures()["elapsed"] / cases[name][1], 1) for name, one in taken.items()}


class Taken:
    """Times of the runs of a task."""

    def __init__(self) -> None:
        self.elapsed: list[float] = []
        self.processor: list[float] = []

    def run(self, task: Callable[[], object]) -> None:
        """Run the task once."""
        start, used = time.perf_counter(), time.thread_time()
        task()
        self.processor.append(time.thread_time() - used)
        self.elapsed.append(time.perf_counter() - start)

    def figures(self) -> dict[str, float]:
        """Return the medians and the least processor time in ms, without the warm-up."""
        elapsed, processor = (1000 * np.array(them[WARM_UP:]) for them in (self.elapsed, self.processor))
        figures = {"processor": np.median(processor), "least": processor.min(), "elapsed": np.median(elapsed)}
        return {name: round(float(value), 2) for name, value in figures.items()}


def loading(backend: str, repeats: int) -> dict[str, float]:
    """Return the medians of the seconds that loading the model takes, and the memory of the process in MB."""
    command = [sys.executable, "-c", LOADING, backend]
    rows = []
    for _ in range(repeats):
        done = subprocess.run(command, cwd=ROOT, env=environment(ROOT), capture_output=True, text=True, check=True)
        rows.append([float(number) for number in done.stdout.split()])
    elapsed, processor, memory = (median(column) for column in zip(*rows, strict=True))
    return {"elapsed": round(elapsed, 2), "processor": round(processor, 2), "megabytes": round(memory / 1e6)}


def starts(before: Path, repeats: int) -> dict[str, dict[str, float]]:
    """Return the medians of elapsed and processor seconds of a prediction in a new process."""
    cases = {"before": (before.resolve(), []), **{name: (ROOT, ["--backend", one]) for name, one in BACKENDS.items()}}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    with TemporaryDirectory(prefix="onnx-") as made:
        soundfile.write(Path(made, "clip.wav"), synthetic_voice(CLIP_SECONDS), 16_000)
        for _ in range(repeats):
            for name, (folder, extra) in cases.items():
                begin, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
                command = [sys.executable, "-m", "emotion_hf.cli", "predict", "clip.wav", *extra]
                subprocess.run(command, cwd=made, env=environment(folder), stdout=subprocess.DEVNULL, check=True)
                now = resource.getrusage(resource.RUSAGE_CHILDREN)
                spent = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
                taken[name].append((time.perf_counter() - begin, spent))
    return {
        name: {
            "elapsed": round(median(one for one, _ in them), 2),
            "processor": round(median(one for _, one in them), 2),
        }
        for name, them in taken.items()
    }


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a process that uses the package in a folder."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(folder),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        f"{PREFIX}DATA_DIR": "data",
    }


def document(figures: Mapping) -> str:
    """Return the page for these figures."""
    of_peer = figures["times"][PEER]
    speed = [
        [
            name,
            f"{of['processor']:.1f} ms",
            f"{of['elapsed']:.1f} ms",
            f"{of_peer['processor'] / of['processor']:.1f}×",
        ]
        for name, of in figures["times"].items()
    ]
    names = {
        TWIN: "twin, float32, alone",
        "batches": f"twin, float32, {BATCH} clips at once",
        INT8: "twin, 8 bits, alone",
    }
    distances = [
        [names[name], f"{of['most']:.2g}", f"{of['mean']:.2g}", f"{of['other_labels']} of {of['clips']}"]
        for name, of in figures["distances"].items()
    ]
    accuracy = [[name, *(f"{figures['accuracy'][corpus][name]:.4f}" for corpus in TESTED)] for name in BACKENDS]
    clips = figures["clips"]
    heads = [f"RAVDESS, fold 1 ({clips['ravdess']} clips)", f"EMOVO ({clips['emovo']} clips)"]
    starting = [
        [f"`{START}`, {name}", f"{of['processor']:.2f} s", f"{of['elapsed']:.2f} s"]
        for name, of in figures["starts"].items()
    ]
    loaded = [
        [name, f"{of['processor']:.2f} s", f"{of['elapsed']:.2f} s", f"{of['megabytes']:.0f} MB"]
        for name, of in figures["loading"].items()
    ]
    waiting = [[name, f"{value:.1f} ms"] for name, value in figures["threads"].items()]
    return f"""# The ONNX twin

The model that ships as `model.onnx` and `model.int8.onnx`, run by onnxruntime, compared with its network, run by
torch. Other programs used the machine ({figures["cores"]} cores) at the same time, so processor times and ratios count
more than elapsed times. The 8-bit products use the processor's VNNI or AMX instructions; a processor without them is
slower.
Repeat it with `python -m benchmarks.onnx --data DIR --before FOLDER`.

## Time

Medians of {RUNS} runs for a clip of {CLIP_SECONDS:g} s on one core, from the wave to the scores, without the speech
gate.

{table(["what", "processor", "elapsed", "as fast as Wav2Vec2-base"], speed)}

## Scores

Differences of the probabilities from those of the network:

{table(["what", "greatest difference", "mean difference", "clips with another label"], distances)}

Unweighted average recall on unseen speakers, among the labels that a corpus has:

{table(["what", *heads], accuracy)}

## Starting

The start of a new process until its prediction is printed. "before" is the version before the twin, which ran the
model with torch alone.

{table(["start", "processor", "elapsed"], starting)}

Loading the model in a process that has imported its libraries, and the memory of the process after two predictions:

{table(["what", "processor", "elapsed", "memory"], loaded)}

## Threads

Elapsed time for each clip of {CLIP_SECONDS:g} s with the float32 twin, medians of {RUNS} runs:

{table(["threads", "for each clip"], waiting)}

A prediction uses one thread. A second one helps only if a core is idle, and the page uses other cores for other
recordings.
"""


if __name__ == "__main__":
    main()
