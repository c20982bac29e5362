"""Transcripts as text, subtitles and JSON."""

import json

import pytest

from emotion_hf.errors import SettingsError
from emotion_hf.prediction import Prediction
from emotion_hf.timeline import Timeline, Window
from emotion_hf.transcript import Doubt, Note, Transcript, Word
from emotion_hf.transcript.files import (
    Opinions,
    Spoken,
    check_transcript_output,
    shares,
    to_srt,
    to_text,
    write_transcript,
)

CALM, ANGRY = Prediction({"calm": 0.9, "angry": 0.1}), Prediction({"calm": 0.2, "angry": 0.8})
TIMELINE = Timeline((Window(0, 2, CALM), Window(2, 4, ANGRY)), CALM, 4.0)
WORDS = (Word("Grüße.", 0.1, 0.4), Word("Stop!", 2.2, 3.0))
NOTE = Note(Doubt.CUT, 0, 4)
SPOKEN = Spoken(Transcript(WORDS, "de", "demo", (NOTE,)), TIMELINE, Opinions("text", {"angry": 1.0}, ANGRY))


def test_text_has_a_line_for_each_phrase_the_notes_and_the_opinions():
    assert to_text(SPOKEN).splitlines() == [
        "0:00 😌 calm: Grüße.",
        "0:02 😠 angry: Stop!",
        "",
        NOTE.sentence,
        "",
        "Voice: calm 90 %, angry 10 %",
        "Words: angry 100 %",
        "Together: angry 80 %, calm 20 %",
    ]
    assert to_text(Spoken(Transcript((), "", "demo"), TIMELINE)) == "No words were found.\n"
    assert shares({}) == "nothing"


def test_long_phrases_become_several_subtitles():
    words = tuple(Word("letters", number * 0.5, number * 0.5 + 0.4) for number in range(30))
    srt = to_srt(Spoken(Transcript(words, "en", "demo"), Timeline((Window(0, 15, CALM),), CALM, 15.0)), "")
    blocks = srt.split("\n\n")
    assert blocks[0].startswith("1\n00:00:00,000 --> 00:00:04,900\n[calm] letters letters")
    assert all(len(block.splitlines()[2]) <= 84 + len("[calm] ") for block in blocks)
    assert srt.count("letters") == 30 and len(blocks) == 3
    slow = tuple(Word("so", number * 4, number * 4 + 1) for number in range(3))
    assert to_srt(Spoken(Transcript(slow, "en", "demo"), TIMELINE), "").count("-->") == 2


def test_files_are_written_by_their_extension(tmp_path):
    for name in ("a.txt", "a.srt", "a.JSON"):
        check_transcript_output(tmp_path / name)
        write_transcript(tmp_path / name, SPOKEN, "call.wav")
    assert "Grüße" in (tmp_path / "a.txt").read_text(encoding="utf-8")
    plain = json.loads((tmp_path / "a.JSON").read_text(encoding="utf-8"))
    assert plain["file"] == "call.wav" and plain["text"] == "Grüße. Stop!"
    assert [(one["emotion"], one["text"]) for one in plain["phrases"]] == [("calm", "Grüße."), ("angry", "Stop!")]
    assert plain["opinions"]["text"] == {"angry": 1.0} and plain["opinions"]["together"]["label"] == "angry"
    with pytest.raises(SettingsError, match=r"must end in .txt, .srt, .json"):
        check_transcript_output(tmp_path / "a.doc")
