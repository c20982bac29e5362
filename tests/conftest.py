"""What holds for every test: no network, no settings of the person who runs them, no window for plots."""

from __future__ import annotations

import gc
import os
import socket

import pytest

from emotion_hf.entry import collect_rarely
from emotion_hf.settings import PREFIX

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side: two threads on a busy core take twice as long
os.environ |= {"HF_HUB_OFFLINE": "1", "GRADIO_ANALYTICS_ENABLED": "False", "MPLBACKEND": "Agg"}
for name in [name for name in os.environ if name.startswith(PREFIX)]:
    del os.environ[name]

collect_rarely()

SLOWEST = (
    *("test_encoder", "test_spectrogram", "test_page", "test_reliability", "test_serving", "test_train", "test_story"),
    *(
        "test_signal",
        "test_cli",
        "test_run_all",
        "test_shipped_model",
        "test_cross_validate",
        "test_endpoints",
        "test_web",
    ),
)
"""Files that take half a minute or more. They start first, so that no process is left alone with one at the end."""
LOOPBACK = ("127.0.0.1", "::1", "localhost", "0.0.0.0")


def pytest_collection_finish() -> None:
    """Spare the modules that are loaded by now the garbage collection: they stay until the end."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the slowest files first."""
    items.sort(key=lambda item: item.path.stem not in SLOWEST)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections that leave this machine."""
    connect = socket.socket.connect

    def connect_on_this_machine(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
            raise OSError(f"A test tried to reach {address[0]}; tests need no network.")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_on_this_machine)


@pytest.fixture
def broken_torchaudio(tmp_path):
    """A folder with the installed torchaudio, but with a compiled part that no torch can load; for ``PYTHONPATH``."""
    from importlib.util import find_spec
    from pathlib import Path

    installed = Path(find_spec("torchaudio").origin).parent
    package = tmp_path / "site" / "torchaudio"
    (package / "lib").mkdir(parents=True)
    for entry in installed.iterdir():
        if entry.name not in ("lib", "__pycache__"):
            (package / entry.name).symlink_to(entry)
    for name in ("_torchaudio", "libtorchaudio", "torchaudio_prefixctc"):
        (package / "lib" / f"{name}.abi3.so").write_bytes(b"linked against something else")
    return package.parent
