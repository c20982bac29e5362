"""What leaves the folder: everything for oneself, nothing secret for the public, no formula for a spreadsheet."""

import csv
import json

import pyarrow.parquet as pq
import pytest
import soundfile

from emotion_hf.corpora.folder import folder_corpus
from emotion_hf.errors import CorpusError, FeedbackError
from emotion_hf.feedback import Consent
from emotion_hf.feedback.export import Exported, export
from emotion_hf.labels import LABELS
from tests.ffmpeg import needs_ffmpeg

PUBLIC = Consent(store=True, train=True, publish=True)


@pytest.fixture
def filled(store, keep):
    """Three of anna's, of which two are public; a public second opinion on the first; the same voice, given twice."""
    first = keep(0, "sad", consent=PUBLIC, annotator="anna", session="s1", speaker="=1+1")
    keep(1, "calm", annotator="anna", session="s1")
    keep(2, "mixed", consent=PUBLIC, annotator="anna", session="s2")
    store.add_review(first.reviewed(label="happy", annotator="ben"), labels=LABELS)
    keep(0, "sad", consent=PUBLIC, annotator="@cleo")
    return store


def table(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def audio(folder):
    return sorted(path.name for path in (folder / "audio").iterdir())


@pytest.mark.parametrize("form", ["audiofolder", "csv", "parquet"])
def test_nothing_that_identifies_is_published(filled, tmp_path, form):
    assert export(filled, tmp_path / "out", form=form, publishable=True) == Exported(4, 0)
    out = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    names = " ".join(str(path.relative_to(tmp_path)) for path in (tmp_path / "out").rglob("*"))
    for record in filled.records():
        for secret in (record.id, record.content, record.time):
            assert secret.encode() not in out and secret not in names
    for name in (b"anna", b"ben", b"cleo", b"1+1"):
        assert name not in out


def test_the_public_rows_say_who_is_the_same_and_not_who(filled, tmp_path):
    export(filled, tmp_path / "out", publishable=True)
    rows = [json.loads(line) for line in (tmp_path / "out/metadata.jsonl").read_text().splitlines()]
    assert [row["file_name"] for row in rows] == [f"audio/00000{number}.flac" for number in (1, 2, 1, 1)]
    assert [row["label"] for row in rows] == ["sad", "mixed", "happy", "sad"]
    assert [(row["annotator"], row["session"], row["speaker"]) for row in rows] == [
        ("1", "1", "1"),
        ("1", "2", ""),
        ("2", "1", "1"),
        ("3", "", ""),
    ]
    assert {len(row["time"]) for row in rows} == {len("2026-11-20")}
    assert audio(tmp_path / "out") == ["000001.flac", "000002.flac"]
    (clip,) = folder_corpus("mine").index(tmp_path / "out")  # sad by two of three; mixed is not learned
    assert (clip.path.name, clip.emotion, clip.speaker) == ("000001.flac", "sad", "1")


def test_a_csv_runs_nothing_and_keeps_its_consents_and_ids(filled, tmp_path):
    assert export(filled, tmp_path / "out", form="csv") == Exported(5, 0)
    rows = table(tmp_path / "out/metadata.csv")
    assert [row["id"] for row in rows] == [record.id for record in filled.records()]
    assert [row["speaker"] for row in rows] == ["'=1+1", "", "", "'=1+1", ""]
    assert [row["annotator"] for row in rows] == ["anna", "anna", "anna", "ben", "'@cleo"]
    assert [row["consent_publish"] for row in rows] == ["True", "False", "True", "True", "True"]
    assert float(rows[0]["score_sad"]) == next(filled.records()).scores["sad"]
    assert audio(tmp_path / "out") == ["000001.flac", "000002.flac", "000003.flac"]
    assert soundfile.info(tmp_path / "out/audio/000002.flac").duration == 0.5
    assert [clip.emotion for clip in folder_corpus("mine").index(tmp_path / "out")] == ["sad", "calm"]


def test_parquet_holds_the_sound_and_says_so(filled, tmp_path):
    export(filled, tmp_path / "out", form="parquet")
    found = pq.read_table(tmp_path / "out/data.parquet")
    features = json.loads(found.schema.metadata[b"huggingface"])["info"]["features"]
    assert features["audio"] == {"_type": "Audio"}
    assert features["score_sad"] == {"dtype": "float64", "_type": "Value"}
    assert list(features) == found.column_names
    sound = found.column("audio")[1].as_py()
    assert sound["bytes"] == (filled.folder / list(filled.records())[1].file_name).read_bytes()


@needs_ffmpeg
def test_load_dataset_reads_the_parquet_file_as_sound(filled, tmp_path):
    import datasets

    export(filled, tmp_path / "out", form="parquet")
    files = str(tmp_path / "out/data.parquet")
    loaded = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    assert isinstance(loaded.features["audio"], datasets.Audio)
    assert loaded["label"][:] == ["sad", "calm", "mixed", "happy", "sad"]


def test_a_deletion_is_gone_from_the_next_export(filled, tmp_path):
    first = next(filled.records())
    filled.delete(first.id)  # and with it the review of it
    assert export(filled, tmp_path / "out") == Exported(3, 0)
    assert first.id not in (tmp_path / "out/metadata.jsonl").read_text()


def test_what_cannot_be_exported_leaves_nothing(store, keep, tmp_path):
    with pytest.raises(FeedbackError, match="nothing to export"):
        export(store, tmp_path / "out")
    kept = keep(0, "sad")
    with pytest.raises(FeedbackError, match=r"nothing to export in .* with consent to publish"):
        export(store, tmp_path / "out", publishable=True)
    (store.folder / kept.file_name).unlink()
    with pytest.raises(FeedbackError, match=r"nothing to export in .* whose recording still exists"):
        export(store, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    keep(1, "sad")
    store.delete(kept.id)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    with pytest.raises(CorpusError, match="already exists and is not empty"):
        export(store, tmp_path / "taken")


@needs_ffmpeg
@pytest.mark.parametrize("form", ["audiofolder", "csv", "parquet"])
def test_a_folder_with_damaged_lines_and_lost_recordings_is_exported_without_them(filled, tmp_path, form):
    import datasets

    _, second, *_ = filled.records()
    (filled.folder / second.file_name).unlink()
    with (filled.folder / "metadata.jsonl").open("ab") as file:
        file.write(b"not a record\n" + b"[" * 100_000 + b"\n\xff\xfe\n")
    before = {path: path.read_bytes() for path in filled.folder.rglob("*") if path.is_file()}
    assert export(filled, tmp_path / "out", form=form) == Exported(annotations=4, gone=1)
    assert {path: path.read_bytes() for path in filled.folder.rglob("*") if path.is_file()} == before
    kind = "parquet" if form == "parquet" else "audiofolder"
    where, cache = str(tmp_path / "out"), str(tmp_path / "cache")
    loaded = datasets.load_dataset(kind, data_dir=where, split="train", cache_dir=cache)
    assert loaded["label"][:] == ["sad", "mixed", "happy", "sad"]
