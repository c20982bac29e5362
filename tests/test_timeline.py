"""Timelines: windows that follow the speech, bands, shares and moments, and the files that they are written to."""

import csv
import io
import itertools
import json
import re
import time

import numpy as np
import pytest

from emotion_hf.errors import SettingsError
from emotion_hf.labels import FACES
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.speech import Segment
from emotion_hf.testing import FakeClassifier, synthetic_voice
from emotion_hf.timeline import (
    FINDING_SPEECH,
    NO_SPEECH,
    NOT_SURE,
    Timeline,
    Window,
    check_windows,
    clock,
    cut,
    cut_segments,
    make_timeline,
)
from emotion_hf.timeline.files import check_timeline_output, render_timeline, write_timeline
from emotion_hf.timeline.picture import COLUMNS, describe, ticks, timeline_html
from emotion_hf.voice import Voice, no_voice

RATE = 16_000


def said(label: str, confidence: float = 0.8, **more) -> Prediction:
    """Return a prediction over three labels."""
    rest = (1 - confidence) / 2
    scores = {name: confidence if name == label else rest for name in ("neutral", "angry", "sad")}
    return Prediction(scores=scores, model="demo", **more)


def timeline(*parts: tuple[float, float, Prediction], seconds: float) -> Timeline:
    """Return a timeline of windows."""
    return Timeline(tuple(Window(*part) for part in parts), said("neutral"), seconds)


def names(made: Timeline) -> list[tuple[float, float, str]]:
    """Return start, end and name of each band."""
    return [(band.start_seconds, band.end_seconds, band.name) for band in made.bands]


def test_each_stretch_of_speech_is_a_window_with_some_sound_around_it():
    windows = cut_segments([Segment(2, 4), Segment(8, 9.5)], 12, 4, 2)
    assert windows == (Segment(1.7, 4.3), Segment(7.7, 9.8))


def test_words_beside_a_short_pause_are_one_window():
    assert cut_segments([Segment(2, 3), Segment(3.4, 5)], 10, 4, 2) == (Segment(1.7, 5.3),)


def test_windows_of_neighbouring_sentences_do_not_overlap():
    first, second = cut_segments([Segment(1, 3), Segment(3.55, 5)], 10, 4, 2)
    assert first.end_seconds == pytest.approx(second.start_seconds) == pytest.approx(3.275)


def test_one_word_gets_a_second():
    (window,) = cut_segments([Segment(5, 5.2)], 10, 4, 2)
    assert window.end_seconds - window.start_seconds == pytest.approx(1.0)


@pytest.mark.parametrize(("window", "step"), [(4, 2), (3, 1), (8, 8)])
def test_a_long_stretch_is_covered_by_overlapping_windows(window, step):
    windows = cut_segments([Segment(1, 61)], 62, window, step)
    starts = np.array([one.start_seconds for one in windows])
    assert windows[0].start_seconds == pytest.approx(0.7) and windows[-1].end_seconds == pytest.approx(61.3)
    assert (np.diff(starts) <= step + 1e-9).all() and (np.diff(starts) > 0).all()
    assert all(one.end_seconds - one.start_seconds == pytest.approx(window) for one in windows)


@pytest.mark.parametrize(("window", "step"), [(0.5, 0.5), (31, 2), (4, 0), (4, 5), (float("nan"), 1)])
def test_windows_that_cannot_be_used_are_refused(window, step):
    with pytest.raises(SettingsError, match=r"cannot be used; choose"):
        check_windows(window, step)


def test_silence_has_no_window_and_one_band():
    made = make_timeline(FakeClassifier(), np.zeros(5 * RATE, dtype=np.float32))
    assert made.windows == () and names(made) == [(0.0, 5.0, NO_SPEECH)]
    assert made.overall.verdict is Verdict.NO_SPEECH and made.shares == {} and made.moments() == ()
    assert "no speech" in timeline_html(made) and render_timeline(made, ".srt") == ""
    assert made.to_frame().empty and "No speech was found" in render_timeline(made, ".html")


def test_speech_is_found_where_it_is():
    pause = np.zeros(4 * RATE, dtype=np.float32)
    wave = np.concatenate([pause, synthetic_voice(3.0), pause, synthetic_voice(12.0, seed=1), pause])
    windows = cut(wave)
    assert 3.5 < windows[0].start_seconds < 4.5 and len(wave) / RATE > 26
    assert all(3.5 < one.start_seconds < 23.5 and one.end_seconds < 23.7 for one in windows)
    assert any(one.start_seconds > 10.5 for one in windows)


def test_neighbours_of_one_name_are_one_band_and_overlaps_are_halved():
    made = timeline((0, 4, said("angry", 0.9)), (2, 6, said("angry", 0.7)), (4, 8, said("sad")), seconds=8)
    assert names(made) == [(0, 5, "angry"), (5, 8, "sad")]
    assert made.bands[0].prediction.scores["angry"] == pytest.approx(0.8)


def test_only_a_long_pause_is_no_speech():
    made = timeline((0.5, 4, said("angry")), (5, 8, said("sad")), (12, 14, said("sad")), seconds=20)
    assert names(made) == [
        *((0.0, 4.5, "angry"), (4.5, 8, "sad"), (8, 12, NO_SPEECH), (12, 14, "sad"), (14, 20, NO_SPEECH)),
    ]


def test_bands_cover_the_recording_without_gaps_whatever_the_windows():
    rng = np.random.default_rng(0)
    for _ in range(50):
        starts, length = np.sort(rng.uniform(0, 55, rng.integers(1, 30))), rng.uniform(1, 5)
        parts = [(start, start + length, said(rng.choice(["angry", "sad"]))) for start in starts]
        bands = timeline(*parts, seconds=60).bands
        assert bands[0].start_seconds == 0 and bands[-1].end_seconds == 60
        assert all(one.end_seconds == next_.start_seconds for one, next_ in itertools.pairwise(bands))
        assert all(one.seconds > 0 for one in bands)


def test_shares_are_of_the_speaking_time():
    unsure = said("sad", 0.4, verdict=Verdict.NOT_SURE)
    made = timeline((0, 6, said("angry")), (6, 8, unsure), (8, 10, said("sad")), seconds=30)
    assert made.shares == pytest.approx({"angry": 0.6, NOT_SURE: 0.2, "sad": 0.2})
    assert made.to_dict()["bands"][1]["name"] == NOT_SURE


def test_the_strongest_moments_are_from_different_bands_and_not_ordinary():
    made = timeline(
        *((0, 4, said("angry", 0.9, intensity=0.5)), (4, 8, said("angry", 0.8, intensity=0.9))),
        *((8, 12, said("neutral", 0.95, intensity=0.9)), (12, 16, said("sad", 0.6, intensity=0.9))),
        (16, 20, said("angry", 0.35, verdict=Verdict.NOT_SURE)),
        seconds=20,
    )
    assert [moment.start_seconds for moment in made.moments()] == [4, 12]
    assert len(made.moments(1)) == 1


def test_a_time_has_a_band():
    made = timeline((0, 4, said("angry")), (4, 8, said("sad")), seconds=8)
    assert [made.at(second).name for second in (0, 3.9, 4, 99)] == ["angry", "angry", "sad", "sad"]


def test_progress_rises_to_one_and_an_error_in_it_stops_the_work():
    wave, shares = synthetic_voice(90.0), []
    make_timeline(FakeClassifier(), wave, shares.append)
    assert shares[0] == 0 and shares[-1] == 1 and shares == sorted(shares) and len(shares) > 3

    def stop(share: float) -> None:
        if share > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_timeline(FakeClassifier(), wave, stop)


class Batches(FakeClassifier):
    """A fake that notes the lengths of the waves of each batch."""

    def __init__(self):
        super().__init__()
        self.lengths = []

    def predict(self, waves):
        """Note the lengths."""
        self.lengths.append([len(wave) for wave in waves])
        return super().predict(waves)


def test_workers_predict_the_same_windows_and_those_of_similar_length_together():
    lengths = np.random.default_rng(0).uniform(1.0, 5.0, 40)
    pause = np.zeros(RATE, dtype=np.float32)
    wave = np.concatenate([part for one in lengths for part in (synthetic_voice(one), pause)])
    alone, shared = Batches(), Batches()
    assert make_timeline(shared, wave, workers=3) == make_timeline(alone, wave)
    assert sorted(shared.lengths) == sorted(alone.lengths) == alone.lengths  # one worker takes the shortest first
    assert len(alone.lengths) >= 3
    for before, after in itertools.pairwise(alone.lengths):
        assert max(before) <= min(after)


def test_windows_are_in_the_order_of_time_whatever_their_lengths():
    pause = np.zeros(RATE, dtype=np.float32)
    voices = [synthetic_voice(seconds) for seconds in (4.0, 1.5, 3.0)]
    made = make_timeline(FakeClassifier(), np.concatenate([part for one in voices for part in (one, pause)]))
    starts = [window.start_seconds for window in made.windows]
    assert len(starts) >= 3 and starts == sorted(starts)
    for window in made.windows:
        assert window.prediction.duration_seconds == pytest.approx(window.seconds, abs=1e-4)


def test_an_error_stops_the_workers_before_the_next_batch():
    class Slow(Batches):
        def predict(self, waves):
            time.sleep(0.1)
            return super().predict(waves)

    def stop(share: float) -> None:
        if share > FINDING_SPEECH:
            raise KeyboardInterrupt

    classifier, wave = Slow(), synthetic_voice(60.0)
    with pytest.raises(KeyboardInterrupt):
        make_timeline(classifier, wave, stop, window_seconds=1.0, step_seconds=0.25, workers=2)
    assert 1 <= len(classifier.lengths) <= 5 < len(cut(wave, 1.0, 0.25)) / 16


class KnowsVoices(FakeClassifier):
    """A fake that notes what it was given, and makes everything sad."""

    can_adapt = True
    given = None

    def learn_voice(self, predictions) -> Voice:
        """Note the predictions."""
        self.given = list(predictions)
        return no_voice(len(self.labels))

    def correct(self, prediction, voice):
        """Return a sad prediction."""
        return Prediction({label: float(label == "sad") for label in self.labels}, model=self.name)


def test_the_speakers_own_mean_is_the_reference_unless_turned_off():
    wave, model = synthetic_voice(9.0), KnowsVoices()
    made = make_timeline(model, wave)
    assert made.is_centred and len(model.given) == len(made.windows) and set(made.shares) == {"sad"}
    assert not make_timeline(model, wave, centre=False).is_centred
    assert not make_timeline(FakeClassifier(), wave).is_centred


def test_a_recording_that_is_mostly_unsure_is_not_sure():
    class Unsure(FakeClassifier):
        def _answer(self, wave):
            return said("sad", 0.4, verdict=Verdict.NOT_SURE)

    assert make_timeline(Unsure(), synthetic_voice(5.0)).overall.verdict is Verdict.NOT_SURE


def test_it_can_be_stopped_before_the_first_step():
    def stop(share: float) -> None:
        assert share == 0.0
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_timeline(FakeClassifier(), synthetic_voice(3.0), stop)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (113.6, "1:54"), (3599.6, "1:00:00"), (3723, "1:02:03"), (59.4, "0:59")]
)
def test_times_read_like_a_clock(seconds, text):
    assert clock(seconds) == text


@pytest.mark.parametrize("seconds", [0.4, 3, 9, 61, 114, 600, 3600, 7200])
def test_ticks_are_round_and_few(seconds):
    shown = ticks(seconds)
    assert shown[0] == 0 and len(shown) <= 9 and shown[-1] <= seconds
    assert all(re.fullmatch(r"\d+:\d\d(:\d\d)?", clock(one)) for one in shown)


def test_the_picture_names_each_band_and_escapes_labels():
    odd = Prediction({"<b>": 0.9, "sad": 0.1}, model="demo")
    html = timeline_html(Timeline((Window(0, 4, odd),), odd, 10.0))
    assert "&lt;b&gt;" in html and "<b>" not in html and 'aria-label="0:04 to 0:10: no speech"' in html
    assert html.count('tabindex="0"') == 1


def test_the_picture_of_two_hours_is_not_larger_than_that_of_an_hour():
    parts = [(start, start + 4.0, said(("angry", "sad")[start // 40 % 2])) for start in range(0, 7200, 2)]
    html = timeline_html(timeline(*parts, seconds=7200))
    points = max(len(line.split()) for line in re.findall(r'points="([^"]*)"', html))
    assert points <= 2 * COLUMNS and len(html) < 500_000


def test_dark_text_is_readable_on_every_colour():
    def luminance(colour: str) -> float:
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    ink = luminance("#0f172a") + 0.05
    assert min((luminance(face.colour) + 0.05) / ink for face in FACES.values()) >= 6


def test_the_files_say_the_same(tmp_path):
    made = timeline((0, 4, said("angry")), (4, 8, said("sad", 0.4, verdict=Verdict.NOT_SURE)), seconds=12)
    for suffix in (".json", ".csv", ".srt", ".html"):
        check_timeline_output(tmp_path / f"out{suffix}")
        write_timeline(tmp_path / f"out{suffix}", made, "=1+1.wav")
    plain = json.loads((tmp_path / "out.json").read_text())
    assert plain["file"] == "=1+1.wav" and [band["name"] for band in plain["bands"]] == ["angry", NOT_SURE, NO_SPEECH]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
    assert rows[0]["file"] == "'=1+1.wav" and float(rows[1]["start_seconds"]) == 4.0 and rows[1]["label"] == "sad"
    subtitles = (tmp_path / "out.srt").read_text()
    assert "00:00:00,000 --> 00:00:04,000\nangry, 80 %" in subtitles and subtitles.count("-->") == 2
    page = (tmp_path / "out.html").read_text()
    assert "angry 50 %, not sure 50 %" in page and "src=" not in page and "http" not in page.replace("http-equiv", "")
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("name", ["out.txt", "no/out.json", "."])
def test_an_output_that_cannot_be_written_is_refused_before_the_work(tmp_path, name):
    with pytest.raises(SettingsError, match="Cannot write"):
        check_timeline_output(tmp_path / name)


def test_a_band_is_described_in_words():
    made = timeline((0, 4, said("angry")), (4, 8, said("sad", 0.4, verdict=Verdict.NOT_SURE)), seconds=12)
    assert [describe(band) for band in made.bands] == [
        *("0:00 to 0:04: angry, 80 %", "0:04 to 0:08: not sure, closest sad or neutral", "0:08 to 0:12: no speech"),
    ]
