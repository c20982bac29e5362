"""Corrections from the desk: consent, replacement, and deletion everywhere."""

import json
import zipfile
from dataclasses import replace

import pytest

from emotion_hf.desk import callers, calls, corrections, deletion, export, intake, listing, reference
from emotion_hf.desk.listing import Filter
from emotion_hf.errors import DeskError, FeedbackError, LabelError, SettingsError
from emotion_hf.feedback import note_training
from emotion_hf.labels import LABELS
from tests.desk.conftest import Told


def test_a_correction_is_stored_without_consent_to_anything_else(desk, take):
    call = take("sad")
    done = corrections.correct(desk, call.line.id, "fear", labels=LABELS, who="MK")
    (record,) = desk.feedback.records()
    assert (done.line.corrected, done.line.emotion, done.line.label) == ("fearful", "fearful", "sad")
    assert (record.id, record.label, record.prediction) == (done.correction_id, "fearful", "sad")
    assert (record.consent.store, record.consent.train, record.consent.publish) == (True, False, False)
    assert (record.speaker, record.annotator, record.content) == ("desk-caller-1", "MK", call.audio)
    assert [line.id for line in listing.history(desk, Filter(emotion="fearful")).calls] == [call.line.id]
    assert listing.history(desk, Filter(emotion="sad")).total == 0


def test_only_the_callers_recorded_consent_allows_training(desk, take):
    ben = callers.add(desk, "Ben", may_train=True)
    corrections.correct(desk, take("sad", caller=ben).line.id, "angry", labels=LABELS)
    (record,) = desk.feedback.records()
    assert (record.may_train, record.consent.publish) == (True, False)
    note_training(desk.feedback, [record.id], "model-1")
    changed = corrections.set_consent(desk, ben.id, False)
    assert (changed.caller.may_train, changed.forgotten, changed.models) == (False, 1, ("model-1",))
    assert list(desk.feedback.records()) == []
    call = calls.get(desk, listing.history(desk).calls[0].id)
    assert (call.line.corrected, call.correction_id) == ("angry", None)


def test_a_consent_applies_from_then_on(desk, anna, take):
    corrections.correct(desk, take("sad").line.id, "angry", labels=LABELS)
    changed = corrections.set_consent(desk, anna.id, True)
    assert (changed.forgotten, changed.caller.may_train, changed.caller.consent_at is None) == (0, True, False)
    corrections.correct(desk, take("sad").line.id, "angry", labels=LABELS)
    assert [record.may_train for record in desk.feedback.records()] == [False, True]


def test_a_second_correction_replaces_the_first(desk, take):
    call = take("sad")
    first = corrections.correct(desk, call.line.id, "angry", labels=LABELS)
    second = corrections.correct(desk, call.line.id, "calm", labels=LABELS)
    assert [(record.id, record.label) for record in desk.feedback.records()] == [(second.correction_id, "calm")]
    assert first.correction_id != second.correction_id


def test_a_correction_that_cannot_be_stored_leaves_the_earlier_one(desk, take, monkeypatch):
    call = take("sad")
    first = corrections.correct(desk, call.line.id, "angry", labels=LABELS)
    with monkeypatch.context() as patched:

        def refuse(*arguments, **options):
            raise FeedbackError("The disk is full.")

        patched.setattr(desk.feedback, "add", refuse)
        with pytest.raises(FeedbackError):
            corrections.correct(desk, call.line.id, "calm", labels=LABELS)
    assert calls.get(desk, call.line.id) == first
    assert len(desk.feedback) == 1


def test_what_cannot_be_corrected(desk, take):
    with pytest.raises(LabelError):
        corrections.correct(desk, take("sad").line.id, "hope", labels=LABELS)
    with pytest.raises(DeskError):
        corrections.correct(desk, 99, "sad", labels=LABELS)
    assert len(desk.feedback) == 0


def everything(desk, tmp_path):
    """Names of the files that the desk and the corrections have, except for the database."""
    return sorted(path.name for path in tmp_path.rglob("*") if path.suffix in (".flac", ".zip"))


def test_deleting_a_caller_reaches_everything(desk, anna, take, tmp_path, settings):
    ben = callers.add(desk, "Ben")
    bens = take("sad", seed=1, caller=ben)
    mine = take("sad", seed=2)
    take("happy", seed=1)  # the same recording as Ben's
    corrections.correct(desk, mine.line.id, "angry", labels=LABELS)
    corrections.correct(desk, bens.line.id, "angry", labels=LABELS)
    with desk.writing() as connection:
        store_a_voice(connection, anna.id, desk)
        store_a_voice(connection, ben.id, desk)
    written = [export.export_caller(desk, anna.id), export.export_caller(desk, anna.id, tmp_path / "mine.zip")]
    done = deletion.delete_caller(desk, anna.id)
    assert (done.calls, done.corrections, done.exports, done.recordings, done.left) == (2, 1, 2, 1, ())
    assert not any(path.exists() for path in written)
    assert [row.caller.name for row in listing.overview(desk).rows] == ["Ben"]
    assert [record.id for record in desk.feedback.records()] == [calls.get(desk, bens.line.id).correction_id]
    assert calls.wave(desk, bens).any()
    assert not desk.sounds.path(mine.audio).exists()
    with desk.reading() as connection:
        assert reference.read(connection, anna.id) is None
        assert reference.read(connection, ben.id).recordings == 2
    with pytest.raises(DeskError, match="no longer on the desk"):
        deletion.delete_caller(desk, anna.id)
    files = [path for path in settings.desk_dir.rglob("*") if path.is_file()]
    if not settings.desk_database:  # nothing is left in the pages of the file, either
        assert not any(b"Anna" in path.read_bytes() for path in files if path.exists())


def store_a_voice(connection, caller_id, desk):
    import numpy as np

    from emotion_hf.voice import Voice

    voice = Voice(np.arange(8.0), 5, np.eye(8))
    reference.store(connection, caller_id, "fake", voice, 2, desk.clock())
    found = reference.read(connection, caller_id)
    assert found.voice.offset.tolist() == list(range(8)) and (found.voice.gain == np.eye(8)).all()


def test_a_changed_export_is_left_and_named(desk, anna, take, tmp_path):
    take("sad")
    path = export.export_caller(desk, anna.id, tmp_path / "anna.zip")
    path.write_bytes(b"something else")
    assert deletion.delete_caller(desk, anna.id).left == (path,)
    assert path.read_bytes() == b"something else"


def test_a_deletion_that_stopped_half_way_can_be_done_again(desk, anna, take, monkeypatch):
    call = corrections.correct(desk, take("sad").line.id, "angry", labels=LABELS)
    with monkeypatch.context() as patched:
        patched.setattr("emotion_hf.desk.deletion._forget_caller", lambda *arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            deletion.delete_caller(desk, anna.id)
    assert len(desk.feedback) == 0 and calls.wave(desk, call).any()
    assert deletion.delete_caller(desk, anna.id).corrections == 0
    assert listing.overview(desk).rows == ()


def test_a_recording_without_a_call_is_swept_and_other_files_are_not(desk, take):
    call = take("sad")
    import numpy as np

    desk.sounds.write(np.full(16_000, 0.1, np.float32))
    half = call_path = desk.sounds.path(call.audio)
    half.with_name(f".{call_path.name}.tmp").write_bytes(b"half")
    other = call_path.parent / "notes.txt"
    other.write_text("not ours")
    assert deletion.sweep(desk) == 2
    assert sorted(path.name for path in desk.sounds.folder.rglob("*.*")) == sorted([call_path.name, "notes.txt"])
    assert deletion.sweep(desk) == 0


def test_a_purge_deletes_what_is_older_than_the_days(desk, anna, clock, take, tmp_path):
    old = take("sad")
    corrections.correct(desk, old.line.id, "angry", labels=LABELS)
    export.export_caller(desk, anna.id)
    clock.move(days=20)
    new = take("happy")
    assert deletion.purge(desk).calls == 0  # the desk keeps all by default
    with desk.writing() as connection:
        store_a_voice(connection, anna.id, desk)
    limited = replace(desk, days=30)
    assert deletion.purge(limited).calls == 0
    clock.move(days=9, hours=23)
    assert deletion.purge(limited).calls == 0
    clock.move(hours=2)
    done = deletion.purge(limited)
    assert (done.calls, done.corrections, done.exports, done.recordings) == (1, 1, 1, 1)
    assert [line.id for line in listing.history(desk).calls] == [new.line.id]
    with desk.reading() as connection:
        assert reference.read(connection, anna.id) is None  # it is learned again
    assert [caller.name for caller in callers.all_callers(desk)] == ["Anna"]
    assert deletion.purge(desk, 1).calls == 1
    with pytest.raises(SettingsError):
        deletion.purge(desk, -1)


def test_an_export_has_everything_under_printable_names(desk, take, tmp_path):
    odd = callers.add(desk, "Zoë / ../🎉")
    call = take("sad", caller=odd)
    path = export.export_caller(desk, odd.id)
    assert path.parent == desk.folder / "exports" and path.name.startswith("Zoë-2026")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        document = json.loads(archive.read("caller.json"))
        name = document["calls"][0]["recording"]
        assert archive.namelist() == ["caller.json", name]
        assert archive.read(name) == calls.sound_path(desk, call).read_bytes()
    assert name == f"audio/20261130-120000-{call.line.id}-sad.flac"
    assert document["caller"]["name"] == "Zoë / ../🎉"
    assert document["calls"][0]["prediction"] == call.prediction
    assert document["calls"][0]["level"] == "urgent"
    with pytest.raises(SettingsError, match=r"must end in \.zip"):
        export.export_caller(desk, odd.id, tmp_path / "anna.txt")


def test_an_export_of_a_caller_without_calls(desk, anna, tmp_path):
    with zipfile.ZipFile(export.export_caller(desk, anna.id, tmp_path / "a.zip")) as archive:
        assert json.loads(archive.read("caller.json"))["calls"] == []


def test_a_missing_recording_is_one_sentence(desk, take):
    call = take("sad")
    calls.sound_path(desk, call).unlink()
    with pytest.raises(DeskError, match="recording of this call is missing"):
        calls.wave(desk, call)
    with pytest.raises(DeskError, match="recording of a call is missing"):
        export.export_caller(desk, call.line.caller_id)


def test_intake_of_a_caller_who_was_deleted_meanwhile_keeps_nothing(desk, anna, tmp_path):
    from emotion_hf.testing import synthetic_voice
    from tests.desk.conftest import write_voice

    class Deletes(Told):
        def predict(self, waves):
            deletion.delete_caller(desk, anna.id)
            return super().predict(waves)

    path = write_voice(tmp_path / "a.wav", synthetic_voice(2.0))
    with pytest.raises(DeskError, match="no longer on the desk"):
        intake.take(desk, Deletes(), path, anna.id)
    assert deletion.sweep(desk) == 1
    assert not list(desk.sounds.folder.rglob("*.flac"))
