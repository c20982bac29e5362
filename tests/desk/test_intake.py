"""Taking recordings: channels, speakers, the reference, alarms, and what is on the disk."""

from datetime import timedelta

import numpy as np
import pytest

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.desk import callers, calls, intake, setup
from emotion_hf.desk.calls import State
from emotion_hf.desk.rule import Level, Rule
from emotion_hf.desk.setup import OneChannel, Recordings
from emotion_hf.errors import AudioFormatError, AudioNotFoundError, DeskError, SettingsError, SpeakersUnknownError
from emotion_hf.feedback.sound import content_of, to_int16
from emotion_hf.prediction import Verdict
from emotion_hf.testing import FakeClassifier, synthetic_voice
from emotion_hf.voice import Voice
from tests.desk.conftest import START, Told, write_voice


class Loudness:
    """Tells speakers apart by how loud they are."""

    def embed(self, waves):
        return np.array([[np.sqrt(np.mean(wave**2)), 0.1] for wave in waves])


class TellsApart(Told):
    def speaker_embedder(self):
        return Loudness()


class HearsOne(Told):
    """Finds one voice in every recording."""

    def speaker_embedder(self):
        return self

    def embed(self, waves):
        return np.ones((len(waves), 2))


class Adapts(Told):
    """Learns how often it heard speech, and then says that it is certain that everything is happy."""

    can_adapt = True

    def learn_voice(self, predictions, emotions=None, *, ordinary=False):
        self.learned = len(predictions)
        return Voice(np.zeros(len(self.labels)), len(predictions), np.zeros((len(self.labels),) * 2))

    def correct(self, prediction, voice):
        from dataclasses import replace

        return replace(prediction, scores={one: float(one == "happy") for one in prediction.scores})


def talk(seed=0):
    """A loud speaker for 6 s, then a quiet one for 8 s."""
    return np.concatenate([synthetic_voice(6.0, seed=seed), 0.1 * synthetic_voice(8.0, seed=seed + 1)])


def test_a_call_has_what_was_recognised(desk, anna, take):
    call = take("angry", seconds=12.0)
    line = call.line
    assert (line.caller, line.label, line.confidence, line.verdict) == ("Anna", "angry", pytest.approx(0.9), "ok")
    assert (line.level, line.state, line.reason.emotion) == (Level.URGENT, State.OPEN, "angry")
    assert 0 <= line.reason.start_seconds < line.reason.end_seconds <= line.duration_seconds == 12.0
    assert line.strain == pytest.approx(0.9 + 2 * 0.1 / 7)
    assert call.prediction["label"] == "angry"
    assert list(call.prediction) == [
        *("verdict", "label", "confidence", "scores", "duration_seconds", "model", "intensity", "notes")
    ]
    assert len(call.timeline["windows"]) >= 4
    assert call.as_timeline().to_dict() == dict(call.timeline)
    stored = calls.wave(desk, call)
    assert np.array_equal(to_int16(stored), to_int16(synthetic_voice(12.0, seed=100)))
    assert calls.sound_path(desk, call).name == f"{content_of(stored)}.flac"


def test_any_classifier_will_do(desk, anna, tmp_path):
    path = write_voice(tmp_path / "a.wav", synthetic_voice(2.0))
    taken = intake.take(desk, FakeClassifier(), path, anna.id)
    assert (taken.is_new, taken.call.line.model, taken.call.line.reference_recordings) == (True, "fake", 0)


def test_a_recording_without_speech_is_a_calm_call(desk, anna, tmp_path):
    path = write_voice(tmp_path / "a.wav", np.zeros(2 * SAMPLING_RATE, np.float32))
    line = intake.take(desk, Told("angry"), path, anna.id).call.line
    assert (line.label, line.verdict, line.emotion, line.level) == (None, Verdict.NO_SPEECH, "no speech", Level.CALM)


def test_an_identical_recording_of_the_same_caller_is_taken_once(desk, anna, tmp_path):
    path = write_voice(tmp_path / "a.wav", synthetic_voice(2.0))
    first = intake.take(desk, Told(), path, anna.id)
    again = intake.take(desk, Told(), path.read_bytes(), anna.id, file_name="b.wav")
    assert (first.is_new, again.is_new, again.call) == (True, False, first.call)
    ben = callers.add(desk, "Ben")
    of_ben = intake.take(desk, Told(), path, ben.id)
    assert of_ben.is_new and of_ben.call.audio == first.call.audio


def test_the_callers_channel_is_used_and_the_other_one_is_not_kept(desk, anna, tmp_path):
    agent, caller = synthetic_voice(3.0, seed=1), synthetic_voice(3.0, seed=2)
    path = write_voice(tmp_path / "two.wav", agent, caller)
    with pytest.raises(SpeakersUnknownError, match=r"two\.wav has several channels, .* say which channel is the"):
        intake.take(desk, Told(), path, anna.id)
    setup.set_recordings(desk, Recordings(caller_channel=1))
    call = intake.take(desk, Told(), path, anna.id).call
    assert (call.channel, call.audio) == (1, content_of(caller))
    other = intake.take(desk, Told(), path, anna.id, channel=0).call
    assert (other.channel, other.audio) == (0, content_of(agent))


def test_two_channels_that_hold_the_same_are_one(desk, anna, tmp_path):
    wave = synthetic_voice(3.0)
    call = intake.take(desk, Told(), write_voice(tmp_path / "a.wav", wave, wave), anna.id).call
    assert call.channel is None


def test_a_mix_of_two_speakers_is_refused_until_somebody_says_who_is_the_caller(desk, anna, tmp_path):
    path = write_voice(tmp_path / "mix.wav", talk())
    with pytest.raises(SpeakersUnknownError, match=r"mix\.wav seems to hold two speakers: A speaks first, for \d s"):
        intake.take(desk, TellsApart(), path, anna.id)
    call = intake.take(desk, TellsApart("sad"), path, anna.id, speaker="A").call
    kept = calls.wave(desk, call)
    assert (call.speaker, call.line.duration_seconds) == ("A", 14.0)
    assert np.abs(kept[: 4 * SAMPLING_RATE]).max() > 0.2
    assert not kept[8 * SAMPLING_RATE :].any()  # the other one's words are not kept
    assert call.as_timeline().to_dict()["bands"] == call.timeline["bands"]


def test_a_mix_can_be_said_to_be_the_caller_alone(desk, anna, tmp_path):
    path = write_voice(tmp_path / "mix.wav", talk())
    call = intake.take(desk, TellsApart(), path, anna.id, speaker="caller").call
    assert (call.speaker, call.audio) == (None, content_of(talk()))


def test_one_speaker_where_two_were_expected_is_refused(desk, anna, tmp_path):
    setup.set_recordings(desk, Recordings(one_channel=OneChannel.B))
    path = write_voice(tmp_path / "one.wav", synthetic_voice(1.5))
    with pytest.raises(SpeakersUnknownError, match="cannot be told apart"):
        intake.take(desk, TellsApart(), path, anna.id)
    assert setup.recordings(desk).one_channel is OneChannel.B


def test_speakers_need_a_model_that_tells_them_apart(desk, anna, tmp_path):
    path = write_voice(tmp_path / "one.wav", synthetic_voice(2.0))
    with pytest.raises(SettingsError, match="cannot tell speakers apart"):
        intake.take(desk, Told(), path, anna.id, speaker="B")
    with pytest.raises(DeskError, match="choose one of check, caller, A, B"):
        intake.take(desk, Told(), path, anna.id, speaker="C")


def test_earlier_recordings_are_the_reference_and_are_counted(desk, anna, tmp_path):
    model, found = Adapts("sad"), []
    for number in range(3):
        path = write_voice(tmp_path / f"{number}.wav", synthetic_voice(2.0, seed=number))
        found.append(intake.take(desk, model, path, anna.id).call.line)
    assert [line.reference_recordings for line in found] == [0, 1, 2]
    assert model.learned == 3  # uncorrected scores of three recordings with one window each
    assert {line.label for line in found} == {"happy"}
    ben = callers.add(desk, "Ben")
    assert intake.take(desk, model, tmp_path / "0.wav", ben.id).call.line.reference_recordings == 0


def test_the_reference_of_another_model_does_not_count(desk, anna, tmp_path):
    class Other(Adapts):
        name = "other"

    for number, model in enumerate((Adapts(), Other(), Other())):
        path = write_voice(tmp_path / f"{number}.wav", synthetic_voice(2.0, seed=number))
        line = intake.take(desk, model, path, anna.id).call.line
    assert line.reference_recordings == 1


def test_an_alarm_is_followed_by_none_within_the_cool_down(desk, clock, take):
    states = []
    for minutes in (0, 3, 3, 3):  # the third is 6 minutes after the first
        clock.move(minutes=minutes)
        states.append(take("fearful").line.state)
    assert states == [State.OPEN, State.COOLING, State.OPEN, State.COOLING]
    assert take("fearful", happened_at=START - timedelta(days=1)).line.state is State.OPEN  # it was before


def test_the_stored_rule_decides(desk, take):
    assert take("happy").line.level is Level.CALM
    setup.set_rule(desk, Rule(emotions=("happy",), cool_down_minutes=0))
    assert take("happy").line.level is Level.URGENT
    assert setup.rule(desk).emotions == ("happy",)
    assert setup.rule_since(desk) > START


@pytest.mark.parametrize("channel", [-1, 64, True, 0.5])
def test_a_channel_that_cannot_be_is_refused(channel):
    with pytest.raises(SettingsError):
        Recordings(caller_channel=channel)


def test_bad_recordings_change_nothing(desk, anna, tmp_path):
    before = desk.change_number()
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound")
    for source, error in [(broken, AudioFormatError), (tmp_path / "none.wav", AudioNotFoundError)]:
        with pytest.raises(error):
            intake.take(desk, Told(), source, anna.id)
    good = write_voice(tmp_path / "a.wav", synthetic_voice(2.0))
    with pytest.raises(DeskError, match="no longer on the desk"):
        intake.take(desk, Told(), good, 999)
    with pytest.raises(DeskError, match="in the future"):
        intake.take(desk, Told(), good, anna.id, happened_at=START + timedelta(hours=1))
    assert desk.change_number() == before
    assert not list(desk.sounds.folder.rglob("*.flac"))


def test_progress_reaches_one_and_may_stop_the_work(desk, anna, tmp_path):
    shares = []
    path = write_voice(tmp_path / "a.wav", synthetic_voice(9.0))
    intake.take(desk, HearsOne(), path, anna.id, progress=shares.append)
    assert shares == sorted(shares) and shares[-1] == 1.0

    def stop(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        intake.take(desk, Told(), write_voice(tmp_path / "b.wav", synthetic_voice(3.0)), anna.id, progress=stop)
