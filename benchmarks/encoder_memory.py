"""How much memory a training step of a large encoder takes: the figures in README, "Wav2Vec2, HuBERT, WavLM, Whisper".

    python -m benchmarks.encoder_memory

Random weights of the published sizes, and `train/recipes/wav2vec2.yaml` on eight clips of four seconds, two steps, so
that the optimizer's state counts too. Each row is a process of its own; the figures are its peak, and what it took
before the model was there. Appends to `encoder_memory.jsonl`.
"""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForSequenceClassification

from emotion_hf.recipes import load_recipe
from emotion_hf.testing import tiny_corpus

FIGURES = Path(__file__).with_name("encoder_memory.jsonl")
RECIPE = Path(__file__).parents[1] / "train" / "recipes" / "wav2vec2.yaml"
SIZES = {
    "Wav2Vec2-base": {},
    "Wav2Vec2-large": {  # as facebook/wav2vec2-large-xlsr-53 is
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
        "feat_extract_norm": "layer",
        "conv_bias": True,
        "do_stable_layer_norm": True,
    },
}
WAYS = {
    "fp32": (),
    "gradient checkpointing": ("model.encoder.gradient_checkpointing=true",),
    "LoRA": ("model.encoder.lora_rank=8",),
    "both": ("model.encoder.gradient_checkpointing=true", "model.encoder.lora_rank=8"),
}
CLIPS, SECONDS = 8, 4.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every size and way in a process of its own, or one of them here."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if len(arguments) == 2:
        print(json.dumps(measure(*arguments)))
        return 0
    for size in SIZES:
        for way in WAYS:
            words = [sys.executable, "-m", "benchmarks.encoder_memory", size, way]
            done = subprocess.run(words, check=True, capture_output=True, text=True)
            line = json.loads(done.stdout.splitlines()[-1])
            print(line)
            with FIGURES.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
    return 0


def measure(size: str, way: str) -> dict[str, object]:
    """Return the memory that a step of this size takes, trained in this way."""
    from emotion_hf.training.finetune import fine_tune

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        parameters = _save_random(size, folder / "encoder")
        corpus = tiny_corpus(folder / "corpus", speakers=2, clips_per_emotion=1, seconds=SECONDS)  # two steps
        changes = ["data.split=random:0.1", "data.validation=0", "training.epochs=1", "training.early_stopping=0"]
        changes += [f"training.batch_size={CLIPS}", f"model.checkpoint={folder / 'encoder'}", *WAYS[way]]
        before = _peak_gib()
        fine_tune(load_recipe(RECIPE, changes), {"ravdess": corpus}, folder / "run")
        peak = _peak_gib()
    return {
        "encoder": size,
        "parameters": parameters,
        "way": way,
        "peak_gib": round(peak, 2),
        "before_gib": round(before, 2),
        "machine": f"{platform.machine()}, CPU",
        "date": date.today().isoformat(),
    }


def _save_random(size: str, folder: Path) -> int:
    """Save an encoder with random weights, in a process of its own, whose memory is not counted."""
    words = [
        sys.executable,
        "-c",
        f"from benchmarks.encoder_memory import save; print(save({size!r}, {str(folder)!r}))",
    ]
    return int(subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()[-1])


def save(size: str, folder: str) -> int:
    """Save an encoder with random weights and its extractor; return how many parameters it has."""
    model = Wav2Vec2ForSequenceClassification(Wav2Vec2Config(num_labels=8, **SIZES[size]))
    model.save_pretrained(folder)
    masked = SIZES[size].get("feat_extract_norm") == "layer"
    Wav2Vec2FeatureExtractor(return_attention_mask=masked).save_pretrained(folder)
    return model.num_parameters()


def _peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    sys.exit(main())
