"""Every architecture and baseline, trained and tested the same way: the tables of RESULTS.md.

    python -m benchmarks.architectures --data ravdess=DIR tess=DIR emovo=DIR    # trains what has no result yet
    python -m benchmarks.architectures --data ravdess=DIR --only resnet/fold1   # one row under one protocol
    python -m benchmarks.architectures --data ravdess=DIR --cross emovo=DIR tess=DIR resnet   # trained: other corpora
    python -m benchmarks.architectures                                          # writes RESULTS.md from the results

Settings were found on validation clips or speakers; a tested part is opened once for each row and protocol. A result
is `benchmarks/results/ROW-PROTOCOL.json` with every clip's scores beside it, from which RESULTS.md is made.
"""

from __future__ import annotations

import argparse
import csv
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.evaluation.compare import compare
from emotion_hf.evaluation.report_json import from_plain
from emotion_hf.training.resume import can_resume

FOLDER = Path(__file__).parent
RESULTS, TABLES = FOLDER / "results", FOLDER / "RESULTS.md"
ELSEWHERE, STRANGERS = RESULTS / "other_corpora", RESULTS / "unseen_speakers"
SHIPPED = DEFAULT_MODEL_DIR / "evaluation.json"
SHIPS = "the model that ships, which learned from nEMO too"
RUNS = Path("runs/benchmarks")


@dataclass(frozen=True)
class Protocol:
    """How clips are split.

    Attributes:
        corpora: That are trained on and tested.
        changes: Entries of a recipe.
    """

    corpora: tuple[str, ...]
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        title: As it stands in the table.
        entry: The module that trains it, and what it trains.
        changes: Entries of the recipe that differ from the file's.
    """

    title: str
    entry: tuple[str, str]
    changes: tuple[str, ...] = ()


PROTOCOLS = {
    "random": Protocol(("ravdess",), ("data.split=random:0.25",)),
    **{f"fold{fold}": Protocol(("ravdess",), (f"data.split=fold{fold}",)) for fold in range(1, 7)},
    "fold1_again": Protocol(("ravdess",), ("data.split=fold1", "seed=2")),
    "ravdess_tess": Protocol(
        ("ravdess", "tess"), ("data.split=random:0.1", "data.validation=0.111", "training.epochs=12")
    ),
    "leaked": Protocol(  # what benchmarks.leak wrote: nothing is left to augment
        ("leaked",),
        (
            *("data.split=random:0.2", "augmentation.copies=1", "augmentation.white_noise_probability=0"),
            *("augmentation.pitch_probability=0", "augmentation.stretch_probability=0"),
        ),
    ),
}
NETWORK, BASELINE = "train.finetune", "train.baseline"
# Every network gets a fixed number of epochs and keeps its last weights: there is nothing to choose on tested clips.
COMMON = (
    *("data.validation=0", "training.schedule=cosine", "training.early_stopping=0", "training.precision=bf16"),
    *("training.batch_size=32", "training.ema_decay=0.99", "augmentation.speeds=[0.9,1.0,1.1]"),
)
LIGHT = (
    *("model.front_end.amplitude=level", "augmentation.frequency_mask_bins=8", "augmentation.time_mask_frames=8"),
    "training.weight_decay=0.02",
)
FREE = ("data.labels=[]", "training.class_weights=none")  # all eight emotions, though the recipe has fewer
ROWS = {
    "mfcc_cnn": Row(
        "CNN on MFCC and Δ (A1)",
        (NETWORK, "mfcc_cnn"),
        (*FREE, "training.epochs=80", "training.learning_rate=2e-3", "model.config.dropout=0.2"),
    ),
    "cnn": Row("CNN on a log-mel image (B8)", (NETWORK, "cnn")),
    "resnet": Row(
        "ResNet (C1)",
        (NETWORK, "resnet"),
        (
            *(*LIGHT, "training.epochs=300", "training.learning_rate=3e-3", "training.batch_size=16"),
            *("model.config.dropout=0.1", "augmentation.mixup_alpha=0.2"),
        ),
    ),
    "transformer": Row("Transformer (C2)", (NETWORK, "transformer"), (*LIGHT, "training.epochs=150")),
    "bilstm": Row(
        "BiLSTM (C3)",
        (NETWORK, "bilstm"),
        (
            *(*LIGHT, "training.epochs=100", "training.learning_rate=3e-3"),
            *("model.config.dropout=0.1", "model.config.hidden_dropout=0.1"),
        ),
    ),
    "waveform": Row(
        "CNN on the waveform (C4)", (NETWORK, "waveform"), ("training.epochs=30", "training.learning_rate=2e-3")
    ),
    "mlp": Row("perceptron on the acoustic stack (D1)", (NETWORK, "mlp"), ("training.epochs=25",)),
    "attention": Row(
        "CNN, BiLSTM, attention (E1)",
        (NETWORK, "cnn_bilstm_attention"),
        (
            *(*FREE, "training.epochs=80", "training.learning_rate=2e-3", "training.label_smoothing=0.05"),
            *("model.config.dropout=0.1", "model.config.hidden_dropout=0.1"),
        ),
    ),
    "functionals": Row(
        "discriminant on functionals (functionals.yaml before it restored bands)", (NETWORK, "functionals")
    ),
    "dictionary": Row("discriminant on a dictionary (dictionary.yaml)", (NETWORK, "dictionary")),
    "se_resnet": Row("SE-ResNet", (NETWORK, "se_resnet")),
    "wav2vec2_tiny": Row("Wav2Vec2, small, random start", (NETWORK, "wav2vec2_tiny")),
    "svm": Row("SVM on engineered features", (BASELINE, "svm")),
    "logistic_regression": Row("logistic regression on engineered features", (BASELINE, "logistic_regression")),
    "random_forest": Row("random forest on engineered features", (BASELINE, "random_forest")),
    "gradient_boosting": Row("gradient boosting on engineered features", (BASELINE, "gradient_boosting")),
    "perceptron": Row("perceptron of scikit-learn on engineered features", (BASELINE, "mlp")),
}
ALL_FOLDS = ("logistic_regression",)  # and the model that ships, of `benchmarks.unseen_speakers`
PLAN = {
    "random": tuple(ROWS),
    "fold1": tuple(ROWS),
    **{f"fold{fold}": ALL_FOLDS for fold in range(2, 7)},
    "fold1_again": ("waveform",),
    "ravdess_tess": ("resnet", "transformer", "bilstm", "waveform"),
    "leaked": ("mlp",),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Train what is asked for, then write RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=[], metavar="NAME=DIR", help="corpora to train and test on")
    parser.add_argument("--only", nargs="+", default=[], metavar="ROW/PROTOCOL", help="train these, again if need be")
    parser.add_argument("--cross", nargs="+", default=[], metavar="NAME=DIR|ROW", help="test fold 1's models there")
    options = parser.parse_args(arguments)
    data = dict(one.split("=", 1) for one in options.data)
    if options.cross:
        folders = [word for word in options.cross if "=" in word]
        for row in options.cross:
            if row in ROWS:
                test_elsewhere(row, data["ravdess"], folders)
        TABLES.write_text(tables(), encoding="utf-8")
        return 0
    planned = [(row, protocol) for protocol, rows in PLAN.items() for row in rows]
    wanted = [tuple(one.split("/")) for one in options.only] or [one for one in planned if not _path(*one).exists()]
    for row, protocol in wanted if data else ():
        train_and_test(row, protocol, data)
    TABLES.write_text(tables(), encoding="utf-8")
    return 0


def command(row: str, protocol: str, folder_of: dict[str, str]) -> list[str]:
    """Return what trains and tests a row under a protocol."""
    module, what = ROWS[row].entry
    argument = f"train/recipes/{what}.yaml" if module == NETWORK else what
    common = COMMON if module == NETWORK else ("data.validation=0",)
    changes = [*common, *ROWS[row].changes, *PROTOCOLS[protocol].changes]
    output = str(RUNS / f"{row}-{protocol}")
    return ["python", "-m", module, argument, *_data(protocol, folder_of), *changes, "--output", output, "--test"]


def _data(protocol: str, folder_of: dict[str, str]) -> list[str]:
    return ["--data", *(f"{corpus}={folder_of[corpus]}" for corpus in PROTOCOLS[protocol].corpora)]


def train_and_test(row: str, protocol: str, folder_of: dict[str, str]) -> None:
    """Train a row under a protocol, and keep what the test found."""
    words, output = command(row, protocol, folder_of), RUNS / f"{row}-{protocol}"
    print(shlex.join(words), flush=True)
    if can_resume(output):
        words = [*words, "--resume"]
    elif output.exists():
        shutil.rmtree(output)
    subprocess.run([sys.executable, *words[1:]], check=True)
    report = json.loads((output / "report" / "test" / "report.json").read_text(encoding="utf-8"))
    shown = shlex.join(command(row, protocol, dict.fromkeys(folder_of, "DIR")))
    keep(report | {"command": shown, "date": date.today().isoformat()}, _path(row, protocol))


def test_elsewhere(row: str, ravdess: str, others: Sequence[str]) -> None:
    """Test what a row learned on fold 1 on corpora that it never heard, and keep the figures."""
    path = ELSEWHERE / f"{row}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, *_elsewhere_command(row, ravdess, str(path), others)[1:]], check=True)
    found = json.loads(path.read_text(encoding="utf-8"))["cross_corpora"]
    names = [f"{one.partition('=')[0]}=DIR" for one in others]
    shown = shlex.join(_elsewhere_command(row, "DIR", "FILE", names))
    path.write_text(json.dumps({"command": shown, "corpora": found}, indent=1) + "\n", encoding="utf-8")


def _elsewhere_command(row: str, ravdess: str, file: str, others: Sequence[str]) -> list[str]:
    words = ["--data", f"ravdess={ravdess}", "--split", "fold1-test", "--json", file, "--cross", *others]
    return ["python", "-m", "train.evaluate", str(RUNS / f"{row}-fold1"), *words]


def keep(report: dict[str, Any], path: Path) -> None:
    """Write a plain report as JSON, and its predictions beside it as a table with scores in thousandths."""
    path.parent.mkdir(parents=True, exist_ok=True)
    predictions = report.pop("predictions")
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with path.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", "speaker", "truth", "label", "verdict", *report["labels"]])
        for one in predictions:
            scores = [round(1000 * one["scores"].get(label, 0)) for label in report["labels"]]
            table.writerow([one["file"], one["speaker"], one["truth"], one["label"] or "", one["verdict"], *scores])


def recall(path: Path) -> dict[str, Any]:
    """Return the plain report that `keep` wrote."""
    report = json.loads(path.read_text(encoding="utf-8"))
    with path.with_suffix(".csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    report["predictions"] = [
        {name: row[name] or None for name in ("file", "speaker", "truth", "label", "verdict")}
        | {"scores": {label: int(row[label]) / 1000 for label in report["labels"]} if row["label"] else {}}
        for row in rows
    ]
    return report


def tables() -> str:
    """Return RESULTS.md, made from what is in `benchmarks/results`."""
    results = {path.stem: recall(path) for path in sorted(RESULTS.glob("*.json"))}
    parts = [INTRODUCTION]
    parts += [_both_splits(results), _verdict(results, "random"), _verdict(results, "fold1")]
    parts += [_six_folds(results), _elsewhere(), _two_corpora(results), _tie(results), _leaked(results)]
    parts += [_commands(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


INTRODUCTION = """# Architectures and baselines, measured the same way

Made by `python -m benchmarks.architectures`. UA is the mean recall of the eight emotions (chance: 0.125), WA the
accuracy; intervals are 95 %, from resampling speakers. **A random split is optimistic**: every voice that is tested
was heard in training. What a stranger may expect stands beside it: fold 1, four actors that no model heard. Settings
were found on validation clips (random) and validation actors (folds), never on what is tested. The machine has two CPU
cores, mostly with two trainings at a time: minutes are those of a busy one."""


def _both_splits(results: dict[str, dict]) -> str:
    head = ["model", "parameters", "random 75/25, optimistic: UA", "WA", "fold 1, strangers: UA", "WA", "gap"]
    head += ["training, minutes"]
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
    low, high = report["ua_interval"]
    return f"{report['ua']:.3f} ({low:.3f} to {high:.3f})", f"{report['wa']:.3f}"


def _parameters(report: dict) -> str:
    count = (report.get("cost") or {}).get("parameters")
    return f"{count:,}" if count else "–"


def _minutes(*reports: dict | None) -> str:
    seconds = [report["training"]["seconds"] for report in reports if report and report.get("training")]
    return ", ".join(f"{one / 60:.0f}" for one in seconds)


def _verdict(results: dict[str, dict], protocol: str) -> str:
    """Say which model is best under a protocol, as far as the paired test says so."""
    reports = [
        from_plain(results[f"{row}-{protocol}"] | {"model": ROWS[row].title})
        for row in ROWS
        if f"{row}-{protocol}" in results
    ]
    if len(reports) < 2:
        return ""
    best = compare(reports).best
    if len(best) == 1:
        return f"On {protocol}, {best[0]} is better than each of the others by more than chance explains."
    return f"On {protocol}, these cannot be told apart from the first by the paired test: {', '.join(best)}."


def _six_folds(results: dict[str, dict]) -> str:
    folds = range(1, 7)
    kept = {ROWS[row].title: [results.get(f"{row}-fold{fold}") for fold in folds] for row in ALL_FOLDS}
    kept[SHIPS] = [recall(STRANGERS / f"fold{fold}-seed1.json") for fold in folds]
    rows = []
    for title, reports in kept.items():
        uas = [report["ua"] for report in reports if report]
        if len(uas) == len(folds):
            rows.append([title, *(f"{ua:.3f}" for ua in uas), f"**{sum(uas) / len(uas):.3f}**"])
    head = ["UA", *(f"fold {fold}" for fold in folds), "mean"]
    return "## RAVDESS, all six folds of strangers\n\n" + table(head, rows)


def _elsewhere() -> str:
    """Say what each model is worth where nobody recorded what it learned from, the best first."""
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
        value, low, high = (f"{one['ua_shared'][name]:.3f}" for name in ("value", "low", "high"))
        most, chance = f"{one['most_label']}: {100 * one['most_share']:.0f} %", f"{1 / len(one['shared']):.3f}"
        rows.append([corpus, title, f"{value} ({low} to {high})", f"{one['ua']['value']:.3f}", chance, most])
    note = "Learned from twenty actors of RAVDESS (fold 1), tested on other voices and rooms; EMOVO is Italian."
    head = [
        "corpus",
        "model",
        "UA among the emotions both have",
        "UA among all eight",
        "chance",
        "most frequent answer",
    ]
    return f"## Other corpora\n\n{note}\n\n" + table(head, rows)


def _tie(results: dict[str, dict]) -> str:
    """Say whether two seeds of the same recipe can be told apart: they should not be."""
    pairs = [(row, results.get(f"{row}-fold1"), results.get(f"{row}-fold1_again")) for row in PLAN["fold1_again"]]
    lines = []
    for row, first, second in pairs:
        if first and second:
            reports = [from_plain(one | {"model": f"seed {number}"}) for number, one in enumerate((first, second), 1)]
            tie = len(compare(reports).best) == 2
            said = "a tie" if tie else "a difference, which is a warning about every small difference above"
            lines.append(f"{ROWS[row].title}, fold 1, two seeds: UA {first['ua']:.3f} and {second['ua']:.3f}: {said}.")
    return "## Two seeds\n\n" + "\n".join(lines) if lines else ""


def _two_corpora(results: dict[str, dict]) -> str:
    rows = [
        [ROWS[row].title, *_ua(results[f"{row}-ravdess_tess"])]
        for row in PLAN["ravdess_tess"]
        if f"{row}-ravdess_tess" in results
    ]
    note = (
        "80 % train, 10 % validate, 10 % test, drawn at random: optimistic twice over, for TESS has two speakers. "
        "The figures published for these architectures are on three corpora with CREMA-D: not comparable, data differ."
    )
    head = ["model", "UA", "WA"]
    return f"## RAVDESS and TESS, random 80/10/10\n\n{note}\n\n" + table(head, rows) if rows else ""


def _leaked(results: dict[str, dict]) -> str:
    if "mlp-leaked" not in results:
        return ""
    report = results["mlp-leaked"]
    return (
        "## Leaked\n\nThe perceptron by the protocol of the system it comes from (`python -m benchmarks.leak`), which "
        f"made six of each recording before the split: UA {report['ua']:.3f}, WA {report['wa']:.3f} on copies of what "
        "was learned from. **This says nothing about new recordings**; the honest figures are in the first table."
    )


def _commands(results: dict[str, dict]) -> str:
    lines = [f"{report['command']}  # {report['date']}" for report in results.values()]
    return "## Commands\n\n```bash\n" + "\n".join(lines) + "\n```"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _path(row: str, protocol: str) -> Path:
    return RESULTS / f"{row}-{protocol}.json"


if __name__ == "__main__":
    sys.exit(main())
