"""A report says the same as JSON, as Markdown and as text, and its pictures can be looked at."""

import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from PIL import Image

from emotion_hf.evaluation.page import to_html
from emotion_hf.evaluation.report import OPTIMISTIC, to_markdown, to_plain, to_text, write_json, write_report
from emotion_hf.evaluation.results import Condition, CrossCorpus, Figure, Report, Robustness
from emotion_hf.evaluation.sections import report_document
from emotion_hf.testing import synthetic_voice

REPORT = Report(
    model="demo",
    split="fold1-test",
    optimistic=False,
    labels=("happy", "sad", "angry"),
    clips=20,
    speakers=6,
    ua=Figure(0.6512, 0.5523, 0.7534),
    wa=Figure(0.7046, 0.6056, 0.8067),
    macro_f1=Figure(0.6578, 0.5589, 0.7591),
    ece=Figure(0.0513, 0.0124, 0.0936),
    nll=0.9146,
    brier=0.4357,
    recalls={"happy": 0.7313, "sad": 0.5711},
    confusion=[[8, 2, 1], [3, 5, 0], [0, 0, 0]],
    calibration=[(0.25, 0.4, 0.45), (0.75, 0.8, 0.85)],
    no_speech=1,
    not_sure=0.15,
    wa_when_sure=0.7779,
    groups={
        "gender": {"female": {"clips": 12, "ua": 0.6111, "wa": 0.6222}, "male": {"clips": 8, "ua": 0.7, "wa": 0.8}}
    },
    predictions=[
        {"file": "a.wav", "speaker": None, "truth": "sad", "verdict": "no_speech", "label": None, "scores": {}},
        {
            "file": "b.wav",
            "speaker": "ravdess/Actor_01",
            "truth": "sad",
            "verdict": "ok",
            "label": "happy",
            "scores": {"happy": 0.9, "sad": 0.06, "angry": 0.04},
        },
    ],
    classes={
        "happy": {"precision": 0.7273, "recall": 0.7313, "f1": 0.6957, "clips": 11},
        "sad": {"precision": 0.7143, "recall": 0.5711, "f1": 0.6667, "clips": 9},
        "angry": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "clips": 0},
    },
    averages={
        "macro": {"precision": 0.4805, "recall": 0.4275, "f1": 0.4541},
        "weighted": {"precision": 0.7214, "recall": 0.6555, "f1": 0.6826},
    },
)
HISTORY = [
    {"epoch": 1.0, "loss": 1.9, "step": 10},
    {"epoch": 1.0, "eval_loss": 1.8, "eval_ua": 0.3, "step": 10},
    {"epoch": 2.0, "loss": 1.2, "step": 20},
    {"epoch": 2.0, "eval_loss": 1.4, "eval_ua": 0.5, "step": 20},
    {"epoch": 2.0, "train_loss": 1.55, "train_runtime": 12.0},
]


def read_strictly(text: str) -> dict:
    """Read JSON as the standard has it, which knows no NaN."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


def rows(markdown: str) -> list[list[str]]:
    """Return the cells of all rows of all tables."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_json_holds_each_figure_with_its_interval(tmp_path):
    write_json(REPORT, tmp_path / "new" / "figures.json")
    plain = read_strictly((tmp_path / "new" / "figures.json").read_text(encoding="utf-8"))
    for name in ("ua", "wa", "macro_f1", "ece"):
        figure = getattr(REPORT, name)
        assert plain[name] == figure.value
        assert plain[f"{name}_interval"] == [figure.low, figure.high]
    assert list(plain)[:7] == ["model", "split", "optimistic", "clips", "speakers", "ua", "ua_interval"]


def test_the_json_holds_the_rest(tmp_path):
    write_json(REPORT, tmp_path / "figures.json")
    plain = read_strictly((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert plain["labels"] == ["happy", "sad", "angry"]
    assert plain["confusion"] == REPORT.confusion
    assert plain["calibration"] == [[0.25, 0.4, 0.45], [0.75, 0.8, 0.85]]
    for name in ("nll", "brier", "recalls", "no_speech", "not_sure", "wa_when_sure", "groups", "predictions"):
        assert plain[name] == getattr(REPORT, name)
    assert plain["classes"] == REPORT.classes and plain["averages"] == REPORT.averages
    for name in ("intensity_auc", "cost", "training", "robustness", "against"):
        assert plain[name] is None
    assert len(plain) == 5 + 2 * 4 + 19


def test_the_json_is_json_even_when_a_figure_does_not_exist(tmp_path):
    write_json(replace(REPORT, wa_when_sure=None), tmp_path / "figures.json")
    assert read_strictly((tmp_path / "figures.json").read_text(encoding="utf-8"))["wa_when_sure"] is None


def test_labels_in_other_scripts_stay_readable(tmp_path):
    write_json(replace(REPORT, labels=("喜び", "sad", "angry")), tmp_path / "figures.json")
    assert "喜び" in (tmp_path / "figures.json").read_text(encoding="utf-8")


def test_the_plain_form_leaves_the_report_alone():
    to_plain(REPORT)["recalls"].clear()
    assert REPORT.recalls == {"happy": 0.7313, "sad": 0.5711}


def test_the_markdown_holds_the_figures():
    markdown = to_markdown(REPORT)
    table = rows(markdown)
    assert markdown.startswith("# demo on fold1-test\n\n20 clips of 6 speakers.")
    for row in (
        ["UA", "0.651", "0.552 to 0.753"],
        ["WA", "0.705", "0.606 to 0.807"],
        ["macro-F1", "0.658", "0.559 to 0.759"],
        ["ECE", "0.051", "0.012 to 0.094"],
        ["NLL", "0.915", ""],
        ["Brier", "0.436", ""],
        ["emotion", "precision", "recall", "F1", "clips"],
        ["happy", "0.727", "0.731", "0.696", "11"],
        ["sad", "0.714", "0.571", "0.667", "9"],
        ["macro average", "0.480", "0.427", "0.454", "20"],
        ["weighted average", "0.721", "0.655", "0.683", "20"],
        ["true", "happy", "sad", "angry", "no speech"],
        ["happy", "8", "2", "1", "0"],
        ["sad", "3", "5", "0", "1"],
        ["angry", "0", "0", "0", "0"],
        ["sad", "happy", "3 of 9", "33%"],
        ["happy", "sad", "2 of 11", "18%"],
        ["1", "sad", "no speech", "", "", "unknown", "a.wav"],
        ["2", "sad", "happy", "90%", "6%", "ravdess/Actor_01", "b.wav"],
        ["gender", "clips", "UA", "WA"],
        ["female", "12", "0.611", "0.622"],
        ["male", "8", "0.700", "0.800"],
    ):
        assert row in table


def test_a_report_on_few_speakers_says_why_it_has_no_intervals(tmp_path):
    figures = dict.fromkeys(("ua", "wa", "macro_f1", "ece"), Figure(0.65))
    report = replace(REPORT, speakers=2, **figures)
    why = (
        "There are no intervals and no tests, because 2 speakers are too few to show how much other speakers differ; "
        "that takes at least 5 test speakers."
    )
    assert why in to_markdown(report) and why in to_text(report)
    assert ["UA", "0.650", ""] in rows(to_markdown(report)) and "None" not in to_markdown(report)
    write_report(report, tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert why in page and "--low" not in page.partition("</header>")[0].partition("</style>")[2]
    assert json.loads((tmp_path / "report.json").read_text())["ua_interval"] is None
    one = replace(report, speakers=1)
    assert "because 1 speaker is too few" in to_text(one)


def test_the_text_holds_the_figures():
    text = to_text(REPORT)
    lines = [line.split() for line in text.splitlines()]
    assert text.startswith("demo on fold1-test: 20 clips of 6 speakers\n")
    for line in (
        ["UA", "0.651", "[0.552", "to", "0.753]"],
        ["ECE", "0.051", "[0.012", "to", "0.094]"],
        ["Brier", "0.436"],
        ["happy", "0.731"],
        ["happy", "sad", "angry", "none"],
        ["sad", "3", "5", "0", "1"],
    ):
        assert line in lines
    assert len({len(line) for line in text.splitlines() if line.startswith("  ") and len(line.split()) == 4}) == 1


@pytest.mark.parametrize("form", [to_markdown, to_text])
def test_what_is_not_sure_is_said(form):
    said = form(REPORT)
    assert '"Not sure" on 15% of the clips; accuracy on the others 0.778 instead of 0.705.' in said
    assert '"No speech" on 1 of 20 clips, counted as wrong.' in said
    assert '"Not sure" on 100% of the clips. "No speech"' in form(replace(REPORT, not_sure=1.0, wa_when_sure=None))


@pytest.mark.parametrize("form", [to_markdown, to_text])
def test_a_random_split_is_named_optimistic(form):
    assert OPTIMISTIC in form(replace(REPORT, optimistic=True, split="random:0.25-test"))
    assert "ptimistic" not in form(REPORT)


def test_the_figure_of_the_intensity_is_one_line_if_it_is_known():
    known = replace(REPORT, intensity_auc=Figure(0.8734, 0.8012, 0.9321))
    assert ["intensity", "0.873", "0.801 to 0.932"] in rows(to_markdown(known))
    assert "area under the ROC curve" in to_markdown(known) and "area under the ROC" in to_html(report_document(known))
    assert "\nintensity 0.873  [0.801 to 0.932]\n" in to_text(known)
    assert "ntensity" not in to_markdown(REPORT) + to_text(REPORT) + to_html(report_document(REPORT))


def test_changed_clips_and_other_corpora_are_told_everywhere():
    conditions = (Condition("white noise, 0 dB", 0.4012, Figure(0.25, 0.1234, 0.3511), 3),)
    tess = CrossCorpus("tess", 9, 2, ("happy", "sad"), Figure(0.4, 0.3, 0.5), Figure(0.5, 0.4, 0.6), "sad", 0.72, True)
    report = replace(REPORT, robustness=Robustness(conditions, 14, 2), cross_corpora=(tess,))
    table, text = rows(to_markdown(report)), to_text(report)
    assert ["as recorded", "0.651", "", "", "1"] in table
    assert ["white noise, 0 dB", "0.401", "25.0", "12.3 to 35.1", "3"] in table
    assert ["UA, any label", "0.400 [0.300 to 0.500]"] in table and ["chance", "0.500"] in table
    assert ["UA, shared labels", "0.500 [0.400 to 0.600]"] in table and ["clips", "9"] in table
    assert ["most frequent prediction", "sad 72%"] in table and ["in the training data", "yes"] in table
    assert "2 of them are named like noise in the training data" in to_markdown(report)
    assert ["white", "noise,", "0", "dB", "0.401", "25.0"] in [line.split() for line in text.splitlines()]
    assert "tess: UA 0.400 with any label, 0.500 among the 2 labels they share" in text


def test_the_page_plays_the_clips_it_is_given(tmp_path):
    soundfile.write(tmp_path / "b.wav", synthetic_voice(0.5), 16_000)
    write_report(REPORT, tmp_path / "with", HISTORY, [None, tmp_path / "b.wav"])
    write_report(REPORT, tmp_path / "without", HISTORY)
    pages = {name: (tmp_path / name / "report.html").read_text(encoding="utf-8") for name in ("with", "without")}
    assert pages["with"].count('src="data:audio/mpeg;base64,') == 1
    assert "2: sad, predicted as happy" in pages["with"] and str(tmp_path) not in pages["with"]
    assert "<audio" not in pages["without"] and "data:" not in pages["without"]
    for page in pages.values():
        assert page.count("<svg") == 2  # calibration and curves; matrix and recalls are tables there
        assert "It recognises 65 of 100 clips" in page and "55 to 75" in page


def test_pictures_open_and_the_markdown_shows_them(tmp_path):
    write_report(REPORT, tmp_path / "report", HISTORY)
    names = ["calibration", "confusion", "curves", "recall"]
    files = sorted(path.name for path in (tmp_path / "report").iterdir())
    assert files == sorted(["report.json", "report.md", "report.html", *(f"{name}.png" for name in names)])
    markdown = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert markdown.startswith(to_markdown(REPORT)[:500])
    for name in names:
        assert f"![{name}]({name}.png)" in markdown
        with Image.open(tmp_path / "report" / f"{name}.png") as picture:
            width, height = picture.size
            pixels = np.asarray(picture.convert("RGB"))
        assert 600 <= width <= 1200 and 250 <= height <= 1000
        assert (pixels[0] == 255).all() and (pixels[:, -1] == 255).all()  # nothing is cut off
        assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50


def test_pictures_grow_with_the_labels(tmp_path):
    labels = tuple(f"emotion {number}" for number in range(16))
    many = replace(
        REPORT, labels=labels, recalls=dict.fromkeys(labels, 1.0), confusion=(5 * np.eye(16, dtype=int)).tolist()
    )
    write_report(REPORT, tmp_path / "few")
    write_report(many, tmp_path / "many")
    for name in ("confusion", "recall"):
        few_labels, many_labels = (Image.open(tmp_path / kind / f"{name}.png").height for kind in ("few", "many"))
        assert many_labels > 1.8 * few_labels


@pytest.mark.parametrize("history", [(), [{"epoch": 2.0, "train_loss": 1.5}]])
def test_curves_need_a_history(tmp_path, history):
    write_report(REPORT, tmp_path, history)
    assert not (tmp_path / "curves.png").exists()
    assert "curves" not in (tmp_path / "report.md").read_text(encoding="utf-8")
