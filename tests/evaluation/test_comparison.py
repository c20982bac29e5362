"""Models are told apart only where a paired test over the same clips says so."""

import json
from dataclasses import replace

import numpy as np
import pytest

from emotion_hf.errors import ReportError
from emotion_hf.evaluation.comparison import compare, paired_test
from emotion_hf.evaluation.comparison_report import comparison_document, comparison_to_plain, to_text
from emotion_hf.evaluation.document import to_markdown
from emotion_hf.evaluation.metrics import mcnemar
from emotion_hf.evaluation.results import Figure

RNG = np.random.default_rng(3)
TRUTH = np.tile([0, 1, 2, 0, 1, 2, 2, 1, 0, 1, 2, 0], 20)  # 240 clips; row % 6 is the speaker


def answers(right: float, seed: int) -> np.ndarray:
    """Answer a share of the clips rightly, the others wrongly."""
    rng = np.random.default_rng(seed)
    wrong = (TRUTH + rng.integers(1, 3, size=len(TRUTH))) % 3
    return np.where(rng.random(len(TRUTH)) < right, TRUTH, wrong)


@pytest.fixture
def reports(make_report):
    """Two of about 0.65, told apart by the draw alone; one of about 0.4."""
    return [make_report(TRUTH, answers(right, seed), model) for right, seed, model in MODELS]


MODELS = ((0.65, 1, "a"), (0.65, 2, "b"), (0.4, 3, "c"))


def test_a_clearly_better_model_is_named(reports):
    test = paired_test(reports[0], reports[2])
    assert (test.first, test.second) == ("a", "c")
    assert test.difference.value == pytest.approx(reports[0].ua.value - reports[2].ua.value)
    assert 0.05 < test.difference.low < test.difference.value < test.difference.high < 0.5
    assert test.p < 0.01
    comparison = compare([reports[2], reports[0]])
    assert comparison.best == ("a",)
    assert [entry.report.model for entry in comparison.entries] == ["a", "c"]
    assert comparison.entries[1].worse


def test_two_draws_of_one_quality_are_a_tie(reports):
    test = paired_test(reports[0], reports[1])
    assert test.difference.low < 0 < test.difference.high and test.p > 0.05
    assert set(compare(reports[:2]).best) == {"a", "b"}


def test_the_tied_best_stand_together_and_the_worse_apart(reports):
    comparison = compare(reports)
    assert set(comparison.best) == {"a", "b"}
    assert [entry.worse for entry in comparison.entries] == [False, False, True]
    values = [entry.report.ua.value for entry in comparison.entries]
    assert values == sorted(values, reverse=True)


def test_a_model_against_itself_is_a_tie_at_nought(reports):
    test = paired_test(reports[0], replace(reports[0], model="copy"))
    assert (test.difference.value, test.difference.low, test.difference.high, test.p) == (0, 0, 0, 1)
    assert (test.only_first, test.only_second, test.mcnemar) == (0, 0, 1)
    assert len(compare([reports[0], reports[0]]).best) == 2


def test_the_test_turns_around_with_the_models(reports):
    there, back = paired_test(reports[0], reports[2]), paired_test(reports[2], reports[0])
    assert back.difference.value == pytest.approx(-there.difference.value)
    assert back.difference.low == pytest.approx(-there.difference.high)
    assert (back.p, back.only_first, back.only_second) == (there.p, there.only_second, there.only_first)


@pytest.mark.parametrize("speakers", [1, 2, 4])
def test_below_five_speakers_nothing_is_tested_and_none_is_best(reports, speakers):
    few = [replace(with_speakers(one, speakers), ua=Figure(one.ua.value)) for one in reports]
    test = paired_test(few[0], few[2])
    assert test.p is None and test.difference.low is test.difference.high is None
    assert test.difference.value == pytest.approx(reports[0].ua.value - reports[2].ua.value)
    comparison = compare(few)
    assert comparison.best == () and not comparison.tested
    assert not any(entry.worse for entry in comparison.entries) and comparison.entries[2].p is None
    text = to_text(comparison)
    few_speakers = "1 speaker is" if speakers == 1 else f"{speakers} speakers are"
    assert f"None is named best. There are no intervals and no tests, because {few_speakers} too few" in text
    assert text.count("not tested") == 2 and "best: " not in text.lower()
    markdown = to_markdown(comparison_document(comparison))
    assert "p = " not in markdown and "Not tested: the UA of" in markdown and "None," not in markdown
    json.dumps(comparison_to_plain(comparison))
    assert paired_test(*(with_speakers(one, 5) for one in (few[0], few[2]))).p < 0.01


def with_speakers(report, count):
    rows = [row | {"speaker": str(number % count)} for number, row in enumerate(report.predictions)]
    return replace(report, predictions=rows, speakers=count)


def test_mcnemars_clips_are_counted(make_report):
    first = make_report([0, 0, 1, 1, 2, 2], [0, 0, 1, 2, -1, 2])
    second = make_report([0, 0, 1, 1, 2, 2], [0, 1, 2, 2, 2, 2], "other")
    test = paired_test(first, second)
    assert (test.only_first, test.only_second) == (2, 1)
    assert test.mcnemar == mcnemar(2, 1)
    assert test.difference.value == pytest.approx((1 + 0.5 + 0.5) / 3 - (0.5 + 0 + 1) / 3)


def test_p_values_are_corrected_for_the_number_of_models(reports):
    comparison = compare(reports)
    tie, worse = comparison.entries[1:]
    assert worse.p == pytest.approx(2 * worse.test.p)
    assert tie.p == pytest.approx(max(tie.test.p, worse.p)) and comparison.entries[0].p == 1


def test_the_order_of_the_clips_does_not_matter(reports):
    turned = replace(reports[1], predictions=reports[1].predictions[::-1])
    assert paired_test(reports[0], turned) == paired_test(reports[0], reports[1])


def test_a_report_of_an_earlier_version_without_folders_is_about_the_same_clips(reports):
    old, new = reports[:2]
    with_folders = [{**row, "file": f"sad/{row['file']}"} for row in new.predictions]
    assert paired_test(old, replace(new, predictions=with_folders)) == paired_test(old, new)


def test_clips_of_one_name_are_paired_by_their_folders(reports):
    rows = [{**row, "file": f"{number}/1.wav"} for number, row in enumerate(reports[0].predictions)]
    one, other = (replace(reports[0], predictions=order, model=str(len(order))) for order in (rows, rows[::-1]))
    test = paired_test(one, other)
    assert (test.only_first, test.only_second, test.p) == (0, 0, 1)


def test_models_of_one_name_are_told_apart(reports):
    comparison = compare([replace(report, model="model") for report in reports])
    assert {entry.report.model for entry in comparison.entries} == {"model", "model (2)", "model (3)"}
    assert comparison.entries[-1].report.model == "model (3)"  # the third given


def test_none_is_best_where_some_were_trained_on_test_speakers(reports):
    assert compare([replace(reports[0], optimistic=True), reports[2]]).best == ()
    assert compare([replace(report, optimistic=True) for report in reports[::2]]).best == ("a",)


def test_labels_that_one_model_alone_has_are_no_trouble(reports):
    rows = [{**row, "label": "calm"} if row["label"] == "sad" else row for row in reports[0].predictions]
    other = replace(reports[0], model="calm", predictions=rows, labels=("happy", "calm", "angry", "sad"))
    sad = reports[0].recalls["sad"]
    assert paired_test(reports[0], other).difference.value == pytest.approx(sad / 3)


def test_other_clips_are_refused_in_one_sentence(reports, make_report):
    fewer = make_report(TRUTH[:200], TRUTH[:200], "fewer", split="fold2-test")
    with pytest.raises(ReportError) as caught:
        compare([reports[0], fewer])
    assert str(caught.value) == (
        "fewer and a cannot be compared: 200 clips of fold2-test against 240 of fold1-test, and only 200 are in both; "
        "evaluate both with the same --data and a --split that does not depend on a seed, such as fold1-test."
    )


def test_other_labels_are_refused_in_one_sentence(reports):
    rows = [{**row, "truth": "high" if row["truth"] == "angry" else row["truth"]} for row in reports[1].predictions]
    with pytest.raises(
        ReportError, match="the same clips are labelled angry, happy, sad in one and happy, high, sad in"
    ):
        paired_test(reports[0], replace(reports[1], predictions=rows))


def test_reports_without_clips_are_refused(reports):
    with pytest.raises(ReportError, match="has no list of its clips"):
        paired_test(reports[0], replace(reports[1], predictions=[]))


def test_one_model_is_no_comparison(reports):
    with pytest.raises(ReportError, match="at least two models"):
        compare(reports[:1])
