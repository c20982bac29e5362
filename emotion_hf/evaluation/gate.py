"""The gate that a retrained model has to pass before it answers: better where it was corrected, not worse elsewhere.

The rule, in differences of UA between the new and the old model on the same clips, paired over speakers:

* Held-out corrections: UA rises. From 30 clips on, chance alone would do so in fewer than 5 of 100 cases (one-sided).
  On fewer nothing can be proved: then the new model must be right on so many more clips than it newly gets wrong that
  a coin would do so at most once in four times (2 : 0, 4 : 1, 5 : 2 …), and the decision says that it is not proved.
  In any case it must be right more often than guessing among its labels is in 5 of 100 cases: wrong labels can make an
  old model worse than that, and then anything looks better.
* The original test: it is refused if chance does what was lost in fewer than 5 of 100 cases, and if more than a point
  was lost, in fewer than 20.
* All of it with noise: refused if chance does what was lost in fewer than 5 of 100 cases.
* What was not measured is not known: without corrections held out, or without an original test, it is refused.

Example:
    >>> expectation(3)
    Traceback (most recent call last):
    emotion_hf.errors.FeedbackError: There are 3 corrections to learn from; a retraining needs at least 5.
    >>> expectation(20).startswith("20 corrections are few: they may fix what was corrected, but on the 6 or so")
    True
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from emotion_hf.errors import FeedbackError
from emotion_hf.evaluation.comparison import paired_test
from emotion_hf.evaluation.results import PairedTest, Report
from emotion_hf.evaluation.wording import points

FEWEST = 5
ENOUGH = 30
HELD_OUT = 0.3
"""Share of the voices whose corrections are tested on and never learned from."""
SIGNIFICANCE = 0.05
COIN = 0.25
TOLERATED_LOSS = 0.01
WELL_WITHIN_CHANCE = 0.2
DIFFERENTLY = 0.4
"""Share of the clips that an old and a new model answer differently, for the estimate of what can be proved."""


class Role(StrEnum):
    """What a set of clips is there for."""

    CORRECTIONS = "held-out corrections"
    ORIGINAL = "original test"
    CORRECTIONS_IN_NOISE = "held-out corrections in noise"
    ORIGINAL_IN_NOISE = "original test in noise"


NAME_THE_ORIGINALS = (
    "Name everything that it was trained on (--data; for the page EMOTION_HF_RETRAINING_DATA): what is heard again is "
    "not forgotten."
)
ADD_NOISE = "Give it noise to learn with, on the command line: augmentation.noise=FOLDER."
REMEDIES = {
    Role.ORIGINAL: f"{NAME_THE_ORIGINALS} If it was, learn more slowly: training.learning_rate, on the command line.",
    Role.ORIGINAL_IN_NOISE: ADD_NOISE,
    Role.CORRECTIONS_IN_NOISE: ADD_NOISE,
}
"""What to do about a loss."""
USELESS = (
    "The corrections did not help. Listen to some again, for labels may be wrong (the tab Review, or "
    "emotion-hf feedback list --disagree); then correct more of what it gets wrong and retrain."
)
NOT_MEASURED = {
    Role.CORRECTIONS: "No correction is held out, so nobody knows whether it got better; collect more.",
    Role.ORIGINAL: "What it forgot is not known: without the original recordings (--data) that cannot be measured.",
}


@dataclass(frozen=True)
class Finding:
    """What the gate makes of one set of clips.

    Attributes:
        role: Which clips.
        old: Report of the old model.
        new: Report of the new one.
        test: New against old.
        passed: Whether this allows the new model to answer.
        proved: Whether chance is ruled out.
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
    """Whether the new model may answer.

    Attributes:
        promoted: It may.
        proved: That it is better on corrections is more than chance explains.
        findings: What it rests on.
        unknown: Sentences about what was not measured and had to be.
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
                return "The new model may answer: it is better on corrections and not worse elsewhere."
            return (
                "The new model may answer: it did better on the few corrections that were held out, and not worse "
                "elsewhere; so few cannot prove that it will be better on others."
            )
        reasons = [finding.sentence for finding in self.findings if not finding.passed]
        return f"The gate says no. {' '.join([*reasons, *self.unknown])}"

    @property
    def advice(self) -> tuple[str, ...]:
        """What is lacking and what to do about it, in sentences; empty if nothing is."""
        if self.promoted and self.proved:
            return ()
        found = {finding.role: finding for finding in self.findings}
        evidence = _evidence(found.get(Role.CORRECTIONS))
        lost = (REMEDIES[role] for role, finding in found.items() if role in REMEDIES and not finding.passed)
        without = () if Role.ORIGINAL in found else (NAME_THE_ORIGINALS,)
        return tuple(dict.fromkeys([*evidence, *lost, *without]))


def expectation(corrections: int) -> str:
    """Return what a retraining on so many corrections can do and what it cannot.

    Raises:
        FeedbackError: They are too few.
    """
    if corrections < FEWEST:
        are = "is 1 correction" if corrections == 1 else f"are {corrections} corrections"
        raise FeedbackError(f"There {are} to learn from; a retraining needs at least {FEWEST}.")
    tested = max(1, round(HELD_OUT * corrections))
    if tested < ENOUGH:
        how = "are few: they may fix what was corrected" if corrections <= ENOUGH else "may make it better"
        return (
            f"{corrections} corrections {how}, but on the {tested} or so that are held out for the test no gain can "
            f"be proved; that takes about {round(ENOUGH / HELD_OUT)}."
        )
    # The standard error of a difference of two shares on the same clips, of which so many are answered differently.
    least = 1.645 * math.sqrt(DIFFERENTLY / tested)
    return (
        f"{corrections} corrections can make it better for voices like these; on the {tested} or so that are held out "
        f"for the test, a gain of less than about {100 * least:.0f} points of UA cannot be told from chance."
    )


def decide(measured: Mapping[Role, tuple[Report, Report]]) -> Decision:
    """Apply the rule at the top of this file.

    Args:
        measured: Old and new model's report on each set of clips.

    Raises:
        ReportError: Two reports are not about the same clips.
    """
    findings = tuple(_finding(role, old, new) for role, (old, new) in measured.items())
    unknown = tuple(sentence for role, sentence in NOT_MEASURED.items() if role not in measured)
    promoted = not unknown and all(finding.passed for finding in findings)
    proved = any(finding.role is Role.CORRECTIONS and finding.passed and finding.proved for finding in findings)
    return Decision(promoted, proved, findings, unknown)


def _by_chance(test: PairedTest) -> float:
    """Return the one-sided p-value of a difference in the direction that it has."""
    return test.p / 2


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
        return False, False, f"It gains {{change}} {{where}} ({counts}), but is right no more often than guessing."
    if new.clips >= ENOUGH:
        passed = _by_chance(test) < SIGNIFICANCE
        return passed, passed, f"It gains {{change}} {{where}}{'' if passed else ', which may be chance'} ({counts})."
    passed = _coin(test.only_first, test.only_second) <= COIN
    but = "too few clips to prove it" if passed else "which one might get by tossing coins"
    return passed, False, f"It gains {{change}} {{where}} ({counts}), {but}."


def _kept(role: Role, test: PairedTest, new: Report) -> tuple[bool, bool, str]:
    lost, p = -test.difference.value, _by_chance(test)
    if lost <= 0:
        return True, False, "It loses nothing {where}."
    if p < SIGNIFICANCE:
        return False, True, "It loses {change} {where}, more than chance explains."
    if role is Role.ORIGINAL and lost > TOLERATED_LOSS and p < WELL_WITHIN_CHANCE:
        return False, False, "It loses {change} {where}, which is more than a point and hardly chance."
    return True, False, "It loses {change} {where}, which may be chance."


def _evidence(corrections: Finding | None) -> tuple[str, ...]:
    """Return what is lacking to prove a gain on the held-out corrections, and what to do."""
    if corrections is None:
        return (f"None of the corrections could be tested on. {_collect(0)}",)
    clips, test = corrections.new.clips, corrections.test
    if corrections.proved:
        return ()
    guessing = _is_guessing(corrections.new)
    if clips < ENOUGH:
        useless = (USELESS,) if guessing and test.difference.value > 0 else ()
        return (*useless, f"What is lacking is evidence: {clips} clips to test on are too few. {_collect(clips)}")
    if guessing or test.difference.value <= 0:
        return (USELESS,)
    # So many clips that the standard error of a difference as large as this one is small enough.
    needed = math.ceil((test.only_first + test.only_second) / clips * (1.645 / test.difference.value) ** 2)
    more = _rounded((needed - clips) / HELD_OUT)
    return (
        f"What is lacking is evidence: a gain as small as this takes about {more} more corrections to tell from "
        "chance, of which three in ten are tested on.",
    )


def _collect(tested: int) -> str:
    more = _rounded((ENOUGH - tested) / HELD_OUT)
    return (
        f"Collect about {more} more corrections, best from several voices, and retrain: of about "
        f"{round(ENOUGH / HELD_OUT)} in all, {ENOUGH} are tested on, which can prove a gain of some 20 points."
    )


def _rounded(corrections: float) -> int:
    """Return a number that does not look more exact than it is."""
    return max(10, 10 * math.ceil(corrections / 10))


def _coin(fixed: int, broken: int) -> float:
    """Return how often a coin falls so many times or more to the one side (sign test)."""
    return _by_guessing(fixed, fixed + broken, 2)


def _is_guessing(report: Report) -> bool:
    """Tell whether guesses among its labels would be right as often in more than 5 of 100 cases."""
    return _by_guessing(round(report.wa.value * report.clips), report.clips, len(report.labels)) >= SIGNIFICANCE


def _by_guessing(right: int, clips: int, labels: int) -> float:
    """Return how often somebody who guesses among so many labels is right so often or more (binomial test)."""
    ways = (math.comb(clips, count) * (labels - 1) ** (clips - count) for count in range(right, clips + 1))
    return sum(ways) / labels**clips
