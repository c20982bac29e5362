"""Measure `emotion-hf batch` beside the stock pipeline of transformers, and what it does after crashes.

    python -m benchmarks.batch --data DIR

Real clips of 3 to 5 seconds are scored by `pipeline("audio-classification")` and by `emotion-hf batch` with the same
model, one after the other in one run. Elapsed time includes the start of the programs, and so does the processor time,
which other programs on the machine change less. Then a run is killed midway and continued, a worker of a cluster of
Ray is killed midway. Time and memory are measured for different numbers of clips. The figures are in
`benchmarks/batch.json`, and the page is `benchmarks/BATCH.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import soundfile

from benchmarks.batch_page import page
from emotion_hf.device import cores
from emotion_hf.recognizer import DEFAULT_CHECKPOINT
from emotion_hf.search import search

FIGURES, PAGE = Path(__file__).with_name("batch.json"), Path(__file__).with_name("BATCH.md")
ROOT = Path(__file__).resolve().parents[1]
PARTS = ("speed", "growth", "ways", "kill", "ray", "memory")
GROWTH = (100, 300, 1_000, 3_000)
SHORTEST, LONGEST = 3.0, 5.0
OURS, IN_8_BITS = "emotion-hf batch", "emotion-hf batch --backend onnx-int8"
STOCK = """
import json, sys
import emotion_hf
from transformers import pipeline
options = json.loads(sys.argv[2])
classify = pipeline("audio-classification", model=sys.argv[3], trust_remote_code=True)
with open(sys.argv[1]) as names:
    answers = classify(names.read().split("\\n"), **options)
print(len([*answers]))
"""
MEMORY = """
import io, json, os, sys, tempfile
from pathlib import Path
import numpy as np, pyarrow as pa, pyarrow.parquet as pq, soundfile
from emotion_hf.batch.places import find_places
from emotion_hf.batch.processes import Processes
from emotion_hf.batch.run import run
from emotion_hf.batch.scoring import Options
from emotion_hf.batch.store import locked
from benchmarks.batch_model import load_fake
from benchmarks.reliability_process import peak_megabytes

def table(file, clips):
    with pq.ParquetWriter(file, pa.schema([("audio", pa.binary())])) as writer:
        for start in range(0, clips, 500):
            writer.write_table(pa.table({"audio": [clip(number) for number in range(start, start + 500)]}))

def clip(number):
    content = io.BytesIO()
    wave = np.random.default_rng(number).integers(0, 255, 1_600, dtype=np.uint8)
    soundfile.write(content, wave.astype(np.float32) / 128 - 1, 4_000, format="WAV", subtype="PCM_U8")
    return content.getvalue()

if __name__ == "__main__":
    clips = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "clips.parquet"), Path(folder, "out")
        table(source, clips)
        with locked(output), Processes(load_fake, Options(), 1) as engine:
            tally = run(find_places([str(source)]), output, engine, {})
    print(json.dumps([tally.scored, peak_megabytes(os.getpid())]))
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write figures and page, and print the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with real clips")
    parser.add_argument("--clips", type=int, default=1000, metavar="N", help="number of clips (default: 1000)")
    parser.add_argument("--few", type=int, default=100, metavar="N", help="clips for all other parts (default: 100)")
    parser.add_argument("--stock-every", type=int, default=1, metavar="N", help="give the pipeline one clip of N")
    parser.add_argument("--only", nargs="+", default=PARTS, metavar="PART")
    options = parser.parse_args(arguments)
    figures = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        wanted = {"many": options.clips, "some": options.clips // options.stock_every, "few": options.few}
        clips = {name: choose(options.data, work / name, number) for name, number in wanted.items()}
        few = clips["few"]
        parts = {
            "speed": lambda: speed(clips["many"], clips["some"], work),
            "growth": lambda: growth(options.data, work),
            "ways": lambda: ways(few, work),
            "kill": lambda: kill(few, work),
            "ray": lambda: ray(few, work),
            "memory": memory,
        }
        for name in options.only:
            figures[name] = parts[name]()
            FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(figures), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))
    return 0


def choose(data: Path, folder: Path, number: int) -> Path:
    """Return a folder with this number of clips of 3 to 5 seconds, from all over the data."""
    fitting = [path for path in search(data).recordings if SHORTEST <= soundfile.info(path).duration <= LONGEST]
    folder.mkdir()
    for chosen in fitting[:: max(1, len(fitting) // number)][:number]:
        shutil.copy(chosen, folder)
    return folder


def speed(clips: Path, some: Path, work: Path) -> dict:
    """Return the times of the stock pipeline for some of the clips, and of `emotion-hf batch` for all."""
    first = compare(some, {"pipeline of transformers": stock(some, work, {})})
    ours = {OURS: batch(clips, work / "speed"), IN_8_BITS: batch(clips, work / "int8", "--backend", "onnx-int8")}
    return first | compare(clips, ours, first["programs"])


def growth(data: Path, work: Path) -> list[dict]:
    """Return the time of `emotion-hf batch` for different numbers of clips."""
    found = []
    for number in GROWTH:
        clips = choose(data, work / f"clips-{number}", number)
        found.append({"clips": number, **timed(batch(clips, work / f"scored-{number}"))})
    return found


def ways(clips: Path, work: Path) -> dict:
    """Return the times of other ways: the pipeline with batches, and one process instead of one for each core."""
    programs = {"pipeline of transformers, batch_size=8": stock(clips, work, {"batch_size": 8})}
    programs[f"{OURS} --workers 1"] = batch(clips, work / "one", "--workers", "1")
    programs[f"{OURS} --workers {cores()}"] = batch(clips, work / "all")
    return compare(clips, programs)


def compare(clips: Path, programs: Mapping[str, Sequence[str]], before: Mapping[str, Any] | None = None) -> dict:
    """Return facts about the clips; and of each program, and of those before, the clips and the seconds."""
    seconds = [soundfile.info(file).duration for file in clips.iterdir()]
    times = {name: {"clips": len(seconds), **timed(command)} for name, command in programs.items()}
    mean = sum(seconds) / len(seconds)
    return {"clips": len(seconds), "mean_seconds": mean, "cores": cores(), "programs": {**(before or {}), **times}}


def stock(clips: Path, work: Path, options: Mapping[str, int]) -> list[str]:
    """Return the command that scores a folder with the pipeline of transformers."""
    names = work / f"{clips.name}.names"
    names.write_text("\n".join(sorted(map(str, clips.iterdir()))), encoding="utf-8")
    return [sys.executable, "-c", STOCK, str(names), json.dumps(options), str(DEFAULT_CHECKPOINT)]


def kill(clips: Path, work: Path) -> dict:
    """Kill a run with SIGKILL when its first part is written, continue it, and count."""
    output = work / "killed"
    running = subprocess.Popen(quick(clips, output), cwd=ROOT, stderr=subprocess.DEVNULL)
    while not [*output.glob("model=*/part-*.parquet")] and running.poll() is None:
        time.sleep(0.05)
    children = psutil.Process(running.pid).children(recursive=True)
    running.kill()
    running.wait()
    before = len(pd.read_parquet(output))
    left = psutil.wait_procs(children, timeout=30)[1]
    subprocess.run(quick(clips, output), cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    table = pd.read_parquet(output)
    return {
        "clips": len([*clips.iterdir()]),
        "written_before": before,
        "rows": len(table),
        "paths": int(table["path"].nunique()),
        "workers_left": len(left),
    }


def ray(clips: Path, work: Path) -> dict:
    """Kill a worker of a cluster midway, and compare the rows with those of a local run."""
    subprocess.run(batch(clips, work / "local"), cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    started = time.monotonic()
    command = quick(clips, work / "ray", "--engine", "ray", "--workers", "2")
    running = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    while not [*(work / "ray").glob("model=*/part-*.parquet")] and running.poll() is None:
        time.sleep(0.05)
    actors = [one for one in psutil.Process(running.pid).children(recursive=True) if "_Actor" in str(one.cmdline())]
    os.kill(actors[0].pid, signal.SIGKILL)
    at = len(pd.read_parquet(work / "ray"))
    assert running.wait() == 0
    seconds = time.monotonic() - started
    local, other = (pd.read_parquet(work / name).set_index("path").sort_index() for name in ("local", "ray"))
    scores = [name for name in local if name.startswith("score_")]
    return {
        "clips": len(local),
        "killed_after": at,
        "seconds": round(seconds, 1),
        "rows": len(other),
        "same_paths": bool((local.index == other.index).all()),
        "same_labels": int((local["label"].fillna("") == other["label"].fillna("")).sum()),  # "" without speech
        "greatest_difference": float((local[scores] - other[scores]).abs().max().max()),
    }


def memory() -> dict:
    """Return the peak memory of the command's own process in MB, for two numbers of short clips."""
    return {
        str(clips): json.loads(output_of([sys.executable, "-c", MEMORY, str(clips)]))[1] for clips in (2_000, 20_000)
    }


def batch(clips: Path, output: Path, *more: str) -> list[str]:
    """Return the command that scores a folder."""
    return [sys.executable, "-m", "emotion_hf.cli", "batch", str(clips), "--output", str(output), *more]


def quick(clips: Path, output: Path, *more: str) -> list[str]:
    """Return the same command, with small parts that are written often."""
    code = "from emotion_hf.batch import cluster, store; store.PART_ROWS = 20; cluster.BLOCK_BYTES = 500_000; "
    code += "from emotion_hf.cli import main; main()"
    return [sys.executable, "-c", code, *batch(clips, output, *more)[3:]]


def timed(command: Sequence[str]) -> dict[str, float]:
    """Run a program, and return its elapsed and its processor seconds, those of its children included."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    output_of(command)
    elapsed, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"elapsed": round(elapsed, 1), "processor": round(used, 1)}


def output_of(command: Sequence[str]) -> str:
    """Return what a program prints."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


if __name__ == "__main__":
    sys.exit(main())
