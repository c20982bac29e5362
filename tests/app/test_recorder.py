"""The recorder's HTML, and which files the tab takes from its events. A real browser is in test_page.py."""

import gradio as gr
import pytest

from emotion_hf.app.recorder import MOST_FILES, files_of, recorder_html
from emotion_hf.errors import AudioError, AudioNotFoundError
from emotion_hf.samples import SAMPLES

TICKET = f"{'0' * 32}/clip.wav"


def files(folder, **data):
    return files_of(gr.EventData(None, data), folder)


def test_the_recorder_has_the_longest_time_and_a_card_for_each_problem():
    html = recorder_html(most_seconds=90.4)
    assert 'data-most-seconds="90"' in html
    for problem in ("denied", "missing", "insecure", "dead", "short", "refused", "unreachable"):
        assert f'data-help="{problem}" role="alert" hidden' in html
    assert [name for name in ("slow", "quick", "high") if f'data-sample="{name}"' in html] == [
        sample.name for sample in SAMPLES
    ]


def test_a_ticket_becomes_a_path_with_the_name_that_the_visitor_knows(tmp_path):
    path = tmp_path / TICKET
    path.parent.mkdir(parents=True)
    path.touch()
    assert files(tmp_path, files=[{"ticket": TICKET, "name": "My clip.wav"}]) == [(str(path), "My clip.wav")]


def test_a_sample_needs_no_upload(tmp_path):
    assert files(tmp_path, sample="slow") == [(str(SAMPLES[0].path), "slow.ogg")]


@pytest.mark.parametrize(
    ("data", "error", "sentence"),
    [
        ({"files": [{"ticket": "/etc/passwd", "name": "x"}]}, AudioError, "Upload the recording first"),
        ({"files": [{"ticket": TICKET, "name": "x"}]}, AudioNotFoundError, "no longer kept here"),
        ({"files": [{"name": "x"}]}, AudioError, "Upload the recording first"),
        ({"files": "clip.wav"}, AudioError, f"There are 0 recordings; choose from 1 to {MOST_FILES} at once"),
        ({"sample": "../secret"}, AudioError, "There are 0 recordings"),
        ({}, AudioError, "There are 0 recordings"),
    ],
)
def test_what_is_no_upload_is_refused_in_a_sentence(tmp_path, data, error, sentence):
    with pytest.raises(error, match=sentence):
        files(tmp_path, **data)
