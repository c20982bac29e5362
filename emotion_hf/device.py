"""Choose the device that a network computes on, and know what can run it.

Example:
    >>> choose_device("cpu")
    device(type='cpu')
    >>> choose_device("warp")
    Traceback (most recent call last):
    ...
    emotion_hf.errors.SettingsError: Unknown device 'warp'; choose one of auto, cpu, cuda, mps.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from threading import Event
from typing import TYPE_CHECKING

from emotion_hf.errors import SettingsError

if TYPE_CHECKING:
    import torch

BACKENDS = ("auto", "torch", "onnx", "onnx-int8")
"""What runs a network: torch, or onnxruntime with its twin, on the CPU; `auto` takes a twin if there is one."""
DEVICES = ("auto", "cpu", "cuda", "mps")
LINUX_DRIVERS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
"""What a Linux machine with a GPU has that torch calls a CUDA device: NVIDIA's driver, AMD's, or Windows' own."""
NAMES = {"cuda": "CUDA", "mps": "MPS"}
_one_thread = Event()


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def choose_device(device: str | torch.device | None = None) -> torch.device:
    """Return a device that this machine has.

    Args:
        device: ``cpu``, ``cuda``, ``mps`` or one of several, such as ``cuda:1``. ``auto`` takes the best available:
            CUDA, then MPS (Apple's GPUs), then the CPU. By default, CUDA if available, otherwise the CPU.

    Raises:
        SettingsError: The machine does not have the device, or it is unknown.
    """
    import torch  # takes a second

    if _one_thread.is_set():
        torch.set_num_threads(1)
    if not device or device == "auto":
        best = [*_found("cuda"), *(_found("mps") if device else ()), torch.device("cpu")][0]
        return torch.device(best.type)
    try:
        chosen = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise SettingsError(f"Unknown device {device!r}; choose one of {', '.join(DEVICES)}.") from error
    if chosen.type == "cpu":
        return torch.device("cpu")
    if chosen.type not in NAMES:
        raise SettingsError(
            f"A model cannot compute on the device {str(chosen)!r}; choose one of {', '.join(DEVICES)}."
        )
    found = _found(chosen.type)
    if not found:
        raise SettingsError(f"There is no {NAMES[chosen.type]} device on this machine; use device='cpu'.")
    if chosen.index is not None and chosen not in found:
        names = ", ".join(map(str, found))
        raise SettingsError(f"There is no device {str(chosen)!r} on this machine; it has {names}.")
    return chosen


def compute_on_one_thread() -> None:
    """Let torch use one thread for each computation, from the next choice of a device on; this imports no torch."""
    _one_thread.set()


def is_cpu(device: str | torch.device | None = None) -> bool:
    """Return whether `choose_device` chooses the CPU; torch is imported only if the machine may have another device.

    Without torch, nothing but the CPU can be used.

    Raises:
        SettingsError: As `choose_device`.
    """
    if device == "cpu":
        return True
    if not device or device == "auto":
        has_only_cpu = sys.platform == "linux" and not any(map(os.path.exists, LINUX_DRIVERS))
        if has_only_cpu or find_spec("torch") is None:
            return True
    return choose_device(device).type == "cpu"


def _found(kind: str) -> list[torch.device]:
    """Return the machine's devices of a kind."""
    import torch

    if kind == "mps":
        return [torch.device("mps", 0)] if torch.backends.mps.is_available() else []
    return [torch.device("cuda", number) for number in range(torch.cuda.device_count())]
