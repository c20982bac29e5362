"""From rows to batches."""

import numpy as np
import pytest
import torch
from transformers import Wav2Vec2FeatureExtractor

from emotion_hf.audio import load_audio
from emotion_hf.data.augment import Augmenter
from emotion_hf.data.collate import FULL_SCALE, WaveCollator, augmented_copies, decode
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
    assert batch["input_values"].shape[2:] == (1, 40) and batch["label_mask"].all()
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


def test_copies_follow_their_source_and_are_changed_once(rows):
    changing = Augmenter(AugmentationRecipe(white_noise_probability=1.0, stretch_probability=1.0), 16_000)
    some = rows.select([5, 2, 9])
    copies = augmented_copies(some, changing, 6)
    assert copies["source"][:].tolist() == [source for source in range(3) for _ in range(6)]
    for row, source in enumerate(copies["source"][:].tolist()):
        original = some[source]
        assert {name: copies[row][name] for name in ("emotion", "speaker", "text", "language")} == {
            name: original[name] for name in ("emotion", "speaker", "text", "language")
        }
        assert np.array_equal(copies[row]["wave"], original["wave"]) == (row % 6 == 0)
        assert np.abs(copies[row]["wave"]).max() == FULL_SCALE and copies.features["wave"] == rows.features["wave"]
    assert len({len(copies[row]["wave"]) for row in range(6)}) > 1


def test_what_is_not_known_of_a_clip_is_not_known_of_its_copies(rows):
    unknown = rows.with_format(None).map(lambda row: {"speaker": None}).with_format("numpy")
    copies = augmented_copies(unknown, Augmenter(AugmentationRecipe(), 16_000), 2)
    assert copies.with_format(None)["speaker"][:] == [None] * 2 * len(rows)


def test_with_copies_a_clip_is_not_changed_again_in_each_epoch(dataset, rows):
    for copies, same in ((1, False), (6, True)):
        noisy = AugmentationRecipe(copies=copies, white_noise_probability=1.0)
        result = collator(dataset, augmenter=Augmenter(noisy, 16_000))._wave(rows[0]["wave"])
        assert np.allclose(result, rows[0]["wave"] / FULL_SCALE, atol=1e-6) == same


def test_extractors_of_transformers_pad_their_batches(dataset, rows):
    extractor = Wav2Vec2FeatureExtractor(return_attention_mask=True)
    short = {**rows[1], "wave": rows[1]["wave"][:8_000]}
    batch = WaveCollator(extractor, resolve_labels(dataset), label_masks(dataset))([rows[0], short])
    assert batch["input_values"].shape == batch["attention_mask"].shape == (2, len(rows[0]["wave"]))
    assert batch["attention_mask"].sum(1).tolist() == [len(rows[0]["wave"]), 8_000]
