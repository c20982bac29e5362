"""The models that this machine has: the one that ships, versions, trained ones, and downloaded ones of the Hub.

Example:
    >>> [model.key for model in catalogue(Settings(), Versions(Path("none")), downloaded=())]
    ['default']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from huggingface_hub import scan_cache_dir
from huggingface_hub.errors import CacheNotFound

from emotion_hf.checkpoint import count_parameters
from emotion_hf.disk import read_json
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.errors import EmotionError
from emotion_hf.labels import LABELS, canonical
from emotion_hf.run import Run
from emotion_hf.settings import Settings
from emotion_hf.versions import SHIPPED, Chosen, Versions

Kind = Literal["ships with this program", "named in the settings", "version", "trained here", "from the Hub"]
HEADS = ("ForSequenceClassification", "ForAudioClassification")
"""How the names of networks with an audio-classification head end."""
_LONGEST_CARD = 40_000


@dataclass(frozen=True)
class Model:
    """A model, whether it is loaded or not.

    Attributes:
        source: Folder or Hub id; empty for the model that ships.
        kind: Where it comes from.
        folder: Its folder on this machine, if it is here.
        labels: The meaning that was chosen for its labels, as pairs.
    """

    source: str
    kind: Kind
    folder: Path | None
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """A name that no other model has."""
        return self.source or SHIPPED

    @property
    def name(self) -> str:
        """Name for people."""
        return Path(self.source).name if self.folder and self.source and self.kind != "from the Hub" else self.key

    @property
    def chosen(self) -> Chosen:
        """The model as one that can be loaded."""
        return Chosen(self.source, self.labels)

    @property
    def own_labels(self) -> tuple[str, ...]:
        """Its own labels in its order, from its files; empty if they are not here."""
        if self.folder is None:
            return ()
        try:
            if (self.folder / "baseline.json").is_file():
                return tuple(map(str, read_json(self.folder / "baseline.json")["labels"]))
            config = read_json(self.folder / "config.json")
            unnamed = {number: f"LABEL_{number}" for number in range(config.get("num_labels", 2))}
            named = config.get("id2label", unnamed)  # transformers leaves out names such as LABEL_0
            return tuple(str(named[number]) for number in sorted(named, key=int))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return ()

    @property
    def foreign_labels(self) -> tuple[str, ...]:
        """Labels of somebody else's model that are none of ours; a model that was trained here has the right ones."""
        if self.run is not None:
            return ()
        return tuple(label for label in self.own_labels if canonical(label) not in LABELS)

    @property
    def run(self) -> Run | None:
        """The record of its training, if it was trained here."""
        try:
            return Run.find(self.folder) if self.folder else None
        except EmotionError:
            return None

    @property
    def parameters(self) -> int | None:
        """How many numbers its files store."""
        return count_parameters(self.folder) if self.folder else None

    @property
    def card(self) -> str:
        """Its card as Markdown, without the data at its top; empty if there is none here."""
        try:
            with (self.folder or Path()).joinpath("README.md").open(encoding="utf-8", errors="replace") as file:
                text = file.read(_LONGEST_CARD)
        except OSError:
            return ""
        if self.folder is None:
            return ""
        return text.partition("\n---\n")[2].strip() if text.startswith("---\n") else text.strip()


def catalogue(settings: Settings, versions: Versions, *, downloaded: Iterable[Model] | None = None) -> list[Model]:
    """Return the models of this machine, each once.

    Args:
        settings: Where they are.
        versions: Versions of the model.
        downloaded: Models in the cache of the Hub; by default they are looked up.
    """
    found = [Model("", "ships with this program", DEFAULT_MODEL_DIR)]
    if settings.model:
        found.append(model_of(settings.model, "named in the settings"))
    found += [Model(str(version.folder.resolve()), "version", version.folder) for version in versions.all()]
    runs = sorted(settings.runs_dir.resolve().glob("*/run.json"))
    found += [Model(str(path.parent), "trained here", path.parent) for path in runs if _is_complete(path.parent)]
    found += _downloaded() if downloaded is None else downloaded
    return list({model.key: model for model in reversed(found)}.values())[::-1]


def model_of(source: str, kind: Kind = "from the Hub", labels: tuple[tuple[str, str], ...] = ()) -> Model:
    """Return the model of a folder or a Hub id."""
    if Path(source).is_dir():
        return Model(str(Path(source).resolve()), kind, Path(source).resolve(), labels)
    here = {model.source: model.folder for model in _downloaded()}
    return Model(source, kind, here.get(source), labels)


def _is_complete(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("config.json", "baseline.json"))


def _downloaded() -> Iterator[Model]:
    """Yield the speech models in the cache of the Hub; other models there are left out."""
    try:
        repos = scan_cache_dir().repos
    except (CacheNotFound, OSError):
        return
    for repo in sorted(repos, key=lambda repo: repo.repo_id):
        newest = max(repo.revisions, key=lambda one: one.last_modified, default=None)
        if repo.repo_type == "model" and newest and _predicts_emotions(newest.snapshot_path):
            yield Model(repo.repo_id, "from the Hub", newest.snapshot_path)


def _predicts_emotions(folder: Path) -> bool:
    """Return whether a folder has a model with an audio-classification head, or a baseline."""
    if (folder / "baseline.json").is_file():
        return True
    try:
        names = read_json(folder / "config.json").get("architectures") or ()
        return (folder / "preprocessor_config.json").is_file() and any(str(name).endswith(HEADS) for name in names)
    except (OSError, ValueError, AttributeError, TypeError):
        return False
