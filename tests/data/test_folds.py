"""Folds test each clip once, by speakers that are in no other part; validation speakers change with the seed alone."""

from itertools import combinations

import pytest

from emotion_hf.data.folds import make_folds, split_off
from emotion_hf.data.loader import load_corpora
from emotion_hf.data.splits import RAVDESS_FOLDS
from emotion_hf.errors import SplitError


@pytest.fixture
def data(tmp_path):
    """RAVDESS with two emotions of each actor, and nEMO with two of three speakers."""
    names = [f"ravdess/03-01-0{emotion}-01-01-01-{actor:02d}.wav" for actor in range(1, 25) for emotion in (3, 4)]
    names += [f"nemo/{who}_{emotion}_1.wav" for who in ("EB0", "KS0", "MP0") for emotion in ("anger", "fear")]
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    return {"ravdess": tmp_path / "ravdess", "nemo": tmp_path / "nemo"}


@pytest.fixture
def dataset(data):
    return load_corpora(data)


def of(dataset, rows) -> set[str]:
    speakers = dataset["speaker"][:]
    return {speakers[row] for row in rows}


def test_ravdess_has_its_six_public_folds(dataset):
    folds = make_folds(dataset, "ravdess")
    assert [(fold.name, fold.split) for fold in folds] == [(f"fold{one}", f"fold{one}") for one in range(1, 7)]
    assert folds[0].speakers == tuple(f"ravdess/Actor_{actor:02d}" for actor in RAVDESS_FOLDS[1])
    assert sorted(row for fold in folds for row in fold.rows) == list(range(48))  # nEMO is only for training


@pytest.mark.parametrize(("word", "clips"), [("ravdess", 48), ("speakers:5", 54)])
def test_no_speaker_is_in_two_parts_of_a_fold(dataset, word, clips):
    folds = make_folds(dataset, word)
    assert sorted(row for fold in folds for row in fold.rows) == list(range(clips))
    for fold in folds:
        split = split_off(dataset, fold, validation=0.2, seed=1)
        parts = [of(dataset, rows) for rows in (split.train, split.validation, split.test)]
        assert all(parts) and not any(one & other for one, other in combinations(parts, 2))
        assert parts[2] == set(fold.speakers) and split.test == fold.rows and not split.optimistic
        assert len(split.train) + len(split.validation) + len(split.test) == 54


def test_folds_over_speakers_have_a_similar_mix(dataset):
    sizes = [len(fold.speakers) for fold in make_folds(dataset, "speakers:5")]
    assert sum(sizes) == 27 and set(sizes) == {5, 6}
    genders = dict(zip(dataset["speaker"], dataset["gender"], strict=True))
    for fold in make_folds(dataset, "speakers:5"):
        women = sum(genders[speaker] == "female" for speaker in fold.speakers)
        assert 2 <= women <= 4


def test_the_seed_changes_the_validation_speakers_and_not_the_test(dataset):
    fold = make_folds(dataset, "speakers:4")[1]
    splits = [split_off(dataset, fold, validation=0.2, seed=seed) for seed in range(3)]
    assert len({split.test for split in splits}) == 1
    assert len({split.validation for split in splits}) > 1
    assert split_off(dataset, fold, validation=0.2, seed=2) == splits[2]
    assert split_off(dataset, fold, validation=0, seed=2).validation == ()


def test_random_folds_are_optimistic_and_keep_equal_recordings_together(data):
    copy = data["ravdess"] / "03-01-03-01-02-01-01.wav"
    copy.write_text((data["ravdess"] / "03-01-03-01-01-01-01.wav").read_text())
    dataset = load_corpora(data)
    folds = make_folds(dataset, "random:5")
    assert sorted(row for fold in folds for row in fold.rows) == list(range(55))
    assert {len(fold.rows) for fold in folds} <= {10, 11, 12}
    splits = [split_off(dataset, fold, validation=0.2, seed=0) for fold in folds]
    assert all(split.optimistic and of(dataset, split.train) & of(dataset, split.test) for split in splits)
    same = [
        row
        for row, audio in enumerate(dataset["audio"])
        if audio["path"].endswith(("01-01-01-01.wav", "02-01-01.wav"))
    ]
    twins = [row for row in same if "03-01-03" in dataset[row]["audio"]["path"]]
    assert len(twins) == 2 and sum(set(twins) <= set(fold.rows) for fold in folds) == 1


def test_folds_whose_speakers_are_missing_are_left_out(data, caplog):
    for path in data["ravdess"].iterdir():
        if not path.stem.endswith(("-01", "-02", "-11")):
            path.unlink()
    folds = make_folds(load_corpora({"ravdess": data["ravdess"]}), "ravdess")
    assert [(fold.name, len(fold.speakers)) for fold in folds] == [("fold1", 2), ("fold5", 1)]
    assert "are missing from the data" in caplog.text


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("iemocap", "--folds iemocap needs the speakers of two of its folds; add that data as iemocap=DIR"),
        ("speakers:28", "'speakers:28' does not fit 27 speakers; use 2 to 27 folds"),
        ("speakers:1", "'speakers:1' does not fit"),
        ("speakers", "Unknown folds 'speakers'; the forms are ravdess, iemocap, speakers:5 or random:5"),
        ("speakers:a", "Unknown folds"),
        ("random:0.2", "Unknown folds"),
        ("random:999", "does not fit 54 different clips"),
    ],
)
def test_what_cannot_be_folded_is_one_sentence(dataset, word, words):
    with pytest.raises(SplitError, match=words):
        make_folds(dataset, word)


def test_unknown_speakers_cannot_be_folded(tmp_path):
    for emotion in ("happy", "sad"):
        (tmp_path / emotion).mkdir()
        for number in range(4):
            (tmp_path / emotion / f"{number}.wav").write_text(f"{emotion} {number}")
    dataset = load_corpora({"mine": tmp_path})
    with pytest.raises(SplitError, match="needs known speakers, but clips of 'mine' have none"):
        make_folds(dataset, "speakers:2")
    assert len(make_folds(dataset, "random:2")) == 2
