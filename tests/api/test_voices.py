"""A voice as text: it comes back as it was, and anything else is refused."""

import base64

import numpy as np
import pytest

from emotion_hf.api.voices import KIND, LARGEST, adaptable, decode, encode
from emotion_hf.errors import RequestError
from emotion_hf.testing import FakeClassifier
from emotion_hf.voice import Voice, no_voice
from tests.api.conftest import Adaptable

MODEL = FakeClassifier(("happy", "sad", "angry"))
VOICE = Voice(np.array([0.5, -1.25, 0.75]), 7, np.arange(9.0).reshape(3, 3) / 8)


def test_a_voice_comes_back_as_it_was():
    text = encode(VOICE, MODEL)
    found = decode(text, MODEL)
    assert found.clips == 7 and text.isascii() and not set(text) & set("+/=")
    np.testing.assert_array_equal(found.offset, VOICE.offset)  # all are exact in 32 bits
    np.testing.assert_array_equal(found.gain, VOICE.gain)
    assert len(encode(no_voice(8), FakeClassifier())) == 404


def test_a_corrected_prediction_is_the_same_with_the_text():
    scores = np.array([0.2, 0.5, 0.3])
    voice = Voice(np.array([0.1, 0.2, -0.3]), 3, np.full((3, 3), 0.01))
    np.testing.assert_allclose(decode(encode(voice, MODEL), MODEL).correct(scores), voice.correct(scores), atol=1e-7)


@pytest.mark.parametrize("other", [FakeClassifier(("happy", "sad", "calm")), FakeClassifier(("happy", "sad")), None])
def test_a_voice_of_another_model_is_refused(other):
    if other is None:
        other = FakeClassifier(MODEL.labels)
        other.name = "retrained-1"
    with pytest.raises(RequestError, match=f"^The voice belongs to another model than {other.name};"):
        decode(encode(VOICE, MODEL), other)


def changed(text, at, value):
    data = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    data[at : at + len(value)] = value
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-1],
        lambda text: text[:10],
        lambda text: "",
        lambda text: text + "!",
        lambda text: changed(text, 0, b"eh0"),
        lambda text: changed(text, len(KIND) + 12, np.array([np.nan], "<f4").tobytes()),
        lambda text: changed(text, len(KIND) + 12, np.array([2 * LARGEST], "<f4").tobytes()),
    ],
)
def test_a_damaged_voice_is_refused(damage):
    with pytest.raises(RequestError, match="The voice is damaged; learn it with POST /v1/voices"):
        decode(damage(encode(VOICE, MODEL)), MODEL)


def test_only_some_models_can_be_adapted():
    model = Adaptable()
    assert adaptable(model) is model
    with pytest.raises(RequestError, match="The active model, fake, cannot be adapted to voices;"):
        adaptable(FakeClassifier())
    model.can_adapt = False
    with pytest.raises(RequestError, match="cannot be adapted"):
        adaptable(model)
