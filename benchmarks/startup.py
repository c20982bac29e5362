"""Measure how long commands and the page take to start, in this folder and in a clone of an earlier version.

    python -m benchmarks.startup --before FOLDER

Each command runs in a new process, as often as `--repeats` says, in turn in both folders, so that other programs on
the machine slow both down. The processor time is the measure: it counts what a command computes, also on a machine
that others use. The figures are kept in `benchmarks/startup.json`, and `benchmarks/STARTUP.md` shows their medians.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import soundfile
from tqdm import tqdm

from benchmarks.kept import table
from benchmarks.reliability_process import ROOT, running_page
from emotion_hf.settings import PREFIX
from emotion_hf.testing import synthetic_voice

FIGURES, PAGE = (Path(__file__).with_name(name) for name in ("startup.json", "STARTUP.md"))
CLIP_SECONDS = 3.0
EMPTY, TORCH, APP = "python -c pass", "python -c 'import torch'", "the page, until it answers"
PREDICT, LEAST = "emotion-hf predict clip.wav", "python -c 'import numpy, onnxruntime, soundfile, typer'"
COMMANDS = {
    EMPTY: ["-c", "pass"],
    LEAST: ["-c", "import numpy, onnxruntime, soundfile, typer"],
    TORCH: ["-c", "import torch"],
    "import emotion_hf": ["-c", "import emotion_hf"],
    "emotion-hf --help": ["-m", "emotion_hf.cli", "--help"],
    PREDICT: ["-m", "emotion_hf.cli", "predict", "clip.wav"],
    "import emotion_hf.app.build": ["-c", "import emotion_hf.app.build"],
}
"""What is measured → arguments of Python."""


@dataclass(frozen=True)
class Start:
    """One start: seconds until its end, and seconds of all cores that it used."""

    wall_seconds: float
    cpu_seconds: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, keep the figures and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__.partition("\n")[0])
    parser.add_argument("--before", type=Path, required=True, metavar="FOLDER", help="clone of an earlier version")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="starts of each; 5 by default")
    options = parser.parse_args(arguments)
    folders = {"before": options.before.resolve(), "after": ROOT}
    starts: dict[str, dict[str, list[Start]]] = {what: {name: [] for name in folders} for what in (*COMMANDS, APP)}
    with (
        TemporaryDirectory(prefix="startup-") as made,
        tqdm(desc="Starting", total=len(starts) * options.repeats) as bar,
    ):
        soundfile.write(Path(made, "clip.wav"), synthetic_voice(CLIP_SECONDS), 16_000)
        for _ in range(options.repeats):
            for what, of_folders in starts.items():
                for name, folder in folders.items():
                    command = COMMANDS.get(what)
                    one = _page(folder) if command is None else _command(command, folder, Path(made))
                    of_folders[name].append(one)
                bar.update()
    version = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=options.before, capture_output=True, text=True
    )
    figures = {
        "before": version.stdout.strip(),
        "cores": os.cpu_count(),
        "starts": {what: {name: [*map(asdict, them)] for name, them in of.items()} for what, of in starts.items()},
    }
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(document(figures), encoding="utf-8")


def document(figures: Mapping) -> str:
    """Return the page for these figures."""
    starts = figures["starts"]
    rows = [
        [f"`{what}`" if what in COMMANDS else what]
        + [
            f"{of_median(starts[what][name], field):.2f} s"
            for field in ("cpu_seconds", "wall_seconds")
            for name in starts[what]
        ]
        for what in starts
    ]
    head = ["start", "processor before", "processor now", "elapsed before", "elapsed now"]
    repeats = len(starts[EMPTY]["after"])
    return f"""# Starting

How long a new process takes: medians of {repeats} starts on a machine with {figures["cores"]} cores. The elapsed
time also counts waiting for a core while other programs use it; the processor time does not. "Before" is commit
{figures["before"]}. Repeat it with `python -m benchmarks.startup --before FOLDER`.

{table(head, rows)}

A prediction with the model that ships imports numpy, onnxruntime, soundfile and typer, and no torch. Loading the
network and the speech gate, checking them, and predicting take the rest. Models without a `model.onnx`, and whatever
changes a model, import torch and transformers. The page imports Gradio.
"""


def of_median(starts: Sequence[Mapping[str, float]], field: str) -> float:
    """Return the median of a field."""
    return median(one[field] for one in starts)


def _command(arguments: Sequence[str], folder: Path, made: Path) -> Start:
    """Run Python with the package in a folder, among the files that were made."""
    data = {f"{PREFIX}DATA_DIR": str(made / "data"), "HOME": str(made), "HF_HUB_OFFLINE": "1"}
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=made,
        env={"PATH": os.defpath, "PYTHONPATH": str(folder), **data},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed in {folder}:\n{process.stderr.read().decode()}")
    return Start(seconds, used.ru_utime + used.ru_stime)


def _page(folder: Path) -> Start:
    begin = time.perf_counter()
    with running_page(root=folder) as page:
        return Start(time.perf_counter() - begin, page.cpu_seconds)


if __name__ == "__main__":
    main()
