"""What a training will take: counted and measured without training, for each family, with and without a cache."""

import pytest

from emotion_hf.errors import LabelError
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.run import Run
from emotion_hf.testing import tiny_corpus
from emotion_hf.training.estimate import forecast
from emotion_hf.training.finetune import fine_tune
from emotion_hf.training.pretrained_encoder import start_from
from tests.tiny_encoder import encoder_recipe, save_whisper

SMALL = {"model": {"front_end": {"num_mel_bins": 16}, "config": {"backbone": "cnn", "widths": [4], "hidden_size": 4}}}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("ravdess"), speakers=5)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    save_whisper(folder := tmp_path_factory.mktemp("whisper"))
    return folder


def test_cached_embeddings_are_counted_and_a_fresh_head_reuses_those_of_its_model(corpus, encoder, tmp_path):
    recipe, data, cache = encoder_recipe(encoder), {"ravdess": corpus}, tmp_path / "cache"
    first = forecast(recipe, data, cache)
    assert (first.clips, first.speakers, first.unknown, first.train, first.test) == (40, 5, 0, 32, 8)
    assert first.hours == pytest.approx(40 / 3600, rel=0.01)
    assert first.cached == 0 and first.seconds > 8
    assert first.licence[0] == "The licence of the new model is CC BY-NC-SA 4.0, because of ravdess."
    assert "CC BY-NC-SA" in first.to_text() and "0% of the embeddings are cached" in first.to_text()
    trained = fine_tune(recipe, data, tmp_path / "run", cache=cache)
    assert forecast(recipe, data, cache).cached == 1.0

    changes = ("model.head.fresh=true", "model.config={}", "model.head.passes=1")
    fresh = encoder_recipe(trained.folder, *changes, "data.labels=[happy, sad]")
    again = fine_tune(fresh, data, tmp_path / "fresh", cache=cache)
    model, _ = start_from(trained.folder, ("happy", "sad"), {})
    assert model.config.pooled_layers == [1, 2]
    run = Run.read(again.folder)
    assert run.recipe["data"]["labels"] == ["happy", "sad"] and run.earlier_corpora == []
    assert forecast(fresh, data, cache).cached == 1.0  # half precision of the stored encoder is embedded alike


def test_a_tuned_encoder_and_a_network_are_timed_by_their_steps(corpus, encoder, tmp_path):
    data = {"ravdess": corpus}
    network = [
        forecast(recipe_from_mapping({"name": "small", **SMALL}, [f"training.epochs={epochs}"]), data, tmp_path)
        for epochs in (1, 1000)
    ]
    assert network[0].cached is None and network[1].seconds > network[0].seconds
    assert (network[0].train, network[0].validation, network[0].test) == (24, 8, 8)
    tuned = forecast(encoder_recipe(encoder, "model.encoder.trained_layers=1", "training.epochs=2"), data, tmp_path)
    assert tuned.cached is None and tuned.seconds > 8
    assert not [*tmp_path.iterdir()]  # nothing is left behind


def test_data_that_cannot_be_learned_is_refused_and_own_recordings_have_their_owner(corpus, encoder, tmp_path):
    with pytest.raises(LabelError, match="one emotion"):
        forecast(encoder_recipe(encoder, "data.labels=[sad]"), {"ravdess": corpus}, tmp_path)
    own = tmp_path / "own"
    for emotion, number in (("happy", "03"), ("sad", "04")):
        for actor in sorted(corpus.iterdir()):
            for clip in actor.glob(f"03-01-{number}-*"):
                (own / emotion / actor.name).mkdir(parents=True)
                (own / emotion / actor.name / clip.name).symlink_to(clip)
    found = forecast(encoder_recipe(encoder), {"mine": own}, tmp_path / "cache")
    assert found.licence == ("mine: the owner of the recordings decides whether the new model may be published.",)
    assert found.data[0].how.startswith("from folder names") and list(found.clips_by_emotion) == ["happy", "sad"]
