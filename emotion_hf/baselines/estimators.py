"""scikit-learn's estimators on clip features: settings and calibration come from cross-validation.

Folds keep a speaker's clips together, so settings and temperature suit unseen speakers. A clip may have changed
copies, which are used for training but not for scoring. Calibration divides logits, a decision function or logarithms
of probabilities, by one temperature (Guo et al. 2017).

Example:
    >>> rng = np.random.default_rng(0)
    >>> truth = np.repeat([0, 1], 40)
    >>> features = rng.standard_normal((80, 1, 3)) + truth[:, None, None]
    >>> folds = make_folds(truth, groups=np.tile(np.arange(8), 10), seed=0)
    >>> fitted = fit("logistic_regression", features, truth, folds, num_labels=2, seed=0)
    >>> fitted.estimator.probabilities(features[:, 0]).shape, fitted.scores.shape
    ((80, 2), (80, 2))
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import ParameterGrid, StratifiedGroupKFold, StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.parallel import Parallel, delayed

from emotion_hf.baselines.kernel import Kernel
from emotion_hf.calibration import fit_temperature
from emotion_hf.errors import SplitError

MAX_FOLDS = 5
LEAST_PROBABILITY = 1e-4  # a forest gives 0 to labels without votes; the logarithm would be minus infinity
TEMPERATURES = 0.01, 100.0
"""Decision functions have different scales, so the search is wide."""
Fold = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Kind:
    """One type of estimator.

    Attributes:
        estimator: The estimator before its settings are chosen.
        grid: Setting → values to try, or several such grids.
        has_logits: Whether it has a decision function; otherwise logarithms of its probabilities are used.
    """

    estimator: Any
    grid: Mapping[str, Sequence] | Sequence[Mapping[str, Sequence]]
    has_logits: bool = True


KINDS = {
    "svm": Kind(
        # One machine per label: its margin is a better logit than votes between pairs of labels.
        make_pipeline(Kernel(), OneVsRestClassifier(SVC(kernel="precomputed", class_weight="balanced"))),
        [
            {"kernel__gamma": [None], "onevsrestclassifier__estimator__C": [3e-4, 1e-3]},
            {"kernel__gamma": [1e-4, 3e-4], "onevsrestclassifier__estimator__C": [1.0, 3.0]},
        ],
    ),
    "logistic_regression": Kind(
        LogisticRegression(class_weight="balanced", max_iter=1000), {"C": [1e-3, 3e-3, 1e-2, 3e-2]}
    ),
    "random_forest": Kind(
        RandomForestClassifier(300, class_weight="balanced_subsample"),
        {"max_features": ["sqrt", 0.1]},
        has_logits=False,
    ),
    "mlp": Kind(
        MLPClassifier((512,), learning_rate_init=3e-4, max_iter=60),
        {"alpha": [1.0, 10.0]},
        has_logits=False,
    ),
    "gradient_boosting": Kind(
        HistGradientBoostingClassifier(class_weight="balanced", max_features=0.1, early_stopping=False),
        {"max_leaf_nodes": [7, 15]},
    ),
}


@dataclass(frozen=True)
class Estimator:
    """A fitted estimator, and how its outputs become probabilities.

    Attributes:
        kind: Name in `KINDS`.
        pipeline: Imputation of missing values, standardisation, estimator.
        num_labels: Number of labels; the training data of the pipeline may have fewer.
        temperature: Divisor of the logits.
    """

    kind: str
    pipeline: Pipeline
    num_labels: int
    temperature: float = 1.0

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Return logits `(clips, labels)`: minus infinity for a label without training clips."""
        if KINDS[self.kind].has_logits:
            known = self.pipeline.decision_function(features)
            known = np.stack([-known / 2, known / 2], axis=1) if known.ndim == 1 else known  # of two labels
        else:
            known = np.log(np.maximum(self.pipeline.predict_proba(features), LEAST_PROBABILITY))
        logits = np.full((len(features), self.num_labels), -np.inf)
        logits[:, self.pipeline.classes_] = known
        return logits

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities `(clips, labels)` of features `(clips, features)`."""
        return calibrated(self.logits(features), self.temperature)


@dataclass(frozen=True)
class Fitted:
    """Result of a fit.

    Attributes:
        estimator: Fitted on all clips.
        settings: The chosen settings.
        tried: All settings tried, with their UA in the cross-validation.
        scores: Cross-validated probabilities of each clip, by a model not trained on its speaker, `(clips, labels)`.
    """

    estimator: Estimator
    settings: dict[str, Any]
    tried: list[dict[str, Any]]
    scores: np.ndarray


def make_folds(truth: np.ndarray, groups: np.ndarray | None, seed: int) -> list[Fold]:
    """Return up to five (trained, held out) pairs of row numbers with similar shares of labels.

    Args:
        truth: Label number of each clip.
        groups: Speaker of each clip, kept in one fold; `None` allows speakers on both sides.
        seed: Seed of the draw.

    Raises:
        SplitError: There are fewer than two speakers, a label has a single clip, or a fold leaves only one label.
    """
    rows = np.zeros((len(truth), 1))
    if groups is not None:
        count = min(MAX_FOLDS, len(np.unique(groups)))
        if count < 2:
            raise SplitError(
                "Settings are chosen on held-out speakers, but the training part has only one speaker; "
                "add speakers, or use random:0.25."
            )
        folds = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    else:
        count = min(MAX_FOLDS, np.unique(truth, return_counts=True)[1].min())
        if count < 2:
            raise SplitError("A label has only one training clip, but settings need held-out clips; add clips.")
        folds = StratifiedKFold(count, shuffle=True, random_state=seed)
    pairs = list(folds.split(rows, truth, groups))
    if any(len(np.unique(truth[trained])) < 2 for trained, _ in pairs):
        raise SplitError(
            "Without the held-out clips, only one emotion is left to train on; add clips of others by other speakers."
        )
    return pairs


def fit(
    kind: str,
    features: np.ndarray,
    truth: np.ndarray,
    folds: Sequence[Fold],
    *,
    num_labels: int,
    seed: int,
    jobs: int = 1,
    progress: Callable[..., Iterable] = lambda tasks, **_: tasks,
) -> Fitted:
    """Choose settings by cross-validation, calibrate on it, then fit on all clips.

    Args:
        kind: Name in `KINDS`.
        features: `(clips, copies, features)`, the clip itself first; NaN for missing values.
        truth: Label number of each clip.
        folds: Folds from `make_folds`.
        num_labels: Number of labels, including those without clips.
        seed: Seed of the estimator.
        jobs: Number of parallel processes.
        progress: Wraps the fits, for a progress bar; gets `total`.
    """
    candidates = list(ParameterGrid(KINDS[kind].grid))
    options = {"num_labels": num_labels, "seed": seed}
    tasks = [(settings, fold) for settings in candidates for fold in folds]
    run = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_held_out_logits)(kind, settings, features, truth, fold, options) for settings, fold in tasks
    )
    logits = np.zeros((len(candidates), len(truth), num_labels))
    for number, (found, (_, fold)) in enumerate(zip(progress(run, total=len(tasks)), tasks, strict=True)):
        logits[number // len(folds), fold[1]] = found
    figures = [float(balanced_accuracy_score(truth, one.argmax(axis=1))) for one in logits]
    best = int(np.argmax(figures))
    temperature = fit_temperature(logits[best], truth, between=TEMPERATURES)
    estimator = fit_estimator(kind, candidates[best], features, truth, num_labels=num_labels, seed=seed)
    return Fitted(
        estimator=replace(estimator, temperature=temperature),
        settings=candidates[best],
        tried=[{"settings": each, "ua": ua} for each, ua in zip(candidates, figures, strict=True)],
        scores=calibrated(logits[best], temperature),
    )


def fit_estimator(
    kind: str, settings: Mapping[str, Any], features: np.ndarray, truth: np.ndarray, *, num_labels: int, seed: int
) -> Estimator:
    """Return an estimator with these settings, fitted on clips `(clips, copies, features)`, at temperature 1."""
    copies = features.shape[1]
    estimator = clone(KINDS[kind].estimator)
    seeds = {name: seed for name in estimator.get_params() if name.endswith("random_state")}
    steps = {
        "impute": SimpleImputer(strategy="median", keep_empty_features=True),
        "standardize": StandardScaler(),
        "estimate": estimator.set_params(**seeds, **settings),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the mlp stops early on purpose
        pipeline = Pipeline(list(steps.items())).fit(np.concatenate(features), np.repeat(truth, copies))
    return Estimator(kind, pipeline, num_labels)


def calibrated(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Return the probabilities `(clips, labels)` of logits at a temperature."""
    shares = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    return shares / shares.sum(axis=1, keepdims=True)


def _held_out_logits(
    kind: str, settings: Mapping[str, Any], features: np.ndarray, truth: np.ndarray, fold: Fold, options: Mapping
) -> np.ndarray:
    trained, held_out = fold
    return fit_estimator(kind, settings, features[trained], truth[trained], **options).logits(features[held_out, 0])
