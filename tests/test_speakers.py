"""Two speakers in one channel: turns, embedders, and timelines of each speaker."""

import csv
import io
import itertools

import numpy as np
import pytest
from transformers import AutoModelForAudioXVector, Wav2Vec2Config, Wav2Vec2FeatureExtractor, WhisperConfig
from transformers.models.wav2vec2.modeling_wav2vec2 import Wav2Vec2ForCTC, Wav2Vec2ForXVector

from emotion_hf.errors import CheckpointError, SettingsError
from emotion_hf.models import EncoderConfig, EncoderForAudioClassification
from emotion_hf.prediction import Prediction
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.speakers import (
    PIECE_SECONDS,
    SHORTEST_PIECE_SECONDS,
    are_apart,
    cluster,
    find_speakers,
    most_likely,
)
from emotion_hf.speakers.embedders import EncoderEmbedder, XVectorEmbedder, fits
from emotion_hf.speech import Segment, speech_segments
from emotion_hf.testing import FakeClassifier, synthetic_voice
from emotion_hf.timeline import (
    NO_SPEECH,
    OTHER_SPEAKER,
    Timeline,
    Window,
    cut_segments,
    make_timeline,
)
from emotion_hf.timeline.files import render_timeline
from emotion_hf.timeline.picture import describe, timeline_html
from emotion_hf.voice import Voice, no_voice

RATE = 16_000
LOW, HIGH, FRAME = 105.0, 230.0, 800


class PitchEmbedder:
    """Embeds a wave by its pitch: the median over frames of the highest peak of the autocorrelation."""

    def __init__(self):
        self.lengths = []

    def embed(self, waves):
        """Return the pitch in octaves above 150 Hz, and a constant."""
        self.lengths += [len(wave) / RATE for wave in waves]
        return np.array([[self._octaves(wave), 0.01] for wave in waves])

    def _octaves(self, wave: np.ndarray) -> float:
        frames = wave[: len(wave) // FRAME * FRAME].reshape(-1, FRAME)
        loud = frames[np.square(frames).mean(1) > np.square(frames).mean() / 4]
        correlations = np.fft.irfft(np.abs(np.fft.rfft(loud, 2 * FRAME)) ** 2)[:, : RATE // 80]
        lags = RATE // 300 + correlations[:, RATE // 300 :].argmax(1)
        return float(np.median(np.log2(RATE / lags / 150)))


class RandomEmbedder:
    """Embeds a wave at random: all waves may be from one speaker."""

    def __init__(self):
        self._rng = np.random.default_rng(0)

    def embed(self, waves):
        """Return Gaussian noise."""
        return self._rng.normal(size=(len(waves), 16))


def talk(*parts: tuple[float, float], pause: float = 0.1) -> np.ndarray:
    """Return voices one after the other, each with a pitch in Hz and a length in seconds."""
    silence = np.zeros(round(pause * RATE), dtype=np.float32)
    voices = [synthetic_voice(seconds, f0_hz, seed=number) for number, (f0_hz, seconds) in enumerate(parts)]
    return np.concatenate([wave for voice in voices for wave in (voice, silence)])


def spoken_by(turns, at: float) -> str | None:
    return next((turn.speaker for turn in turns if turn.start_seconds <= at < turn.end_seconds), None)


def test_turns_have_the_right_speaker_and_end_where_the_speaker_changes():
    wave = talk((LOW, 6), (HIGH, 5), (LOW, 4), (HIGH, 7))
    turns = find_speakers(wave, PitchEmbedder())
    assert [name for name, _ in itertools.groupby(turn.speaker for turn in turns)] == ["A", "B", "A", "B"]
    assert [spoken_by(turns, at) for at in (2, 5, 7.2, 10, 12.2, 14, 16.4, 20)] == list("AABBAABB")
    changes = [turn.start_seconds for before, turn in itertools.pairwise(turns) if turn.speaker != before.speaker]
    assert changes == pytest.approx([6.1, 11.2, 15.3], abs=0.8)


def test_turns_cover_exactly_the_speech():
    wave = np.concatenate([np.zeros(3 * RATE, np.float32), talk((HIGH, 5), (LOW, 5), pause=1.5)])
    turns, segments = find_speakers(wave, PitchEmbedder()), speech_segments(wave)
    assert sum(turn.seconds for turn in turns) == pytest.approx(sum(one.seconds for one in segments))
    assert all(one.end_seconds <= other.start_seconds for one, other in itertools.pairwise(turns))
    assert turns[0].speaker == "A" and turns[-1].speaker == "B"


def test_one_voice_is_one_speaker():
    wave = talk((LOW, 12), (LOW, 12))
    assert {turn.speaker for turn in find_speakers(wave, RandomEmbedder())} == {"A"}


def test_without_speech_there_is_no_turn_and_nothing_to_embed():
    embedder = PitchEmbedder()
    assert find_speakers(np.zeros(5 * RATE, dtype=np.float32), embedder) == () and embedder.lengths == []


def test_too_little_speech_to_compare_is_one_speaker():
    embedder = PitchEmbedder()
    turns = find_speakers(synthetic_voice(1.4), embedder)
    assert {turn.speaker for turn in turns} == {"A"} and embedder.lengths == []


def test_pieces_have_one_length_and_short_segments_are_made_longer():
    embedder = PitchEmbedder()
    find_speakers(talk((LOW, 6), (HIGH, 0.6), (LOW, 6), pause=0.8), embedder)
    assert max(embedder.lengths) == pytest.approx(PIECE_SECONDS, abs=0.01)
    assert min(embedder.lengths) >= SHORTEST_PIECE_SECONDS - 0.01


def test_progress_rises_and_an_error_in_it_stops_the_work():
    shares = []
    find_speakers(talk((LOW, 20), (HIGH, 20)), PitchEmbedder(), shares.append)
    assert shares[0] == 0 and shares[-1] == 1 and shares == sorted(shares) and len(shares) > 3

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_speakers(talk((LOW, 3)), PitchEmbedder(), stop)


def test_embeddings_that_are_not_finite_are_refused():
    class Broken:
        def embed(self, waves):
            return np.full((len(waves), 4), np.nan)

    with pytest.raises(CheckpointError, match="not finite"):
        find_speakers(talk((LOW, 6)), Broken())


def groups(distance: float, counts: tuple[int, int], size: int = 8) -> np.ndarray:
    """Return two Gaussian groups of windows with a distance in standard deviations."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(sum(counts), size))
    points[counts[0] :, 0] += distance
    return points


def test_groups_are_found_even_if_one_is_small():
    numbers = cluster(groups(12, (40, 6)), np.full(46, 1.5))
    assert numbers.tolist() == [0] * 40 + [1] * 6


def test_the_first_to_speak_is_the_first_speaker():
    assert cluster(groups(12, (5, 30))[::-1], np.full(35, 1.5))[[0, -1]].tolist() == [0, 1]


def test_a_short_odd_window_changes_nothing():
    points, seconds = groups(12, (20, 20)), np.full(40, 1.5)
    points[10], seconds[10] = points[30], 0.1
    assert cluster(points, seconds)[10] == 0
    seconds[10] = 1.5
    assert cluster(points, seconds)[10] == 1


@pytest.mark.parametrize("points", [np.zeros((9, 3)), np.repeat(np.eye(2), 4, axis=0), np.zeros((0, 3))])
def test_windows_that_are_all_alike_are_one_speaker(points):
    assert cluster(points, np.full(len(points), 1.5)).tolist() == [0] * len(points)


def test_only_distant_groups_are_two_speakers():
    numbers = np.repeat([0, 1], 30)
    close, far = (groups(distance, (30, 30)) for distance in (1, 9))
    assert not are_apart(close - close.mean(0), numbers) and are_apart(far - far.mean(0), numbers)
    assert not are_apart(far, np.zeros(60, dtype=int))


def test_a_long_recording_is_compared_quickly_and_alike():
    points = groups(9, (6000, 4000))
    assert are_apart(points - points.mean(0), np.repeat([0, 1], [6000, 4000]))


def test_the_most_likely_sequence_is_the_best_of_all():
    evidence = np.random.default_rng(1).normal(size=(8, 2)) * 3

    def value(path) -> float:
        return sum(row[number] for row, number in zip(evidence, path, strict=True)) - 2 * sum(
            one != other for one, other in itertools.pairwise(path)
        )

    best = max(itertools.product((0, 1), repeat=8), key=value)
    assert most_likely(evidence, 2.0).tolist() == list(best)


# Embedders


@pytest.fixture(scope="module")
def recognizer():
    return EmotionRecognizer.from_pretrained()


def test_the_shipped_encoder_tells_synthetic_voices_apart(recognizer):
    turns = find_speakers(talk((LOW, 8), (HIGH, 8), (LOW, 6)), recognizer.speaker_embedder())
    assert [spoken_by(turns, at) for at in (3, 6, 10, 14, 18, 21)] == list("AABBAA")


def test_embeddings_do_not_depend_on_the_batch_or_the_level(recognizer):
    embedder = recognizer.speaker_embedder()
    waves = [synthetic_voice(seconds, seed=number) for number, seconds in enumerate((1.5, 0.8, 1.2))]
    together = embedder.embed(waves)
    assert together.shape == (3, 32)
    for wave, embedding in zip(waves, together, strict=True):
        assert embedder.embed([0.1 * wave])[0] == pytest.approx(embedding, abs=0.02)


def test_another_encoder_is_refused_and_other_models_use_the_shipped_one(recognizer):
    config = EncoderConfig(num_labels=2)
    other = EncoderForAudioClassification(config).eval()
    assert fits(recognizer.model) and not fits(other) and not fits(object())
    with pytest.raises(CheckpointError, match="another encoder"):
        EncoderEmbedder(other, recognizer.extractor)

    class Scorer:
        labels, not_sure_below, batch_size = ("happy", "sad"), 0.0, 1

    wave = synthetic_voice(1.0)
    borrowed = EmotionRecognizer(Scorer(), "other").speaker_embedder()
    assert borrowed.embed([wave]) == pytest.approx(recognizer.speaker_embedder().embed([wave]))


TINY = {
    **{"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16},
    **{"conv_dim": (8, 8), "conv_kernel": (10, 8), "conv_stride": (20, 16), "num_conv_pos_embeddings": 4},
    **{"num_conv_pos_embedding_groups": 2, "tdnn_dim": (8, 8, 16), "tdnn_kernel": (3, 2, 1), "vocab_size": 8},
    **{"tdnn_dilation": (1, 2, 1), "xvector_output_dim": 12, "num_feat_extract_layers": 2},
}


@pytest.fixture
def verification(tmp_path):
    """A folder with a tiny speaker-verification model with random weights."""
    Wav2Vec2ForXVector(Wav2Vec2Config(**TINY)).save_pretrained(tmp_path)
    Wav2Vec2FeatureExtractor().save_pretrained(tmp_path)
    return tmp_path


def test_a_speaker_verification_checkpoint_embeds(verification):
    embedder = XVectorEmbedder.from_pretrained(verification, device="cpu")
    waves = [synthetic_voice(seconds) for seconds in (1.5, 0.75)]
    vectors = embedder.embed(waves)
    assert vectors.shape == (2, 12) and np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert embedder.embed(waves[1:])[0] == pytest.approx(vectors[1], abs=1e-6)
    reference = AutoModelForAudioXVector.from_pretrained(verification)
    inputs = Wav2Vec2FeatureExtractor()(waves[0], sampling_rate=RATE, return_tensors="pt")
    expected = reference(**inputs).embeddings[0].detach().numpy()
    assert vectors[0] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-5)


def test_a_checkpoint_without_the_head_is_refused(verification):
    Wav2Vec2ForCTC(Wav2Vec2Config(**TINY)).save_pretrained(verification)
    with pytest.raises(CheckpointError, match="lacks weights of a speaker-verification model"):
        XVectorEmbedder.from_pretrained(verification)


def test_another_kind_of_model_or_none_is_refused(verification):
    WhisperConfig().save_pretrained(verification)
    with pytest.raises(CheckpointError, match="no speaker-verification model of transformers"):
        XVectorEmbedder.from_pretrained(verification)
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        XVectorEmbedder.from_pretrained(verification / "missing")


def test_another_sampling_rate_is_refused(verification):
    Wav2Vec2FeatureExtractor(sampling_rate=8_000).save_pretrained(verification)
    with pytest.raises(CheckpointError, match="needs audio at 8000 Hz"):
        XVectorEmbedder.from_pretrained(verification)


# Timelines


class ByPitch(FakeClassifier):
    """A fake that is happy about high voices and sad about low ones, and notes whose voices it learned."""

    can_adapt = True

    def __init__(self):
        super().__init__(("happy", "sad"))
        self.learned = []

    def _answer(self, wave):
        is_high = PitchEmbedder().embed([wave])[0, 0] > 0
        return Prediction({"happy": 0.8 if is_high else 0.2, "sad": 0.2 if is_high else 0.8}, model=self.name)

    def learn_voice(self, predictions) -> Voice:
        """Note the labels."""
        self.learned.append({one.label for one in predictions})
        return no_voice(2)

    def correct(self, prediction, voice):
        """Return the prediction unchanged."""
        return prediction


@pytest.fixture(scope="module")
def interview():
    """Two speakers, of whom one is happy and one sad: the recording, its model and its timeline."""
    wave, model = talk((LOW, 6), (HIGH, 9), (LOW, 5)), ByPitch()
    return wave, model, make_timeline(model, wave, speakers=2, embedder=PitchEmbedder())


def test_no_window_contains_two_speakers(interview):
    _, _, made = interview
    assert made.speakers == ("A", "B")
    assert {(window.speaker, window.prediction.label) for window in made.windows} == {("A", "sad"), ("B", "happy")}
    assert all(
        one.end_seconds <= other.start_seconds + 1e-9
        for one, other in itertools.pairwise(made.windows)
        if one.speaker != other.speaker
    )
    assert [(band.name, band.speaker) for band in made.bands] == [("sad", "A"), ("happy", "B"), ("sad", "A")]


def test_each_speaker_has_a_voice_of_their_own(interview):
    _, model, made = interview
    assert made.is_centred and sorted(map(sorted, model.learned)) == [["happy"], ["sad"]]


def test_the_timeline_of_one_speaker_has_no_time_of_the_other(interview):
    _, _, made = interview
    first, second = made.of("A"), made.of("B")
    assert first.shares == {"sad": 1.0} and second.shares == {"happy": 1.0} and set(made.shares) == {"sad", "happy"}
    assert [band.name for band in first.bands] == ["sad", OTHER_SPEAKER, "sad"]
    assert first.overall.label == "sad" and second.overall.label == "happy"
    assert {one.speaker for one in second.moments()} == {"B"}
    assert second.bands[0].start_seconds == 0 and second.bands[-1].end_seconds == made.duration_seconds
    with pytest.raises(SettingsError, match="no speaker 'C' in this recording; the speakers are A and B"):
        made.of("C")


def test_a_timeline_without_speakers_says_nothing_about_them(interview):
    wave, model, _ = interview
    plain = make_timeline(model, wave)
    assert plain.speakers == () and "speaker" not in str(plain.to_dict()) + render_timeline(plain, ".csv")
    assert "speaker" not in timeline_html(plain).lower().replace("other-speaker", "")
    with pytest.raises(SettingsError, match="not told apart"):
        plain.of("A")


def test_silence_has_no_speakers():
    made = make_timeline(FakeClassifier(), np.zeros(5 * RATE, np.float32), speakers=2, embedder=PitchEmbedder())
    assert made.speakers == () and [band.name for band in made.bands] == [NO_SPEECH]


def test_files_and_pictures_name_the_speaker(interview):
    _, _, made = interview
    rows = list(csv.DictReader(io.StringIO(render_timeline(made, ".csv"))))
    assert {(row["speaker"], row["label"]) for row in rows} == {("A", "sad"), ("B", "happy")}
    assert made.to_dict()["bands"][1]["speaker"] == "B" and set(made.to_frame()["speaker"]) == {"A", "B"}
    assert "\nA: sad, 80 %\n" in render_timeline(made, ".srt")
    page = render_timeline(made, ".html")
    assert "Speaker A: sad 100 %. Speaker B: happy 100 %." in page and "<td>B</td><td>happy</td>" in page
    assert ">A: sad</button>" in timeline_html(made) and ">B: happy</button>" in timeline_html(made)
    assert describe(made.bands[0]).endswith(", speaker A: sad, 80 %")
    own = made.of("A")
    assert describe(own.bands[1]).endswith(", speaker B: other speaker") and ">B</button>" in timeline_html(own)
    assert render_timeline(own, ".srt").count("-->") == 2
    assert "Share of the speaking time: sad 100 %" in render_timeline(own, ".html")


def test_a_short_answer_of_the_other_is_not_bridged():
    sad, happy = (Prediction({"happy": share, "sad": 1 - share}, model="demo") for share in (0.1, 0.9))
    windows = (Window(0, 4, sad, "A"), Window(4, 5, happy, "B"), Window(5, 9, sad, "A"))
    own = Timeline(windows, sad, 9.0).of("A")
    assert [(band.start_seconds, band.end_seconds, band.name) for band in own.bands] == [
        *((0, 4, "sad"), (4, 5, OTHER_SPEAKER), (5, 9, "sad")),
    ]
    assert own.to_dict()["bands"][1]["speaker"] == "B" and len(own.windows) == 2


def test_words_of_two_speakers_beside_a_short_pause_are_two_windows():
    windows = cut_segments(
        [Segment(1, 4, speaker="A"), Segment(4, 6, speaker="B"), Segment(6.2, 8, speaker="B")], 10, 4, 2
    )
    assert [(one.start_seconds, one.end_seconds, one.speaker) for one in windows] == [
        *((0.7, 4.0, "A"), (4.0, 8.3, "B")),
    ]
    assert {one.speaker for one in cut_segments([Segment(1, 20, speaker="A")], 21, 4, 2)} == {"A"}


@pytest.mark.parametrize("count", [0, 3])
def test_another_number_of_speakers_is_refused(count):
    with pytest.raises(SettingsError, match=f"{count} speakers cannot be told apart; choose 1 or 2"):
        make_timeline(FakeClassifier(), synthetic_voice(3.0), speakers=count)


def test_a_model_without_embeddings_needs_an_embedder():
    with pytest.raises(SettingsError, match="name a speaker-verification model"):
        make_timeline(FakeClassifier(), synthetic_voice(3.0), speakers=2)


def test_progress_covers_both_parts():
    shares = []
    make_timeline(ByPitch(), talk((LOW, 20), (HIGH, 20)), shares.append, speakers=2, embedder=PitchEmbedder())
    assert shares[0] == 0 and shares[-1] == 1 and shares == sorted(shares) and sum(share > 0.5 for share in shares) > 1


def test_the_recognizer_tells_two_speakers_apart_by_itself(recognizer):
    made = recognizer.timeline((RATE, talk((LOW, 7), (HIGH, 7))), speakers=2)
    assert made.speakers == ("A", "B") and made.is_centred
    assert {window.speaker for window in made.windows if window.centre < 6} == {"A"}
