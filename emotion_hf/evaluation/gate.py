"""The gate for a retrained model: it must be better on corrections and not worse elsewhere.

The rule, in differences of UA between the new and the old model on the same clips, paired over speakers:

* Held-out corrections: UA must rise. From 30 clips on, the one-sided p-value must be below 0.05. Fewer clips prove
  nothing: then the newly right clips must outnumber the newly wrong ones with a one-sided sign-test p-value of at most
  0.25 (2 : 0, 4 : 1, 5 : 2 …), and the decision says that the gain is not proved. In both cases the new model must be
  better than guessing among its labels (p below 0.05): wrong labels can make an old model worse than guessing, and
  then anything looks better.
* The original test: a loss with p below 0.05 is refused, and a loss of more than a point with p below 0.2.
* Both sets with noise: a loss with p below 0.05 is refused.
* Fewer than five speakers cannot show what other speakers would change. Then single clips count instead (sign test),
  which refuses a loss sooner, and no gain is proved.
* Without held-out corrections, or without an original test, the model is refused.

Example:
    >>> expectation(3)
    Traceback (most recent call last):
    emotion_hf.errors.FeedbackError: There are 3 corrections to learn from; a retraining needs at least 5.
    >>> expectation(20).startswith("20 corrections are few: they may fix what was corrected, but the 6 or so")
    True
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from emotion_hf.errors import FeedbackError
from emotion_hf.evaluation.comparison import paired_test
from emotion_hf.evaluation.metrics import FEWEST_SPEAKERS
from emotion_hf.evaluation.results import PairedTest, Report
from emotion_hf.evaluation.wording import points

FEWEST = 5
ENOUGH = 30
HELD_OUT = 0.3
"""Share of the speakers whose corrections are held out for the test."""
SIGNIFICANCE = 0.05
COIN = 0.25
TOLERATED_LOSS = 0.01
WELL_WITHIN_CHANCE = 0.2
DIFFERENTLY = 0.4
"""Share of the clips with different predictions of the old and the new model, for estimates of what can be proved."""


class Role(StrEnum):
    """Purpose of a set of clips."""

    CORRECTIONS = "held-out corrections"
    ORIGINAL = "original test"
    CORRECTIONS_IN_NOISE = "held-out corrections in noise"
    ORIGINAL_IN_NOISE = "original test in noise"


NAME_THE_ORIGINALS = (
    "Name all corpora that it was trained on (--data; for the page EMOTION_HF_RETRAINING_DATA), so that it keeps what "
    "it learned from them."
)
ADD_NOISE = "Train it with noise, on the command line: augmentation.noise=FOLDER."
REMEDIES = {
    Role.ORIGINAL: f"{NAME_THE_ORIGINALS} If you did, lower training.learning_rate on the command line.",
    Role.ORIGINAL_IN_NOISE: ADD_NOISE,
    Role.CORRECTIONS_IN_NOISE: ADD_NOISE,
}
"""Remedies for a loss."""
USELESS = (
    "The corrections did not help. Listen to some again, because labels may be wrong (the tab Review, or "
    "emotion-hf feedback list --disagree). Then correct more wrong predictions and retrain."
)
FEW_VOICES = (
    f"The evidence is not enough: fewer than {FEWEST_SPEAKERS} speakers were available for the test. Collect "
    "corrections from more people and retrain."
)
NOT_MEASURED = {
    Role.CORRECTIONS: "No correction is held out, so a gain cannot be measured; collect more.",
    Role.ORIGINAL: "A loss cannot be measured without the original corpora (--data).",
}


@dataclass(frozen=True)
class Finding:
    """The gate's finding on one set of clips.

    Attributes:
        role: Purpose of the clips.
        old: Report of the old model.
        new: Report of the new model.
        test: Paired test of the new against the old model.
        passed: Whether the new model may be promoted on these clips.
        proved: Whether the difference is significant.
        sentence: The finding in words.
    """

    role: Role
    old: Report
    new: Report
    test: PairedTest
    passed: bool
    proved: bool
    sentence: str


@dataclass(frozen=True)
class Decision:
    """Whether the new model may be promoted.

    Attributes:
        promoted: Whether it may.
        proved: Whether the gain on corrections is significant.
        findings: Findings behind the decision.
        unknown: Sentences about missing measurements.
    """

    promoted: bool
    proved: bool
    findings: tuple[Finding, ...]
    unknown: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The decision in one sentence."""
        if self.promoted:
            if self.proved:
                return "The new model may be promoted: it is better on corrections and not worse elsewhere."
            return (
                "The new model may be promoted: it is better on the few held-out corrections and not worse elsewhere, "
                "but they are too few to prove that it is better on others."
            )
        reasons = [finding.sentence for finding in self.findings if not finding.passed]
        return f"The gate says no. {' '.join([*reasons, *self.unknown])}"

    @property
    def advice(self) -> tuple[str, ...]:
        """What is missing and what to do about it, in sentences; empty if nothing is."""
        if self.promoted and self.proved:
            return ()
        found = {finding.role: finding for finding in self.findings}
        evidence = _evidence(found.get(Role.CORRECTIONS))
        lost = (REMEDIES[role] for role, finding in found.items() if role in REMEDIES and not finding.passed)
        without = () if Role.ORIGINAL in found else (NAME_THE_ORIGINALS,)
        return tuple(dict.fromkeys([*evidence, *lost, *without]))


def expectation(corrections: int, why: str = "") -> str:
    """Return what a retraining on this number of corrections can and cannot achieve.

    Args:
        corrections: Number of corrections to learn from.
        why: Sentence that says why there are no more, for the error.

    Raises:
        FeedbackError: They are too few.
    """
    if corrections < FEWEST:
        are = "is 1 correction" if corrections == 1 else f"are {corrections} corrections"
        few = f"There {are} to learn from; a retraining needs at least {FEWEST}."
        if why:
            raise FeedbackError(" ".join((few, why)))
        raise FeedbackError(few)
    tested = max(1, round(HELD_OUT * corrections))
    if tested < ENOUGH:
        how = "are few: they may fix what was corrected" if corrections <= ENOUGH else "may improve the model"
        return (
            f"{corrections} corrections {how}, but the {tested} or so held out for the test cannot prove a gain; "
            f"that takes about {round(ENOUGH / HELD_OUT)} corrections."
        )
    # Standard error of a difference of two shares on the same clips, of which this share differs between the models.
    least = 1.645 * math.sqrt(DIFFERENTLY / tested)
    return (
        f"{corrections} corrections can improve the model for similar speakers; with the {tested} or so held out for "
        f"the test, a gain of less than about {100 * least:.0f} points of UA cannot be told from chance."
    )


def decide(measured: Mapping[Role, tuple[Report, Report]]) -> Decision:
    """Apply the rule at the top of this file.

    Args:
        measured: Reports of the old and the new model on each set of clips.

    Raises:
        ReportError: Two reports are not about the same clips.
    """
    findings = tuple(_finding(role, old, new) for role, (old, new) in measured.items())
    unknown = tuple(sentence for role, sentence in NOT_MEASURED.items() if role not in measured)
    promoted = not unknown and all(finding.passed for finding in findings)
    proved = any(finding.role is Role.CORRECTIONS and finding.passed and finding.proved for finding in findings)
    return Decision(promoted, proved, findings, unknown)


def _by_chance(test: PairedTest) -> float:
    """Return the one-sided p-value of a difference, in its direction; over clips if there are too few speakers."""
    if test.p is not None:
        return test.p / 2
    gained, lost = test.only_first, test.only_second
    return _sign_test(gained, lost) if test.difference.value > 0 else _sign_test(lost, gained)


def _finding(role: Role, old: Report, new: Report) -> Finding:
    test = paired_test(new, old)
    judge = _gained if role is Role.CORRECTIONS else _kept
    passed, proved, words = judge(role, test, new)
    change = f"{points(abs(test.difference.value))} points of UA"
    where = f"on the {new.clips} clips of the {role}"
    return Finding(role, old, new, test, passed, proved, words.format(change=change, where=where))


def _gained(role: Role, test: PairedTest, new: Report) -> tuple[bool, bool, str]:
    counts = f"newly right {test.only_first}, newly wrong {test.only_second}"
    if test.difference.value <= 0:
        return False, False, f"It is not better {{where}} ({counts})."
    if _is_guessing(new):
        return False, False, f"It gains {{change}} {{where}} ({counts}), but is no better than guessing."
    if new.clips >= ENOUGH:
        passed = _by_chance(test) < SIGNIFICANCE
        if passed and test.p is None:
            return True, False, f"It gains {{change}} {{where}} ({counts}), too few speakers to prove it."
        return passed, passed, f"It gains {{change}} {{where}}{'' if passed else ', which may be chance'} ({counts})."
    passed = _sign_test(test.only_first, test.only_second) <= COIN
    but = "too few clips to prove it" if passed else "which may be chance"
    return passed, False, f"It gains {{change}} {{where}} ({counts}), {but}."


def _kept(role: Role, test: PairedTest, new: Report) -> tuple[bool, bool, str]:
    lost, p = -test.difference.value, _by_chance(test)
    if lost <= 0:
        return True, False, "It loses nothing {where}."
    if p < SIGNIFICANCE:
        return False, test.p is not None, "It loses {change} {where}, more than chance explains."
    if role is Role.ORIGINAL and lost > TOLERATED_LOSS and p < WELL_WITHIN_CHANCE:
        return False, False, "It loses {change} {where}, more than a point and probably not chance."
    return True, False, "It loses {change} {where}, which may be chance."


def _evidence(corrections: Finding | None) -> tuple[str, ...]:
    """Return what is missing to prove a gain on the held-out corrections, and what to do."""
    if corrections is None:
        return (f"No correction was available for the test. {_collect(0)}",)
    clips, test = corrections.new.clips, corrections.test
    if corrections.proved:
        return ()
    guessing = _is_guessing(corrections.new)
    if clips < ENOUGH:
        useless = (USELESS,) if guessing and test.difference.value > 0 else ()
        return (*useless, f"The evidence is not enough: {clips} test clips are too few. {_collect(clips)}")
    if guessing or test.difference.value <= 0:
        return (USELESS,)
    if test.p is None and corrections.passed:
        return (FEW_VOICES,)
    # The number of clips for which the standard error of this difference is small enough.
    needed = math.ceil((test.only_first + test.only_second) / clips * (1.645 / test.difference.value) ** 2)
    more = _rounded((needed - clips) / HELD_OUT)
    return (
        f"The evidence is not enough: to tell so small a gain from chance, collect about {more} more corrections; "
        "three in ten are held out for the test.",
    )


def _collect(tested: int) -> str:
    more = _rounded((ENOUGH - tested) / HELD_OUT)
    return (
        f"Collect about {more} more corrections, preferably from several speakers, and retrain: of about "
        f"{round(ENOUGH / HELD_OUT)} in total, {ENOUGH} are held out, which can prove a gain of about 20 points."
    )


def _rounded(corrections: float) -> int:
    """Return a number rounded up to tens, because it is only an estimate."""
    return max(10, 10 * math.ceil(corrections / 10))


def _sign_test(fixed: int, broken: int) -> float:
    """Return the one-sided sign-test p-value."""
    return _by_guessing(fixed, fixed + broken, 2)


def _is_guessing(report: Report) -> bool:
    """Return whether the model is not significantly better than guessing among its labels."""
    return _by_guessing(round(report.wa.value * report.clips), report.clips, len(report.labels)) >= SIGNIFICANCE


def _by_guessing(right: int, clips: int, labels: int) -> float:
    """Return the p-value of at least ``right`` correct guesses among ``labels`` labels (one-sided binomial test)."""
    ways = (math.comb(clips, count) * (labels - 1) ** (clips - count) for count in range(right, clips + 1))
    return sum(ways) / labels**clips
