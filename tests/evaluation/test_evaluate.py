"""Every number of a report, checked against counts made by hand on a tiny corpus."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

import numpy as np
import pytest
import soundfile
from sklearn.metrics import classification_report

from emotion_hf.data.loader import load_corpora
from emotion_hf.errors import AudioError, LabelError
from emotion_hf.evaluation.evaluate import GROUPS, evaluate, shortest_names
from emotion_hf.evaluation.tables import worst_table
from emotion_hf.evaluation.wording import sureness
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.testing import FakeClassifier, synthetic_voice, tiny_corpus


class Scripted:
    """A classifier that gives prepared answers in turn, and keeps what it was given."""

    name = "scripted"

    def __init__(self, answers: Sequence[Prediction], labels: Sequence[str] = LABELS):
        self.labels = tuple(labels)
        self.batches: list[int] = []
        self.waves: list[np.ndarray] = []
        self._answers = iter(answers)

    def predict(self, waves: Sequence[np.ndarray]) -> list[Prediction]:
        self.batches.append(len(waves))
        self.waves += waves
        return [next(self._answers) for _ in waves]


def answer(label: str, confidence: float = 0.79, verdict: Verdict = Verdict.OK) -> Prediction:
    rest = (1 - confidence) / (len(LABELS) - 1)
    return Prediction(scores={one: confidence if one == label else rest for one in LABELS}, verdict=verdict)


NO_SPEECH = Prediction(verdict=Verdict.NO_SPEECH)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """16 clips: each of the eight emotions once by a man, once by a woman."""
    return tiny_corpus(tmp_path_factory.mktemp("ravdess"), speakers=2, seconds=0.5)


@pytest.fixture(scope="module")
def dataset(corpus):
    return load_corpora({"ravdess": corpus})


@pytest.fixture(scope="module")
def scripted(dataset):
    """The man is right but for one clip without speech; the woman is "neutral" all along, not sure of her last two."""
    answers = []
    for emotion, gender in zip(dataset["emotion"], dataset["gender"], strict=True):
        if gender == "male":
            answers.append(NO_SPEECH if emotion == "disgust" else answer(emotion))
        else:
            unsure = emotion in ("disgust", "surprised")
            answers.append(answer("neutral", 0.37 if unsure else 0.79, Verdict.NOT_SURE if unsure else Verdict.OK))
    return Scripted(answers)


@pytest.fixture(scope="module")
def report(scripted, dataset):
    return evaluate(scripted, dataset, split="fold1-test")


def test_what_was_measured(report):
    assert (report.model, report.split, report.optimistic) == ("scripted", "fold1-test", False)
    assert (report.clips, report.speakers, report.labels) == (16, 2, LABELS)


def test_the_classifier_gets_the_recordings(report, scripted, dataset):
    assert scripted.batches == [16]
    assert all(wave.shape == (8_000,) and wave.dtype == np.float32 for wave in scripted.waves)
    assert np.abs(scripted.waves[0]).max() > 0.1


def test_recalls_and_confusions(report):
    # Of two clips of each emotion the man's is right, but for disgust; the woman's is right for neutral.
    assert report.recalls == dict.fromkeys(LABELS, 0.5) | {"neutral": 1.0, "disgust": 0.0}
    confusion = np.array(report.confusion)
    assert confusion[0].tolist() == [2, 0, 0, 0, 0, 0, 0, 0]
    assert confusion[:, 0].tolist() == [2, 1, 1, 1, 1, 1, 1, 1]
    assert np.diag(confusion).tolist() == [2, 1, 1, 1, 1, 1, 0, 1]
    assert confusion.sum() == 15  # the clip without speech is in no column


def test_figures(report):
    assert report.ua.value == pytest.approx((1 + 6 * 0.5 + 0) / 8)
    assert report.wa.value == pytest.approx(8 / 16)
    f1_neutral, f1_of_six = 2 * 2 / (2 + 9), 2 * 1 / (2 + 1)
    assert report.macro_f1.value == pytest.approx((f1_neutral + 6 * f1_of_six + 0) / 8)
    # 13 answers at 0.79, 8 of them right; 2 at 0.37, both wrong; the clip without speech has no confidence.
    np.testing.assert_allclose(report.calibration, [(2 / 15, 0, 0.37), (13 / 15, 8 / 13, 0.79)])
    assert report.ece.value == pytest.approx(2 / 15 * 0.37 + 13 / 15 * (0.79 - 8 / 13))


def spread(dataset, speakers: int):
    """Return the same clips as if so many people had said them."""
    names = [f"ravdess/{row % speakers}" for row in range(len(dataset))]
    return dataset.remove_columns("speaker").add_column("speaker", names)


@pytest.mark.parametrize("speakers", [1, 2, 4])
def test_below_five_speakers_there_is_no_interval(dataset, speakers):
    report = evaluate(FakeClassifier(), spread(dataset, speakers))
    for figure in (report.ua, report.wa, report.macro_f1, report.ece):
        assert figure.low is figure.high is None and 0 <= figure.value <= 1
    assert report.speakers == speakers
    assert not any("ua_interval" in row for table in report.groups.values() for row in table.values())


def test_intervals_contain_their_figures(dataset):
    report = evaluate(FakeClassifier(), spread(dataset, 8))
    for figure in (report.ua, report.wa, report.macro_f1, report.ece):
        assert 0 <= figure.low < figure.value < figure.high <= 1
    whole = report.groups["corpus"]["ravdess"]
    assert whole["ua_interval"] == [report.ua.low, report.ua.high]
    assert "ua_interval" in evaluate(FakeClassifier(), spread(dataset, 5)).groups["corpus"]["ravdess"]


def test_probability_figures(report):
    rest, unsure_rest = 0.21 / 7, 0.63 / 7
    loss = -(8 * np.log(0.79) + 5 * np.log(rest) + 2 * np.log(unsure_rest)) / 15
    assert report.nll == pytest.approx(loss)
    right = (1 - 0.79) ** 2 + 7 * rest**2
    wrong = 0.79**2 + (1 - rest) ** 2 + 6 * rest**2
    unsure = 0.37**2 + (1 - unsure_rest) ** 2 + 6 * unsure_rest**2
    assert report.brier == pytest.approx((8 * right + 5 * wrong + 2 * unsure) / 15)


def test_verdicts(report):
    assert report.no_speech == 1
    assert report.not_sure == pytest.approx(2 / 16)
    assert report.wa_when_sure == pytest.approx(8 / 13)


def test_groups(report):
    assert tuple(report.groups) == GROUPS
    assert report.groups["gender"] == {
        "female": {"clips": 8, "ua": pytest.approx(1 / 8), "wa": pytest.approx(1 / 8)},
        "male": {"clips": 8, "ua": pytest.approx(7 / 8), "wa": pytest.approx(7 / 8)},
    }
    assert report.groups["speaker"]["ravdess/Actor_01"] == report.groups["gender"]["male"]
    assert report.groups["corpus"] == {"ravdess": {"clips": 16, "ua": pytest.approx(0.5), "wa": 0.5}}
    assert {name: row["clips"] for name, row in report.groups["language"].items()} == {"en": 16}


def test_clips_of_one_name_are_told_apart_by_their_folders(tmp_path):
    for folder, names in {"sad/anna": "12", "happy/anna": "13", "happy/ben": "1"}.items():
        (tmp_path / "in" / folder).mkdir(parents=True)
        for name in names:
            soundfile.write(tmp_path / "in" / folder / f"{name}.wav", synthetic_voice(0.5), 16_000)
    clips = load_corpora({"mine": tmp_path / "in"})
    made = evaluate(Scripted([answer("angry")] * 5), clips)
    files = ["happy/anna/1.wav", "3.wav", "ben/1.wav", "sad/anna/1.wav", "2.wav"]
    assert [row["file"] for row in made.predictions] == files
    assert [row[-1] for row in worst_table(made).rows] == files


def test_the_same_file_twice_has_its_whole_path_at_most():
    assert shortest_names([PurePath("a/1.wav")] * 2) == {PurePath("a/1.wav"): "1.wav"}
    assert [*shortest_names([PurePath("b/1.wav"), PurePath("a/b/1.wav")]).values()] == ["b/1.wav", "a/b/1.wav"]
    assert shortest_names([]) == {}


def test_the_classification_report_is_scikit_learns(report):
    truth, answers = ([row[name] or "none" for row in report.predictions] for name in ("truth", "label"))
    expected = classification_report(truth, answers, labels=LABELS, output_dict=True, zero_division=0)
    names = {"precision": "precision", "recall": "recall", "f1": "f1-score", "clips": "support"}
    for label, row in report.classes.items():
        assert row == pytest.approx({own: expected[label][theirs] for own, theirs in names.items()})
    for kind, row in report.averages.items():
        assert row == pytest.approx({own: expected[f"{kind} avg"][names[own]] for own in row})
    assert tuple(report.classes) == LABELS and set(report.averages) == {"macro", "weighted"}


def test_rows(report):
    assert len(report.predictions) == 16
    by_file = {row["file"]: row for row in report.predictions}
    assert by_file["03-01-07-01-01-01-01.wav"] == {
        "file": "03-01-07-01-01-01-01.wav",
        "speaker": "ravdess/Actor_01",
        "truth": "disgust",
        "verdict": "no_speech",
        "label": None,
        "scores": {},
        "intensity": None,
    }
    unsure = by_file["03-01-08-01-01-01-02.wav"]
    assert (unsure["truth"], unsure["verdict"], unsure["label"]) == ("surprised", "not_sure", "neutral")
    assert unsure["scores"]["calm"] == 0.09


def test_rows_and_figures_agree_for_any_classifier(dataset):
    report = evaluate(FakeClassifier(), dataset, by=())
    right = [row["truth"] == row["label"] for row in report.predictions]
    assert report.wa.value == pytest.approx(np.mean(right))
    assert sum(right) == 2  # clips of one length get one label, and each label has two clips
    assert (report.split, report.groups) == ("all", {})


def test_the_intensity_is_measured_between_mild_and_strong_clips(dataset):
    played = ["normal", "strong", "low", "high"] * 3 + ["medium", None, "normal", "strong"]
    clips = spread(dataset, 8).remove_columns("intensity").add_column("intensity", played)
    intensities = [0.1, 0.9, 0.2, 0.8] * 3 + [1.0, 1.0, 0.95, None]  # the last mild one is above all six strong ones
    answers = [
        NO_SPEECH if one is None else replace(answer(emotion), intensity=one)
        for emotion, one in zip(clips["emotion"], intensities, strict=True)
    ]
    report = evaluate(Scripted(answers), clips, by=())
    area = report.intensity_auc
    assert area.value == pytest.approx(6 / 7) and 0 < area.low < area.value < area.high <= 1
    assert [row["intensity"] for row in report.predictions] == intensities


def test_the_intensity_is_not_measured_where_it_is_unknown_or_all_clips_are_of_one_kind(report, dataset):
    assert report.intensity_auc is None
    assert set(dataset["intensity"]) == {"normal"}
    known = [replace(answer(emotion), intensity=0.4) for emotion in dataset["emotion"]]
    assert evaluate(Scripted(known), dataset, by=()).intensity_auc is None


def test_labels_that_do_not_occur_weigh_nothing(dataset):
    labels = ("sad", "happy", "angry")
    two = dataset.filter(lambda emotion: emotion in ("happy", "sad"), input_columns="emotion")
    scores = {"sad": 0.2, "happy": 0.5, "angry": 0.3}
    report = evaluate(Scripted([Prediction(scores=scores)] * 4, labels), two)
    assert report.recalls == {"sad": 0.0, "happy": 1.0}
    assert report.ua.value == 0.5
    assert report.confusion == [[0, 2, 0], [0, 2, 0], [0, 0, 0]]
    assert list(report.classes) == ["sad", "happy"]


def test_a_label_that_the_model_does_not_know_is_refused(dataset):
    with pytest.raises(LabelError) as caught:
        evaluate(FakeClassifier(("neutral", "happy")), dataset)
    assert str(caught.value) == "The model has no label 'angry'; its labels are neutral, happy."
    with pytest.raises(
        LabelError, match=r"its labels are neu, hap\. If these are other names .*, add --label neu=neutral"
    ):
        evaluate(FakeClassifier(("neu", "hap")), dataset)


def test_a_clip_that_cannot_be_read_counts_as_wrong(corpus, tmp_path, caplog):
    shutil.copytree(corpus, tmp_path / "ravdess")
    broken = sorted((tmp_path / "ravdess").rglob("*.wav"))[3]
    broken.write_bytes(b"RIFF and then nothing")
    clips = load_corpora({"ravdess": tmp_path / "ravdess"})
    answers = [answer(emotion) for number, emotion in enumerate(clips["emotion"]) if number != 3]
    report = evaluate(Scripted(answers), clips)
    assert report.wa.value == 15 / 16 and report.no_speech == 1 and report.clips == 16
    (row,) = [one for one in report.predictions if one["label"] is None]
    assert (row["file"], row["verdict"], row["scores"]) == (broken.name, "unreadable", {})
    assert f"{broken} cannot be read and counts as wrong" in caplog.text
    assert worst_table(report).rows == (("1", row["truth"], "cannot be read", "", "", row["speaker"], broken.name),)
    assert sureness(report).endswith('"No speech" on 1 of 16 clips, counted as wrong; 1 of them cannot be read.')


def test_without_speech_anywhere_nothing_can_be_measured(dataset):
    with pytest.raises(AudioError, match=r"^The model finds no speech in any of the 16 clips; check"):
        evaluate(Scripted([NO_SPEECH] * 16), dataset)


def test_when_all_are_unsure_there_is_no_accuracy_of_the_sure(dataset):
    report = evaluate(Scripted([answer("sad", verdict=Verdict.NOT_SURE)] * 16), dataset)
    assert (report.not_sure, report.wa_when_sure, report.wa.value) == (1.0, None, 2 / 16)


@pytest.mark.parametrize(
    ("split", "optimistic"), [("random:0.25-test", True), ("fold1-test", False), ("speakers:0.2-test", False)]
)
def test_a_random_split_is_optimistic(dataset, split, optimistic):
    assert evaluate(FakeClassifier(), dataset, split=split, by=()).optimistic is optimistic


def test_clips_without_speakers_count_as_speakers_of_their_own(tmp_path, corpus):
    for emotion, number in (("happy", 3), ("sad", 4)):
        (tmp_path / emotion).mkdir()
        for actor in (1, 2):
            source = corpus / f"Actor_{actor:02}" / f"03-01-{number:02}-01-01-01-{actor:02}.wav"
            (tmp_path / emotion / f"{actor}.wav").write_bytes(source.read_bytes())
    report = evaluate(FakeClassifier(), load_corpora({"mine": Path(tmp_path)}))
    assert (report.clips, report.speakers) == (4, 0)
    assert list(report.groups["speaker"]) == list(report.groups["gender"]) == ["unknown"]


def test_clips_are_predicted_in_chunks_that_progress_is_told_of(dataset, monkeypatch):
    monkeypatch.setattr("emotion_hf.evaluation.evaluate.CHUNK", 6)
    seen: list[int] = []

    def progress(chunks):
        for chunk in chunks:
            seen.append(chunk)
            yield chunk

    classifier = Scripted([answer(emotion) for emotion in dataset["emotion"]])
    assert evaluate(classifier, dataset, progress=progress, by=()).wa.value == 1.0
    assert (classifier.batches, seen) == ([6, 6, 4], [0, 6, 12])
