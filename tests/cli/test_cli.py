"""The command line: its options in this process with a fake model, and as a process with the model that ships."""

import csv
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import soundfile

from emotion_hf import cli, doctor
from emotion_hf.corpora import CORPORA
from emotion_hf.errors import CheckpointError, CorpusError
from emotion_hf.labels import LABELS
from emotion_hf.testing import FakeClassifier, synthetic_voice

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / ".." / "shared" / "data"
FIELDS = ["file", "verdict", "label", "confidence", "scores", "duration_seconds", "model", "intensity", "notes"]

needs_model = pytest.mark.skipif(
    not (doctor.DEFAULT_MODEL_DIR / "model.safetensors").is_file(),
    reason="emotion_hf/checkpoints/default (the model that ships) is missing",
)
needs_ravdess = pytest.mark.skipif(not (SHARED / "ravdess").is_dir(), reason="../shared/data/ravdess is missing")


@pytest.fixture
def clips(tmp_path):
    """A folder with two clips and a text file named like one."""
    folder = tmp_path / "clips"
    folder.mkdir()
    soundfile.write(folder / "a.wav", synthetic_voice(1.0), 16_000)
    soundfile.write(folder / "b.flac", synthetic_voice(1.5), 16_000)
    (folder / "c.wav").write_text("this is not sound")
    return folder


@pytest.fixture
def loaded(monkeypatch):
    """What the recogniser was asked for, instead of loading one."""
    asked = []

    def load(settings, labels):
        asked.append((settings, labels))
        return FakeClassifier(labels=("happy", "sad"))

    monkeypatch.setattr(cli, "_load_recognizer", load)
    return asked


@pytest.fixture
def run(capsys):
    """Run the command line in this process and return status, stdout and stderr."""

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        return ended.value.code or 0, *capsys.readouterr()

    return run


def test_json_prints_exactly_one_object_a_line(run, loaded, clips):
    status, out, _ = run("predict", clips, "--json")
    first, second, third = map(json.loads, out.splitlines())
    assert status == 1
    assert list(first) == FIELDS
    assert first["file"] == str(clips / "a.wav")
    assert (first["verdict"], first["label"], first["model"]) == ("ok", "happy", "fake")
    assert first["scores"] == pytest.approx({"happy": 0.8, "sad": 0.2})
    assert (first["confidence"], first["duration_seconds"]) == (0.8, 1.0)
    assert second["duration_seconds"] == 1.5
    assert list(third) == ["file", "error"]


def test_people_get_lines_and_errors_go_to_stderr(run, loaded, clips):
    status, out, err = run("predict", clips)
    assert status == 1
    assert out.splitlines()[0] == f"😄 happy                   80 % high   {clips / 'a.wav'}"
    assert len(out.splitlines()) == 2
    assert err.startswith(f"{clips / 'c.wav'} is text, not audio; ")
    assert "Traceback" not in err


def test_names_of_files_cannot_disturb_the_terminal(run, loaded, tmp_path):
    name = "a\n\x1b[2J\u202eb.wav"
    shown = r"a\n\x1b[2J\u202eb.wav"
    soundfile.write(tmp_path / "good.wav", synthetic_voice(1.0), 16_000)
    (tmp_path / "good.wav").rename(tmp_path / name)
    (tmp_path / f"bad {name}").write_text("this is not sound")
    status, out, err = run("predict", tmp_path, "--output", tmp_path / f"{name}.csv")
    assert status == 1
    assert out.endswith(f" {tmp_path / shown}\n")
    assert err.splitlines()[0].startswith(f"{tmp_path / f'bad {shown}'} is text, not audio; ")
    assert err.splitlines()[1:] == [f"Wrote {tmp_path / f'{shown}.csv'}"]
    assert json.loads(run("predict", tmp_path / name, "--json")[1])["file"] == str(tmp_path / name)
    assert run("predict", tmp_path / f"no {name}")[2].startswith(f"There is no file {tmp_path / f'no {shown}'};")


def test_status_is_0_when_all_went_well_and_silence_is_no_failure(run, loaded, tmp_path):
    soundfile.write(tmp_path / "silence.wav", 0 * synthetic_voice(1.0), 16_000)
    status, out, _ = run("predict", tmp_path / "silence.wav", "--json")
    answer = json.loads(out)
    assert (status, answer["verdict"], answer["label"], answer["scores"]) == (0, "no_speech", None, {})
    assert run("predict", tmp_path)[1].startswith("🔇 no speech ")


def test_a_model_that_is_not_sure_names_both_candidates(run, monkeypatch, clips):
    monkeypatch.setattr(cli, "_load_recognizer", lambda *_: FakeClassifier(labels=("happy", "sad"), confidence=0.55))
    assert run("predict", clips / "a.wav")[1].startswith("😄 happy or sad            55 % medium ")


def test_progress_is_shown_for_several_files_in_a_terminal_only(run, loaded, clips, monkeypatch):
    assert run("predict", clips / "a.wav", clips / "b.flac")[2] == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert "2/2" in run("predict", clips / "a.wav", clips / "b.flac")[2]
    assert run("predict", clips / "a.wav")[2] == ""


def test_output_holds_what_was_printed(run, loaded, clips, tmp_path):
    printed = [
        json.loads(line) for line in run("predict", clips, "--json", "--output", tmp_path / "a.json")[1].splitlines()
    ]
    assert json.loads((tmp_path / "a.json").read_text()) == printed
    assert run("predict", clips, "--output", tmp_path / "a.csv")[2].endswith(f"Wrote {tmp_path / 'a.csv'}\n")
    with (tmp_path / "a.csv").open(newline="") as file:
        assert [row["label"] for row in csv.DictReader(file)] == [answer.get("label", "") for answer in printed]


@pytest.mark.parametrize("output", ["answers.txt", "nowhere/answers.json"])
def test_an_output_that_cannot_be_written_is_refused_before_the_work(run, loaded, clips, tmp_path, output):
    status, out, err = run("predict", clips, "--output", tmp_path / output)
    assert (status, out, loaded) == (2, "", [])
    assert err.startswith(f"emotion-hf: Cannot write {tmp_path / output}: ")
    assert len(err.splitlines()) == 1


def test_options_reach_the_recogniser(run, loaded, clips):
    options = "--model some/model --max-seconds 30 --trust-remote-code --label ang=angry --label hap=happy"
    run("predict", clips / "a.wav", *options.split())
    ((settings, labels),) = loaded
    assert (settings.model, settings.max_seconds, settings.trust_remote_code) == ("some/model", 30.0, True)
    assert labels == {"ang": "angry", "hap": "happy"}


def test_the_environment_is_used_where_no_option_is_given(run, loaded, clips, monkeypatch):
    monkeypatch.setenv("EMOTION_HF_MODEL", "from/environment")
    monkeypatch.setenv("EMOTION_HF_MAX_SECONDS", "20")
    run("predict", clips / "a.wav")
    run("predict", clips / "a.wav", "--model", "from/option")
    assert [settings.model for settings, _ in loaded] == ["from/environment", "from/option"]
    assert loaded[0][0].max_seconds == 20.0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["predict"], "Missing argument"),
        (["predict", "a.wav", "--channel", "-1"], "--channel"),
        (["predict", "a.wav", "--max-seconds", "0"], "--max-seconds"),
        (["predict", "a.wav", "--label", "angry"], "emotion-hf: --label angry is not OLD=NEW"),
        (["corpus", "check"], "Missing argument"),
        (["corpus", "download"], "Missing argument"),
        (["corpus", "export", "ravdess", "."], "Missing option '--to'"),
        (
            ["corpus", "export", "ravdess", ".", "--to", "out", "--by", "mood"],
            "'mood' is not one of 'emotion', 'speaker'",
        ),
        (["nonsense"], "No such command"),
    ],
)
def test_usage_errors_end_with_status_2(run, loaded, arguments, sentence):
    status, out, err = run(*arguments)
    assert (status, out, loaded) == (2, "", [])
    assert sentence in err


def test_a_model_that_cannot_be_loaded_is_one_sentence(run, monkeypatch, clips):
    def fail(*_):
        raise CheckpointError("There is no model in nowhere/; name a folder or a Hub id.")

    monkeypatch.setattr(cli, "_load_recognizer", fail)
    assert run("predict", clips) == (1, "", "emotion-hf: There is no model in nowhere/; name a folder or a Hub id.\n")


def _stand_in(monkeypatch, name, **content):
    module = ModuleType(name)
    vars(module).update(content)
    monkeypatch.setitem(sys.modules, name, module)


def test_corpus_check_prints_the_report(run, monkeypatch, tmp_path):
    def check_corpus(directory, name=None, progress=iter):
        return SimpleNamespace(to_text=lambda: f"{name}: 3 clips in {directory}")

    _stand_in(monkeypatch, "emotion_hf.corpora.check", check_corpus=check_corpus)
    assert run("corpus", "check", tmp_path, "--name", "tess") == (0, f"tess: 3 clips in {tmp_path}\n", "")


def test_corpus_check_of_an_unusable_folder_is_one_sentence(run, monkeypatch):
    def check_corpus(directory, name=None, progress=iter):
        raise CorpusError(f"There is no folder {directory}.")

    _stand_in(monkeypatch, "emotion_hf.corpora.check", check_corpus=check_corpus)
    assert run("corpus", "check", "nowhere") == (1, "", "emotion-hf: There is no folder nowhere.\n")


def test_corpus_info_is_a_table_or_all_about_one(run):
    status, out, err = run("corpus", "info")
    assert (status, len(out.splitlines()), err) == (0, 1 + len(CORPORA), "")
    assert run("corpus", "info", "TESS")[1].startswith("Toronto Emotional Speech Set (TESS)\nName       tess\n")
    status, out, err = run("corpus", "info", "tesss")
    assert (status, out) == (1, "")
    assert err == f"emotion-hf: There is no corpus 'tesss'; the known corpora are {', '.join(CORPORA)}.\n"


@pytest.fixture
def downloaded(monkeypatch):
    """What was to be downloaded, and where; RAVDESS is there already."""
    asked = []

    def download_corpus(corpus, folder, *, progress):
        asked.append((corpus.name, folder))
        for done in (60_000, 80_000, 20_000, 100_000):  # goes on, then starts anew
            progress(done, 100_000)
        return corpus.name != "ravdess"

    _stand_in(monkeypatch, "emotion_hf.corpora.download", download_corpus=download_corpus)
    return asked


def test_corpus_download_shows_the_terms_and_where_the_corpus_is(run, downloaded, monkeypatch, tmp_path):
    monkeypatch.setenv("EMOTION_HF_DATA_DIR", str(tmp_path))
    status, out, err = run("corpus", "download", "EmoDB")
    assert (status, err) == (0, "")
    assert out.startswith("Berlin Database of Emotional Speech (EmoDB)\nLicence: CC BY 4.0 according to its ")
    assert "Please cite:\n@inproceedings{burkhardt2005emodb,\n" in out
    assert (
        out.splitlines()[-1]
        == f"emodb is now in {tmp_path}/corpora/emodb; train with --data emodb={tmp_path}/corpora/emodb"
    )
    assert "ravdess is already in x; train with" in run("corpus", "download", "ravdess", "--to", "x")[1]
    assert downloaded == [("emodb", tmp_path / "corpora/emodb"), ("ravdess", Path("x"))]


def test_corpus_download_shows_its_progress_in_a_terminal(run, downloaded, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    err = run("corpus", "download", "nemo", "--to", "x")[2]
    assert [f"{done}k/100k" in err for done in ("60.0", "20.0", "100")] == [True, True, True]
    assert err.splitlines()[-1].startswith("Downloading nemo: 100%|███")


def test_corpus_download_of_what_is_not_open_to_everybody_says_how_to_get_it(run):
    status, out, err = run("corpus", "download", "savee")
    assert (status, len(err.splitlines())) == (1, 1)
    assert "Licence: free for research, after registration" in out
    assert err.startswith("emotion-hf: savee cannot be downloaded automatically: register at http://")


def test_corpus_export_says_what_is_where(run, tmp_path):
    clip = tmp_path / "in/joy/anna/1.wav"
    clip.parent.mkdir(parents=True)
    clip.write_text("sound")
    out = tmp_path / "out"
    done = run("corpus", "export", "mine", tmp_path / "in", "--to", out)
    assert done == (0, f"Wrote 1 clips to {out}: happy 1\n", "")
    assert (out / "happy/anna_1.wav").read_text() == "sound"
    run("corpus", "export", "mine", tmp_path / "in", "--to", tmp_path / "links", "--by", "speaker", "--link")
    assert (tmp_path / "links/anna/happy_1.wav").samefile(clip)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ravdess", "nowhere"], "There is no folder nowhere; give the folder that contains the recordings."),
        (["ravdess", "in"], "in contains no audio file; name a folder with .wav"),
    ],
)
def test_corpus_export_of_what_cannot_be_used_is_one_sentence(run, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    status, out, err = run("corpus", "export", *arguments, "--to", tmp_path / "out")
    assert (status, out, len(err.splitlines())) == (1, "", 1)
    assert err.startswith(f"emotion-hf: {sentence}")
    assert not (tmp_path / "out").exists()


def test_app_starts_the_page_with_the_settings_of_the_environment(run, monkeypatch):
    served = []
    _stand_in(monkeypatch, "emotion_hf.app.services", Services=SimpleNamespace(open=lambda settings, store: store))
    _stand_in(monkeypatch, "emotion_hf.app.build", build_page=lambda store: store.limits.total)
    keep = {"serve": lambda page, settings: served.append((page, settings.host, settings.port))}
    _stand_in(monkeypatch, "emotion_hf.app.serving", **keep)
    monkeypatch.setenv("EMOTION_HF_PORT", "7999")
    assert run("app")[0] == run("app", "--port", 0)[0] == run("app", "--host", "::1", "--port", 8000)[0] == 0
    assert served == [(20_000, "127.0.0.1", 7999), (20_000, "127.0.0.1", 0), (20_000, "::1", 8000)]
    assert run("app", "--port", 65_536)[0] == 2


def test_an_address_that_is_given_as_an_option_counts_for_what_the_public_may_see(run, monkeypatch):
    monkeypatch.setenv("EMOTION_HF_REVIEW", "1")
    status, _, err = run("app", "--host", "0.0.0.0")
    assert status == 2 and "EMOTION_HF_REVIEW is on and others can reach this page (0.0.0.0)" in err


def test_serve_refuses_to_let_in_everybody(run, monkeypatch):
    served = []
    _stand_in(monkeypatch, "emotion_hf.app.services", Services=SimpleNamespace(open=lambda settings, store: store))
    _stand_in(monkeypatch, "emotion_hf.app.build", build_page=lambda store: store)
    _stand_in(monkeypatch, "emotion_hf.app.serving", serve=lambda page, settings: served.append(settings.accounts))
    status, _, err = run("serve", "--host", "0.0.0.0")
    assert status == 2 and "Others can reach this page (0.0.0.0), so it needs accounts: set EMOTION_HF_AUTH" in err
    assert run("serve", "--host", "0.0.0.0", "--auth", "anna")[0] == 2
    assert run("serve", "--host", "0.0.0.0", "--auth", "anna:secret")[0] == run("serve")[0] == 0
    monkeypatch.setenv("EMOTION_HF_ALLOWED_HOSTS", "voices.example.org")
    assert run("serve")[0] == 2
    monkeypatch.setenv("EMOTION_HF_AUTH", "ben:secret")
    assert run("serve")[0] == 0
    assert served == [{"anna": "secret"}, {}, {"ben": "secret"}]


def test_doctor_shows_settings_without_secrets(run, monkeypatch):
    monkeypatch.setattr(doctor, "examine", lambda fix: [])
    for name in [name for name in os.environ if name.startswith("EMOTION_HF_")]:
        monkeypatch.delenv(name)
    assert run("doctor") == (0, "ok       All settings have their default values.\n", "")
    monkeypatch.setenv("EMOTION_HF_PORT", "8000")
    monkeypatch.setenv("EMOTION_HF_AUTH", "anna:secret")
    expected = "note     EMOTION_HF_PORT is 8000.\nnote     EMOTION_HF_AUTH is set.\n"
    assert run("doctor") == (0, expected, "")
    monkeypatch.setenv("EMOTION_HF_PORT", "many")
    assert run("doctor") == (1, "problem  EMOTION_HF_PORT is 'many'; it must be a whole number.\n", "")


@pytest.mark.parametrize(("level", "status"), [("ok", 0), ("note", 0), ("problem", 1)])
def test_doctor_ends_with_status_1_when_a_problem_is_left(run, monkeypatch, level, status):
    asked = []

    def examine(fix):
        asked.append(fix)
        return [doctor.Finding(level, "This is what was found.")]

    monkeypatch.setattr(doctor, "examine", examine)
    found = run("doctor")
    assert (found[0], found[1].splitlines()[0]) == (status, f"{level:<8} This is what was found.")
    run("doctor", "--fix")
    assert asked == [False, True]


def test_version_and_help(run):
    assert run("--version") == (0, "emotion-hf 0.2.0\n", "")
    assert run("-h") == run("--help")
    status, out, _ = run("--help")
    assert status == 0
    for command in ("predict", "doctor", "corpus", "app"):
        assert f"\n  {command} " in out


@pytest.mark.parametrize(
    "command", ["predict", "adapt", "doctor", "app", "serve", "push", "corpus export", "feedback add"]
)
def test_the_help_of_each_command_has_an_example(run, command):
    status, out, _ = run(*command.split(), "-h")
    assert status == 0 and f"Example:\n    emotion-hf {command}" in out


def _process(*arguments, **options):
    command = [sys.executable, "-m", "emotion_hf.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", **options)


def test_an_unknown_setting_is_one_sentence_of_the_process(tmp_path):
    done = _process("predict", tmp_path, env={"EMOTION_HF_MODLE": "x"})
    assert done.returncode == 2
    assert done.stderr.startswith("emotion-hf: Unknown variable EMOTION_HF_MODLE; the known variables are ")
    assert len(done.stderr.splitlines()) == 1


@needs_model
def test_the_model_that_ships_answers_as_a_process(clips, tmp_path):
    done = _process("predict", clips, "--json", "--output", tmp_path / "a.jsonl")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [list(answer) for answer in answers] == [FIELDS, FIELDS, ["file", "error"]]
    assert [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()] == answers
    assert "Traceback" not in done.stderr


@needs_model
def test_an_old_terminal_gets_its_answer_too(clips):
    done = _process("predict", clips / "a.wav", env={"PYTHONIOENCODING": "ascii", "HF_HUB_OFFLINE": "1"})
    assert done.returncode == 0, done.stderr
    assert str(clips / "a.wav") in done.stdout


@needs_model
def test_the_page_starts_as_a_process_and_stops_when_told(tmp_path):
    environ = os.environ | {"EMOTION_HF_PORT": "0", "EMOTION_HF_DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "emotion_hf.cli", "app"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) as process:
        address = next(match[0] for line in process.stdout if (match := re.search(r"http://127\.0\.0\.1:\d+", line)))
        assert urllib.request.urlopen(address).status == 200
        process.terminate()
        process.communicate(timeout=30)


@needs_model
@needs_ravdess
def test_a_real_recording_is_answered(tmp_path):
    recording = sorted((SHARED / "ravdess").rglob("03-01-05-02-01-01-01.*"))[0]
    done = _process("predict", recording, "--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(answer["scores"]) == list(LABELS)
    assert sum(answer["scores"].values()) == pytest.approx(1.0, abs=1e-4)
    assert answer["label"] == max(answer["scores"], key=answer["scores"].get)
    assert 2 < answer["duration_seconds"] < 6


def test_notes_are_printed_on_stderr_and_written(clips, loaded, run, tmp_path):
    whole = (clips / "a.wav").read_bytes()
    (clips / "a.wav").write_bytes(whole[: len(whole) // 2])
    status, out, err = run("predict", clips / "a.wav", "--output", tmp_path / "a.csv")
    note = "Only 0.5 of 1.0 s can be read."
    assert (status, f"{clips / 'a.wav'}: {note}" in err, note in out) == (0, True, False)
    assert f",{note}," in (tmp_path / "a.csv").read_text(encoding="utf-8")
    _, out, _ = run("predict", clips / "a.wav", clips / "b.flac", "--json")
    assert [json.loads(line)["notes"] for line in out.splitlines()] == [[note], []]
    status, _, err = run("predict", clips / "b.flac", "--track", 1)
    assert status == 1 and "b.flac has no track 1; it has only track 0." in err
