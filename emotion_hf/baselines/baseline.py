"""A baseline as one folder: `baseline.json` describes it and `baseline.skops` contains its estimator, without pickle.

Example:
    >>> baseline = load_baseline(Path("runs/svm"))  # doctest: +SKIP
    >>> baseline.labels, baseline.answers([wave])[0].shape  # doctest: +SKIP
    (('happy', 'sad'), (1, 2))
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar
from zipfile import BadZipFile, ZipFile

import numpy as np
import skops.io
import torch
from sklearn.pipeline import Pipeline
from skops.io.exceptions import UntrustedTypesFoundException

from emotion_hf.baselines.embeddings import EncoderEmbeddings
from emotion_hf.baselines.estimators import KINDS, Estimator
from emotion_hf.baselines.features import EngineeredFeatures, Features
from emotion_hf.checkpoint import seal, verify
from emotion_hf.disk import read_json, writing
from emotion_hf.errors import CheckpointError
from emotion_hf.soundness import check_calibration, check_labels

FACTS, ESTIMATOR = "baseline.json", "baseline.skops"
MAX_BYTES = 2_000_000_000
"""An estimator unpacks to a few megabytes, but a small file may claim any size."""
# What skops, zipfile, numpy and scikit-learn raise on a damaged file.
READING_ERRORS = (
    *(OSError, EOFError, BadZipFile, zlib.error, ValueError, LookupError, ArithmeticError),
    *(TypeError, AttributeError, RuntimeError, ImportError, AssertionError, MemoryError),
)
PACKAGES = ("scikit-learn", "skops", "numpy", "torch", "transformers")
# Types in the estimators that skops does not trust by default.
TRUSTED_TYPES = [
    "emotion_hf.baselines.kernel.Kernel",
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
]


@dataclass(frozen=True)
class Baseline:
    """A fitted estimator with its features: a scorer for `EmotionRecognizer`.

    Attributes:
        labels: Labels in the order of the scores.
        features: Turns waves into features.
        estimator: Turns features into probabilities.
        not_sure_below: Confidence below which a prediction is "not sure".
        figures: Figures measured during the fit.
    """

    labels: tuple[str, ...]
    features: Features
    estimator: Estimator
    not_sure_below: float
    figures: Mapping[str, Any] = field(default_factory=dict)
    batch_size: ClassVar[int] = 16

    def answers(self, waves: Sequence[np.ndarray]) -> tuple[np.ndarray, None]:
        """Return calibrated probabilities `(waves, labels)` of mono waves at 16 kHz; there is no intensity."""
        return self.estimator.probabilities(self.features(waves)), None

    def save(self, folder: Path) -> None:
        """Write both files into `folder`, which is created if missing, and seal it.

        Raises:
            WriteError: The file system reports an error.
        """
        facts = {
            "kind": self.estimator.kind,
            "labels": self.labels,
            "features": self.features.settings,
            "temperature": self.estimator.temperature,
            "not_sure_below": self.not_sure_below,
            "figures": self.figures,
            "feature_names": self.features.names,
            "feature_groups": self.features.groups,
            "versions": {name: version(name) for name in PACKAGES},
        }
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / FACTS).write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            skops.io.dump(self.estimator.pipeline, folder / ESTIMATOR)
            seal(folder)


def load_baseline(folder: Path, *, device: str | torch.device | None = None) -> Baseline:
    """Load a baseline that `Baseline.save` wrote.

    Args:
        folder: Folder of both files.
        device: Device of a pretrained encoder.

    Raises:
        CheckpointError: A file is missing, damaged or changed, contains types that no baseline has, or does not fit
            the other file, this version's features or the current encoder.
    """
    verify(folder)
    facts = _read_facts(folder / FACTS)
    settings = facts["features"]
    features = make_features(settings.get("encoder"), settings.get("layer"), device)
    if dict(features.settings) != settings or list(features.names) != facts["feature_names"]:
        raise CheckpointError(f"The baseline {folder} was fitted on other features than today's; fit it again.")
    pipeline = _read_pipeline(folder / ESTIMATOR)
    known = getattr(pipeline, "classes_", ())
    if len(known) < 2 or max(known) >= len(facts["labels"]) or pipeline.n_features_in_ != len(features.names):
        raise CheckpointError(f"{folder / ESTIMATOR} does not belong to the {FACTS} beside it; fit it again.")
    return Baseline(
        labels=tuple(facts["labels"]),
        features=features,
        estimator=Estimator(facts["kind"], pipeline, len(facts["labels"]), float(facts["temperature"])),
        not_sure_below=float(facts["not_sure_below"]),
        figures=facts["figures"],
    )


def make_features(encoder: str | None, layer: int | None = None, device: str | torch.device | None = None) -> Features:
    """Return engineered features, or the embeddings of an encoder (Hub id or folder).

    Raises:
        CheckpointError: The encoder cannot be loaded.
    """
    return EncoderEmbeddings.from_pretrained(encoder, layer, device) if encoder else EngineeredFeatures()


def _read_facts(path: Path) -> dict[str, Any]:
    try:
        facts = read_json(path)
        if facts["kind"] not in KINDS:
            raise ValueError(f"the kind {facts['kind']!r} is not one of {', '.join(KINDS)}")
        for name in ("labels", "features", "feature_names", "temperature", "not_sure_below", "figures"):
            facts[name]
        if not isinstance(facts["labels"], list) or not isinstance(facts["features"], dict):
            raise ValueError("its labels are not a list, or its features not a mapping")
    except KeyError as error:
        raise CheckpointError(f"The baseline's {path} cannot be loaded: it has no {error}.") from error
    except (OSError, ValueError, TypeError) as error:
        raise CheckpointError(f"The baseline's {path} cannot be loaded: {error}.") from error
    check_labels(path.parent, facts["labels"])
    check_calibration(path.parent, facts, "temperature")
    return facts


def _read_pipeline(path: Path) -> Pipeline:
    try:
        with ZipFile(path) as parts:
            size = sum(part.file_size for part in parts.infolist())
        if size > MAX_BYTES:
            raise ValueError(f"it unpacks to {size / 1e9:,.1f} GB")
        return skops.io.load(path, trusted=TRUSTED_TYPES)
    except UntrustedTypesFoundException as error:
        found = ", ".join(sorted(set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED_TYPES)))
        raise CheckpointError(f"{path} contains types that no baseline has ({found}), so it is not loaded.") from error
    except READING_ERRORS as error:
        raise CheckpointError(f"The estimator {path} cannot be loaded: {' '.join(str(error).split())}") from error
