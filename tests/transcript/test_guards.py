"""Invented text: what is believed, and what is not."""

import pytest

from emotion_hf.transcript import Doubt, Word
from emotion_hf.transcript.guards import compression_ratio, doubt, without_repetitions
from emotion_hf.transcript.whisper import Written

SENTENCE = "Kids are talking by the door."


def written(text=SENTENCE, certainty=0.9, mean=-0.2, no_speech=0.1, *, is_cut=False) -> Written:
    return Written((), text, "en", certainty, mean, no_speech, is_cut)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (written(), None),
        (written(""), None),
        (written("Chanel " * 200), Doubt.REPEATED),
        (written("No! No! No! Don't do that!"), None),
        (written("Dana daro nganganganganga", is_cut=True), Doubt.REPEATED),  # too short for the compression ratio
        (written("Hahahahaha, stop it"), None),
        (written(SENTENCE, is_cut=True), None),
        (written(mean=-1.2), Doubt.UNSURE),
        (written(mean=-1.2, no_speech=0.8), Doubt.NO_SPEECH),
        (written(no_speech=0.8), None),
        (written(no_speech=0.95), Doubt.NO_SPEECH),
        (written(certainty=0.3), Doubt.LANGUAGE),
    ],
)
def test_what_is_believed(result, expected):
    assert doubt(result) == expected


def test_the_compression_ratio_is_that_of_zlib():
    assert compression_ratio("") == 0 and 0.7 < compression_ratio(SENTENCE) < 0.9
    assert compression_ratio(40 * "word ") == pytest.approx(200 / 15, rel=0.1)


def spoken(text: str) -> list[Word]:
    return [Word(one, number, number + 1) for number, one in enumerate(text.split())]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("no no no", "no no no"),
        ("Oh no, no no No no! Stop", "Oh no, Stop"),
        ("thank you very much " * 5 + "bye", "thank you very much bye"),
        ("a b a b a b c", "a b a b a b c"),
        ("… … … … …", "…"),
        ("", ""),
    ],
)
def test_a_passage_is_written_once_if_it_is_repeated_more_than_three_times(text, kept):
    assert " ".join(word.text for word in without_repetitions(spoken(text))) == kept


def test_the_first_of_the_repeated_words_keeps_its_time():
    left = without_repetitions(spoken("so go go go go go away"))
    assert [(word.text, word.start_seconds) for word in left] == [("so", 0), ("go", 1), ("away", 6)]
