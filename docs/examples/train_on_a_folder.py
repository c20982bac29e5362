"""Train a tiny network on a folder of clips, and evaluate it on an unseen speaker.

The clips are synthetic: "happy" is higher and faster than "sad". Run it in the root of the repository.
"""

import tempfile
from itertools import product
from pathlib import Path

import soundfile

from emotion_hf import EmotionRecognizer, evaluate, fine_tune, load_corpora, load_recipe
from emotion_hf.testing import STYLES, synthetic_voice

SPEAKERS = {"anna": 190, "ben": 110, "cleo": 170, "dan": 125}  # mean pitch in Hz
QUICK = ["model.config.widths=[4, 8]", "model.config.hidden_size=16", "data.max_seconds=1.0", "training.epochs=2"]
SPLIT = ["data.labels=[happy, sad]", "data.split=speakers:mine/dan", "data.validation=1"]

with tempfile.TemporaryDirectory() as name:
    folder, run_folder = Path(name) / "clips", Path(name) / "run"
    for emotion, speaker, number in product(("happy", "sad"), SPEAKERS, range(4)):
        path = folder / emotion / speaker / f"{number}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        pitch, rate = STYLES[emotion].pitch, STYLES[emotion].rate
        voice = synthetic_voice(1.0, SPEAKERS[speaker] * pitch, number, syllables_per_second=4.5 * rate)
        soundfile.write(path, voice, 16_000)

    data = {"mine": folder}
    run = fine_tune(load_recipe("train/recipes/cnn.yaml", QUICK + SPLIT), data, run_folder)
    clips = load_corpora(data, labels=["happy", "sad"])
    print(f"{len(run.split.train)} clips to train on, {len(run.split.validation)} to choose the epoch")

    model = EmotionRecognizer.from_pretrained(run_folder)
    report = evaluate(model, clips.select(run.split.test), split="unseen speaker")
    print(f"{report.clips} clips of {report.speakers} unseen speaker, UA {report.ua.value:.2f}")
