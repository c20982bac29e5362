"""Mean, deviations, interval and paired test of a cross-validation, from predictions made by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest

from emotion_hf.errors import ReportError
from emotion_hf.evaluation import folds_report
from emotion_hf.evaluation.document import to_markdown
from emotion_hf.evaluation.folds import CrossValidation, Outcome, compare_all, compare_folds
from emotion_hf.evaluation.folds_report import folds_document, folds_to_plain, summary, to_text, write_folds

TRUTH = np.tile([0, 1, 2], 20)


@pytest.fixture
def make_folds(make_report):
    """Return a function from the wrong clips of each fold and seed to a cross-validation of six speakers a fold."""

    def make(wrong: dict[tuple[str, int], range], model: str = "demo", speakers: int = 6) -> CrossValidation:
        outcomes = []
        for (fold, seed), clips in wrong.items():
            answers = TRUTH.copy()
            answers[list(clips)] = (answers[list(clips)] + 1) % 3
            report = make_report(TRUTH, answers, model)
            rows = [row | {"speaker": f"{fold}/{number % speakers}"} for number, row in enumerate(report.predictions)]
            outcomes.append(Outcome(fold, seed, replace(report, predictions=rows)))
        return CrossValidation(model, tuple(outcomes))

    return make


def test_mean_and_deviations_by_hand(make_folds):
    found = make_folds({("a", 0): range(6), ("b", 0): range(18), ("a", 1): range(12), ("b", 1): range(24)})
    assert found.folds == ("a", "b") and found.seeds == (0, 1)
    assert found.ua == pytest.approx(np.array([[0.9, 0.8], [0.7, 0.6]]))
    assert found.mean == pytest.approx(0.75)
    assert found.between_folds == pytest.approx(np.std([0.85, 0.65], ddof=1))
    assert found.between_seeds == pytest.approx(np.std([0.8, 0.7], ddof=1))
    assert (found.clips, found.speakers) == (120, 12)
    assert found.together.value == pytest.approx(0.75)
    assert 0.6 < found.together.low < 0.75 < found.together.high < 0.9
    assert found.recalls == pytest.approx({"happy": 0.75, "sad": 0.75, "angry": 0.75})


def test_one_fold_or_seed_has_no_deviation(make_folds):
    found = make_folds({("a", 0): range(6), ("b", 0): range(6)})
    assert found.between_seeds is None and found.between_folds == pytest.approx(0)
    assert make_folds({("a", 0): range(6)}).between_folds is None


def test_below_five_speakers_there_is_no_interval_and_no_test(make_folds):
    few = {("a", 0): range(6), ("b", 0): range(6)}
    found = make_folds(few, "first", speakers=2)
    assert found.speakers == 4 and found.together.low is None
    test = compare_folds(found, make_folds(few | {("a", 0): range(30)}, "second", speakers=2))
    assert test.p is None and test.difference.low is None and test.difference.value == pytest.approx(0.2)
    text = to_markdown(folds_document([found], "speakers:2", {"a": ["a/0", "a/1"], "b": ["b/0", "b/1"]}))
    assert "4 speakers are too few to show how much other speakers differ; that takes at least 5." in text
    assert make_folds(few, speakers=3).together.low is not None


def test_models_are_compared_on_the_same_clips(make_folds):
    good = make_folds({(fold, seed): range(6) for fold in "ab" for seed in (0, 1)}, "good")
    bad = make_folds({(fold, 0): range(30) for fold in "ab"}, "bad")  # with fewer seeds
    test = compare_folds(good, bad)
    assert test.difference.value == pytest.approx(0.4) and test.p < 0.01
    assert 0.25 < test.difference.low < 0.4 < test.difference.high < 0.55
    assert (test.only_first, test.only_second) == (48, 0)
    same = compare_folds(good, replace(good, model="copy"))
    assert (same.difference.value, same.p, same.only_first) == (0, 1, 0)
    ((first, p, significant),) = compare_all([bad, good])
    assert (first.first, first.second, p, significant) == ("good", "bad", test.p, True)


def test_different_folds_cannot_be_compared(make_folds):
    one, other = make_folds({("a", 0): range(6)}), make_folds({("b", 0): range(6)}, "other")
    with pytest.raises(
        ReportError, match="demo and other cannot be compared, because they were not tested on the same"
    ):
        compare_folds(one, other)


def test_a_seed_without_some_clips_is_refused(make_folds):
    found = make_folds({("a", 0): range(6), ("a", 1): range(6)})
    short = replace(found.outcomes[1].report, predictions=found.outcomes[1].report.predictions[1:])
    broken = CrossValidation("demo", (found.outcomes[0], replace(found.outcomes[1], report=short)))
    with pytest.raises(ReportError, match="The seeds of demo were not tested on the same clips"):
        _ = broken.together


def test_no_speech_counts_as_wrong(make_folds, make_report):
    report = make_report(TRUTH, np.where(np.arange(60) < 15, -1, TRUTH))
    assert CrossValidation("demo", (Outcome("a", 0, report),)).together.value == pytest.approx(0.75)


def test_the_page_has_each_folds_and_seeds_ua(make_folds, tmp_path):
    good = make_folds({(fold, seed): range(6 + 6 * seed) for fold in ("fold1", "fold2") for seed in (0, 1)}, "good")
    bad = make_folds({(fold, 0): range(30) for fold in ("fold1", "fold2")}, "bad")
    speakers = {fold: [f"{fold}/{one}" for one in range(6)] for fold in ("fold1", "fold2")}
    write_folds([good, bad], "speakers:2", speakers, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"README.md", "README.html", "cross_validation.json"}
    text = (tmp_path / "README.md").read_text()
    assert "| fold1 | 0.900 | 0.800 | 0.850 |" in text and "| mean | 0.900 | 0.800 | 0.850 |" in text
    assert "| good | 0.850 | 0.000 | 0.071 | 0.850 |" in text and "| bad | 0.500 | 0.000 | – | 0.500 |" in text
    assert "good is better than bad by 35.0 points of UA" in text
    assert "Many publications split the clips at random" in text and "--folds random:2" in text
    assert "| fold2 | 6 | fold2/0, fold2/1," in text and "Optimistic" not in text
    plain = json.loads((tmp_path / "cross_validation.json").read_text())
    assert plain["models"][0]["ua"]["fold2"] == pytest.approx({"0": 0.9, "1": 0.8})
    assert plain["tests"][0]["significant"] and plain["speakers"] == 12 and not plain["optimistic"]
    assert "<h1>good and bad on speakers:2</h1>" in (tmp_path / "README.html").read_text()


def test_random_folds_carry_a_warning(make_folds):
    found = make_folds({("fold1", 0): range(6), ("fold2", 0): range(6)})
    text = to_markdown(folds_document([found], "random:2", {"fold1": (), "fold2": ()}))
    assert f"**{folds_report.RANDOM}**" in text and "Many publications" not in text and "2 random parts" in text
    assert folds_to_plain([found], "random:2")["optimistic"]


def test_the_summary_says_what_there_is(make_folds):
    one = make_folds({("a", 0): range(6), ("b", 0): range(18)})
    low, high = one.together.low, one.together.high
    assert summary(one) == (
        "demo: UA 0.800, mean of 2 folds and 1 seed; deviation between folds 0.141. UA of all 120 clips together: "
        f"0.800 [{low:.3f} to {high:.3f}]."
    )
    assert to_text([one]) == summary(one)


def test_the_page_names_the_pretrained_encoder(make_folds):
    plain = make_folds({("a", 0): range(6), ("b", 0): range(18)})
    tuned = replace(plain, model="head", encoder="openai/whisper-base")
    assert summary(tuned).startswith("head, trained on the encoder openai/whisper-base: UA 0.800, mean of 2 folds")
    text = to_markdown(folds_document([tuned, plain], "speakers:2", {"a": (), "b": ()}))
    assert "head, trained on the encoder openai/whisper-base: UA" in text and "demo: UA" in text
    assert [one["encoder"] for one in folds_to_plain([tuned, plain], "speakers:2")["models"]] == [tuned.encoder, ""]
