"""A Hub on this machine, known to huggingface_hub as the Hub, and models small enough to be pushed in no time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest
from huggingface_hub import constants
from huggingface_hub.utils import _http, disable_progress_bars

from benchmarks.loopback_hub import TOKEN, LoopbackHub
from emotion_hf.hub import render_card
from emotion_hf.recognizer import DEFAULT_CHECKPOINT

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def hub(monkeypatch):
    """The Hub; `hub.waits` are the seconds that huggingface_hub would have slept between its tries."""
    with LoopbackHub() as running:
        running.waits = []
        monkeypatch.setattr(constants, "ENDPOINT", running.url)
        template = f"{running.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # uploads by HTTP alone
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setattr(_http, "time", SimpleNamespace(sleep=running.waits.append))
        disable_progress_bars()
        yield running
    huggingface_hub.set_client_factory(_http.default_client_factory)


@pytest.fixture(scope="session")
def ready_model(tmp_path_factory):
    """The model that ships, with a card of today's template."""
    folder = tmp_path_factory.mktemp("ready") / "model"
    shutil.copytree(DEFAULT_CHECKPOINT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    figures = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    (folder / "README.md").write_text(render_card(folder, figures, ROOT / "model_card.md"), encoding="utf-8")
    return folder


@pytest.fixture
def model(ready_model, tmp_path):
    """A copy of it to break."""
    return Path(shutil.copytree(ready_model, tmp_path / "model"))
