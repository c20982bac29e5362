"""The gate: better where it was corrected and not worse elsewhere, or the old model goes on answering."""

import html
import json
from dataclasses import replace

import numpy as np
import pytest

from emotion_hf.errors import FeedbackError
from emotion_hf.evaluation.gate import Role, _sign_test, decide, expectation
from emotion_hf.evaluation.gate_report import gate_document, to_plain, to_text, write_decision

MANY, FEW = np.tile([0, 1, 2], 20), np.tile([0, 1, 2], 4)


@pytest.fixture
def pair(make_report):
    """Reports of an old and a new model on clips; `wrong` are the numbers of the clips that each gets wrong."""

    def pair(truth, old_wrong, new_wrong):
        answers = []
        for wrong in (old_wrong, new_wrong):
            answers.append(truth.copy())
            answers[-1][list(wrong)] = (answers[-1][list(wrong)] + 1) % 3
        return make_report(truth, answers[0], "old"), make_report(truth, answers[1], "new")

    return pair


@pytest.fixture
def better(pair):
    """What is measured of a model that fixes 20 of 60 corrections and changes nothing else."""
    return {Role.CORRECTIONS: pair(MANY, range(30), range(10)), Role.ORIGINAL: pair(MANY, range(9), range(9))}


def test_a_model_that_is_better_and_loses_nothing_is_promoted(better):
    decision = decide(better)
    assert decision.promoted and decision.proved
    assert decision.sentence == "The new model may be promoted: it is better on corrections and not worse elsewhere."
    gained, kept = decision.findings
    assert gained.test.difference.value == pytest.approx(20 / 60)
    sentence = (
        "It gains 33.3 points of UA on the 60 clips of the held-out corrections (newly right 20, newly wrong 0)."
    )
    assert gained.sentence == sentence
    assert kept.sentence == "It loses nothing on the 60 clips of the original test."


def test_an_equal_model_may_not(better, pair):
    decision = decide(better | {Role.CORRECTIONS: pair(MANY, range(30), range(30))})
    assert not decision.promoted and not decision.proved
    assert "It is not better on the 60 clips of the held-out corrections" in decision.sentence


def test_a_gain_on_many_corrections_must_be_more_than_chance(better, pair):
    decision = decide(better | {Role.CORRECTIONS: pair(MANY, range(0, 10), range(9, 18))})  # 9 fixed, 8 broken
    assert not decision.promoted
    assert "may be chance (newly right 9, newly wrong 8)" in decision.sentence


@pytest.mark.parametrize(
    ("old", "new", "promoted"),
    [
        ([0, 1], [], True),  # 2 : 0
        ([0], [], False),  # 1 : 0
        ([0, 1, 2, 3], [4], True),  # 4 : 1
        ([0, 1, 2], [4], False),  # 3 : 1
        ([0], [0], False),
        ([], [0, 1], False),
    ],
)
def test_on_few_corrections_the_sign_test_decides_and_nothing_is_proved(better, pair, old, new, promoted):
    decision = decide(better | {Role.CORRECTIONS: pair(FEW, old, new)})
    assert (decision.promoted, decision.proved) == (promoted, False)
    assert ("too few to prove that" in decision.sentence) == promoted


def test_the_sign_test_is_one_sided():
    assert [_sign_test(2, 0), _sign_test(4, 1), _sign_test(5, 2), _sign_test(3, 1)] == [
        1 / 4,
        6 / 32,
        29 / 128,
        5 / 16,
    ]


def test_a_model_that_is_no_better_than_guessing_may_not(better, pair):
    decision = decide(better | {Role.CORRECTIONS: pair(FEW, range(12), range(8))})  # 4 : 0, but only 4 of 12 right
    assert not decision.promoted
    assert "(newly right 4, newly wrong 0), but is no better than guessing." in decision.sentence
    assert decision.advice[0].startswith("The corrections did not help. Listen to some again")
    assert decide(better | {Role.CORRECTIONS: pair(FEW, range(8), range(4))}).promoted  # 8 of 12: 1 of 53 guessers


@pytest.mark.parametrize("role", [Role.ORIGINAL, Role.ORIGINAL_IN_NOISE, Role.CORRECTIONS_IN_NOISE])
def test_a_model_that_is_significantly_worse_anywhere_is_refused(better, pair, role):
    decision = decide(better | {role: pair(MANY, [], range(12))})
    assert not decision.promoted
    assert f"It loses 20.0 points of UA on the 60 clips of the {role}, more than chance explains." in decision.sentence


def test_more_than_a_point_is_lost_on_the_original_test_only_where_it_may_well_be_chance(better, pair):
    one = decide(better | {Role.ORIGINAL: pair(MANY, [0, 1], [2, 3, 4, 5, 6])}).findings[1]  # 5 points
    assert 0.05 < one.test.p / 2 < 0.2
    assert not one.passed and "more than a point and probably not chance" in one.sentence
    assert decide(better | {Role.ORIGINAL_IN_NOISE: pair(MANY, [0, 1], [2, 3, 4, 5, 6])}).promoted  # there it may be
    to_and_fro = decide(better | {Role.ORIGINAL: pair(MANY, range(10), range(9, 20))})  # loses 1.7 points net
    assert to_and_fro.promoted
    assert to_and_fro.findings[1].sentence.endswith("which may be chance.")


def test_what_was_not_measured_counts_against_it(better):
    without = decide({Role.CORRECTIONS: better[Role.CORRECTIONS]})
    assert not without.promoted
    assert "A loss cannot be measured without the original corpora (--data)" in without.sentence
    assert "No correction is held out" in decide({Role.ORIGINAL: better[Role.ORIGINAL]}).sentence


def test_random_predictions_for_random_labels_are_refused(make_report):
    rng = np.random.default_rng(0)
    passed = 0
    for _ in range(10):
        truth = rng.permutation(MANY)
        old, new = (make_report(truth, rng.integers(3, size=60), name) for name in ("old", "new"))
        passed += decide({Role.CORRECTIONS: (old, new)}).findings[0].passed
    assert passed <= 1  # 5 of 100 by its definition


def test_what_is_lacking_and_what_to_do_is_said_in_numbers(better, pair):
    assert decide(better).advice == ()
    few = decide(better | {Role.CORRECTIONS: pair(FEW, [0], [0])})  # 12 clips
    assert few.advice == (
        "The evidence is not enough: 12 test clips are too few. Collect about 60 more corrections, preferably from "
        "several speakers, and retrain: of about 100 in total, 30 are held out, which can prove a gain of about 20 "
        "points.",
    )
    small = decide(better | {Role.CORRECTIONS: pair(MANY, range(0, 8), range(6, 11))})  # 6 fixed, 3 broken: 5 points
    assert small.findings[0].test.difference.value == pytest.approx(0.05)
    assert (
        "so small a gain from chance, collect about 350 more corrections" in small.advice[0]
    )  # 163 tested instead of 60
    worse = decide(better | {Role.CORRECTIONS: pair(MANY, range(9), range(12))})
    assert worse.advice[0].startswith("The corrections did not help. Listen to some again")
    (originals,) = decide({Role.CORRECTIONS: better[Role.CORRECTIONS]}).advice
    assert "EMOTION_HF_RETRAINING_DATA" in originals
    nothing, *_ = decide({Role.ORIGINAL: better[Role.ORIGINAL]}).advice
    assert nothing.startswith("No correction was available for the test. Collect about 100 more corrections")
    forgot = decide(better | {role: pair(MANY, [], range(12)) for role in (Role.ORIGINAL, Role.ORIGINAL_IN_NOISE)})
    assert ["training.learning_rate" in forgot.advice[0], "augmentation.noise" in forgot.advice[1]] == [True, True]
    assert to_text(few).endswith(few.advice[0]) and to_plain(few)["advice"] == list(few.advice)


def test_what_can_be_expected_grows_with_the_number():
    with pytest.raises(FeedbackError, match="There is 1 correction to learn from; a retraining needs at least 5"):
        expectation(1)
    with pytest.raises(FeedbackError, match=r"needs at least 5\. No correction is saved yet\.$"):
        expectation(0, "No correction is saved yet.")
    assert "are few: they may fix what was corrected" in expectation(5)
    assert "the 9 or so held out for the test cannot prove a gain" in expectation(30)
    assert "a gain of less than about 19 points" in expectation(100)
    assert "a gain of less than about 6 points" in expectation(1000)


def with_speakers(pair, count):
    """Return the reports as if so many people had said the clips."""
    few = [[row | {"speaker": str(number % count)} for number, row in enumerate(one.predictions)] for one in pair]
    return tuple(replace(one, predictions=rows, speakers=count) for one, rows in zip(pair, few, strict=True))


def test_with_few_speakers_a_gain_is_never_proved(better):
    decision = decide({role: with_speakers(reports, 4) for role, reports in better.items()})
    assert decision.promoted and not decision.proved
    assert all(finding.test.p is None for finding in decision.findings)
    assert decision.findings[0].sentence == (
        "It gains 33.3 points of UA on the 60 clips of the held-out corrections (newly right 20, newly wrong 0), too "
        "few speakers to prove it."
    )
    assert decision.advice == (
        "The evidence is not enough: fewer than 5 speakers were available for the test. Collect corrections from more "
        "people and retrain.",
    )
    line = to_text(decision).splitlines()[1]
    assert "too few speakers" in line and "33.3" in line and " to " not in line
    assert to_plain(decision)["findings"][0]["p"] is None
    enough = decide({role: with_speakers(reports, 5) for role, reports in better.items()})
    assert enough.promoted and enough.proved


@pytest.mark.parametrize(
    ("new_wrong", "passed", "words"),
    [
        (range(9), True, "It loses nothing on the 60 clips of the original test."),
        (range(10), True, "which may be chance."),  # 1 lost, 0 gained: the sign test gives 0.5
        (range(12), False, "more than a point and probably not chance."),  # 3 lost: 0.125
        (range(14), False, "more than chance explains."),  # 5 lost: 0.03
    ],
)
def test_with_few_speakers_a_loss_is_counted_in_clips(better, pair, new_wrong, passed, words):
    original = with_speakers(pair(MANY, range(9), new_wrong), 2)
    (_, finding) = decide(better | {Role.ORIGINAL: original}).findings
    assert finding.passed is passed and not finding.proved and finding.sentence.endswith(words)


def test_the_decision_is_written_and_printed(better, tmp_path):
    decision = decide(better)
    write_decision(decision, "a<b>", "new", tmp_path / "gate")
    page = (tmp_path / "gate" / "gate.html").read_text(encoding="utf-8")
    assert "<h1>new compared with a&lt;b&gt;</h1>" in page and decision.sentence in page
    assert "33.3" in (tmp_path / "gate" / "gate.md").read_text(encoding="utf-8")
    plain = json.loads((tmp_path / "gate" / "gate.json").read_text(encoding="utf-8"))
    assert plain == {"old": "a<b>", "new": "new"} | json.loads(json.dumps(to_plain(decision)))
    assert [one["new_ua"] for one in plain["findings"]] == [pytest.approx(50 / 60), pytest.approx(51 / 60)]
    lines = to_text(decision).splitlines()
    assert lines[1].startswith("held-out corrections  60 clips, 6 speakers  0.500   0.833   33.3")
    assert lines[-1] == decision.sentence
    few = gate_document(decide({}), "a", "b").sections[0]
    assert (few.title, len(few.paragraphs)) == ("What is missing, and what to do", 2)


def test_a_decision_without_any_measurement_is_a_page_too(tmp_path):
    decision = decide({})
    assert not decision.promoted and not decision.findings
    write_decision(decision, "old", "new", tmp_path)
    assert decision.sentence in html.unescape((tmp_path / "gate.html").read_text())
