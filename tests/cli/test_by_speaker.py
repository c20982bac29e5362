"""``predict --by speaker``: who speaks is told by a table or by folders, and each is corrected alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from emotion_hf.answers import Answer
from emotion_hf.cli.by_speaker import correct_by_speaker
from emotion_hf.prediction import Prediction


class Recognizer:
    """Learns how many predictions a voice has, and writes that into each."""

    def learn_voice(self, predictions):
        return len(predictions)

    def correct(self, prediction, voice):
        return replace(prediction, model=f"of {voice}")


def answers(*files: str) -> list[Answer]:
    return [Answer(Path(file), Prediction(scores={"sad": 1.0})) for file in files]


def models(found: list[Answer]) -> list[str]:
    return [answer.prediction.model if answer.prediction else answer.error for answer in found]


def test_each_folder_is_a_speaker():
    given = [*answers("calls/anna/1.wav", "calls/ben/1.wav", "calls/anna/2.wav"), Answer(Path("x.wav"), error="bad")]
    assert models(correct_by_speaker(Recognizer(), given, [])) == ["of 2", "of 1", "of 2", "bad"]


def test_in_folders_of_emotions_the_second_folder_is_the_speaker(tmp_path, capsys):
    names = ("happy/anna/1.wav", "sad/anna/2.wav", "sad/ben/3.wav")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    given = answers(*(str(tmp_path / name) for name in names))
    assert models(correct_by_speaker(Recognizer(), given, [tmp_path])) == ["of 2", "of 2", "of 1"]
    assert "Speaker anna: 2 recordings, fewer than 10, so its predictions hardly change" in capsys.readouterr().err


@pytest.mark.parametrize("columns", ["file_name,speaker", "file_name,emotion,speaker"])
def test_a_table_names_the_speakers(tmp_path, columns):
    middle = ",sad" if "emotion" in columns else ""
    rows = [f"{number}.wav{middle},{'anna' if number < 3 else 'ben'}" for number in range(4)]
    (tmp_path / "metadata.csv").write_text("\n".join([columns, *rows]))
    given = answers(*(str(tmp_path / f"{number}.wav") for number in range(4)))
    assert models(correct_by_speaker(Recognizer(), given, [tmp_path])) == ["of 3", "of 3", "of 3", "of 1"]
