"""Recordings in folders, patterns, Parquet files and saved data sets."""

from __future__ import annotations

import logging

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Audio, Dataset, DatasetDict, Features, Value

from emotion_hf.batch.places import find_places
from emotion_hf.errors import AudioError, AudioNotFoundError, CorpusError
from tests.batch.conftest import wav


def content(sources, column=""):
    """Return the path of each recording and its content, or its error."""
    return {place.path: read(place) for found in find_places(map(str, sources), column) for place in found}


def read(place):
    try:
        return place.read()
    except AudioError as error:
        return str(error)


def number(sources, column=""):
    return [found.count() for found in find_places(map(str, sources), column)]


def audio_table(file, rows):
    pq.write_table(pa.table({"audio": rows, "label": ["x"] * len(rows)}), file)


def test_a_folder_is_read_with_its_tables_and_says_what_it_skips(recordings, caplog):
    audio_table(recordings / "more" / "table.parquet", [{"bytes": wav(16_500), "path": "x/inside.wav"}])
    pq.write_table(pa.table({"a": [1]}), recordings / "other.parquet")
    with caplog.at_level(logging.WARNING):
        assert number([recordings]) == [8]
    assert "skipped 2 files that are no recordings (1 .parquet, 1 .txt)." in caplog.text
    found = content([recordings])
    assert found[f"{recordings}/more/table.parquet#0/inside.wav"] == wav(16_500)
    assert found[f"{recordings}/2.wav"] == wav(16_002) and len(found) == 8
    assert "is a link to" in found[f"{recordings}/gone.wav"]


def test_files_and_patterns(recordings):
    assert [*content([recordings / "2.wav"])] == [f"{recordings}/2.wav"]
    assert number([f"{recordings}/**/[0-9].wav", recordings / "2.wav"]) == [4, 1]
    assert "is a link to" in content([f"{recordings}/g*"])[f"{recordings}/gone.wav"]
    assert {*content([f"{recordings}/more/*.wav"])} == {f"{recordings}/more/{name}.wav" for name in (1, 3)}
    assert len(content([f"{recordings}/mo*"])) == 2  # a folder that matches is read whole
    with pytest.raises(AudioNotFoundError, match=r"Nothing matches .*check the pattern"):
        number([f"{recordings}/*.mp3"])
    for missing in (recordings / "none", "nothing", "./nothing/here"):
        with pytest.raises(AudioNotFoundError, match="There is no file or folder"):
            content([missing])


def test_the_columns_of_parquet_files(recordings, tmp_path):
    file = recordings / "t.parquet"
    audio_table(file, [{"bytes": wav(17_000), "path": None}, {"bytes": None, "path": "2.wav"}, None])
    assert content([file]) == {
        f"{file}#0": wav(17_000),
        f"{file}#1/2.wav": wav(16_002),
        f"{file}#2": f"{file}#2 is a row without a recording.",
    }
    pq.write_table(pa.table({"file": ["2.wav", "none.wav"], "sound": [wav(17_000), None], "id": [1, 2]}), file)
    assert content([file], "sound")[f"{file}#0"] == wav(17_000)
    by_path = content([file], "file")
    assert by_path[f"{file}#0/2.wav"] == wav(16_002) and "There is no file" in by_path[f"{file}#1/none.wav"]
    for column, reason in {
        "": "has no column with recordings",
        "id": "has no column with",
        "x": "has no column 'x'",
    }.items():
        with pytest.raises(CorpusError, match=reason):
            content([file], column)
    file.write_bytes(b"PAR1 and nothing")
    with pytest.raises(CorpusError, match=r"cannot be read .*make it again, or leave it out"):
        content([file])


def test_data_sets_that_datasets_saved(tmp_path):
    rows = {"audio": [{"bytes": wav(16_000 + one), "path": f"{one}.wav"} for one in range(5)], "x": range(5)}
    audio = Dataset.from_dict(rows, features=Features({"audio": Audio(), "x": Value("int64")}))
    audio.save_to_disk(tmp_path / "one", num_shards=2)
    assert number([tmp_path / "one"]) == [5]
    assert [*content([tmp_path / "one"]).values()] == [wav(16_000 + one) for one in range(5)]
    DatasetDict(train=audio, test=audio.select([2])).save_to_disk(tmp_path / "two")
    assert number([tmp_path / "two"]) == [6]
    assert sum(path.endswith("/2.wav") for path in content([tmp_path / "two"])) == 2
    (tmp_path / "one" / "state.json").write_text("{}")
    with pytest.raises(CorpusError, match="is a damaged data set; save it again"):
        content([tmp_path / "one"])


def test_names_that_are_no_utf8(tmp_path):
    (tmp_path / "x").mkdir()
    bad = (str(tmp_path / "x" / "a").encode() + b"\xff.wav").decode("utf-8", "surrogateescape")
    with open(bad, "wb") as file:
        file.write(wav(16_000))
    assert content([tmp_path / "x"]) == {f"{tmp_path}/x/a\\xff.wav": wav(16_000)}
