"""The panel with the words, without a browser: coloured, named, safe to show, and off without a transcriber."""

import re

import gradio as gr
import numpy as np
import pytest

from emotion_hf.app import transcribing
from emotion_hf.app.history import remember
from emotion_hf.app.services import Analysis
from emotion_hf.app.transcribing import TranscriptPanel, opinions_html, transcript_html
from emotion_hf.app.words import speaking
from emotion_hf.errors import CheckpointError, LabelError
from emotion_hf.labels import FACES
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.settings import Settings
from emotion_hf.testing import synthetic_voice
from emotion_hf.timeline import Timeline, Window
from emotion_hf.transcript import Doubt, Note, Transcript, Word
from emotion_hf.transcript.files import Opinions
from tests.app.conftest import open_services
from tests.test_text_emotion import save_bert
from tests.tiny_whisper import save_whisper

CALM, ANGRY = Prediction({"calm": 0.9, "angry": 0.1}), Prediction({"calm": 0.1, "angry": 0.9})
UNSURE = Prediction({"calm": 0.5, "angry": 0.5}, Verdict.NOT_SURE)
WORDS = (Word("<b>I</b>", 0.25, 0.4), Word("said", 0.5, 1.5), Word("no!", 2.1, 2.6), Word("so", 4.5, 5.0))
TRANSCRIPT = Transcript(WORDS, "en", "demo", (Note(Doubt.CUT, 0, 4),))
TIMELINE = Timeline((Window(0, 2, CALM), Window(2, 4, ANGRY), Window(4, 6, UNSURE)), CALM, 6.0)


@pytest.fixture(autouse=True)
def forget_models():
    yield
    transcribing.load_transcriber.cache_clear()
    transcribing.load_text_emotion.cache_clear()


def open_panel(folder, **settings) -> TranscriptPanel:
    with gr.Blocks():
        return TranscriptPanel(
            open_services(Settings(data_dir=folder / "data", **settings)), gr.State(()), gr.State("")
        )


@pytest.fixture
def panel(tmp_path):
    return open_panel(tmp_path, transcriber=str(save_whisper(tmp_path / "whisper", " i am furious")))


def entry(panel, wave):
    prediction = panel.services.classifier.predict([wave])[0]
    return remember((), Analysis(wave, prediction), "clip.wav", panel.services.voices, max_age_seconds=60)[0]


def test_words_stand_under_the_name_and_colour_of_their_emotion():
    html = transcript_html(TRANSCRIPT, TIMELINE)
    passages = html.split('<div class="phrase"')[1:]
    assert [re.search(r'class="mark"><svg.*</svg> (.*?) <button', one)[1] for one in passages] == [
        "calm",
        "angry",
        "not sure",
    ]
    assert FACES["calm"].colour in passages[0] and FACES["angry"].colour in passages[1] and "style" not in passages[2]
    assert 'data-seek="0.25">&lt;b&gt;I&lt;/b&gt;</span> <span class="word"' in passages[0]
    assert html.count('class="word"') == 4 and html.count('tabindex="0"') == 1 and 'lang="en"' in html
    assert "From 0:00 to 0:04 there may be more words" in html and "Text by demo" in html


def test_it_speaks_german():
    with speaking("de"):
        html = transcript_html(TRANSCRIPT, TIMELINE)
        assert "Von 0:00 bis 0:04" in html and "Der Text stammt von demo" in html
        assert "keine Wörter" in transcript_html(Transcript((), "", "demo"), TIMELINE)


def test_a_language_without_spaces_gets_none():
    html = transcript_html(Transcript((Word("今", 0, 1), Word("日", 1, 2)), "ja", "demo"), TIMELINE)
    assert 'data-seek="0.00">今</span><span' in html


def test_the_table_has_all_three_opinions():
    html = opinions_html(ANGRY, Opinions("text", {"angry": 0.5}, CALM))
    rows = re.findall(r'scope="row"><svg.*?</svg> (.*?)</th><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td>', html)
    assert rows == [("calm", "10 %", "–", "90 %"), ("angry", "90 %", "50 %", "10 %")]
    assert "by text; it counts 30 %" in html and opinions_html(ANGRY, None) == ""


def test_the_words_of_the_recording_are_written_down(panel):
    shares = []
    html = panel._write(entry(panel, synthetic_voice(3.0)), shares.append)
    assert re.findall(r'class="word"[^>]*>(.*?)<', html) == ["i", "am", "furious"] and "opinions" not in html
    assert shares[-1] == 1.0


def test_a_text_model_adds_its_opinion(tmp_path):
    whisper, bert = save_whisper(tmp_path / "whisper", " i am furious"), save_bert(tmp_path / "bert")
    panel = open_panel(tmp_path, transcriber=str(whisper), text_emotion=str(bert))
    shown = panel._write(entry(panel, synthetic_voice(3.0)), lambda share: None)
    assert '<table class="opinions">' in shown and "by bert" in shown


def test_it_is_offered_for_speech_and_hidden_otherwise(panel):
    for wave, is_offered in ((synthetic_voice(1.0), True), (np.zeros(16_000, np.float32), False)):
        assert panel.offer(entry(panel, wave))[panel.on_demand.panel].visible == is_offered


def test_without_a_transcriber_there_is_nothing(tmp_path):
    off = open_panel(tmp_path)
    assert off.on_demand is None and off.offer(entry(off, synthetic_voice(1.0))) == {}


def test_a_wrong_setting_is_noticed_when_the_page_starts(tmp_path):
    with pytest.raises(CheckpointError, match="There is no model folder"):
        open_panel(tmp_path, transcriber=str(tmp_path / "missing"))
    whisper, stranger = save_whisper(tmp_path / "whisper", "a"), save_bert(tmp_path / "bert", own=("good", "bad"))
    with pytest.raises(LabelError, match="names none of the emotions"):
        open_panel(tmp_path, transcriber=str(whisper), text_emotion=str(stranger))
