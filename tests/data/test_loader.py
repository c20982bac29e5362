import json
import logging
import subprocess
import sys
from pathlib import Path

import datasets
import pytest

from emotion_hf.data.loader import FEATURES, label_masks, load_corpora, resolve_labels
from emotion_hf.errors import CorpusError, LabelError
from emotion_hf.labels import LABELS

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
RAVDESS_NAMES = [f"03-01-0{emotion}-01-01-01-0{actor}.wav" for actor in (1, 2) for emotion in range(1, 9)]
NEMO_NAMES = [f"EB0_{emotion}_1.wav" for emotion in ("anger", "fear", "happiness", "neutral", "sadness", "surprised")]


@pytest.fixture
def data(tmp_path):
    folders = {"ravdess": RAVDESS_NAMES, "nemo": NEMO_NAMES, "mine": ["boredom/anna/1.wav", "happy/2.wav"]}
    for name, files in folders.items():
        for file in files:
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name + file)
    return {name: tmp_path / name for name in folders}


def only(data, *names):
    return {name: data[name] for name in names}


def test_rows_have_fixed_features_and_speakers_unique_over_corpora(data):
    dataset = load_corpora(data)
    assert dataset.features == FEATURES
    assert set(FEATURES) == {
        "audio",
        "emotion",
        "speaker",
        "gender",
        "intensity",
        "corpus",
        "language",
        "text",
        "part",
    }
    assert len(dataset) == 16 + 6 + 2
    assert dataset[1] == {
        "audio": {"bytes": None, "path": str(data["ravdess"] / "03-01-01-01-01-01-02.wav")},
        "emotion": "neutral",
        "speaker": "ravdess/Actor_02",
        "gender": "female",
        "intensity": "normal",
        "corpus": "ravdess",
        "language": "en",
        "text": "Kids are talking by the door",
        "part": None,
    }
    assert dataset["speaker"][-2:] == ["mine/anna", None]
    assert load_corpora({"mine": str(data["mine"])}).features == FEATURES


def test_the_data_set_survives_datasets_own_operations(data):
    dataset = load_corpora(data).select([20, 3]).map(lambda row: {"name": Path(row["audio"]["path"]).name})
    assert dataset["name"][:] == [NEMO_NAMES[4], "03-01-02-01-01-01-02.wav"]


def test_neither_building_nor_reading_needs_torchcodec(data):
    program = (
        "import json, sys\n"
        "sys.modules['torchcodec'] = None\n"  # importing it now fails, installed or not
        "from emotion_hf.data.loader import load_corpora\n"
        f"print(json.dumps(load_corpora({{'nemo': {str(data['nemo'])!r}}})[0]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["audio"]["path"].endswith(NEMO_NAMES[0])


def test_default_labels_when_all_data_fits(data):
    dataset = load_corpora(only(data, "nemo"))
    assert resolve_labels(dataset) == LABELS
    assert sorted(set(dataset["emotion"])) == ["angry", "fearful", "happy", "neutral", "sad", "surprised"]


def test_unknown_labels_are_trained_on_as_they_are(data):
    dataset = load_corpora(only(data, "mine"))
    assert resolve_labels(dataset) == ("happy", "boredom")
    assert resolve_labels(load_corpora(data)) == (*LABELS, "boredom")


def test_boredom_of_emodb_is_a_label_beside_those_that_are_found(data, tmp_path):
    emodb = {"emodb": tmp_path / "emodb"}
    emodb["emodb"].mkdir()
    for letter in "AEFLNTW":
        (emodb["emodb"] / f"03a01{letter}a.wav").touch()
    own = ("neutral", "happy", "sad", "angry", "fearful", "disgust", "boredom")
    assert resolve_labels(load_corpora(emodb)) == own
    assert resolve_labels(load_corpora(emodb | only(data, "nemo"))) == (*own[:-1], "surprised", "boredom")
    both = load_corpora(emodb | only(data, "ravdess"))
    assert resolve_labels(both) == (*LABELS, "boredom")
    # neutral, calm, happy, sad, angry, fearful, disgust, surprised, boredom
    assert label_masks(both) == {
        "emodb": (True, False, True, True, True, True, True, False, True),
        "ravdess": (*(True,) * 8, False),
    }
    assert len(load_corpora(emodb, labels=LABELS)) == 6


def test_a_list_is_a_subset_in_its_order_and_knows_other_names(data):
    wanted = ["sadness", "happy", "boredom"]
    dataset = load_corpora(data, labels=wanted)
    assert resolve_labels(dataset, wanted) == ("sad", "happy", "boredom")
    assert [dataset["emotion"][:].count(label) for label in ("sad", "happy", "boredom")] == [3, 4, 1]
    assert len(dataset) == 8


def test_a_mapping_merges_and_renames(data):
    wanted = {"negative": ["sad", "anger", "fear"], "joy": "happy"}
    dataset = load_corpora(data, labels=wanted)
    assert resolve_labels(dataset, wanted) == ("negative", "joy")
    assert [dataset["emotion"][:].count(label) for label in ("negative", "joy")] == [9, 4]


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (
            ["happy", "hapy"],
            "No clip has the emotion 'hapy'; the data has neutral, calm, happy, .*, surprised, boredom",
        ),
        ({"good": ["happy", "cheer"]}, "No clip has the emotion 'cheer'"),
        (["happy", "joy"], "labels uses the emotion 'happy' twice"),
        ({"a": ["sad"], "b": ["sadness"]}, "labels uses the emotion 'sad' twice"),
        ("happy", "labels is the text 'happy'; give a list"),
        ([], "No clip has one of the labels; the data has neutral"),
    ],
)
def test_labels_that_cannot_be_used_are_one_sentence(data, labels, sentence):
    with pytest.raises(LabelError, match=sentence):
        load_corpora(data, labels=labels)


def test_masks_say_what_each_corpus_can_contain(data):
    masks = label_masks(load_corpora(data))
    assert masks["ravdess"] == (True,) * 8 + (False,)
    #                        neutral calm happy sad  angry fearful disgust surprised boredom
    assert masks["nemo"] == (True, False, True, True, True, True, False, True, False)
    assert masks["mine"] == (False, False, True, False, False, False, False, False, True)


def test_masks_come_from_the_corpus_and_not_from_the_clips_that_are_left(data):
    for path in data["ravdess"].glob("03-01-02-*"):
        path.unlink()
    masks = label_masks(load_corpora(only(data, "ravdess", "nemo")))
    assert masks["ravdess"] == (True,) * 8
    assert masks["nemo"] == (True, False, True, True, True, True, False, True)


def test_masks_follow_merges(data):
    wanted = {"low": ["calm", "neutral"], "yuck": ["disgust"], "happy": ["happy"]}
    masks = label_masks(load_corpora(data, labels=wanted), wanted)
    assert masks == {"ravdess": (True, True, True), "nemo": (True, False, True), "mine": (False, False, True)}


def test_a_label_that_no_corpus_can_contain_is_masked_for_none(data):
    masks = label_masks(load_corpora(only(data, "nemo")))
    assert masks == {"nemo": (True,) * 8}


def test_corrections_can_contain_every_label_for_whoever_corrects_chooses_among_all(data):
    data["mine"].rename(data["mine"].parent / "feedback")
    masks = label_masks(load_corpora({"ravdess": data["ravdess"], "feedback": data["mine"].parent / "feedback"}))
    assert masks == {"ravdess": (True,) * 8 + (False,), "feedback": (True,) * 9}


def test_what_is_left_out_is_logged(data, caplog):
    (data["nemo"] / "noise.wav").touch()
    with caplog.at_level(logging.WARNING):
        assert len(load_corpora(only(data, "nemo"))) == 6
    assert "1 recordings are not part of the corpus and are left out, for example noise.wav" in caplog.text


def test_a_wrong_folder_is_one_sentence(data):
    with pytest.raises(CorpusError, match="is named as expected: OAF_back_angry"):
        load_corpora({"tess": data["nemo"]})


@pytest.mark.skipif(not (SHARED / "nemo").is_dir(), reason="../shared/data/nemo is not there")
@pytest.mark.skipif(not (SHARED / "ravdess").is_dir(), reason="../shared/data/ravdess is not there")
def test_real_corpora():
    dataset = load_corpora({"ravdess": SHARED / "ravdess", "nemo": SHARED / "nemo"})
    assert isinstance(dataset, datasets.Dataset)
    assert len(dataset) == 1440 + 4481
    assert len(set(dataset["speaker"])) == 24 + 9
    assert resolve_labels(dataset) == LABELS
    assert dataset["emotion"][:].count("calm") == 192
    assert dataset["gender"][:].count("female") == 720 + 2069
