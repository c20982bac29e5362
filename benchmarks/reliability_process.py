"""The page in a separate process, on a free port that only this machine can reach, and HTTP clients for it."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import numpy as np
import soundfile

from emotion_hf.settings import PREFIX
from emotion_hf.testing import synthetic_voice

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS, ANSWER_SECONDS, STOP_SECONDS = 300.0, 600.0, 30.0
THREADS = ("OMP_NUM_THREADS",)
"""Variables that the page gets from this process: the tests, which run side by side, give each one thread."""
UNLIMITED = {"requests_per_minute": 0}
"""Most measurements are about the model, not about the limit on requests per client."""


@dataclass(frozen=True)
class Page:
    """A running page: its port and its process."""

    port: int
    pid: int

    def client(self) -> Client:
        """Return a new client of the page."""
        return Client(self.port)

    @property
    def memory_megabytes(self) -> float:
        """Resident memory."""
        return _of_status(self.pid, "VmRSS")

    @property
    def peak_megabytes(self) -> float:
        """Peak of the resident memory."""
        return peak_megabytes(self.pid)

    @property
    def cpu_seconds(self) -> float:
        """Time that the process has used on all cores."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def descriptors(self) -> int:
        """Open file descriptors."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))


class Client:
    """A program that uses the page over HTTP, with its own connection."""

    def __init__(self, port: int):
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=ANSWER_SECONDS)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def upload(self, recording: bytes) -> str:
        """Upload a recording and return its path on the page."""
        answer = self._http.post("/gradio_api/upload", files={"files": ("clip.flac", recording)})
        answer.raise_for_status()
        return answer.json()[0]

    def predict(self, uploaded: str) -> dict | None:
        """Return the prediction for an uploaded recording; `None` for an error."""
        data = {"data": [{"path": uploaded, "meta": {"_type": "gradio.FileData"}}]}
        started = self._http.post("/gradio_api/call/predict", json=data)
        started.raise_for_status()
        events = self._http.get(f"/gradio_api/call/predict/{started.json()['event_id']}").text
        event, _, value = events[events.rfind("event:") :].partition("\n")
        return json.loads(value.removeprefix("data: "))[0] if event == "event: complete" else None

    def status(self, path: str = "/") -> tuple[int, str]:
        """Return the HTTP status of a path, and its `Retry-After`, if any."""
        answer = self._http.get(path)
        return answer.status_code, answer.headers.get("Retry-After", "")


def peak_megabytes(pid: int) -> float:
    """Return the peak of a process's resident memory."""
    return _of_status(pid, "VmHWM")


@contextmanager
def running_page(root: Path = ROOT, **settings: object) -> Iterator[Page]:
    """Start the page of a clone with the model that ships, and stop it at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory(prefix="reliability-") as folder:
        values = {"port": port, "data_dir": Path(folder, "data"), **UNLIMITED, **settings}
        environment = {"PATH": folder, "PYTHONPATH": str(root), "HOME": folder, "HF_HUB_OFFLINE": "1"}
        environment |= {f"{PREFIX}{name.upper()}": str(value) for name, value in values.items()}
        environment |= {name: os.environ[name] for name in THREADS if name in os.environ}
        with Path(folder, "log.txt").open("w+", encoding="utf-8") as log:
            process = subprocess.Popen(
                [sys.executable, "app.py"], cwd=root, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
            try:
                _wait_for(port, process, log)
                yield Page(port, process.pid)
            finally:
                process.terminate()
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def busy_seconds() -> float:
    """Return the time that all cores together have been busy, with everything that runs on this machine."""
    fields = Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, interrupts, soft_interrupts, *_ = map(int, fields)
    return (user + nice + system + interrupts + soft_interrupts) / os.sysconf("SC_CLK_TCK")


def clip(seconds: float, seed: int = 0) -> bytes:
    """Return a FLAC file of a synthetic voice."""
    wave = np.resize(synthetic_voice(min(seconds, 30.0), seed=seed), round(seconds * 16_000))
    buffer = io.BytesIO()
    soundfile.write(buffer, wave, 16_000, format="FLAC")
    return buffer.getvalue()


def _of_status(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) / 1024


def _wait_for(port: int, process: subprocess.Popen, log: io.TextIOBase) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}", timeout=START_SECONDS)
            return
        except httpx.TransportError:
            time.sleep(0.2)
    log.seek(0)
    raise RuntimeError(f"The page does not respond:\n{log.read()}")
