"""The documents cannot drift: the commands, options, paths, names and links that they give exist.

Their examples print what the documents say, but for the figures.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import json
import math
import os
import re
import shlex
import sys
from collections.abc import Collection
from pathlib import Path

import pytest
import typer
import yaml

from emotion_hf import __version__
from emotion_hf.baselines.estimators import KINDS
from emotion_hf.cli import cli, cross_validate, evaluate, retrain, train
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.installed import recipe_names

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(f"docs/{path.name}" for path in ROOT.glob("docs/*.md"))
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", *PAGES)
EXAMPLES = sorted(ROOT.glob("docs/examples/*.py"))
TOP_FOLDERS = ("emotion_hf/", "train/", "tests/", "benchmarks/", "docs/", ".ci/")
RECIPES = recipe_names()
COMMANDS_WITH_RECIPE = {"emotion-hf train": RECIPES, "-m train.finetune": RECIPES, "-m train.baseline": KINDS}
WITH_ARGPARSE = {"train": train, "evaluate": evaluate, "retrain": retrain, "cross-validate": cross_validate}
PLACEHOLDER = re.compile(r"[A-Z]{3,}|[<>{}*…]")  # DIR, NAME, FILE.json, *.yaml


def wrong_commands(text: str) -> list[str]:
    """Return the commands of the text's shell blocks that do not exist, or have an option that does not."""
    return [command for command in _commands(text) if not _command_exists(shlex.split(command, comments=True))]


def wrong_recipes(text: str) -> list[str]:
    """Return the recipes and baselines that the text's commands name and that do not exist."""
    spans = re.findall(r"`((?:emotion-hf|python3? -m) [^`\n]+)`", _prose(text))
    lines = [line.strip() for line in text.splitlines() if re.match(r" +(emotion-hf|python -m) ", line)]
    wrong = []
    for command in [*_commands(text), *spans, *lines]:
        words = shlex.split(command, comments=True)
        for start, known in COMMANDS_WITH_RECIPE.items():
            if start in " ".join(words[:3]):
                wrong += [one for one in _operands(words, start)[:1] if not _is_named(one, known)]
        if "-m train.run_all" in " ".join(words[:3]):
            wrong += [one for one in _operands(words, "train.run_all") if not _is_named(one, {*RECIPES, *KINDS})]
    return wrong


def _operands(words: list[str], start: str) -> list[str]:
    """Return the words after the command and before its first option."""
    after = words[words.index(start.split()[-1]) + 1 :]
    return after[: next((at for at, word in enumerate(after) if word.startswith("-")), len(after))]


def _is_named(word: str, known: Collection[str]) -> bool:
    return word in known or bool(PLACEHOLDER.search(word)) or word.endswith("run.json") or (ROOT / word).is_file()


def wrong_paths(text: str) -> list[str]:
    """Return the paths of this project that the text names in code, and that are missing."""
    spans = re.findall(r"`([^`\n]+)`", _prose(text))
    named = [word for span in spans for word in span.split() if _is_project_path(word)]
    return [path for path in named if not (ROOT / path).exists()]


def wrong_spans(text: str) -> list[str]:
    """Return the commands in the text's sentences and tables that do not exist, or have an option that does not."""
    spans = re.findall(r"`((?:emotion-hf|make|python3? -m) [^`\n]+)`", _prose(text))
    return [span for span in spans if not _command_exists(shlex.split(span))]


def wrong_links(text: str, file: Path) -> list[str]:
    """Return the relative links in the text of ``file`` that lead to no file or to no heading."""
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", _prose(text)) if ":" not in target]
    return [target for target in targets if not _leads_somewhere(target, file)]


def printed_examples(text: str) -> list[tuple[str, str]]:
    """Return each Python block that a text block follows, with that text: what it prints."""
    return re.findall(r"```python\n((?:(?!```).)*)```\n\n```text\n(.*?)```", text, flags=re.DOTALL)


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


def _leads_somewhere(target: str, file: Path) -> bool:
    path, _, anchor = target.partition("#")
    found = file.parent / path if path else file
    return found.exists() and (not anchor or anchor in _anchors(found.read_text(encoding="utf-8")))


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _prose(text), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def _without_figures(text: str) -> str:
    """Return text without its numbers, which differ a little from machine to machine."""
    return re.sub(r"\d+(\.\d+)?", "N", text)


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
    if program == "emotion-hf" and rest and rest[0] in WITH_ARGPARSE:
        known = WITH_ARGPARSE[rest[0]].make_parser()._option_string_actions
        return all(word in known for word in rest if word.startswith("-"))
    if program == "emotion-hf":
        return _options_exist(typer.main.get_command(cli), rest)
    if (
        program in ("python", "python3")
        and rest[:1] == ["-m"]
        and rest[1].partition(".")[0] in ("train", "emotion_hf", "benchmarks")
    ):
        file = f"{rest[1].replace('.', '/')}.py"
        folder = rest[1].partition(".")[0] if rest[1].startswith("benchmarks") else "train"
        sources = _source(file) + "".join(_source(str(path)) for path in (ROOT / folder).glob("*.py"))
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
@pytest.mark.parametrize("wrong", [wrong_commands, wrong_spans, wrong_paths, wrong_names])
def test_what_the_documents_name_exists(name, wrong):
    assert wrong((ROOT / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_recipes_that_the_documents_name_exist(name):
    assert wrong_recipes((ROOT / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name):
    assert wrong_links((ROOT / name).read_text(encoding="utf-8"), ROOT / name) == []


def test_every_page_is_in_the_sites_navigation():
    groups = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    pages = [page for group in groups for entry in group.values() for page in _pages(entry)]
    inside = [page for page in pages if f"docs/{page}" in PAGES]
    assert sorted(f"docs/{page}" for page in inside) == PAGES
    outside = [page for page in pages if page not in inside]
    assert [page for page in outside if not (ROOT / page).is_file()] == []
    assert {f"benchmarks/{page.name}" for page in ROOT.glob("benchmarks/*.md")} <= {*outside}


def _pages(entry: str | list[dict[str, str]]) -> list[str]:
    return [entry] if isinstance(entry, str) else [page for one in entry for page in one.values()]


def test_the_table_of_settings_is_that_of_the_settings():
    spec = importlib.util.spec_from_file_location("settings_table", ROOT / "docs" / "settings_table.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = script.PAGE.read_text(encoding="utf-8")
    assert page == script.with_table(page), "run: python docs/settings_table.py"


@pytest.mark.parametrize("name", ["README.md", "docs/examples.md"])
def test_examples_print_what_the_documents_say(name, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    examples = printed_examples((ROOT / name).read_text(encoding="utf-8"))
    assert examples
    for code, said in examples:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, name, "exec"), {"__name__": "__main__"})
        assert _without_figures(printed.getvalue()) == _without_figures(said)


def test_the_figures_of_the_model_that_ships_are_the_same_everywhere():
    readme, accuracy = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/accuracy.md"))
    rows = re.findall(r"^\| (?:UA|WA|macro-F1|ECE)\b.*\|$", readme, flags=re.MULTILINE)
    assert len(rows) == 4 and [row for row in rows if row not in accuracy] == []
    weights = (DEFAULT_MODEL_DIR / "model.safetensors").read_bytes()
    header = json.loads(weights[8 : 8 + int.from_bytes(weights[:8], "little")])
    count = sum(math.prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")
    assert f"has {count:,} parameters" in readme


def test_the_page_of_examples_has_their_files():
    codes = [code for code, _ in printed_examples((ROOT / "docs" / "examples.md").read_text(encoding="utf-8"))]
    assert sorted(codes) == sorted(path.read_text(encoding="utf-8") for path in EXAMPLES)
    assert all(code.count("\n") <= 40 for code in codes)


def help_texts() -> dict[str, str]:
    """Return the help of each command and of each entry of `train/`, and the comments of each recipe."""
    texts = _help_of(typer.main.get_command(cli), "emotion-hf")
    for path in sorted((ROOT / "train").glob("*.py")):
        module = importlib.import_module(f"train.{path.stem}")
        if hasattr(module, "main"):
            texts[f"train.{path.stem}"] = sys.modules[module.main.__module__].make_parser().format_help()
    texts |= {f"emotion-hf {name}": module.make_parser().format_help() for name, module in WITH_ARGPARSE.items()}
    for path in sorted((ROOT / "train" / "recipes").glob("*.yaml")):
        texts[path.name] = re.sub("^# ", "    ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return texts


def _help_of(command, name: str) -> dict[str, str]:
    texts = {name: command.help or ""}
    for part, inner in (getattr(command, "commands", None) or {}).items():
        texts |= _help_of(inner, f"{name} {part}")
    return texts


@pytest.mark.parametrize(("name", "text"), help_texts().items(), ids=help_texts())
def test_commands_and_recipes_that_a_help_text_names_exist(name, text):
    lines = [line.strip() for line in text.splitlines() if re.match(r" +(emotion-hf|python -m) ", line)]
    lines = [re.sub(r"(?:\[.*?\]| \.\.\.)", "", line) for line in lines]
    assert [line for line in lines if not _command_exists(shlex.split(line, comments=True))] == []
    assert wrong_spans(text) == [] and wrong_recipes(text) == []


def test_every_command_has_an_example_in_its_help():
    texts = help_texts()
    assert {"train.baseline", "train.finetune", "train.run_all", "emotion-hf push", "emotion-hf card"} <= texts.keys()
    commands = [name for name in texts if not name.endswith((".yaml", "emotion-hf"))]
    assert [name for name in commands if not re.search(r"^ +(emotion-hf|python -m) ", texts[name], re.MULTILINE)] == []


def test_a_wrong_recipe_is_found():
    text = """
```bash
emotion-hf train whsiper --data ravdess=DIR
emotion-hf train RECIPE.yaml --data ravdess=DIR
python -m train.baseline swm --data mine=DIR
python -m train.run_all resnet svm knn --data mine=DIR
```
`emotion-hf train resnet50 --data mine=DIR` and `python -m train.finetune runs/mine/run.json --data mine=DIR`
"""
    assert wrong_recipes(text) == ["whsiper", "swm", "knn", "resnet50"]


def test_what_drifted_is_found():
    text = """
```bash
make app && make cake
emotion-hf predict clip.wav --json
emotion-hf predict clip.wav --jsonn
emotion-hf whistle clip.wav
python -m train.knit  # no such entry
python apps.py
.venv/bin/pytest tests/test_no_such.py
```
`emotion_hf/audio.py` and `emotion_hf/odio.py`, [this](CONTRIBUTING.md) and [that](CONTRIBUTION.md),
[here](docs/training.md#recipes), [there](docs/training.md#recepies),
`emotion-hf models list`, `emotion-hf models last`,
`LABELS` in `emotion_hf/labels.py` and `LABLES` in `emotion_hf/labels.py`, `train/recipes/NAME.yaml`.
"""
    assert wrong_commands(text) == [
        "make cake",
        "emotion-hf predict clip.wav --jsonn",
        "emotion-hf whistle clip.wav",
        "python -m train.knit  # no such entry",
        "python apps.py",
        ".venv/bin/pytest tests/test_no_such.py",
    ]
    assert wrong_paths(text) == ["emotion_hf/odio.py"]
    assert wrong_spans(text) == ["emotion-hf models last"]
    assert wrong_links(text, ROOT / "README.md") == ["CONTRIBUTION.md", "docs/training.md#recepies"]
    assert wrong_names(text) == ["LABLES in emotion_hf/labels.py"]


def test_the_changelog_has_a_section_for_this_version():
    assert f"\n## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_licence_is_the_one_that_is_declared():
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0, January 2004" in licence
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_continuous_integration_can_be_run():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
