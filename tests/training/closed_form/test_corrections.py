"""Corrections make a new head: better on clips like them, and as before on what it was trained on."""

import json
import shutil

import numpy as np
import pytest
import torch

from emotion_hf.checkpoint import save
from emotion_hf.cli.retrain import main
from emotion_hf.data.loader import CORRECTIONS, load_corpora
from emotion_hf.data.splits import Split
from emotion_hf.errors import RecipeError
from emotion_hf.feedback import Consent, Correction, FeedbackStore
from emotion_hf.models.encoder.modeling_encoder import Variation
from emotion_hf.prediction import Prediction
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice
from emotion_hf.training.closed_form.corrections import corrected_head
from emotion_hf.training.closed_form.head import variation_of
from emotion_hf.training.closed_form.logistic import Linear
from emotion_hf.training.closed_form.shared import SharedEncoder
from emotion_hf.training.finetune import fine_tune
from emotion_hf.versions import Versions
from tests.tiny_encoder import encoder_recipe, save_network, save_whisper
from tests.training.conftest import AT_HOME, HUM_HZ, IN_THE_OFFICE, voice, write_voices

LABELS, SIZE = tuple(AT_HOME), 40
OF_VOICES = (f"data.labels=[{', '.join(LABELS)}]", "data.split=speakers:2")


@pytest.fixture(scope="module")
def world():
    """A head that tells three emotions apart at home; and clips at home and in the office, where it takes each emotion
    for the next one, though other numbers of the vector would tell: weight, truth, home, office."""
    rng = torch.Generator().manual_seed(0)
    truth = torch.arange(3).repeat(60)
    weight = torch.zeros(3, SIZE)
    weight[range(3), range(3)] = 1.5
    home, office = (torch.randn(len(truth), SIZE, generator=rng) for _ in range(2))
    one_hot = torch.nn.functional.one_hot(torch.arange(3), 3).float()
    home[:, :3] += 3 * one_hot[truth]
    office[:, :3] += 2 * one_hot[(truth + 1) % 3]
    office[:, 10:13] += 6 * one_hot[truth]
    return weight, truth, home, office


def accuracy(vectors, truth, weight, bias=0) -> float:
    return float(((vectors @ weight.T + bias).argmax(1) == truth).float().mean())


def known(vectors: torch.Tensor) -> Variation:
    """Return what a model keeps of the clips that it was trained on."""
    unscaled = Linear(np.zeros(SIZE), np.ones(SIZE), np.zeros((3, SIZE)), np.zeros(3))
    found = variation_of(
        vectors.numpy()[None], np.ones((1, len(vectors)), bool), np.repeat("mine", len(vectors)), unscaled
    )
    variation = Variation(SIZE)
    variation.directions.copy_(torch.from_numpy(found.directions))
    variation.rest.fill_(found.rest)
    return variation


@pytest.mark.parametrize("remembers", [True, False])
def test_the_model_is_trained_on_corrections_and_original_predictions_stay(world, remembers, monkeypatch):
    monkeypatch.setattr("emotion_hf.training.closed_form.corrections.KEEP", 100.0)  # a world of few clips
    weight, truth, home, office = world
    learned, tested = slice(0, 90), slice(90, 180)
    variation = known(home[learned]) if remembers else Variation(SIZE)
    logits = office[learned] @ weight.T
    change = corrected_head(logits[None], truth[learned], office[learned][None], variation)
    new = weight + change.weight, change.bias
    before = accuracy(office[tested], truth[tested], weight)
    assert accuracy(office[tested], truth[tested], *new) > before + 0.4
    kept = accuracy(home[tested], truth[tested], *new) - accuracy(home[tested], truth[tested], weight)
    assert (kept > -0.03) == remembers, kept


def test_copies_of_a_correction_count_as_one(world):
    weight, truth, home, office = world
    logits = (office @ weight.T)[None]
    once = corrected_head(logits, truth, office[None], known(home))
    twice = corrected_head(logits.repeat(2, 1, 1), truth, office[None].repeat(2, 1, 1), known(home))
    torch.testing.assert_close(twice.weight, once.weight, atol=1e-3, rtol=0)


def test_the_variation_is_that_of_the_clips():
    rng = np.random.default_rng(0)
    wide = rng.normal(0, 1, (600, 300)) * np.r_[np.full(20, 4.0), np.full(280, 0.5)]
    other = rng.normal(0, 1, (100, 300)) * np.r_[np.full(20, 4.0), np.full(280, 0.5)]
    vectors = np.concatenate([wide, other]).astype(np.float32)[None]
    scale = Linear(np.zeros(300), np.full(300, 2.0), np.zeros((2, 300)), np.zeros(2))
    found = variation_of(vectors, np.ones((1, 700), bool), np.repeat(["a", "b"], [600, 100]), scale)
    assert found.directions.shape == (64, 300)
    probe = rng.normal(0, 1, 300)
    expected = np.mean([((some / 2) @ probe).var() for some in (wide, other)])  # each corpus counts alike
    got = np.square(found.directions @ probe).sum() + found.rest * np.square(probe).sum()
    assert got == pytest.approx(expected, rel=0.15)
    assert 0 < found.rest < 0.5**2 / 4
    few = variation_of(vectors, np.arange(700)[None] < 12, np.repeat(["a", "b"], [600, 100]), scale)
    assert few.directions.any(1).sum() == 3 and few.rest > 0.01


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A corpus of five speakers at home, `mine`, and a model trained on it, `base`."""
    folder = tmp_path_factory.mktemp("corrections")
    save_whisper(folder / "whisper")
    write_voices(folder / "mine", [f"speaker{number}" for number in range(5)], 5)
    recipe = encoder_recipe(folder / "whisper", *OF_VOICES, "model.head.passes=1")
    fine_tune(recipe, {"mine": folder / "mine"}, folder / "trained")
    trained = EmotionRecognizer.from_pretrained(folder / "trained")
    trained.model.config.logit_temperature = 100.0  # tones are told apart far too easily
    save(folder / "base", trained.model, trained.extractor)
    shutil.copy(folder / "trained" / "run.json", folder / "base")
    return folder


@pytest.fixture
def keep(tmp_path):
    """Keep corrections of voices in the office, four of each emotion and session."""
    store = FeedbackStore(tmp_path / "feedback")

    def keep(sessions, label_of=lambda label: label):
        for number, session in enumerate(sessions):
            for place, label in enumerate(LABELS * 4):
                wave = voice(1000 + 20 * number + place, IN_THE_OFFICE[label], HUM_HZ)
                consents = Consent(store=True, train=True)
                values = {"id": f"{20 * number + place:032x}", "label": label_of(label), "consent": consents}
                store.add(wave, Correction.of(Prediction(), session=session, **values), labels=LABELS)
        return store

    return keep


@pytest.fixture(autouse=True)
def no_intervals_of_figures(monkeypatch):
    """They take half of the time, and the gate does not ask for them."""
    monkeypatch.setattr("emotion_hf.evaluation.metrics.bootstrap_interval", lambda *_, **__: (0.0, 1.0))


def retrain(base, tmp_path, monkeypatch, data=True) -> Versions:
    monkeypatch.setenv("EMOTION_HF_DATA_DIR", str(tmp_path / "data"))
    arguments = ["--base", str(base / "base"), "--feedback", str(tmp_path / "feedback")]
    arguments += ["--data", f"mine={base / 'mine'}"] if data else []
    assert main([*arguments, "--output", str(tmp_path / "models" / "retrained-1")]) == 0
    return Versions(tmp_path / "models")


def office(recognizer) -> float:
    """Return how often a model is right about voices in the office that nobody corrected."""
    waves = [(label, voice(2000 + seed, hz, HUM_HZ)) for label, hz in IN_THE_OFFICE.items() for seed in range(8)]
    answers = recognizer.predict([wave for _, wave in waves])
    return float(np.mean([answer.label == label for answer, (label, _) in zip(answers, waves, strict=True)]))


def test_a_retraining_corrects_the_head_and_leaves_the_rest(base, keep, tmp_path, monkeypatch):
    keep(["one", "two", "three", "four"])
    gate = retrain(base, tmp_path, monkeypatch).find("retrained-1").manifest["gate"]
    old, new = (EmotionRecognizer.from_pretrained(one) for one in (base / "base", tmp_path / "models" / "retrained-1"))
    assert office(new) > office(old) + 0.2
    findings = {one["clips"]: one for one in gate["findings"]}
    assert findings["held-out corrections"]["new_ua"] > findings["held-out corrections"]["old_ua"]
    assert findings["original test"]["new_ua"] >= findings["original test"]["old_ua"] - 0.04
    changed = {
        name
        for name, weight in old.model.state_dict().items()
        if not torch.equal(weight, new.model.state_dict()[name])
    }
    assert changed == {"classifier.weight", "classifier.bias"}
    assert (old.model.config.logit_temperature, old.model.config.not_sure_below) == (
        new.model.config.logit_temperature,
        new.model.config.not_sure_below,
    )
    told = (tmp_path / "models" / "retrained-1" / "progress.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in told] == ["end"]


def test_without_originals_it_is_trained_but_not_promoted(base, keep, tmp_path, monkeypatch, capsys):
    keep(["one", "two", "three", "four"])
    (version,) = retrain(base, tmp_path, monkeypatch, data=False).all()
    assert not version.is_promotable and "A loss cannot be measured" in capsys.readouterr().out
    old, new = (EmotionRecognizer.from_pretrained(one) for one in (base / "base", tmp_path / "models" / "retrained-1"))
    assert office(new) > office(old)


def test_shuffled_labels_are_refused(base, keep, tmp_path, monkeypatch):
    turns = iter(LABELS[number % 3] for number in np.random.default_rng(0).permutation(48))
    keep(["one", "two", "three", "four"], label_of=lambda _: next(turns))
    assert not retrain(base, tmp_path, monkeypatch).all()[0].is_promotable


def test_a_trained_model_can_be_taught_nothing_but_corrections(base, tmp_path):
    recipe = encoder_recipe(base / "base", *OF_VOICES)
    with pytest.raises(RecipeError, match="base is already trained, and there are no corrections to train it on"):
        fine_tune(recipe, {"mine": base / "mine"}, tmp_path / "run")
    clips = load_corpora({CORRECTIONS: base / "mine"})
    foreign = clips.map(lambda row: row | {"emotion": "bored"})
    with pytest.raises(RecipeError, match="has no label 'bored'; it has calm, happy, angry"):
        fine_tune(recipe, {}, tmp_path / "run", prepared=(foreign, Split("all", tuple(range(9)), (), ())))


def test_models_with_a_shared_encoder_predict_as_alone_and_encode_once(base, monkeypatch, tmp_path):
    monkeypatch.setattr("emotion_hf.training.closed_form.embeddings.has_fast_bf16", lambda device: False)
    waves = [synthetic_voice(seconds, seed=seed) for seed, seconds in enumerate((0.6, 1.0, 0.8, 0.6, 9.0))]
    alone = EmotionRecognizer.from_pretrained(base / "base")
    other = EmotionRecognizer.from_pretrained(base / "base")
    with torch.no_grad():
        other.model.classifier.weight += 0.01
    shared = SharedEncoder()
    first, second = shared.give(EmotionRecognizer.from_pretrained(base / "base")), shared.give(other)
    for mine, theirs in zip(first.predict(waves), alone.predict(waves), strict=True):
        assert mine.scores == pytest.approx(theirs.scores, abs=1e-5) and mine.model == theirs.model
    with monkeypatch.context() as changed:
        changed.setattr("emotion_hf.models.encoder.modeling_encoder.EncoderForAudioClassification.embed", None)
        answers = second.predict(waves)
    for mine, theirs in zip(answers, other.predict(waves), strict=True):
        assert mine.scores == pytest.approx(theirs.scores, abs=1e-5)
    network = EmotionRecognizer.from_pretrained(save_network(tmp_path / "cnn", LABELS))
    assert shared.give(network) is network
