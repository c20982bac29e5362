"""Recipes: all settings of a training, as frozen dataclasses read strictly from YAML.

An unknown key, or a value of the wrong type or size, raises one sentence that names the valid ones.

Example:
    >>> content = {"name": "demo", "training": {"epochs": 3}}
    >>> recipe = recipe_from_mapping(content, overrides=["training.learning_rate=1e-4"])
    >>> recipe.training.epochs, recipe.training.learning_rate
    (3, 0.0001)
"""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import yaml

from emotion_hf.disk import parse_json
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.errors import RecipeError, SettingsError
from emotion_hf.installed import RECIPES, recipe_names
from emotion_hf.licences import check_licence
from emotion_hf.plain_yaml import read_plain_yaml, shorten
from emotion_hf.strict import MAX_NAME, AtLeastOne, Bounds, Count, NotNegative, Share, as_mapping, build

MAX_BYTES = 1_000_000
"""A recipe has a few thousand bytes; a larger file is something else."""
RECORD = "run.json"
"""Name of the file in which a training records its recipe."""
SHIPPED = "default"
"""Name of the model that ships, as ``model.checkpoint``."""


@dataclass(frozen=True)
class DataRecipe:
    """Clips of the training, and held-out speakers.

    Attributes:
        labels: The labels in order, or ``new label: [old labels]`` to merge; empty uses the eight default labels or,
            if the data has others, exactly those of the data.
        split: Split in the form of ``emotion_hf.data.splits``: ``fold1``, ``speakers:0.2``, ``random:0.25`` …
        validation: Share of each corpus's training speakers that choose the epoch and the temperature; 0 for none.
        max_seconds: From a longer clip, each epoch uses a random part of this length.
        shares: Share of a corpus's training clips that each epoch, or each augmented pass of family ``encoder``, draws
            anew; a corpus not named gives all.
        max_train_samples: Highest number of training clips, drawn in proportion from each emotion; 0 uses all. Of a
            data set of the Hub, at most this many clips of each split are downloaded.
    """

    labels: list[str] | dict[str, list[str]] = field(default_factory=list)
    split: str = "speakers:0.2"
    validation: float = 0.2
    max_seconds: Annotated[float, Bounds(0.3)] = 6.0
    shares: dict[str, Share] = field(default_factory=dict)
    max_train_samples: Count = 0


@dataclass(frozen=True)
class EncoderRecipe:
    """How a pretrained encoder is fine-tuned before its head is fitted, in family ``encoder``.

    Attributes:
        trained_layers: Number of layers, from the top, whose weights are trained; 0 keeps the whole encoder frozen.
        layer_decay: Learning rate of a layer as a share of that of the layer above it; the top layer and the head have
            the full rate.
        lora_rank: Rank of trained updates to the layers' feed-forward weights, instead of the weights themselves
            (LoRA, Hu et al. 2021); 0 trains the weights.
    """

    trained_layers: Count = 0
    layer_decay: Share = 1.0
    lora_rank: Count = 0


@dataclass(frozen=True)
class HeadRecipe:
    """How the head of family ``encoder`` is fitted in closed form, on embeddings.

    Attributes:
        passes: Passes over the training clips: the first without, the others with new augmentations.
        fresh: Take only the encoder of ``model.checkpoint``, a trained model of this family, and fit a new head on it.
            Otherwise the training of that model continues with corrections.
        shrinkage: How far the scatter within emotions is shrunk towards the same variance in all directions.
        logistic_share: Share of a logistic regression over all corpora in the head; it transfers better to other
            corpora than the discriminant does.
    """

    passes: AtLeastOne = 1
    fresh: bool = False
    shrinkage: Annotated[float, Bounds(0, 0.99)] = 0.3
    logistic_share: Share = 0.0


@dataclass(frozen=True)
class ModelRecipe:
    """The front end and the network.

    Attributes:
        family: Family of models.
        checkpoint: For family ``encoder``, the Hub id or folder of a pretrained encoder, or ``default`` for the model
            that ships; empty starts with random weights of type ``config.model_type``. For the other families, the
            folder of a model trained with the same recipe, whose training continues.
        encoder: How a pretrained encoder is fine-tuned.
        head: How its head is fitted.
        front_end: Arguments of ``FrontEnd``.
        config: Fields of the family's configuration.
    """

    family: Literal["spectrogram", "waveform", "encoder"] = "spectrogram"
    checkpoint: str = ""
    encoder: EncoderRecipe = field(default_factory=EncoderRecipe)
    head: HeadRecipe = field(default_factory=HeadRecipe)
    front_end: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AugmentationRecipe:
    """Changes of training clips; a probability or a strength of 0 turns an entry off.

    A range has the lowest and the highest value; a value between them is drawn for each clip.

    Attributes:
        copies: Number of rows made of each training clip before the training: the clip itself, and copies changed once
            by the entries that change waves (without gain, because copies are stored at full scale). With 1, these
            entries change a clip again in each epoch.
        trim_probability: Share of clips whose silence at both ends is cut.
        gain_db: Gain drawn from ± this many dB.
        noise: Folder, or pattern of files (``DIR/esc10_*``), of background noise.
        noise_probability: Share of clips that get noise.
        noise_snr_db: Range of the signal-to-noise ratio in dB.
        hum_probability: Share of clips that get mains hum.
        white_noise_probability: Share of clips that get white noise.
        white_noise_snr_db: Range of its signal-to-noise ratio in dB.
        noise_tilt_db: Noise of both kinds becomes brighter or darker by up to this many dB per octave, so that few
            recordings, and white noise, cover many kinds of noise.
        speeds: Speed factors, one drawn for each clip; pitch and formants move with it.
        pitch_probability: Share of clips whose pitch is shifted; the length stays. 9 ms for a clip of 3 s.
        pitch_semitones: Shift drawn from ± this many semitones.
        stretch_probability: Share of clips that are stretched; the pitch stays. 9 ms for a clip of 3 s.
        stretch_rates: Range of the rate; above 1 is faster.
        shift_seconds: Shift in time drawn from ± this many seconds; silence fills the gap.
        reverberation_probability: Share of clips that get the reverberation of a room.
        reverberation_seconds: Range of the room's reverberation time, in which the sound falls by 60 dB.
        equalizer_probability: Share of clips with the response of another microphone: seven bands louder or softer.
        equalizer_db: Largest gain of a band.
        telephone_probability: Share of clips limited to the telephone's band, 300 to 3,400 Hz.
        codec_probability: Share of clips that go through MP3 or Opus. 20 to 35 ms for a clip of 3 s.
        codec_kbps: Range of the codec's bit rate.
        frequency_mask_bins: Widest masked band (SpecAugment, Park et al. 2019).
        time_mask_frames: Longest masked stretch of frames (SpecAugment).
        masks: Masks of each kind.
        mixup_alpha: Parameter of the Beta distribution that mixes two clips (Zhang et al. 2018).
        mixup_probability: Share of batches that are mixed.
    """

    copies: AtLeastOne = 1
    trim_probability: Share = 0.0
    gain_db: NotNegative = 0.0
    noise: str = ""
    noise_probability: Share = 0.0
    noise_snr_db: list[float] = field(default_factory=lambda: [5.0, 30.0])
    hum_probability: Share = 0.0
    white_noise_probability: Share = 0.0
    white_noise_snr_db: list[float] = field(default_factory=lambda: [10.0, 30.0])
    noise_tilt_db: Annotated[float, Bounds(0, 12)] = 0.0
    speeds: list[float] = field(default_factory=list)
    pitch_probability: Share = 0.0
    pitch_semitones: Annotated[float, Bounds(0, 24)] = 2.0
    stretch_probability: Share = 0.0
    stretch_rates: list[float] = field(default_factory=lambda: [0.9, 1.1])
    shift_seconds: NotNegative = 0.0
    reverberation_probability: Share = 0.0
    reverberation_seconds: list[float] = field(default_factory=lambda: [0.2, 0.8])
    equalizer_probability: Share = 0.0
    equalizer_db: Annotated[float, Bounds(0, 24)] = 12.0
    telephone_probability: Share = 0.0
    codec_probability: Share = 0.0
    codec_kbps: list[float] = field(default_factory=lambda: [8.0, 32.0])
    frequency_mask_bins: Count = 0
    time_mask_frames: Count = 0
    masks: Count = 2
    mixup_alpha: NotNegative = 0.0
    mixup_probability: Share = 0.5


@dataclass(frozen=True)
class TrainingRecipe:
    """Optimisation of the weights.

    Attributes:
        epochs: Largest number of passes over the training clips.
        batch_size: Clips per step on each device.
        learning_rate: Peak learning rate of AdamW.
        schedule: Course of the learning rate after the warm-up: ``cosine`` and ``linear`` fall to 0, ``plateau`` falls
            when the validation UA stops improving.
        warmup: Share of the steps in which the rate rises; ``plateau`` starts at its peak.
        weight_decay: Weight decay of AdamW; with 0 it is Adam.
        max_grad_norm: Gradients are clipped to this norm.
        class_weights: ``balanced`` weighs labels by inverse frequency in the training clips; ``none`` does not.
        label_smoothing: Probability mass of the target spread evenly over the labels that a corpus has.
        ema_decay: The model is the moving average of the weights with this decay, such as 0.99, less in the first
            steps; 0 uses the last weights.
        early_stopping: Stop after this many epochs without a better validation UA; 0 never stops early.
        device: ``cpu``, ``cuda``, ``mps``, or ``auto`` for the best available; empty means CUDA if available,
            otherwise the CPU.
        precision: ``fp32``, or ``bf16`` on machines that compute in it; others would be slower and use fp32.
        tracking: Where curves are shown besides the report; ``tensorboard`` and ``trackio`` must be installed.
        logit_temperature: Temperature of the calibration; 0 fits it on the validation speakers (1 if there are none).
        not_sure_below: Confidence below which a prediction is "not sure"; negative fits it on the validation speakers.
        keep: Share of the old weights in the result when the training of ``model.checkpoint`` continues: 0.5 is the
            mean of old and new weights (WiSE-FT, Wortsman et al. 2022).
    """

    epochs: AtLeastOne = 40
    batch_size: AtLeastOne = 32
    learning_rate: NotNegative = 1e-3
    schedule: Literal["cosine", "linear", "plateau"] = "cosine"
    warmup: Share = 0.1
    weight_decay: NotNegative = 0.01
    max_grad_norm: NotNegative = 5.0
    class_weights: Literal["balanced", "none"] = "none"
    label_smoothing: Annotated[float, Bounds(0, 0.99)] = 0.0
    ema_decay: Annotated[float, Bounds(0, 0.99999)] = 0.0
    early_stopping: Count = 10
    device: Literal["", "auto", "cpu", "cuda", "mps"] = ""
    precision: Literal["fp32", "bf16"] = "fp32"
    tracking: Literal["none", "tensorboard", "trackio"] = "none"
    logit_temperature: NotNegative = 0.0
    keep: Annotated[float, Bounds(0, 0.99)] = 0.0
    not_sure_below: Annotated[float, Bounds(-1, 1)] = -1.0


@dataclass(frozen=True)
class Recipe:
    """One training, from data to checkpoint.

    Attributes:
        name: Name of the recipe and of its output folder, so it must not lead to another place.
        data: Clips of the training.
        model: Network.
        augmentation: Changes of training clips.
        training: Optimisation of the weights.
        seed: Seed of all random draws.
        notes: Text about the data for the model card, such as credits for the noise.
        licence: Hub identifier of the licence of your own recordings, such as ``cc-by-4.0``, for the model card; empty
            if their owner has not decided.
        contributors: People who trained the model, for its card.
        push_to_hub: ``NAMESPACE/NAME`` on the Hub, where the model is published privately after training and test;
            empty keeps it here.
    """

    name: str
    data: DataRecipe = field(default_factory=DataRecipe)
    model: ModelRecipe = field(default_factory=ModelRecipe)
    augmentation: AugmentationRecipe = field(default_factory=AugmentationRecipe)
    training: TrainingRecipe = field(default_factory=TrainingRecipe)
    seed: Annotated[int, Bounds(0, 2**32 - 1)] = 0
    notes: str = ""
    licence: str = ""
    contributors: list[str] = field(default_factory=list)
    push_to_hub: str = ""

    def __post_init__(self) -> None:
        """Refuse a name that cannot be a folder's, and an unknown licence.

        Raises:
            RecipeError: The name has a separator, leads upwards, or is empty, hidden or too long; or the licence is
                unknown.
        """
        try:
            check_licence(self.licence)
        except SettingsError as error:
            raise RecipeError(str(error)) from error
        bad = set(self.name) & set('/\\:*?"<>|') or not self.name.isprintable() or self.name != self.name.strip()
        if bad or not 0 < len(self.name) <= MAX_NAME or self.name.startswith("."):
            raise RecipeError(
                f"The recipe's name is {shorten(self.name)}; it names the output folder, so use letters, digits, "
                "spaces, - and _."
            )


def checkpoint_of(recipe: Recipe) -> Path | str:
    """Return the folder or the Hub id of the model that a training starts from; empty for random weights."""
    name = recipe.model.checkpoint
    return DEFAULT_MODEL_DIR if name == SHIPPED and not Path(name).exists() else name


def load_recipe(path: Path | str, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe from YAML, or from the record of a training, and apply ``key.key=value`` overrides.

    Args:
        path: A file, the name of a recipe that ships, such as ``whisper``, or the ``run.json`` or the folder of a
            trained model, whose training is repeated. Where that model was published is not part of it.
        overrides: Changes, such as ``training.epochs=10``.

    Raises:
        RecipeError: The file cannot be read, has an unknown key or a value of the wrong type or size, or is the record
            of a baseline or of a training that needs a folder whose path it does not contain.
    """
    path = find_recipe(path)
    content = _read(path)
    if not is_record(content):
        return recipe_from_mapping({"name": path.stem, **content}, overrides)
    recorded = as_mapping(content["recipe"], f"recipe in {path}")
    if "kind" in recorded:
        raise RecipeError(f"{path} records a baseline; repeat it with python -m train.baseline {path}.")
    recipe = recipe_from_mapping({**recorded, "push_to_hub": ""}, overrides)
    places = {"model.checkpoint": recipe.model.checkpoint, "augmentation.noise": recipe.augmentation.noise}
    for key, name in places.items():
        if name not in ("", SHIPPED) and "/" not in name and not glob.glob(name):
            raise RecipeError(f"{path} records the name {name}, but not where it is; add {key}=PATH.")
    return recipe


def find_recipe(path: Path | str) -> Path:
    """Return the file of a recipe, of a recipe's name, or of a trained model's folder; it may be missing."""
    given = Path(path)
    if str(path) in recipe_names() and not given.is_file():
        return RECIPES / f"{path}.yaml"
    return given / RECORD if given.is_dir() else given


def read_baseline(path: Path | str) -> Mapping[str, Any]:
    """Return the settings of a baseline from its ``run.json`` or its folder.

    Raises:
        RecipeError: It is not the record of a baseline.
    """
    path = find_recipe(path)
    content = _read(path)
    recorded = as_mapping(content.get("recipe"), f"recipe in {path}")
    if not is_record(content) or "kind" not in recorded:
        raise RecipeError(f"{path} does not record a baseline; train networks with emotion-hf train {path}.")
    return recorded


def is_record(content: Mapping[str, Any]) -> bool:
    """Return whether the content of a file is a ``run.json``, which a training leaves, instead of a recipe."""
    return {"recipe", "versions"} <= content.keys()


def _read(path: Path) -> Mapping[str, Any]:
    """Return the content of a recipe or a record."""
    try:
        with path.open("rb") as file:
            given = file.read(MAX_BYTES + 1)
        if len(given) > MAX_BYTES:
            raise RecipeError(f"{path} has more than {MAX_BYTES:,} bytes, so it is not a recipe; use another file.")
        text = given.decode("utf-8")
        content = parse_json(text) if path.suffix == ".json" else read_plain_yaml(text)
    except FileNotFoundError as error:
        raise RecipeError(f"There is no recipe {path}; give a file, or one of {', '.join(recipe_names())}.") from error
    except RecipeError:
        raise
    except (OSError, ValueError, yaml.YAMLError) as error:  # ValueError: not UTF-8, or a date such as 2026-13-01
        kind = "JSON" if path.suffix == ".json" else "YAML"
        raise RecipeError(f"The recipe {path} is not valid {kind}: {' '.join(str(error).split())}.") from error
    return as_mapping(content, str(path))


def recipe_from_mapping(content: Mapping[str, Any], overrides: Sequence[str] = ()) -> Recipe:
    """Build a recipe from plain values and ``key.key=value`` overrides.

    Raises:
        RecipeError: As `load_recipe`.
    """
    content = dict(content)
    try:
        for override in overrides:
            _override(content, override)
        return build(Recipe, content)
    except RecursionError as error:
        raise RecipeError("The recipe is nested too deeply; a recipe has groups of keys and values.") from error


def separate_overrides(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separate ``NAME=DIR`` from a recipe's ``group.key=value`` and ``key=value``; return both.

    Example:
        >>> separate_overrides(["ravdess=DIR", "training.epochs=3", "seed=1"])
        (['ravdess=DIR'], ['training.epochs=3', 'seed=1'])
    """
    own = {name for name, kind in get_type_hints(Recipe).items() if not is_dataclass(kind)}
    names = [argument.partition("=")[0] for argument in arguments]
    overrides = [one for one, name in zip(arguments, names, strict=True) if "." in name or name in own]
    return [argument for argument in arguments if argument not in overrides], overrides


def _override(content: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals:
        raise RecipeError(f"{override!r} is not an override; write key=value, such as training.epochs=10.")
    *groups, last = key.split(".")
    for group in groups:
        content[group] = dict(as_mapping(content.get(group), group))
        content = content[group]
    try:
        content[last] = read_plain_yaml(text)
    except (ValueError, yaml.YAMLError) as error:
        raise RecipeError(f"The value of {key} is not valid YAML: {shorten(text)}.") from error
