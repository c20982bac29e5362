"""Adapt the model that ships to one voice, from three labelled recordings of each of two emotions.

The recordings are synthetic, so only the change of the probability matters here.
"""

import tempfile
from pathlib import Path

from emotion_hf import EmotionRecognizer
from emotion_hf.adaptation import adapt
from emotion_hf.checkpoint import save
from emotion_hf.testing import STYLES, synthetic_voice


def say(emotion: str, seed: int):
    style = STYLES[emotion]
    return synthetic_voice(2.0, 150 * style.pitch, seed, syllables_per_second=4.5 * style.rate)


recognizer = EmotionRecognizer.from_pretrained()
emotions = ["angry"] * 3 + ["calm"] * 3
recordings = [say(emotion, seed) for seed, emotion in enumerate(emotions)]
adapted = adapt(recognizer, recordings, emotions)

unseen = say("calm", seed=10)
for model in (recognizer, adapted):
    prediction = model.predict([unseen])[0]
    print(f"{model.name}: calm {prediction.scores['calm']:.2f}, {prediction.label} is most probable")

with tempfile.TemporaryDirectory() as name:
    folder = Path(name) / "anna-model"
    save(folder, adapted.model, adapted.extractor)
    again = EmotionRecognizer.from_pretrained(folder)
    print(f"{again.name}: calm {again.predict([unseen])[0].scores['calm']:.2f}")
