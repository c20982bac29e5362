"""The benchmark of cleaning."""

import json

import numpy as np
import soundfile

from benchmarks import cleaning
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice

VOICE = np.concatenate([np.zeros(4_800, np.float32), 0.05 * synthetic_voice(2.0)])


class ByPeak:
    """Scores a wave as sad if it is quiet, else as happy."""

    labels, not_sure_below, batch_size = ("happy", "sad"), 0.0, 4

    def answers(self, waves):
        loud = np.array([np.abs(wave).max() > 0.1 for wave in waves])
        return np.stack([loud, ~loud], axis=1).astype(float), None


def test_faults_cost_labels_without_cleaning_only():
    figures = cleaning.measure(EmotionRecognizer(ByPeak(), "by-peak"), [VOICE, VOICE], ["sad", "happy"])
    assert figures["none"]["without"] == {"accuracy": 0.5, "other_labels": 0.0, "no_speech": 0}
    clicks = [name for name in figures if "sample" in name or "click" in name]
    assert len(clicks) == 2
    for name in figures:
        assert figures[name]["with"] == figures["none"]["without"]
    for name in clicks:
        assert figures[name]["without"] == {"accuracy": 0.5, "other_labels": 1.0, "no_speech": 0}


def test_faults_leave_the_clip_alone():
    before = VOICE.copy()
    for name, apply in cleaning.faults().items():
        assert len(apply(VOICE)) == len(VOICE), name
        assert np.array_equal(apply(VOICE), VOICE) == (name == "none")
    np.testing.assert_array_equal(VOICE, before)


def test_only_changed_clips_are_counted(tmp_path):
    clicked = VOICE.copy()
    clicked[100] = 0.9
    for name, wave in (("clean", VOICE), ("clicked", clicked)):
        soundfile.write(tmp_path / f"{name}.wav", wave, 16_000)
    counted = cleaning.count_changed(EmotionRecognizer(ByPeak(), "by-peak"), sorted(tmp_path.iterdir()))
    assert (counted["clips"], counted["changed"], counted["labels"]) == (2, 1, 1)
    assert counted["median_ms"] > 0


def test_the_page_repeats_the_kept_figures():
    figures = json.loads(cleaning.FIGURES.read_text())
    assert cleaning.PAGE.read_text() == cleaning.page(figures)
    faults = dict(figures["faults"])
    clean = faults.pop("none")
    assert clean["with"]["other_labels"] == 0
    for fault in faults.values():
        assert fault["with"]["other_labels"] < 0.03 < fault["without"]["other_labels"]
        assert fault["with"]["accuracy"] > clean["without"]["accuracy"] - 0.01
