"""Trainings of the page without a browser: their commands, their names, their progress and what is removed."""

import json
from dataclasses import replace

import pytest

from emotion_hf.app.corpora_choice import Chosen
from emotion_hf.app.forecast_html import about, forecast_html
from emotion_hf.app.training_progress import curves_html, stage
from emotion_hf.app.training_view import log_html, queue_html, training_html
from emotion_hf.app.trainings import Trainings
from emotion_hf.app.words import speaking
from emotion_hf.errors import JobError, RecipeError
from emotion_hf.forecast import Data, Forecast
from emotion_hf.jobs import Jobs
from emotion_hf.settings import Settings
from emotion_hf.unfinished import append_progress

MINE = Chosen("mine", "/voices/mine", split="random:0.25")
FORECAST = Forecast(
    data=(Data("mine", "mine <b>", "", "from folder names (emotion)", 1200, 0, 2, ("A note.",)),),
    clips_by_emotion={"happy": 800, "sad": 400},
    speakers=0,
    unknown=1200,
    hours=1.234,
    train=900,
    validation=0,
    test=300,
    split="random:0.25",
    optimistic=True,
    seconds=130.0,
    cached=0.5,
    licence=("mine: the owner of the recordings decides whether the new model may be published.",),
)


@pytest.fixture
def trainings(tmp_path, monkeypatch):
    """Trainings whose queue starts nothing."""
    monkeypatch.setattr(Jobs, "wake", lambda self: None)
    settings = Settings(data_dir=tmp_path)
    return Trainings(settings, Jobs(settings.jobs_dir))


def change(trainings, job, **changes):
    changed = replace(job, **changes)
    trainings.jobs._write(changed)
    return changed


def line(event="epoch", step=10, **others):
    return {"event": event, "step": step, "steps": 40, "epoch": step / 10, "epochs": 4, "seconds_left": 3700} | others


def test_the_command_names_absolute_places_and_the_split_that_the_data_needs(trainings, tmp_path):
    job = trainings.start("head", (MINE, Chosen("tess", "/voices/tess")))
    output = str(tmp_path / "runs" / "head-mine-tess")
    data = ["--data", "mine=/voices/mine", "tess=/voices/tess", "data.split=random:0.25"]
    assert [*job.command] == ["train", "head", *data, "--output", output, "--test"]
    assert trainings.start("head", (MINE, Chosen("tess", "/voices/tess"))).name == "head-mine-tess-2"
    hub = Chosen("lab", "Lab/Voices", columns="emotion=mood")
    assert [*trainings.start("cnn", (hub,), "hub").command][2:6] == [
        "--data",
        "lab=Lab/Voices",
        "--columns",
        "emotion=mood",
    ]
    assert trainings.start("cnn", (MINE,), " my_model ").folder.name == "my_model"
    assert [job.name for job in trainings.all()] == ["my_model", "hub", "head-mine-tess-2", "head-mine-tess"]


@pytest.mark.parametrize(
    ("recipe", "data", "name", "reason"),
    [
        ("head", (), "", "Choose recordings first"),
        ("../secret", (MINE,), "", "There is no recipe"),
        ("head", (MINE,), "../up", "A name may have"),
        ("head", (MINE,), "taken", "There is already a model taken"),
    ],
)
def test_what_cannot_be_started_is_refused_in_a_sentence(trainings, tmp_path, recipe, data, name, reason):
    (tmp_path / "runs" / "taken").mkdir(parents=True)
    with pytest.raises((JobError, RecipeError), match=reason):
        trainings.start(recipe, data, name)
    assert trainings.all() == []


def test_what_stopped_goes_on_from_its_last_epoch_or_from_the_start(trainings):
    first = change(trainings, trainings.start("cnn", (MINE,)), state="stopped")
    epoch = first.folder / "trainer" / "checkpoint-10"
    epoch.mkdir(parents=True)
    assert trainings.progress(first).sentence == "Stopped before anything was saved."
    again = trainings.go_on(first.id)
    assert "--resume" not in again.command and not first.folder.exists()
    epoch.mkdir(parents=True)
    (epoch / "trainer_state.json").write_text("{}")
    stopped = change(trainings, again, state="stopped")
    assert trainings.progress(stopped).sentence == "Stopped; it can be resumed from its last finished epoch."
    assert trainings.go_on(stopped.id).command[-1] == "--resume" and epoch.exists()


def test_a_model_stays_when_its_training_is_removed_and_unfinished_files_do_not(trainings, tmp_path):
    for name, state in (("made", "done"), ("half", "failed")):
        job = change(trainings, trainings.start("head", (MINE,), name), state=state)
        job.folder.mkdir(parents=True)
        (job.folder / "weights").touch()
        trainings.remove(job.id)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["made"]
    outside = change(trainings, trainings.start("head", (MINE,)), state="failed", output=str(tmp_path / "precious"))
    outside.folder.mkdir()
    trainings.remove(outside.id)
    assert outside.folder.exists()


def test_progress_says_the_stage_and_the_time_left(trainings):
    first, second = (trainings.start("cnn", (MINE,)) for _ in range(2))
    assert trainings.progress(second).sentence == "It waits for its turn; before it in the queue: 1."
    first.folder.mkdir(parents=True)
    running = replace(first, state="running")
    assert trainings.progress(running).sentence == "Choosing the training data …"
    append_progress(first.folder / "progress.jsonl", line())
    progress = trainings.progress(running)
    assert (progress.sentence, progress.share) == ("Epoch 2 of 4; about 1:01:40 left, then the evaluation.", 0.25)
    append_progress(first.folder / "progress.jsonl", line(what="clips", step=20, seconds_left=5))
    assert trainings.progress(running).sentence.startswith("Embedding the clips: 20 of 40; about 0:05 left")
    append_progress(first.folder / "progress.jsonl", line(what="fits", step=30))
    progress = trainings.progress(running)
    assert (progress.sentence, progress.share) == ("Fitting the head: 30 of 40 fits, then the evaluation.", 0.75)
    append_progress(first.folder / "progress.jsonl", line("end", step=40))
    assert trainings.progress(running).sentence == "Fitting and measuring the model …"
    failed = replace(first, state="failed", sentence="No <clip>.")
    assert "No &lt;clip&gt;." in training_html(failed, trainings.progress(failed), None)
    assert stage([]) is None


def test_curves_show_loss_and_validation_and_only_of_two_epochs_or_more():
    epochs = [line(step=step, loss=2.0 - step / 40, validation_ua=step / 50) for step in (10, 20, 30)]
    html = curves_html(epochs)
    assert html.count("<svg") == 2
    assert "Loss over the steps, from 1.750 to 1.250." in html and "at best 0.600" in html
    assert curves_html([line(step=step, loss=1.0) for step in (10, 20)]).count("<svg") == 1
    assert curves_html(epochs[:1]) == curves_html([line(), line(step=20)]) == ""
    assert curves_html([line(loss=float("nan")), line(loss=0.0), line(step=20, loss=0.0)]).count("<svg") == 1


def test_the_forecast_survives_json_and_is_shown_in_both_languages():
    assert Forecast.from_json(FORECAST.to_json()) == FORECAST
    with pytest.raises(JobError):
        Forecast.from_json("Traceback")
    html = forecast_html(FORECAST)
    assert "mine &lt;b&gt;" in html and "1,200 clips, 1.23 hours" in html
    assert "about 2 minutes; 50 % of the embeddings are cached" in html
    assert "Some test speakers are also in the training" in html
    with speaking("de"):
        german = forecast_html(FORECAST)
    assert "1.200 Clips, 1,23 Stunden" in german and "aus Ordnernamen (emotion)" in german
    assert "Wem die Aufnahmen gehören" in german
    assert [about(seconds) for seconds in (4, 44, 70, 7200)] == [
        "about 10 seconds",
        "about 40 seconds",
        "about a minute",
        "about 2.0 hours",
    ]


def test_the_queue_is_shown_when_something_waits_and_logs_are_escaped(trainings):
    jobs = [trainings.start("head", (MINE,)) for _ in range(2)]
    assert queue_html(jobs[:1]) == ""
    assert queue_html(jobs).count("<li>") == 2
    assert log_html("<b>") == '<pre class="log" tabindex="0">&lt;b&gt;</pre>'
    assert json.loads((trainings.jobs.folder / f"{jobs[0].id}.json").read_text())["state"] == "waiting"
