import json
from pathlib import Path

import pytest

from emotion_hf.corpora import CORPORA, find_corpus
from emotion_hf.corpora.check import recognise
from emotion_hf.corpora.corpus import list_clips
from emotion_hf.corpora.folder import decide, folder_corpus, names_emotions, read_speakers
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


RAVDESS_NAMES = ["03-01-03-01-01-01-01.wav", "03-01-04-01-01-01-01.wav", "03-01-05-01-01-01-02.wav"]


def test_a_split_with_a_table_in_each_folder_counts_every_recording_once(tmp_path):
    for part, rows in {"train": "a.wav,joy,1\nb.wav,Wut,2\n", "test": "a.wav,triste,3\n"}.items():
        touch(tmp_path, f"{part}/a.wav", f"{part}/b.wav")
        (tmp_path / part / "metadata.csv").write_text(f"file_name,label,client_id\n{rows}")
    (tmp_path / "metadata.csv").write_text("file_name,emotion,split\ntrain/a.wav,happy,train\n")
    reading = folder_corpus("mine").index(tmp_path)
    assert [
        (clip.path.relative_to(tmp_path).as_posix(), clip.emotion, clip.speaker, clip.part) for clip in reading
    ] == [
        ("test/a.wav", "sad", "3", "test"),
        ("train/a.wav", "happy", None, "train"),  # the outer table comes first
        ("train/b.wav", "angry", "2", "train"),
    ]
    assert reading.how == "from metadata.csv, test/metadata.csv, train/metadata.csv"
    assert list_clips(folder_corpus("mine"), tmp_path).left_over == (tmp_path / "test/b.wav",)


@pytest.mark.parametrize("column", ["speaker", "speaker_id", "Speaker", "actor", "subject", "client_id", "ACTOR_ID"])
def test_the_speaker_may_be_called_in_many_ways(tmp_path, column):
    (tmp_path / "metadata.csv").write_text(f"file_name,emotion,{column}\na.wav,sad,anna\n")
    assert [clip.speaker for clip in index(tmp_path)] == ["anna"]
    assert read_speakers(tmp_path) == {tmp_path / "a.wav": "anna"}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_of_spreadsheets_are_read_with_their_separator_and_other_names_of_columns(tmp_path, separator):
    rows = (("Path", "Emotion", "Sex", "Intensity"), ("a.wav", "traurig", "W", "Strong"))
    (tmp_path / "metadata.csv").write_text("\n".join(map(separator.join, rows)))
    (clip,) = index(tmp_path)
    assert (clip.path, clip.emotion, clip.gender, clip.intensity) == (tmp_path / "a.wav", "sad", "female", "strong")


def test_a_table_without_emotions_leaves_them_to_the_folders(tmp_path):
    touch(tmp_path, "train/joie/1.wav", "test/triste/1.wav")
    (tmp_path / "metadata.csv").write_text("file_name,speaker_id\ntrain/joie/1.wav,anna\ntest/triste/1.wav,ben\n")
    assert [(clip.emotion, clip.speaker, clip.part) for clip in index(tmp_path)] == [
        ("sad", "ben", "test"),
        ("happy", "anna", "train"),
    ]


def test_paths_written_on_windows_are_found(tmp_path):
    touch(tmp_path, "clips/anna/a.wav")
    (tmp_path / "metadata.csv").write_text("file_name,emotion\nclips\\anna\\a.wav,sad\n")
    listing = list_clips(folder_corpus("mine"), tmp_path)
    assert [clip.path for clip in listing.utterances] == [tmp_path / "clips/anna/a.wav"]
    assert (listing.missing, listing.left_over) == ((), ())


@pytest.mark.parametrize("listed", ["clips/a.mp3", "/old/place/clips/a.wav", "C:\\data\\a.wav", "a.wav"])
def test_a_table_that_matches_nothing_shows_an_example_of_both_sides(tmp_path, listed):
    touch(tmp_path, "clips/a.wav")
    (tmp_path / "metadata.jsonl").write_text(json.dumps({"file_name": listed, "emotion": "sad"}))
    with pytest.raises(CorpusError) as caught:
        list_clips(folder_corpus("mine"), tmp_path)
    assert f"has for example {listed}".replace("\\", "/") in str(caught.value).replace("\\", "/")
    assert "the folder has clips/a.wav; correct the list" in str(caught.value)


def test_a_recording_with_two_emotions_in_a_table_is_one_sentence_with_names(tmp_path):
    touch(tmp_path, "a.wav")
    (tmp_path / "metadata.csv").write_text("file_name,emotion\na.wav,sad\n./a.wav,sadness\n")
    assert len(index(tmp_path)) == 1
    (tmp_path / "metadata.csv").write_text("file_name,emotion\na.wav,sad\n./a.wav,happy\n")
    with pytest.raises(CorpusError, match=r"metadata\.csv gives a\.wav two emotions, sad and happy; keep one"):
        index(tmp_path)


def test_the_check_and_a_training_read_folders_in_the_same_way(tmp_path):
    touch(tmp_path, "anna/Ärger/1.wav", "ben/Ärger/1.wav", "anna/Freude/1.wav")
    checked, trained = (list_clips(corpus, tmp_path) for corpus in (recognise(tmp_path), find_corpus("mine")))
    assert [(clip.emotion, clip.speaker) for clip in checked.utterances] == [
        *(("happy", "anna"), ("angry", "anna"), ("angry", "ben"))
    ]
    assert checked.summary == trained.summary == "2 emotions, 2 speakers, 3 clips, from folder names (speaker/emotion)"


def test_a_known_corpus_under_another_name_is_refused_with_the_right_option(tmp_path):
    touch(tmp_path, *(f"audio/{name}" for name in RAVDESS_NAMES))
    assert recognise(tmp_path) is CORPORA["ravdess"]
    with pytest.raises(CorpusError) as caught:
        list_clips(find_corpus("ravdes"), tmp_path)
    assert str(caught.value) == (
        f"The folders in {tmp_path} are not named after emotions. It looks like RAVDESS, because 3 of its 3 file "
        f"names fit: use --data ravdess={tmp_path}."
    )


def test_a_known_corpus_sorted_by_emotion_is_read_with_a_hint(tmp_path):
    for emotion, name in zip(("happy", "sad", "angry"), RAVDESS_NAMES, strict=True):
        touch(tmp_path, f"{emotion}/{name}")
    assert decide(tmp_path, CORPORA.values()).looks_like is CORPORA["ravdess"]
    reading = recognise(tmp_path).index(tmp_path)  # as a training with mine=DIR
    assert [clip.emotion for clip in reading] == ["angry", "happy", "sad"]
    assert reading.notes == (
        f"It looks like RAVDESS, because 3 of its 3 file names fit: use --data ravdess={tmp_path}.",
    )


def test_a_few_names_of_a_corpus_among_emotions_do_not_make_the_folder_one(tmp_path):
    touch(tmp_path, "happy/03a01Fa.wav", *(f"{emotion}/{n}.wav" for emotion in ("happy", "sad") for n in range(4)))
    assert decide(tmp_path, CORPORA.values()).looks_like is None
    assert recognise(tmp_path).emotions == {}


def test_folders_of_speakers_are_refused_with_what_to_do(tmp_path):
    touch(tmp_path, "Actor_01/a.wav", "Actor_02/b.wav")
    with pytest.raises(
        CorpusError, match=r"named after speakers \(Actor_01, Actor_02\), not emotions; sort .* into DIR"
    ):
        index(tmp_path)


def test_speakers_for_predictions_come_from_the_same_layout(tmp_path):
    touch(tmp_path, "anna/happy/1.wav", "ben/sad/1.wav")
    assert {path.parts[-3]: speaker for path, speaker in read_speakers(tmp_path).items()} == {
        "anna": "anna",
        "ben": "ben",
    }
    assert names_emotions(tmp_path)
    touch(tmp_path / "calls", "Actor_01/1.wav", "Actor_02/1.wav")
    assert read_speakers(tmp_path / "calls") == {}
    assert not names_emotions(tmp_path / "calls")
