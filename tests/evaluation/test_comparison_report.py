"""A comparison says the same as JSON, Markdown, HTML and text, and names a best model only if there is one."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from emotion_hf.evaluation.comparison import Comparison, Entry
from emotion_hf.evaluation.comparison_report import UNFAIR, comparison_document, to_text, verdict, write_comparison
from emotion_hf.evaluation.document import to_markdown
from emotion_hf.evaluation.results import Cost, Figure, PairedTest, Training

TRAINING = Training("cnn", 5, 30, 2, {"ravdess": 30}, {"happy": 30}, 0, 0, 7200, "2 cores")


@pytest.fixture
def comparison(make_report):
    truth = np.tile([0, 1, 2], 8)
    first = make_report(
        truth, truth, "a<b>", cost=Cost(1_899_248, 7.6, 12.34, 6.0, 3.5, "one core"), training=TRAINING
    )
    tied, worse = make_report(truth, truth, "tied"), make_report(truth, np.zeros(24, int), "worse")
    tests = [PairedTest("a<b>", other, Figure(*values), 0.4, 3, 2, 1.0) for other, values in TESTS.items()]
    return Comparison(
        (Entry(first, None, 1.0), Entry(tied, tests[0], 0.4), Entry(worse, tests[1], 0.002)), ("a<b>", "tied")
    )


TESTS = {"tied": (0.01, -0.02, 0.04), "worse": (0.667, 0.5, 0.8)}


def test_the_verdict_names_one_or_the_tied_or_none(comparison):
    assert verdict(comparison) == "Tied best: a<b>, tied. Their differences may be chance. The others are worse."
    assert verdict(replace(comparison, best=("a<b>",))) == "Best: a<b>."
    assert verdict(replace(comparison, best=())) == UNFAIR
    assert "others" not in verdict(replace(comparison, best=("a<b>", "tied", "worse")))


def test_the_tables_hold_the_figures(comparison):
    lines = [line for line in to_markdown(comparison_document(comparison)).splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert ["tied", "1.000", "0.900 to 1.000", "−1.0", "tie", "1.000", "1.000", "1.000", "no"] in cells
    assert ["worse", "0.333", "0.233 to 0.433", "−66.7", "worse", "0.333", "0.333", "0.333", "no"] in cells
    assert ["happy", "1.000", "1.000", "1.000"] in cells and ["sad", "1.000", "1.000", "0.000"] in cells
    training = ["a&lt;b>", "1 899 248", "7.6", "12.3", "one core", "2.0 h on 2 cores", "cnn, seed 5"]
    assert training in cells and ["tied", *["–"] * 6] in cells


def test_each_verdict_is_a_sentence(comparison):
    markdown = to_markdown(comparison_document(comparison))
    assert "A tie: the difference of 1.0 points of UA between a<b> and tied [−2.0, 4.0] may be chance." in markdown
    assert "a<b> is better than worse by 66.7 points of UA [50.0, 80.0]. Paired over speakers, p = 0.002." in markdown
    assert "corrected for 2 tests (Holm)" in markdown


def test_the_text_is_the_table_and_the_verdict(comparison):
    lines = to_text(comparison).splitlines()
    assert lines[0].split() == ["model", "UA", "95", "%", "interval", "to", "the", "first", "verdict"]
    assert lines[3].split() == ["worse", "0.333", "0.233", "to", "0.433", "−66.7", "worse"]
    assert lines[-1] == verdict(comparison)


def test_speakers_in_the_training_data_are_marked(comparison):
    first, *others = comparison.entries
    unfair = Comparison((replace(first, report=replace(first.report, optimistic=True)), *others), ())
    markdown = to_markdown(comparison_document(unfair))
    assert "**Optimistic" in markdown and UNFAIR in markdown and "yes: optimistic" in markdown


def test_all_files_are_written(comparison, tmp_path):
    write_comparison(comparison, tmp_path / "new")
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == ["comparison.html", "comparison.json", "comparison.md", "comparison.png"]
    page = (tmp_path / "new" / "comparison.html").read_text(encoding="utf-8")
    assert (
        "<h1>3 models on fold1-test</h1>" in page and "a&lt;b&gt;" in page and "<b>" not in page.replace("<b></b>", "")
    )
    assert page.count("<svg") == 1
    plain = json.loads((tmp_path / "new" / "comparison.json").read_text(encoding="utf-8"))
    assert plain["best"] == ["a<b>", "tied"] and [one["worse"] for one in plain["models"]] == [False, False, True]
    assert plain["models"][1]["test_against_first"]["difference"] == {"value": 0.01, "low": -0.02, "high": 0.04}
    assert (
        plain["models"][2]["report"]["ua"] == pytest.approx(1 / 3)
        and "predictions" not in plain["models"][2]["report"]
    )
    with Image.open(tmp_path / "new" / "comparison.png") as picture:
        assert picture.width > 600
