"""The mistakes are counted, the worst found, and made playable."""

import base64
import io

import numpy as np
import pytest
import soundfile

from emotion_hf.evaluation.mistakes import (
    Confusion,
    frequent_confusions,
    sound_source,
    with_no_speech,
    worst_clips,
)
from emotion_hf.evaluation.tables import worst_table
from emotion_hf.testing import synthetic_voice

TRUTH, ANSWERS = [0, 0, 0, 0, 1, 1, 2, 2, 2], [0, 1, 1, 2, 0, -1, 2, 2, 1]


def test_confusions_are_shares_of_the_emotions_clips(make_report):
    assert frequent_confusions(make_report(TRUTH, ANSWERS)) == [
        Confusion("happy", "sad", 2, 4),
        Confusion("sad", "happy", 1, 2),  # of two clips: the one without speech counts
        Confusion("angry", "sad", 1, 3),
        Confusion("happy", "angry", 1, 4),
    ]
    assert len(frequent_confusions(make_report(TRUTH, ANSWERS), most=2)) == 2
    assert frequent_confusions(make_report(TRUTH, TRUTH)) == []


def test_the_worst_clips_are_wrong_and_sure(make_report):
    report = make_report(TRUTH, ANSWERS)  # each clip is surer than the one before it
    assert worst_clips(report) == [5, 8, 4, 3, 2, 1]  # first the one that it rejects
    assert worst_clips(report, most=2) == [5, 8]
    assert worst_clips(make_report(TRUTH, TRUTH)) == []


@pytest.mark.parametrize(("wrong", "chosen"), [(0, 12), (2, 10), (9, 6)])
def test_rejected_clips_leave_room_for_wrong_ones(make_report, wrong, chosen):
    truth = np.zeros(40, dtype=int)
    answers = np.r_[np.full(20, -1), np.ones(wrong), np.zeros(20 - wrong)].astype(int)
    report = make_report(truth, answers)
    found = worst_clips(report)
    assert len(found) == 12 and found[:chosen] == list(range(chosen)) and all(row >= 20 for row in found[chosen:])
    rows = worst_table(report).rows
    assert rows[0][:5] == ("1", "happy", "no speech", "", "") and rows[-1][0] == "12"


def test_the_matrix_has_a_column_for_no_speech(make_report):
    columns, counts = with_no_speech(make_report(TRUTH, ANSWERS))
    assert columns == ("happy", "sad", "angry", "no speech")
    assert counts.tolist() == [[1, 2, 1, 0], [1, 0, 0, 1], [0, 1, 2, 0]]
    columns, counts = with_no_speech(make_report(TRUTH, TRUTH))
    assert columns == ("happy", "sad", "angry") and counts.tolist() == [[4, 0, 0], [0, 2, 0], [0, 0, 3]]


@pytest.mark.parametrize("gain", [0.01, 1, 3])
def test_a_sound_is_short_small_and_of_one_level(tmp_path, gain):
    voice = gain * synthetic_voice(8.0)
    soundfile.write(tmp_path / "voice.wav", voice, 16_000, subtype="FLOAT")
    kind, _, data = sound_source(tmp_path / "voice.wav").partition(",")
    assert kind == "data:audio/mpeg;base64" and len(data) < 36_000
    sound, rate = soundfile.read(io.BytesIO(base64.b64decode(data)))
    assert rate == 16_000 and 6.0 <= len(sound) / rate < 6.2
    assert 0.6 < np.abs(sound).max() < 0.8
