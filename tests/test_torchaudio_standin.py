import os
import subprocess
import sys

from emotion_hf.torchaudio_standin import ensure_torchaudio

USES = """
import sys
import emotion_hf
import torch, torchaudio, torchaudio.functional as F, torchaudio.transforms as T
from transformers import pipeline
assert torchaudio.__file__.startswith(sys.argv[1]), torchaudio.__file__
time = torch.arange(16_000) / 16_000
tone = torch.sin(2 * torch.pi * 440 * time)
half = F.resample(tone, 16_000, 8_000)
assert torch.allclose(half[1000:-1000], tone[::2][1000:-1000], atol=2e-3)
assert T.MelSpectrogram(16_000, n_mels=40)(tone).shape == (40, 81)
assert T.MFCC(16_000, n_mfcc=13, melkwargs={"n_mels": 40})(tone).shape == (13, 81)
assert (T.FrequencyMasking(30)(torch.ones(1, 80, 50)) == 0).all(-1).sum() < 30
assert (T.TimeMasking(30)(torch.ones(1, 80, 50)) == 0).all(-2).sum() < 30
noisy = F.add_noise(tone, torch.ones_like(tone), torch.tensor(0.0))
assert abs((noisy - tone).square().mean() - tone.square().mean()) < 1e-3
assert F.speed(tone, 16_000, 2.0)[0].shape == (8_000,)
try:
    F.forced_align(tone, tone)
except RuntimeError as error:
    print(error)
"""


def _run(code, site):
    environ = os.environ | {"PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(site)], env=environ, capture_output=True, text=True
    )


def test_a_compiled_part_that_does_not_load_breaks_the_import(broken_torchaudio):
    done = _run("import torchaudio", broken_torchaudio)
    assert "OSError: Could not load this library" in done.stderr


def test_the_stand_in_brings_torchaudio_and_transformers_back(broken_torchaudio):
    done = _run(USES, broken_torchaudio)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "forced_align needs torchaudio's compiled part, which was built for another torch.\n"


def test_an_extension_that_can_be_imported_is_left_as_it_is():
    from torchaudio._extension import fail_if_no_align

    assert fail_if_no_align.__module__.startswith("torchaudio.")


def test_it_is_set_up_once():
    finders = sys.meta_path.copy()
    ensure_torchaudio()
    assert sys.meta_path == finders
