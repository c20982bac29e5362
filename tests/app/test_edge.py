"""Errors become one sentence that is safe to show and tells nothing of this machine."""

import pytest

from emotion_hf.app.edge import SORRY, sentence
from emotion_hf.errors import EmotionError


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("No version in /srv/emotion/models answers.", "No version in models answers."),
        ("'/home/ada/data/feedback' is full; make room.", "'feedback' is full; make room."),
        ("Cannot write (/tmp/a.b-c/d.flac).", "Cannot write (d.flac)."),
        ("Send it to /gradio_api/upload first.", "Send it to /gradio_api/upload first."),
        ("See https://example.org/a/b for 1/2 and and/or.", "See https://example.org/a/b for 1/2 and and/or."),
        ("<b> & co", "&lt;b&gt; &amp; co"),
    ],
)
def test_a_sentence_names_no_path_of_this_machine(message, shown):
    assert sentence(EmotionError(message)) == shown


def test_an_error_that_nobody_raised_on_purpose_is_not_told(caplog):
    assert sentence(KeyError("/srv/secret")) == SORRY
    assert "Unexpected error" in caplog.text
