"""Models that `benchmarks.architectures` compares, and the protocols by which they are trained and tested.

Settings were chosen on validation clips or speakers, never on test clips.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Protocol:
    """Corpora and split.

    Attributes:
        corpora: Corpora for training and test.
        changes: Overrides of the recipe.
    """

    corpora: tuple[str, ...]
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes:
        title: Title in the table.
        entry: Module that trains it, and name of the recipe or baseline.
        changes: Overrides of the recipe.
    """

    title: str
    entry: tuple[str, str]
    changes: tuple[str, ...] = ()


PROTOCOLS = {
    "random": Protocol(("ravdess",), ("data.split=random:0.25",)),
    **{f"fold{fold}": Protocol(("ravdess",), (f"data.split=fold{fold}",)) for fold in range(1, 7)},
    "fold1_again": Protocol(("ravdess",), ("data.split=fold1", "seed=2")),
    "ravdess_tess": Protocol(
        ("ravdess", "tess"), ("data.split=random:0.1", "data.validation=0.111", "training.epochs=12")
    ),
    "leaked": Protocol(  # the folder of benchmarks.leak, whose clips are already augmented
        ("leaked",),
        (
            *("data.split=random:0.2", "augmentation.copies=1", "augmentation.white_noise_probability=0"),
            *("augmentation.pitch_probability=0", "augmentation.stretch_probability=0"),
        ),
    ),
}
NETWORK, BASELINE = "train.finetune", "train.baseline"
# Every network has a fixed number of epochs and uses its last weights, so nothing is chosen on test clips.
COMMON = ("data.validation=0",)
TINY = (
    *("model.checkpoint=openai/whisper-tiny", "model.config.num_hidden_layers=3"),
    "model.config.pooled_layers=[1,2,3]",
)
TUNED = (
    *("model.encoder.trained_layers=2", "model.encoder.layer_decay=0.5", "augmentation.mixup_alpha=0.2"),
    *("training.epochs=5", "training.batch_size=16", "training.learning_rate=1e-4", "training.label_smoothing=0.1"),
    *("training.ema_decay=0.99", "training.precision=bf16", "training.max_grad_norm=1"),
)
ROWS = {
    "mfcc_cnn": Row("CNN on MFCC and Δ (A1)", (NETWORK, "mfcc_cnn")),
    "cnn": Row("CNN on a log-mel image (B8)", (NETWORK, "cnn")),
    "resnet": Row("ResNet (C1)", (NETWORK, "resnet")),
    "transformer": Row("Transformer (C2)", (NETWORK, "transformer")),
    "bilstm": Row("BiLSTM (C3)", (NETWORK, "bilstm")),
    "waveform": Row("CNN on the waveform (C4)", (NETWORK, "waveform")),
    "mlp": Row("perceptron on the acoustic stack (D1)", (NETWORK, "mlp")),
    "attention": Row("CNN, BiLSTM, attention (E1)", (NETWORK, "cnn_bilstm_attention")),
    "whisper_base": Row("linear head on Whisper base, four layers, frozen (whisper.yaml)", (NETWORK, "whisper")),
    "whisper_base_tuned": Row("Whisper base, four layers, the top two fine-tuned", (NETWORK, "whisper"), TUNED),
    "whisper_tiny": Row("linear head on Whisper tiny, three layers, frozen", (NETWORK, "whisper"), TINY),
    "whisper_tiny_tuned": Row(
        "Whisper tiny, three layers, the top two fine-tuned", (NETWORK, "whisper"), (*TINY, *TUNED)
    ),
    "wav2vec2_tiny": Row("Wav2Vec2, small, random start", (NETWORK, "wav2vec2_tiny")),
    "svm": Row("SVM on engineered features", (BASELINE, "svm")),
    "logistic_regression": Row("logistic regression on engineered features", (BASELINE, "logistic_regression")),
    "random_forest": Row("random forest on engineered features", (BASELINE, "random_forest")),
    "gradient_boosting": Row("gradient boosting on engineered features", (BASELINE, "gradient_boosting")),
    "perceptron": Row("perceptron of scikit-learn on engineered features", (BASELINE, "mlp")),
}
ALL_FOLDS = ("logistic_regression",)  # and the model that ships, from `benchmarks.unseen_speakers`
PLAN = {
    "random": tuple(ROWS),
    "fold1": tuple(ROWS),
    **{f"fold{fold}": ALL_FOLDS for fold in range(2, 7)},
    "fold1_again": ("waveform",),
    "ravdess_tess": ("resnet", "transformer", "bilstm", "waveform"),
    "leaked": ("mlp",),
}
