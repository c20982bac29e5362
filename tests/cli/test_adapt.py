"""``emotion-hf adapt``: from a folder of one voice to a model, and what is refused."""

import shutil

import pytest

from emotion_hf import cli
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import tiny_corpus
from emotion_hf.training.finetune import fine_tune

MODEL = {
    "front_end": {"num_mel_bins": 20, "hop_length": 320},
    "config": {
        **{"backbone": "dictionary", "widths": [16], "standardize": "none", "pooling": "mean", "dropout": 0.0},
        "scatter_rank": 10,
    },
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapt")
    corpus = tiny_corpus(folder / "corpus", speakers=3, clips_per_emotion=1, seconds=0.7)
    content = {"name": "base", "model": MODEL, "training": {"solver": "discriminant", "epochs": 1}}
    fine_tune(
        recipe_from_mapping(content | {"data": {"split": "speakers:1", "validation": 1}}),
        {"ravdess": corpus},
        folder / "base",
    )
    return folder


@pytest.fixture(scope="module")
def voice(model):
    """A folder for each of two emotions, with one recording each."""
    clips = sorted((model / "corpus").rglob("*.wav"))
    for emotion, clip in zip(("angry", "calm"), clips, strict=False):
        (model / "anna" / emotion).mkdir(parents=True)
        shutil.copy(clip, model / "anna" / emotion)
    return model / "anna"


@pytest.fixture
def run(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main(["adapt", *map(str, arguments)])
        return ended.value.code or 0, *capsys.readouterr()

    return run


@pytest.mark.parametrize(("option", "heard"), [((), "1 angry, 1 calm"), (("--ordinary",), "2 ordinary")])
def test_a_folder_of_one_voice_becomes_a_model(run, model, voice, tmp_path, option, heard):
    status, said, complained = run(voice, "--output", tmp_path / "anna", "--model", model / "base", *option)
    assert (status, complained) == (0, "") and heard in said
    known, base = (EmotionRecognizer.from_pretrained(folder) for folder in (tmp_path / "anna", model / "base"))
    assert known.labels == base.labels and not known.model.classifier.bias.equal(base.model.classifier.bias)


def test_what_cannot_be_done_is_said(run, model, voice, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    status, _, said = run(voice, "--output", tmp_path / "full", "--model", model / "base")
    assert status == 1 and "is not empty; name another --output" in said
    status, _, said = run(tmp_path / "nobody", "--output", tmp_path / "new", "--model", model / "base")
    assert status == 1 and "There is no folder" in said and not (tmp_path / "new").exists()
