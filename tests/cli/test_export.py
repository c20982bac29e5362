"""``emotion-hf export`` writes a twin, which the other commands then use."""

import json

import pytest
import soundfile

from emotion_hf.cli import main
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.testing import synthetic_voice
from tests.export.fake_runtime import keep_runtime
from tests.tiny_twin import copy_model, save_tiny


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("saved"))


def run(*arguments) -> int:
    with pytest.raises(SystemExit) as exit:
        main([str(one) for one in arguments])
    return exit.value.code


def test_it_writes_a_twin_beside_the_weights(saved, tmp_path, capsys):
    copy_model(saved, tmp_path)
    assert run("export", tmp_path, "--onnx") == 0
    assert capsys.readouterr().out.startswith(f"Wrote {tmp_path / 'model.onnx'} (")
    assert run("export", tmp_path, "--onnx", "--int8") == 0
    assert {path.name for path in tmp_path.glob("*.onnx")} == {"model.onnx", "model.int8.onnx"}


def test_the_model_that_ships_has_a_name(tmp_path):
    assert run("export", "default", "--onnx", "--output", tmp_path / "copy") == 0
    assert (tmp_path / "copy" / "model.onnx").read_bytes() == (DEFAULT_MODEL_DIR / "model.onnx").read_bytes()


@pytest.mark.parametrize("options", [(), ("--onnx", "--web", "page")])
def test_one_format_must_be_named(options, saved, capsys):
    assert run("export", saved, *options) == 2
    assert "Name one format to write: --onnx, or --web DIR." in capsys.readouterr().err


def test_a_page_is_written_with_the_runtime_that_is_kept(tmp_path, monkeypatch, capsys):
    keep_runtime(tmp_path / "kept", monkeypatch)
    written = tmp_path / "page"
    assert run("export", "default", "--web", written, "--runtime", tmp_path / "kept") == 0
    assert capsys.readouterr().out.startswith(f"Wrote {written} (")
    assert {"index.html", "model.bin", "speech.bin", "runtime.js", "sw.js"} <= {one.name for one in written.iterdir()}


@pytest.mark.parametrize("options", [("--int8",), ("--output", "copy")])
def test_options_of_the_twin_are_refused_for_a_page(options, saved, tmp_path, capsys):
    assert run("export", saved, "--web", tmp_path / "page", *options) == 2
    assert "--int8 and --output belong to --onnx" in capsys.readouterr().err


@pytest.mark.parametrize("backend", ["onnx", "onnx-int8", "torch"])
def test_predictions_of_all_backends_agree(backend, tmp_path, capsys):
    soundfile.write(tmp_path / "clip.wav", synthetic_voice(2.0), 16_000)
    scores = []
    for chosen in ("auto", backend):
        assert run("predict", tmp_path / "clip.wav", "--model", DEFAULT_MODEL_DIR, "--backend", chosen, "--json") == 0
        scores.append(json.loads(capsys.readouterr().out)["scores"])
    assert scores[1] == pytest.approx(scores[0], abs=0.06 if backend == "onnx-int8" else 1e-4)


def test_a_timeline_takes_a_backend(saved, tmp_path, capsys):
    soundfile.write(tmp_path / "clip.wav", synthetic_voice(2.0), 16_000)
    assert run("timeline", tmp_path / "clip.wav", "--model", saved, "--backend", "onnx") == 1
    assert "has no ONNX twin model.onnx; write it with emotion-hf export" in capsys.readouterr().err
