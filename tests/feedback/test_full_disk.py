"""On a full disk nothing is lost and deleting works; on a read-only one there is one sentence."""

import errno
import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import replace

import pytest

from emotion_hf.errors import FeedbackError, StorageFullError
from emotion_hf.feedback import Consent, Correction, FeedbackStore, new_id, note_training
from emotion_hf.feedback.marker import MARKER
from emotion_hf.feedback.reserve import SMALLEST_BYTES, Reserve
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction
from emotion_hf.testing import synthetic_voice

WAVE = synthetic_voice(0.5)


def add(store, wave=WAVE, **values):
    correction = Correction.of(Prediction(), id=new_id(), label="sad", consent=Consent(store=True))
    return store.add(wave, replace(correction, **values), labels=LABELS)


@contextmanager
def mounted(place, *options):
    """Mount a file system of its own at ``place``; skip the test where that is not allowed."""
    place.mkdir()
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root may mount")
    if subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", place], capture_output=True).returncode:
        pytest.skip("this system mounts nothing here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fill(place):
    """Leave not a single byte free."""
    with (place / "filler").open("ab", buffering=0) as file:
        for size in (65_536, 4_096, 512, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError as error:
                assert error.errno == errno.ENOSPC
    assert os.statvfs(place).f_bavail == 0


def test_a_really_full_disk_takes_no_more_and_still_deletes(tmp_path):
    with mounted(tmp_path / "disk", "-o", "size=1m") as disk:
        store = FeedbackStore(disk / "feedback")
        kept = []
        with pytest.raises(StorageFullError, match=r"nothing was saved: the disk is full\. Delete corrections"):
            while True:
                kept.append(add(store, annotator="a" * 400))
        assert list(store.records()) == kept and len(kept) > 20
        assert (store.folder / ".reserve").stat().st_size >= SMALLEST_BYTES  # untouched by what did not fit
        fill(disk)
        with pytest.raises(StorageFullError):
            add(store)
        with pytest.raises(StorageFullError):
            store.add_review(kept[0].reviewed(label="calm", annotator="anna"), labels=LABELS)
        assert store.problems().lines() == []
        while kept:
            store.delete(kept.pop(len(kept) // 2).id)
            fill(disk)
            assert list(store.records()) == kept
        assert [path.name for path in (store.folder / "audio").iterdir()] == []


def test_a_torn_line_on_a_full_disk_does_not_keep_a_deletion_off(tmp_path):
    with mounted(tmp_path / "disk", "-o", "size=1m") as disk:
        store = FeedbackStore(disk / "feedback")
        first, second = add(store), add(store)
        with (store.folder / "metadata.jsonl").open("ab") as file:
            file.write(b'{"file_name": "aud')
        fill(disk)
        store.delete(first.id)
        assert list(store.records()) == [second]


def test_a_folder_of_an_earlier_version_deletes_on_a_full_disk_too(tmp_path):
    """There the recording itself makes the room, so that its table must not be much larger."""
    with mounted(tmp_path / "disk", "-o", "size=1m") as disk:
        store = FeedbackStore(disk / "feedback")
        kept = [add(store, wave=synthetic_voice(1.0)) for _ in range(12)]
        for name in (MARKER, ".reserve"):
            (store.folder / name).unlink()
        shutil.rmtree(store.folder / ".records")
        fill(disk)
        assert store.delete(kept.pop(3).id) == ()
        assert list(store.records()) == kept
        assert len(list((store.folder / "audio").iterdir())) == 11


def test_a_number_that_is_not_there_does_not_touch_the_reserve(tmp_path):
    store = FeedbackStore(tmp_path / "feedback")
    kept = add(store)
    before = (store.folder / ".reserve").stat()
    with pytest.raises(FeedbackError, match="No saved recording"):
        store.delete(new_id())
    store.delete(kept.id)  # nor does a deletion that has room
    after = (store.folder / ".reserve").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_deleting_uses_the_room_that_was_kept_for_it(tmp_path, monkeypatch):
    """As above, with a disk that counts: a file can only be written while the reserve is gone."""
    store = FeedbackStore(tmp_path / "feedback")
    first, second = add(store), add(store)
    sync = os.fsync

    def fsync(descriptor):
        if (store.folder / ".reserve").exists() and not os.path.isdir(f"/proc/self/fd/{descriptor}"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageFullError):
        add(store)
    assert list(store.records()) == [first, second]
    store.delete(first.id)
    assert list(store.records()) == [second]


def test_without_room_for_deletions_nothing_is_kept(tmp_path, monkeypatch):
    store = FeedbackStore(tmp_path / "feedback")

    def refuse(self, table_bytes):
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(Reserve, "keep", refuse)
    with pytest.raises(StorageFullError, match="nothing was saved"):
        add(store)
    assert len(store) == 0 and not (store.folder / "audio").exists()


def test_the_reserve_grows_with_the_table(tmp_path):
    reserve = Reserve(tmp_path / "reserve")
    for table_bytes, size in ((0, 262_144), (196_608, 262_144), (196_609, 458_754), (300_000, 458_754)):
        reserve.keep(table_bytes)
        assert reserve.path.stat().st_size == size >= table_bytes
    reserve.release()
    assert not reserve.path.exists()


def test_a_read_only_folder_is_one_sentence_and_can_be_read(tmp_path):
    with mounted(tmp_path / "disk") as disk:
        store = FeedbackStore(disk / "feedback")
        kept = add(store)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for refused, write in (
            ("The correction cannot be saved, and nothing was saved", lambda: add(store)),
            ("The record is not deleted yet", lambda: store.delete(kept.id)),
            ("The corrections cannot be repaired", store.repair),
            ("The training is done but cannot be noted", lambda: note_training(store, [kept.id], "runs/a")),
        ):
            with pytest.raises(FeedbackError, match=refused + r".* \(Read-only file system\)\.$"):
                write()
        assert list(store.records()) == [kept]
        assert store.problems().lines() == []
        with pytest.raises(FeedbackError, match=r"cannot be saved, and nothing was saved \(Read-only file system\)"):
            add(FeedbackStore(disk / "new"))
