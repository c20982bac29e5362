"""Measure the page that `emotion-hf export --web` writes: its size, its speed, and how its scores differ.

    python -m benchmarks.web --data ravdess=DIR

The page of the model that ships runs in headless Chromium, with one thread. The figures are saved in
`benchmarks/web.json`, and the page about them is `benchmarks/WEB.md`.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

import soundfile
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.kept import table
from emotion_hf import EmotionRecognizer
from emotion_hf.app.faces import CSS, face_svg
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.corpora import CORPORA, parse_data
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.export.web import export_web
from emotion_hf.testing import synthetic_voice

FIGURES, PAGE = Path(__file__).with_name("web.json"), Path(__file__).with_name("WEB.md")
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
MILLISECONDS = 120_000
STEP = 29
"""Every 29th clip is compared."""
CLIP_SECONDS, REPEATS = 3.0, 12
IN_PAGE, IN_PYTHON = "the page", "Python with the ONNX twin"
SLOWER = 4
PARTS = {
    "model.bin": "model, packed",
    "runtime.bin": "onnxruntime-web, packed",
    "speech.bin": "speech gate, packed",
}
READY = "Ready, also without a network."


class Server:
    """A server for the files of a folder."""

    def __init__(self, folder: Path):
        self._server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Stop, and close the port."""
        self._server.shutdown()
        self._server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""


def analysed(page: Page, path: Path) -> tuple[dict[str, float], str]:
    """Give a file to the page, and return the scores that it shows, and the text of its card."""
    page.evaluate("document.querySelector('#answer').className = ''")
    page.set_input_files("#file", path)
    page.wait_for_selector("#answer.sure, #answer.silent, #answer.problem")
    read = "rows => rows.map(row => [row.dataset.label, +row.dataset.score])"
    rows = page.locator("#details tr[data-label]").evaluate_all(read)
    return dict(rows), page.locator("#answer").inner_text()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, keep the figures and write the page about them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web", description=__doc__.partition("\n")[0])
    parser.add_argument("--data", required=True, metavar="ravdess=DIR", help="where RAVDESS is")
    options = parser.parse_args(arguments)
    ((corpus, folder),) = parse_data([options.data]).items()
    clips = [one.path for one in CORPORA[corpus].index(Path(folder))][::STEP]
    with TemporaryDirectory(prefix="web-") as made, _opened(Path(made, "page")) as (browser, page, loading):
        figures = {
            "cores": os.cpu_count(),
            "chromium": browser.version,
            "bytes": {path.name: path.stat().st_size for path in sorted(Path(made, "page").iterdir())},
            "load_seconds": loading,
            "speed": _speed(browser, page, Path(made, "clip.wav")),
            "difference": _difference(page, clips),
        }
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(document(figures), encoding="utf-8")


def document(figures: Mapping) -> str:
    """Return the page for these figures."""
    sizes, speed, difference = figures["bytes"], figures["speed"], figures["difference"]
    total = sum(sizes.values())
    rest = total - sum(sizes[name] for name in PARTS)
    parts = [[what, _megabytes(sizes[name])] for name, what in PARTS.items()]
    times = [
        [what, f"{median(of['cpu_seconds']):.2f} s", f"{min(of['wall_seconds']):.2f} s"] for what, of in speed.items()
    ]
    shortest = min(speed[IN_PAGE]["wall_seconds"])
    slow = f"A phone whose core is {SLOWER} times as slow needs about {shortest * SLOWER:.1f} s for such a clip."
    return f"""# In the browser

The page that `emotion-hf export default --web DIR` writes, in headless Chromium {figures["chromium"]} with one
thread, on a machine with {figures["cores"]} cores that other programs used at the same time. Repeat it with
`python -m benchmarks.web --data ravdess=DIR`.

## Download

{table(["part", "size"], [*parts, ["everything else", _megabytes(rest)], ["total", _megabytes(total)]])}

From the first request until the page is ready, with a server on the same machine: {figures["load_seconds"]:.1f} s.

## Speed

A clip of {CLIP_SECONDS:g} s, {REPEATS} times. The processor time is a median and includes reading the file and drawing
the answer. The elapsed time is the shortest, because others include waiting for a core.

{table(["where", "processor", "elapsed"], times)}

No phone was measured. {slow}

## Scores

{difference["clips"]} clips of RAVDESS, compared with `EmotionRecognizer.from_pretrained(backend="onnx")`, which
computes with the original weights: {difference["same_label"]} have the same label, and {difference["same_verdict"]}
the same verdict. A probability differs by at most {difference["largest"]:.4f}; the largest difference of a clip is
{difference["mean"]:.4f} on average.
"""


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[Browser, Page, float]]:
    """Write the page, open it, and yield it with the seconds until it was ready."""
    server = Server(export_web(DEFAULT_MODEL_DIR, folder, picture=face_svg, style=CSS).folder)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(locale="en-US").new_page()
        page.set_default_timeout(MILLISECONDS)
        begin = time.perf_counter()
        page.goto(server.url)
        expect(page.locator("#state")).to_have_text(READY, timeout=MILLISECONDS)
        yield browser, page, time.perf_counter() - begin
        browser.close()
    server.stop()


def _speed(browser: Browser, page: Page, clip: Path) -> dict[str, dict[str, list[float]]]:
    """Return the seconds for a clip in the page, and with onnxruntime in this process."""
    soundfile.write(clip, synthetic_voice(CLIP_SECONDS), SAMPLING_RATE)
    session = browser.new_browser_cdp_session()
    recognizer = EmotionRecognizer.from_pretrained(backend="onnx")

    def used() -> float:
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(one["cpuTime"] for one in processes if one["type"] == "renderer")

    def times(work, clock) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {"cpu_seconds": [], "wall_seconds": []}
        work()
        for _ in range(REPEATS):
            cpu, wall = clock(), time.perf_counter()
            work()
            found["wall_seconds"].append(time.perf_counter() - wall)
            found["cpu_seconds"].append(clock() - cpu)
        return found

    return {
        IN_PAGE: times(lambda: analysed(page, clip), used),
        IN_PYTHON: times(lambda: recognizer(clip), time.process_time),
    }


def _difference(page: Page, clips: Sequence[Path]) -> dict[str, float]:
    """Return how the answers of the page differ from those of the recognizer."""
    recognizer = EmotionRecognizer.from_pretrained(backend="onnx")
    same_label, same_verdict, largest = 0, 0, []
    for clip in clips:
        (scores, text), expected = analysed(page, clip), recognizer(clip)
        same_label += (max(scores, key=scores.__getitem__) if scores else None) == expected.label
        same_verdict += _verdict(text) == expected.verdict
        if scores and expected.scores:
            largest.append(max(abs(scores[name] - one) for name, one in expected.scores.items()))
    return {
        "clips": len(clips),
        "same_label": same_label,
        "same_verdict": same_verdict,
        "largest": max(largest),
        "mean": mean(largest),
    }


def _verdict(text: str) -> str:
    return "not_sure" if "Not sure" in text else "no_speech" if "No speech detected" in text else "ok"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


if __name__ == "__main__":
    main()
