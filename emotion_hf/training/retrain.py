"""Retrain a model with corrections: choose training and held-out clips, and measure the old and the new model.

Example:
    >>> plan = make_plan(base, run, FeedbackStore(folder), {"ravdess": Path("ravdess")})  # doctest: +SKIP
    >>> fine_tune(plan.recipe, data, output, prepared=(plan.clips, plan.split))  # doctest: +SKIP
    >>> decide({role: (old[role], new) for role, new in measure(recognizer, plan).items()})  # doctest: +SKIP
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion_hf.audio import load_audio
from emotion_hf.corpora.votes import recordings, to_learn, unused
from emotion_hf.data.loader import CORRECTIONS, load_corpora
from emotion_hf.data.splits import Split, make_split
from emotion_hf.device import cores
from emotion_hf.disk import read_json
from emotion_hf.errors import AudioError, CheckpointError, FeedbackError, RecipeError
from emotion_hf.evaluation.distortions import distortions
from emotion_hf.evaluation.evaluate import evaluate
from emotion_hf.evaluation.gate import Role, expectation
from emotion_hf.evaluation.results import Report
from emotion_hf.evaluation.robustness import Distorted
from emotion_hf.feedback import Correction, FeedbackStore
from emotion_hf.feedback.ledger import one_way
from emotion_hf.feedback.sound import content_of
from emotion_hf.recipes import ModelRecipe, Recipe, recipe_from_mapping
from emotion_hf.run import Run, public_speaker
from emotion_hf.training.build import describe
from emotion_hf.training.replay import epoch_shares, hold_out, sha256

if TYPE_CHECKING:
    from datasets import Dataset

    from emotion_hf.prediction import Classifier

logger = logging.getLogger(__name__)

HALFWAY = ("training.schedule=cosine", "training.learning_rate=5e-4", "training.epochs=15", "training.keep=0.5")
NOISE = "white noise, 10 dB"
IN_NOISE = {Role.ORIGINAL: Role.ORIGINAL_IN_NOISE, Role.CORRECTIONS: Role.CORRECTIONS_IN_NOISE}
NO_ORIGINALS = (
    "Without the original recordings (--data) the model may get worse on them, and this cannot be measured. The gate "
    "will refuse the new model."
)
ONE_VOICE = (
    "The voices of the corrections cannot be divided into training and test, so single recordings are held out: the "
    "test will show whether the model improves for these voices, not whether it improves for others."
)


@dataclass(frozen=True)
class Plan:
    """Plan of a retraining.

    Attributes:
        recipe: Recipe that continues the training of the base.
        clips: Original recordings and corrections, from `load_corpora`.
        split: Training clips, and test clips of the original recordings; no validation.
        held_out: Rows of the corrections that are held out for the test.
        store: Store of the corrections.
        notes: Notes for the user, to be shown before the start.
        optimistic: Whether voices of held-out corrections are also in the training.
    """

    recipe: Recipe
    clips: Dataset
    split: Split
    held_out: tuple[int, ...]
    store: FeedbackStore
    notes: tuple[str, ...]
    optimistic: bool

    @property
    def learned(self) -> tuple[int, ...]:
        """Rows of the corrections in the training."""
        return tuple(row for row, corpus in _numbered(self.clips["corpus"], self.split.train) if corpus == CORRECTIONS)


def make_plan(
    base: Path, run: Run, store: FeedbackStore, data: Mapping[str, Path], overrides: Sequence[str] = ()
) -> Plan:
    """Plan a retraining: choose training clips and held-out clips.

    Args:
        base: Folder of the network that is retrained.
        run: Its `run.json`.
        store: Store of the corrections.
        data: Original corpora, name → folder.
        overrides: `key.key=value` overrides of the recipe.

    Raises:
        FeedbackError: There are fewer than 5 corrections.
        RecipeError, CheckpointError: The base or an override cannot be used.
        CorpusError, LabelError, SplitError: The data cannot be used.
    """
    store.repair()
    records = list(store.records())
    expectation(len(to_learn(records)), unused(records))
    recipe, notes = continued_recipe(base, run, overrides)
    recipe = replace(recipe, data=replace(recipe.data, labels=_own_names(recipe.data.labels, records)))
    clips = load_corpora({**data, CORRECTIONS: store.folder}, labels=recipe.data.labels)
    originals = [row for row, corpus in enumerate(clips["corpus"]) if corpus != CORRECTIONS]
    split = Split(recipe.data.split, (), (), ())
    if originals:
        split = make_split(clips.select(originals), recipe.data.split, validation=0, seed=recipe.seed)
    else:
        notes = (*notes, NO_ORIGINALS)
    corrections, doubles = _corrections(clips, originals, store, records)
    left_out = f"Corrections left out because they are about original recordings: {doubles}." if doubles else ""
    notes = (expectation(len(corrections), left_out), *notes, *([left_out] if left_out else []))
    held_out, by_voice = hold_out(corrections, store.ledger.events(), base)
    learned = [row for row in corrections if row not in held_out]
    optimistic = not by_voice or bool(_voices(clips, learned) & _voices(clips, held_out))
    if not by_voice:
        notes = (*notes, ONE_VOICE)
    if CORRECTIONS not in recipe.data.shares:
        counts = Counter(corpus for _, corpus in _numbered(clips["corpus"], split.train))
        shares = epoch_shares(counts, recipe.data.shares, corrections=len(learned))
        recipe = replace(recipe, data=replace(recipe.data, shares=shares))
    return Plan(
        recipe, clips, replace(split, train=(*split.train, *learned)), tuple(held_out), store, notes, optimistic
    )


def continued_recipe(base: Path, run: Run, overrides: Sequence[str] = ()) -> tuple[Recipe, tuple[str, ...]]:
    """Return a recipe that continues the training of a network, and notes about it for the user.

    Raises:
        RecipeError, CheckpointError: The network or an override cannot be used.
    """
    config = _read_config(base)
    content = json.loads(json.dumps(run.recipe))
    if "model" not in content:
        raise RecipeError(f"{base} is a baseline, which cannot be retrained; name a network as --base.")
    content["model"]["checkpoint"] = str(base)
    family = content["model"].get("family", ModelRecipe.family)
    # config.json describes the network; in recipes of earlier versions, a name may have had another meaning.
    content["model"]["config"] = describe(config, family)
    if not isinstance(content["data"].get("labels"), dict):
        content["data"]["labels"] = list(config["id2label"].values())
    notes: tuple[str, ...] = ()
    augmentation = content.get("augmentation", {})
    if augmentation.get("noise") and not any(override.startswith("augmentation.noise=") for override in overrides):
        notes = (
            f"The noise recordings {augmentation['noise']} of its training are not available, so white noise replaces "
            "them; to use them, set augmentation.noise=FOLDER.",
        )
        content["augmentation"] |= _white_noise_instead(augmentation)
    content["push_to_hub"] = ""
    recipe = recipe_from_mapping(content, [*steps_on(family), *calibration(base), *overrides])
    if recipe.data.validation:
        raise RecipeError("A retraining has no validation speakers; leave out data.validation.")
    return recipe, notes


def _white_noise_instead(augmentation: Mapping[str, Any]) -> dict[str, Any]:
    """Return an augmentation's entries with white noise in place of noise recordings, as frequent and as loud."""
    probability = max(augmentation.get("noise_probability", 0.0), augmentation.get("white_noise_probability", 0.0))
    loudness = {"white_noise_snr_db": augmentation["noise_snr_db"]} if "noise_snr_db" in augmentation else {}
    return {"noise": "", "noise_probability": 0.0, "white_noise_probability": probability, **loudness}


def steps_on(family: str) -> tuple[str, ...]:
    """Return overrides that continue the training of a network of this family."""
    return ("data.validation=0", *(() if family == "encoder" else HALFWAY))


def calibration(folder: Path) -> list[str]:
    """Return the calibration of a trained network, as overrides for a recipe that continues its training."""
    config = _read_config(folder)
    chosen = {name: config.get(name) for name in ("logit_temperature", "not_sure_below")}
    return [f"training.{name}={value}" for name, value in chosen.items() if value is not None]


def measure(
    classifier: Classifier,
    plan: Plan,
    seen_speakers: Iterable[str] = (),
    on_progress: Callable[[float], None] = lambda _: None,
) -> dict[Role, Report]:
    """Measure a model on the clips of the gate: original test and held-out corrections, each with and without noise.

    Args:
        classifier: The model.
        plan: Plan with the clips.
        seen_speakers: Speakers that the base was trained on, named as in its run.json.
        on_progress: Called repeatedly with the finished share.
    """
    noise = next(one for one in distortions() if one.name == NOISE)
    reports, begun, total = {}, 0, 2 * (len(plan.held_out) + len(plan.split.test))
    for role, rows in {Role.CORRECTIONS: plan.held_out, Role.ORIGINAL: plan.split.test}.items():
        if not rows:
            continue
        clips = plan.clips.select(rows)
        voices = {public_speaker(voice) for voice in _voices(plan.clips, rows)}
        optimistic = bool(set(seen_speakers) & voices) or (role is Role.CORRECTIONS and plan.optimistic)
        for name, model in {role: classifier, IN_NOISE[role]: Distorted(classifier, noise)}.items():
            progress = partial(_with_progress, on_progress=on_progress, begun=begun, total=total)
            begun += len(rows)
            try:
                reports[name] = evaluate(model, clips, split=name, optimistic=optimistic, by=(), progress=progress)
            except AudioError as error:
                if role is Role.ORIGINAL and name is role:
                    raise
                logger.warning("The %s cannot be measured: %s", name, error)
    return reports


def _with_progress(
    starts: Iterable[int], on_progress: Callable[[float], None], begun: int, total: int
) -> Iterator[int]:
    """Yield the numbers of clips, and report the finished share of all before each of them."""
    for start in starts:
        on_progress((begun + start) / total)
        yield start


def still_there(plan: Plan) -> Plan:
    """Return the plan without held-out corrections that were deleted in the meantime.

    Raises:
        FeedbackError: A correction in the training was deleted.
    """
    paths = _paths(plan.clips)
    if gone := [row for row in plan.learned if not paths[row].is_file()]:
        raise FeedbackError(
            f"Corrections deleted during the training: {len(gone)}. The new model was trained on them, so it is "
            "removed; start again."
        )
    return replace(plan, held_out=tuple(row for row in plan.held_out if paths[row].is_file()))


def data_ids(plan: Plan) -> dict[str, Any]:
    """Return SHA-256 hashes that identify the plan's clips: of the ids of corrections and of a corpus's file names."""
    paths = _paths(plan.clips)
    by_file = {plan.store.folder / one.file_name: one.id for one in plan.store.records() if not one.review_of}
    ids = {
        part: one_way(by_file[paths[row]] for row in rows if paths[row] in by_file)
        for part, rows in {"corrections": plan.learned, "held_out": plan.held_out}.items()
    }
    files: dict[str, list[str]] = {}
    for row, corpus in _numbered(plan.clips["corpus"], plan.split.train):
        files.setdefault(corpus, []).append(paths[row].name)
    corpora = {corpus: sha256("\n".join(sorted(names))) for corpus, names in files.items() if corpus != CORRECTIONS}
    return ids | {"corpora": corpora}


def _own_names(
    labels: list[str] | dict[str, list[str]], records: Sequence[Correction]
) -> list[str] | dict[str, list[str]]:
    """Return merged labels that also stand for themselves, because corrections have the labels of the model."""
    if isinstance(labels, list):
        return labels
    said = {record.label for record in records}
    merged = {label: [emotions] if isinstance(emotions, str) else emotions for label, emotions in labels.items()}
    return {label: [*dict.fromkeys([*emotions, *({label} & said)])] for label, emotions in merged.items()}


def _corrections(
    clips: Dataset, originals: Sequence[int], store: FeedbackStore, records: Sequence[Correction]
) -> tuple[dict[int, tuple[Correction, ...]], int]:
    """Return row → annotations of the corrections, and the number left out because they are original recordings."""
    paths = _paths(clips)
    about = {
        one.file_name: recording.annotations for recording in recordings(records) for one in recording.annotations
    }
    rows = {
        row: about[paths[row].relative_to(store.folder).as_posix()]
        for row, corpus in enumerate(clips["corpus"])
        if corpus == CORRECTIONS
    }
    # all are decoded: a header may state another length than the file has, and training decodes them anyway
    with ThreadPoolExecutor(cores()) as pool:  # decoders run side by side
        known = set(pool.map(lambda row: content_of(load_audio(paths[row])), originals if rows else ()))
    kept = {row: annotations for row, annotations in rows.items() if annotations[0].content not in known}
    return kept, len(rows) - len(kept)


def _voices(clips: Dataset, rows: Iterable[int]) -> set[str]:
    return {speaker for _, speaker in _numbered(clips["speaker"], rows)} - {None}


def _numbered(column: Sequence[Any], rows: Iterable[int]) -> list[tuple[int, Any]]:
    values = column[:]  # reading one value at a time takes seconds
    return [(row, values[row]) for row in rows]


def _paths(clips: Dataset) -> list[Path]:
    return [Path(audio["path"]) for audio in clips["audio"][:]]


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        config = read_json(folder / "config.json")
        return dict(config, id2label=dict(config["id2label"]))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CheckpointError(f"{folder} is not the folder of a trained network; name one as --base.") from error
