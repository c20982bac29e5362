"""Speech emotion recognition on the Hugging Face stack.

Importing this package loads neither torch nor gradio; names are fetched when first used (PEP 562).

Example:
    >>> from emotion_hf import EmotionRecognizer  # doctest: +SKIP
    >>> EmotionRecognizer.from_pretrained()("clip.wav").label  # doctest: +SKIP
    'happy'
"""

from importlib import import_module
from typing import TYPE_CHECKING

from emotion_hf.errors import naming_missing_packages
from emotion_hf.torchaudio_standin import ensure_torchaudio

if TYPE_CHECKING:
    from emotion_hf.answers import predict_directory as predict_directory
    from emotion_hf.audio import load_audio as load_audio
    from emotion_hf.data.loader import load_corpora as load_corpora
    from emotion_hf.evaluation.comparison import compare as compare
    from emotion_hf.evaluation.evaluate import evaluate as evaluate
    from emotion_hf.labels import LABELS as LABELS
    from emotion_hf.prediction import Prediction as Prediction
    from emotion_hf.prediction import Verdict as Verdict
    from emotion_hf.recipes import load_recipe as load_recipe
    from emotion_hf.recognizer import EmotionRecognizer as EmotionRecognizer
    from emotion_hf.training.finetune import fine_tune as fine_tune

ensure_torchaudio()  # before anything imports transformers, which imports torchaudio

__version__ = "0.2.0"

_EXPORTS = {
    "EmotionRecognizer": "emotion_hf.recognizer",
    "LABELS": "emotion_hf.labels",
    "Prediction": "emotion_hf.prediction",
    "Verdict": "emotion_hf.prediction",
    "compare": "emotion_hf.evaluation.comparison",
    "evaluate": "emotion_hf.evaluation.evaluate",
    "fine_tune": "emotion_hf.training.finetune",
    "load_audio": "emotion_hf.audio",
    "load_corpora": "emotion_hf.data.loader",
    "load_recipe": "emotion_hf.recipes",
    "predict_directory": "emotion_hf.answers",
}
__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> object:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with naming_missing_packages():
        return getattr(import_module(_EXPORTS[name]), name)
