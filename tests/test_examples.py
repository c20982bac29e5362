"""The examples in docstrings are executed, and right, but for those that need data and are marked so."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _modules() -> list[str]:
    """Return the modules with an example, by their dotted names."""
    files = sorted((ROOT / "emotion_hf").rglob("*.py"))
    with_example = [file for file in files if "checkpoints" not in file.parts and ">>> " in file.read_text()]
    return [".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in with_example]


@pytest.mark.parametrize("name", _modules())
def test_examples_give_what_they_say(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
