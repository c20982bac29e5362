"""Nothing that was saved is lost: damaged tables are rebuilt, strays set aside, and what was deleted stays deleted."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from emotion_hf.errors import FeedbackError
from emotion_hf.feedback import Consent, FeedbackStore, new_id
from emotion_hf.feedback.annotations import to_review
from emotion_hf.feedback.export import export
from emotion_hf.feedback.marker import MARKER, State, check_ours, mark
from emotion_hf.feedback.record import to_line
from emotion_hf.feedback.repair import Repaired
from emotion_hf.feedback.summary import describe
from emotion_hf.labels import LABELS
from emotion_hf.testing import synthetic_voice
from tests.feedback.test_record import BAD_LINES
from tests.ffmpeg import needs_ffmpeg

PUBLIC = Consent(store=True, train=True, publish=True)
DIES = """
import os, signal, sys
from pathlib import Path
from emotion_hf.feedback import FeedbackStore
store, steps = FeedbackStore(Path(sys.argv[1])), int(sys.argv[3])

def dying(function):
    def call(*arguments, **options):
        global steps
        steps -= 1
        if steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)
    return call

for name in ("fsync", "replace", "rename", "unlink", "sync"):
    setattr(os, name, dying(getattr(os, name)))
"""


def content(folder):
    """Every file below the folder, with its bytes and time."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def read_everything(store, target):
    """Do all that only reads."""
    list(store.records()), len(store), describe(store.records()), store.problems().lines()
    to_review(store.records(), "anna")
    for form in ("audiofolder", "csv", "parquet"):
        try:
            export(store, target / form, form=form)
        except FeedbackError as error:
            assert "nothing to export" in str(error)


@pytest.fixture
def three(store, keep):
    """Three records and a review of the second."""
    records = [keep(seed, "sad", consent=PUBLIC) for seed in range(3)]
    review = records[1].reviewed(label="calm", annotator="anna")
    store.add_review(review, labels=LABELS)
    return [*records, review]


def test_a_lost_table_is_rebuilt_and_reading_loses_nothing(store, three, tmp_path):
    (store.folder / "metadata.jsonl").unlink()
    before = content(store.folder)
    read_everything(store, tmp_path / "out")
    assert content(store.folder) == before
    assert store.problems().without_entry == 3
    assert store.repair() == Repaired(restored=4)
    assert sorted(store.records(), key=three.index) == three
    assert store.problems().lines() == []
    assert store.repair() == Repaired()


def test_a_writer_rebuilds_a_lost_table_first(store, three, keep):
    (store.folder / "metadata.jsonl").unlink()
    fourth = keep(3, "happy")
    assert sorted(store.records(), key=[*three, fourth].index) == [*three, fourth]


def test_bad_lines_are_left_out_by_readers_and_set_aside_by_the_next_writer(store, three, keep, tmp_path):
    table = store.folder / "metadata.jsonl"
    good = table.read_bytes().splitlines(keepends=True)
    bad = [line + b"\n" for line in BAD_LINES]
    mixed = [line for pair in itertools.zip_longest(bad, good, fillvalue=b"") for line in pair]
    table.write_bytes(b"".join([*mixed, good[0]]))  # the last one has the number of the first
    before = content(store.folder)
    read_everything(store, tmp_path / "out")
    assert content(store.folder) == before
    assert list(store.records()) == three
    problems = store.problems()
    assert len(problems.bad) == len(bad) + 1
    assert problems.bad[-1].reason == "The line repeats the number of an earlier one."
    assert [line.number for line in problems.bad[:3]] == [1, 3, 5]
    rows = [json.loads(line) for line in (tmp_path / "out/audiofolder/metadata.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == [record.id for record in three]
    fourth = keep(3, "happy")
    assert list(store.records()) == [*three, fourth]
    assert table.read_bytes() == b"".join([*good, to_line(fourth)])
    aside = (store.folder / ".quarantine/lines.jsonl").read_bytes()
    assert aside == b"".join([*bad[1:], good[0]])  # but for the empty one, as they were
    store.delete(three[0].id)
    assert three[0].id.encode() not in (store.folder / ".quarantine/lines.jsonl").read_bytes()


@needs_ffmpeg
def test_load_dataset_reads_a_folder_after_its_repair(store, three, tmp_path):
    import datasets

    (store.folder / "metadata.jsonl").write_bytes(b"\n".join(BAD_LINES) + b"\n" + to_line(three[0])[:50])
    (store.folder / "audio" / "stray.flac").write_bytes(b"no record")
    done = store.repair()
    assert (done.restored, done.recordings) == (4, 1)
    cache = str(tmp_path / "cache")
    loaded = datasets.load_dataset("audiofolder", data_dir=str(store.folder), split="train", cache_dir=cache)
    assert sorted(loaded["id"][:]) == sorted(record.id for record in three)
    assert loaded[0]["audio"]["array"].shape == (8_000,)


def test_strays_are_set_aside_reported_and_restored_by_a_valid_line(store, three):
    first = three[0]
    (store.folder / ".records" / f"{first.id}.json").unlink()
    table = store.folder / "metadata.jsonl"
    first_line, *others = table.read_bytes().splitlines(keepends=True)
    table.write_bytes(b"".join(others))
    voice = (store.folder / first.file_name).read_bytes()
    assert store.repair() == Repaired(recordings=1)
    assert not (store.folder / first.file_name).exists()
    assert (store.folder / ".quarantine" / first.file_name).read_bytes() == voice
    (line,) = store.problems().lines()
    assert line.startswith("Lines and recordings set aside: 1, in ")
    table.write_bytes(table.read_bytes() + first_line)  # from a backup, say
    (store.folder / ".quarantine/lines.jsonl").write_bytes(first_line)
    table.write_bytes(b"".join(others))
    assert store.repair() == Repaired(restored=1)
    assert (store.folder / first.file_name).read_bytes() == voice
    assert first in store.records()
    assert store.problems().lines() == []


def test_two_strays_of_one_name_are_both_kept(store, three):
    for stray in (b"one", b"two"):
        (store.folder / "audio" / "stray.flac").write_bytes(stray)
        store.repair()
    aside = store.folder / ".quarantine/audio"
    assert {path.name: path.read_bytes() for path in aside.iterdir()} == {"stray.flac": b"one", "stray.1.flac": b"two"}


def test_a_deletion_reaches_what_was_set_aside_and_what_has_no_entry(store, three):
    for stage in ("stray", "aside"):
        id = new_id()
        (store.folder / "audio" / f"{id}.flac").write_bytes(b"its recording")
        if stage == "aside":
            store.repair()
        store.delete(id)
        assert not any(id in name or id.encode() in data for name, (data, _) in content(store.folder).items())
    (store.folder / "metadata.jsonl").unlink()
    store.delete(three[1].id)  # known by its copy alone, and with it its review
    assert store.repair() == Repaired()
    assert sorted(store.records(), key=three.index) == [three[0], three[2]]


def test_what_was_deleted_is_not_restored_from_a_backup(store, three, tmp_path):
    shutil.copytree(store.folder, tmp_path / "backup")
    store.delete(three[0].id)
    for part in ("metadata.jsonl", ".records", "audio"):
        source = tmp_path / "backup" / part
        if source.is_dir():
            shutil.copytree(source, store.folder / part, dirs_exist_ok=True)
        else:
            shutil.copy(source, store.folder / part)
    store.repair()
    assert list(store.records()) == three[1:]
    (store.folder / "metadata.jsonl").unlink()
    store.repair()
    assert sorted(store.records(), key=three.index) == three[1:]


def test_a_deletion_that_is_killed_at_any_step_is_all_or_nothing(store, three, tmp_path):
    """Each step that changes the disk is the last one once; neither a writer nor a repair brings the record back."""
    kept = [three[0], three[2]]
    begun = 0
    for step in itertools.count(1):
        folder = tmp_path / f"step{step}" / "feedback"
        shutil.copytree(store.folder, folder)
        code = DIES + "store.delete(sys.argv[2])\nprint('done')"
        command = [sys.executable, "-c", code, str(folder), three[1].id, str(step)]
        died = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert died.returncode in (0, -signal.SIGKILL), died.stderr
        again = FeedbackStore(folder)
        seen = list(again.records())
        assert seen in (three, kept)
        assert died.stdout == "" or seen == kept
        begun += seen == kept
        (folder / "metadata.jsonl").unlink()  # all that was ever deleted can now come from copies alone
        again.repair()
        after = sorted(again.records(), key=three.index)
        assert after == seen
        if seen == kept:
            id = three[1].id
            assert not any(id in name or id.encode() in data for name, (data, _) in content(folder).items())
        if died.returncode == 0:
            break
    assert step > 8 and begun > 3


def test_a_repair_that_is_killed_at_any_step_is_completed_by_the_next(store, three, tmp_path):
    """The first has lost its copy and its line is torn off; the second has a bad line; a stray lies beside."""
    table = store.folder / "metadata.jsonl"
    _, second, third, review = table.read_bytes().splitlines(keepends=True)
    (store.folder / ".records" / f"{three[0].id}.json").unlink()
    (store.folder / "audio" / "stray.flac").write_bytes(b"stray")
    table.write_bytes(b"bad\n" + third + review + second[:40])
    whole = store.folder.with_name("whole")
    shutil.copytree(store.folder, whole)
    FeedbackStore(whole).repair()
    expected = {name: data for name, (data, _) in content(whole).items() if name != ".reserve"}
    assert b"".join([second, third, review]) == expected["metadata.jsonl"]
    assert expected[".quarantine/lines.jsonl"] == b"bad\n" + second[:40] + b"\n"
    assert {".quarantine/audio/stray.flac", f".quarantine/{three[0].file_name}"} < expected.keys()
    for step in itertools.count(1):
        folder = tmp_path / f"step{step}" / "feedback"
        shutil.copytree(store.folder, folder)
        command = [sys.executable, "-c", DIES + "store.repair()", str(folder), "", str(step)]
        died = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert died.returncode in (0, -signal.SIGKILL), died.stderr
        FeedbackStore(folder).repair()
        found = {name: data for name, (data, _) in content(folder).items() if name != ".reserve"}
        assert {name: data for name, data in found.items() if not name.endswith(".tmp")} == expected
        if died.returncode == 0:
            break
    assert step > 8


@pytest.mark.parametrize("make", ["words", "csv export", "jsonl export", "corpus", "unmarked"])
def test_somebody_elses_folder_is_never_touched(store, three, tmp_path, make):
    folder = tmp_path / "other"
    if make == "words":
        folder.mkdir()
        (folder / "thesis.txt").write_text("mine")
        (folder / "metadata.jsonl").write_bytes(b"not json\n")
    elif make == "csv export":
        export(store, folder, form="csv")
    elif make == "jsonl export":
        export(store, folder)
    elif make == "corpus":
        (folder / "audio").mkdir(parents=True)
        (folder / "audio" / "anna.wav").write_bytes(b"mine")
    else:  # a store whose marker and table are gone
        shutil.copytree(store.folder, folder)
        (folder / MARKER).unlink()
        (folder / "metadata.jsonl").unlink()
    before, other = content(folder), FeedbackStore(folder)
    read_everything_else = (list(other.records()), len(other), describe(other.records()))
    assert read_everything_else[:2] == ([], 0)
    for write in (
        lambda: other.repair(),
        lambda: other.delete(three[0].id),
        lambda: other.add(synthetic_voice(0.5), three[0], labels=LABELS),
        lambda: other.add_review(three[3], labels=LABELS),
        lambda: other.problems(),
    ):
        with pytest.raises(FeedbackError, match="folder other is not a folder of corrections, so nothing in it"):
            write()
    assert content(folder) == before
    assert sorted(path.name for path in tmp_path.iterdir() if "other" in path.name) == ["other"]  # no lock beside it


def test_a_folder_of_an_earlier_version_is_read_as_it_is_and_adopted_by_the_next_write(store, three, keep):
    for name in (MARKER, ".reserve"):
        (store.folder / name).unlink()
    shutil.rmtree(store.folder / ".records")
    before = content(store.folder)
    assert list(store.records()) == three and store.problems().lines() == []
    assert content(store.folder) == before
    fourth = keep(3, "happy")
    assert json.loads((store.folder / MARKER).read_text()) == {"format": 1}
    (store.folder / "metadata.jsonl").unlink()
    assert store.repair() == Repaired(restored=5)
    assert sorted(store.records(), key=[*three, fourth].index) == [*three, fourth]


def test_an_earlier_folder_whose_records_were_all_deleted_is_ours(store, three, keep):
    for record in three[:3]:
        store.delete(record.id)
    for name in (MARKER, ".reserve"):
        (store.folder / name).unlink()
    shutil.rmtree(store.folder / ".records")
    assert keep(0, "sad") in store.records()


def test_a_later_version_is_not_written_into(store, three):
    (store.folder / MARKER).write_text('{"format": 2}')
    before = content(store.folder)
    with pytest.raises(FeedbackError, match="saved by a later version of emotion_hf; update it"):
        store.delete(three[0].id)
    assert content(store.folder) == before


def test_a_store_may_be_named_by_a_dot(store, three, monkeypatch):
    monkeypatch.chdir(store.folder)
    here = FeedbackStore(type(store.folder)("."))
    here.delete(three[0].id)
    assert list(store.records()) == three[1:]
    assert os.listdir(store.folder.parent).count("feedback.lock") == 1


def test_a_store_that_another_process_makes_at_this_moment_is_ours(tmp_path, monkeypatch):
    folder = tmp_path / "feedback"
    folder.mkdir()

    def listed_while_it_is_made(path):
        mark(folder)
        (folder / ".records").mkdir()
        return iter([folder / ".records"])  # the marker was renamed to where the listing had been already

    monkeypatch.setattr(Path, "iterdir", listed_while_it_is_made)
    assert check_ours(folder) is State.OURS
