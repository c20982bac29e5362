"""Names in other scripts on pictures: no warning, no two names alike, and another font where one is installed."""

import warnings
from dataclasses import replace

import pytest

from emotion_hf import lettering
from emotion_hf.evaluation import plots
from emotion_hf.evaluation.report_json import read_report
from emotion_hf.lettering import BASE, fonts_for, legible, romanised
from emotion_hf.recognizer import DEFAULT_CHECKPOINT

SCRIPTS = {
    "Chinese": ("快乐", "悲伤"),
    "Amharic": ("ደስታ", "ሀዘን"),
    "Korean": ("행복", "슬픔"),
    "Arabic": ("سعيد", "حزين"),
    "Hindi": ("खुश", "दुखी"),
}


def report_of(labels, model="demo"):
    report = read_report(DEFAULT_CHECKPOINT / "evaluation.json")
    figures = {"recalls": dict(zip(labels, (0.5, 0.75), strict=True)), "confusion": [[2, 2], [1, 3]]}
    return replace(report, labels=labels, model=model, split=f"{model}/{labels[0]}", **figures)


def test_what_matplotlib_can_write_stays():
    assert legible("happy, heureux, счастье, سعيد") == "happy, heureux, счастье, سعيد"
    assert fonts_for(["happy"]) == [BASE]
    assert legible("two\nlines\t.wav") == "two lines .wav"


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("ደስታ", "da-se-taa"),
        ("행복 1", "haeng-bog 1"),
        ("快乐", "U+5FEB-U+4E50"),
        ("clip_快.wav", "clip_-U+5FEB.wav"),
        ("", ""),
    ],
)
def test_other_letters_are_romanised(text, latin):
    assert romanised(text) == latin


@pytest.fixture
def only_its_own_font(monkeypatch):
    monkeypatch.setattr(lettering, "_installed", lambda: ())


@pytest.mark.parametrize("script", SCRIPTS)
def test_pictures_of_labels_in_other_scripts_are_drawn_without_a_warning(only_its_own_font, script, tmp_path):
    report = report_of(SCRIPTS[script], model=SCRIPTS[script][1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for draw in (plots.confusion_picture, plots.recall_picture):
            draw(report).savefig(tmp_path / "picture.png")
        plots.comparison_picture([report, report]).savefig(tmp_path / "comparison.png")
    assert (tmp_path / "picture.png").stat().st_size > 5_000


def test_two_labels_never_share_a_bar(only_its_own_font):
    picture = plots.recall_picture(report_of(SCRIPTS["Chinese"]))
    axes = picture.axes[0]
    assert len(axes.patches) == 2
    assert [text.get_text() for text in axes.get_yticklabels()] == ["U+5FEB-U+4E50", "U+60B2-U+4F24"]


def test_an_installed_font_with_the_letters_is_used(monkeypatch):
    ours = {BASE: range(0x250), "Our Han": map(ord, "快乐"), "Our Ge'ez": map(ord, "ደስታ")}
    ours = {name: frozenset(letters) for name, letters in ours.items()}
    monkeypatch.setattr(lettering, "_installed", lambda: (("Our Ge'ez", "Our Ge'ez"), ("Our Han", "Our Han")))
    monkeypatch.setattr(lettering, "findfont", lambda properties: properties.get_family()[0])
    monkeypatch.setattr(lettering, "_letters_of", ours.__getitem__)
    assert fonts_for(["快乐", "happy"]) == [BASE, "Our Han"]
    assert legible("快乐 happy") == "快乐 happy" and legible("ደስታ, 快") == "ደስታ, 快"
    assert legible("悲") == "U+60B2"
