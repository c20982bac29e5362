"""Measure the time and the memory of `emotion-hf timeline` for long recordings, in this folder and in an earlier one.

    python -m benchmarks.hour --data DIR --before FOLDER

The recordings are clips from a folder of RAVDESS or another corpus, in random order, with pauses of 0.2 to 1 s. Each
command runs in a new process. The comparison is the pipeline of transformers, which cuts windows of 8 s and scores
them with the same network in torch. The figures are kept in `benchmarks/hour.json`, and `benchmarks/HOUR.md` shows
them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile

from benchmarks.kept import table
from benchmarks.reliability_process import ROOT

FIGURES, PAGE = (Path(__file__).with_name(name) for name in ("hour.json", "HOUR.md"))
RATE, SEED = 16_000, 0
CLIPS = (".flac", ".wav")
COMPARED_MINUTES = 10
NOW, BEFORE, PIPELINE = (
    "emotion-hf timeline",
    "emotion-hf timeline, before",
    "pipeline of transformers, windows of 8 s",
)
_PIPELINE = """
import sys
import soundfile
from transformers import pipeline
import emotion_hf.models
model = pipeline("audio-classification", sys.argv[1], device="cpu")
wave, _ = soundfile.read(sys.argv[2], dtype="float32")
model([wave[start : start + 128_000] for start in range(0, len(wave), 128_000)], batch_size=4)
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, keep the figures and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hour", description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with clips at 16 kHz")
    parser.add_argument("--before", type=Path, metavar="FOLDER", help="clone of an earlier version")
    parser.add_argument("--minutes", type=int, nargs="+", default=[10, 60, 120], metavar="N", help="lengths")
    options = parser.parse_args(arguments)
    runs = []
    with TemporaryDirectory(prefix="hour-") as made:
        for minutes in options.minutes:
            recording = Path(made, f"{minutes}.wav")
            write_speech(recording, options.data, 60.0 * minutes)
            command = ["-m", "emotion_hf.cli", "timeline", str(recording), "--json"]
            runs.append({"what": NOW, "minutes": minutes, **measured(command, ROOT, made)})
            if minutes == COMPARED_MINUTES:
                if options.before:
                    runs.append({"what": BEFORE, "minutes": minutes, **measured(command, options.before, made)})
                model = str(ROOT / "emotion_hf" / "checkpoints" / "default")
                command = ["-c", _PIPELINE, model, str(recording)]
                runs.append({"what": PIPELINE, "minutes": minutes, **measured(command, ROOT, made)})
            recording.unlink()
    FIGURES.write_text(json.dumps({"cores": os.cpu_count(), "runs": runs}, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(document(json.loads(FIGURES.read_text(encoding="utf-8"))), encoding="utf-8")


def write_speech(path: Path, data: Path, seconds: float) -> None:
    """Write a recording of clips in random order with pauses, all with a peak of 0.2."""
    rng = np.random.default_rng(SEED)
    clips = rng.permutation(sorted(path for path in data.rglob("*") if path.suffix in CLIPS))
    left, number = round(seconds * RATE), 0
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as output:
        while left > 0:
            wave, _ = soundfile.read(clips[number % len(clips)], dtype="float32")
            pause = rng.normal(0, 1e-4, round(rng.uniform(0.2, 1.0) * RATE)).astype(np.float32)
            piece = np.concatenate([wave * 0.2 / max(np.abs(wave).max(), 1e-3), pause])[:left]
            output.write(piece)
            left, number = left - len(piece), number + 1


def measured(arguments: Sequence[str], folder: Path, made: str) -> dict[str, float]:
    """Run Python with the package in a folder; return its seconds and its peak memory."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=made,
        env={"PATH": os.defpath, "PYTHONPATH": str(folder.resolve()), "HOME": made, "HF_HUB_OFFLINE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed in {folder}:\n{process.stderr.read().decode()}")
    return {
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "wall_seconds": round(time.perf_counter() - begin, 1),
        "peak_megabytes": round(used.ru_maxrss / 1_000),
    }


def document(figures: Mapping) -> str:
    """Return the page for these figures."""
    head = ["what", "recording", "processor", "elapsed", "peak of the memory"]
    rows = [
        [
            run["what"],
            f"{run['minutes']} minutes",
            f"{run['cpu_seconds']:.1f} s",
            f"{run['wall_seconds']:.1f} s",
            f"{run['peak_megabytes']} MB",
        ]
        for run in figures["runs"]
    ]
    return f"""# An hour of speech

How long `emotion-hf timeline` takes for long recordings, and how much memory, on a machine with {figures["cores"]}
cores. Other programs used the cores at the same time, so the processor time counts more than the elapsed time. The
recordings are WAV files at 16 kHz, made of clips of a corpus with short pauses. Repeat it with
`python -m benchmarks.hour --data DIR --before FOLDER`.

{table(head, rows)}

Windows of similar length are scored together, two at a time on each core. The decoded wave of a recording of more than
ten minutes is in a temporary file, 230 MB for each hour, and only the part that is used is in memory.
"""


if __name__ == "__main__":
    main()
