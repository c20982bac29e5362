"""Words and bands: which word is said with which emotion."""

import pytest

from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.timeline import Timeline, Window
from emotion_hf.transcript import SENTENCES, Doubt, Note, Transcript, Word, as_timeline, phrases

CALM, ANGRY = Prediction({"calm": 0.9, "angry": 0.1}), Prediction({"calm": 0.1, "angry": 0.9})
TIMELINE = Timeline((Window(0, 2, CALM), Window(2, 4, ANGRY)), CALM, 4.0)
WORDS = (Word("I", 0.1, 0.4), Word("said", 0.5, 1.9), Word("no!", 1.8, 2.6), Word("Go", 3.9, 4.4))


def test_words_are_grouped_by_the_band_of_their_middle():
    found = phrases(Transcript(WORDS, "en", "demo"), TIMELINE)
    assert [(one.band.name, one.text) for one in found] == [("calm", "I said"), ("angry", "no! Go")]
    assert found[1].words == WORDS[2:] and phrases(Transcript((), "", "demo"), TIMELINE) == ()


def test_a_language_without_spaces_is_joined_without_them():
    words = (Word("今", 0, 1), Word("日", 1, 2))
    assert Transcript(words, "ja", "demo").text == "今日" and Transcript(words, "en", "demo").text == "今 日"


def test_plain_values():
    note = Note(Doubt.UNSURE, 3.2, 61.0)
    plain = Transcript(WORDS[:1], "en", "demo", (note,)).to_dict()
    assert plain["words"] == [{"text": "I", "start_seconds": 0.1, "end_seconds": 0.4}]
    assert (plain["text"], plain["language"], plain["model"]) == ("I", "en", "demo")
    assert plain["notes"][0]["sentence"].startswith("From 0:03 to 1:01 the model was too unsure")


@pytest.mark.parametrize("kind", Doubt)
def test_each_doubt_has_a_sentence_with_its_times(kind):
    assert Note(kind, 0, 5).sentence.startswith("From 0:00 to 0:05 ") and set(SENTENCES) == set(Doubt)


def test_a_prediction_for_a_whole_recording_is_a_timeline_of_one_band():
    one = as_timeline(Prediction({"calm": 0.9, "angry": 0.1}, duration_seconds=3.0))
    assert [(band.start_seconds, band.end_seconds, band.name) for band in one.bands] == [(0.0, 3.0, "calm")]
    silent = as_timeline(Prediction(verdict=Verdict.NO_SPEECH, duration_seconds=3.0))
    assert [band.name for band in silent.bands] == ["no speech"]
