import logging
from pathlib import Path

import pytest

from emotion_hf.data.split_file import read_split_file
from emotion_hf.errors import SplitError

CLIPS = [Path("/x/happy/1.wav"), Path("/x/sad/1.wav"), Path("/x/sad/2.wav"), Path("/x/sad/3.wav")]


def test_json_and_csv_say_the_same(tmp_path):
    (tmp_path / "a.json").write_text('{"happy/1.wav": "train", "2.wav": "test", "x/sad/1.wav": "validation"}')
    (tmp_path / "a.csv").write_text("file_name,split\nhappy/1.wav,train\n./2.wav,test\n/x/sad/1.wav,validation\n")
    expected = {"train": [0], "validation": [1], "test": [2]}
    assert read_split_file(tmp_path / "a.json", CLIPS) == read_split_file(tmp_path / "a.csv", CLIPS) == expected


def test_what_is_not_in_both_is_logged(tmp_path, caplog):
    (tmp_path / "a.json").write_text('{"2.wav": "train", "3.wav": "test", "4.wav": "test"}')
    with caplog.at_level(logging.WARNING):
        assert read_split_file(tmp_path / "a.json", CLIPS) == {"train": [2], "validation": [], "test": [3]}
    assert "names 3 clips and the data has 4; 2 are in both" in caplog.text


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.json", '{"1.wav": "train"}', "names 1.wav, which matches 2 clips; add more of their folders"),
        ("a.json", '{"2.wav": "dev"}', "assigns 2.wav to 'dev'; the parts are train, validation, test"),
        ("a.json", '{"2.wav": "train", "sad/2.wav": "test"}', "assigns sad/2.wav to train and to test; choose one"),
        ("a.csv", "file_name,split\n2.wav,train\n2.wav,test\n", "assigns 2.wav to train and to test"),
        ("a.json", '{"9.wav": "train"}', "names none of the clips of the data"),
        ("a.json", "[1]", "is neither a CSV with the columns file_name and split nor a JSON object"),
        ("a.json", "{oops", "is neither a CSV"),
        ("a.csv", "name,part\n2.wav,train\n", "is neither a CSV"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path, name, content, sentence):
    (tmp_path / name).write_text(content)
    with pytest.raises(SplitError, match=sentence):
        read_split_file(tmp_path / name, CLIPS)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(SplitError, match=r"There is no file .*a\.csv; file:PATH must be a CSV or JSON"):
        read_split_file(tmp_path / "a.csv", CLIPS)
