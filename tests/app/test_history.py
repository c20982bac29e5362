"""What a session remembers, and how it forgets."""

import errno
import os
import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from emotion_hf.app.history import MOST_ENTRIES, changed, entry_of, forget, history_html, remember, revised
from emotion_hf.app.services import Analysis
from emotion_hf.errors import FeedbackError
from emotion_hf.prediction import Prediction
from emotion_hf.testing import FakeClassifier, synthetic_voice
from emotion_hf.timeline import Timeline, Window

WAVE = synthetic_voice(1.0)
ANALYSIS = Analysis(WAVE, FakeClassifier().predict([WAVE])[0])


def test_an_entry_returns_its_recording_and_prediction_until_it_is_forgotten(tmp_path):
    (entry,) = remember((), ANALYSIS, "clip.wav", tmp_path / "voices", max_age_seconds=60)
    analysis = entry.analysis()
    np.testing.assert_allclose(analysis.wave, WAVE, atol=1 / 2**15)
    assert analysis.prediction == ANALYSIS.prediction
    np.testing.assert_array_equal(entry.part(0.5, 0.25), analysis.wave[8_000:12_000])
    np.testing.assert_array_equal(entry.part(0.9, 8.0), analysis.wave[14_400:])
    forget([entry])
    assert list((tmp_path / "voices").iterdir()) == []
    with pytest.raises(FeedbackError, match="no longer kept"):
        entry.analysis()
    forget([entry])  # the sweeper may have been faster


def test_a_band_has_its_own_sound_prediction_and_id(tmp_path):
    wave = np.concatenate([WAVE, np.zeros(16_000, np.float32)] * 3)
    calm, sad = (Prediction({"calm": share, "sad": 1 - share}, model="demo") for share in (0.9, 0.2))
    timeline = Timeline((Window(0, 2, calm), Window(2, 4, sad)), calm, 6.0)
    (entry,) = remember((), Analysis(wave, calm, timeline), "clip.wav", tmp_path / "voices", max_age_seconds=60)
    part = entry.band_analysis(1)
    np.testing.assert_allclose(part.wave, wave[32_000:64_000], atol=1 / 2**15)
    assert part.prediction.label == "sad"
    ids = {entry.id, *(entry.band_id(number) for number in (0, 1, 1))}
    assert len(ids) == 3 and all(len(id) == 32 for id in ids)
    for number in (-1, 9):
        with pytest.raises(FeedbackError, match="no longer shown; choose another one"):
            entry.band(number)
    assert "calm and sad · 0:06" in history_html((entry,))


def test_a_disk_that_refuses_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    def refuse(self, content):
        self.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(type(tmp_path), "write_bytes", refuse)
    with pytest.raises(FeedbackError, match=r"This server cannot keep the recording \(No space left on device\); try"):
        remember((), ANALYSIS, "clip.wav", tmp_path / "voices", max_age_seconds=60)
    assert list((tmp_path / "voices").iterdir()) == []


def test_what_is_too_old_goes_with_its_recording(tmp_path):
    (old,) = remember((), ANALYSIS, "clip.wav", tmp_path, max_age_seconds=60)
    old = replace(old, time=old.time - timedelta(seconds=61))
    history = remember((old,), ANALYSIS, "clip.wav", tmp_path, max_age_seconds=60)
    assert [entry.path for entry in history] == list(tmp_path.iterdir())
    history = remember(history, ANALYSIS, "clip.wav", tmp_path, max_age_seconds=60)
    assert len(history) == len(list(tmp_path.iterdir())) == 2


def test_the_newest_stands_first_with_name_time_emotion_and_confidence(tmp_path):
    history = remember((), ANALYSIS, "first.wav", tmp_path, max_age_seconds=60)
    history = remember(history, ANALYSIS, "<b>.wav", tmp_path, max_age_seconds=60)
    html = history_html(history, shown=history[0].id, marked=(history[1].id,))
    assert html.index("&lt;b&gt;.wav") < html.index("first.wav")
    assert f'datetime="{history[1].time.isoformat(timespec="seconds")}"' in html
    assert f"{ANALYSIS.prediction.label} · high, 80 %" in html
    assert re.search(f'data-open="{history[0].id}" aria-current="true"', html) and html.count("aria-current") == 1
    assert re.search(f'data-mark="{history[1].id}" checked', html) and html.count("checked") == 1


def test_at_most_twenty_recordings_are_kept(tmp_path):
    history = ()
    for number in range(MOST_ENTRIES + 2):
        history = remember(history, ANALYSIS, f"{number}.wav", tmp_path, max_age_seconds=60)
    assert [entry.name for entry in history] == [f"{number}.wav" for number in range(2, MOST_ENTRIES + 2)]
    assert {entry.path for entry in history} == set(tmp_path.iterdir())


def test_an_entry_is_found_by_its_id_and_revised_in_its_place(tmp_path):
    history = remember((), ANALYSIS, "a.wav", tmp_path, max_age_seconds=60)
    history = remember(history, ANALYSIS, "b.wav", tmp_path, max_age_seconds=60)
    sad = Prediction({"sad": 1.0})
    corrected = changed(history, replace(history[0], corrected=sad, note="Corrected."))
    assert [entry.prediction for entry in corrected] == [sad, ANALYSIS.prediction]
    again = revised(corrected, corrected[0], Analysis(WAVE, Prediction({"calm": 1.0})))
    assert (again[0].prediction.label, again[0].note, again[1]) == ("calm", "", history[1])
    assert entry_of(again, history[1].id).name == "b.wav"
    with pytest.raises(FeedbackError, match="no longer kept"):
        entry_of(again, "other")
