import json
import os
import re
import subprocess
import sys
from importlib import metadata

import numpy as np
import pytest
from safetensors.numpy import save

from emotion_hf import doctor
from emotion_hf.doctor import Finding


def _doctor(*options, site):
    """Ask the doctor in a new process that finds what lies in ``site`` first."""
    return subprocess.run(
        [sys.executable, "-m", "emotion_hf.doctor", *options],
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )


def test_fix_removes_what_does_not_fit_and_only_that(broken_torchaudio):
    package = broken_torchaudio / "torchaudio"
    (package / "lib" / "__init__.py").touch()

    told = _doctor(site=broken_torchaudio)
    assert told.returncode == 1
    assert "problem  torchaudio's compiled part does not fit this torch (OSError: Could not load" in told.stdout
    assert "→ Run `emotion-hf doctor --fix`" in told.stdout
    assert len(list(package.glob("lib/*.so"))) == 3

    mended = _doctor("--fix", site=broken_torchaudio)
    assert "ok       torchaudio fits this torch without its optional files _torchaudio.abi3.so, lib" in mended.stdout
    assert "Fixed" not in mended.stdout and "removed" not in mended.stdout  # `make app` prints this on a new machine
    assert [file.name for file in (package / "lib").iterdir() if file.is_file()] == ["__init__.py"]

    again = _doctor("--fix", site=broken_torchaudio)
    assert "ok       torchaudio fits this torch." in again.stdout


def test_a_broken_torch_is_told_and_torchaudio_left_alone(broken_torchaudio):
    (broken_torchaudio / "torch.py").write_text("raise ImportError('libcudart.so.13: cannot open shared object file')")
    told = _doctor("--fix", site=broken_torchaudio)
    assert told.returncode == 1
    assert "problem  torch cannot be imported (ImportError: libcudart.so.13: cannot open shared" in told.stdout
    assert "torchaudio" not in told.stdout
    assert len(list(broken_torchaudio.glob("torchaudio/lib/*.so"))) == 3


def test_a_torch_that_kills_its_process_is_told(tmp_path):
    (tmp_path / "torch.py").write_text("import os; os.abort()")
    assert "problem  torch cannot be imported (the process ended with status -6)." in _doctor(site=tmp_path).stdout


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("ModuleNotFoundError: No module named 'torchaudio'", "torchaudio cannot be imported (ModuleNotFoundError"),
        ("ImportError: something else", "torchaudio cannot be imported (ImportError: something else)."),
    ],
)
def test_other_errors_of_torchaudio_remove_nothing(monkeypatch, tmp_path, error, sentence):
    library = tmp_path / "_torchaudio.so"
    library.touch()
    monkeypatch.setattr(doctor, "torchaudio_compiled_files", lambda: [library])
    monkeypatch.setattr(doctor, "_probe", lambda code: ("", error))
    finding = doctor.check_torchaudio(fix=True)
    assert finding.level == "problem"
    assert sentence in finding.sentence
    assert library.exists()


def test_files_that_cannot_be_removed_are_a_problem(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "torchaudio_compiled_files", lambda: [tmp_path / "gone.so"])
    monkeypatch.setattr(doctor, "_probe", lambda code: ("", "OSError: Could not load this library: gone.so"))
    finding = doctor.check_torchaudio(fix=True)
    assert finding.level == "problem"
    assert finding.sentence.startswith("torchaudio's compiled part cannot be removed (")


def test_a_removal_that_does_not_help_is_a_problem(monkeypatch, tmp_path):
    library = tmp_path / "_torchaudio.so"
    library.touch()
    monkeypatch.setattr(doctor, "torchaudio_compiled_files", lambda: [library])
    monkeypatch.setattr(doctor, "_probe", lambda code: ("", "RuntimeError: different CUDA versions"))
    finding = doctor.check_torchaudio(fix=True)
    assert finding.sentence == "torchaudio still cannot be imported (RuntimeError: different CUDA versions)."


def test_a_probe_that_hangs_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "PROBE_SECONDS", 0.2)
    assert doctor._probe("import time; time.sleep(60)") == ("", "no response within 0.2 seconds")


@pytest.mark.parametrize(
    ("answer", "levels", "sentence"),
    [
        (["2.13.0", None, None], ["ok", "note"], "No GPU: everything runs on the CPU."),
        (["2.13.0", "cuda", "NVIDIA H200"], ["ok", "ok"], "GPU: NVIDIA H200."),
        (["2.13.0", "mps", "mps"], ["ok", "ok"], "GPU: mps."),
    ],
)
def test_the_gpu_is_named_and_its_absence_is_no_failure(monkeypatch, answer, levels, sentence):
    monkeypatch.setattr(doctor, "_probe", lambda code: ("a line torch printed\n" + json.dumps(answer) + "\n", ""))
    findings = doctor.check_torch()
    assert [finding.level for finding in findings] == levels
    assert findings[1].sentence == sentence
    assert not doctor.has_problem(findings)


def test_python_before_3_11_is_a_problem():
    assert doctor.check_python((3, 10, 14)).level == "problem"
    assert doctor.check_python((3, 11, 0)) == Finding("ok", "Python 3.11.0.")
    assert doctor.check_python((4, 0, 0)).level == "ok"


def test_versions_are_compared_with_the_pins(monkeypatch):
    installed = {"torch": "2.13.0+cpu", "gradio": "6.30.0"}

    def version(name):
        if name not in installed:
            raise metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(metadata, "version", version)
    findings = doctor.check_pins({"torch": "2.13.0", "gradio": "6.31.0", "av": "18.1.0"})
    assert [(finding.level, finding.sentence) for finding in findings] == [
        ("note", "gradio is 6.30.0; 6.31.0 is the version tested with the other packages."),
        ("problem", "av is not installed."),
    ]
    assert doctor.check_pins({"torch": "2.13.0"})[0].level == "ok"


@pytest.fixture
def light(monkeypatch):
    """Make no large package be there."""
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(doctor, "_probe", lambda code: pytest.fail("torch is not there"))


def test_a_light_installation_is_told_what_it_can_do(light):
    findings = doctor.examine()
    assert findings[1].sentence == "This is the light installation: predictions and timelines with onnxruntime."
    assert findings[2].remedy == "To read M4A, WebM, AMR and videos as well: pip install av"
    assert f"All {len(doctor.LIGHT)} packages are installed." in [finding.sentence for finding in findings]
    assert not doctor.has_problem(findings)


def test_what_a_light_installation_lacks_is_a_problem(light, monkeypatch):
    monkeypatch.setattr(doctor, "LIGHT", ("numpy", "not-there"))
    monkeypatch.setattr(doctor, "TWIN", "no-such.onnx")
    package, model = (finding for finding in doctor.examine() if finding.level == "problem")
    assert package.sentence == "not-there is not installed."
    assert package.remedy == "Run `pip install emotion-hf` in this environment."
    assert model.sentence.startswith("The model is incomplete: no-such.onnx missing in ")


def test_an_installation_with_one_large_package_is_not_light():
    assert not doctor.is_light()


def test_pyav_is_optional():
    assert doctor.check_pyav() == Finding("ok", "PyAV is installed (optional).")


def test_every_line_of_the_requirements_is_an_exact_pin(monkeypatch, tmp_path):
    lines = [line for line in doctor.REQUIREMENTS.read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", line) for line in lines)
    pins = doctor.read_pins()
    assert len(pins) == len(lines)
    assert pins["torch"] == "2.13.0"

    monkeypatch.setattr(doctor, "REQUIREMENTS", tmp_path / "not a clone")
    installed = doctor.read_pins()  # a library is installed with ranges, which pip keeps to
    assert {"torch", "transformers", "gradio"} <= installed.keys() <= pins.keys()
    assert doctor.check_pins({"torch": ""})[0].sentence == "All 1 packages are installed."


@pytest.fixture
def model(tmp_path):
    """A folder that looks like a whole model."""
    for name in doctor.MODEL_FILES:
        (tmp_path / name).touch()
    weights = save({"a": np.ones((2, 3), np.float32), "b": np.ones(5, np.int64)}, metadata={"format": "pt"})
    (tmp_path / doctor.WEIGHTS).write_bytes(weights)
    return tmp_path


@pytest.mark.parametrize("missing", doctor.MODEL_FILES)
def test_an_incomplete_model_is_a_problem(model, missing):
    assert doctor.check_model(model).level == "ok"
    (model / missing).unlink()
    finding = doctor.check_model(model)
    assert finding.level == "problem"
    assert f"{missing} missing" in finding.sentence


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-1],
        lambda whole: whole + b"x",
        lambda whole: whole[:20],
        lambda whole: whole[:5],
        lambda whole: b"",
        lambda whole: bytes(len(whole)),
        lambda whole: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
    ],
)
def test_weights_that_are_not_whole_are_a_problem(model, damage):
    weights = model / doctor.WEIGHTS
    weights.write_bytes(damage(weights.read_bytes()))
    finding = doctor.check_model(model)
    assert finding.level == "problem"
    assert finding.sentence.startswith("The model is damaged: model.safetensors in ")


def test_ffmpeg_is_optional(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    finding = doctor.check_ffmpeg()
    assert finding.level == "note"
    assert "do not need it" in finding.sentence
    for user in ("`datasets`", "`pipeline`"):
        assert user in finding.remedy


def test_the_doctor_needs_only_the_standard_library():
    code = "import sys; before = set(sys.modules); import emotion_hf.doctor; print(sorted(set(sys.modules) - before))"
    loaded = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=doctor.PACKAGE_DIR.parent, capture_output=True, text=True
    )
    names = {name.partition(".")[0] for name in eval(loaded.stdout)}
    assert names <= {*sys.stdlib_module_names, "emotion_hf"}


def test_a_report_has_the_remedy_under_the_sentence():
    text = doctor.report([Finding("ok", "Python 3.11.7."), Finding("problem", "av is not installed.", "Install it.")])
    assert text == "ok       Python 3.11.7.\nproblem  av is not installed.\n         → Install it."
