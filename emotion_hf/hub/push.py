"""Publish a model on the Hub: weights, configuration, extractor, the code they need, card and licence; nothing else.

Everything is checked before the Hub is contacted, because people who download a model run its code.

Example:
    >>> push_model(Path("runs/default"), "me/emotions")  # doctest: +SKIP
    'https://huggingface.co/me/emotions'
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import yaml
from huggingface_hub import ModelCard, ModelCardData

from emotion_hf.disk import read_json
from emotion_hf.errors import CheckpointError, EmotionError, HubError
from emotion_hf.evaluation.results import Report
from emotion_hf.hub.card import licence_text, write_card
from emotion_hf.hub.repository import Repository, check_access
from emotion_hf.recognizer import EmotionRecognizer

NEEDED = ("config.json", "preprocessor_config.json", "README.md")
PUBLISHED = (".safetensors", ".json", ".py", ".md")
LICENCE = "LICENSE"
PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".joblib", ".ckpt", ".npy", ".npz", ".dill", ".h5")
PICKLED = re.compile(rb"\x80[\x02-\x05]|PK\x03\x04")  # a pickle, and the zip file that torch.save puts one into
ABSOLUTE_PATH = re.compile(r"(?:^|[\s\"'(=,])(?:~?/[\w.@+-]+(?:/|$)|[A-Za-z]:[\\/]|\\\\\w|file://)")
HOLE = re.compile(r"\{\{[ -]|\{[%#]|\bTODO\b|\bTBD\b|(?i:More Information Needed|Not measured yet)")
SELF = "FOLDER_OR_HUB_ID"  # the card's placeholder for its own model


def push_model(folder: Path, repo: str, *, public: bool = False, message: str = "Push by emotion-hf") -> str:
    """Publish the checkpoint in ``folder`` as ``repo``, in one commit, and return its address.

    Args:
        folder: A folder from ``emotion-hf train``, with the card that ``emotion-hf evaluate --card`` writes.
        repo: ``NAMESPACE/NAME``; afterwards it contains exactly this model.
        public: Whether it is public; otherwise only permitted users have access.
        message: Message of the commit.

    Raises:
        CheckpointError: The folder cannot be loaded, or contains something that must not be published.
        HubError: The card is incomplete, or the Hub refuses; nothing was published.
    """
    check_access(repo)
    files = check_model(folder)
    card = files["README.md"].read_text(encoding="utf-8").replace(SELF, repo)
    contents: dict[str, Path | bytes] = {**files, "README.md": card.encode()}
    if LICENCE not in files:
        contents[LICENCE] = licence_text(ModelCard(card).data.to_dict()["license"]).encode()
    return Repository.open(repo, "model", public=public).replace(contents, message=message)


def publish(folder: Path, repo: str, report: Report, template: Path) -> str:
    """Write the card with the figures of a report into a checkpoint folder, publish it, and return its address.

    Raises:
        HubError: It failed; the message has the command to repeat it.
        WriteError: The file system reports an error.
    """
    write_card(folder, report, template)
    try:
        return push_model(folder, repo)
    except EmotionError as error:
        raise HubError(f"{error} The model is safe; to publish it, run: emotion-hf push {folder} {repo}") from error


def check_model(folder: Path) -> dict[str, Path]:
    """Return the files of the checkpoint in ``folder`` to publish, by name.

    Raises:
        CheckpointError, HubError: As `push_model`.
    """
    if not folder.is_dir():
        raise CheckpointError(f"There is no folder {folder}; name the folder of a trained model.")
    present = [path for path in sorted(folder.iterdir()) if path.is_file()]
    _refuse_pickles(present)
    files = {path.name: path for path in present if path.suffix in PUBLISHED or path.name == LICENCE}
    if missing := [name for name in NEEDED if name not in files]:
        raise CheckpointError(
            f"{folder} has no {missing[0]}, so it cannot be published; "
            "emotion-hf evaluate --card writes the card, emotion-hf train the rest."
        )
    if not any(path.suffix == ".safetensors" for path in files.values()):
        raise CheckpointError(f"{folder} has no weights in a .safetensors file, the only format that is published.")
    for path in files.values():
        if path.suffix == ".json":
            _refuse_private_paths(path)
    check_card(files["README.md"])
    EmotionRecognizer.from_pretrained(folder)
    _check_code(files)
    return files


def check_card(path: Path) -> None:
    """Check that a card is complete.

    Raises:
        HubError: It is not; the message lists what is missing.
    """
    remedy = "write it with emotion-hf evaluate FOLDER --data NAME=DIR --card"
    try:
        text = path.read_text(encoding="utf-8")
        data = cast(ModelCardData, ModelCard(text).data)
    except (ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        raise HubError(f"The head of {path} is not valid YAML; {remedy}.") from error
    figures = [result.metric_value for result in data.eval_results or ()]
    holes = [] if data.license else ["no licence"]
    if not figures or not all(isinstance(one, int | float) and math.isfinite(one) for one in figures):
        holes.append("no measured figures (model-index)")
    holes += [f"an unfilled placeholder ({found[0].strip()})" for found in [HOLE.search(text)] if found]
    if holes:
        raise HubError(f"The card {path} has {' and '.join(holes)}; {remedy}.")


def _refuse_pickles(paths: list[Path]) -> None:
    for path in paths:
        with path.open("rb") as file:
            head = file.read(8)
        if path.suffix.lower() in PICKLES or PICKLED.match(head):
            raise CheckpointError(
                f"{path} can hold a pickle, which can run code when it is opened; "
                "remove it, and keep weights as .safetensors."
            )


def _refuse_private_paths(path: Path) -> None:
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} is not valid JSON.") from error
    for place, text in _texts(content, ""):
        if ABSOLUTE_PATH.search(text):
            raise CheckpointError(
                f"{path} names a path of this machine at {place or 'its top'}: {text!r}; shorten it, "
                "because the file will be published."
            )


def _texts(content: object, place: str) -> Iterator[tuple[str, str]]:
    """Yield every text in JSON, keys too, with its place: ``recipe.augmentation.noise``."""
    if isinstance(content, str):
        yield place, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield place, key
            yield from _texts(value, f"{place}.{key}".lstrip("."))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from _texts(value, f"{place}[{number}]")


def _check_code(files: dict[str, Path]) -> None:
    """Check that the modules named in config and extractor exist, and those that they import."""
    named = set()
    for name in ("config.json", "preprocessor_config.json"):
        classes = json.loads(files[name].read_text(encoding="utf-8")).get("auto_map", {})
        named |= {str(one).partition(".")[0] for one in classes.values()}
    for path in (path for path in files.values() if path.suffix == ".py"):
        named |= set(re.findall(r"^from \.(\w+) import", path.read_text(encoding="utf-8", errors="replace"), re.M))
    if missing := sorted(name for name in named if f"{name}.py" not in files):
        raise CheckpointError(f"{files['config.json'].parent} lacks {missing[0]}.py, which the model needs.")
