"""The store of corrections: exact, shared by processes, and whole after any death."""

import errno
import io
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import numpy as np
import pytest
import soundfile

from emotion_hf.errors import FeedbackError, LabelError, StorageFullError
from emotion_hf.feedback import MIXED, Consent, Correction, FeedbackStore, encode_flac, new_id
from emotion_hf.feedback.sound import content_of
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.testing import FakeClassifier, synthetic_voice
from tests.ffmpeg import needs_ffmpeg

WAVE = synthetic_voice(0.5)
ANSWER = FakeClassifier().predict([WAVE])[0]
KEEP = Consent(store=True)
WRITER = """
import os, signal, sys
from pathlib import Path
from emotion_hf.feedback import *
from emotion_hf.testing import FakeClassifier, synthetic_voice
wave = synthetic_voice(0.5)
answer = FakeClassifier().predict([wave])[0]
store = FeedbackStore(Path(sys.argv[1]))
sync, syncs_left = os.fsync, int(sys.argv[3])
def sync_or_die(descriptor):
    global syncs_left
    syncs_left -= 1
    if syncs_left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    sync(descriptor)
os.fsync = sync_or_die
print("ready", flush=True)
for _ in range(int(sys.argv[2])):
    correction = Correction.of(answer, id=new_id(), label="sad", consent=Consent(store=True))
    store.add(wave, correction, labels=FakeClassifier().labels)
    print(correction.id, flush=True)
"""


def add(store, *, id=None, label="sad", consent=KEEP, prediction=ANSWER):
    correction = Correction.of(prediction, id=id or new_id(), label=label, consent=consent)
    return store.add(WAVE, correction, labels=LABELS)


def files(store):
    """Everything in the folder that is not hidden, as paths relative to it."""
    found = (path.relative_to(store.folder) for path in store.folder.rglob("*") if path.is_file())
    return sorted(str(path) for path in found if not path.parts[0].startswith("."))


def hidden(store, part):
    """The names of the files in a hidden folder of the store."""
    return sorted(path.name for path in (store.folder / part).rglob("*") if path.is_file())


def start_writer(store, count, dies_at_sync=0):
    code = [sys.executable, "-c", WRITER, str(store.folder), str(count), str(dies_at_sync)]
    return subprocess.Popen(code, stdout=subprocess.PIPE, text=True)


def test_a_record_is_one_line_and_one_flac_file(store):
    correction = add(store, label="happy", consent=Consent(store=True, train=True))
    (line,) = (store.folder / "metadata.jsonl").read_text().splitlines()
    row = json.loads(line)
    age = datetime.now(UTC) - datetime.fromisoformat(row.pop("time"))
    assert row == {
        "file_name": f"audio/{correction.id}.flac",
        "id": correction.id,
        "prediction": ANSWER.label,
        "label": "happy",
        "scores": dict(ANSWER.scores),
        "model": "fake",
        "consent": {"store": True, "train": True, "publish": False},
        "annotator": "",
        "session": "",
        "speaker": "",
        "content": content_of(WAVE),
        "review_of": "",
    }
    assert 0 <= age.total_seconds() < 5
    wave, rate = soundfile.read(store.folder / row["file_name"], dtype="float32")
    assert rate == 16_000
    np.testing.assert_allclose(wave, WAVE, atol=1 / 2**15)
    assert list(store.records()) == [correction]


def test_flac_clips_instead_of_wrapping_around():
    wave, _ = soundfile.read(io.BytesIO(encode_flac(np.array([1.5, -1.5, 0.25], np.float32))))
    np.testing.assert_allclose(wave, [1.0, -1.0, 0.25], atol=1 / 2**15)


def test_what_was_kept_can_be_kept_again_without_change(store):
    wave, _ = soundfile.read(io.BytesIO(encode_flac(WAVE)), dtype="float32")
    assert encode_flac(wave) == encode_flac(WAVE)
    assert content_of(wave) == content_of(WAVE) != content_of(np.roll(WAVE, 1))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"label": "bored"}, LabelError),
        ({"consent": Consent()}, FeedbackError),
        ({"id": "../../../etc/cron.d/x"}, FeedbackError),
        ({"id": "A" * 32}, FeedbackError),
        ({"id": "a" * 32 + "\n"}, FeedbackError),
    ],
)
def test_what_is_refused_leaves_nothing(store, change, error):
    with pytest.raises(error):
        add(store, **change)
    assert not store.folder.exists()


def test_mixed_is_a_label_and_an_id_is_used_once(store):
    correction = add(store, label=MIXED)
    with pytest.raises(FeedbackError, match="already saved"):
        add(store, id=correction.id)
    assert len(store) == 1


def test_delete_removes_line_and_recording_and_no_other(store):
    first, second, third = add(store), add(store), add(store)
    store.delete(second.id)
    assert list(store.records()) == [first, third]
    assert files(store) == sorted([first.file_name, third.file_name, "ledger.jsonl", "metadata.jsonl"])
    for id in (second.id, new_id(), "../metadata"):
        with pytest.raises(FeedbackError, match="number"):
            store.delete(id)
    store.delete(first.id)
    store.delete(third.id)
    assert files(store) == ["ledger.jsonl"]  # an empty metadata.jsonl would make load_dataset fail


def test_a_review_is_a_line_about_anothers_recording_and_goes_with_it(store):
    owner, other = add(store, consent=Consent(store=True, train=True)), add(store)
    first, second = (owner.reviewed(label="calm", annotator=name) for name in ("anna", "ben"))
    store.add_review(first, labels=LABELS)
    store.add_review(second.reviewed(label=MIXED, annotator="ben"), labels=LABELS)
    *_, kept, last = store.records()
    assert kept == first
    assert (last.label, last.annotator, last.review_of) == (MIXED, "ben", owner.id)
    assert (last.file_name, last.consent, last.content) == (owner.file_name, owner.consent, owner.content)
    assert files(store) == sorted([owner.file_name, other.file_name, "metadata.jsonl"])
    store.repair()
    store.delete(first.id)
    assert (store.folder / owner.file_name).exists()
    store.delete(owner.id)
    assert list(store.records()) == [other]
    assert files(store) == sorted([other.file_name, "ledger.jsonl", "metadata.jsonl"])
    with pytest.raises(FeedbackError, match="deleted in the meantime"):
        store.add_review(first, labels=LABELS)
    with pytest.raises(LabelError):
        store.add_review(other.reviewed(label="bored", annotator="anna"), labels=LABELS)
    assert len(store) == 1


def test_lines_of_an_earlier_version_are_read_and_completed_by_repair(store):
    kept = add(store)
    row = json.loads((store.folder / "metadata.jsonl").read_text())
    for name in ("annotator", "session", "speaker", "content", "review_of"):
        del row[name]
    id = new_id()
    gone = row | {"id": id, "file_name": f"audio/{id}.flac"}
    (store.folder / "metadata.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(gone) + "\n")
    assert [record.content for record in store.records()] == ["", ""]
    store.repair()
    assert [record.content for record in store.records()] == [kept.content, ""]  # the other has no recording
    assert next(store.records()) == kept


@pytest.mark.parametrize("torn", [b'{"file_name": "audio/', b"{}", b"\x00\x00"])
def test_a_torn_last_line_is_ignored_and_set_aside_by_the_next_writer(store, torn):
    first = add(store)
    orphan = f"{new_id()}.flac"
    (store.folder / "audio" / orphan).write_bytes(b"its recording")
    with (store.folder / "metadata.jsonl").open("ab") as file:
        file.write(torn)
    assert list(store.records()) == [first]
    second = add(store)
    assert list(store.records()) == [first, second]
    assert files(store) == sorted([first.file_name, second.file_name, "metadata.jsonl"])
    assert (store.folder / ".quarantine/audio" / orphan).read_bytes() == b"its recording"
    assert (store.folder / ".quarantine/lines.jsonl").read_bytes() == torn + b"\n"


def test_a_full_disk_is_one_sentence_and_keeps_nothing(store, monkeypatch):
    kept = add(store)
    sync, calls = os.fsync, []
    for failing in range(1, 10):  # note, copy, recording and line: each the file and its folder; and the note again

        def fail(descriptor, failing=failing):
            calls.append(descriptor)
            if len(calls) == failing:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            sync(descriptor)

        calls.clear()
        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(StorageFullError, match="nothing was saved: the disk is full"):
            add(store)
        assert len(calls) >= failing
        assert hidden(store, ".records") == [f"{kept.id}.json"]
        assert (
            {kept.file_name, "metadata.jsonl"}
            <= set(files(store))
            <= {kept.file_name, "metadata.jsonl", "ledger.jsonl"}
        )
        assert list(store.records()) == [kept]
    monkeypatch.setattr(os, "fsync", sync)
    store.repair()
    assert list(store.records()) == [kept]


def test_several_processes_lose_no_row(store):
    writers = [start_writer(store, 20) for _ in range(4)]
    printed = [writer.communicate(timeout=60)[0].split()[1:] for writer in writers]
    ids = sorted(id for lines in printed for id in lines)
    assert len(ids) == 80
    assert sorted(record.id for record in store.records()) == ids
    assert files(store) == sorted([f"audio/{id}.flac" for id in ids] + ["metadata.jsonl"])


def test_kill_9_in_the_middle_loses_nothing_that_was_confirmed(store):
    confirmed = []
    rng = np.random.default_rng(0)
    for _ in range(4):
        writer = start_writer(store, 10_000)
        assert writer.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0.05, 0.3))
        writer.send_signal(signal.SIGKILL)
        confirmed += writer.communicate(timeout=30)[0].split("\n")[:-1]
        add(store)  # the next writer goes on as if nothing had happened
    store.repair()
    records = list(store.records())
    assert len(confirmed) > 4
    assert set(confirmed) <= {record.id for record in records}
    assert set(files(store)) - {"ledger.jsonl"} == {*(record.file_name for record in records), "metadata.jsonl"}
    for record in records:
        assert soundfile.info(store.folder / record.file_name).frames == len(WAVE)


def test_a_record_whose_saving_was_killed_at_any_step_is_there_from_then_on_or_never(store, tmp_path):
    first = add(store)
    saved = 0
    for sync in itertools.count(1):
        folder = tmp_path / f"sync{sync}" / "feedback"
        shutil.copytree(store.folder, folder)
        again = FeedbackStore(folder)
        writer = start_writer(again, 1, dies_at_sync=sync)
        said = writer.communicate(timeout=30)[0].split()[1:]
        seen = {record.id for record in again.records()}
        assert {first.id, *said} <= seen
        saved += len(seen) == 2
        again.delete(first.id)  # may leave no table, which the next writer rebuilds from copies
        last = add(again)
        (folder / "metadata.jsonl").unlink()
        again.repair()
        assert {record.id for record in again.records()} == {*seen, last.id} - {first.id}
        if len(seen) == 1:
            assert files(again) == [f"audio/{last.id}.flac", "ledger.jsonl", "metadata.jsonl"]
        if writer.returncode == 0:
            break
    assert sync > 8 and saved > 1


def test_a_save_that_was_interrupted_can_be_repeated(store):
    id = new_id()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("emotion_hf.feedback.store.append_line", raising(KeyboardInterrupt))
        add(store, id=id)
    assert len(store) == 0
    add(store, id=id)
    assert [record.id for record in store.records()] == [id]


def raising(error):
    def fails(*_):
        raise error

    return fails


def test_silence_is_not_kept(store):
    correction = Correction.of(Prediction(model="fake"), id=new_id(), label="sad", consent=KEEP)
    with pytest.raises(FeedbackError, match="silent"):
        store.add(np.full(16_000, 0.01, np.float32), correction, labels=LABELS)
    assert len(store) == 0 and not store.folder.exists()


@needs_ffmpeg
def test_load_dataset_reads_the_folder(store, tmp_path):
    import datasets

    silent = Prediction(verdict=Verdict.NO_SPEECH, duration_seconds=0.5, model="fake")
    other = FakeClassifier(labels=("calm", "tense")).predict([WAVE])[0]
    corrections = [add(store, prediction=silent), add(store), add(store, label="calm", prediction=other)]
    store.delete(add(store).id)  # leaves a ledger
    (store.folder / "audio" / "orphan.flac").write_bytes(b"its recording")
    with (store.folder / "metadata.jsonl").open("ab") as file:
        file.write(b"not a record\n[1]\n")  # the next writer sets them aside
    corrections.append(corrections[1].reviewed(label="happy", annotator="anna"))
    store.add_review(corrections[-1], labels=LABELS)
    loaded = datasets.load_dataset(
        "audiofolder", data_dir=str(store.folder), split="train", cache_dir=str(tmp_path / "cache")
    )
    told = {"id", "prediction", "label", "scores", "model", "time", "consent"}
    assert set(loaded.features) == told | {"audio", "annotator", "session", "speaker", "content", "review_of"}
    rows = loaded.cast_column("audio", datasets.Audio(decode=False))
    assert rows["id"][:] == [correction.id for correction in corrections]
    assert rows["label"][:] == ["sad", "sad", "calm", "happy"]
    assert rows["prediction"][:] == [None, ANSWER.label, other.label, ANSWER.label]
    assert rows[1]["audio"]["path"] == rows[3]["audio"]["path"]
    assert rows[1]["scores"]["happy"] == pytest.approx(ANSWER.scores["happy"])
    assert rows[0]["consent"] == {"store": True, "train": False, "publish": False}
    assert soundfile.info(rows[2]["audio"]["path"]).frames == len(WAVE)
