"""Measure corrections from start to end: correct predictions, retrain, promote, share and roll back.

    python -m benchmarks.corrections --data ravdess=DIR nemo=DIR selvas=DIR tess=DIR
    python -m benchmarks.corrections --data ravdess=DIR nemo=DIR selvas=DIR emovo=DIR --shifted emovo    # harder

The page runs as a process. A `gradio_client` for each voice sends the corrections, and `benchmarks/loopback_hub.py`
stands in for the Hub. Clips of `--shifted` are limited to the telephone's band. A third of its voices, at least one,
is never corrected; the gain is measured on these. The model was trained on the other corpora of `--data`. `key=value`
changes the recipe of the retraining. Figures of each shifted corpus are saved in `benchmarks/corrections.json`, from
which `corrections_page.py` makes `benchmarks/CORRECTIONS.md`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from gradio_client import Client, handle_file

from benchmarks.corrections_page import GAIN, LOSS, UNCORRECTED, document
from benchmarks.kept import without_folder
from benchmarks.loopback_hub import TOKEN, LoopbackHub
from emotion_hf.audio import load_audio
from emotion_hf.channel import telephone
from emotion_hf.cli import evaluate as evaluation
from emotion_hf.corpora import parse_data
from emotion_hf.data.loader import load_corpora
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.evaluation.comparison import paired_test
from emotion_hf.evaluation.evaluate import evaluate
from emotion_hf.feedback import FeedbackStore, encode_flac
from emotion_hf.recipes import separate_overrides
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.run import Run
from emotion_hf.training.closed_form.shared import SharedEncoder
from emotion_hf.versions import Versions

ROOT = Path(__file__).resolve().parents[1]
FIGURES, PAGE = Path(__file__).with_name("corrections.json"), Path(__file__).with_name("CORRECTIONS.md")
START_SECONDS = 300
NEW = "retrained-1"
MODEL, VOICES, SPACE, KEPT = "me/emotions", "me/voices", "me/page", "me/kept"
FOREIGN_PROCESS = """
import json, sys
sys.modules["emotion_hf"] = None  # any import of the package fails
import soundfile
from transformers import pipeline
classify = pipeline("audio-classification", model=sys.argv[1], trust_remote_code=True)
wave, _ = soundfile.read(sys.argv[2], dtype="float32")
print(json.dumps({one["label"]: one["score"] for one in classify(wave, top_k=None)}))
"""


@dataclass(frozen=True)
class Story:
    """Settings of one run of the benchmark.

    Attributes:
        base: Folder of the model that is corrected.
        originals: Corpora that it was trained on, name → folder.
        shifted: Name and folder of the corpus whose clips are corrected.
        change: Change of each wave of that corpus.
        corrections: Number of corrected clips.
        overrides: `key=value` overrides of the recipe; a page gives none.
        work: Folder for all files.
    """

    base: Path
    originals: Mapping[str, Path]
    shifted: tuple[str, Path]
    change: Callable[[np.ndarray], np.ndarray]
    corrections: int
    overrides: tuple[str, ...]
    work: Path

    @property
    def data_dir(self) -> Path:
        """Data folder of the page."""
        return self.work / "data"

    @property
    def versions(self) -> Path:
        """Folder of the page's versions."""
        return self.data_dir / "models"


@dataclass(frozen=True)
class Clip:
    """A recording on disk with its emotion and speaker."""

    path: Path
    emotion: str
    speaker: str


@dataclass(frozen=True)
class Page:
    """A running page."""

    url: str

    def answer(self, clip: Clip) -> dict[str, Any]:
        """Return its prediction for a recording."""
        return Client(self.url, verbose=False).predict(handle_file(clip.path), api_name="/predict")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all steps and write the figures; the exit status is 1 if a requirement is not met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, metavar="NAME=DIR", help="corpora, with the shifted one")
    parser.add_argument("--shifted", default="tess", metavar="NAME", help="the unseen corpus (default: tess)")
    parser.add_argument("--base", type=Path, default=DEFAULT_MODEL_DIR, metavar="MODEL", help="the model to correct")
    parser.add_argument("--corrections", type=int, default=100, metavar="N", help="number of clips (default: 100)")
    parser.add_argument("--work", type=Path, metavar="DIR", help="folder for all files (default: temporary)")
    options, rest = parser.parse_known_args(arguments)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    items, overrides = separate_overrides([*options.data, *rest])
    data = parse_data(items)
    shifted = options.shifted, data.pop(options.shifted)
    work = (options.work or Path(tempfile.mkdtemp(prefix="corrections-"))).resolve()
    story = Story(options.base.resolve(), data, shifted, telephone, options.corrections, tuple(overrides), work)
    figures = tell(story)
    names = [f"{name}=DIR" for name in (*data, options.shifted)]
    command = ["python", "-m", "benchmarks.corrections", "--data", *names, *map(without_folder, overrides)]
    chosen = [] if options.shifted == parser.get_default("shifted") else ["--shifted", options.shifted]
    figures |= {"command": shlex.join([*command, *chosen]), "date": date.today().isoformat()}
    stories = json.loads(FIGURES.read_text(encoding="utf-8")) | {options.shifted: figures}
    FIGURES.write_text(json.dumps(stories, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(document(stories), encoding="utf-8")
    print(f"The figures are in {FIGURES} and {PAGE}, all other files in {work}.")
    return 0 if figures["reached"] else 1


def tell(story: Story) -> dict[str, Any]:
    """Run all steps in order, and return the figures of each."""
    corrected, held_out = prepare(story)
    figures: dict[str, Any] = {"base": EmotionRecognizer.from_pretrained(story.base).name}
    with LoopbackHub() as hub, running_page(story) as page:
        before = page.answer(held_out[0])
        figures["corrected"] = correct(page, corrected, story)
        figures["retrained"] = retrain(story)
        figures["held_out"] = compare_on_held_out(story, held_out)
        figures["promoted"] = promote(story, page, held_out[0], force=not figures["retrained"]["promoted"])
        figures["shared"] = share(story, hub, page, held_out[0])
        figures["taken_back"] = roll_back(story, page, held_out[0], before)
    figures["shuffled"] = retrain_shuffled(story)
    return figures | {"reached": reached(figures)}


def prepare(story: Story) -> tuple[list[Clip], list[Clip]]:
    """Write the shifted clips, and return those to be corrected and those of uncorrected voices."""
    name, folder = story.shifted
    labels = EmotionRecognizer.from_pretrained(story.base).labels
    clips = load_corpora({name: folder}, labels=labels)
    rows = list(zip(clips["audio"], clips["emotion"], clips["speaker"], strict=True))
    voices = sorted({speaker for *_, speaker in rows})
    uncorrected, rng = voices[2::3] or voices[-1:], np.random.default_rng(0)
    chosen: list[int] = []
    for voice in (voice for voice in voices if voice not in uncorrected):
        own = [row for row, (*_, speaker) in enumerate(rows) if speaker == voice]
        chosen += rng.permutation(own)[: story.corrections // (len(voices) - len(uncorrected))].tolist()
    held_out = [row for row, (*_, speaker) in enumerate(rows) if speaker in uncorrected]
    return tuple(
        [_write(story, part, row, *rows[row]) for row in numbers]
        for part, numbers in {"corrected": chosen, "held_out": held_out}.items()
    )


def correct(page: Page, clips: Sequence[Clip], story: Story) -> dict[str, Any]:
    """Correct each prediction, with all three consents and one client for each speaker."""
    begun, right = time.monotonic(), 0
    for speaker in dict.fromkeys(clip.speaker for clip in clips):
        client = Client(page.url, verbose=False)
        client.session_hash = f"session of {speaker.partition('/')[2]}"  # so that each run holds out the same voices
        for clip in (clip for clip in clips if clip.speaker == speaker):
            answer = client.predict(handle_file(clip.path), api_name="/predict")
            receipt = client.predict(handle_file(clip.path), clip.emotion, True, True, True, api_name="/correct")
            right += answer["label"] == clip.emotion == receipt["label"]
    kept = len(FeedbackStore(story.data_dir / "feedback"))
    assert kept == len(clips), f"{kept} of {len(clips)} corrections were saved"
    voices = len({clip.speaker for clip in clips})
    return {"clips": kept, "voices": voices, "right_before": right, "seconds": round(time.monotonic() - begun)}


def retrain(story: Story) -> dict[str, Any]:
    """Run the retraining as a process, as the page does, and return the gate's decision."""
    begun = time.monotonic()
    cli("retrain", *_arguments(story, story.data_dir / "feedback", story.versions))
    gate = Versions(story.versions).find(NEW).manifest["gate"]
    return {"seconds": round(time.monotonic() - begun)} | gate


def compare_on_held_out(story: Story, clips: Sequence[Clip]) -> dict[str, Any]:
    """Measure the old and the new model on the uncorrected voices."""
    folders, shared = (story.base, story.versions / NEW), SharedEncoder()
    models = [shared.give(EmotionRecognizer.from_pretrained(folder)) for folder in folders]
    dataset = load_corpora({"held_out": story.work / "held_out"}, labels=models[0].labels)
    old, new = (evaluate(model, dataset, split="held out", by=()) for model in models)
    test = paired_test(new, replace(old, model="before"))
    return {
        "clips": UNCORRECTED,
        "count": new.clips,
        "speakers": new.speakers,
        "old_ua": old.ua.value,
        "new_ua": new.ua.value,
        "difference": vars(test.difference),
        "p": None if test.p is None else test.p / 2,
    }


def promote(story: Story, page: Page, clip: Clip, *, force: bool) -> dict[str, Any]:
    """Promote the new version while the page runs; if the gate refused it, force the promotion, with a reason."""
    reason = ["--force", "to measure the remaining steps"] if force else []
    cli("models", "promote", NEW, "--folder", str(story.versions), *reason)
    answer = page.answer(clip)
    own = EmotionRecognizer.from_pretrained(story.versions / NEW)(clip.path)
    return {"page_answers_with": answer["model"], "largest_difference": _apart(answer["scores"], own.scores)}


def share(story: Story, hub: LoopbackHub, page: Page, clip: Clip) -> dict[str, Any]:
    """Push model, corrections and page, and compare the page's scores with a process without this package."""
    version = story.versions / NEW
    split = Run.read(version).recipe["data"]["split"]
    card = [str(version), "--data", *_named(story.originals), "--split", f"{split}-test", "--card"]
    assert evaluation.main(card) == 0, "the card cannot be written"
    on_hub = _environment(HF_ENDPOINT=hub.url, HF_TOKEN=TOKEN, EMOTION_HF_DATA_DIR=str(story.data_dir))
    for command in (
        ["push", str(version), MODEL],
        ["push-feedback", VOICES],
        ["space", "deploy", SPACE, "--model", MODEL, "--feedback", KEPT],
    ):
        cli(*command, environment=on_hub)
    words = [sys.executable, "-c", FOREIGN_PROCESS, MODEL, str(clip.path)]
    elsewhere = on_hub | {"HF_HOME": str(story.work / "elsewhere")}
    foreign = subprocess.run(words, env=elsewhere, cwd=story.work, check=True, stdout=subprocess.PIPE, text=True)
    scores = json.loads(foreign.stdout.splitlines()[-1])
    rows = hub.repos["dataset", VOICES].files["metadata.jsonl"].splitlines()
    return {
        "model_files": sorted(hub.repos["model", MODEL].files),
        "published_corrections": len(rows),
        "space_files": len(hub.repos["space", SPACE].files),
        "space_variables": hub.repos["space", SPACE].variables,
        "largest_difference": _apart(scores, page.answer(clip)["scores"]),
    }


def roll_back(story: Story, page: Page, clip: Clip, before: Mapping[str, Any]) -> dict[str, Any]:
    """Roll back with one command, and compare the page's scores with those before the promotion."""
    cli("models", "rollback", "--folder", str(story.versions))
    after = page.answer(clip)
    difference = _apart(before["scores"], after["scores"])
    return {"page_answers_with": after["model"], "largest_difference": difference}


def retrain_shuffled(story: Story) -> dict[str, Any]:
    """Retrain on the same corrections with uninformative labels, and return the gate's decision.

    The labels are assigned in turn to the clips of each voice and emotion, so that they correlate with neither.
    """
    store, folder = FeedbackStore(story.data_dir / "feedback"), story.work / "shuffled" / "feedback"
    records = sorted(store.records(), key=lambda record: (record.session, record.label, record.content))
    labels = itertools.cycle(sorted({record.label for record in records}))
    shuffled = FeedbackStore(folder)
    for record, label in zip(records, labels, strict=False):
        wave = load_audio(store.folder / record.file_name)
        shuffled.add(wave, replace(record, label=label), labels=[label])
    versions, begun = story.work / "shuffled" / "models", time.monotonic()
    cli("retrain", *_arguments(story, folder, versions))
    gate = Versions(versions).find(NEW).manifest["gate"]
    return {"seconds": round(time.monotonic() - begun)} | gate


def reached(figures: Mapping[str, Any]) -> bool:
    """Return whether all requirements are met."""
    original = next(one for one in figures["retrained"]["findings"] if one["clips"] == "original test")
    return (
        figures["retrained"]["promoted"]
        and not figures["shuffled"]["promoted"]
        and figures["held_out"]["difference"]["value"] >= GAIN
        and original["difference"]["value"] >= LOSS
    )


@contextmanager
def running_page(story: Story) -> Iterator[Page]:
    """Run `app.py` with its own data folder, and stop it at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    is_shipped = story.base == DEFAULT_MODEL_DIR.resolve()
    environment = _environment(
        EMOTION_HF_PORT=str(port),
        EMOTION_HF_DATA_DIR=str(story.data_dir),
        EMOTION_HF_REQUESTS_PER_MINUTE="0",
        EMOTION_HF_MODEL="" if is_shipped else str(story.base),
        HF_HUB_OFFLINE="1",
    )
    page = Page(f"http://127.0.0.1:{port}")
    with (story.work / "page.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(page, process)
        yield page
    finally:
        process.terminate()
        process.wait(timeout=60)


def run(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
    """Run a module as a separate process in the project's folder."""
    command = ["-m", module, *arguments]
    print(shlex.join(["python", *command]), flush=True)
    subprocess.run([sys.executable, *command], cwd=ROOT, env=environment or _environment(), check=True)


def cli(*arguments: str, environment: Mapping[str, str] | None = None) -> None:
    """Run a command of `emotion-hf`."""
    run("emotion_hf.cli", *arguments, environment=environment)


def _environment(**more: str) -> dict[str, str]:
    """Return this process's environment without settings of the project or the Hub, plus `more`."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "EMOTION_HF_"))}
    return own | {"HF_HUB_DISABLE_XET": "1"} | more


def _arguments(story: Story, feedback: Path, versions: Path) -> list[str]:
    """Return the arguments of the retraining, as the page gives them."""
    folders = ["--base", str(story.base), "--feedback", str(feedback), "--output", str(versions / NEW)]
    return [*folders, "--data", *_named(story.originals), *story.overrides]


def _named(data: Mapping[str, Path]) -> list[str]:
    return [f"{name}={folder.resolve()}" for name, folder in data.items()]


def _write(story: Story, part: str, row: int, audio: Mapping[str, Any], emotion: str, speaker: str) -> Clip:
    path = story.work / part / emotion / speaker.partition("/")[2] / f"{row:04}.flac"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_flac(story.change(load_audio(audio["path"]))))
    return Clip(path, emotion, speaker)


def _apart(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    assert one.keys() == other.keys()
    return max(abs(one[label] - other[label]) for label in one)


def _wait_for(page: Page, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(page.url).close()
            return
        except urllib.error.URLError:
            time.sleep(0.2)
    raise SystemExit("The page does not start; see page.log in the work folder.")


if __name__ == "__main__":
    sys.exit(main())
