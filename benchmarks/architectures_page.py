"""RESULTS.md, made from `benchmarks/results` and the figures of the model that ships."""

from __future__ import annotations

import json

from benchmarks.architectures_plan import ALL_FOLDS, PLAN, ROWS
from benchmarks.kept import ELSEWHERE, RESULTS, UNSEEN_SPEAKERS, recall, table
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.evaluation.comparison import compare
from emotion_hf.evaluation.metrics import FEWEST_SPEAKERS
from emotion_hf.evaluation.report_json import from_plain
from emotion_hf.evaluation.results import Figure
from emotion_hf.evaluation.wording import interval, too_few

SHIPPED = DEFAULT_MODEL_DIR / "evaluation.json"
SHIPS = "the model that ships (trained on other corpora as well)"
SPLITS = {"random": "With the random split", "fold1": "In fold 1"}


def document() -> str:
    """Return RESULTS.md."""
    results = {path.stem: recall(path) for path in sorted(RESULTS.glob("*.json"))}
    parts = [INTRODUCTION]
    parts += [_both_splits(results), _verdict(results, "random"), _verdict(results, "fold1")]
    parts += [_six_folds(results), _elsewhere(), _two_corpora(results), _tie(results), _leaked(results)]
    parts += [_commands(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


INTRODUCTION = """# Architectures and baselines

Made by `python -m benchmarks.architectures`, which trains and tests all models in the same way. UA is the mean recall
of the eight emotions (chance: 0.125), WA is the accuracy; the 95 % intervals come from resampling speakers. **A random
split is optimistic**, because the test speakers are also in the training clips. In fold 1, the four test actors are
unseen speakers, too few for an interval. Settings were chosen on validation clips (random split) or validation actors
(folds), never on test clips. Training times are from a machine with two CPU cores that mostly ran two trainings at
once."""


def _both_splits(results: dict[str, dict]) -> str:
    head = ["model", "parameters", "random 75/25 (optimistic): UA", "WA", "fold 1 (unseen speakers): UA", "WA"]
    head += ["difference of UA", "training in minutes (random, fold 1)"]
    rows = []
    for row in ROWS:
        random, fold = results.get(f"{row}-random"), results.get(f"{row}-fold1")
        if random is None and fold is None:
            continue
        gap = f"{100 * (random['ua'] - fold['ua']):.0f} points" if random and fold else ""
        cells = [*(_ua(random) if random else ("", "")), *(_ua(fold) if fold else ("", "")), gap]
        rows.append((random or fold, [ROWS[row].title, _parameters(random or fold), *cells, _minutes(random, fold)]))
    rows.sort(key=lambda pair: -pair[0]["ua"])
    return "## RAVDESS, eight emotions\n\n" + table(head, [cells for _, cells in rows])


def _ua(report: dict) -> tuple[str, str]:
    known = from_plain(report)
    return _with_interval(known.ua), f"{known.wa.value:.3f}"


def _with_interval(figure: Figure) -> str:
    return f"{figure.value:.3f}" + (f" ({interval(figure)})" if interval(figure) else "")


def _parameters(report: dict) -> str:
    count = (report.get("cost") or {}).get("parameters")
    return f"{count:,}" if count else "–"


def _minutes(*reports: dict | None) -> str:
    seconds = [report["training"]["seconds"] for report in reports if report and report.get("training")]
    return ", ".join(f"{one / 60:.0f}" for one in seconds)


def _verdict(results: dict[str, dict], protocol: str) -> str:
    """Return which models are the best with a protocol, according to the paired test."""
    reports = [
        from_plain(results[f"{row}-{protocol}"] | {"model": ROWS[row].title})
        for row in ROWS
        if f"{row}-{protocol}" in results
    ]
    if len(reports) < 2:
        return ""
    comparison = compare(reports)
    if not comparison.tested:
        return f"{SPLITS[protocol]}, no model is named best. {too_few(comparison.entries[0].report)}"
    first, *others = comparison.best
    if not others:
        return f"{SPLITS[protocol]}, this model is significantly better than each of the others: {first}."
    return (
        f"{SPLITS[protocol]}, this model has the highest UA: {first}. According to the paired test, these models are "
        f"not significantly worse: {'; '.join(others)}."
    )


def _six_folds(results: dict[str, dict]) -> str:
    folds = range(1, 7)
    kept = {ROWS[row].title: [results.get(f"{row}-fold{fold}") for fold in folds] for row in ALL_FOLDS}
    paths = [UNSEEN_SPEAKERS / f"fold{fold}-seed0.json" for fold in folds]
    kept[SHIPS] = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]
    rows = []
    for title, reports in kept.items():
        uas = [report["ua"] for report in reports if report]
        if len(uas) == len(folds):
            rows.append([title, *(f"{ua:.3f}" for ua in uas), f"**{sum(uas) / len(uas):.3f}**"])
    head = ["UA", *(f"fold {fold}" for fold in folds), "mean"]
    return "## RAVDESS, all six folds of unseen speakers\n\n" + table(head, rows)


def _elsewhere() -> str:
    """Return the figures of each model on unseen corpora, best first."""
    kept = [(ROWS[row].title, ELSEWHERE / f"{row}.json", "corpora") for row in ROWS]
    kept += [(SHIPS, SHIPPED, "cross_corpora")]
    found = [
        (one["corpus"], -one["ua_shared"]["value"], title, one)
        for title, path, name in kept
        if path.exists()
        for one in json.loads(path.read_text(encoding="utf-8"))[name]
    ]
    rows = []
    for corpus, _, title, one in sorted(found, key=lambda line: line[:2]):
        ua = Figure(**one["ua_shared"]) if one["speakers"] >= FEWEST_SPEAKERS else Figure(one["ua_shared"]["value"])
        most, chance = f"{one['most_label']}: {100 * one['most_share']:.0f} %", f"{1 / len(one['shared']):.3f}"
        rows.append([corpus, title, _with_interval(ua), f"{one['ua']['value']:.3f}", chance, most])
    note = (
        "The models are trained on twenty actors of RAVDESS (fold 1) and tested on unseen corpora, with other "
        "speakers and rooms; EMOVO is Italian. Shared emotions are those that both the corpus and the model have."
    )
    head = [
        "corpus",
        "model",
        "UA, shared emotions",
        "UA, all emotions of the model",
        "chance",
        "most frequent prediction",
    ]
    return f"## Other corpora\n\n{note}\n\n" + table(head, rows)


def _tie(results: dict[str, dict]) -> str:
    """Return whether two seeds of the same recipe differ significantly; they should not."""
    pairs = [(row, results.get(f"{row}-fold1"), results.get(f"{row}-fold1_again")) for row in PLAN["fold1_again"]]
    lines = []
    for row, first, second in pairs:
        if first and second:
            reports = [from_plain(one | {"model": f"seed {number}"}) for number, one in enumerate((first, second), 1)]
            comparison = compare(reports)
            tie = len(comparison.best) == 2
            verdict = "not significant" if tie else "significant, so be careful with all small differences above"
            said = f" The difference is {verdict}." if comparison.tested else ""
            uas = f"UA {first['ua']:.3f} and {second['ua']:.3f}"
            lines.append(f"{ROWS[row].title}, fold 1, two seeds: {uas}.{said}")
    return "## Two seeds\n\n" + "\n".join(lines) if lines else ""


def _two_corpora(results: dict[str, dict]) -> str:
    rows = [
        [ROWS[row].title, *_ua(results[f"{row}-ravdess_tess"])]
        for row in PLAN["ravdess_tess"]
        if f"{row}-ravdess_tess" in results
    ]
    note = (
        "80 % of the clips are for training, 10 % for validation and 10 % for the test, drawn at random. This is very "
        "optimistic, because TESS has only two speakers. The published figures of these architectures include a third "
        "corpus, CREMA-D, so they cannot be compared with these."
    )
    head = ["model", "UA", "WA"]
    return f"## RAVDESS and TESS, random 80/10/10\n\n{note}\n\n" + table(head, rows) if rows else ""


def _leaked(results: dict[str, dict]) -> str:
    if "mlp-leaked" not in results:
        return ""
    report = results["mlp-leaked"]
    return (
        "## Leaked\n\nThe perceptron with the protocol of the system that it comes from (`python -m "
        f"benchmarks.leak`), which made six versions of each recording before the split: UA {report['ua']:.3f}, WA "
        f"{report['wa']:.3f}. Nearly all test clips are versions of training recordings, so **this says nothing about "
        "new recordings**; the first table has the valid figures."
    )


def _commands(results: dict[str, dict]) -> str:
    lines = [f"{report['command']}  # {report['date']}" for report in results.values()]
    return "## Commands\n\n```bash\n" + "\n".join(lines) + "\n```"
