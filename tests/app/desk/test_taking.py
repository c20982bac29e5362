"""Taking recordings without a browser: one sentence for each that cannot be used, and the others go on."""

from datetime import UTC, datetime
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import soundfile

from emotion_hf.app.desk.taking import TakePanel
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.desk import callers, listing
from emotion_hf.feedback import new_id
from emotion_hf.testing import synthetic_voice

REQUEST = gr.Request(session_hash="session")


@pytest.fixture
def panel(services, desk, page):
    panel = TakePanel(services, desk)
    panel.build_form()
    return panel


@pytest.fixture
def upload(services):
    """Upload channels as a file, or a text, and return what the browser sends about it."""

    def upload(name, *channels, text=None):
        folder = services.voices / new_id()
        folder.mkdir(parents=True)
        if text is None:
            soundfile.write(folder / name, np.stack(channels, axis=1), SAMPLING_RATE)
        else:
            (folder / name).write_text(text)
        return {"name": name, "ticket": f"{folder.name}/{name}"}

    return upload


def take(panel, *files, caller="Anna", on=None, channel="", speaker=""):
    event = SimpleNamespace(_data={"files": list(files), "caller": on})
    return list(panel._take(caller, channel, speaker, event, REQUEST))


VOICE, OTHER = synthetic_voice(2.0, seed=1), synthetic_voice(2.0, seed=2)


def test_a_bad_file_becomes_a_sentence_and_the_others_go_on(panel, desk, upload, services):
    files = [upload("a.wav", VOICE), upload("b<i>.wav", text="Dear diary"), upload("c.wav", OTHER)]
    *working, last = take(panel, *files, {"name": "d.wav", "problem": "<b>Too large"})
    html = last[panel.progress]
    assert "<b>2 taken</b>" in html and "b&lt;i&gt;.wav is text, not audio" in html
    assert "d.wav: &lt;b&gt;Too large" in html and "data-again" not in html
    assert "data-busy" not in html and last[panel.hide].visible and not last[panel.stop].visible
    shown = "".join(one[panel.progress] for one in working)
    assert "a.wav, 1 of 4" in shown and "c.wav, 3 of 4" in shown and shown.count("data-busy") == len(working)
    assert {line.file_name for line in listing.history(desk).calls} == {"c.wav", "a.wav"}
    assert [path.name for path in services.voices.rglob("*.wav")] == ["b<i>.wav"]  # the others were taken over


def test_the_same_recording_is_taken_once(panel, desk, upload):
    take(panel, upload("a.wav", VOICE))
    assert "was on the desk before" in take(panel, upload("again.wav", VOICE))[-1][panel.progress]
    assert listing.history(desk).total == 1


def test_two_sides_are_taken_once_somebody_says_whose_they_are(panel, desk, upload):
    last = take(panel, upload("two.wav", VOICE, OTHER))[-1]
    assert 'data-again="0" data-channel="1"' in last[panel.progress] and "data-speaker" not in last[panel.progress]
    again = SimpleNamespace(_data={"file": "0", "channel": "1", "speaker": ""})
    *_, last = panel._again(last[panel.files], again, REQUEST)
    assert "<b>1 taken</b>" in last[panel.progress] and "data-again" not in last[panel.progress]
    *_, refused = panel._again(last[panel.files], again, REQUEST)
    assert "no longer waiting here" in refused[panel.progress]
    assert listing.history(desk).total == 1


def test_one_answer_is_for_all_recordings_that_wait_for_it(panel, desk, upload):
    files = [upload("a.wav", VOICE, OTHER), upload("b.wav", OTHER, VOICE), upload("c.wav", text="Dear diary")]
    last = take(panel, *files)[-1]
    assert "For all 2 recordings of this kind:" in last[panel.progress]
    wrong = SimpleNamespace(_data={"file": "all", "channel": "", "speaker": "A"})
    *_, refused = panel._again(last[panel.files], wrong, REQUEST)
    assert "no longer waiting here" in refused[panel.progress]
    *_, last = panel._again(last[panel.files], SimpleNamespace(_data={"file": "all", "channel": "0"}), REQUEST)
    assert "<b>2 taken</b>" in last[panel.progress] and "data-again" not in last[panel.progress]
    assert listing.history(desk).total == 2


def test_the_time_of_a_file_is_the_time_of_its_call(panel, desk, clock, upload):
    times = {"a.wav": 1_700_000_000_000, "b.wav": 9e15, "c.wav": "x", "d.wav": 1e300, "e.wav": True}
    for seed, (name, at) in enumerate(times.items()):
        take(panel, upload(name, synthetic_voice(1.0, seed=seed)) | {"at": at})
    happened = {line.file_name: line.happened_at for line in listing.history(desk).calls}
    assert happened.pop("a.wav") == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert set(happened.values()) == {clock.at}


def test_the_channel_is_named_beforehand(panel, desk, upload):
    assert "<b>1 taken</b>" in take(panel, upload("two.wav", VOICE, OTHER), channel="0")[-1][panel.progress]


def test_a_drop_on_a_caller_is_for_the_caller(panel, desk, upload):
    ben = callers.add(desk, "Ben")
    take(panel, upload("a.wav", VOICE), caller="Anna", on=ben.id)
    assert [line.caller for line in listing.history(desk).calls] == ["Ben"] and callers.find(desk, "Anna") is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"caller": " "}, "Choose the caller first"),
        ({"on": 99}, "no longer on the desk"),
        ({"files": 0}, "There are 0 recordings; choose from 1 to 200 at once."),
    ],
)
def test_what_cannot_be_taken_is_refused(panel, desk, upload, options, words):
    files = [upload("a.wav", VOICE)] * options.pop("files", 1)
    assert words in take(panel, *files, **options)[-1][panel.progress]
    assert callers.all_callers(desk) == []


def test_a_forged_ticket_reads_no_file(panel, desk):
    assert "Upload the recording first" in take(panel, {"name": "x", "ticket": "../../secret"})[-1][panel.progress]


def test_it_stops_between_two_recordings(panel, desk, upload):
    event = SimpleNamespace(_data={"files": [upload("a.wav", VOICE), upload("b.wav", OTHER)], "caller": None})
    running = panel._take("Anna", "", "", event, REQUEST)
    next(running), next(running)
    panel._stop(REQUEST)
    *_, last = running
    assert "Stopped; these recordings were not taken: 2." in last[panel.progress]
    assert panel._hide()[panel.files] == ()
