"""What the page says about a prediction."""

import re
from dataclasses import replace

import pytest

from emotion_hf.app.answer import answer_html, scores_html
from emotion_hf.prediction import Prediction, Verdict


def text(html):
    """Return what a reader sees, on one line."""
    return " ".join(re.sub("<[^>]+>", " ", html).split())


def predict(verdict=Verdict.OK, **scores):
    return Prediction(scores=scores, verdict=verdict, duration_seconds=2.5, model="demo")


@pytest.mark.parametrize(
    ("prediction", "kind", "words"),
    [
        (predict(happy=0.7, sad=0.3), "confidence high", "😄 Happy High arousal, pleasant Confidence: high , 70%"),
        (
            predict(sad=0.699, calm=0.301),
            "confidence medium",
            "😢 Sad Low arousal, unpleasant Confidence: medium , 70%",
        ),
        (predict(sad=0.5, calm=0.2), "confidence medium", "😢 Sad Low arousal, unpleasant Confidence: medium , 50%"),
        (predict(sad=0.49, calm=0.2), "confidence low", "😢 Sad Low arousal, unpleasant Confidence: low , 49%"),
        (predict(angry=0.45, fearful=0.4), "confidence low", "😠 😨 Angry or fearful High arousal, unpleasant"),
        (
            predict(Verdict.NOT_SURE, angry=0.3, fearful=0.25),
            "confidence low",
            "🤔 Not sure No emotion stands out. Closest: 😠 angry or 😨 fearful. Confidence: low , 30%",
        ),
        (predict(Verdict.NO_SPEECH), "answer silent", "🔇 No speech detected This recording contains no voice."),
    ],
)
def test_the_answer_in_words_and_colour(prediction, kind, words):
    html = answer_html(prediction)
    assert text(html).startswith(words)
    assert f'class="{kind}"' in html


@pytest.mark.parametrize(
    ("verdict", "intensity", "said"),
    [
        (Verdict.OK, 0.83, "Expressed strongly (intensity 83%) Confidence"),
        (Verdict.OK, 0.08, "Expressed moderately (intensity 8%) Confidence"),
        (Verdict.OK, None, "unpleasant Confidence"),
        (Verdict.NOT_SURE, 0.83, "sad. Confidence"),
    ],
)
def test_how_strongly_is_said_where_an_emotion_is_named_and_it_is_known(verdict, intensity, said):
    html = answer_html(replace(predict(verdict, sad=0.7), intensity=intensity))
    assert said in text(html) and html.count("xpressed") == said.count("xpressed")


def test_all_probabilities_stand_in_order_with_what_they_mean():
    assert text(scores_html(predict(sad=0.105, angry=0.845, mine=0.05))) == (
        "Probability of each emotion Emotion Probability "
        "😠 angry high arousal, unpleasant 84.5% 😢 sad low arousal, unpleasant 10.5% "
        "🗣️ mine arousal not known, valence not known 5.0%"
    )
    assert scores_html(predict(Verdict.NO_SPEECH)) == ""


def test_names_from_a_model_are_text_and_not_html():
    html = answer_html(predict(**{"<b>x</b>": 0.9})) + scores_html(predict(**{"<b>x</b>": 0.9}))
    assert "<b>x" not in html.lower()
    assert "&lt;b&gt;x" in html
