"""`python -m train.evaluate` on a model with labels of its own, and its card."""

import json
import shutil

import pytest
import soundfile

from emotion_hf.cli import evaluate, train
from emotion_hf.data.loader import load_corpora
from emotion_hf.evaluation.mistakes import playable
from emotion_hf.evaluation.report_json import read_report
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice, tiny_corpus

RECIPE = """
name: merged
seed: 5
data:
  split: speakers:1
  validation: 1
  max_seconds: 0.6
  labels: {Low: [neutral, calm, sad], high: [happy, angry, fearful, surprised]}
model:
  front_end: {num_mel_bins: 16, hop_length: 320}
  config: {backbone: cnn, widths: [4, 8], hidden_size: 8}
training: {epochs: 1, batch_size: 8}
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("tiny"), speakers=3)


@pytest.fixture(scope="module")
def model(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    (folder / "merged.yaml").write_text(RECIPE)
    arguments = [str(folder / "merged.yaml"), "--data", f"ravdess={corpus}", "--output", str(folder / "model")]
    assert train.main(arguments) == 0
    return folder / "model"


def test_merged_labels_and_the_trainings_own_split(model, corpus, tmp_path, capsys):
    figures = tmp_path / "figures.json"
    arguments = ["--data", f"ravdess={corpus}", "--split", "speakers:1-test", "--json", str(figures), "--card"]
    assert evaluate.main([str(model), *arguments]) == 0
    report, run = json.loads(figures.read_text()), json.loads((model / "run.json").read_text())
    assert report["labels"] == ["Low", "high"] and report["clips"] == 7  # disgust is in neither
    assert sorted({row["speaker"] for row in report["predictions"]}) == run["data"]["test"]["speakers"]
    assert f"{report['ua']:.3f}" in capsys.readouterr().out
    assert f"| UA | {report['ua']:.3f} |" in (model / "README.md").read_text()


def test_speakers_in_the_training_data_are_called_optimistic(model, corpus, tmp_path, capsys):
    assert evaluate.main([str(model), "--data", f"ravdess={corpus}", "--split", "all", "--card"]) == 0
    assert "Optimistic" in capsys.readouterr().out
    card = (model / "README.md").read_text()
    assert ", unseen speakers" not in card and "Optimistic" in card


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--json", "."], "--json . cannot be written"), (["--report", "FILE"], "name a folder")],
)
def test_what_cannot_be_written_is_said_before_the_work(model, corpus, tmp_path, capsys, options, words):
    (tmp_path / "file").write_text("")
    options = [str(tmp_path / "file") if option == "FILE" else option for option in options]
    assert evaluate.main([str(model), "--data", f"ravdess={corpus}", *options]) == 1
    assert words in capsys.readouterr().err


def test_the_whole_report(model, corpus, tmp_path, caplog, capsys):
    for name in ("hum_1", "hum_2", "drip"):
        soundfile.write(tmp_path / f"{name}.wav", 0.1 * synthetic_voice(1.0, seed=len(name)), 16_000)
    run = json.loads((model / "run.json").read_text())
    run["recipe"]["augmentation"]["noise"] = "hum_*"
    other = tmp_path / "other"
    shutil.copytree(model, other)
    (other / "run.json").write_text(json.dumps(run))
    data = ["--data", f"ravdess={corpus}", "--split", "speakers:1-test"]
    first, folder = tmp_path / "first.json", tmp_path / "report"
    assert evaluate.main([str(model), *data, "--json", str(first)]) == 0
    more = ["--robustness", "--noise", str(tmp_path), "--cross", f"ravdess={corpus}", "--against", str(first)]
    assert evaluate.main([str(other), *data, "--report", str(folder), *more]) == 0
    assert "2 of 3 noise recordings are named like noise in the training data" in caplog.text
    report = read_report(folder / "report.json")
    assert len(report.robustness.conditions) == 16
    assert (report.robustness.noise_recordings, report.robustness.noise_trained_on) == (3, 2)
    names = {one.name: one for one in report.robustness.conditions}
    assert names["20 dB louder"].loss.value == names["20 dB softer"].loss.value == 0  # the front end takes level out
    (cross,) = report.cross_corpora
    assert (cross.corpus, cross.clips, cross.trained_on, cross.shared) == ("ravdess", 21, True, ("Low", "high"))
    assert (report.against.difference.value, report.against.p) == (0, None)  # one test speaker
    assert report.cost.parameters > 100 and report.cost.ms_per_clip > report.cost.ms_for_speech > 0
    assert report.training.recipe == "merged" and report.training.clips == run["data"]["train"]["clips"]
    page, printed = (folder / "report.html").read_text(), capsys.readouterr().out
    for title in ("Noise, telephone, codecs, level", "Other corpora", "Compared with model", "Training and cost"):
        assert title in page
    assert "Not tested: the UA of other and model differs by 0.0 points, and fewer than 5 speakers" in page
    assert "white noise, 0 dB" in printed and "ravdess: UA" in printed


def test_voices_of_ones_own_are_played_only_if_asked(corpus, tmp_path):
    (tmp_path / "happy").mkdir()
    shutil.copy(next(corpus.rglob("*.wav")), tmp_path / "happy" / "mine.wav")
    clips = load_corpora({"ravdess": corpus, "mine": tmp_path})
    assert {path for path in playable(clips, None) if path} == set(corpus.rglob("*.wav"))
    assert playable(clips, None)[-1] is None
    assert playable(clips, True)[-1] == tmp_path / "happy" / "mine.wav"
    assert set(playable(clips, False)) == {None}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--noise", "x"], "--noise needs --robustness"),
        (["--robustness", "--noise", "nowhere/*"], "The noise nowhere/* matches no recording"),
        (["--against", "nowhere.json"], "There is no report nowhere.json"),
        (["--cross", "tess=nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_used_is_said_before_the_work(model, corpus, capsys, options, words):
    assert evaluate.main([str(model), "--data", f"ravdess={corpus}", *options]) == 1
    captured = capsys.readouterr()
    assert words in captured.err and "UA" not in captured.out


def test_a_damaged_record_of_the_training_is_one_sentence(model, corpus, tmp_path, capsys):
    shutil.copytree(model, tmp_path / "model")
    (tmp_path / "model" / "run.json").write_text('{"recipe": {}}')
    assert evaluate.main([str(tmp_path / "model"), "--data", f"ravdess={corpus}"]) == 1
    assert "run.json is damaged or incomplete" in capsys.readouterr().err


def test_random_splits_are_called_optimistic(model, corpus, capsys):
    assert evaluate.main([str(model), "--data", f"ravdess={corpus}", "--split", "random:0.5-test"]) == 0
    assert "Optimistic" in capsys.readouterr().out


def test_a_folder_with_emotions_of_its_own_is_trained_on(tmp_path, capsys):
    for number, emotion in enumerate(("bored", "eager", "tired")):
        for seed, speaker in enumerate(("ann", "bob", "cem")):
            folder = tmp_path / "mine" / emotion / speaker
            folder.mkdir(parents=True)
            wave = synthetic_voice(0.6, f0_hz=100 + 60 * number, seed=seed)
            soundfile.write(folder / "clip.wav", wave, 16_000)
    recipe = tmp_path / "own.yaml"
    recipe.write_text(RECIPE.replace("labels:", "shares: {} #"))
    output = tmp_path / "model"
    assert train.main([str(recipe), "--data", f"mine={tmp_path / 'mine'}", "--output", str(output)]) == 0
    answer = EmotionRecognizer.from_pretrained(output)((16_000, synthetic_voice(1.2)))
    assert tuple(answer.scores) == ("bored", "eager", "tired")


@pytest.mark.parametrize(
    ("split", "words"), [("fold1", "fold1-test"), ("speakers:9-test", "speakers"), ("first-test", "fold1 to fold6")]
)
def test_a_wrong_split_is_one_sentence(model, corpus, capsys, split, words):
    assert evaluate.main([str(model), "--data", f"ravdess={corpus}", "--split", split]) == 1
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert words in said
