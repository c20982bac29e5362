import csv
import errno
import os
from pathlib import Path

import pytest

from emotion_hf import load_corpora
from emotion_hf.corpora import CORPORA
from emotion_hf.corpora import export as export_module
from emotion_hf.corpora.corpus import Listing, Utterance
from emotion_hf.corpora.export import COLUMNS, export_corpus
from emotion_hf.corpora.folder import folder_corpus
from emotion_hf.errors import CorpusError
from emotion_hf.labels import LABELS
from emotion_hf.testing import tiny_corpus

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
RAVDESS = CORPORA["ravdess"]


@pytest.fixture(scope="module")
def ravdess(tmp_path_factory) -> Path:
    """24 clips of three actors."""
    return tiny_corpus(tmp_path_factory.mktemp("ravdess"), speakers=3, seconds=0.5)


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_table(folder: Path, text: str, *clips: str) -> Path:
    for name in clips:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "metadata.csv").write_text(text, encoding="utf-8")
    return folder


def facts(data: dict[str, Path]) -> list[tuple]:
    dataset = load_corpora(data)
    speakers = [speaker and speaker.partition("/")[2] for speaker in dataset["speaker"]]
    columns = [dataset[name] for name in ("emotion", "gender", "intensity", "language", "text", "part")]
    return sorted(zip(speakers, *columns, strict=True), key=str)


def test_a_folder_for_each_emotion_and_a_table(ravdess, tmp_path):
    out = tmp_path / "out"
    assert export_corpus(RAVDESS, ravdess, out) == dict.fromkeys(LABELS, 3)
    assert len(files(out)) == 25
    copy = out / "angry/Actor_02_03-01-05-01-01-01-02.wav"
    assert copy.read_bytes() == (ravdess / "Actor_02/03-01-05-01-01-01-02.wav").read_bytes()
    assert tuple(rows(out)[0]) == COLUMNS
    assert rows(out)[12] == {
        "file_name": "angry/Actor_02_03-01-05-01-01-01-02.wav",
        "emotion": "angry",
        "speaker": "Actor_02",
        "gender": "female",
        "intensity": "normal",
        "language": "en",
        "text": "Kids are talking by the door",
        "split": "",
        "corpus": "ravdess",
    }


@pytest.mark.parametrize("by", ["emotion", "speaker"])
def test_it_is_read_with_the_same_emotions_and_speakers(ravdess, tmp_path, by):
    export_corpus(RAVDESS, ravdess, tmp_path / "out", by=by)
    assert facts({"mine": tmp_path / "out"}) == facts({"ravdess": ravdess})
    folders = {path.parent.name for path in (tmp_path / "out").rglob("*.wav")}
    assert folders == (set(LABELS) if by == "emotion" else {"Actor_01", "Actor_02", "Actor_03"})


def test_the_hubs_library_reads_it_as_an_audiofolder(ravdess, tmp_path):
    import datasets

    export_corpus(RAVDESS, ravdess, tmp_path / "out")
    loaded = datasets.load_dataset(
        "audiofolder", data_dir=str(tmp_path / "out"), split="train", cache_dir=str(tmp_path / "cache")
    ).cast_column("audio", datasets.Audio(decode=False))
    expected = {(path.name, path.parent.name) for path in (tmp_path / "out").rglob("*.wav")}
    assert {(Path(row["audio"]["path"]).name, row["emotion"]) for row in loaded} == expected
    assert sorted(loaded["speaker"]) == [f"Actor_0{number}" for number in (1, 2, 3) for _ in LABELS]


@pytest.mark.skipif(not (SHARED / "emovo").is_dir(), reason="../shared/data/emovo is not there")
def test_a_real_corpus_is_read_with_the_same_facts(tmp_path):
    export_corpus(CORPORA["emovo"], SHARED / "emovo", tmp_path / "out")
    assert len(facts({"mine": tmp_path / "out"})) == 588
    assert facts({"mine": tmp_path / "out"}) == facts({"emovo": SHARED / "emovo"})


def test_links_take_no_room_and_copies_are_files_of_their_own(ravdess, tmp_path):
    name = "sad/Actor_01_03-01-04-01-01-01-01.wav"
    original = ravdess / "Actor_01/03-01-04-01-01-01-01.wav"
    export_corpus(RAVDESS, ravdess, tmp_path / "links", link=True)
    export_corpus(RAVDESS, ravdess, tmp_path / "copies")
    assert (tmp_path / "links" / name).samefile(original)
    assert not (tmp_path / "copies" / name).samefile(original)


def test_links_that_cannot_be_made_are_one_sentence(ravdess, tmp_path, monkeypatch):
    def refuse(source, target):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(export_module.os, "link", refuse)
    with pytest.raises(CorpusError, match=r"^Cannot write .*out: Invalid cross-device link\.$"):
        export_corpus(RAVDESS, ravdess, tmp_path / "out", link=True)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_and_nothing_is_put_into_the_corpus(ravdess, tmp_path):
    (tmp_path / "metadata.csv").write_text("dear")
    before = files(ravdess)
    with pytest.raises(CorpusError, match="already exists and is not empty; name a new folder"):
        export_corpus(RAVDESS, ravdess, tmp_path)
    for inside in (ravdess, ravdess / "deep/out", ravdess / "Actor_01/../out"):
        with pytest.raises(CorpusError, match=r"is inside .*, so its clips would be found twice; choose one outside"):
            export_corpus(RAVDESS, ravdess, inside)
    assert (files(ravdess), (tmp_path / "metadata.csv").read_text()) == (before, "dear")


def test_clips_of_one_name_stay_apart(tmp_path):
    clips = ("a/1.wav", "b/1.wav", "c/1.WAV", "d/x_1.wav")
    table = "file_name,emotion,speaker\na/1.wav,sad,x\nb/1.wav,sad,x\nc/1.WAV,sad,X\nd/x_1.wav,sad,\n"
    source = write_table(tmp_path / "mine", table, *clips)
    export_corpus(folder_corpus("mine"), source, tmp_path / "out")
    assert files(tmp_path / "out") == [
        "metadata.csv",
        "sad/X_1-3.WAV",
        "sad/x_1-2.wav",
        "sad/x_1-4.wav",
        "sad/x_1.wav",
    ]
    contents = {row["file_name"]: (tmp_path / "out" / row["file_name"]).read_text() for row in rows(tmp_path / "out")}
    assert sorted(contents.values()) == sorted(clips)


def test_unknown_speakers_are_left_open(tmp_path):
    source = write_table(tmp_path / "mine", "file_name,emotion\na.wav,joy\n", "a.wav")
    export_corpus(folder_corpus("mine"), source, tmp_path / "by_emotion")
    export_corpus(folder_corpus("mine"), source, tmp_path / "by_speaker", by="speaker")
    assert files(tmp_path / "by_emotion") == ["happy/a.wav", "metadata.csv"]
    assert files(tmp_path / "by_speaker") == ["metadata.csv", "unknown/happy_a.wav"]
    assert rows(tmp_path / "by_speaker")[0]["speaker"] == ""
    assert facts({"out": tmp_path / "by_speaker"}) == facts({"mine": source})


@pytest.mark.parametrize(
    ("label", "speaker", "name"),
    [
        ("../../up", "../x", "up/x_a.wav"),
        ("/etc", "a/b", "etc/a_b_a.wav"),
        (".hidden", "..", "hidden/a.wav"),
        ("=1+1", "@x", "1_1/x_a.wav"),
        ("zły nastrój", "Żaneta", "zły_nastrój/Żaneta_a.wav"),
        ("...", "", "unknown/a.wav"),
    ],
)
def test_labels_and_speakers_never_lead_out_of_the_folder(tmp_path, label, speaker, name):
    source = write_table(tmp_path / "mine", f"file_name,emotion,speaker\na.wav,{label},{speaker}\n", "a.wav")
    export_corpus(folder_corpus("mine"), source, tmp_path / "out")
    assert files(tmp_path / "out") == sorted([name, "metadata.csv"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "out"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "＝1", "\n=cmd|' /C calc'!A0"])
def test_no_cell_is_a_formula(tmp_path, monkeypatch, text):
    (tmp_path / "a.wav").touch()
    clip = Utterance(tmp_path / "a.wav", "happy", speaker=text, corpus="mine", text=text)
    monkeypatch.setattr(export_module, "list_clips", lambda corpus, folder: Listing((clip,), (), ()))
    export_corpus(folder_corpus("mine"), tmp_path, tmp_path.with_name("out-" + tmp_path.name))
    (row,) = rows(tmp_path.with_name("out-" + tmp_path.name))
    assert (row["speaker"], row["text"]) == (f"'{text}", f"'{text}")
    assert row["file_name"][0] == "h"


def test_what_is_left_out_is_said(ravdess, tmp_path, caplog):
    source = tmp_path / "in"
    source.mkdir()
    for path in ravdess.rglob("*.wav"):
        (source / path.name).symlink_to(path)
    (source / "holiday.wav").touch()
    export_corpus(RAVDESS, source, tmp_path / "out")
    assert len(files(tmp_path / "out")) == 25
    assert caplog.messages[0].startswith(f"1 recordings in {source} are not part of the corpus and left out; ")


def test_the_parts_of_a_split_are_kept(tmp_path):
    for name in ("train/happy/1.wav", "train/sad/2.wav", "test/happy/3.wav"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(name)
    export_corpus(folder_corpus("mine"), tmp_path / "in", tmp_path / "out")
    assert load_corpora({"mine": tmp_path / "out"})["part"][:] == ["train", "test", "train"]
