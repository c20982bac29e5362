"""The gain from a voice, on made-up speakers with shifted logits: predictions improve once the shift is known."""

import json

import numpy as np
import pytest

from benchmarks import voices
from benchmarks.answers import keep_answers
from emotion_hf.labels import LABELS
from emotion_hf.voice import speaker_statistics
from tests.benchmarks.conftest import made_up

EACH, COUNT = 8, len(LABELS)


@pytest.fixture(scope="module")
def parts():
    """Answers of two models to three shifted speakers each, with statistics of thirty others."""
    rng, truth = np.random.default_rng(0), np.repeat(np.arange(COUNT), EACH)

    def of(speakers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        shifts = rng.normal(0, 1.3, (speakers, COUNT)).repeat(len(truth), axis=0)
        every = np.tile(truth, speakers)
        logits = 4 * np.eye(COUNT)[every] + shifts + rng.normal(0, 1, (len(every), COUNT))
        return logits, every, np.arange(speakers).repeat(len(truth)).astype(str)

    found = []
    for name in "ab":
        statistics = speaker_statistics(*of(30))
        logits, every, speakers = of(3)
        answers = made_up(every, every, np.char.add(name, speakers))
        found.append(answers.__class__(**{**vars(answers), "logits": logits, "statistics": statistics}))
        found[-1].seconds[:] = 4.0
    return found


def test_each_case_is_drawn_as_it_says(parts):
    own = parts[0].chosen(parts[0].speakers == "a1")
    found = list(voices.trials(own))
    cases = {case: [one for one in found if one.case == case] for case in dict.fromkeys(one.case for one in found)}
    used = {case: {(one.used, len(one.truth)) for one in some} for case, some in cases.items()}
    assert used == {
        voices.ALL: {(64, 64)},
        "3 clips, without labels": {(3, 61)},
        "10 clips, without labels": {(10, 54)},
        "30 clips, without labels": {(30, 34)},
        voices.SINGLE: {(8, 8)},
        voices.ORDINARY_SPEECH: {(8, 56)},  # of 4 s each
        voices.LABELLED: {(24, 40)},
    }
    assert [len(some) for some in cases.values()] == [1, 5, 5, 5, COUNT, 5, 5]
    assert all(len(set(one.truth)) == 1 for one in cases[voices.SINGLE])
    labelled = cases[voices.LABELLED][0]
    assert np.bincount(labelled.truth).tolist() == [5] * COUNT


def test_a_known_voice_improves_predictions_and_a_single_emotion_gets_no_worse(parts):
    found = {one["case"]: one for one in voices.measure(parts)}
    for case in (voices.ALL, "30 clips, without labels", voices.ORDINARY_SPEECH, voices.LABELLED):
        assert found[case]["gain"]["value"] > 0.04, case
        assert found[case]["gain"]["low"] > 0, case
        assert found[case]["speakers"] == 6
    assert found[voices.SINGLE]["gain"]["value"] > -0.01
    one = found[voices.LABELLED]
    assert one["gain"]["value"] == pytest.approx(one["ua_after"] - one["ua_before"], abs=1e-3)
    assert (one["trials"], one["clips_heard"], one["clips_answered"]) == (30, 24.0, 1200)


def test_the_entry_writes_figures_and_prints_the_table(parts, tmp_path, capsys):
    for fold, answers in enumerate(parts, start=1):
        keep_answers(answers, tmp_path / f"fold{fold}-seed0.json")
    keep_answers(parts[0], tmp_path / "fold2-seed1.json")  # another seed does not count twice
    assert voices.main(["--answers", str(tmp_path), "--figures", str(tmp_path / "voices.json")]) == 0
    found = json.loads((tmp_path / "voices.json").read_text())
    assert [one["speakers"] for one in found] == [6] * 7
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + len(found)
    assert lines[0].startswith("| the voice is estimated from | UA before | UA after | points gained |")
    assert lines[-1].startswith("| 3 labelled clips of each emotion | 0.") and lines[-1].endswith("| ≥ 6 | ≥ 10 |")
