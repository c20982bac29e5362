"""A training that ends on a Hub on this machine, or does not get there: the model is kept either way."""

import pytest

from benchmarks.loopback_hub import Trouble
from emotion_hf import cli
from emotion_hf.cli.train import main
from emotion_hf.testing import tiny_corpus

REPO = "me/tiny"
RECIPE = """
data: {split: "speakers:1", validation: 0, max_seconds: 1.0}
model: {front_end: {num_mel_bins: 12, hop_length: 320}, config: {backbone: cnn, widths: [4, 4], hidden_size: 4}}
training: {epochs: 1, batch_size: 8, early_stopping: 0}
contributors: [Ada, Grace]
push_to_hub: me/tiny
"""


@pytest.fixture
def arguments(tmp_path):
    (tmp_path / "tiny.yaml").write_text(RECIPE)
    corpus = tiny_corpus(tmp_path / "corpus", speakers=2)
    return [str(tmp_path / "tiny.yaml"), "--data", f"ravdess={corpus}", "--output", str(tmp_path / "run")]


def test_what_could_not_be_published_is_kept_with_the_command_that_repeats_it(hub, arguments, tmp_path, capsys):
    hub.troubles.append(Trouble("POST", "/commit/", status=403))
    assert main([*arguments, "--test"]) == 1
    said = capsys.readouterr().err.strip().splitlines()[-1]
    command = f"emotion-hf push {tmp_path / 'run'} {REPO}"
    assert said.startswith(f"{REPO}: the token may not do this") and said.endswith(command)
    assert hub.repos["model", REPO].files == {}
    assert (tmp_path / "run" / "report" / "test" / "report.json").is_file()

    with pytest.raises(SystemExit) as left:
        cli.main(command.split()[1:])
    assert left.value.code == 0
    files = hub.repos["model", REPO].files
    assert {"model.safetensors", "config.json", "preprocessor_config.json", "README.md", "LICENSE"} <= files.keys()
    card = files["README.md"].decode()
    assert "Trained by Ada, Grace." in card and "model-index" in card and "split: speakers:1-test" in card


def test_what_would_fail_at_the_end_is_said_at_the_beginning(hub, arguments, tmp_path, capsys):
    assert main(arguments) == 1
    assert "add --test" in capsys.readouterr().err
    assert main([*arguments, "--test", "push_to_hub=tiny"]) == 1
    assert "'tiny' is not the full name of a repository" in capsys.readouterr().err
    assert hub.asked == [] and not (tmp_path / "run").exists()
