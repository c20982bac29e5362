"""One path from a file to an answer and to a correction; what goes wrong names nothing of this machine."""

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from emotion_hf.app.edge import SORRY, polite, sentence
from emotion_hf.app.endpoints import Endpoints
from emotion_hf.app.history import remember
from emotion_hf.app.services import Analysis, Services
from emotion_hf.errors import (
    AudioNotFoundError,
    BusyError,
    FeedbackError,
    LabelError,
    SettingsError,
    StorageFullError,
    TooManyCorrectionsError,
)
from emotion_hf.feedback import Consent, FeedbackStore, new_id
from emotion_hf.settings import Settings
from emotion_hf.testing import FakeClassifier, synthetic_voice
from emotion_hf.turns import Turns, give_way
from tests.app.conftest import open_services
from tests.feedback.test_full_disk import mounted

VOICE = synthetic_voice(0.5)


@pytest.fixture
def services(tmp_path):
    return open_services(Settings(data_dir=tmp_path / "data", max_seconds=2.0))


@pytest.fixture
def clip(tmp_path):
    soundfile.write(tmp_path / "clip.wav", synthetic_voice(1.5), 16_000)
    return str(tmp_path / "clip.wav")


def test_a_file_becomes_an_answer_and_a_correction(services, clip):
    analysis = services.recognise(clip)
    assert analysis.wave.shape == (24_000,)
    assert analysis.prediction.duration_seconds == 1.5
    saved = services.save(analysis, id=new_id(), label="mixed", consent=Consent(store=True))
    (line,) = (services.settings.feedback_dir / "metadata.jsonl").read_text().splitlines()
    assert json.loads(line)["prediction"] == analysis.prediction.label
    assert json.loads(line)["id"] == saved.id
    services.save(analysis, id=new_id(), label="sad", consent=Consent(store=True))
    assert len(services.store) == 2


def test_labels_and_consent_are_checked_before_anything_is_kept(services, clip):
    analysis = services.recognise(clip)
    with pytest.raises(LabelError, match="neutral, calm"):
        services.save(analysis, id=new_id(), label="bored", consent=Consent(store=True))
    with pytest.raises(FeedbackError, match="Consent to store is needed"):
        services.save(analysis, id=new_id(), label="sad", consent=Consent())
    assert not services.settings.feedback_dir.exists()


def test_a_data_folder_that_cannot_be_used_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    for name, reason in (
        ("file", "Not a dir"),
        ("file/sub", "Not a dir"),
        ("x" * 300, "File name"),
    ):
        with pytest.raises(SettingsError) as caught:
            open_services(Settings(data_dir=tmp_path / name))
        assert str(caught.value).startswith(f"The page cannot keep recordings in {tmp_path / name}")
        assert f"({reason}" in str(caught.value)
        assert str(caught.value).endswith("; set EMOTION_HF_DATA_DIR to a folder that can be written.")


def test_the_page_starts_with_damaged_corrections_and_changes_nothing(tmp_path, caplog):
    folder = tmp_path / "feedback"
    keep = Consent(store=True)
    services = open_services(Settings(data_dir=tmp_path))
    correction = services.save(
        Analysis(VOICE, FakeClassifier().predict([VOICE])[0]), id=new_id(), label="sad", consent=keep
    )
    with (folder / "metadata.jsonl").open("ab") as file:
        file.write(b'{"id": 1}\n')
    (folder / "audio" / f"{new_id()}.flac").write_bytes(b"its recording")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    services = open_services(Settings(data_dir=tmp_path))
    assert [record.id for record in services.store.records()] == [correction.id]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert "Damaged lines left out: 1 (line 2: The line is not a correction)" in caplog.text
    assert "Recordings without an entry: 1;" in caplog.text
    (folder / "metadata.jsonl").unlink()
    open_services(Settings(data_dir=tmp_path))
    assert len(list((folder / "audio").iterdir())) == 2


def test_a_read_only_data_folder_is_one_sentence(tmp_path):
    with mounted(tmp_path / "disk") as disk:
        settings = Settings(data_dir=disk)
        services = open_services(settings)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        analysis = Analysis(VOICE, FakeClassifier().predict([VOICE])[0])
        with pytest.raises(FeedbackError, match=r"nothing was saved \(Read-only file system\)\.$"):
            services.save(analysis, id=new_id(), label="sad", consent=Consent(store=True))
        with pytest.raises(FeedbackError, match=r"cannot keep the recording \(Read-only file system\); try"):
            remember((), analysis, "clip.wav", services.voices, max_age_seconds=60)
        with pytest.raises(SettingsError, match=r"cannot keep recordings in .* \(Read-only file system\); set"):
            open_services(replace(settings, data_dir=disk / "sub"))


def test_the_page_does_not_start_on_somebody_elses_folder(tmp_path):
    (tmp_path / "feedback" / "audio").mkdir(parents=True)
    (tmp_path / "feedback" / "audio" / "mine.wav").write_bytes(b"mine")
    with pytest.raises(FeedbackError, match="folder feedback is not a folder of corrections"):
        open_services(Settings(data_dir=tmp_path))
    assert (tmp_path / "feedback" / "audio" / "mine.wav").read_bytes() == b"mine"


def test_the_number_of_corrections_on_the_page_is_limited(tmp_path):
    settings = Settings(data_dir=tmp_path, max_corrections=3, max_corrections_per_client=2)
    services = open_services(settings)
    analysis = Analysis(VOICE, FakeClassifier().predict([VOICE])[0])

    def save(session):
        return services.save(analysis, id=new_id(), label="sad", consent=Consent(store=True), session=session)

    first, _ = save("one"), save("one")
    with pytest.raises(TooManyCorrectionsError, match="You saved 2 corrections within a day, which is the limit"):
        save("one")
    save("two")
    with pytest.raises(StorageFullError, match="3 corrections are saved, which is the limit; nothing was saved"):
        save("three")
    services.store.delete(first.id)
    save("one")
    assert len(services.store) == 3


class SlowClassifier(FakeClassifier):
    """Works through a recording second by second, and counts how many it works on at once."""

    def __init__(self):
        super().__init__()
        self.log, self.working, self.most_working, self.lock = [], 0, 0, threading.Lock()

    def predict(self, waves):
        seconds = len(waves[0]) // 16_000
        for second in range(seconds):
            give_way(seconds - second)
            with self.lock:
                self.working += 1
                self.most_working = max(self.most_working, self.working)
            self.log.append(seconds)
            time.sleep(0.001)
            with self.lock:
                self.working -= 1
        return super().predict(waves)


def test_whoever_calls_the_model_waits_for_its_turn_and_short_recordings_go_first(tmp_path):
    for seconds in (1, 100):
        soundfile.write(tmp_path / f"{seconds}.flac", np.resize(synthetic_voice(1.0), seconds * 16_000), 16_000)
    classifier = SlowClassifier()
    services = Services(
        Settings(data_dir=tmp_path), classifier, FeedbackStore(tmp_path / "feedback"), Turns(at_once=2, begun=2)
    )
    ask = Endpoints.predict.__get__(SimpleNamespace(services=services))  # what /run/predict calls without the queue
    with ThreadPoolExecutor(9) as pool:
        long = [pool.submit(ask, str(tmp_path / "100.flac")) for _ in range(8)]
        while not classifier.log:
            time.sleep(0.001)
        short = pool.submit(ask, str(tmp_path / "1.flac"))
        assert short.result(timeout=30)["duration_seconds"] == 1.0
        assert not all(request.done() for request in long)
        assert [request.result(timeout=60)["duration_seconds"] for request in long] == [100.0] * 8
    assert classifier.most_working == 2
    assert classifier.log.index(1) < 100 * 6  # before most of the eight long ones


def test_a_page_with_too_many_waiting_says_so(tmp_path, clip):
    classifier = FakeClassifier()
    services = Services(
        Settings(data_dir=tmp_path), classifier, FeedbackStore(tmp_path / "feedback"), Turns(at_once=1, waiting=0)
    )
    with ThreadPoolExecutor(1) as pool, services.turns.take(3.0):
        refused = pool.submit(services.recognise, clip).exception(timeout=30)
    assert type(refused) is BusyError and "already waiting here; try again in 1 s." in str(refused)
    assert services.recognise(clip).prediction.duration_seconds == 1.5


def test_only_uploads_are_discarded(services, clip):
    upload = services.voices / "hash" / "clip.wav"
    upload.parent.mkdir()
    upload.write_bytes(b"voice")
    for path in (upload, upload, services.voices / ".." / ".." / ".." / "clip.wav"):  # the sweeper may be faster
        services.discard(str(path))
    assert not upload.exists()
    assert soundfile.info(clip).duration == 1.5


def test_a_missing_and_a_long_recording_are_said_without_a_path(services, tmp_path):
    with pytest.raises(AudioNotFoundError) as caught:
        services.recognise(str(tmp_path / "gone.wav"))
    assert str(caught.value) == "This recording is no longer kept here; record or choose it again."
    soundfile.write(tmp_path / "long.wav", synthetic_voice(2.5), 16_000)
    with pytest.raises(ValueError, match="at most 2 s") as caught:
        services.recognise(str(tmp_path / "long.wav"))
    assert str(tmp_path) not in str(caught.value)


def test_at_the_edge_every_error_is_one_sentence(caplog):
    def fail(error):
        raise error

    with pytest.raises(Exception, match="Unknown label '&lt;b&gt;'") as caught:
        polite(fail)(LabelError("Unknown label '<b>'."))
    assert type(caught.value).__name__ == "Error"
    assert caplog.text == ""
    with pytest.raises(Exception, match=SORRY):
        polite(fail)(RuntimeError("secret /srv/path"))
    assert "secret /srv/path" in caplog.text  # for the operator alone
    assert sentence(RuntimeError("secret")) == SORRY


def test_what_was_chosen_in_a_recording_is_noted(services, clip):
    voice = synthetic_voice(1.5)
    soundfile.write(clip, np.stack([voice, -voice], axis=1), 16_000)
    note = "Only the left channel is used, because the channels cancel each other out."
    assert services.recognise(clip).prediction.notes == services.analyse(clip).prediction.notes == (note,)
    assert services.analyse(clip, channel=1).prediction.notes == ()
    long = open_services(replace(services.settings, max_seconds=60.0))
    soundfile.write(clip, np.tile(np.stack([voice, -voice], axis=1), (7, 1)), 16_000)
    analysis = long.analyse(clip)
    assert analysis.timeline.notes == analysis.prediction.notes == (note,)


def test_the_model_that_ships_answers_on_the_page_without_torch():
    script = """
import sys
from emotion_hf.app.services import Chosen, load_model
from emotion_hf.settings import Settings
from emotion_hf.testing import synthetic_voice
assert load_model(Settings(), Chosen("")).predict([synthetic_voice(1.5)])[0].label
print([name for name in ("torch", "transformers") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
