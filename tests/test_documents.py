"""README, CONTRIBUTING and CHANGELOG cannot drift: the commands, options, paths and names they give exist."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest
import typer

from emotion_hf import __version__
from emotion_hf.cli import cli

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
TOP_FOLDERS = ("emotion_hf/", "train/", "tests/", "benchmarks/", ".ci/")
PLACEHOLDER = re.compile(r"[A-Z]{3,}|[<>{}*…]")  # DIR, NAME, FILE.json, *.yaml


def wrong_commands(text: str) -> list[str]:
    """Return the commands of the text's shell blocks that do not exist, or have an option that does not."""
    return [command for command in _commands(text) if not _command_exists(shlex.split(command, comments=True))]


def wrong_paths(text: str) -> list[str]:
    """Return the paths of this project that the text names in code or links to, and that are missing."""
    spans = re.findall(r"`([^`\n]+)`", _prose(text))
    named = [word for span in spans for word in span.split() if _is_project_path(word)]
    linked = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if ":" not in target]
    return [path for path in named + linked if not (ROOT / path).exists()]


def wrong_names(text: str) -> list[str]:
    """Return each "`NAME` in `path`" of the text whose file does not contain the name."""
    named = re.findall(r"`(\w+)`\s+in\s+`([^`]+\.py)`", _prose(text))
    return [f"{name} in {path}" for name, path in named if name not in _source(path)]


def _commands(text: str) -> list[str]:
    blocks = re.findall(r"```(?:bash|sh|shell|console)\n(.*?)```", text, flags=re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [part.strip() for line in lines for part in line.split("&&") if part.strip() and not line.startswith("#")]


def _prose(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def _is_project_path(word: str) -> bool:
    at_the_top = "/" not in word and word.endswith((".md", ".toml", ".txt"))
    return (word.startswith(TOP_FOLDERS) or at_the_top) and not PLACEHOLDER.search(Path(word).stem)


def _source(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).is_file() else ""


def _command_exists(words: list[str]) -> bool:
    program, *rest = [word for word in words if not re.fullmatch(r"\w+=.*", word)] or [""]
    program = program.removeprefix(".venv/bin/")
    if program == "make":
        return all(re.search(rf"^{re.escape(target)}:", _source("Makefile"), re.MULTILINE) for target in rest)
    if program == "emotion-hf":
        return _options_exist(typer.main.get_command(cli), rest)
    if (
        program in ("python", "python3")
        and rest[:1] == ["-m"]
        and rest[1].partition(".")[0] in ("train", "emotion_hf")
    ):
        file = f"{rest[1].replace('.', '/')}.py"
        sources = _source(file) + "".join(_source(str(path)) for path in (ROOT / "train").glob("*.py"))
        return bool(_source(file)) and all(option in sources for option in rest if option.startswith("--"))
    if program in ("python", "python3") and rest and rest[0].endswith(".py"):
        return (ROOT / rest[0]).is_file()
    paths = [word for word in (program, *rest) if _is_project_path(word)]
    return all((ROOT / path).exists() for path in paths)


def _options_exist(command, words: list[str]) -> bool:
    """Follow the sub-commands of a click ``command`` and look for the options behind them."""
    while isinstance(commands := getattr(command, "commands", None), dict) and words and not words[0].startswith("--"):
        if words[0] not in commands:
            return False
        command, words = commands[words[0]], words[1:]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    return known.issuperset(word for word in words if word.startswith("--"))


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("wrong", [wrong_commands, wrong_paths, wrong_names])
def test_what_the_documents_name_exists(name, wrong):
    assert wrong((ROOT / name).read_text(encoding="utf-8")) == []


def test_what_drifted_is_found():
    text = """
```bash
make app && make cake
emotion-hf predict clip.wav --json
emotion-hf predict clip.wav --jsonn
emotion-hf listen clip.wav
python -m train.knit  # no such entry
python apps.py
.venv/bin/pytest tests/test_no_such.py
```
`emotion_hf/audio.py` and `emotion_hf/odio.py`, [this](CONTRIBUTING.md) and [that](CONTRIBUTION.md),
`LABELS` in `emotion_hf/labels.py` and `LABLES` in `emotion_hf/labels.py`, `train/recipes/NAME.yaml`.
"""
    assert wrong_commands(text) == [
        "make cake",
        "emotion-hf predict clip.wav --jsonn",
        "emotion-hf listen clip.wav",
        "python -m train.knit  # no such entry",
        "python apps.py",
        ".venv/bin/pytest tests/test_no_such.py",
    ]
    assert wrong_paths(text) == ["emotion_hf/odio.py", "CONTRIBUTION.md"]
    assert wrong_names(text) == ["LABLES in emotion_hf/labels.py"]


def test_the_changelog_has_a_section_for_this_version():
    assert f"\n## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_licence_is_the_one_that_is_declared():
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0, January 2004" in licence
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_continuous_integration_can_be_run():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
