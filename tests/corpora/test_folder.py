import json
from pathlib import Path

import pytest

from emotion_hf.corpora.folder import folder_corpus
from emotion_hf.errors import CorpusError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def index(folder: Path):
    return list(folder_corpus("mine").index(folder))


def test_folders_named_after_emotions_with_or_without_speakers(tmp_path):
    touch(tmp_path, "Anger/1.wav", "boredom/anna/1.mp3", "joy/ben/2.m4a", "loose.wav", "joy/ben/deeper/3.wav")
    assert [(clip.path.name, clip.emotion, clip.speaker) for clip in index(tmp_path)] == [
        ("1.wav", "angry", None),
        ("1.mp3", "boredom", "anna"),
        ("2.m4a", "happy", "ben"),
        ("3.wav", "happy", "ben"),
    ]
    assert {clip.corpus for clip in index(tmp_path)} == {"mine"}


def test_metadata_csv_gives_everything_in_it(tmp_path):
    (tmp_path / "metadata.csv").write_text(
        "\ufefffile_name,label,speaker,gender,intensity,language,text\n"
        'clips/b.wav,Fear,7,F,strong,de,"Nein, danke"\n'
        "clips/a.wav,awe,8,,,,\n"
        "clips/c.wav,,8,,,,\n",
        encoding="utf-8",
    )
    first, second = index(tmp_path)
    assert (first.path, first.emotion, first.speaker) == (tmp_path / "clips/a.wav", "awe", "8")
    assert (first.gender, first.intensity, first.language, first.text) == (None, None, None, None)
    assert (second.emotion, second.speaker, second.gender) == ("fearful", "7", "female")
    assert (second.intensity, second.language, second.text) == ("strong", "de", "Nein, danke")


def test_metadata_jsonl_prefers_emotion_to_label(tmp_path):
    rows = [
        {"file_name": "a.wav", "emotion": "sad", "label": "3", "speaker": 12},
        {"file_name": "b.wav", "label": "calm"},
    ]
    (tmp_path / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    assert [(clip.emotion, clip.speaker) for clip in index(tmp_path)] == [("sad", "12"), ("calm", None)]


def test_corrections_of_the_page_count_only_with_consent_to_train(tmp_path):
    def row(name: str, label: str | None, train: bool) -> str:
        return json.dumps({"file_name": name, "label": label, "consent": {"store": True, "train": train}}) + "\n"

    (tmp_path / "metadata.jsonl").write_text(
        row("a.flac", "sad", True)
        + row("b.flac", "sad", False)
        + row("c.flac", "mixed", True)
        + row("d.flac", None, True)
    )
    assert [clip.path.name for clip in index(tmp_path)] == ["a.flac"]


def test_of_several_corrections_of_one_recording_the_majority_counts(tmp_path):
    def row(number: int, content: str, who: str, label: str, **values: object) -> str:
        row = {"file_name": f"audio/{number}.flac", "content": content, "annotator": who, "label": label}
        return json.dumps(row | {"consent": {"store": True, "train": True}} | values) + "\n"

    private = {"consent": {"store": True, "train": False}}
    (tmp_path / "metadata.jsonl").write_text(
        row(1, "a", "anna", "sad", session="s1")
        + row(2, "b", "anna", "sad", session="s1", speaker="Anna")
        + row(3, "a", "ben", "calm")
        + row(4, "a", "cleo", "calm")
        + row(5, "b", "ben", "calm")
        + row(6, "b", "cleo", "sad", **private)  # would decide, but must not teach
        + row(7, "c", "anna", "sad", speaker="Anna")
        + row(8, "c", "anna", "Happiness")
        + row(9, "", "anna", "sad")
        + row(10, "", "anna", "angry")
    )
    assert [(clip.path.name, clip.emotion, clip.speaker) for clip in index(tmp_path)] == [
        ("1.flac", "calm", "s1"),
        ("10.flac", "angry", None),
        ("7.flac", "happy", "Anna"),
        ("9.flac", "sad", None),
    ]


def test_rows_without_an_emotion_are_left_out(tmp_path):
    rows = [{"file_name": "a.wav", "label": "sad"}, {"file_name": "b.wav"}, {"file_name": "c.wav", "emotion": None}]
    (tmp_path / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert [clip.path.name for clip in index(tmp_path)] == ["a.wav"]


def test_names_of_files_are_text_without_spaces_around(tmp_path):
    (tmp_path / "metadata.csv").write_text("file_name,emotion\n a.wav , sad\n")
    assert [(clip.path, clip.emotion) for clip in index(tmp_path)] == [(tmp_path / "a.wav", "sad")]
    (tmp_path / "metadata.csv").unlink()
    (tmp_path / "metadata.jsonl").write_text('{"file_name": 5, "emotion": "sad"}\n')
    assert [clip.path for clip in index(tmp_path)] == [tmp_path / "5"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("metadata.csv", b"name,emotion\na.wav,sad\n", "Row 1 of .* has no file_name; every row must name"),
        (
            "metadata.csv",
            b"file_name,mood\na.wav,sad\n",
            r"metadata\.csv must have the column emotion \(or label\); it has file_name, mood",
        ),
        ("metadata.csv", "file_name,emotion\nä.wav,sad\n".encode("latin-1"), "is not UTF-8 text"),
        ("metadata.jsonl", b'{"file_name": "a.wav"}\n', r"metadata\.jsonl must have the column emotion"),
        ("metadata.csv", b"file_name,emotion\n", "No row of .* has an emotion to train on; corrections need"),
        ("metadata.jsonl", b'{"file_name": "a.wav", "label": "sad"}\n{oops\n', "Line 2 of .* is not JSON"),
        ("metadata.jsonl", b"[1]\n", "Line 1 of .* is not a JSON object"),
        ("metadata.jsonl", b"[" * 100_000 + b"\n", "Line 1 of .* is not JSON: "),
        ("metadata.jsonl", b"9" * 5_000 + b"\n", "Line 1 of .* is not JSON: "),
        ("metadata.jsonl", b'{"file_name": "a.wav", "label": ["sad"]}\n', "No row of .* has an emotion to train on"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_sentence(tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CorpusError, match=sentence):
        index(tmp_path)


def test_recordings_without_emotions_are_one_sentence(tmp_path):
    touch(tmp_path, "a.wav")
    with pytest.raises(CorpusError, match=r"No recording in .* has an emotion; use DIR/happy/\*\.wav"):
        index(tmp_path)
