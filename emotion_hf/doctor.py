"""Report what is wrong with an environment and how to fix it.

Only the standard library is imported here, and torch and torchaudio are tried in separate processes, so the doctor
also works if they are broken or missing: ``emotion-hf doctor [--fix]``, or, if the command line does not start,
``python -m emotion_hf.doctor [--fix]``.

Example:
    >>> print(report([Finding("problem", "Python is 3.9.", "Install Python 3.11 or later.")]))
    problem  Python is 3.9.
             → Install Python 3.11 or later.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PACKAGE_DIR = Path(__file__).resolve().parent
REQUIREMENTS = PACKAGE_DIR.parent / "requirements.txt"
DEFAULT_MODEL_DIR = PACKAGE_DIR / "checkpoints" / "default"
WEIGHTS, TWIN = "model.safetensors", "model.onnx"
MODEL_FILES = ("config.json", "preprocessor_config.json", WEIGHTS)
OLDEST_PYTHON = (3, 11)
PROBE_SECONDS = 300
LIGHT = ("filelock", "numpy", "onnxruntime", "pyyaml", "safetensors", "soundfile", "soxr", "tqdm", "typer")
"""The packages that predictions need; `pip install emotion-hf` installs no others."""
NOT_LIGHT = ("torch", "transformers", "gradio")
_COMMAND = "pip install -r requirements.txt" if REQUIREMENTS.is_file() else "pip install 'emotion-hf[full]'"
INSTALL = f"Run `{_COMMAND}` in this environment."


@dataclass(frozen=True)
class Finding:
    """Result of one check.

    Attributes:
        level: ``ok``, ``note`` (works, but worth knowing) or ``problem``.
        sentence: Finding.
        remedy: What to do about it; empty if nothing needs doing.
    """

    level: str
    sentence: str
    remedy: str = ""


def examine(fix: bool = False) -> list[Finding]:
    """Run all checks; with ``fix``, fix what can be fixed."""
    if is_light():
        packages = check_pins(dict.fromkeys(LIGHT, ""), "Run `pip install emotion-hf` in this environment.")
        return [
            check_python(sys.version_info[:3]),
            check_light(),
            check_pyav(),
            *packages,
            check_model(DEFAULT_MODEL_DIR, (*MODEL_FILES, TWIN)),
        ]
    torch_finding, *torch_details = check_torch()
    findings = [check_python(sys.version_info[:3]), torch_finding, *torch_details]
    if torch_finding.level != "problem":
        findings.append(check_torchaudio(fix))
    return [*findings, *check_pins(read_pins()), check_model(DEFAULT_MODEL_DIR), check_ffmpeg()]


def report(findings: Iterable[Finding]) -> str:
    """Return the findings as lines of text, each remedy under its sentence."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.level:<8} {finding.sentence}")
        if finding.remedy:
            lines.append(f"{'':<8} → {finding.remedy}")
    return "\n".join(lines)


def has_problem(findings: Iterable[Finding]) -> bool:
    """Return whether a problem remains."""
    return any(finding.level == "problem" for finding in findings)


def check_python(version: tuple[int, ...]) -> Finding:
    """Check the running Python's version, such as ``(3, 11, 7)``."""
    name = "Python " + ".".join(map(str, version))
    if version[:2] < OLDEST_PYTHON:
        return Finding("problem", f"{name} is too old.", "Create the environment with Python 3.11 or later.")
    return Finding("ok", f"{name}.")


def is_light() -> bool:
    """Return whether this is a light installation: of the large packages, not even one is there."""
    return all(importlib.util.find_spec(name) is None for name in NOT_LIGHT)


def check_light() -> Finding:
    """Say what a light installation can do, and how to install the rest."""
    sentence = "This is the light installation: predictions and timelines with onnxruntime."
    return Finding("note", sentence, f"For the page, training and everything else: {_COMMAND}")


def check_pyav() -> Finding:
    """Report whether PyAV is installed, and who needs it."""
    if importlib.util.find_spec("av") is not None:
        return Finding("ok", "PyAV is installed (optional).")
    sentence = "PyAV is not installed; WAV, FLAC, OGG, MP3, AIFF and others do not need it."
    return Finding("note", sentence, "To read M4A, WebM, AMR and videos as well: pip install av")


def check_torch() -> list[Finding]:
    """Check that torch can be imported, and report its device."""
    code = (
        "import json, torch; there = torch.accelerator.is_available();"
        "kind = torch.accelerator.current_accelerator().type if there else None;"
        "print(json.dumps([torch.__version__, kind, torch.cuda.get_device_name() if kind == 'cuda' else kind]))"
    )
    output, error = _probe(code)
    if error:
        return [Finding("problem", f"torch cannot be imported ({error}).", INSTALL)]
    version, accelerator, device = json.loads(output.splitlines()[-1])
    if accelerator is None:
        return [Finding("ok", f"torch {version}."), Finding("note", "No GPU: everything runs on the CPU.")]
    return [Finding("ok", f"torch {version}."), Finding("ok", f"GPU: {device}.")]


def check_torchaudio(fix: bool) -> Finding:
    """Check that torchaudio fits torch; with ``fix``, remove its compiled part if only that fails."""
    _, error = _probe("import torchaudio")
    if not error:
        return Finding("ok", "torchaudio fits this torch.")
    files = torchaudio_compiled_files()
    if not error.startswith(("OSError", "RuntimeError")) or not files:
        return Finding("problem", f"torchaudio cannot be imported ({error}).", INSTALL)
    if not fix:
        sentence = f"torchaudio's compiled part does not fit this torch ({error}), so transformers cannot be imported."
        remedy = "Run `emotion-hf doctor --fix`: it removes these optional files, which nothing here uses."
        return Finding("problem", sentence, remedy)
    return _remove_compiled_part(files)


def torchaudio_compiled_files() -> list[Path]:
    """Return the shared libraries in torchaudio: RNN-T loss, forced alignment, CTC decoding."""
    spec = importlib.util.find_spec("torchaudio")
    if spec is None or spec.origin is None:
        return []
    return sorted((Path(spec.origin).parent / "lib").glob("*.so"))


def _remove_compiled_part(files: list[Path]) -> Finding:
    try:
        for file in files:
            file.unlink()
    except OSError as error:
        remedy = "Run `emotion-hf doctor --fix` as the user that installed the environment."
        return Finding("problem", f"torchaudio's compiled part cannot be removed ({error}).", remedy)
    _, still = _probe("import torchaudio")
    if still:
        remedy = f"Run `{_COMMAND} --force-reinstall` in this environment."
        return Finding("problem", f"torchaudio still cannot be imported ({still}).", remedy)
    names = ", ".join(file.name for file in files)
    sentence = f"torchaudio fits this torch without its optional files {names}, which nothing here uses."
    return Finding("ok", sentence)


def read_pins() -> dict[str, str]:
    """Return package name → pinned version, from requirements.txt in a clone; without one, the names of the packages
    that a full installation needs, with empty versions."""
    if REQUIREMENTS.is_file():
        lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
        pins = (re.match(r"([\w.-]+)==([\w.]+)", line) for line in lines)
        return {pin[1]: pin[2] for pin in pins if pin}
    from importlib import metadata

    needed = [line for line in metadata.requires("emotion-hf") or [] if re.search("extra == .full|^[^;]*$", line)]
    return {re.split(r"[^\w.-]", line, maxsplit=1)[0]: "" for line in needed}


def check_pins(pins: dict[str, str], remedy: str = INSTALL) -> list[Finding]:
    """Check the installed versions against ``pins``: missing is a problem, another version a note."""
    from importlib import metadata  # imports `email`; every command imports this module for the constants

    findings = []
    for name, pinned in pins.items():
        try:
            installed = metadata.version(name).partition("+")[0]  # 2.13.0+cpu is torch 2.13.0
        except metadata.PackageNotFoundError:
            findings.append(Finding("problem", f"{name} is not installed.", remedy))
            continue
        if pinned and installed != pinned:
            sentence = f"{name} is {installed}; {pinned} is the version tested with the other packages."
            findings.append(Finding("note", sentence, remedy))
    found = "have the versions of requirements.txt" if all(pins.values()) else "are installed"
    return findings or [Finding("ok", f"All {len(pins)} packages {found}.")]


def check_model(folder: Path, files: tuple[str, ...] = MODEL_FILES) -> Finding:
    """Check that the model that ships is complete in ``folder``: that it has these files, and all of its weights."""
    remedy = "Restore the folder from the repository (`git checkout -- emotion_hf/checkpoints`) or reinstall."
    missing = [name for name in files if not (folder / name).is_file()]
    if missing:
        return Finding("problem", f"The model is incomplete: {', '.join(missing)} missing in {folder}.", remedy)
    if not _is_whole(folder / WEIGHTS):
        sentence = f"The model is damaged: {WEIGHTS} in {folder} is truncated, or only a git LFS pointer."
        return Finding("problem", sentence, remedy)
    return Finding("ok", "The model that ships is complete.")


def _is_whole(weights: Path) -> bool:
    """Return whether a safetensors file has its declared length: 8 bytes of n, n bytes of JSON, the data."""
    size = weights.stat().st_size
    with weights.open("rb") as file:
        start = 8 + int.from_bytes(file.read(8), "little")
        if start > size:  # the first bytes of a text are a huge n
            return False
        try:
            header = json.loads(file.read(start - 8))
        except ValueError:
            return False
    ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
    return size == start + max(ends, default=0)


def check_ffmpeg() -> Finding:
    """Report whether the FFmpeg program is installed, and who needs it."""
    if shutil.which("ffmpeg"):
        return Finding("ok", "FFmpeg is installed (optional).")
    sentence = "FFmpeg is not installed; page, command line and training do not need it."
    remedy = (
        "Install FFmpeg to let `datasets` decode audio columns itself, or to give a file's name to transformers' "
        "`pipeline` (it accepts decoded samples without FFmpeg)."
    )
    return Finding("note", sentence, remedy)


def _probe(code: str) -> tuple[str, str]:
    """Run ``code`` in a new Python and return its output and, if it failed, the last line of its error."""
    try:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PROBE_SECONDS)
    except subprocess.TimeoutExpired:
        return "", f"no response within {PROBE_SECONDS} seconds"
    if done.returncode == 0:
        return done.stdout, ""
    lines = done.stderr.strip().splitlines()
    return "", lines[-1] if lines else f"the process ended with status {done.returncode}"


def main() -> int:
    """Check this environment from a process that needs nothing installed; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m emotion_hf.doctor", description="Check this environment.")
    parser.add_argument("--fix", action="store_true", help="fix what can be fixed")
    findings = examine(parser.parse_args().fix)
    sys.stdout.write(f"{platform.platform()}, {sys.executable}\n{report(findings)}\n")
    return int(has_problem(findings))


if __name__ == "__main__":
    sys.exit(main())
