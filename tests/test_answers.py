import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_hf import answers
from emotion_hf.answers import Answer, answer_all, check_output, find_recordings, write_answers
from emotion_hf.errors import SettingsError, WriteError
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.testing import FakeClassifier, synthetic_voice

HAPPY = Prediction(scores={"happy": 0.75, "sad": 0.25}, duration_seconds=1.5, model="demo", intensity=0.625)
SILENT = Prediction(verdict=Verdict.NO_SPEECH, duration_seconds=2.0, model="demo")


class CountingClassifier(FakeClassifier):
    """Remembers the size of each batch."""

    def __init__(self):
        super().__init__()
        self.batches = []

    def predict(self, waves):
        self.batches.append(len(waves))
        return super().predict(waves)


def _clip(path: Path, seconds: float = 1.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, synthetic_voice(seconds), 16_000)
    return path


def test_recordings_of_a_folder_are_found_below_it_in_order(tmp_path):
    wanted = [_clip(tmp_path / name) for name in ("a/2.wav", "a/3.WAV", "b.flac")]
    _clip(tmp_path / "a" / "._2.wav")  # what macOS leaves beside 2.wav on foreign disks
    (tmp_path / "a" / "notes.txt").write_text("not audio")
    (tmp_path / "folder.wav").mkdir()
    assert find_recordings([tmp_path]) == wanted


def test_what_a_folder_holds_besides_is_logged_and_a_broken_link_gets_an_error(tmp_path, caplog):
    good, link = _clip(tmp_path / "a.wav"), tmp_path / "b.wav"
    link.symlink_to(tmp_path / "gone.wav")
    (tmp_path / "notes.txt").touch()
    files = find_recordings([tmp_path])
    assert files == [good, link]
    assert caplog.messages == [f"{tmp_path}: skipped 1 file that is no recording (1 .txt)."]
    _, broken = answer_all(FakeClassifier(), files)
    assert broken.error == f"{link} is a link to {tmp_path / 'gone.wav'}, which does not exist; restore that file."


def test_named_files_are_taken_whatever_their_name(tmp_path):
    paths = [tmp_path / "z.bin", tmp_path / "not there.wav"]
    assert find_recordings(paths) == paths


def test_one_answer_for_each_file_in_order_and_a_bad_file_spoils_nothing(tmp_path):
    good = [_clip(tmp_path / f"{number}.wav", seconds) for number, seconds in enumerate((0.5, 1.0, 1.5))]
    text = tmp_path / "text.wav"
    text.write_text("this is not audio")
    (tmp_path / "empty folder").mkdir()
    files = [good[0], text, good[1], tmp_path / "missing.wav", tmp_path / "empty folder", good[2]]

    classifier = CountingClassifier()
    given = list(answer_all(classifier, files))

    assert [answer.file for answer in given] == files
    assert [bool(answer.error) for answer in given] == [False, True, False, True, True, False]
    durations = [answer.prediction.duration_seconds for answer in given if answer.prediction]
    assert durations == pytest.approx([0.5, 1.0, 1.5])
    assert "contains no recordings" in given[4].error
    assert classifier.batches == [3]


def test_a_name_that_the_system_refuses_spoils_nothing(tmp_path):
    good, refused = _clip(tmp_path / "good.wav"), tmp_path / ("x" * 300 + ".wav")
    assert find_recordings([refused, good]) == [refused, good]
    bad, answered = answer_all(FakeClassifier(), [refused, good])
    assert bad.error == f"There is no file {refused}; check the name."
    assert answered.prediction is not None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="this user may enter every folder")
def test_a_folder_that_may_not_be_entered_spoils_nothing(tmp_path):
    closed, good = _clip(tmp_path / "closed" / "a.wav"), _clip(tmp_path / "good.wav")
    closed.parent.chmod(0)
    try:
        assert find_recordings([closed, closed.parent, good]) == [closed, closed.parent, good]
        errors = [answer.error for answer in answer_all(FakeClassifier(), [closed, closed.parent, good])]
    finally:
        closed.parent.chmod(0o700)
    assert errors[0] == f"There is no file {closed}; check the name."
    assert errors[1].startswith("The folder contains no recordings")
    assert errors[2] == ""


def test_batches_are_bounded_in_files_and_in_seconds(tmp_path, monkeypatch):
    clip = _clip(tmp_path / "clip.wav", 1.0)
    monkeypatch.setattr(answers, "BATCH_FILES", 4)
    classifier = CountingClassifier()
    assert len(list(answer_all(classifier, [clip] * 10))) == 10
    assert classifier.batches == [4, 4, 2]

    monkeypatch.setattr(answers, "BATCH_SECONDS", 1.5)
    classifier = CountingClassifier()
    assert len(list(answer_all(classifier, [clip] * 5))) == 5
    assert classifier.batches == [2, 2, 1]


def test_length_limit_and_channel_reach_the_decoder(tmp_path):
    stereo = tmp_path / "stereo.wav"
    voice = synthetic_voice(1.0)
    soundfile.write(stereo, np.stack([voice, np.zeros_like(voice)], axis=1), 16_000)
    (left,) = answer_all(FakeClassifier(), [stereo], channel=0)
    (right,) = answer_all(FakeClassifier(), [stereo], channel=1)
    assert left.prediction.verdict is Verdict.OK
    assert right.prediction.verdict is Verdict.NO_SPEECH
    (long,) = answer_all(FakeClassifier(), [stereo], max_seconds=0.5)
    assert long.error


def test_json_holds_all_answers(tmp_path):
    write_answers(tmp_path / "a.json", [Answer(Path("é.wav"), HAPPY), Answer(Path("b.wav"), error="It is empty.")])
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == [
        {
            "file": "é.wav",
            "verdict": "ok",
            "label": "happy",
            "confidence": 0.75,
            "scores": {"happy": 0.75, "sad": 0.25},
            "duration_seconds": 1.5,
            "model": "demo",
            "intensity": 0.625,
            "notes": [],
        },
        {"file": "b.wav", "error": "It is empty."},
    ]


def test_json_lines_hold_one_answer_each(tmp_path):
    write_answers(tmp_path / "a.JSONL", [Answer(Path("a.wav"), SILENT), Answer(Path("b\n.wav"), HAPPY)])
    lines = [json.loads(line) for line in (tmp_path / "a.JSONL").read_text(encoding="utf-8").splitlines()]
    assert [line["file"] for line in lines] == ["a.wav", "b\n.wav"]
    assert lines[0]["label"] is None
    assert lines[0]["scores"] == {}


def test_csv_has_a_column_for_each_score(tmp_path):
    given = [
        Answer(Path("a.wav"), SILENT),
        Answer(Path("b.wav"), error="Empty, that is."),
        Answer(Path("c.wav"), HAPPY),
    ]
    write_answers(tmp_path / "a.csv", given)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        silent, bad, happy = csv.DictReader(file)
    assert list(silent) == [*answers.COLUMNS, "score_happy", "score_sad", "intensity"]
    assert (silent["intensity"], bad["intensity"], happy["intensity"]) == ("", "", "0.625")
    assert (silent["verdict"], silent["label"], silent["score_happy"]) == ("no_speech", "", "")
    assert (bad["file"], bad["error"], bad["verdict"]) == ("b.wav", "Empty, that is.", "")
    assert (float(happy["score_happy"]), float(happy["score_sad"]), float(happy["confidence"])) == (0.75, 0.25, 0.75)


@pytest.mark.parametrize("name", ["=1+1.wav", "+1.wav", "-1.wav", "@SUM(A1).wav", "\t=1.wav", "\r=1.wav"])
def test_no_cell_is_run_as_a_formula(tmp_path, name):
    bad_name = Prediction(scores={name: 1.0}, model=name)
    write_answers(tmp_path / "a.csv", [Answer(Path(name), bad_name), Answer(Path(name), error=name)])
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        answered, failed = csv.DictReader(file)
    assert answered["file"] == answered["label"] == answered["model"] == failed["error"] == f"'{name}"


def test_names_that_are_no_text_can_be_written(tmp_path):
    name = Path(os.fsdecode(b"caf\xe9.wav"))
    for ending in ("json", "jsonl", "csv"):
        write_answers(tmp_path / f"a.{ending}", [Answer(name, HAPPY)])
    assert json.loads((tmp_path / "a.jsonl").read_text(encoding="utf-8"))["file"] == str(name)
    assert r"caf\udce9.wav" in (tmp_path / "a.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("answers.txt", "its name must end in .json, .jsonl, .csv."),
        ("answers", "its name must end in .json, .jsonl, .csv."),
        ("folder.json", "it is a folder; name a file in it."),
        ("nowhere/answers.json", "No such file or directory; choose a place that can be written."),
        ("file.csv/answers.json", "Not a directory; choose a place that can be written."),
        ("x" * 300 + ".json", "File name too long; choose a place that can be written."),
    ],
)
def test_an_output_that_cannot_be_written_is_refused(tmp_path, path, sentence):
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "file.csv").touch()
    with pytest.raises(SettingsError) as caught:
        check_output(tmp_path / path)
    assert str(caught.value) == f"Cannot write {tmp_path / path}: {sentence}"


def test_checking_an_output_leaves_no_trace(tmp_path):
    (tmp_path / "old.json").write_text("before")
    check_output(tmp_path / "new.csv")
    check_output(tmp_path / "old.json")
    assert [file.name for file in tmp_path.iterdir()] == ["old.json"]
    assert (tmp_path / "old.json").read_text() == "before"


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    (tmp_path / "a.json").write_text("before")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(answers.os, "replace", fail)
    with pytest.raises(WriteError, match="No space left on device; free some space"):
        write_answers(tmp_path / "a.json", [Answer(Path("a.wav"), HAPPY)])
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.json", "before")]


def test_a_directory_is_answered_in_the_order_of_its_names(tmp_path):
    for name in ("b.wav", "a.wav"):
        soundfile.write(tmp_path / name, synthetic_voice(0.5), 16_000)
    (tmp_path / "c.wav").write_text("no sound")
    given = answers.predict_directory(FakeClassifier(), tmp_path)
    assert [Path(one.file).name for one in given] == ["a.wav", "b.wav", "c.wav"]
    assert given[0].prediction.label and "text, not audio" in given[2].error
