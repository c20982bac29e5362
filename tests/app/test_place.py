"""The picture of emotion as a place."""

import re

from emotion_hf.app.place import MOST_POINTS, place_html
from emotion_hf.prediction import Prediction
from emotion_hf.timeline import Timeline, Window


def test_the_mark_is_where_the_emotion_is_and_the_numbers_say_so():
    html = place_html(Prediction({"angry": 1.0, "calm": 0.0}))
    (here,) = re.findall(r'class="here" cx="([\d.]+)" cy="([\d.]+)"', html)
    assert f'class="of" cx="{here[0]}" cy="{here[1]}"' in html  # that of angry
    assert "Pleasantness −0.51, agitation +0.59" in html
    assert "Derived" in html and "Russell and Mehrabian (1977)" in html


def test_a_timeline_leaves_a_trail_that_is_thinned_out():
    calm, angry = Prediction({"calm": 1.0, "angry": 0.0}), Prediction({"calm": 0.0, "angry": 1.0})
    few = Timeline((Window(0, 2, calm), Window(2, 4, angry), Window(4, 6, calm)), calm, 6.0)
    assert place_html(calm, few).count("<line ") == 2
    many = Timeline(tuple(Window(at, at + 1, calm) for at in range(10 * MOST_POINTS)), calm, 10.0 * MOST_POINTS)
    assert MOST_POINTS - 2 <= place_html(calm, many).count("<line ") <= MOST_POINTS


def test_without_a_known_label_or_speech_there_is_no_picture():
    assert place_html(Prediction({"boredom": 1.0})) == place_html(Prediction()) == ""
