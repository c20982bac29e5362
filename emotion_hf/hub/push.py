"""Publish a model on the Hub: weights, configuration, extractor, the code they need, card and licence; nothing else.

Everything is checked before the Hub is contacted, because people who download a model run its code. A folder without a
card gets one from what it holds; a card that is there, perhaps edited by hand, is published as it is.

Example:
    >>> push_model(Path("runs/default"), "me/emotions").url  # doctest: +SKIP
    'https://huggingface.co/me/emotions'
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml
from huggingface_hub import ModelCard, ModelCardData

from emotion_hf.baselines.baseline import ESTIMATOR, FACTS
from emotion_hf.disk import read_json
from emotion_hf.errors import CheckpointError, EmotionError, HubError, SettingsError
from emotion_hf.evaluation.results import Report
from emotion_hf.hub.card import LICENCE, gaps, licence_text, make_card, write_card
from emotion_hf.hub.repository import Repository, check_access
from emotion_hf.recognizer import EmotionRecognizer

NEEDED = ("config.json", "preprocessor_config.json")
NEEDED_OF_BASELINE = (FACTS, ESTIMATOR)
PUBLISHED = (".safetensors", ".onnx", ".json", ".py", ".md")
CARD = "README.md"
PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".joblib", ".ckpt", ".npy", ".npz", ".dill", ".h5")
PICKLED = re.compile(rb"\x80[\x02-\x05]|PK\x03\x04")  # a pickle, and the zip file that torch.save puts one into
ABSOLUTE_PATH = re.compile(r"(?:^|[\s\"'(=,])(?:~?/[\w.@+-]+(?:/|$)|[A-Za-z]:[\\/]|\\\\\w|file://)")
HOLE = re.compile(r"\{\{[ -]|\{[%#]|\bTODO\b|\bTBD\b|(?i:More Information Needed)")
SELF = "FOLDER_OR_HUB_ID"  # the card's placeholder for its own model


@dataclass(frozen=True)
class Pushed:
    """Result of a publication: the address of the model, and what its card lacks."""

    url: str
    gaps: tuple[str, ...]


def push_model(
    folder: Path,
    repo: str,
    *,
    public: bool = False,
    message: str = "Push by emotion-hf",
    licence: str = "",
    languages: Sequence[str] = (),
) -> Pushed:
    """Publish the checkpoint in ``folder`` as ``repo``, in one commit.

    Args:
        folder: A folder from ``emotion-hf train`` or ``python -m train.baseline``.
        repo: ``NAMESPACE/NAME``; afterwards it contains exactly this model.
        public: Whether it is public; otherwise only permitted users have access.
        message: Message of the commit.
        licence: Licence of your own recordings, for a folder without a card.
        languages: Their languages, in the same way.

    Raises:
        CheckpointError: The folder cannot be loaded, or contains something that must not be published.
        HubError: The card is invalid, or the Hub refuses; nothing was published.
        SettingsError: The licence is unknown, or the folder has a card already.
    """
    check_access(repo)
    if (licence or languages) and (folder / CARD).is_file():
        raise SettingsError(
            f"{folder / CARD} exists and is published as it is; change its licence and language there, or remove it."
        )
    files = check_model(folder)
    card = _card_in(folder) if CARD in files else make_card(folder, licence=licence, languages=languages)
    check_card(card, folder / CARD)
    contents: dict[str, Path | bytes] = {**files, CARD: card.replace(SELF, repo).encode()}
    if LICENCE not in files:
        contents[LICENCE] = licence_text(cast(ModelCardData, ModelCard(card).data).license or "").encode()
    url = Repository.open(repo, "model", public=public).replace(contents, message=message)
    return Pushed(url, tuple(gaps(card)))


def publish(folder: Path, repo: str, report: Report, template: Path) -> str:
    """Write the card with the figures of a report into a checkpoint folder, publish it, and return its address.

    Raises:
        HubError: It failed; the message has the command to repeat it.
        WriteError: The file system reports an error.
    """
    write_card(folder, report, template)
    try:
        return push_model(folder, repo).url
    except EmotionError as error:
        raise HubError(f"{error} The model is safe; to publish it, run: emotion-hf push {folder} {repo}") from error


def check_model(folder: Path) -> dict[str, Path]:
    """Return the files of the checkpoint in ``folder`` to publish, by name.

    Raises:
        CheckpointError: As `push_model`.
    """
    if not folder.is_dir():
        raise CheckpointError(f"There is no folder {folder}; name the folder of a trained model.")
    present = [path for path in sorted(folder.iterdir()) if path.is_file()]
    is_baseline = (folder / FACTS).is_file()
    _refuse_pickles([path for path in present if not (is_baseline and path.name == ESTIMATOR)])
    kept = (*NEEDED_OF_BASELINE, LICENCE) if is_baseline else (LICENCE,)
    files = {path.name: path for path in present if path.suffix in PUBLISHED or path.name in kept}
    if missing := [name for name in (NEEDED_OF_BASELINE if is_baseline else NEEDED) if name not in files]:
        raise CheckpointError(f"{folder} has no {missing[0]}, so it cannot be published; train the model again.")
    if not is_baseline and not any(path.suffix == ".safetensors" for path in files.values()):
        raise CheckpointError(f"{folder} has no weights in a .safetensors file, the only format that is published.")
    for path in files.values():
        if path.suffix == ".json":
            _refuse_private_paths(path)
    if is_baseline:
        _refuse_private_encoder(files[FACTS])
    else:
        _check_code(files)
    EmotionRecognizer.from_pretrained(folder)  # a baseline's estimator is read without pickle, with trusted types only
    return files


def check_card(card: str, path: Path) -> None:
    """Check a card: its head is valid, its figures are numbers, and no placeholder is left.

    Raises:
        HubError: It is invalid; the message calls it ``path``.
    """
    remedy = "correct it, or remove it so that emotion-hf push writes another"
    try:
        figures = [result.metric_value for result in cast(ModelCardData, ModelCard(card).data).eval_results or ()]
    except (ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        raise HubError(f"The head of {path} is not valid YAML; {remedy}.") from error
    if not all(isinstance(one, int | float) and math.isfinite(one) for one in figures):
        raise HubError(f"The card {path} has a figure that is not a number (model-index); {remedy}.")
    if found := HOLE.search(card):
        raise HubError(f"The card {path} has an unfilled placeholder ({found[0].strip()}); {remedy}.")


def _card_in(folder: Path) -> str:
    try:
        return (folder / CARD).read_text(encoding="utf-8")
    except ValueError as error:
        raise HubError(f"The card {folder / CARD} is not UTF-8 text; save it again with this encoding.") from error


def _refuse_private_encoder(facts: Path) -> None:
    """Refuse a baseline on the embeddings of an encoder that only this machine has."""
    encoder = read_json(facts).get("features", {}).get("encoder")
    if encoder and Path(encoder).exists():
        raise CheckpointError(
            f"{facts} needs the encoder in the folder {encoder}, which nobody else has; fit the baseline with the "
            "encoder's Hub id as --features."
        )


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
