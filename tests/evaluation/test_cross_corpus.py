"""Another corpus counts on the labels it shares with the model: as answered, and among these alone."""

import pytest

from emotion_hf.data.loader import load_corpora
from emotion_hf.errors import AudioError, LabelError
from emotion_hf.evaluation.cross_corpus import measure_cross_corpus
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.testing import tiny_corpus

LABELS = ("calm", "happy", "sad")


class Scripted:
    """Give prepared answers in turn."""

    name = "scripted"

    def __init__(self, answers, labels=LABELS):
        self.labels, self._answers = labels, iter(answers)

    def predict(self, waves):
        return [next(self._answers) for _ in waves]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """A happy, a sad and an angry clip of each of two speakers."""
    folder = tiny_corpus(tmp_path_factory.mktemp("ravdess"), speakers=2, seconds=0.5)
    return load_corpora({"ravdess": folder}, labels=["happy", "sad", "angry"])


def answer(calm: float, happy: float) -> Prediction:
    return Prediction(scores={"calm": calm, "happy": happy, "sad": 1 - calm - happy})


def test_both_figures_by_hand(dataset):
    emotions = [emotion for emotion in dataset["emotion"] if emotion != "angry"]
    answers = [answer(0.5, 0.4) if emotion == "happy" else answer(0.1, 0.3) for emotion in emotions]
    first_sad = emotions.index("sad")
    answers[first_sad] = Prediction(verdict=Verdict.NO_SPEECH)
    found = measure_cross_corpus(Scripted(answers), dataset, trained_on=False)
    assert (found.corpus, found.clips, found.speakers, found.shared) == ("ravdess", 4, 2, ("happy", "sad"))
    assert found.ua.value == pytest.approx((0 + 1 / 2) / 2)  # the happy ones are called calm
    assert found.ua_shared.value == pytest.approx((1 + 1 / 2) / 2)  # but happy among the shared labels
    assert found.ua_shared.low is None is found.ua.high  # two speakers are too few
    assert (found.most_label, found.most_share) == ("calm", 2 / 4)
    assert found.trained_on is False


def test_five_speakers_have_an_interval(tmp_path):
    folder = tiny_corpus(tmp_path, speakers=5, seconds=0.4)
    dataset = load_corpora({"ravdess": folder}, labels=["happy", "sad"])
    answers = [answer(0.0, 0.2 if number == 0 else 0.7) for number in range(len(dataset))]
    found = measure_cross_corpus(Scripted(answers), dataset, trained_on=True)
    assert 0 <= found.ua_shared.low <= found.ua_shared.value <= found.ua_shared.high <= 1


def test_too_few_labels_in_common_is_one_sentence(dataset):
    with pytest.raises(LabelError) as caught:
        measure_cross_corpus(Scripted([], ("bored", "sad")), dataset, trained_on=None)
    assert str(caught.value) == (
        "ravdess has the emotions angry, happy, sad, and the model has bored, sad; "
        "the evaluation needs at least two in both."
    )
    with pytest.raises(
        LabelError, match=r"in both\. If these are .*, add --label ang=angry --label hap=happy to emotion-hf"
    ):
        measure_cross_corpus(Scripted([], ("ang", "hap", "bored")), dataset, trained_on=None)


def test_without_speech_nothing_can_be_measured(dataset):
    with pytest.raises(AudioError, match="The model finds no speech in the 4 clips of ravdess"):
        measure_cross_corpus(Scripted([Prediction(verdict=Verdict.NO_SPEECH)] * 4), dataset, trained_on=None)
