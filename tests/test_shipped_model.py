"""The model that ships: its training data, its card, and that it works as the card says."""

import json
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soxr

from emotion_hf import EmotionRecognizer
from emotion_hf.adaptation import adapt
from emotion_hf.cli.evaluate import main
from emotion_hf.data.splits import RAVDESS_FOLDS
from emotion_hf.hub import render_card
from emotion_hf.installed import MODEL_CARD
from emotion_hf.labels import LABELS
from emotion_hf.recognizer import DEFAULT_CHECKPOINT
from emotion_hf.testing import synthetic_voice
from emotion_hf.turns import Turns

ROOT = Path(__file__).resolve().parents[1]
RAVDESS = ROOT / ".." / "shared" / "data" / "ravdess"
UNSEEN = {f"ravdess/Actor_{actor:02d}" for actor in RAVDESS_FOLDS[1]}
RATE = 16_000
FOREIGN_PROCESS = """
import json, sys
import numpy as np
sys.modules["emotion_hf"] = None  # any import of the package fails
from transformers import pipeline
classify = pipeline("audio-classification", model=sys.argv[1], trust_remote_code=True)
answers = [classify(np.load(path), top_k=None) for path in sys.argv[2:]]
print(json.dumps([{one["label"]: one["score"] for one in answer} for answer in answers]))
"""


def load(name: str) -> dict:
    return json.loads((DEFAULT_CHECKPOINT / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def recognizer():
    return EmotionRecognizer.from_pretrained()


def test_it_is_small_safe_and_licensed():
    names = {path.name for path in DEFAULT_CHECKPOINT.iterdir() if path.is_file()}
    assert (DEFAULT_CHECKPOINT / "model.safetensors").stat().st_size <= 32_000_000
    assert not {name for name in names if Path(name).suffix in (".bin", ".pt", ".pth", ".pkl")}
    assert "CC BY-NC-SA 4.0" in (DEFAULT_CHECKPOINT / "LICENSE").read_text(encoding="utf-8")


def test_scores_do_not_depend_on_the_recordings_that_are_scored_in_the_same_batch(recognizer):
    waves = [synthetic_voice(seconds, seed=number) for number, seconds in enumerate((3.0, 3.2, 3.4, 3.6, 3.1, 0.5))]
    alone = [recognizer.predict([wave])[0] for wave in waves]
    turns, sizes = Turns(at_once=1), []
    turns.watcher = SimpleNamespace(waited=lambda seconds: None, scored=lambda lengths: sizes.append(len(lengths)))

    def predict(wave):
        with turns.take(3.0):
            return recognizer.predict([wave])[0]

    with ThreadPoolExecutor(len(waves)) as pool:
        with turns.take(0.0):
            waiting = [pool.submit(predict, wave) for wave in waves]
            deadline = time.monotonic() + 60
            while turns.queued < len(waves) and time.monotonic() < deadline:
                time.sleep(0.001)
        together = [one.result() for one in waiting]
    assert max(sizes) == recognizer.scorer.batch_size and sum(sizes) == 6
    for one, other in zip(alone, together, strict=True):
        assert list(one.scores) == list(other.scores)
        np.testing.assert_allclose([*other.scores.values()], [*one.scores.values()], atol=1e-4)
        assert other.intensity == pytest.approx(one.intensity, abs=1e-4)


def test_it_was_trained_on_three_corpora_without_the_test_actors():
    data = load("run.json")["data"]
    assert set(data["train"]["clips_by_corpus"]) == {"ravdess", "nemo", "selvas"}
    assert not UNSEEN & {*data["train"]["speakers"], *data["validation"]["speakers"]}
    assert set(data["test"]["speakers"]) == UNSEEN


def test_it_can_be_adapted_to_a_voice(recognizer):
    waves = [synthetic_voice(1.5, seed=seed) for seed in range(4)]
    known = adapt(recognizer, waves, ["angry", "angry", "sad", "sad"])
    before, after = recognizer.predict(waves[:1])[0], known.predict(waves[:1])[0]
    assert after.scores["angry"] > before.scores["angry"] and 0 <= after.intensity <= 1


def test_its_code_is_the_packages_own():
    for path in DEFAULT_CHECKPOINT.glob("*.py"):
        assert path.read_text() == (ROOT / "emotion_hf" / "models" / "encoder" / path.name).read_text(), path.name


def test_its_card_shows_exactly_the_measured_figures():
    card = (DEFAULT_CHECKPOINT / "README.md").read_text(encoding="utf-8")
    assert card == render_card(DEFAULT_CHECKPOINT, load("evaluation.json"), MODEL_CARD)
    figures = load("evaluation.json")
    for name in ("ua", "wa", "macro_f1", "ece"):
        assert f" | {figures[name]:.3f} |\n" in card  # without an interval
    assert "4 speakers are too few to show how much other speakers differ" in card
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"**{figures['ua']:.3f}**" in readme and f"{figures['wa']:.3f}" in readme


def test_every_emotion_is_predicted_and_none_dominates():
    answers = Counter(row["label"] for row in load("evaluation.json")["predictions"])
    assert set(LABELS) <= set(answers) and max(answers.values()) <= 0.35 * sum(answers.values())


def test_a_process_without_this_package_gives_the_same_scores(recognizer, tmp_path):
    waves = [synthetic_voice(1.4, seed=1), synthetic_voice(3.1, f0_hz=220.0, seed=2)]
    paths = []
    for number, wave in enumerate(waves):
        paths.append(str(tmp_path / f"{number}.npy"))
        np.save(paths[-1], wave)
    command = [sys.executable, "-c", FOREIGN_PROCESS, str(DEFAULT_CHECKPOINT), *paths]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    for foreign, own in zip(json.loads(done.stdout.splitlines()[-1]), recognizer.predict(waves), strict=True):
        assert foreign == pytest.approx(dict(own.scores), abs=1e-5)


def test_alone_batched_louder_and_as_48_khz_stereo(recognizer):
    short, long = synthetic_voice(1.2, seed=1), synthetic_voice(3.4, seed=2)
    alone = list(recognizer.predict([short])[0].scores.values())
    batched, louder, _ = recognizer.predict([short, 10 * short, long])
    assert list(batched.scores.values()) == pytest.approx(alone, abs=1e-4)
    assert list(louder.scores.values()) == pytest.approx(alone, abs=1e-4)
    # What is recorded at 48 kHz has lost the upper edge of the band, which the model uses, after resampling to 16 kHz.
    at_48_khz = soxr.resample(short, RATE, 48_000)
    alone = list(recognizer.predict([soxr.resample(at_48_khz, 48_000, RATE)])[0].scores.values())
    stereo = np.repeat(at_48_khz[:, None], 2, axis=1)
    assert list(recognizer((48_000, stereo)).scores.values()) == pytest.approx(alone, abs=1e-4)


@pytest.mark.skipif(not RAVDESS.is_dir(), reason="needs ../shared/data/ravdess")
def test_the_evaluation_command_repeats_the_cards_figures(tmp_path, capsys):
    figures = tmp_path / "figures.json"
    arguments = ["--data", f"ravdess={RAVDESS}", "--split", "fold1-test", "--json", str(figures)]
    assert main([str(DEFAULT_CHECKPOINT), *arguments]) == 0
    measured, shipped = json.loads(figures.read_text()), load("evaluation.json")
    assert measured["clips"] == 240 and measured["ua"] >= 0.75
    for name in ("ua", "wa", "macro_f1"):
        assert measured[name] == pytest.approx(shipped[name], abs=0.005)  # a clip on the edge may fall either way
    assert measured["ece"] == pytest.approx(shipped["ece"], abs=0.01)
    printed = capsys.readouterr().out
    assert f"{measured['ua']:.3f}" in printed and "confusion matrix" in printed
