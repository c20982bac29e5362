"""Classify a folder of recordings, and write the predictions to a table.

The recordings are synthetic, so the predicted emotions mean nothing here.
"""

import tempfile
from pathlib import Path

import numpy as np
import soundfile

from emotion_hf import EmotionRecognizer, predict_directory
from emotion_hf.answers import write_answers
from emotion_hf.testing import synthetic_voice

RATE = 16_000

with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    soundfile.write(folder / "high.wav", synthetic_voice(3.0, f0_hz=220), RATE)
    soundfile.write(folder / "low.wav", synthetic_voice(3.0, f0_hz=110), RATE)
    soundfile.write(folder / "silence.wav", np.zeros(2 * RATE), RATE)
    (folder / "text.wav").write_text("This is no recording.")

    recognizer = EmotionRecognizer.from_pretrained()
    answers = predict_directory(recognizer, folder)
    for answer in answers:
        prediction = answer.prediction
        if prediction is None:
            print(f"{answer.file.name}: {answer.error}")
        elif prediction.label is None:
            print(f"{answer.file.name}: no speech")
        else:
            print(f"{answer.file.name}: {prediction.label}, {prediction.confidence:.2f}, {prediction.verdict}")

    write_answers(folder / "answers.csv", answers)
    print((folder / "answers.csv").read_text().splitlines()[0])
