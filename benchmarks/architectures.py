"""All architectures and baselines, trained and tested in the same way: the tables of RESULTS.md.

    python -m benchmarks.architectures --data ravdess=DIR tess=DIR emovo=DIR    # trains models without results
    python -m benchmarks.architectures --data ravdess=DIR --only resnet/fold1   # one row with one protocol
    python -m benchmarks.architectures --data ravdess=DIR --only whisper_base/fold1 --encoder DIR   # a local encoder
    python -m benchmarks.architectures --data ravdess=DIR --cross emovo=DIR tess=DIR resnet   # tests on other corpora
    python -m benchmarks.architectures                                          # writes RESULTS.md from the results

Settings were chosen on validation clips or speakers; the test is run once for each row and protocol. A result is
`benchmarks/results/ROW-PROTOCOL.json` with the scores of all clips next to it; RESULTS.md is made from these files.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.architectures_page import document
from benchmarks.architectures_plan import COMMON, NETWORK, PLAN, PROTOCOLS, ROWS
from benchmarks.kept import ELSEWHERE, keep, path_of
from emotion_hf.unfinished import can_resume

TABLES = Path(__file__).parent / "RESULTS.md"
RUNS = Path("runs/benchmarks")


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the chosen rows, then write RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=[], metavar="NAME=DIR", help="corpora to train and test on")
    parser.add_argument("--only", nargs="+", default=[], metavar="ROW/PROTOCOL", help="train these, even with results")
    parser.add_argument("--encoder", metavar="DIR", help="pretrained encoder of these rows (default: the Hub's)")
    parser.add_argument("--cross", nargs="+", default=[], metavar="NAME=DIR|ROW", help="test fold 1's models on these")
    options = parser.parse_args(arguments)
    data = dict(one.split("=", 1) for one in options.data)
    if options.cross:
        folders = [word for word in options.cross if "=" in word]
        for row in options.cross:
            if row in ROWS:
                test_elsewhere(row, data["ravdess"], folders)
        TABLES.write_text(document(), encoding="utf-8")
        return 0
    planned = [(row, protocol) for protocol, rows in PLAN.items() for row in rows]
    wanted = [tuple(one.split("/")) for one in options.only] or [one for one in planned if not path_of(*one).exists()]
    for row, protocol in wanted if data else ():
        train_and_test(row, protocol, data, options.encoder)
    TABLES.write_text(document(), encoding="utf-8")
    return 0


def command(row: str, protocol: str, folder_of: dict[str, str]) -> list[str]:
    """Return the command that trains and tests a row with a protocol."""
    module, what = ROWS[row].entry
    argument = f"train/recipes/{what}.yaml" if module == NETWORK else what
    changes = [*COMMON, *ROWS[row].changes, *PROTOCOLS[protocol].changes]
    output = str(RUNS / f"{row}-{protocol}")
    return ["python", "-m", module, argument, *_data(protocol, folder_of), *changes, "--output", output, "--test"]


def _data(protocol: str, folder_of: dict[str, str]) -> list[str]:
    return ["--data", *(f"{corpus}={folder_of[corpus]}" for corpus in PROTOCOLS[protocol].corpora)]


def train_and_test(row: str, protocol: str, folder_of: dict[str, str], encoder: str | None = None) -> None:
    """Train a row with a protocol, with a local copy of its encoder if given, and save the test results."""
    words, output = command(row, protocol, folder_of), RUNS / f"{row}-{protocol}"
    if encoder:
        words = [*words, f"model.checkpoint={encoder}"]
    print(shlex.join(words), flush=True)
    if can_resume(output):
        words = [*words, "--resume"]
    elif output.exists():
        shutil.rmtree(output)
    subprocess.run([sys.executable, *words[1:]], check=True)
    report = json.loads((output / "report" / "test" / "report.json").read_text(encoding="utf-8"))
    shown = shlex.join(command(row, protocol, dict.fromkeys(folder_of, "DIR")))
    keep(report | {"command": shown, "date": date.today().isoformat()}, path_of(row, protocol))


def test_elsewhere(row: str, ravdess: str, others: Sequence[str]) -> None:
    """Test the model of fold 1 on unseen corpora, and save the figures."""
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


if __name__ == "__main__":
    sys.exit(main())
