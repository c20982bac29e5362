"""A second opinion from the words: which emotion does a text express, and what do voice and text say together?

Any text-classification model of the Hub that names emotions can be used. It runs on this machine.

Example:
    >>> voice = Prediction({"neutral": 0.5, "angry": 0.3, "calm": 0.2})
    >>> together = combine(voice, {"angry": 0.9, "neutral": 0.1}, weight=0.5)
    >>> together.label, {label: round(score, 2) for label, score in together.scores.items()}
    ('angry', {'neutral': 0.29, 'angry': 0.51, 'calm': 0.2})
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from emotion_hf.errors import LabelError, SettingsError
from emotion_hf.labels import canonical
from emotion_hf.model_source import check_all_loaded, check_folder, check_hub_id, is_local
from emotion_hf.prediction import Prediction, Verdict

TEXT_WEIGHT = 0.3
"""Weight of the text's opinion beside the voice's."""
WORDS_AT_ONCE = 200
"""A longer text is read in parts, because these models read at most about 500 tokens."""


class TextEmotion:
    """A text classifier with its tokenizer.

    Attributes:
        name: Name of its folder, or its Hub id.
    """

    def __init__(self, model: Any, tokenizer: Any, name: str):
        """Wrap a model; normally use `from_pretrained`."""
        self.model, self.tokenizer, self.name = model.eval(), tokenizer, name
        self._tokenizing = threading.Lock()
        self._own = [str(model.config.id2label[number]) for number in range(model.config.num_labels)]
        positions = (getattr(model.config, "max_position_embeddings", None) or 512) - 2  # RoBERTa reserves two
        self._most_tokens = min(tokenizer.model_max_length, positions)

    @classmethod
    def from_pretrained(cls, source: str | Path) -> TextEmotion:
        """Load a text-classification model from a folder or by its Hub id; code that comes with it is never run.

        Raises:
            CheckpointError: It cannot be loaded completely.
        """
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        from emotion_hf.weights import CONFIG, WEIGHTS, loading  # loads torch

        if is_local(source):
            check_folder(Path(source), (CONFIG, WEIGHTS))
        else:
            check_hub_id(str(source))
        with loading("The text model", source) as options:
            model, info = AutoModelForSequenceClassification.from_pretrained(
                source,
                trust_remote_code=False,
                use_safetensors=True,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
                adapter_kwargs=options,
                **options,
            )
            tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False, **options)
        check_all_loaded(source, info)
        return cls(model.float(), tokenizer, Path(source).resolve().name if Path(source).exists() else str(source))

    def scores(self, text: str, labels: Iterable[str]) -> dict[str, float]:
        """Return the probability of each emotion that the text model and `labels` have in common; they sum to 1.

        Args:
            text: What was said. Parts of a long text count by their number of words. Without words there are no
                scores.
            labels: Labels of the recogniser. Other labels of the text model are left out.

        Raises:
            LabelError: They have no label in common.
        """
        columns = self._columns(labels)
        words = text.split()
        if not words:
            return {}
        parts = [words[start : start + WORDS_AT_ONCE] for start in range(0, len(words), WORDS_AT_ONCE)]
        shares = np.average([self._read(" ".join(part)) for part in parts], axis=0, weights=[*map(len, parts)])
        sums = {label: float(shares[numbers].sum()) for label, numbers in columns.items()}
        total = sum(sums.values())
        return {label: share / total for label, share in sums.items()} if total > 0 else {}

    def check_labels(self, labels: Iterable[str]) -> None:
        """Check that the text model and the recogniser have a label in common.

        Raises:
            LabelError: They have none.
        """
        self._columns(labels)

    def _columns(self, labels: Iterable[str]) -> dict[str, list[int]]:
        """Return the numbers of the text model's labels that mean each of `labels`."""
        wanted = {canonical(label): label for label in labels}
        columns: dict[str, list[int]] = {}
        for number, own in enumerate(self._own):
            if (meaning := canonical(own)) in wanted:
                columns.setdefault(wanted[meaning], []).append(number)
        if not columns:
            raise LabelError(
                f"The text model {self.name} names none of the emotions {', '.join(wanted.values())}; its labels are "
                f"{', '.join(self._own)}."
            )
        return columns

    def _read(self, text: str) -> np.ndarray:
        """Return the probability of each of the model's own labels, shape ``(labels,)``."""
        import torch

        with self._tokenizing:  # a tokenizer that truncates cannot work for two threads at once
            inputs = self.tokenizer(text, truncation=True, max_length=self._most_tokens, return_tensors="pt")
        with torch.inference_mode():
            logits = self.model(**inputs.to(self.model.device)).logits[0].double()
        return logits.softmax(-1).cpu().numpy()


def combine(
    prediction: Prediction,
    text_scores: Mapping[str, float],
    weight: float = TEXT_WEIGHT,
    *,
    not_sure_below: float | None = None,
) -> Prediction:
    """Return the weighted mean of a voice's prediction and a text's scores.

    Only the labels that both know are averaged, within the probability that the voice gives to them together; the
    other labels keep theirs.

    Args:
        prediction: The voice's prediction; without speech it is returned as it is.
        text_scores: Probabilities from `TextEmotion.scores`; without any, the prediction is returned as it is.
        weight: Weight of the text, from 0 to 1.
        not_sure_below: Confidence below which the result is "not sure", as for the voice's model; by default the
            verdict of the voice stays.

    Raises:
        SettingsError: The weight is not between 0 and 1.
    """
    if not 0 <= weight <= 1:
        raise SettingsError(f"The weight of the text is {weight:g}; it must be from 0 to 1.")
    shared = {label: score for label, score in text_scores.items() if label in prediction.scores}
    total = sum(shared.values())
    if not total:
        return prediction
    divided = sum(prediction.scores[label] for label in shared)
    scores = {
        label: (1 - weight) * score + weight * divided * shared[label] / total if label in shared else score
        for label, score in prediction.scores.items()
    }
    verdict = prediction.verdict
    if not_sure_below is not None:
        verdict = Verdict.NOT_SURE if max(scores.values()) < not_sure_below else Verdict.OK
    return replace(prediction, scores=scores, verdict=verdict)
