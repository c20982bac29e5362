"""Write the results of a cross-validation as HTML, Markdown and JSON.

Example:
    >>> write_folds([CrossValidation("cnn", outcomes)], "ravdess", speakers_of, Path("runs/folds"))  # doctest: +SKIP
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emotion_hf.disk import writing
from emotion_hf.evaluation import wording
from emotion_hf.evaluation.document import Document, Section, Table, rows
from emotion_hf.evaluation.folds import CrossValidation, compare_all
from emotion_hf.evaluation.metrics import FEWEST_SPEAKERS
from emotion_hf.evaluation.report import write_document

NAME = "README"
RANDOM = (
    "Optimistic: these folds are drawn over clips, so speakers are on both sides. Expect less on unseen speakers; "
    "--folds speakers:5 measures them."
)
UNSEEN = (
    "No test speaker is among the training or validation speakers of its fold. Many publications split the clips at "
    "random, with speakers on both sides, which gives higher figures; the same command with --folds random:{count} "
    "shows by how much."
)
NOT_KNOWN = "–"


def write_folds(
    found: Sequence[CrossValidation], word: str, speakers: Mapping[str, Sequence[str]], folder: Path
) -> None:
    """Write `README.md`, `README.html` and `cross_validation.json` into `folder`.

    Args:
        found: The models, on the same folds.
        word: Word of the folds, such as `ravdess`.
        speakers: Fold → its test speakers; none for clips drawn at random.
        folder: Target folder; may exist.
    """
    write_document(folds_document(found, word, speakers), folder, NAME)
    content = json.dumps(folds_to_plain(found, word), indent=1, ensure_ascii=False)
    with writing(folder):
        (folder / "cross_validation.json").write_text(content + "\n", encoding="utf-8")


def folds_to_plain(found: Sequence[CrossValidation], word: str) -> dict[str, Any]:
    """Return all figures as plain values; the predictions are in the report of each fold."""
    models = [
        {
            "model": one.model,
            "encoder": one.encoder,
            "mean_ua": one.mean,
            "deviation_between_folds": one.between_folds,
            "deviation_between_seeds": one.between_seeds,
            "ua_together": vars(one.together),
            "recalls": one.recalls,
            "ua": {
                fold: dict(zip(one.seeds, row, strict=True))
                for fold, row in zip(one.folds, one.ua.tolist(), strict=True)
            },
        }
        for one in found
    ]
    tests = [
        vars(test) | {"difference": vars(test.difference), "p_corrected": p, "significant": significant}
        for test, p, significant in (compare_all(found) if len(found) > 1 else ())
    ]
    facts = {"folds": word, "optimistic": _is_random(word), "clips": found[0].clips, "speakers": found[0].speakers}
    return facts | {"models": models, "tests": tests}


def to_text(found: Sequence[CrossValidation]) -> str:
    """Return the lines for a terminal: the figures of each model, and the tests."""
    return "\n".join([*map(summary, found), *_tests(found)])


def summary(one: CrossValidation) -> str:
    """Return the result of one model in one sentence."""
    seeds = "1 seed" if len(one.seeds) == 1 else f"{len(one.seeds)} seeds"
    encoder = f", trained on the encoder {one.encoder}" if one.encoder else ""
    said = f"{one.model}{encoder}: UA {one.mean:.3f}, mean of {len(one.folds)} folds and {seeds}"
    if one.between_folds is not None:
        said += f"; deviation between folds {one.between_folds:.3f}"
    if one.between_seeds is not None:
        said += f", between seeds {one.between_seeds:.3f}"
    said += f". UA of all {one.clips} clips together: {one.together.value:.3f}{wording.in_brackets(one.together)}."
    return said


def folds_document(found: Sequence[CrossValidation], word: str, speakers: Mapping[str, Sequence[str]]) -> Document:
    """Return the whole document."""
    first = found[0]
    names = " and ".join(one.model for one in found) if len(found) < 3 else f"{len(found)} models"
    seeds = max(len(one.seeds) for one in found)
    subtitle = f"Cross-validation with {len(first.folds)} folds and {seeds} seed{'s' * (seeds > 1)}"
    people = f"{first.speakers} speakers" if any(speakers.values()) else f"{len(first.folds)} random parts"
    tests = _tests(found)
    return Document(
        title=f"{names} on {word}",
        subtitle=f"{subtitle}: {first.clips} clips of {people}.",
        warnings=(RANDOM,) if _is_random(word) else (),
        lead=tuple(map(summary, found)),
        sections=(
            Section("All figures", tables=(_figures(found),)),
            *([Section("Compared", tests)] if tests else []),
            *(Section(f"Each fold: {one.model}", tables=(_each_fold(one),)) for one in found),
            Section("Each emotion", tables=(_recalls(found),)),
            Section("How it was measured", _how(first, word), _test_speakers(speakers)),
        ),
    )


def _figures(found: Sequence[CrossValidation]) -> Table:
    lines = [
        (
            *(one.model, f"{one.mean:.3f}", _shown(one.between_folds), _shown(one.between_seeds)),
            *(f"{one.together.value:.3f}", wording.interval(one.together)),
            *(_mean(one, name) for name in ("wa", "macro_f1", "ece")),
        )
        for one in found
    ]
    head = ("model", "mean UA", "± folds", "± seeds", "UA together", "95 % interval", "WA", "macro-F1", "ECE")
    note = (
        "Mean UA, WA, macro-F1 and ECE are means of all folds and seeds. ± is a standard deviation: between the means "
        "of the folds, and between the means of the seeds. UA together is that of the clips of all folds."
    )
    return Table("", head, rows(*lines), note=note)


def _mean(one: CrossValidation, name: str) -> str:
    values = [getattr(outcome.report, name).value for outcome in one.outcomes]
    return f"{sum(values) / len(values):.3f}"


def _each_fold(one: CrossValidation) -> Table:
    means = one.ua.mean(axis=1)
    lines = [
        (fold, *(f"{value:.3f}" for value in row), f"{mean:.3f}")
        for fold, row, mean in zip(one.folds, one.ua, means, strict=True)
    ]
    of_seeds = (f"{value:.3f}" for value in one.ua.mean(axis=0))
    lines.append(("mean", *of_seeds, f"{one.mean:.3f}"))
    return Table("UA", ("fold", *(f"seed {seed}" for seed in one.seeds), "mean"), rows(*lines))


def _recalls(found: Sequence[CrossValidation]) -> Table:
    labels = dict.fromkeys(label for one in found for label in one.recalls)
    lines = [(label, *(f"{one.recalls[label]:.3f}" for one in found)) for label in labels]
    return Table("Recall over all folds, mean of the seeds", ("emotion", *(one.model for one in found)), rows(*lines))


def _tests(found: Sequence[CrossValidation]) -> tuple[str, ...]:
    if len(found) < 2:
        return ()
    return tuple(
        f"{wording.verdict(test, better=better)} {wording.details(test, p)}" for test, p, better in compare_all(found)
    )


def _how(first: CrossValidation, word: str) -> tuple[str, ...]:
    said = (
        "Each fold is tested by models that were trained on the other clips, once for each seed. The test clips of a "
        "fold are the same for each seed and model. The seed draws the validation speakers and everything that is "
        "random in the training."
    )
    if first.together.low is None:
        about = (
            f"There are no intervals and no tests: {first.speakers} speakers are too few to show how much other "
            f"speakers differ; that takes at least {FEWEST_SPEAKERS}."
        )
    else:
        about = (
            f"The interval (95 %) and the tests come from resampling the {first.speakers} speakers of all folds 2000 "
            "times with replacement, and the clips of each. A test compares two models on the same clips, with their "
            "seeds averaged. The interval shows how the figure varies with other speakers of this kind."
        )
    return said, *(() if _is_random(word) else (UNSEEN.format(count=len(first.folds)),)), about


def _test_speakers(speakers: Mapping[str, Sequence[str]]) -> tuple[Table, ...]:
    lines = [(fold, len(tested), ", ".join(tested)) for fold, tested in speakers.items() if tested]
    return (Table("Test speakers", ("fold", "number", "speakers"), rows(*lines)),) if lines else ()


def _is_random(word: str) -> bool:
    return word.startswith("random")


def _shown(deviation: float | None) -> str:
    return NOT_KNOWN if deviation is None else f"{deviation:.3f}"
