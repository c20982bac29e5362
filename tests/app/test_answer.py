"""What the page says about a prediction."""

import re
from dataclasses import replace

import pytest

from emotion_hf.app.answer import Precision, answer_html, scores_html, timeline_answer_html
from emotion_hf.app.words import speaking
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.timeline import Timeline, Window


def text(html):
    """Return what a reader sees, on one line."""
    return " ".join(re.sub("<[^>]+>", " ", html).split())


def predict(verdict=Verdict.OK, **scores):
    return Prediction(scores=scores, verdict=verdict, duration_seconds=2.5, model="demo")


@pytest.mark.parametrize(
    ("prediction", "kind", "words"),
    [
        (predict(happy=0.7, sad=0.3), "confidence high", "Happy Lively and pleasant Confidence: high , 70 %"),
        (predict(sad=0.694, calm=0.3), "confidence medium", "Sad Quiet and unpleasant Confidence: medium , 69 %"),
        (predict(sad=0.5, calm=0.2), "confidence medium", "Sad Quiet and unpleasant Confidence: medium , 50 %"),
        (predict(sad=0.49, calm=0.2), "confidence low", "Sad Quiet and unpleasant Confidence: low , 49 %"),
        (predict(angry=0.45, fearful=0.4), "confidence low", "Angry or fearful Agitated and unpleasant"),
        (
            predict(Verdict.NOT_SURE, angry=0.3, fearful=0.25),
            "answer unsure",
            "Not sure No emotion stands out. Closest: angry 30 % or fearful 25 %",
        ),
        (predict(Verdict.NO_SPEECH), "answer silent", "No speech detected This recording contains no voice."),
    ],
)
def test_the_answer_in_words_and_colour(prediction, kind, words):
    html = answer_html(prediction)
    assert text(html).startswith(words)
    assert f'class="{kind}"' in html


@pytest.mark.parametrize(
    ("verdict", "label", "intensity", "said"),
    [
        (Verdict.OK, "sad", 0.83, "Quiet and unpleasant, expressed strongly Confidence"),
        (Verdict.OK, "sad", 0.08, "Quiet and unpleasant, expressed mildly Confidence"),
        (Verdict.OK, "sad", None, "Quiet and unpleasant Confidence"),
        (Verdict.OK, "neutral", 0.83, "Even Confidence"),
        (Verdict.NOT_SURE, "sad", 0.83, "sad 70 %"),
    ],
)
def test_how_strongly_is_said_where_an_emotion_is_named_and_it_is_known(verdict, label, intensity, said):
    html = answer_html(replace(predict(verdict, **{label: 0.7}), intensity=intensity))
    assert said in text(html) and html.count("xpressed") == said.count("xpressed")


def test_the_precision_on_unseen_speakers_is_given_for_one_emotion_and_enough_clips():
    said = "When the model says “sad”, it is right about 7 times in 10 (25 of 37 acted clips of unseen speakers)."
    assert said in text(answer_html(predict(sad=0.9), Precision(25, 37)))
    for prediction, precision in (
        (predict(sad=0.9), Precision(5, 9)),
        (predict(sad=0.5, calm=0.45), Precision(25, 37)),
    ):
        assert "times in 10" not in answer_html(prediction, precision)


def test_all_probabilities_stand_in_order():
    assert text(scores_html(predict(sad=0.105, angry=0.845, mine=0.05))) == (
        "Probability of each emotion Emotion Probability angry 84.5 % sad 10.5 % mine 5.0 %"
    )
    assert scores_html(predict(Verdict.NO_SPEECH)) == ""


def test_an_answer_in_german():
    with speaking("de"):
        html = answer_html(replace(predict(angry=0.9, calm=0.1), intensity=0.9), Precision(25, 27), "Hinweis.")
    assert text(html) == (
        "Wütend Aufgebracht und unangenehm, stark ausgedrückt Wenn das Modell „wütend“ sagt, hat es in etwa 9 von 10 "
        "Fällen recht (25 von 27 gespielten Clips unbekannter Personen). Sicherheit: hoch , 90 % Hinweis. "
        "2,5 Sekunden Ton; Modell: demo"
    )


def test_names_from_a_model_are_text_and_not_html():
    html = answer_html(predict(**{"<b>x</b>": 0.9})) + scores_html(predict(**{"<b>x</b>": 0.9}))
    assert "<b>x" not in html.lower()
    assert "&lt;b&gt;x" in html


def test_notes_are_shown_escaped_and_in_the_visitors_language():
    note = "Only 2.0 of 6.7 s can be read."
    noted = replace(predict(sad=0.9), notes=(note, "<b>plain</b>"))
    assert "Only 2.0 of 6.7 s can be read. &lt;b&gt;plain&lt;/b&gt;" in answer_html(noted)
    silent = replace(predict(Verdict.NO_SPEECH), notes=(note,))
    timeline = Timeline((Window(0, 4, predict(sad=0.9)),), noted, 4.0)
    with speaking("de"):
        for html in (answer_html(noted), answer_html(silent), timeline_answer_html(timeline)):
            assert "Nur 2,0 von 6,7 s sind lesbar." in html
    assert "can be read" not in answer_html(predict(sad=0.9))
