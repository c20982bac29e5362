"""What is measured of any model: report, size, speed, training, and whether its speakers are unseen."""

from dataclasses import replace

import numpy as np
import pytest

from emotion_hf.data.loader import load_corpora
from emotion_hf.errors import LabelError
from emotion_hf.labels import LABELS
from emotion_hf.measurement import measure, select_clips
from emotion_hf.recognizer import DEFAULT_CHECKPOINT, EmotionRecognizer
from emotion_hf.run import Part, Run
from emotion_hf.testing import tiny_corpus


class Guess:
    """Take a baseline's place: a scorer without a network."""

    labels, not_sure_below, batch_size = LABELS, 0.0, 4

    def answers(self, waves):
        return np.tile(np.linspace(0.3, -0.05, 8), (len(waves), 1)), None


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    return load_corpora({"ravdess": tiny_corpus(tmp_path_factory.mktemp("tiny"), speakers=2)})


@pytest.fixture
def folder(tmp_path):
    """A baseline that learned from one actor and was chosen on the other."""
    actors = enumerate(("train", "validation", "test"), start=1)
    parts = {part: Part(8, {"ravdess": 8}, {"sad": 8}, [f"ravdess/Actor_{actor:02d}"]) for actor, part in actors}
    recipe = {"name": "svm", "seed": 3, "notes": "", "data": {"labels": [], "split": "fold1", "validation": 1}}
    replace(Run.read(DEFAULT_CHECKPOINT), recipe=recipe, data=parts, seconds=9).write(tmp_path)
    (tmp_path / "baseline.skops").write_bytes(bytes(2_500_000))
    return tmp_path


def test_a_baseline_has_a_size_and_a_speed_but_no_parameters(clips, folder):
    report = measure(EmotionRecognizer(Guess(), "guess"), folder, clips, "all")
    assert (report.cost.parameters, report.cost.megabytes) == (None, 2.5)
    assert report.cost.ms_per_clip > 0 and report.cost.clip_seconds == pytest.approx(1.0)
    assert (report.training.recipe, report.training.seconds) == ("svm", 9)
    assert report.recalls["neutral"] == 1 and report.ua.value == pytest.approx(1 / 8)


@pytest.mark.parametrize(
    ("actor", "split", "optimistic"),
    [(1, "all", True), (2, "all", True), (1, "fold1-validation", True), (2, "fold1-validation", False)],
)
def test_seen_speakers_make_a_report_optimistic(clips, folder, actor, split, optimistic):
    chosen = clips.filter(lambda speaker: speaker == f"ravdess/Actor_{actor:02d}", input_columns="speaker")
    assert measure(EmotionRecognizer(Guess(), "guess"), folder, chosen, split).optimistic is optimistic


def test_a_model_without_a_run_has_no_known_speakers(clips, tmp_path):
    report = measure(EmotionRecognizer(Guess(), "guess"), tmp_path, clips, "all")
    assert not report.optimistic and report.training is None
    assert measure(EmotionRecognizer(Guess(), "guess"), tmp_path, clips, "all", optimistic=True).optimistic


def test_the_split_is_drawn_as_in_the_training(tmp_path_factory):
    data = {"ravdess": tiny_corpus(tmp_path_factory.mktemp("six"), speakers=6, seconds=0.4)}
    run = Run.read(DEFAULT_CHECKPOINT)
    recipes = [{"seed": seed, "data": {"labels": [], "validation": 1}} for seed in (0, 0, 1, 2, 3)]
    runs = [replace(run, recipe=recipe) for recipe in recipes]
    drawn = [set(select_clips(data, "speakers:1-test", LABELS, run)["speaker"]) for run in runs]
    assert drawn[0] == drawn[1] and any(one != drawn[0] for one in drawn[2:])


def test_labels_with_other_names_are_refused_with_the_options_that_rename_them(tmp_path):
    data = {"ravdess": tiny_corpus(tmp_path, speakers=1, seconds=0.4)}
    with pytest.raises(LabelError) as caught:  # "sad" alone would match, and angry clips predicted as "ang" be wrong
        select_clips(data, "all", ("ang", "hap", "neu", "sad"), None)
    assert str(caught.value) == (
        "The model calls angry 'ang' and happy 'hap' and neutral 'neu'. If these are other names of the same "
        "emotions, add --label ang=angry --label hap=happy --label neu=neutral to emotion-hf evaluate."
    )
    with pytest.raises(
        LabelError, match=r"label of the model; its labels are xyz\. The data has angry, .*--label xyz=angry"
    ):
        select_clips(data, "all", ("xyz",), None)
    assert set(select_clips(data, "all", ("angry", "sad"), None)["emotion"]) == {"angry", "sad"}
    assert set(select_clips(data, "all", ("angry", "bored"), None)["emotion"]) == {"angry"}
