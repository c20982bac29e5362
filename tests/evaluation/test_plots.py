"""What the pictures show is what the report and the history say."""

from dataclasses import replace

import pytest

from emotion_hf.evaluation.evaluate import Figure, Report
from emotion_hf.evaluation.plots import (
    calibration_picture,
    comparison_picture,
    confusion_picture,
    curves_picture,
    recall_picture,
)
from emotion_hf.evaluation.tables import confusion_table

REPORT = Report(
    model="demo",
    split="fold1-test",
    optimistic=False,
    labels=("happy", "sad"),
    clips=20,
    speakers=4,
    ua=Figure(0.65, 0.5, 0.8),
    wa=Figure(0.65, 0.5, 0.8),
    macro_f1=Figure(0.65, 0.5, 0.8),
    ece=Figure(0.05, 0.01, 0.1),
    nll=0.9,
    brier=0.4,
    recalls={"happy": 0.8, "sad": 0.5},
    confusion=[[8, 2], [5, 5]],
    calibration=[(0.25, 0.4, 0.45), (0.75, 0.8, 0.85)],
    no_speech=0,
    not_sure=0.0,
    wa_when_sure=0.65,
)


def test_the_confusion_matrix_shows_shares_and_counts():
    (axes,) = confusion_picture(REPORT).axes
    assert [text.get_text() for text in axes.texts] == ["80%\n8", "20%\n2", "50%\n5", "50%\n5"]
    assert [text.get_color() for text in axes.texts] == ["white", "black", "black", "black"]
    assert axes.get_title() == "demo on fold1-test\nUA 0.650, 20 clips"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")


def test_the_confusion_matrix_and_the_table_agree_about_no_speech():
    rejected = [{"truth": "sad", "label": None}] * 2 + [{"truth": "happy", "label": None}]
    report = replace(REPORT, confusion=[[7, 2], [4, 4]], no_speech=3, predictions=rejected)
    (axes,) = confusion_picture(report).axes
    table = confusion_table(report)
    assert (
        [tick.get_text() for tick in axes.get_xticklabels()] == list(table.head[1:]) == ["happy", "sad", "no speech"]
    )
    assert [text.get_text().split("\n")[1] for text in axes.texts] == [cell for row in table.rows for cell in row[1:]]
    assert [text.get_text() for text in axes.texts][2] == "10%\n1" and axes.get_xlabel() == "predicted"


def test_models_without_an_interval_are_bars_alone():
    (axes,) = comparison_picture([replace(REPORT, ua=Figure(0.65)), replace(REPORT, model="b", ua=Figure(0.5))]).axes
    assert axes.get_xlabel() == "UA" and not axes.collections
    (axes,) = comparison_picture([REPORT, replace(REPORT, model="b", ua=Figure(0.5))]).axes
    assert axes.get_xlabel() == "UA, with its 95 % interval" and len(axes.collections) == 1


def test_a_label_without_clips_has_an_empty_row():
    report = replace(REPORT, labels=("happy", "sad", "calm"), confusion=[[8, 2, 0], [5, 5, 0], [0, 0, 0]])
    (axes,) = confusion_picture(report).axes
    assert len(axes.texts) == 4


def test_the_bars_are_the_recalls():
    (axes,) = recall_picture(REPORT).axes
    assert [bar.get_width() for bar in axes.patches] == [0.8, 0.5]
    assert [text.get_text() for text in axes.texts] == ["0.80", "0.50"]
    assert axes.get_title() == "Recall of each emotion (dashed: the mean, UA 0.650)"


def test_the_dots_are_the_calibration_curve():
    picture = calibration_picture(REPORT)
    (axes,) = picture.axes
    (dots,) = axes.collections
    assert dots.get_offsets().tolist() == [[0.45, 0.4], [0.85, 0.8]]
    assert dots.get_sizes()[1] > 2 * dots.get_sizes()[0]
    assert axes.get_title() == "Calibration: ECE 0.050"
    assert len(picture.legends) == 1


def curves(history: list[dict]) -> dict[str, list[list[float]]]:
    return {
        line.get_label(): line.get_xydata().tolist() for axes in curves_picture(history).axes for line in axes.lines
    }


def test_the_curves_are_the_history():
    history = [
        {"epoch": 1.0, "loss": 1.9},
        {"epoch": 1.0, "eval_loss": 1.8, "eval_ua": 0.3},
        {"epoch": 2.0, "loss": 1.2},
        {"epoch": 2.0, "eval_loss": 1.4, "eval_ua": 0.5},
    ]
    assert curves(history) == {
        "training loss": [[1.0, 1.9], [2.0, 1.2]],
        "validation loss": [[1.0, 1.8], [2.0, 1.4]],
        "validation UA": [[1.0, 0.3], [2.0, 0.5]],
    }
    loss, recall = curves_picture(history).axes
    assert recall.get_ylim() == (0, 1)
    assert all(tick == pytest.approx(round(tick)) for tick in loss.get_xticks())


def test_a_single_epoch_is_a_dot_at_a_whole_number():
    axes = curves_picture([{"epoch": 1.0, "loss": 1.9}]).axes[0]
    assert axes.lines[0].get_marker() == "."
    assert [tick for tick in axes.get_xticks() if 0.9 < tick < 1.1] == [1.0]


def test_without_validation_there_is_the_training_loss_alone():
    assert curves([{"epoch": 1.0, "loss": 1.9}]) == {"training loss": [[1.0, 1.9]]}
