"""Recordings of any length: only speech is transcribed, and what cannot be believed is left out."""

import numpy as np
import pytest

from emotion_hf.errors import EmotionError
from emotion_hf.testing import synthetic_voice
from emotion_hf.transcript import Doubt, Word
from emotion_hf.transcript.transcriber import Transcriber
from emotion_hf.transcript.whisper import Written
from emotion_hf.turns import Turns
from tests.tiny_whisper import save_whisper

RATE = 16_000
GAP = np.zeros(10 * RATE, np.float32)


class Scripted:
    """A listener whose answers depend on the length of the sound, in order of the calls."""

    name = "scripted"

    def __init__(self, answer):
        self.answer, self.calls = answer, []

    def check_language(self, language):
        """Accept any language."""

    def hear(self, wave, language=None):
        """Answer, and remember the call."""
        seconds = len(wave) / RATE
        self.calls.append((seconds, language))
        return self.answer(seconds, language)


def said(text="yes", language="en", certainty=0.99, mean=-0.1, end=1.0, *, is_cut=False):
    words = tuple(Word(one, 0.0, end) for one in text.split())
    return Written(words, text, language, certainty, mean, 0.0, is_cut)


def test_without_speech_nothing_is_heard():
    listener = Scripted(lambda *_: said())
    transcript = Transcriber(listener).transcribe(GAP)
    assert (transcript.words, transcript.language, listener.calls) == ((), "", [])
    assert Transcriber(listener).transcribe(GAP[:0]).text == ""


def test_words_have_the_times_of_the_recording():
    wave = np.concatenate([GAP, synthetic_voice(3.0), GAP])
    (word,) = Transcriber(Scripted(lambda *_: said())).transcribe(wave).words
    assert 9.5 < word.start_seconds < 10.5 and word.end_seconds == pytest.approx(word.start_seconds + 1)


def test_a_real_network_writes_down_a_long_recording(tmp_path):
    transcriber = Transcriber.from_pretrained(save_whisper(tmp_path / "tiny", " Kids talk."))
    wave = np.concatenate([synthetic_voice(20.0, seed=seed) for seed in range(2)])
    shares = []
    transcript = transcriber.transcribe(wave, shares.append)
    assert transcript.text in ("Kids talk. Kids talk.", "Kids talk. Kids talk. Kids talk.")
    assert (transcript.language, transcript.model, transcript.notes) == ("en", "tiny", ())
    starts = [word.start_seconds for word in transcript.words]
    assert starts == sorted(starts) and 15 < transcript.words[2].start_seconds < 40
    assert shares[0] == 0 and shares[-1] == 1 and shares == sorted(shares) and len(shares) >= 4


def test_a_piece_that_cannot_be_believed_is_heard_again_in_its_parts():
    def answer(seconds, _):
        if seconds > 6:
            return said("Chanel " * 200)
        return said("good") if seconds > 3 else said("bad", mean=-3.0)

    wave = np.concatenate([synthetic_voice(2.0), GAP, synthetic_voice(5.0, seed=3), GAP])
    listener = Scripted(answer)
    transcript = Transcriber(listener).transcribe(wave)
    assert transcript.text == "good" and len(listener.calls) == 3
    (note,) = transcript.notes
    assert note.doubt is Doubt.UNSURE and note.start_seconds < 1 and 1.5 < note.end_seconds < 3


def test_an_unsure_language_becomes_that_of_the_speech_before():
    def answer(seconds, language):
        if language == "pl":
            return said("tak", "pl", 1.0)
        return said("dobrze", "pl") if seconds > 20 else said("так", "ru", 0.4)

    wave = np.concatenate([synthetic_voice(25.0), GAP, synthetic_voice(5.0, seed=3)])
    listener = Scripted(answer)
    transcript = Transcriber(listener).transcribe(wave)
    assert transcript.text == "dobrze tak" and transcript.language == "pl" and transcript.notes == ()
    assert [language for _, language in listener.calls] == [None, None, "pl"]
    alone = Transcriber(Scripted(answer)).transcribe(synthetic_voice(5.0, seed=3))
    assert alone.text == "" and [note.doubt for note in alone.notes] == [Doubt.LANGUAGE]


def test_a_given_language_is_used_for_each_piece():
    listener = Scripted(lambda *_: said("tak", "pl", mean=-5))
    assert Transcriber(listener).transcribe(synthetic_voice(3.0), language="pl").text == ""
    assert [language for _, language in listener.calls] == ["pl"]


def test_repeated_and_cut_text_gets_a_note():
    transcript = Transcriber(Scripted(lambda *_: said("go go go go on", is_cut=True))).transcribe(synthetic_voice(3.0))
    assert transcript.text == "go on" and [note.doubt for note in transcript.notes] == [Doubt.SHORTENED, Doubt.CUT]


def test_an_error_of_the_progress_ends_the_work():
    def stop(share):
        if share > 0:
            raise EmotionError("Stopped.")

    listener = Scripted(lambda *_: said())
    with pytest.raises(EmotionError, match="Stopped"):
        Transcriber(listener).transcribe(synthetic_voice(3.0), stop)
    assert listener.calls == []


def test_it_gives_way_between_the_pieces(monkeypatch):
    left = []
    monkeypatch.setattr("emotion_hf.transcript.transcriber.give_way", left.append)
    wave = np.concatenate([synthetic_voice(25.0), synthetic_voice(25.0, seed=1)])
    with Turns(at_once=1).take(50.0):
        Transcriber(Scripted(lambda *_: said())).transcribe(wave)
    assert left[0] == 50.0 and len(left) >= 2 and left == sorted(left, reverse=True) and left[-1] < 30
