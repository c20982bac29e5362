"""Scoring in a worker: errors become rows, and long recordings are scored in small amounts."""

from __future__ import annotations

import huggingface_hub

from emotion_hf.batch import scoring
from emotion_hf.batch.rows import Clip, State
from emotion_hf.batch.scoring import Options, Scoring, _folder_of
from tests.batch.conftest import wav
from tests.batch_models import Fake


def test_a_batch_has_a_limited_length_and_each_clip_one_row(monkeypatch):
    clips = [Clip("s", f"{number}.wav", f"k{number}", wav(16_000 + number)) for number in range(5)]
    clips += [Clip("s", "known.wav", "k9", state=State.KNOWN), Clip("s", "bad.wav", "k8", b"nothing")]
    at_once = Scoring(Fake(), Options())(clips)
    monkeypatch.setattr(scoring, "BATCH_SECONDS", 2.0)
    in_parts = Scoring(Fake(), Options())(clips)
    by_path = [{row["path"]: (state, row) for state, row in rows} for rows in (at_once, in_parts)]
    assert by_path[0] == by_path[1] and len(at_once) == len(in_parts) == 7
    assert by_path[0]["known.wav"] == (State.KNOWN, {"source": "s", "path": "known.wav", "key": "k9", "error": None})
    assert by_path[0]["bad.wav"][1]["error"].startswith("bad.wav is")


def test_the_options_decide_how_clips_are_decoded():
    clip = Clip("s", "a.wav", "k", wav(32_000))
    (_, row), *_ = Scoring(Fake(), Options(max_seconds=1.5))([clip])
    assert row["error"] == "a.wav is 2.0 s long; cut it to at most 1.5 s."
    (_, row), *_ = Scoring(Fake(), Options(channel=1))([clip])
    assert row["error"] == "a.wav has no channel 1; it has only channel 0."


def test_the_folder_of_a_model_on_the_hub_is_in_its_cache(tmp_path, monkeypatch):
    snapshot = tmp_path / "models--me--mine" / "snapshots" / "1f2e3d"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs" / "main").write_text("1f2e3d")
    find = huggingface_hub.try_to_load_from_cache
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *names: find(*names, cache_dir=tmp_path))
    assert _folder_of("me/mine") == snapshot
    assert _folder_of(str(tmp_path)) == tmp_path
