"""Measure the time and the memory of `emotion-hf timeline` for long recordings, in this folder and in an earlier one.

    python -m benchmarks.hour --data DIR --before FOLDER

The recordings are clips from a folder of RAVDESS or another corpus, in random order, with pauses of 0.2 to 1 s. Each
command runs in a new process. The comparison is the pipeline of transformers, which cuts windows of 8 s and scores
them with the same network in torch. The figures are kept in `benchmarks/hour.json`; the page `benchmarks/HOUR.md` and
the plot `benchmarks/hour.svg` show them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
import soxr

from benchmarks.kept import table
from benchmarks.reliability_process import ROOT, peak_megabytes

FIGURES, PAGE, PLOT = (Path(__file__).with_name(name) for name in ("hour.json", "HOUR.md", "hour.svg"))
RATE, STUDIO_RATE, SEED = 16_000, 48_000, 0
POLL_SECONDS = 0.02
CLIPS = (".flac", ".wav")
MINUTES = (1, 3, 10, 30, 60, 120)
COMPARED_MINUTES, MINUTES_BEFORE, MINUTES_OF_TWO = (10,), (10, 60), (10, 60)
MINUTES_OF_STUDIO = (120,)
NOW, STUDIO, TWO, BEFORE, PIPELINE = (
    "emotion-hf timeline",
    "emotion-hf timeline, 48 kHz and 2 channels",
    "emotion-hf timeline --speakers 2",
    "emotion-hf timeline, before",
    "pipeline of transformers, windows of 8 s",
)
ORDER = (NOW, STUDIO, TWO, BEFORE, PIPELINE)
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
    options = parser.parse_args(arguments)
    runs = []
    with TemporaryDirectory(prefix="hour-") as made:
        for minutes in MINUTES:
            recording = Path(made, f"{minutes}.wav")
            write_speech(recording, options.data, 60.0 * minutes)
            for what, folder, command in _commands(minutes, recording, options.before):
                runs.append({"what": what, "minutes": minutes, **measured(command, folder, made)})
                print(runs[-1], flush=True)
            if minutes in MINUTES_OF_STUDIO:
                as_in_a_studio(recording)
                runs.append({"what": STUDIO, "minutes": minutes, **measured(_timeline(recording), ROOT, made)})
            recording.unlink()
    found = {"cores": os.cpu_count(), "runs": runs}
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(document(found), encoding="utf-8")
    plot(runs)


def _commands(minutes: int, recording: Path, before: Path | None) -> Iterator[tuple[str, Path, list[str]]]:
    """Yield what is measured for a recording, the folder with the package, and the arguments of Python."""
    command = _timeline(recording)
    yield NOW, ROOT, command
    if minutes in MINUTES_OF_TWO:
        yield TWO, ROOT, [*command, "--speakers", "2"]
    if minutes in MINUTES_BEFORE and before:
        yield BEFORE, before, command
    if minutes in COMPARED_MINUTES:
        model = str(ROOT / "emotion_hf" / "checkpoints" / "default")
        yield PIPELINE, ROOT, ["-c", _PIPELINE, model, str(recording)]


def _timeline(recording: Path) -> list[str]:
    return ["-m", "emotion_hf.cli", "timeline", str(recording), "--json"]


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


def as_in_a_studio(path: Path) -> None:
    """Convert a recording to 48 kHz and two channels, six times its size."""
    made = path.with_suffix(".studio.wav")
    resampler = soxr.ResampleStream(RATE, STUDIO_RATE, 1, dtype="float32")
    with soundfile.SoundFile(path) as source, soundfile.SoundFile(made, "w", STUDIO_RATE, 2, "PCM_16") as output:
        for block in source.blocks(RATE, dtype="float32"):
            wave = resampler.resample_chunk(block, last=source.tell() == source.frames)
            output.write(np.stack([wave, 0.9 * wave], axis=1))
    made.replace(path)


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
    peak, ended = 0.0, 0
    while not ended:  # what the kernel tells at the end includes the memory of this process when it started the other
        with suppress(StopIteration):  # it has just ended
            peak = max(peak, peak_megabytes(process.pid))
        time.sleep(POLL_SECONDS)
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed in {folder}:\n{process.stderr.read().decode()}")
    return {
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "wall_seconds": round(time.perf_counter() - begin, 1),
        "peak_megabytes": round(peak),
    }


def document(figures: Mapping) -> str:
    """Return the page for these figures."""
    head = ["what", "recording", "processor", "for each minute", "elapsed", "peak of the memory"]
    rows = [
        [
            run["what"],
            f"{run['minutes']} min",
            f"{run['cpu_seconds']:.1f} s",
            f"{run['cpu_seconds'] / run['minutes']:.2f} s",
            f"{run['wall_seconds']:.1f} s",
            f"{run['peak_megabytes']} MB",
        ]
        for run in sorted(figures["runs"], key=lambda run: (ORDER.index(run["what"]), run["minutes"]))
    ]
    return f"""# An hour of speech

How long `emotion-hf timeline` takes for long recordings, and how much memory, on a machine with {figures["cores"]}
cores. Programs that use the cores at the same time lengthen the elapsed time more than the processor time. The
recordings are WAV files at 16 kHz with 1 channel, made of clips of a corpus with short pauses. Repeat it with
`python -m benchmarks.hour --data DIR --before FOLDER`.

{table(head, rows)}

![Processor time and memory by the length of the recording]({PLOT.name})

The time grows linearly with the length. Windows of similar length are scored together, two at a time on each
core. The memory hardly grows: the decoded wave of a recording of more than ten minutes is in a temporary file, 230 MB
for each hour, and only the part that is used is in memory. The recording stays on the disk as well: 120 minutes at
48 kHz with 2 channels are 1.4 GB. Telling two speakers apart needs torch.
"""


def plot(runs: Sequence[Mapping]) -> None:
    """Write the plot of time and memory by length."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams |= {"svg.hashsalt": "hour", "svg.fonttype": "none"}
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    time, memory = figure.subplots(1, 2)
    for what in ORDER:
        own = sorted((run for run in runs if run["what"] == what), key=lambda run: run["minutes"])
        minutes = [run["minutes"] for run in own]
        for axes, name in ((time, "cpu_seconds"), (memory, "peak_megabytes")):
            axes.plot(minutes, [run[name] for run in own], marker="o", markersize=4, label=what)
    time.set(ylabel="processor seconds", yscale="log")
    memory.set(ylabel="peak of the memory, MB", ylim=(0, None))
    for axes in (time, memory):
        axes.set(xlabel="minutes", xscale="log", xticks=MINUTES, xticklabels=MINUTES)
        axes.minorticks_off()
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(*time.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    figure.savefig(PLOT, metadata={"Date": None})


if __name__ == "__main__":
    main()
