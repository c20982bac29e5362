"""What the command line imports: what it does not need would only make it slow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from emotion_hf import doctor
from emotion_hf.testing import synthetic_voice

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"accelerate", "av", "captum", "datasets", "gradio", "huggingface_hub", "librosa", "matplotlib", "pandas"}
HEAVY |= {"scipy", "sklearn", "sympy", "torch", "torchaudio", "torchvision", "transformers"}
HEAVY |= {"asyncio", "filelock", "httpx2", "jinja2", "onnx", "requests", "rich", "safetensors", "sqlalchemy"}
HEAVY |= {"tqdm", "urllib.request", "yaml"}
NUMERIC = {"numpy", "onnxruntime", "soundfile"}
MODULES_AFTER = """
import sys
from emotion_hf.cli import main
try:
    main(sys.argv[1:])
except SystemExit as exit:
    print(exit.code, *sys.modules)
"""


def modules_after(*arguments: str) -> set[str]:
    """Return the modules that are loaded at the end of a command."""
    command = [sys.executable, "-c", MODULES_AFTER, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    status, *modules = done.stdout.splitlines()[-1].split()
    assert status == "0", done.stdout
    return set(modules)


@pytest.mark.skipif(
    not (doctor.DEFAULT_MODEL_DIR / doctor.WEIGHTS).is_file(), reason="the model that ships is missing"
)
def test_a_prediction_needs_no_large_package(tmp_path):
    soundfile.write(tmp_path / "clip.wav", synthetic_voice(1.0), 16_000)
    loaded = modules_after("predict", str(tmp_path / "clip.wav"))
    assert loaded >= NUMERIC and not HEAVY & loaded


@pytest.mark.parametrize("arguments", [("--help",), ("predict", "--help")])
def test_help_loads_no_large_package(arguments):
    assert not (HEAVY | NUMERIC) & modules_after(*arguments)


@pytest.mark.parametrize(
    "command",
    [
        "push model me/voices",
        "push-feedback me/voices",
        "space deploy me/voices",
        "card model",
        "adapt anna --output adapted",
        "batch me/voices --output scores",
        "models use me/voices --folder versions",
        "train head --data mine=me/voices",
        "export default --onnx",
    ],
)
def test_a_malformed_address_of_the_hub_is_refused_before_huggingface_hub_reads_it(command):
    environ = {**os.environ, "HF_ENDPOINT": "http://["}  # its import fails with this one
    done = subprocess.run(
        [sys.executable, "-m", "emotion_hf.cli", *command.split()],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert done.returncode in (1, 2)
    assert done.stderr.removeprefix("emotion-hf: ").startswith("HF_ENDPOINT is 'http://['; write the address of a Hub")
    assert len(done.stderr.splitlines()) == 1
