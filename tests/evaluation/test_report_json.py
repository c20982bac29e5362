"""A report comes back from JSON as it was; older reports too; other files are one sentence."""

import json
from dataclasses import replace

import pytest

from emotion_hf.errors import ReportError
from emotion_hf.evaluation.report_json import from_plain, read_report, to_plain, write_json
from emotion_hf.evaluation.results import (
    FIGURES,
    Condition,
    Cost,
    CrossCorpus,
    Figure,
    PairedTest,
    Robustness,
    Training,
)
from emotion_hf.recognizer import DEFAULT_CHECKPOINT
from emotion_hf.run import Part, Run

RUN = replace(
    Run.read(DEFAULT_CHECKPOINT),
    recipe={"name": "cnn", "seed": 5, "notes": "Noise: ours."},
    data={
        "train": Part(30, {"ravdess": 30}, {"happy": 10, "sad": 20}, ["a", "b"]),
        "validation": Part(8, {"ravdess": 8}, {"happy": 8}, ["c"]),
    },
    seconds=100,
)


def test_everything_comes_back(make_report, tmp_path):
    report = make_report(
        [0, 1, 2, 0],
        [0, 1, 1, -1],
        groups={"gender": {"male": {"clips": 4, "ua": 0.5, "wa": 0.5, "ua_interval": [0.25, 0.75]}}},
        classes={"happy": {"precision": 1.0, "recall": 0.5, "f1": 0.67, "clips": 2}},
        averages={"macro": {"precision": 0.5, "recall": 0.5, "f1": 0.5}},
        intensity_auc=Figure(0.87, 0.8, 0.93),
        robustness=Robustness((Condition("white noise, 20 dB", 0.4, Figure(0.1, -0.05, 0.2), 1),), 14, 2),
        cross_corpora=(
            CrossCorpus(
                "emovo", 9, 6, ("happy", "sad"), Figure(0.4, 0.3, 0.5), Figure(0.5, 0.4, 0.6), "sad", 0.7, None
            ),
        ),
        against=PairedTest("demo", "other", Figure(0.02, -0.01, 0.05), 0.2, 5, 3, 0.73),
        cost=Cost(1000, 4.5, 12.5, 6.0, 3.5, "one core"),
        training=Training.from_run(RUN),
    )
    write_json(report, tmp_path / "report.json")
    assert read_report(tmp_path / "report.json") == report


def test_what_was_not_measured_comes_back_as_nothing(make_report, tmp_path):
    report = make_report([0, 1], [0, 1])
    write_json(report, tmp_path / "report.json")
    back = read_report(tmp_path / "report.json")
    assert back == report and back.robustness is back.cost is back.training is back.against is None
    assert back.intensity_auc is None


def test_the_training_is_taken_from_the_run():
    training = Training.from_run(RUN)
    assert (training.recipe, training.seed, training.clips, training.speakers) == ("cnn", 5, 30, 2)
    assert (training.validation_clips, training.validation_speakers, training.seconds) == (8, 1, 100)
    assert training.clips_by_emotion == {"happy": 10, "sad": 20} and training.notes == "Noise: ours."


def test_the_report_of_the_shipped_model_can_be_read():
    plain = json.loads((DEFAULT_CHECKPOINT / "evaluation.json").read_text(encoding="utf-8"))
    report = read_report(DEFAULT_CHECKPOINT / "evaluation.json")
    assert report.ua == Figure(plain["ua"])  # its four test speakers are too few for the interval of then
    assert len(report.predictions) == report.clips == 240
    back = json.loads(json.dumps(to_plain(report)))
    changed = {"robustness", "cross_corpora", "groups", "intensity_auc", *(f"{name}_interval" for name in FIGURES)}
    assert all(back[name] == plain[name] for name in plain.keys() - changed)
    assert all(back[f"{name}_interval"] is None for name in FIGURES)
    assert all(one.loss.low is None for one in report.robustness.conditions)
    intervals = {one.corpus: one.ua.low is not None for one in report.cross_corpora}
    assert intervals == {one.corpus: one.speakers >= 5 for one in report.cross_corpora} and True in intervals.values()
    assert from_plain(back) == report


def test_tests_of_earlier_reports_on_few_speakers_are_left_out(make_report):
    report = make_report(
        [0, 1, 2, 0],
        [0, 1, 1, -1],
        speakers=2,
        groups={"gender": {"male": {"clips": 4, "ua": 0.5, "wa": 0.5, "ua_interval": [0.25, 0.75]}}},
        against=PairedTest("demo", "other", Figure(0.02, -0.01, 0.05), 0.002, 5, 3, 0.73),
    )
    known = from_plain(to_plain(report))
    assert known.against == PairedTest("demo", "other", Figure(0.02), None, 5, 3, 0.73)
    assert known.groups == {"gender": {"male": {"clips": 4, "ua": 0.5, "wa": 0.5}}} and known.ua == Figure(
        report.ua.value
    )
    unknown = from_plain(to_plain(replace(report, speakers=0)))  # each clip counts as a speaker of its own
    assert unknown.ua == report.ua and unknown.against.p == 0.002


def test_a_report_without_the_newer_parts_can_be_read(make_report):
    report = make_report([0, 1], [0, 1])
    plain = to_plain(report)
    for name in ("classes", "averages", "intensity_auc", "robustness", "cross_corpora", "against", "cost", "training"):
        del plain[name]
    assert from_plain(plain) == replace(report, classes={}, averages={})


@pytest.mark.parametrize("content", ["no JSON", "[]", "{}", '{"ua": 1}', '{"labels": 3}'])
def test_another_file_is_refused_in_one_sentence(tmp_path, content):
    (tmp_path / "other.json").write_text(content)
    with pytest.raises(ReportError, match=r"other\.json is not a report that emotion-hf evaluate wrote"):
        read_report(tmp_path / "other.json")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ReportError, match=r"There is no report .*gone\.json; write one with emotion-hf evaluate"):
        read_report(tmp_path / "gone.json")
