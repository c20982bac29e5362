"""Read and write `run.json`, which a training leaves beside the weights: the recipe, the data and the results.

It is published with the model, so it names neither folders of this machine nor speakers of private recordings.

Example:
    >>> run = Run.read(Path("emotion_hf/checkpoints/default"))
    >>> run.recipe["name"], run.data["train"].clips, run.machine
    ('default', 5981, '2 CPU cores')
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emotion_hf.corpora import CORPORA
from emotion_hf.corpora.hub_source import HubSource
from emotion_hf.disk import read_json, writing
from emotion_hf.errors import CheckpointError
from emotion_hf.recipes import RECORD, Recipe

RUN_FILE = RECORD
PARTS = ("train", "validation", "test")
NUMBER = int | float
_OF_PART = {"clips": int, "clips_by_corpus": dict, "clips_by_emotion": dict, "speakers": list}
_FIELDS = {
    "recipe.name": str,
    "recipe.seed": int,
    "recipe.notes": str,
    "recipe.data.labels": list | dict,
    "recipe.data.split": str,
    "recipe.data.validation": NUMBER,
    **{f"data.{part}.{name}": kind for part in PARTS for name, kind in _OF_PART.items()},
    "optimistic_split": bool,
    "validation": dict,
    "history": list,
    "versions": dict,
    "commit": str | None,
    "machine": str,
    "finished": str,
    "seconds": NUMBER,
}
"""The fields of every file, with their types."""
OPTIONAL = {"earlier_corpora": list, "languages": list, "hub_sources": dict}
"""Fields that a file has only if they are not empty, with their types."""


@dataclass(frozen=True)
class Part:
    """The clips of one part of a split.

    Attributes:
        clips: Number of clips.
        clips_by_corpus: Name of the corpus → number of clips.
        clips_by_emotion: Label → number of clips.
        speakers: As `public_speaker` names them, in order.
    """

    clips: int
    clips_by_corpus: dict[str, int]
    clips_by_emotion: dict[str, int]
    speakers: list[str]


@dataclass(frozen=True)
class Run:
    """How a model was trained.

    Attributes:
        recipe: Plain values of a recipe, or of a baseline's; both have `name`, `seed`, `notes` and `data`.
        data: The clips of `train`, `validation` and `test`.
        optimistic_split: The training data includes test speakers.
        validation: The validation speakers' figures; empty without such speakers.
        history: One mapping for each logged step of the training.
        versions: Library → version.
        commit: Commit of the source, if it was a git checkout.
        machine: Machine of the training.
        finished: Time of the end, as ISO 8601 in UTC.
        seconds: Duration.
        earlier_corpora: Corpora that were not used again, but that the model was trained on whose training this one
            continues.
        languages: ISO 639-1 codes of the languages of the training clips, where known.
        hub_sources: Data set of the Hub of each corpus that came from there.
    """

    recipe: dict[str, Any]
    data: dict[str, Part]
    optimistic_split: bool
    validation: dict[str, float]
    history: list[dict[str, Any]]
    versions: dict[str, str]
    commit: str | None
    machine: str
    finished: str
    seconds: float
    earlier_corpora: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    hub_sources: dict[str, HubSource] = field(default_factory=dict)

    @classmethod
    def find(cls, folder: Path) -> Run | None:
        """Return the run that made the model in `folder`; `None` for a model that was not trained here.

        Raises:
            CheckpointError: Its `run.json` is damaged, or lacks a field.
        """
        path = folder / RUN_FILE
        if not path.is_file():
            return None
        try:
            content = read_json(path)
            for name, kind in _FIELDS.items():
                _check(content, name, kind)
            for name, kind in OPTIONAL.items():
                _check({name: kind(), **content}, name, kind)
            sources = {name: HubSource(**source) for name, source in content.get("hub_sources", {}).items()}
        except (OSError, ValueError, TypeError) as error:
            raise CheckpointError(f"{path} is damaged or incomplete ({error}); train the model again.") from error
        data = {part: Part(**{name: content["data"][part][name] for name in _OF_PART}) for part in PARTS}
        known = {one.name: content[one.name] for one in dataclasses.fields(cls) if one.name in content}
        return cls(**known | {"data": data, "hub_sources": sources})

    @classmethod
    def read(cls, folder: Path) -> Run:
        """Return the run that made the model in `folder`.

        Raises:
            CheckpointError: There is no `run.json`, it is damaged, or it lacks a field.
        """
        run = cls.find(folder)
        if run is None:
            raise CheckpointError(f"{folder} has no {RUN_FILE}, which records its training; train it first.")
        return run

    def write(self, folder: Path) -> None:
        """Write the run beside the model in `folder`.

        Raises:
            WriteError: The file cannot be written.
        """
        plain = dataclasses.asdict(self)
        for name in OPTIONAL:
            if not plain[name]:
                del plain[name]
        with writing(folder):
            (folder / RUN_FILE).write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")

    @property
    def seen_speakers(self) -> set[str]:
        """The speakers of training and validation, as `public_speaker` names them."""
        return {*self.data["train"].speakers, *self.data["validation"].speakers}

    @property
    def corpora(self) -> tuple[str, ...]:
        """The corpora of training and validation, and those of the model whose training was continued."""
        used = (self.data[part].clips_by_corpus for part in ("train", "validation"))
        return tuple(dict.fromkeys([*(name for part in used for name in part), *self.earlier_corpora]))

    @property
    def seen_corpora(self) -> set[str]:
        """The same corpora as a set."""
        return {*self.corpora}

    @property
    def started_from(self) -> str:
        """Hub id of the pretrained encoder or name of the folder that the training started from; empty without one."""
        return self.recipe.get("encoder") or self.recipe.get("model", {}).get("checkpoint", "")

    @property
    def has_frozen_encoder(self) -> bool:
        """Whether the model has the encoder of its pretrained checkpoint unchanged, and only its head was trained."""
        model = self.recipe.get("model", {})
        frozen = not model.get("encoder", {}).get("trained_layers", 0) and bool(model.get("checkpoint"))
        return model.get("family") == "encoder" and frozen and not self.earlier_corpora

    @property
    def noise(self) -> str:
        """The noise in the training data: the last part of a folder's or a pattern's path; empty without noise."""
        return self.recipe.get("augmentation", {}).get("noise", "")


def public_recipe(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as plain values, with only the last part of each folder's path."""
    plain = dataclasses.asdict(recipe)
    plain["augmentation"]["noise"] = Path(recipe.augmentation.noise).name
    if Path(recipe.model.checkpoint).is_dir():  # otherwise it is a Hub id
        plain["model"]["checkpoint"] = Path(recipe.model.checkpoint).name
    return plain


def public_speaker(speaker: str | None) -> str:
    """Return the public name of a speaker: the real name only in published corpora.

    Others get a hash, which reveals nothing to people who do not know the name.
    """
    corpus, _, name = str(speaker).partition("/")
    if corpus in CORPORA or not name:
        return str(speaker)
    return f"{corpus}/{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _check(content: Any, name: str, kind: Any) -> None:
    """Raise a `ValueError` unless `content` has the value with this dotted name, of this kind."""
    value = content
    for key in name.split("."):
        if not isinstance(value, Mapping) or key not in value:
            raise ValueError(f"{name} is missing")
        value = value[key]
    if not isinstance(value, kind):
        raise ValueError(f"{name} has a value of the wrong type")
