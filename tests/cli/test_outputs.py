"""An output that cannot be written is refused at once: before a recording is decoded or a model is loaded."""

import pytest

from emotion_hf import cli
from emotion_hf.cli import evaluate, train
from train import baseline, compare

BAD = {
    "a folder": ("taken", "it is a folder; name a file in it"),
    "an unknown extension": ("answers.xyz", "its name must end in"),
    "no such folder": ("nowhere/answers{}", "No such file or directory"),
    "a file above it": ("file/answers{}", "Not a directory"),
}
TO_FILES = {
    "predict": (".csv", ("predict", "no-such.wav")),
    "timeline": (".html", ("timeline", "no-such.wav")),
    "transcribe": (".srt", ("transcribe", "no-such.wav", "--transcriber", "no/such-model")),
    "explain": (".png", ("explain", "no-such.wav")),
}
TO_FOLDERS = {
    "train": (train.main, ("cnn", "--data", "mine=mine", "--output")),
    "baseline": (baseline.main, ("svm", "--data", "mine=mine", "--output")),
    "compare": (compare.main, ("no-such-a", "no-such-b", "--output")),
    "report": (evaluate.main, ("no-such-model", "--data", "mine=mine", "--report")),
    "json": (evaluate.main, ("no-such-model", "--data", "mine=mine", "--json")),
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    for folder in ("taken", "taken.csv", "taken.html", "taken.srt", "taken.png", "mine"):
        (tmp_path / folder).mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "mine" / "broken.wav").write_bytes(b"nothing that could be decoded")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", TO_FILES)
@pytest.mark.parametrize("bad", BAD)
def test_a_file_is_checked_first(command, bad, capsys):
    ending, words = TO_FILES[command]
    output, reason = BAD[bad]
    output = output.format(ending) if "{}" in output else output + (ending if bad == "a folder" else "")
    with pytest.raises(SystemExit) as left:
        cli.main([*words, "--output", output])
    said = capsys.readouterr().err
    assert left.value.code == 2 and said.startswith(f"emotion-hf: Cannot write {output}: {reason}")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("entry", "output"),
    [
        (entry, output)
        for entry in TO_FOLDERS
        for output in ("file", "file/below")
        if (entry, output) != ("json", "file")
    ],
)
def test_a_folder_is_checked_first(entry, output, capsys):
    main, words = TO_FOLDERS[entry]
    assert main([*words, output]) == 1
    said = capsys.readouterr().err
    assert output in said and ("is a file" in said or "cannot be written" in said) and said.count("\n") == 1
    assert "no-such" not in said and "mine" not in said


def test_the_folder_of_an_adapted_model_is_checked_first(capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["adapt", "mine", "--output", "file/below"])
    assert left.value.code == 2 and "file is a file; name a folder." in capsys.readouterr().err
