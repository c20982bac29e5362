"""Records without sound, and a store to put some with sound into."""

from dataclasses import replace

import pytest

from emotion_hf.feedback import Consent, Correction, FeedbackStore, new_id
from emotion_hf.labels import LABELS
from emotion_hf.testing import FakeClassifier, synthetic_voice

ALLOWED = Consent(store=True, train=True)


@pytest.fixture
def store(tmp_path):
    return FeedbackStore(tmp_path / "feedback")


@pytest.fixture
def record():
    """Make a record by its label, its annotator and what it sounds like."""

    def record(label, annotator="", content="", **values):
        values = {"prediction": "sad", "scores": {}, "model": "fake", "consent": ALLOWED} | values
        return Correction(id=new_id(), label=label, annotator=annotator, content=content, **values)

    return record


@pytest.fixture
def keep(store):
    """Keep half a second of the voice with this seed."""

    def keep(seed, label, *, consent=ALLOWED, **values):
        wave = synthetic_voice(0.5, seed=seed)
        prediction = FakeClassifier().predict([wave])[0]
        correction = Correction.of(prediction, id=new_id(), label=label, consent=consent)
        return store.add(wave, replace(correction, **values), labels=LABELS)

    return keep
