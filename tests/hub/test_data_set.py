"""Data sets of the Hub as training data, with the real client and a Hub on this machine."""

from __future__ import annotations

import csv
import io
import logging

import datasets
import numpy as np
import pytest
import soundfile
from datasets import Audio, ClassLabel, Dataset, Features, Value
from huggingface_hub import HfFileSystem, constants

from benchmarks.loopback_hub import Commit, Repo, Trouble
from emotion_hf.batch.places import find_places
from emotion_hf.cli.data import read_data
from emotion_hf.corpora import find_corpus
from emotion_hf.corpora.corpus import list_clips
from emotion_hf.corpora.hub_source import HubSource
from emotion_hf.data.loader import load_corpora
from emotion_hf.errors import AudioError, CorpusError, HubError, SettingsError
from emotion_hf.hub.data_set import Address, fetch, parse_address
from emotion_hf.testing import synthetic_voice

EMOTIONS = ("happy", "sad", "angry")


@pytest.fixture
def hub(hub, monkeypatch, tmp_path):
    """The Hub, which `datasets` uses too."""
    monkeypatch.setattr(datasets.config, "HF_ENDPOINT", hub.url)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(
        datasets.config, "HUB_DATASETS_URL", f"{hub.url}/datasets/{{repo_id}}/resolve/{{revision}}/{{path}}"
    )
    monkeypatch.setenv("EMOTION_HF_DATA_DIR", str(tmp_path / "data"))
    HfFileSystem.clear_instance_cache()
    yield hub
    HfFileSystem.clear_instance_cache()


def flac(number):
    voice = synthetic_voice(1.0, seed=number)
    content = io.BytesIO()
    soundfile.write(content, voice, 16_000, format="FLAC")
    return content.getvalue()


def publish(hub, name, files):
    hub.repos["dataset", name] = Repo(False, [Commit("first", {".gitattributes": b"", **files})])


def folder(hub, name="me/voices", head="license: cc-by-4.0\nlanguage: de", column="mood", splits=("train", "test")):
    """Publish a folder of recordings with a table for each split."""
    files = {"README.md": f"---\n{head}\n---\n# Voices\n".encode()}
    for split in splits:
        rows = [f"file_name,{column},speaker_id"]
        for number in range(6):
            files[f"{split}/clip {number}.flac"] = flac(number)
            rows.append(f"clip {number}.flac,{EMOTIONS[number % 3]},{split}{number % 2}")
        files[f"{split}/metadata.csv"] = "\n".join(rows).encode()
    publish(hub, name, files)


def table(place):
    with (place / "metadata.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("me/voices", Address("me/voices")),
        ("me/voices:clean", Address("me/voices", config="clean")),
        ("me/voices:clean@v2", Address("me/voices", "clean", "v2")),
        ("me/voices@refs/convert/parquet", Address("me/voices", revision="refs/convert/parquet")),
        ("voices", None),
        ("./voices/mine", None),
        ("/data/voices", None),
        ("../data/voices", None),
    ],
)
def test_the_address_of_a_data_set(text, address):
    assert parse_address(text) == address


def test_a_data_set_becomes_a_folder_that_trainings_read(hub):
    folder(hub)
    data = read_data(["mine=me/voices"], ["emotion=mood"])
    clips = load_corpora(data)
    assert len(clips) == 12
    assert clips[0]["emotion"] == "happy"
    assert {*clips["speaker"]} == {"mine/train0", "mine/train1", "mine/test0", "mine/test1"}
    assert {*clips["part"]} == {"train", "test"}
    assert {*clips["language"]} == {"de"}
    wave, rate = soundfile.read(clips[0]["audio"]["path"])
    assert rate == 16_000
    assert np.abs(wave - synthetic_voice(1.0, seed=0)).max() < 1e-4
    commit = hub.repos["dataset", "me/voices"].commits[-1].id
    assert HubSource.find(data["mine"]) == HubSource("me/voices", commit, "cc-by-4.0", {"emotion": "mood"})
    assert list_clips(find_corpus("mine"), data["mine"]).skipped == ""


def test_a_data_set_is_read_once_and_again_after_a_change(hub, caplog):
    folder(hub, column="emotion")
    first = read_data(["mine=me/voices"])["mine"]
    asked = len(hub.asked)
    assert read_data(["mine=me/voices"])["mine"] == first
    assert len(hub.asked) == asked + 1  # only for the newest commit
    repo = hub.repos["dataset", "me/voices"]
    changed = repo.commits[-1].files | {"train/metadata.csv": b"file_name,emotion,speaker_id\nclip 1.flac,sad,x"}
    repo.commits.append(Commit("second", changed))
    second = read_data(["mine=me/voices"])["mine"]
    assert [row["emotion"] for row in table(second) if row["split"] == "train"] == ["sad"]
    assert read_data([f"mine=me/voices@{repo.commits[0].id}"])["mine"] == first
    hub.troubles += [Trouble("GET", "/api/datasets/", status=404)]
    with caplog.at_level(logging.WARNING):
        assert read_data(["mine=me/voices"])["mine"] == second
    commit = repo.commits[-1].id[:12]
    assert f"cannot be read from the Hub now; the earlier download of commit {commit} is used." in caplog.text


def test_parquet_with_classes_and_a_limit(hub, monkeypatch, caplog):
    rows = {
        "clip": [{"path": f"{number}.flac", "bytes": flac(number)} for number in range(6)],
        "label": [0, 1, 2, 0, -1, 2],
        "client_id": ["anna", "ben"] * 3,
        "other": [0.5] * 6,
    }
    kinds = Features(
        clip=Audio(decode=False),
        label=ClassLabel(names=list(EMOTIONS)),
        client_id=Value("string"),
        other=Value("float32"),
    )
    made = Dataset.from_dict(rows, features=kinds)
    content = io.BytesIO()
    made.to_parquet(content)
    publish(hub, "me/table", {"data/all-00000-of-00001.parquet": content.getvalue()})
    everything = table(read_data(["mine=me/table"])["mine"])
    assert [(row["emotion"], row["speaker"], row["split"]) for row in everything] == [
        *(("happy", "anna", "all"), ("sad", "ben", "all"), ("angry", "anna", "all")),
        *(("happy", "ben", "all"), ("angry", "ben", "all")),
    ]
    assert everything[0]["file_name"] == "all/000000-0.flac"
    assert "other" not in everything[0]
    some = table(read_data(["mine=me/table"], most=3)["mine"])
    assert 2 <= len(some) <= 3  # one may be without a label
    folder(hub, column="emotion")
    limited = read_data(["mine=me/voices"], most=3)["mine"]
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with caplog.at_level(logging.WARNING):
        assert read_data(["mine=me/voices"])["mine"] == limited
    assert ", with at most 3 clips of each split, is used." in caplog.text


def test_published_corrections_keep_their_consent(hub):
    lines = [
        '{"file_name": "a.flac", "label": "happy", "annotator": "x", "content": "1", "consent": {"train": true}}',
        '{"file_name": "b.flac", "label": "sad", "annotator": "x", "content": "2", "consent": {"train": false}}',
    ]
    files = {"train/a.flac": flac(1), "train/b.flac": flac(2), "train/metadata.jsonl": "\n".join(lines).encode()}
    publish(hub, "me/corrections", files)
    clips = load_corpora(read_data(["mine=me/corrections"]))
    assert clips["emotion"][:] == ["happy"]


def test_what_cannot_be_read_is_explained(hub, tmp_path):
    folder(hub)
    with pytest.raises(CorpusError, match=r"no column for the emotions; it has audio, mood, speaker_id\. Name"):
        read_data(["mine=me/voices"])
    with pytest.raises(CorpusError, match=r"There is no column 'moods' for emotion; the data set has audio, mood"):
        read_data(["mine=me/voices"], ["emotion=moods"])
    with pytest.raises(SettingsError, match=r"--columns feeling=mood is not OURS=THEIRS; ours are audio, emotion"):
        read_data(["mine=me/voices"], ["feeling=mood"])
    with pytest.raises(CorpusError, match=r"choose another name than ravdess"):
        read_data(["ravdess=me/voices"])
    with pytest.raises(HubError, match=r"There is no folder me/voice, and it is no data set .*: me/voice: "):
        read_data(["mine=me/voice"])
    publish(hub, "me/nothing", {"README.md": b"# Nothing"})
    with pytest.raises(HubError, match="doesn't contain any data files"):
        read_data(["mine=me/nothing"])
    assert not list((tmp_path / "data").rglob("metadata.csv"))


def test_configurations_are_named(hub):
    head = "configs:\n- config_name: clean\n  data_files: clean/*\n- config_name: noisy\n  data_files: noisy/*"
    folder(hub, "me/two", head, "emotion", ("clean", "noisy"))
    with pytest.raises(CorpusError, match=r"has the configurations clean, noisy; choose one .* me/two:clean"):
        read_data(["mine=me/two"])
    assert len(table(read_data(["mine=me/two:noisy"])["mine"])) == 6


def test_an_interruption_leaves_nothing_half_done(hub, tmp_path):
    folder(hub, column="emotion")
    hub.troubles += [Trouble("GET", "clip%203.flac", status=404)]
    cache = tmp_path / "cache"
    with pytest.raises(HubError):
        fetch(Address("me/voices"), cache)
    assert not [path for path in cache.rglob("metadata.csv") if not any(p.startswith(".") for p in path.parts)]
    assert len(table(fetch(Address("me/voices"), cache))) == 12


def test_without_the_hub_there_is_one_sentence(hub, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="the Hub is switched off by the variable HF_HUB_OFFLINE"):
        read_data(["mine=me/voices"])


def test_recordings_are_scored_from_the_hub_without_emotions(hub):
    folder(hub, splits=("train",))
    (found,) = find_places(["me/voices"])
    commit = hub.repos["dataset", "me/voices"].commits[-1].id
    places = [*found]
    assert found.count() in (6, None)
    assert {place.source for place in places} == {f"me/voices@{commit}"}
    assert [place.path for place in places] == [f"train#{number}/clip {number}.flac" for number in range(6)]
    assert [place.read() for place in places] == [flac(number) for number in range(6)]
    content = io.BytesIO()
    Dataset.from_dict({"sound": [flac(1), None], "x": [1, 2]}).to_parquet(content)
    publish(hub, "me/table", {"data/all-00000-of-00001.parquet": content.getvalue()})
    (found,) = find_places(["me/table@main"], "sound")
    first, second = found
    assert first.read() == flac(1) and first.path == "all#0"
    with pytest.raises(AudioError, match="all#1 is a row without a recording"):
        second.read()
    with pytest.raises(CorpusError, match=r"no column with recordings; it has sound, x"):
        [*find_places(["me/table"])[0]]
    with pytest.raises(CorpusError, match=r"no column speech; it has sound, x"):
        find_places(["me/table"], "speech")[0].count()
    with pytest.raises(HubError, match="me/none"):
        find_places(["me/none"])
