"""Recipes are read strictly: what cannot be used is one sentence that names what can."""

import dataclasses
import itertools
import json
import re
from pathlib import Path

import pytest

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.errors import RecipeError
from emotion_hf.installed import recipe_names
from emotion_hf.recipes import (
    AugmentationRecipe,
    DataRecipe,
    ModelRecipe,
    Recipe,
    TrainingRecipe,
    load_recipe,
    recipe_from_mapping,
)
from emotion_hf.run import public_recipe
from emotion_hf.timeline import WHOLE_SECONDS

RECIPES = sorted((Path(__file__).resolve().parents[1] / "train" / "recipes").glob("*.yaml"))


def refusal(*overrides: str, **content) -> str:
    """Return the sentence with which a recipe is refused."""
    with pytest.raises(RecipeError) as caught:
        recipe_from_mapping({"name": "demo", **content}, overrides)
    return str(caught.value)


def names(recipe: type) -> str:
    return ", ".join(field.name for field in dataclasses.fields(recipe))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_the_recipes_that_ship_load(path):
    recipe = load_recipe(path)
    assert recipe.name == path.stem
    assert recipe.training.learning_rate < 0.1
    assert recipe.model.config.get("backbone", recipe.model.family) in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_clips_are_as_long_in_training_as_in_recognition(path):
    recipe = load_recipe(path)
    window = recipe.model.config.get("num_frames")
    if window is None:  # a recording up to this length is scored in one piece
        assert recipe.data.max_seconds >= WHOLE_SECONDS
    else:  # and in windows of this many frames
        hop_seconds = recipe.model.front_end["hop_length"] / SAMPLING_RATE
        assert window == 1 + int(recipe.data.max_seconds / hop_seconds)


def test_there_is_a_recipe_for_the_model_that_ships():
    assert "whisper.yaml" in [path.name for path in RECIPES]


def test_what_is_not_said_has_its_default(tmp_path):
    file = tmp_path / "quick.yaml"
    file.write_text("training: {epochs: 3}\ndata:\n")
    assert load_recipe(file) == Recipe(name="quick", training=TrainingRecipe(epochs=3))
    assert load_recipe(str(file)).training.batch_size == 32
    file.write_text("")
    assert load_recipe(file) == Recipe(name="quick")


def test_the_name_may_differ_from_the_file(tmp_path):
    (tmp_path / "quick.yaml").write_text("name: slow\n")
    assert load_recipe(tmp_path / "quick.yaml").name == "slow"


def test_labels_are_a_list_or_a_merge():
    assert recipe_from_mapping({"name": "demo", "data": {"labels": ["sad"]}}).data.labels == ["sad"]
    merge = {"low": ["sad", "calm"], "high": ["happy"]}
    assert recipe_from_mapping({"name": "demo", "data": {"labels": merge}}).data.labels == merge


@pytest.mark.parametrize("text", ["1e-5", "0.00001", "1.0e-05"])
def test_numbers_that_yaml_reads_as_text_are_numbers(tmp_path, text):
    file = tmp_path / "small.yaml"
    file.write_text(
        f"training: {{learning_rate: {text}}}\n"
        f"augmentation: {{speeds: [{text}]}}\n"
        f"model: {{config: {{dropout: {text}, backbone: cnn}}}}\n"
    )
    recipe = load_recipe(file)
    assert recipe.training.learning_rate == 1e-5
    assert recipe.augmentation.speeds == [1e-5]
    assert recipe.model.config == {"dropout": 1e-5, "backbone": "cnn"}


def test_a_whole_number_does_where_a_number_is_wanted():
    gain_db = recipe_from_mapping({"name": "demo", "augmentation": {"gain_db": 6}}).augmentation.gain_db
    assert (gain_db, type(gain_db)) == (6.0, float)


def test_overrides_change_single_values_and_leave_the_mapping_alone():
    content = {"name": "demo", "training": {"epochs": 3, "warmup": 0.2}}
    overrides = [
        "training.epochs=5",
        "training.learning_rate=1e-4",
        "data.labels=[sad, happy]",
        "seed=7",
        "name=other",
    ]
    recipe = recipe_from_mapping(content, [*overrides, "model.config.widths=[8, 16]", "data.shares.nemo=0.5"])
    assert recipe == Recipe(
        name="other",
        data=DataRecipe(labels=["sad", "happy"], shares={"nemo": 0.5}),
        model=ModelRecipe(config={"widths": [8, 16]}),
        training=TrainingRecipe(epochs=5, learning_rate=1e-4, warmup=0.2),
        seed=7,
    )
    assert content == {"name": "demo", "training": {"epochs": 3, "warmup": 0.2}}


def test_the_last_override_wins_and_may_hold_an_equals_sign():
    recipe = recipe_from_mapping({"name": "demo"}, ["seed=1", "seed=2", "augmentation.noise=a=b/*.wav"])
    assert (recipe.seed, recipe.augmentation.noise) == (2, "a=b/*.wav")


@pytest.mark.parametrize(
    ("content", "key", "valid"),
    [
        ({"traning": {}}, "traning", Recipe),
        ({1: 2}, "1", Recipe),
        ({"data": {"label": []}}, "data.label", DataRecipe),
        ({"model": {"backbone": "cnn"}}, "model.backbone", ModelRecipe),
        ({"augmentation": {"gain": 3}}, "augmentation.gain", AugmentationRecipe),
        ({"training": {"lr": 0.1}}, "training.lr", TrainingRecipe),
    ],
)
def test_an_unknown_key_names_the_keys_there(content, key, valid):
    with pytest.raises(RecipeError) as caught:
        recipe_from_mapping({"name": "demo"} | content)
    assert str(caught.value) == f"Unknown key {key}; the keys there are {names(valid)}."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"name": None}, "name is None; it must be text."),
        ({"name": 2026}, "name is 2026; it must be text."),
        ({"seed": "one"}, "seed is 'one'; it must be a whole number."),
        ({"seed": True}, "seed is True; it must be a whole number."),
        ({"training": {"epochs": 2.5}}, "training.epochs is 2.5; it must be a whole number."),
        ({"training": {"epochs": "10"}}, "training.epochs is '10'; it must be a whole number."),
        ({"training": {"learning_rate": "fast"}}, "training.learning_rate is 'fast'; it must be a number."),
        ({"training": {"learning_rate": False}}, "training.learning_rate is False; it must be a number."),
        ({"training": {"learning_rate": None}}, "training.learning_rate is None; it must be a number."),
        ({"training": {"precision": "fp16"}}, "training.precision is 'fp16'; choose one of fp32, bf16."),
        ({"training": {"precision": 16}}, "training.precision is 16; choose one of fp32, bf16."),
        (
            {"training": {"schedule": "cosinus"}},
            "training.schedule is 'cosinus'; choose one of cosine, linear, plateau.",
        ),
        ({"training": {"precision": "fp64"}}, "training.precision is 'fp64'; choose one of fp32, bf16."),
        (
            {"training": {"tracking": "wandb"}},
            "training.tracking is 'wandb'; choose one of none, tensorboard, trackio.",
        ),
        (
            {"model": {"family": "text"}},
            "model.family is 'text'; choose one of spectrogram, waveform, encoder.",
        ),
        ({"training": 3}, "training must contain keys and values, not 3."),
        ({"training": ["epochs"]}, "training must contain keys and values, not ['epochs']."),
        ({"data": {"labels": "sad"}}, "data.labels is 'sad'; it must be a list or keys and values."),
        ({"data": {"labels": [True]}}, "data.labels is True; it must be text."),
        ({"data": {"labels": {"low": "sad"}}}, "data.labels.low is 'sad'; it must be a list."),
        ({"data": {"labels": {1: ["sad"]}}}, "data.labels is 1; it must be text."),
        ({"data": {"shares": {"nemo": "half"}}}, "data.shares.nemo is 'half'; it must be a number."),
        ({"augmentation": {"speeds": 0.9}}, "augmentation.speeds is 0.9; it must be a list."),
        ({"augmentation": {"speeds": ["slow"]}}, "augmentation.speeds is 'slow'; it must be a number."),
        ({"model": {"config": ["resnet"]}}, "model.config is ['resnet']; it must be keys and values."),
    ],
)
def test_a_value_of_the_wrong_kind_is_one_sentence(content, sentence):
    assert refusal(**content) == sentence


@pytest.mark.parametrize(
    ("override", "range_in_words"),
    [
        ("training.batch_size=0", "at least 1"),
        ("training.epochs=-1", "at least 1"),
        ("training.learning_rate=-1e-3", "at least 0"),
        ("training.learning_rate=.nan", "a finite number"),
        ("training.warmup=1.5", "from 0 to 1"),
        ("training.not_sure_below=40", "from -1 to 1"),
        ("data.max_seconds=0", "at least 0.3"),
        ("data.shares.nemo=2", "from 0 to 1"),
        ("augmentation.noise_probability=30", "from 0 to 1"),
        ("augmentation.time_mask_frames=-40", "at least 0"),
        ("augmentation.copies=0", "at least 1"),
        ("augmentation.pitch_semitones=30", "from 0 to 24"),
        ("augmentation.codec_probability=50", "from 0 to 1"),
        ("model.head.shrinkage=1", "from 0 to 0.99"),
        ("model.head.passes=0", "at least 1"),
        ("model.encoder.trained_layers=-2", "at least 0"),
        ("seed=-1", "from 0 to 4294967295"),
    ],
)
def test_a_number_out_of_range_is_one_sentence(override, range_in_words):
    key = override.partition("=")[0]
    assert re.fullmatch(rf"{re.escape(key)} is \S+; it must be {range_in_words}\.", refusal(override))


def test_numbers_at_the_edges_of_their_range_are_taken():
    edges = ["training.warmup=0", "augmentation.noise_probability=1", "training.not_sure_below=-1", "seed=4294967295"]
    recipe = recipe_from_mapping({"name": "demo"}, [*edges, "training.epochs=1"])
    assert (recipe.training.warmup, recipe.augmentation.noise_probability, recipe.seed) == (0.0, 1.0, 2**32 - 1)


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("epochs", "'epochs' is not an override; write key=value, such as training.epochs=10."),
        ("training.epoch=3", f"Unknown key training.epoch; the keys there are {names(TrainingRecipe)}."),
        ("training.epochs=many", "training.epochs is 'many'; it must be a whole number."),
        ("training.epochs=", "training.epochs is None; it must be a whole number."),
        ("name.first=a", "name must contain keys and values, not 'demo'."),
        ("data.labels=[sad", "The value of data.labels is not valid YAML: '[sad'."),
        ("name=2026-13-01", "The value of name is not valid YAML: '2026-13-01'."),
    ],
)
def test_an_override_that_cannot_be_used_is_one_sentence(override, sentence):
    assert refusal(override) == sentence


def test_nothing_is_changed_in_a_clip_unless_it_is_asked_for():
    """An entry that changes clips is off by its probability or its strength, and `copies` makes none."""
    plain = AugmentationRecipe()
    entries = [name for name in names(AugmentationRecipe).split(", ") if name.endswith("_probability")]
    assert len(entries) == 11
    assert not any(getattr(plain, name) for name in entries if name != "mixup_probability")
    strengths = ("gain_db", "speeds", "shift_seconds", "frequency_mask_bins", "time_mask_frames")
    assert not any(getattr(plain, name) for name in (*strengths, "mixup_alpha")) and plain.copies == 1


def test_a_recipe_needs_a_name():
    with pytest.raises(RecipeError, match=r"^The key name is missing; add it\.$"):
        recipe_from_mapping({"seed": 1})


def test_a_missing_file_names_the_recipes_that_ship(tmp_path):
    with pytest.raises(RecipeError) as caught:
        load_recipe(tmp_path / "smal.yaml")
    assert str(caught.value).startswith(
        f"There is no recipe {tmp_path / 'smal.yaml'}; give a file, or one of bilstm, cnn"
    )
    assert [path.stem for path in RECIPES] == recipe_names()


def test_a_name_means_the_recipe_that_ships_unless_a_file_has_it(tmp_path, monkeypatch):
    assert load_recipe("resnet", ["seed=7"]).model.config["backbone"] == "resnet"
    monkeypatch.chdir(tmp_path)
    Path("resnet").write_text("name: mine")
    assert load_recipe("resnet").name == "mine"


@pytest.mark.parametrize(
    "content",
    [b"data: [sad", b"data: {a: 1\n", b"\tname: tab", b"name: \xff\xfe", b"name: 2026-13-01", b"name: \x00"],
    ids=["list", "mapping", "tab", "not UTF-8", "impossible date", "zero byte"],
)
def test_what_is_not_yaml_is_one_sentence(tmp_path, content):
    file = tmp_path / "broken.yaml"
    file.write_bytes(content)
    with pytest.raises(RecipeError) as caught:
        load_recipe(file)
    assert str(caught.value).startswith(f"The recipe {file} is not valid YAML: ")
    assert "\n" not in str(caught.value)


def test_a_file_without_keys_and_a_folder_are_one_sentence(tmp_path):
    (tmp_path / "list.yaml").write_text("- epochs\n")
    with pytest.raises(RecipeError, match=r"list\.yaml must contain keys and values, not \['epochs'\]\.$"):
        load_recipe(tmp_path / "list.yaml")
    with pytest.raises(RecipeError, match=re.escape(f"There is no recipe {tmp_path / 'run.json'}; give a file, or")):
        load_recipe(tmp_path)


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join(9 * [f'*{before}'])}]\n" for before, after in itertools.pairwise("abcdefghijklm")
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (LAUGHS, "aliases are not allowed"),
        ("name: demo\ndata: &d {labels: *d}", "aliases are not allowed"),
        ("name: &a [*a]", "aliases are not allowed"),
        ("data: &d {split: fold1}\nmodel:\n  <<: *d", "aliases are not allowed"),
        ("data: " + "[" * 100_000, "nested too deeply"),
        ("data: " + "{a: " * 100_000, "nested too deeply"),
        ("- " * 100_000, "nested too deeply"),
        ("seed: 1\nseed: 2", "the key 'seed' occurs twice"),
        ("training: {epochs: 1, epochs: 2}", "the key 'epochs' occurs twice"),
        ("name: !!python/object/apply:os.system [ls]", "not valid YAML"),
        ("name: !!python/name:os.system", "not valid YAML"),
        ("? [a, b]\n: c", "unhashable|unacceptable|not valid YAML"),
        ("? {a: b}\n: c", "unhashable|unacceptable|not valid YAML"),
        ("name: a\0b", "not valid YAML"),
        ("seed: " + 10_000 * "9", "not valid YAML|seed is"),
        ("name: " + 2_000_000 * "a", "more than 1,000,000 bytes"),
    ],
)
def test_yaml_that_is_made_to_break_is_one_short_sentence(tmp_path, content, reason):
    path = tmp_path / "recipe.yaml"
    path.write_bytes(content.encode())
    with pytest.raises(RecipeError, match=reason) as caught:
        load_recipe(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 1_000


def test_what_is_not_utf8_is_one_sentence(tmp_path):
    (tmp_path / "recipe.yaml").write_bytes("name: café".encode("latin-1"))
    with pytest.raises(RecipeError, match="is not valid YAML: 'utf-8' codec"):
        load_recipe(tmp_path / "recipe.yaml")


def test_overrides_are_read_as_strictly():
    assert refusal("training.epochs=" + "[" * 10_000).startswith("The value of training.epochs is not valid YAML")
    assert refusal("data.labels=&a [*a]") == "The value of data.labels is not valid YAML: '&a [*a]'."
    assert len(refusal("data.labels=" + 100_000 * "a")) < 500


@pytest.mark.parametrize("name", ["..", ".", "", "../else", "/etc/passwd", "a/b", "a\\b", ".hidden", " a", "a\nb"])
def test_a_name_that_leads_elsewhere_is_one_sentence(tmp_path, name):
    with pytest.raises(RecipeError, match="it names the output folder"):
        recipe_from_mapping({"name": name})
    assert "it names the output folder" in refusal(f"name={name!r}")
    assert "it names the output folder" in refusal(name=101 * "a")


@pytest.mark.parametrize("name", ["functionals", "se_resnet-2", "two words", "v1.2", "größer", "a+b"])
def test_an_ordinary_name_is_taken(name):
    assert recipe_from_mapping({"name": name}).name == name


@pytest.mark.parametrize(
    "override",
    [
        *("training.learning_rate=.inf", "model.head.shrinkage=.nan", "training.learning_rate=-.inf"),
        *("augmentation.speeds=[1.0, .nan]", "augmentation.noise_snr_db=[.inf, 3]", "data.shares.nemo=.nan"),
        *("model.config.dropout=.nan", "model.front_end.min_hz=.inf", "model.config.widths=[{a: [.nan]}]"),
        *("data.max_seconds=.inf", "training.weight_decay=1" + 400 * "0", "augmentation.shift_seconds=.nan"),
    ],
)
def test_a_number_that_is_none_is_one_sentence(override):
    sentence = refusal(override)
    assert re.search(r" is \S+; it must be a finite number\.$", sentence) and len(sentence) < 300


def test_text_that_python_would_take_for_no_number_stays_text():
    assert recipe_from_mapping({"name": "a", "model": {"config": {"pooling": "nan"}}}).model.config == {
        "pooling": "nan"
    }
    assert refusal("training.learning_rate=inf") == "training.learning_rate is 'inf'; it must be a number."


def test_a_mapping_that_holds_itself_is_one_sentence():
    endless: dict = {}
    endless["a"] = endless
    assert refusal(model={"config": endless}) == (
        "The recipe is nested too deeply; a recipe has groups of keys and values."
    )


def record_of(folder, **recipe):
    plain = public_recipe(recipe_from_mapping({"name": "tiny", "training": {"epochs": 3}, "seed": 7})) | recipe
    folder.mkdir(exist_ok=True)
    (folder / "run.json").write_text(json.dumps({"recipe": plain, "versions": {}, "history": [{"loss": 1e-5}]}))
    return folder / "run.json"


def test_a_record_is_the_recipe_that_it_records(tmp_path):
    path = record_of(tmp_path / "run", push_to_hub="me/tiny", contributors=["Ada"])
    expected = recipe_from_mapping(
        {"name": "tiny", "training": {"epochs": 3}, "seed": 7, "contributors": ["Ada"]}
    )  # but it is not published again
    assert load_recipe(path) == load_recipe(path.parent) == load_recipe(str(path.parent)) == expected
    assert load_recipe(path, ["training.epochs=1", "push_to_hub=me/other"]).training.epochs == 1
    assert load_recipe(path, ["push_to_hub=me/other"]).push_to_hub == "me/other"


def test_the_model_that_ships_has_a_record_that_can_be_repeated():
    recipe = load_recipe(DEFAULT_MODEL_DIR, ["augmentation.noise=noise/*.flac"])
    assert (recipe.name, recipe.data.split, recipe.data.shares) == ("default", "fold1", {"nemo": 0.1})
    assert recipe.model.checkpoint == "openai/whisper-base" and recipe.augmentation.noise == "noise/*.flac"


@pytest.mark.parametrize(
    ("recipe", "complaint"),
    [
        ({"augmentation": {"noise": "esc10_*"}}, "records the name esc10_.*, but not where it is; add augmentation"),
        (
            {"model": {"family": "encoder", "checkpoint": "version-1"}},
            r"the name version-1, .* add model\.checkpoint=",
        ),
        ({"kind": "svm"}, "records a baseline; repeat it with python -m train.baseline"),
        ({"batch": 3}, "Unknown key batch"),
    ],
)
def test_a_record_that_cannot_be_repeated_says_what_is_missing(tmp_path, monkeypatch, recipe, complaint):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError, match=complaint):
        load_recipe(record_of(tmp_path / "run", **recipe))


def test_the_missing_place_can_be_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "noise").mkdir()
    path = record_of(tmp_path / "run", augmentation={"noise": "esc10_*"})
    assert load_recipe(path, ["augmentation.noise=noise"]).augmentation.noise == "noise"


@pytest.mark.parametrize("content", ["{", "[1]", '{"recipe": 3, "versions": {}}'])
def test_a_damaged_record_is_one_sentence(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(RecipeError, match=r"is not valid JSON|must contain keys and values"):
        load_recipe(tmp_path)


def test_an_unknown_licence_is_refused_before_the_training():
    with pytest.raises(RecipeError, match="There is no licence 'free'; choose one of cc0"):
        recipe_from_mapping({"name": "tiny"}, ["licence=free"])
