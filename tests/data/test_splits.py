import dataclasses
import json
import logging
from collections import Counter
from pathlib import Path

import pytest

from emotion_hf.data.loader import load_corpora
from emotion_hf.data.splits import PARTS, RAVDESS_FOLDS, Split, check_leakage, limit_training, make_split, select
from emotion_hf.errors import LeakageError, SplitError

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
ACTORS = [f"Actor_{actor:02d}" for actor in range(1, 25)]


def write(folder: Path, *names: str, content: str | None = None) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content or name)


@pytest.fixture
def data(tmp_path):
    """RAVDESS with two emotions of each actor, nEMO with two of three speakers, and a folder without speakers."""
    for actor in range(1, 25):
        write(tmp_path / "ravdess", *(f"03-01-0{emotion}-01-01-01-{actor:02d}.wav" for emotion in (3, 4)))
    write(
        tmp_path / "nemo",
        *(f"{who}_{emotion}_1.wav" for who in ("EB0", "KS0", "MP0") for emotion in ("anger", "fear")),
    )
    write(tmp_path / "mine", *(f"happy/{number}.wav" for number in range(4)))
    return {name: tmp_path / name for name in ("ravdess", "nemo", "mine")}


@pytest.fixture
def dataset(data):
    return load_corpora({name: data[name] for name in ("ravdess", "nemo")})


def speakers(dataset, rows) -> set[str]:
    return {dataset["speaker"][row] for row in rows}


def assert_partition(dataset, split):
    assert sorted(split.train + split.validation + split.test) == list(range(len(dataset)))


def assert_strangers(dataset, split):
    train, validation, test = (speakers(dataset, getattr(split, part)) for part in PARTS)
    assert not train & validation and not train & test and not validation & test


@pytest.mark.parametrize("fold", RAVDESS_FOLDS)
def test_a_public_fold_tests_its_four_actors(dataset, fold):
    split = make_split(dataset, f"fold{fold}", validation=4)
    assert speakers(dataset, split.test) == {f"ravdess/Actor_{actor:02d}" for actor in RAVDESS_FOLDS[fold]}
    assert len(split.test) == 8
    assert len(speakers(dataset, split.validation)) == 4
    assert_partition(dataset, split)
    assert_strangers(dataset, split)
    assert (split.name, split.optimistic) == (f"fold{fold}", False)


def test_training_clips_are_limited_in_proportion_and_no_others(dataset):
    split = make_split(dataset, "fold2")
    some = limit_training(dataset, split, 12)
    assert (some.validation, some.test) == (split.validation, split.test)
    assert len(some.train) == 12 and {*some.train} < {*split.train}
    kinds = Counter((dataset["corpus"][row], dataset["emotion"][row]) for row in some.train)
    assert kinds["ravdess", "happy"] == kinds["ravdess", "sad"] >= 5
    assert limit_training(dataset, split, 12) == some != limit_training(dataset, split, 12, seed=1)
    assert limit_training(dataset, split, 0) == limit_training(dataset, split, 10_000) == split


def test_each_actor_is_tested_in_one_fold():
    assert sorted(actor for actors in RAVDESS_FOLDS.values() for actor in actors) == list(range(1, 25))


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/protocols is not there")
def test_the_folds_are_the_published_ones():
    published = json.loads((SHARED / "protocols" / "ravdess-folds.json").read_text())
    assert {int(fold): tuple(actors) for fold, actors in published.items()} == RAVDESS_FOLDS


def test_validation_speakers_are_balanced_by_gender_and_corpus(dataset):
    split = make_split(dataset, "fold1", validation=0.25, seed=3)
    drawn = dataset.select(split.validation)
    # 6 of 23 speakers with two clips each: of 9 men and 11 women, and of 2 men and 1 woman
    assert Counter(zip(drawn["corpus"], drawn["gender"], strict=True)) == {
        ("ravdess", "male"): 4,
        ("ravdess", "female"): 6,
        ("nemo", "male"): 2,
    }


def test_validation_by_name_and_none(dataset):
    split = make_split(dataset, "fold1", validation=["ravdess/Actor_02", "nemo/EB0"])
    assert speakers(dataset, split.validation) == {"ravdess/Actor_02", "nemo/EB0"}
    assert make_split(dataset, "fold1", validation=0).validation == ()
    with pytest.raises(SplitError, match="'ravdess/Actor_01' is not among the 23 speakers that can be held out"):
        make_split(dataset, "fold1", validation=["ravdess/Actor_01"])


def test_the_seed_decides_and_the_test_does_not_depend_on_the_validation(dataset):
    split = make_split(dataset, "speakers:0.2", seed=5)
    assert split == make_split(dataset, "speakers:0.2", seed=5)
    assert split.test != make_split(dataset, "speakers:0.2", seed=6).test
    assert split.test == make_split(dataset, "speakers:0.2", seed=5, validation=0).test
    assert split.validation != make_split(dataset, "speakers:0.2", seed=5, validation=2).validation


def test_hold_out_by_share_number_and_name(dataset):
    for name, count in {"speakers:0.2": 5, "speakers:3": 3}.items():
        split = make_split(dataset, name)
        assert len(speakers(dataset, split.test)) == count
        assert_partition(dataset, split)
        assert_strangers(dataset, split)
    split = make_split(dataset, "speakers:nemo/EB0,ravdess/Actor_07")
    assert speakers(dataset, split.test) == {"nemo/EB0", "ravdess/Actor_07"}


def test_folds_over_all_speakers_test_each_once(dataset):
    folds = [make_split(dataset, f"kfold:5:{fold}", seed=2) for fold in range(5)]
    assert sorted(row for split in folds for row in split.test) == list(range(len(dataset)))
    assert sorted(len(speakers(dataset, split.test)) for split in folds) == [5, 5, 5, 6, 6]
    for split in folds:
        assert_strangers(dataset, split)


def test_a_random_split_is_stratified_and_named_optimistic(dataset):
    split = make_split(dataset, "random:0.25", validation=0.25)
    assert split.optimistic
    assert_partition(dataset, split)
    assert Counter(dataset.select(split.test)["emotion"]) == {"happy": 6, "sad": 6, "angry": 1, "fearful": 1}
    assert len(split.validation) == 10  # a quarter of the other 40
    assert speakers(dataset, split.train) & speakers(dataset, split.test)


def test_a_random_split_keeps_equal_recordings_together(data):
    write(data["ravdess"], *(f"03-01-03-01-01-02-{actor:02d}.wav" for actor in range(1, 25)), content="the same")
    dataset = load_corpora({"ravdess": data["ravdess"]})
    same = {row for row, audio in enumerate(dataset["audio"]) if "-01-02-" in audio["path"]}
    assert len(same) == 24
    for seed in range(8):
        split = make_split(dataset, "random:0.3", seed=seed)
        assert sum(bool(same & set(getattr(split, part))) for part in PARTS) == 1
        assert_partition(dataset, split)


def test_a_file_of_ones_own(dataset, tmp_path):
    file = tmp_path / "mine-test.json"
    names = {f"03-01-03-01-01-01-{actor:02d}.wav": "train" if actor < 20 else "test" for actor in range(1, 25)}
    file.write_text(json.dumps(names))
    split = make_split(dataset, f"file:{file}", validation=2)
    assert speakers(dataset, split.test) == {f"ravdess/{actor}" for actor in ACTORS[19:]}
    assert (len(split.train), len(split.validation), len(split.test), split.optimistic) == (17, 2, 5, False)
    assert len(select(dataset, f"file:{file}-test")) == 5
    file.write_text(json.dumps(names | {"EB0_anger_1.wav": "validation"}))
    assert speakers(dataset, make_split(dataset, f"file:{file}").validation) == {"nemo/EB0"}


def test_a_file_with_unknown_speakers_is_optimistic_and_one_with_shared_speakers_refused(data, tmp_path):
    file = tmp_path / "split.csv"
    file.write_text("file_name,split\n0.wav,train\n1.wav,train\n2.wav,test\n")
    split = make_split(load_corpora({"mine": data["mine"]}), f"file:{file}", validation=0)
    assert (split.train, split.test, split.optimistic) == ((0, 1), (2,), True)
    file.write_text("file_name,split\nEB0_anger_1.wav,train\nEB0_fear_1.wav,test\n")
    with pytest.raises(LeakageError, match="The speaker nemo/EB0 is in train and in test; keep all clips"):
        make_split(load_corpora({"nemo": data["nemo"]}), f"file:{file}", validation=0)


def test_a_speaker_on_both_sides_leaks_also_into_validation(dataset):
    split = make_split(dataset, "fold1", validation=4)
    moved = dataclasses.replace(split, train=split.train[1:], validation=(*split.validation, split.train[0]))
    with pytest.raises(LeakageError, match="is in train and in validation"):
        check_leakage(dataset, moved)
    check_leakage(dataset, dataclasses.replace(moved, name="random:0.2", optimistic=True))


def test_a_recording_on_both_sides_leaks_in_every_split(data):
    write(data["mine"], "sad/copy.wav", content="03-01-03-01-01-01-11.wav")
    dataset = load_corpora({name: data[name] for name in ("ravdess", "mine")})
    with pytest.raises(
        LeakageError, match=r"11\.wav \(test\) and .*copy\.wav \(train\) are the same recording; remove"
    ):
        make_split(dataset, "fold1")
    rows = range(len(dataset))
    split = Split("random:0.5", train=tuple(rows[-1:]), validation=(), test=tuple(rows[:-1]), optimistic=True)
    with pytest.raises(LeakageError, match="are the same recording"):
        check_leakage(dataset, split)


def test_clips_without_a_speaker_train_beside_a_fold_but_cannot_be_split_by_speakers(data):
    dataset = load_corpora({name: data[name] for name in ("ravdess", "mine")})
    split = make_split(dataset, "fold2", validation=0.2)
    assert [row for row in split.train if dataset["corpus"][row] == "mine"] == [48, 49, 50, 51]
    for name in ("speakers:0.2", "kfold:5:0"):
        with pytest.raises(SplitError, match="clips of 'mine' have none; name the speakers in a column 'speaker'"):
            make_split(dataset, name)


def test_select_gives_one_part_or_everything(dataset):
    test = select(dataset, "fold1-test")
    assert set(test["speaker"]) == {f"ravdess/Actor_{actor:02d}" for actor in (1, 11, 20, 21)}
    split = make_split(dataset, "speakers:4", validation=3, seed=9)
    for part in PARTS:
        chosen = select(dataset, f"speakers:4-{part}", validation=3, seed=9)
        assert chosen["audio"][:] == dataset.select(getattr(split, part))["audio"][:]
    assert len(select(dataset, "all")) == len(dataset)


def test_a_test_needs_nobody_but_the_tested_speakers(data):
    for path in data["ravdess"].glob("*.wav"):
        if int(path.stem[-2:]) not in RAVDESS_FOLDS[1]:
            path.unlink()
    dataset = load_corpora({"ravdess": data["ravdess"]})
    assert len(select(dataset, "fold1-test")) == 8
    with pytest.raises(SplitError, match="'fold1' leaves no train clips"):
        make_split(dataset, "fold1", validation=0)
    with pytest.raises(SplitError, match="No clip of the data is in 'fold1-validation'"):
        select(dataset, "fold1-validation", validation=0)


def test_an_incomplete_fold_is_logged(data, caplog):
    (data["ravdess"] / "03-01-03-01-01-01-11.wav").unlink()
    (data["ravdess"] / "03-01-04-01-01-01-11.wav").unlink()
    with caplog.at_level(logging.WARNING):
        make_split(load_corpora({"ravdess": data["ravdess"]}), "fold1")
    assert "fold1 is incomplete: ravdess/Actor_11 are missing" in caplog.text


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "fold7",
            "Unknown split 'fold7'; the forms are fold1 to fold6, .* random:0.25, folders or file:PATH",
        ),
        ("fold1-test", "Unknown split 'fold1-test'"),
        ("speakers:", "Unknown split 'speakers:'"),
        ("kfold:5", "Unknown split 'kfold:5'"),
        ("kfold:28:0", "does not fit 27 speakers; kfold:K:I needs K from 2 to 27"),
        ("kfold:5:5", "does not fit 27 speakers"),
        ("kfold:1:0", "does not fit 27 speakers"),
        ("speakers:27", "27 of 27 known speakers cannot be held out"),
        ("speakers:0", "'speakers:0' leaves no test clips"),
        ("random:7", "needs a share of the clips below 1"),
        ("random:", "needs a share of the clips below 1"),
        ("file:nowhere.csv", r"There is no file nowhere\.csv"),
    ],
)
def test_a_split_that_cannot_be_made_is_one_sentence(dataset, name, sentence):
    with pytest.raises(SplitError, match=sentence):
        make_split(dataset, name)


@pytest.mark.parametrize("name", ["fold1", "test", "fold1-dev"])
def test_a_part_that_is_not_named_is_one_sentence(dataset, name):
    with pytest.raises(SplitError, match=r"is not a part of a split; write for example fold1-test, random"):
        select(dataset, name)


def test_a_fold_needs_ravdess(data):
    with pytest.raises(
        SplitError, match=r"fold3 tests the RAVDESS actors \(8, 9, 19, 23\); add that data as ravdess=DIR"
    ):
        make_split(load_corpora({"nemo": data["nemo"]}), "fold3")


@pytest.mark.skipif(not (SHARED / "data" / "ravdess").is_dir(), reason="../shared/data/ravdess is not there")
def test_real_folds():
    dataset = load_corpora({"ravdess": SHARED / "data" / "ravdess"})
    for fold in RAVDESS_FOLDS:
        split = make_split(dataset, f"fold{fold}", validation=4)
        assert (len(split.train), len(split.validation), len(split.test)) == (960, 240, 240)
        assert Counter(dataset.select(split.validation)["gender"]) == {"male": 120, "female": 120}


def audiofolder(folder: Path, *names: str):
    write(folder, *names)
    return load_corpora({"mine": folder})


def test_folders_train_and_test_are_the_split(tmp_path, caplog):
    names = [f"train/{emotion}/{who}/1.wav" for emotion in ("happy", "sad") for who in "abcd"]
    dataset = audiofolder(tmp_path, *names, "test/happy/x/1.wav", "test/sad/x/1.wav")
    assert sorted(set(dataset["emotion"])) == ["happy", "sad"]
    with caplog.at_level(logging.WARNING):
        split = make_split(dataset, "folders", validation=0.25)
    assert_partition(dataset, split)
    assert_strangers(dataset, split)
    assert speakers(dataset, split.test) == {"mine/x"} and len(speakers(dataset, split.validation)) == 1
    assert (split.optimistic, caplog.text) == (False, "")
    assert speakers(select(dataset, "folders-test"), range(2)) == {"mine/x"}


def test_a_folder_called_validation_is_used_and_other_corpora_are_for_training(tmp_path, data):
    write(tmp_path / "parts", "train/happy/a/1.wav", "dev/sad/b/1.wav", "test/sad/c/1.wav")
    dataset = load_corpora({"mine": tmp_path / "parts", "nemo": data["nemo"]})
    split = make_split(dataset, "folders")
    assert speakers(dataset, split.validation) == {"mine/b"} and speakers(dataset, split.test) == {"mine/c"}
    assert speakers(dataset, split.train) == {"mine/a", "nemo/EB0", "nemo/KS0", "nemo/MP0"}


def test_shared_and_unknown_speakers_of_folders_are_optimistic_and_said(tmp_path, caplog):
    shared = audiofolder(tmp_path / "a", "train/happy/x/1.wav", "train/sad/y/1.wav", "test/sad/x/2.wav")
    with caplog.at_level(logging.WARNING):
        assert make_split(shared, "folders", validation=0).optimistic
    assert "1 of 1 test speakers are in the training too, for example mine/x" in caplog.text
    caplog.clear()
    unknown = audiofolder(
        tmp_path / "b",
        *(f"train/{emotion}/{n}.wav" for emotion in ("happy", "sad") for n in range(5)),
        "test/sad/t.wav",
    )
    with caplog.at_level(logging.WARNING):
        split = make_split(unknown, "folders", validation=0.2)
    assert split.optimistic and (len(split.train), len(split.validation), len(split.test)) == (8, 2, 1)
    assert "Some speakers are unknown" in caplog.text
    with pytest.raises(SplitError, match=r"data\.validation=1 holds out speakers, but they are unknown"):
        make_split(unknown, "folders", validation=1)


def test_equal_recordings_of_unknown_speakers_stay_together(tmp_path):
    for emotion in ("happy", "sad"):
        for number in range(4):
            write(
                tmp_path,
                f"train/{emotion}/{number}.wav",
                f"train/{emotion}/{number} again.wav",
                content=f"{emotion} {number}",
            )
    dataset = audiofolder(tmp_path, "test/happy/t.wav", "test/sad/t.wav")
    for seed in range(5):
        split = make_split(dataset, "folders", validation=0.25, seed=seed)  # leakage would be an error
        assert (len(split.train), len(split.validation), len(split.test)) == (12, 4, 2)


def test_folders_need_a_test_and_another_split_says_that_it_ignores_it(tmp_path, dataset, caplog):
    with pytest.raises(SplitError, match="'folders' needs a folder called test"):
        make_split(dataset, "folders")
    other = audiofolder(tmp_path / "a", "train/happy/x/1.wav", "test/sad/y/1.wav", "train/sad/z/2.wav")
    with caplog.at_level(logging.WARNING):
        make_split(other, "speakers:1", validation=0)
    assert "a test part of its own, which the split speakers:1 ignores; data.split=folders tests on it" in caplog.text
    unknown = audiofolder(tmp_path / "b", "train/happy/1.wav", "test/sad/1.wav")
    with pytest.raises(SplitError, match=r"or use the split folders\."):
        make_split(unknown, "speakers:0.2")


def test_the_same_recording_in_two_folders_of_a_split_is_refused(tmp_path):
    write(tmp_path, "train/happy/x/1.wav", "test/happy/y/1.wav", content="same")
    write(tmp_path, "train/sad/x/1.wav")
    with pytest.raises(LeakageError, match="are the same recording"):
        make_split(load_corpora({"mine": tmp_path}), "folders", validation=0)
