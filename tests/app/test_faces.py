"""Faces and signs."""

from xml.etree import ElementTree

import pytest

from emotion_hf.app.faces import PROBLEM, WAITING, WORKING, face_svg
from emotion_hf.feedback import MIXED
from emotion_hf.labels import LABELS, face
from emotion_hf.timeline import NO_SPEECH, NOT_SURE

NAMES = (*LABELS, "boredom", NOT_SURE, MIXED, WAITING, WORKING, PROBLEM, NO_SPEECH)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_well_formed_and_hidden_from_screen_readers(name):
    picture = ElementTree.fromstring(face_svg(name))
    assert picture.tag == "svg" and picture.attrib["aria-hidden"] == "true" and len(picture) >= 1


def test_each_picture_is_another_and_an_emotion_has_its_colour():
    assert len({face_svg(name) for name in NAMES}) == len(NAMES)
    assert face("sad").colour in face_svg("sad") and face_svg("sadness") == face_svg("sad")
