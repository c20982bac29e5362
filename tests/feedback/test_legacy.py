"""The earlier system's table and recordings, taken over once."""

from datetime import datetime

import numpy as np
import pytest
import soundfile

from emotion_hf.errors import FeedbackError
from emotion_hf.feedback import Consent
from emotion_hf.feedback.legacy import import_legacy
from emotion_hf.testing import synthetic_voice

KEEP = Consent(store=True, train=True)
ROWS = """filename,prediction,label
a.wav,happy,sad
feedback_audios\\b.wav,Fear,Joy
/somewhere/else/feedback_audios/c.wav,happy,bored
gone.wav,happy,sad
,happy,sad
../outside.wav,happy,sad
again.wav,happy,calm
text.wav,happy,sad
silent.wav,happy,sad
d.wav,what,mixed
short.wav
"""


@pytest.fixture
def old(tmp_path):
    folder = tmp_path / "old"
    (folder / "feedback_audios").mkdir(parents=True)
    (folder / "feedback_data.csv").write_text("\ufeff" + ROWS, encoding="utf-8")
    for seed, name in enumerate(("a.wav", "b.wav", "c.wav", "d.wav", "../outside.wav")):
        soundfile.write(folder / "feedback_audios" / name, synthetic_voice(0.5, seed=seed), 16_000)
    soundfile.write(folder / "feedback_audios" / "again.wav", synthetic_voice(0.5, seed=0), 16_000)
    (folder / "feedback_audios" / "text.wav").write_text("no sound")
    soundfile.write(folder / "feedback_audios" / "silent.wav", np.zeros(8_000), 16_000)
    return folder


def test_every_row_is_imported_or_counted(old, store):
    outcome = import_legacy(old, store, consent=KEEP)
    assert outcome.lines() == [
        "Recordings imported: 3.",
        "Rows left out because the recording is not in feedback_audios: 3, such as gone.wav.",
        "Rows left out because the label is unknown: 2, such as bored.",
        "Rows left out because the recording is already in the folder: 1, such as again.wav.",
        "Rows left out because the recording cannot be read or is silent: 2, such as text.wav.",
    ]
    kept = [(record.label, record.prediction, record.model, record.consent) for record in store.records()]
    assert kept == [("sad", "happy", "", KEEP), ("happy", "fearful", "", KEEP), ("mixed", None, "", KEEP)]
    written = (old / "feedback_audios" / "a.wav").stat().st_mtime
    assert datetime.fromisoformat(next(store.records()).time).timestamp() == int(written)


def test_importing_again_adds_nothing(old, store):
    import_legacy(old, store, consent=KEEP)
    before = list(store.records())
    outcome = import_legacy(old, store, consent=KEEP)
    assert outcome.added == []
    assert outcome.repeated == ["a.wav", "b.wav", "again.wav", "d.wav"]
    assert list(store.records()) == before


@pytest.mark.parametrize(
    ("content", "consent", "sentence"),
    [
        (ROWS.encode(), Consent(), "Consent to store is needed; add --consent-store"),
        (None, KEEP, r"feedback_data\.csv cannot be read \(No such file"),
        (b"file,label\na.wav,sad\n", KEEP, "must have the columns filename, prediction, label; it has file, label"),
        (b"", KEEP, "must have the columns .* it has none"),
        ("filename,prediction,label\nä.wav,,\n".encode("latin-1"), KEEP, "not a CSV table in UTF-8"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_sentence(old, store, content, consent, sentence):
    (old / "feedback_data.csv").unlink()
    if content is not None:
        (old / "feedback_data.csv").write_bytes(content)
    with pytest.raises(FeedbackError, match=sentence):
        import_legacy(old, store, consent=consent)
    assert not store.folder.exists()
