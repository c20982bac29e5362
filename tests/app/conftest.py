"""The page as a process of its own: ``python app.py`` with the model that ships, or with a fake one without it."""

import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import soundfile

from emotion_hf.hub.mirror import open_store
from emotion_hf.settings import Settings
from emotion_hf.testing import FakeClassifier, synthetic_voice

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "emotion_hf" / "checkpoints" / "default" / "model.safetensors"
ENTRY = "app.py" if SHIPPED.is_file() else "tests/app/fake_app.py"
START_SECONDS = 120


@dataclass(frozen=True)
class Server:
    """A running page."""

    url: str
    data_dir: Path
    page: object = None

    @property
    def feedback(self):
        return self.data_dir / "feedback"

    def voices(self):
        """The recordings that it holds for replay."""
        files = [path for path in (self.data_dir / "voices").rglob("*") if path.is_file()]
        return [path for path in files if not path.name.startswith(".")]


def open_services(settings, classifier=None):
    """Return what a page with these settings works with; a fake classifier answers unless another one is given."""
    from emotion_hf.app.services import Services

    return Services.open(settings, open_store(settings), classifier or FakeClassifier())


@pytest.fixture(scope="session")
def voice_wav(tmp_path_factory):
    """Three seconds of a voice."""
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    soundfile.write(path, synthetic_voice(3.0), 16_000)
    return path


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The page on a free port; ffmpeg and everything else on the path is hidden from it."""
    folder = tmp_path_factory.mktemp("page")
    settings = {"MAX_UPLOAD_MEGABYTES": "5", "REVIEW": "yes", "RETRAINING": "yes"}
    with start_page(folder, folder / "data", **settings) as (server, process):
        yield server
        process.terminate()
        status = process.wait(timeout=30)
        assert status == 0, (folder / "log.txt").read_text()
    assert server.voices() == []  # a page that was stopped leaves no recording behind


@contextmanager
def start_page(folder, data_dir, entry=ENTRY, **settings):
    """Start the page as a process of its own; yield its server and the process, which is killed at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}", data_dir)
    environment = {"PATH": str(folder), "PYTHONPATH": str(ROOT), "HOME": str(folder), "HF_HUB_OFFLINE": "1"}
    environment["OMP_NUM_THREADS"] = "1"  # as in the tests' own process
    settings |= {"PORT": str(port), "DATA_DIR": str(data_dir)}
    environment |= {f"EMOTION_HF_{name}": value for name, value in settings.items()}
    log = folder / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, entry], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_for(server.url, process, log)
        yield server, process
    finally:
        process.kill()
        process.wait(timeout=30)


def _wait_for(url, process, log):
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url).close()
            return
        except urllib.error.URLError:
            time.sleep(0.2)
    pytest.fail(f"The page does not answer:\n{log.read_text()}")


@pytest.fixture(scope="session")
def open_server():
    """Serve a page in a thread of this process, for as long as a ``with`` lasts.

    ``change`` may replace the guard's values, for example its limits, before the first request.
    """
    from emotion_hf.app.build import build_page
    from emotion_hf.app.serving import application, listen, server_for

    @contextmanager
    def open_server(folder, *, classifier=None, change=None, guard_settings=None, **settings):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GRADIO_TEMP_DIR", "")  # building the page sets it
            settings = Settings(data_dir=folder, **settings)
            page = build_page(open_services(settings, classifier))
            app = application(page, guard_settings or settings)
            if change:
                change(app)
            listening = listen("127.0.0.1", 0)
            running = server_for(app)
            thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
            thread.start()
            while not running.started and thread.is_alive():
                time.sleep(0.01)
            try:
                yield Server(f"http://127.0.0.1:{listening.getsockname()[1]}", folder, page)
            finally:
                running.should_exit = running.force_exit = True
                thread.join(10)

    return open_server
