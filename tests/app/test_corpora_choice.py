"""What may be trained on: which folders, which zip files, which names, and which split the data needs."""

import zipfile

import numpy as np
import pytest
import soundfile

from emotion_hf.app.corpora_choice import Chosen, add, choose_folder, choose_hub, choose_upload, split_of, unused
from emotion_hf.errors import CorpusError, DownloadError, SettingsError
from emotion_hf.settings import Settings
from emotion_hf.testing import tiny_corpus


def clip(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(8_000), 16_000)


def test_a_folder_is_recognised_and_says_what_split_it_needs(tmp_path):
    settings = Settings(data_dir=tmp_path)
    ravdess = choose_folder(str(tiny_corpus(tmp_path / "r", speakers=2)), settings)
    assert (ravdess.name, ravdess.split) == ("ravdess", "")
    assert ravdess.summary == "8 emotions, 2 speakers, 16 clips, from file names"
    assert ravdess.argument == f"ravdess={tmp_path / 'r'}"
    for name in ("train/happy/a", "train/sad/b", "test/happy/c", "test/sad/d"):
        clip(tmp_path / "Own Voices" / f"{name}.wav")
    own = choose_folder(f"  {tmp_path / 'Own Voices'} ", settings)
    assert (own.name, own.split) == ("own-voices", "folders")
    for name in ("happy/a", "sad/b"):
        clip(tmp_path / "anonymous" / f"{name}.wav")
    nobody = choose_folder(str(tmp_path / "anonymous"), settings)
    assert nobody.split == "random:0.25"
    assert (split_of([own]), split_of([own, ravdess]), split_of([own, nobody])) == ("folders", "", "random:0.25")
    for text, reason in (("", "Name a folder"), (str(tmp_path / "missing"), "There is no folder")):
        with pytest.raises(CorpusError, match=reason):
            choose_folder(text, settings)


def test_only_folders_that_the_operator_names_are_read_where_others_can_reach_the_page(tmp_path):
    inside, outside = (tiny_corpus(tmp_path / name, speakers=1) for name in ("allowed/r", "r"))
    (tmp_path / "allowed" / "link").symlink_to(outside)
    public = {"data_dir": tmp_path, "host": "0.0.0.0", "auth": "a:b"}
    with pytest.raises(SettingsError, match="reads only folders that its operator names"):
        choose_folder(str(inside), Settings(**public))
    settings = Settings(**public, training_folders=f"/nowhere '{tmp_path / 'allowed'}'")
    assert choose_folder(str(inside), settings).name == "ravdess"
    for place in (outside, tmp_path / "allowed" / ".." / "r", tmp_path / "allowed" / "link"):
        with pytest.raises(SettingsError, match="not below one of those"):
            choose_folder(str(place), settings)


def test_a_zip_file_is_unpacked_whole_or_not_at_all(tmp_path):
    settings = Settings(data_dir=tmp_path / "data")
    corpus = tiny_corpus(tmp_path / "r", speakers=2)
    good, bad, empty = (tmp_path / f"{name}.zip" for name in ("Two People", "bad", "empty"))
    with zipfile.ZipFile(good, "w") as file:
        for path in corpus.rglob("*.wav"):
            file.write(path, path.relative_to(tmp_path))
        file.writestr("run.py", "import os")
    chosen = choose_upload(good, settings)
    assert (chosen.name, chosen.place) == ("ravdess", str(tmp_path / "data" / "uploads" / "two-people"))
    assert chosen.summary.startswith("8 emotions, 2 speakers, 16 clips")
    assert choose_folder(chosen.place, settings).summary == chosen.summary
    assert not list((tmp_path / "data").rglob("run.py"))
    assert choose_upload(good, settings).place.endswith("two-people-2")
    with zipfile.ZipFile(bad, "w") as file:
        file.write(next(corpus.rglob("*.wav")), "../../evil.wav")
    with zipfile.ZipFile(empty, "w") as file:
        file.writestr("notes.txt", "nothing")
    for archive, error in ((bad, DownloadError), (empty, CorpusError)):
        with pytest.raises(error):
            choose_upload(archive, settings)
    good.write_bytes(b"PK no zip")
    with pytest.raises(DownloadError, match="The zip file is not a zip file, or it is damaged"):
        choose_upload(good, settings)
    there = sorted(path.name for path in (tmp_path / "data" / "uploads").iterdir())
    assert there == ["two-people", "two-people-2"]
    assert not list(tmp_path.rglob("evil.wav"))


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [
        ("someone/My-Voices", "my-voices", "someone/My-Voices"),
        (" voices=someone/crema ", "voices", "someone/crema"),
        ("someone/ravdess:all@0a1b", "my_ravdess", "someone/ravdess:all@0a1b"),
    ],
)
def test_a_data_set_of_the_hub_is_passed_on_with_its_name(text, name, place):
    assert choose_hub(text).argument == f"{name}={place}"


def test_unusual_columns_of_a_data_set_follow_its_name():
    chosen = choose_hub("lab=Lab/Voices@v1  emotion=mood, speaker=who")
    assert (chosen.argument, chosen.columns) == ("lab=Lab/Voices@v1", "emotion=mood,speaker=who")


@pytest.mark.parametrize(
    "text",
    ["a/b c", "a/b emotion=--output", "", "voices", "a/b/c", "--output=/x", "A B/c", "https://huggingface.co/a/b"],
)
def test_anything_else_is_no_data_set(text):
    with pytest.raises(CorpusError, match="OWNER/NAME"):
        choose_hub(text)


def test_the_same_data_is_chosen_once_and_own_names_are_told_apart(tmp_path):
    one, other = Chosen("mine", "/a/mine"), Chosen("mine", "/b/mine")
    assert [data.name for data in add(add((), one), other)] == ["mine", "mine-2"]
    with pytest.raises(CorpusError, match="already chosen"):
        add((one,), one)
    with pytest.raises(CorpusError, match="merge the two folders"):
        add((Chosen("tess", "/a"),), Chosen("tess", "/b"))
    (tmp_path / "x").mkdir()
    assert unused(tmp_path, "x", {"x-2"}).name == "x-3"
