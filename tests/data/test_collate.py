"""From rows to batches."""

import numpy as np
import pytest
import torch

from emotion_hf.audio import load_audio
from emotion_hf.data.augment import Augmenter
from emotion_hf.data.collate import FULL_SCALE, WaveCollator, decode
from emotion_hf.data.loader import label_masks, load_corpora, resolve_labels
from emotion_hf.models import SpectrogramFeatureExtractor
from emotion_hf.recipes import AugmentationRecipe
from emotion_hf.testing import tiny_corpus

EXTRACTOR = SpectrogramFeatureExtractor(num_mel_bins=40)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return load_corpora({"ravdess": tiny_corpus(tmp_path_factory.mktemp("tiny"), speakers=2)})


@pytest.fixture(scope="module")
def rows(dataset):
    return decode(dataset)


def collator(dataset, **options) -> WaveCollator:
    return WaveCollator(EXTRACTOR, resolve_labels(dataset), label_masks(dataset), **options)


def test_decoded_waves_are_the_recordings_at_full_scale(dataset, rows):
    wave = load_audio(dataset[3]["audio"]["path"])
    assert np.abs(rows[3]["wave"]).max() == FULL_SCALE
    np.testing.assert_allclose(rows[3]["wave"] / FULL_SCALE, wave / np.abs(wave).max(), atol=2e-5)
    assert rows[3]["emotion"] == dataset[3]["emotion"]


def test_a_batch_has_features_and_targets_in_label_order(dataset, rows):
    batch = collator(dataset)([rows[number] for number in range(4)])
    labels = resolve_labels(dataset)
    assert batch["input_values"].shape[:3] == (4, 1, 40) and batch["label_mask"].all()
    assert [labels[number] for number in batch["labels"].argmax(1)] == [str(e) for e in dataset["emotion"][:4]]


def test_long_clips_are_cut_at_random_only_in_training(dataset, rows):
    row = {**rows[0], "wave": np.arange(3 * 16_000, dtype=np.int16)}
    plain = collator(dataset, max_seconds=1.0)
    cut = collator(dataset, augmenter=Augmenter(AugmentationRecipe(), 16_000), max_seconds=1.0)
    assert len(plain._wave(row["wave"])) == 16_000 and plain._wave(row["wave"])[0] == 0
    assert len({float(cut._wave(row["wave"])[0]) for _ in range(5)}) > 1


def test_a_corpus_without_a_label_is_masked_unless_mixing_brings_it(dataset, rows):
    labels = resolve_labels(dataset)
    masks = {"ravdess": [label != "calm" for label in labels]}
    calm = next(row for row in rows if str(row["emotion"]) == "calm")
    other = next(row for row in rows if str(row["emotion"]) == "happy")
    batch = WaveCollator(EXTRACTOR, labels, masks)([calm, other])
    column = labels.index("calm")
    assert batch["label_mask"][:, column].tolist() == [True, False]  # a clip's own label always counts
    assert batch["label_mask"].sum() == 2 * len(labels) - 1
    assert batch["labels"].dtype == torch.float32
