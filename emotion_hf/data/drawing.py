"""Draw speakers or clips at random, in proportion from each stratum (corpus and gender, or corpus and emotion).

Example:
    >>> actors = {f"a{number}": ("ravdess", "female" if number % 2 else "male") for number in range(20)}
    >>> drawn = draw_speakers(actors, 4, np.random.default_rng(0))
    >>> sorted(actors[name][1] for name in drawn)
    ['female', 'female', 'male', 'male']
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from emotion_hf.errors import SplitError

HeldOut = float | str | Sequence[str]  # a number, a share below 1, either as text, or names
Stratum = tuple[str | None, ...]
Item = TypeVar("Item", str, int)


def draw_speakers(strata: Mapping[str, Stratum], held_out: HeldOut, rng: np.random.Generator) -> set[str]:
    """Return the speakers that ``held_out`` requests: a number of them, a share (at least one), or names.

    Args:
        strata: Speaker → stratum.
        held_out: 0 for none.
        rng: Generator of the draw.

    Raises:
        SplitError: There are too few speakers, or a name is unknown.
    """
    wanted = _parse(held_out)
    if isinstance(wanted, tuple):
        unknown = sorted(set(wanted) - set(strata))
        if unknown:
            some = (", ".join(sorted(strata)[:5]) or "none") + (" …" if len(strata) > 5 else "")
            raise SplitError(f"{unknown[0]!r} is not among the {len(strata)} speakers that can be held out: {some}.")
        return set(wanted)
    count = wanted if isinstance(wanted, int) else max(1, round(wanted * len(strata)))
    if count and count >= len(strata):
        raise SplitError(
            f"{count} of {len(strata)} known speakers cannot be held out, because some must stay; hold out fewer, "
            "such as none with data.validation=0, or name the speakers in a column 'speaker' of metadata.csv or by "
            "folders DIR/emotion/speaker."
        )
    return set(_draw(strata, count, rng))


def draw_share(strata: Mapping[int, Stratum], share: HeldOut, rng: np.random.Generator) -> set[int]:
    """Return a share of the rows.

    Args:
        strata: Row → stratum.
        share: Between 0 and 1.
        rng: Generator of the draw.

    Raises:
        SplitError: ``share`` is not a share.
    """
    wanted = _parse(share)
    if isinstance(wanted, tuple) or wanted >= 1:
        raise SplitError(f"A random split needs a share of the clips below 1, such as 0.25, not {share!r}.")
    return set(_draw(strata, round(wanted * len(strata)), rng))


def draw_rows(strata: Mapping[int, Stratum], count: int, rng: np.random.Generator) -> set[int]:
    """Return this number of rows, in proportion from each stratum; all if there are not more."""
    return set(_draw(strata, min(count, len(strata)), rng))


def shuffle_by_stratum(strata: Mapping[Item, Stratum], rng: np.random.Generator) -> list[Item]:
    """Return the speakers or rows in random order within each stratum, one stratum after the other.

    Taking every k-th of them makes folds with similar strata.
    """
    return [item for items in _by_stratum(strata).values() for item in _shuffled(items, rng)]


def _parse(held_out: HeldOut) -> int | float | tuple[str, ...]:
    if isinstance(held_out, str):
        if not re.fullmatch(r"\d+(\.\d+)?", held_out):
            return tuple(name.strip() for name in held_out.split(","))
        held_out = float(held_out)
    if isinstance(held_out, Sequence):
        return tuple(held_out)
    if 0 < held_out < 1:
        return held_out
    if held_out < 0 or not float(held_out).is_integer():
        raise SplitError(f"{held_out} is neither a number (4) nor a share (0.2) of speakers to hold out.")
    return int(held_out)


def _draw(strata: Mapping[Item, Stratum], count: int, rng: np.random.Generator) -> list[Item]:
    """Return ``count`` items in proportion to the strata; the largest remainders get the rest."""
    by_stratum = _by_stratum(strata)
    quotas = {stratum: count * len(items) / len(strata) for stratum, items in by_stratum.items()}
    taken = {stratum: int(quota) for stratum, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda stratum: taken[stratum] - quotas[stratum])
    for stratum in by_remainder[: count - sum(taken.values())]:
        taken[stratum] += 1
    return [item for stratum, items in by_stratum.items() for item in _shuffled(items, rng)[: taken[stratum]]]


def _by_stratum(strata: Mapping[Item, Stratum]) -> dict[Stratum, list[Item]]:
    """Return the items of each stratum, sorted, so that a draw depends only on the seed."""
    by_stratum: dict[Stratum, list[Item]] = defaultdict(list)
    for item in sorted(strata):
        by_stratum[strata[item]].append(item)
    return {stratum: by_stratum[stratum] for stratum in sorted(by_stratum, key=str)}


def _shuffled(items: list[Item], rng: np.random.Generator) -> list[Item]:
    return [items[position] for position in rng.permutation(len(items))]
