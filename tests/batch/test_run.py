"""A batch from the recordings to the rows: what is scored, what is not scored again, and what survives a crash."""

from __future__ import annotations

import io
import json

import pandas as pd
import pyarrow.parquet as pq
import pytest

from emotion_hf.batch import store as store_module
from emotion_hf.batch.rows import schema
from emotion_hf.batch.store import Store, Writer, locked
from emotion_hf.batch.work import parse_shard
from emotion_hf.errors import CheckpointError, SettingsError, WriteError
from emotion_hf.labels import LABELS
from emotion_hf.testing import FakeClassifier
from tests.batch.conftest import Here, score, wav
from tests.batch_models import Fake, wave_of


def rows(output):
    """Return all rows, by the end of their path."""
    table = pd.read_parquet(output)
    assert not table.duplicated(["source", "path", "key"]).any()
    return {row["path"].rpartition("recordings/")[2]: row for row in table.to_dict("records")}


def test_every_recording_gets_a_row_and_each_content_is_scored_once(recordings, engine, tmp_path):
    tally = score([recordings], tmp_path / "out", engine)
    assert (tally.scored, tally.copied, tally.failed, tally.known) == (4, 1, 2, 0)
    assert engine.scored == 5  # the broken one counts, too
    found = rows(tmp_path / "out")
    assert found.keys() == {"0.wav", "more/1.wav", "2.wav", "more/3.wav", "same.wav", "broken.wav", "gone.wav"}
    assert found["broken.wav"]["error"].startswith("broken.wav is text, not audio")
    assert "which does not exist" in found["gone.wav"]["error"] and pd.isna(found["gone.wav"]["key"])
    assert found["same.wav"]["key"] == found["0.wav"]["key"] != found["2.wav"]["key"]
    for number, name in enumerate(["0.wav", "more/1.wav", "2.wav", "more/3.wav"]):
        expected = FakeClassifier().predict([wave_of(16_000 + number)])[0]
        assert found[name]["label"] == expected.label and found[name]["verdict"] == "ok"
        assert found[name]["seconds"] == (16_000 + number) / 16_000
        assert {label: found[name][f"score_{label}"] for label in LABELS} == dict(expected.scores)
        assert pd.isna(found[name]["error"]) and found[name]["model"] == tally.folder.name.removeprefix("model=")


def test_a_second_run_scores_only_what_is_new(recordings, engine, tmp_path):
    first = score([recordings], tmp_path / "out", engine)
    before = {path: path.read_bytes() for path in first.folder.glob("*.parquet")}
    (recordings / "0.wav").rename(recordings / "renamed.wav")
    (recordings / "new.wav").write_bytes(wav(20_000))
    again = Here()
    tally = score([recordings], tmp_path / "out", again)
    assert (tally.scored, tally.copied, tally.known, tally.known_failed, tally.failed) == (1, 1, 4, 2, 0)
    assert again.scored == 1
    found = rows(tmp_path / "out")
    assert found["renamed.wav"]["label"] == found["0.wav"]["label"] and len(found) == 9
    assert {path: path.read_bytes() for path in before} == before  # what was written is never changed
    third = Here()
    tally = score([recordings], tmp_path / "out", third)
    assert third.scored == 0 and tally.known == 6 and len(rows(tmp_path / "out")) == 9


def test_a_source_that_is_named_twice_gets_its_rows_once(recordings, engine, tmp_path):
    tally = score([recordings, recordings], tmp_path / "out", engine)
    assert (tally.scored, tally.copied, tally.failed) == (4, 1, 2) and len(rows(tmp_path / "out")) == 7


def test_a_changed_recording_and_another_model_or_setting_are_scored(recordings, engine, tmp_path):
    score([recordings], tmp_path / "out", engine)
    (recordings / "2.wav").write_bytes(wav(24_000))
    assert score([recordings], tmp_path / "out", Here()).scored == 1
    assert sorted(pd.read_parquet(tmp_path / "out").query("path.str.endswith('/2.wav')")["seconds"]) == [1.000125, 1.5]
    assert score([recordings], tmp_path / "out", Here(Fake("another"))).scored == 4
    models = [json.loads(path.read_text()) for path in sorted((tmp_path / "out").glob("model=*/_settings.json"))]
    assert {one["fingerprint"] for one in models} == {"none", "another"}


def test_an_unreadable_recording_is_tried_again(recordings, engine, tmp_path):
    score([recordings], tmp_path / "out", engine)
    (recordings / "nowhere.wav").write_bytes(wav(30_000))
    assert score([recordings], tmp_path / "out", Here()).scored == 1
    found = pd.read_parquet(tmp_path / "out").query("path.str.endswith('gone.wav')")
    assert sorted(found["error"].notna()) == [False, True]  # rows are never removed


def test_parts_are_written_while_it_runs_and_after_an_error(recordings, engine, tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "PART_ROWS", 2)

    class Breaks(Here):
        def score(self, work):
            for number, answer in enumerate(super().score(work)):
                if number == 5:
                    raise CheckpointError("The model is broken.")
                yield answer

    with pytest.raises(CheckpointError, match="broken"):
        score([recordings], tmp_path / "out", Breaks())
    parts = sorted((tmp_path / "out").glob("model=*/part-*.parquet"))
    assert [pq.read_metadata(part).num_rows for part in parts][:2] == [2, 2]
    done = sum(pq.read_metadata(part).num_rows for part in parts)
    tally = score([recordings], tmp_path / "out", engine)
    assert tally.known + tally.known_failed == done and len(rows(tmp_path / "out")) == 7


def test_a_part_is_written_after_a_minute(tmp_path, engine):
    now = [0.0]
    (tmp_path / "out").mkdir()
    store = Store.of(tmp_path / "out", engine.facts, {})
    with Writer(store, clock=lambda: now[0]) as writer:
        row = {"source": "s", "path": "p", "key": "k", "error": None}
        writer.add(row)
        now[0] = 59.0
        writer.add(row)
        assert store.parts() == ()
        now[0] = 60.0
        writer.add(row)
        assert [pq.read_metadata(part).num_rows for part in store.parts()] == [3]
    assert len(store.parts()) == 1  # nothing was left


def test_half_written_and_damaged_parts_are_ignored_and_kept(recordings, engine, tmp_path, caplog):
    folder = score([recordings], tmp_path / "out", engine).folder
    part = folder / "part-000001.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[: len(whole) // 2])
    (folder / ".part-000002.parquet.tmp").write_bytes(whole[:100])
    other = folder / "part-000007.parquet"
    pq.write_table(pq.ParquetFile(io.BytesIO(whole)).read().drop(["error"]), other)
    footer_only = folder / "part-000006.parquet"
    footer_only.write_bytes(whole[:4] + bytes(len(whole) // 3) + whole[4 + len(whole) // 3 :])
    tally = score([recordings], tmp_path / "out", Here())
    # Part 2 has the row of the recording with the same content as another one.
    assert (tally.scored, tally.copied, tally.known) == (3, 1, 1)
    assert caplog.text.count("part-000001.parquet is damaged and is not used") == 1
    assert "part-000007.parquet has other columns" in caplog.text
    assert "part-000006.parquet is damaged" in caplog.text
    assert part.read_bytes() == whole[: len(whole) // 2]
    assert sorted(path.name for path in folder.glob("part-*")) == [
        "part-000001.parquet", "part-000002.parquet", "part-000006.parquet", "part-000007.parquet",
        "part-000008.parquet", "part-000009.parquet",
    ]  # fmt: skip


def test_shards_are_disjoint_and_complete(recordings, tmp_path):
    for number in (1, 2, 3):
        score([recordings], tmp_path / "all" / str(number), Here(), shard=parse_shard(f"{number}/3"))
    assert sorted(pd.read_parquet(tmp_path / "all")["path"]) == sorted(str(path) for path in recordings.rglob("*.wav"))


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", ""])
def test_a_wrong_shard_is_refused(text):
    with pytest.raises(SettingsError, match="cannot be used"):
        parse_shard(text)


def test_two_runs_at_once_are_refused(tmp_path):
    with (
        locked(tmp_path / "out"),
        pytest.raises(WriteError, match="Another run is writing to"),
        locked(tmp_path / "out"),
    ):
        pass
    with locked(tmp_path / "out"):
        pass  # it is free again


def test_the_columns_do_not_depend_on_the_rows(recordings, engine, tmp_path):
    folder = score([recordings / "broken.wav"], tmp_path / "out", engine).folder
    assert pq.read_schema(folder / "part-000001.parquet").remove_metadata() == schema(LABELS)
    assert schema(LABELS).names == [
        *("source", "path", "key", "seconds", "verdict", "label", "confidence"),
        *(f"score_{label}" for label in LABELS),
        *("intensity", "notes", "error"),
    ]
