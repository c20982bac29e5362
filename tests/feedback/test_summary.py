"""Corrections in words."""

from emotion_hf.feedback import Consent
from emotion_hf.feedback.summary import describe, to_text


def test_everything_is_counted(record):
    records = [
        record("sad", "anna", "a"),
        record("calm", "ben", "a", consent=Consent(store=True, train=True, publish=True)),
        record("sad", "anna", "b", model="", prediction=None, consent=Consent(store=True)),
        record("mixed", "", "c"),
        record("sad", "", "d"),
    ]
    assert describe(records).splitlines() == [
        "Annotations   5",
        "Annotators    3",
        "Recordings    4",
        "… disputed    1",
        "… to train on 1",
        "Labels        sad 3, calm 1, mixed 1",
        "Models        fake 4, none 1",
        "Consent       4 to train, 1 to publish",
        "Model right   2 of 4",
    ]
    assert describe([]).splitlines()[2:4] == ["Recordings    0", "… disputed    0"]


def test_a_record_is_one_line(record):
    said = record("calm", "anna", time="2026-11-20T16:00:00+00:00", scores={"sad": 0.62, "calm": 0.38})
    assert to_text(said) == f"{said.id}  2026-11-20T16:00:00+00:00  calm       fake: sad 62%             train  anna"
    silent = record("sad", prediction=None, consent=Consent(store=True, train=True, publish=True))
    assert to_text(silent).endswith("fake: no speech           train+publish")
    unasked = record("sad", prediction=None, model="", consent=Consent(store=True))
    assert to_text(unasked).endswith("no model                  keep")
    assert "a model: sad" in to_text(record("calm", model=""))
