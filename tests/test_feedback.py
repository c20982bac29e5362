"""The store of corrections: exact, shared by processes, and whole after any death."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.util import find_spec

import numpy as np
import pytest
import soundfile

from emotion_hf.errors import FeedbackError, LabelError
from emotion_hf.feedback import MIXED, Consent, Correction, FeedbackStore, encode_flac, new_id
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.testing import FakeClassifier, synthetic_voice

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


@pytest.fixture
def store(tmp_path):
    return FeedbackStore(tmp_path / "feedback")


def add(store, *, id=None, label="sad", consent=KEEP, prediction=ANSWER):
    correction = Correction.of(prediction, id=id or new_id(), label=label, consent=consent)
    store.add(WAVE, correction, labels=LABELS)
    return correction


def files(store):
    """Everything in the folder, as paths relative to it."""
    return sorted(str(path.relative_to(store.folder)) for path in store.folder.rglob("*") if path.is_file())


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
    }
    assert 0 <= age.total_seconds() < 5
    wave, rate = soundfile.read(store.folder / row["file_name"], dtype="float32")
    assert rate == 16_000
    np.testing.assert_allclose(wave, WAVE, atol=1 / 2**15)
    assert list(store.records()) == [correction]


def test_flac_clips_instead_of_wrapping_around():
    wave, _ = soundfile.read(io.BytesIO(encode_flac(np.array([1.5, -1.5, 0.25], np.float32))))
    np.testing.assert_allclose(wave, [1.0, -1.0, 0.25], atol=1 / 2**15)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"label": "bored"}, LabelError),
        ({"consent": Consent(train=True, publish=True)}, FeedbackError),
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
    with pytest.raises(FeedbackError, match="saved already"):
        add(store, id=correction.id)
    assert len(store) == 1


def test_delete_removes_line_and_recording_and_no_other(store):
    first, second, third = add(store), add(store), add(store)
    store.delete(second.id)
    assert list(store.records()) == [first, third]
    assert files(store) == sorted([first.file_name, third.file_name, "metadata.jsonl"])
    for id in (second.id, new_id(), "../metadata"):
        with pytest.raises(FeedbackError, match="number"):
            store.delete(id)
    store.delete(first.id)
    store.delete(third.id)
    assert files(store) == []  # an empty metadata.jsonl would make load_dataset fail


@pytest.mark.parametrize("torn", [b'{"file_name": "audio/', b"{}", b"\x00\x00"])
def test_a_torn_last_line_is_ignored_and_cut_off_by_the_next_writer(store, torn):
    first = add(store)
    (store.folder / "audio" / f"{new_id()}.flac").write_bytes(b"its recording")
    with (store.folder / "metadata.jsonl").open("ab") as file:
        file.write(torn)
    assert list(store.records()) == [first]
    second = add(store)
    assert list(store.records()) == [first, second]
    assert files(store) == sorted([first.file_name, second.file_name, "metadata.jsonl"])


@pytest.mark.parametrize("torn", [b"", b'{"file_name"'])
def test_a_first_line_that_never_was_leaves_no_metadata(store, torn):
    (store.folder / "audio").mkdir(parents=True)
    (store.folder / "metadata.jsonl").write_bytes(torn)
    store.repair()
    assert files(store) == []


def test_a_damaged_line_is_named_and_nothing_is_removed(store):
    add(store)
    with (store.folder / "metadata.jsonl").open("ab") as file:
        file.write(b"not ours\n")
    before = files(store)
    with pytest.raises(FeedbackError, match=r"Line 2 .* damaged"):
        store.repair()
    assert files(store) == before


def test_a_full_disk_is_one_sentence_and_keeps_nothing(store, monkeypatch):
    kept = add(store)
    sync, calls = os.fsync, []

    def fail_at_the_line(descriptor):
        calls.append(descriptor)
        if len(calls) == 3:  # after the recording's file and folder
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fail_at_the_line)
    with pytest.raises(FeedbackError, match=r"No space left on device.*nothing was kept"):
        add(store)
    assert files(store) == sorted([kept.file_name, "metadata.jsonl"])
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
    assert files(store) == sorted([record.file_name for record in records] + ["metadata.jsonl"])
    for record in records:
        assert soundfile.info(store.folder / record.file_name).frames == len(WAVE)


@pytest.mark.parametrize(
    ("sync", "left", "kept"),
    [
        (1, ".{}.flac.tmp", 0),  # before the recording is on the disk
        (2, "{}.flac", 0),  # before its line
        (3, "{}.flac", 1),  # the line is written
    ],
)
def test_death_at_each_step_leaves_a_whole_record_or_none(store, sync, left, kept):
    writer = start_writer(store, 1, dies_at_sync=sync)
    assert writer.wait(timeout=30) == -signal.SIGKILL
    writer.stdout.close()
    (recording,) = (store.folder / "audio").iterdir()
    assert recording.name == left.format(recording.name.strip(".").split(".")[0])
    store.repair()
    assert len(store) == kept
    assert files(store) == sorted([record.file_name for record in store.records()] + ["metadata.jsonl"] * kept)


@pytest.mark.skipif(find_spec("torchcodec") is None, reason="torchcodec, which datasets' Audio needs, is missing")
def test_load_dataset_reads_the_folder(store, tmp_path):
    import datasets

    silent = Prediction(verdict=Verdict.NO_SPEECH, duration_seconds=0.5, model="fake")
    other = FakeClassifier(labels=("calm", "tense")).predict([WAVE])[0]
    corrections = [add(store, prediction=silent), add(store), add(store, label="calm", prediction=other)]
    store.delete(add(store).id)
    loaded = datasets.load_dataset(
        "audiofolder", data_dir=str(store.folder), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert set(loaded.features) == {"audio", "id", "prediction", "label", "scores", "model", "time", "consent"}
    rows = loaded.cast_column("audio", datasets.Audio(decode=False))
    assert rows["id"][:] == [correction.id for correction in corrections]
    assert rows["label"][:] == ["sad", "sad", "calm"]
    assert rows["prediction"][:] == [None, ANSWER.label, other.label]
    assert rows[1]["scores"]["happy"] == pytest.approx(ANSWER.scores["happy"])
    assert rows[0]["consent"] == {"store": True, "train": False, "publish": False}
    assert soundfile.info(rows[2]["audio"]["path"]).frames == len(WAVE)
