"""Answers are kept and recalled as they were, and counted."""

import numpy as np
import pytest

from benchmarks.answers import best, keep_answers, recall_answers, together, ua
from tests.benchmarks.conftest import made_up

TRUTH, PREDICTED = np.array([0, 0, 3, 3]), np.array([0, 3, 3, -1])
SPEAKERS = np.array(["anna", "anna", "ben", "ben"])


def test_saved_predictions_can_be_read(tmp_path):
    others = {"hum": np.array([0, 0, -1, 4])}
    answers = made_up(PREDICTED, TRUTH, SPEAKERS, 0.75, others=others, facts={"fold": 2})
    keep_answers(answers, tmp_path / "kept" / "fold2.json")
    again = recall_answers(tmp_path / "kept" / "fold2.json")
    assert again.labels == answers.labels and again.facts == {"fold": 2}
    for name in ("files", "speakers", "truth", "verdicts", "seconds", "predicted", "has_speech"):
        np.testing.assert_array_equal(getattr(again, name), getattr(answers, name))
    np.testing.assert_allclose(again.logits, answers.logits, atol=5e-4)
    np.testing.assert_array_equal(again.others["hum"], others["hum"])
    np.testing.assert_array_equal(again.statistics.means, answers.statistics.means)
    table = (tmp_path / "kept" / "fold2.csv").read_text().splitlines()
    assert table[0].startswith("file,speaker,truth,verdict,seconds,neutral,calm,") and table[0].endswith(",hum")
    assert table[1] == "000.wav,anna,neutral,ok,1.50,-288" + 7 * ",-3332" + ",neutral"
    assert table[4] == "003.wav,ben,sad,no_speech,1.50" + 8 * "," + ",angry"


def test_no_speech_is_wrong_and_has_no_scores():
    answers = made_up(PREDICTED, TRUTH, SPEAKERS, 0.75)
    assert ua(answers) == pytest.approx(0.5)
    assert answers.scores[3].sum() == 0 and answers.scores[0].sum() == pytest.approx(1)


def test_the_best_of_some_labels():
    logits = np.log([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [np.nan] * 3])
    assert best(logits).tolist() == [0, 1, -1]
    assert best(logits, [1, 2]).tolist() == [1, 1, -1]


def test_parts_are_chosen_and_joined():
    first = made_up(PREDICTED, TRUTH, SPEAKERS, others={"hum": PREDICTED, "noise": PREDICTED})
    second = first.chosen(np.array([2, 1]))
    assert second.files.tolist() == ["002.wav", "001.wav"] and second.others["hum"].tolist() == [3, 3]
    joined = together([first, made_up(TRUTH, TRUTH, SPEAKERS, others={"hum": TRUTH})])
    assert len(joined.truth) == 8 and list(joined.others) == ["hum"]
    assert ua(joined) == pytest.approx(0.75) and ua(joined, "hum") == pytest.approx(0.75)
