from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.corpora.check import check_corpus
from emotion_hf.errors import CorpusError

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"


def write_clip(path: Path, seconds: float, hz: float = 200.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(round(seconds * SAMPLING_RATE)) / SAMPLING_RATE
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * hz * time), SAMPLING_RATE)


def test_a_corpus_is_recognised_by_its_names_and_its_faults_are_listed(tmp_path):
    write_clip(tmp_path / "Actor_01/03-01-03-01-01-01-01.wav", 1.0)
    write_clip(tmp_path / "Actor_01/03-01-03-01-01-02-01.wav", 1.0)
    write_clip(tmp_path / "Actor_02/03-01-05-01-01-01-02.flac", 2.5)
    write_clip(tmp_path / "Actor_02/03-01-05-01-01-02-02.wav", 0.1)
    (tmp_path / "Actor_02/03-01-04-01-01-02-02.wav").write_text("not a recording")
    write_clip(tmp_path / "again/03-01-05-01-01-01-02.wav", 2.5)
    write_clip(tmp_path / "again/song.wav", 2.5)

    report = check_corpus(tmp_path)

    assert report.corpus.name == "ravdess"
    assert dict(report.clips) == {"happy": 2, "sad": 1, "angry": 2}
    assert report.speakers == {"Actor_01": 2, "Actor_02": 3}
    assert report.genders == {"male": 2, "female": 3}
    assert report.extensions == {".wav": 6, ".flac": 1}
    assert report.folders == ("Actor_01", "Actor_02", "again")
    assert sorted(report.seconds) == pytest.approx([1.0, 1.0, 2.5])
    assert report.unfitting == ("again/song.wav",)
    assert report.repeated == ("again/03-01-05-01-01-01-02.wav",)
    assert report.too_short == ("Actor_02/03-01-05-01-01-02-02.wav",)
    assert report.identical == (("Actor_01/03-01-03-01-01-01-01.wav", "Actor_01/03-01-03-01-01-02-01.wav"),)
    (unreadable,) = report.unreadable
    assert unreadable.startswith("Actor_02/03-01-04-01-01-02-02.wav (")
    text = report.to_text()
    assert "Clips      5, 0.1 minutes (1.00 to 2.50 s, median 1.00 s)" in text
    assert "Speakers   2 (Actor_01, Actor_02), 2 to 3 clips each" in text
    assert "No clip is calm or disgust or fearful or neutral or surprised" in text
    assert (
        "Not part of the corpus (the name does not fit, or no emotion is given): 1, for example again/song.wav" in text
    )
    assert "Only 2 known speakers" in text
    assert "Spoken by only one speaker, so a model would learn the voice instead: happy, sad, angry" in text


def test_a_folder_of_ones_own_with_unknown_labels_and_speakers(tmp_path):
    for number in range(3):
        write_clip(tmp_path / f"boredom/{number}.wav", 1.0, hz=100 + number)
    write_clip(tmp_path / "happy/0.wav", 1.0, hz=300)

    report = check_corpus(tmp_path)

    assert report.corpus.name == tmp_path.name
    assert list(report.clips.items()) == [("happy", 1), ("boredom", 3)]
    assert (report.speakers, report.repeated) == ({}, ())
    assert "Labels that are not default labels: boredom." in report.warnings
    assert "Unbalanced: 3 clips are boredom, 1 are happy." in report.warnings
    assert any(sentence.startswith("The speaker of 4 clips is unknown") for sentence in report.warnings)
    assert "  boredom      3   75%  ██████████████████████████████" in report.to_text()
    assert report.data_option.endswith(" data.split=random:0.25")


def test_a_table_names_what_is_missing(tmp_path):
    write_clip(tmp_path / "a.wav", 1.0)
    (tmp_path / "metadata.csv").write_text("file_name,emotion,speaker\na.wav,happy,x\ngone/b.wav,sad,y\n")
    report = check_corpus(tmp_path)
    assert report.missing == ("gone/b.wav",)
    assert dict(report.clips) == {"happy": 1}
    assert report.warnings[0] == (
        "The data has one emotion, 'happy', and a model needs two; name the folders after emotions, or add a "
        "metadata.csv."
    )
    assert "Train with" not in report.to_text()


def test_a_format_that_only_ffmpeg_reads_has_a_duration_too(tmp_path):
    (tmp_path / "happy").mkdir()
    with av.open(str(tmp_path / "happy/1.m4a"), "w") as container:
        stream = container.add_stream("aac", rate=SAMPLING_RATE, layout="mono")
        tone = 0.3 * np.sin(2 * np.pi * 200 * np.arange(SAMPLING_RATE * 2) / SAMPLING_RATE)
        frame = av.AudioFrame.from_ndarray(tone.astype(np.float32)[None], format="fltp", layout="mono")
        frame.sample_rate = SAMPLING_RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    report = check_corpus(tmp_path)
    assert report.unreadable == ()
    assert report.seconds == pytest.approx((2.0,), abs=0.15)


def test_the_name_can_be_given(tmp_path):
    write_clip(tmp_path / "happy/1.wav", 1.0)
    with pytest.raises(CorpusError, match="named as expected: OAF_back_angry"):
        check_corpus(tmp_path, name="tess")


def test_a_missing_folder_is_one_sentence(tmp_path):
    with pytest.raises(CorpusError, match="There is no folder"):
        check_corpus(tmp_path / "nowhere")


@pytest.mark.skipif(not (SHARED / "ravdess").is_dir(), reason="../shared/data/ravdess is not there")
def test_ravdess_has_one_recording_twice_and_nothing_else_to_look_at():
    report = check_corpus(SHARED / "ravdess")
    assert (report.corpus.name, sum(report.clips.values()), len(report.speakers)) == ("ravdess", 1440, 24)
    assert sum(report.seconds) / 60 == pytest.approx(88.8, abs=0.1)
    ((first, second),) = report.identical
    assert (Path(first).stem, Path(second).stem) == ("03-01-03-01-02-01-07", "03-01-03-01-02-02-07")
    assert len(report.warnings) == 1 + bool(report.skipped)


def test_a_length_comes_from_the_decoder_and_not_from_the_header(tmp_path):
    write_clip(tmp_path / "sad/1.wav", 1.0)
    write_clip(tmp_path / "happy/1.flac", 2.0)
    content = bytearray((tmp_path / "happy/1.flac").read_bytes())
    content[21] &= 0xF0  # STREAMINFO: a FLAC written to a pipe states 0 samples, which means unknown
    content[22:26] = bytes(4)
    (tmp_path / "happy/1.flac").write_bytes(content)
    assert soundfile.info(tmp_path / "happy/1.flac").duration > 1e9
    assert sorted(check_corpus(tmp_path).seconds) == pytest.approx([1.0, 2.0])


def test_one_recording_with_two_labels_is_a_contradiction_whatever_its_format(tmp_path):
    write_clip(tmp_path / "happy/1.wav", 1.0)
    write_clip(tmp_path / "traurig/2.wav", 1.0, hz=300)
    soundfile.write(tmp_path / "traurig/again.flac", *soundfile.read(tmp_path / "happy/1.wav", dtype="int16"))
    write_clip(tmp_path / "traurig/3.wav", 1.0, hz=300)
    report = check_corpus(tmp_path)
    assert report.contradictions == (("happy/1.wav (happy)", "traurig/again.flac (sad)"),)
    assert report.identical == (("traurig/2.wav", "traurig/3.wav"),)
    assert (
        "One recording with several emotions (a contradiction): 1, for example happy/1.wav (happy) = "
        "traurig/again.flac (sad)"
    ) in report.warnings


def test_silent_clips_and_skipped_files_are_named(tmp_path):
    write_clip(tmp_path / "happy/1.wav", 1.0)
    write_clip(tmp_path / "sad/1.wav", 1.0, hz=0.0)
    write_clip(tmp_path / "sad/2.wav", 1.0, hz=0.0)
    (tmp_path / "notes.txt").touch()
    (tmp_path / "sad/3.m4b").symlink_to(tmp_path / "gone.m4b")
    report = check_corpus(tmp_path)
    assert (report.silent, report.identical) == (("sad/1.wav", "sad/2.wav"), ())
    assert "Skipped: 1 file that is no recording (1 .txt), 1 link to a missing recording (3.m4b)." in report.warnings


def test_the_report_says_how_to_train(tmp_path):
    for actor in (1, 2):
        write_clip(tmp_path / f"a b/03-01-03-01-01-01-0{actor}.wav", 1.0)
        write_clip(tmp_path / f"a b/03-01-04-01-01-01-0{actor}.wav", 1.0)
    report = check_corpus(tmp_path / "a b")
    assert f"Train with --data ravdess='{tmp_path}/a b'" in report.to_text()
    assert "Read       from file names" in report.to_text()


def test_a_split_of_the_folder_is_shown_with_speakers_on_both_sides(tmp_path):
    for number, name in enumerate(("train/happy/anna", "train/sad/ben", "train/sad/anna", "test/happy/anna")):
        write_clip(tmp_path / name / "1.wav", 1.0, hz=100 + number)
    report = check_corpus(tmp_path)
    assert (report.parts, report.shared_speakers) == ({"train": 3, "test": 1}, ("anna",))
    assert report.to_text().count("data.split=folders") == 2  # how to train, and the warning
    assert list(report.clips.items()) == [("happy", 2), ("sad", 2)]


def test_one_speaker_for_each_emotion_is_named_as_a_reason_not_to_train(tmp_path):
    write_clip(tmp_path / "happy/anna/1.wav", 1.0)
    write_clip(tmp_path / "sad/ben/1.wav", 1.0)
    report = check_corpus(tmp_path)
    assert report.untrainable.startswith("Each emotion has a speaker of its own (happy: anna)")
    assert report.warnings[0] == report.untrainable and "Train with" not in report.to_text()
