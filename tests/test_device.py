"""Devices, on machines with and without a GPU."""

import os
import threading

import pytest
import torch

from emotion_hf import EmotionRecognizer, device
from emotion_hf.device import choose_device, compute_on_one_thread, cores, is_cpu
from emotion_hf.errors import SettingsError


@pytest.fixture
def machine(monkeypatch):
    """Return a function that gives this machine CUDA devices, and MPS or not."""

    def have(cuda: int, mps: bool) -> None:
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return have


@pytest.mark.parametrize(
    ("cuda", "mps", "usual", "best"),
    [
        (0, False, "cpu", "cpu"),
        (0, True, "cpu", "mps"),
        (2, False, "cuda", "cuda"),
        (1, True, "cuda", "cuda"),
    ],
)
def test_the_best_device_is_chosen(machine, cuda, mps, usual, best):
    machine(cuda, mps)
    assert choose_device() == choose_device("") == torch.device(usual)
    assert choose_device("auto") == torch.device(best)
    assert choose_device("cpu") == choose_device(torch.device("cpu")) == torch.device("cpu")


def test_a_device_that_exists_is_taken(machine):
    machine(2, True)
    for name in ("cuda", "cuda:1", "mps", "mps:0"):
        assert choose_device(name) == choose_device(torch.device(name)) == torch.device(name)


@pytest.mark.parametrize(
    ("device", "sentence"),
    [
        ("cuda", "There is no CUDA device on this machine; use device='cpu'."),
        ("cuda:0", "There is no CUDA device on this machine; use device='cpu'."),
        ("mps", "There is no MPS device on this machine; use device='cpu'."),
        ("meta", "A model cannot compute on the device 'meta'; choose one of auto, cpu, cuda, mps."),
        ("warp", "Unknown device 'warp'; choose one of auto, cpu, cuda, mps."),
        ("cuda:one", "Unknown device 'cuda:one'; choose one of auto, cpu, cuda, mps."),
        (3.5, "Unknown device 3.5; choose one of auto, cpu, cuda, mps."),
    ],
)
def test_a_device_that_does_not_exist_is_one_sentence(machine, device, sentence):
    machine(0, False)
    with pytest.raises(SettingsError) as caught:
        choose_device(device)
    assert str(caught.value) == sentence
    with pytest.raises(SettingsError) as caught:
        EmotionRecognizer.from_pretrained(device=device)
    assert str(caught.value) == sentence


def test_a_number_too_high_names_what_there_is(machine):
    machine(2, False)
    with pytest.raises(SettingsError, match=r"There is no device 'cuda:2' on this machine; it has cuda:0, cuda:1\."):
        choose_device("cuda:2")


@pytest.mark.parametrize(
    ("cuda", "named", "expected"),
    [(0, None, True), (0, "auto", True), (1, None, False), (1, "auto", False), (1, "cpu", True), (1, "cuda", False)],
)
def test_the_cpu_is_known_before_a_model_is_loaded(machine, monkeypatch, cuda, named, expected):
    machine(cuda=cuda, mps=False)
    monkeypatch.setattr(device, "LINUX_DRIVERS", ("/",) if cuda else ())
    assert is_cpu(named) is expected


def test_without_a_driver_torch_is_not_asked(monkeypatch):
    monkeypatch.setattr(device, "choose_device", lambda _device: pytest.fail("torch was asked"))
    monkeypatch.setattr(device, "LINUX_DRIVERS", ("/dev/no-such-driver",))
    monkeypatch.setattr(device.sys, "platform", "linux")
    assert is_cpu() and is_cpu("auto") and is_cpu("cpu")


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_light_installation_has_only_the_cpu(monkeypatch, platform):
    monkeypatch.setattr(device, "find_spec", lambda name: None)
    monkeypatch.setattr(device, "LINUX_DRIVERS", ("/",))
    monkeypatch.setattr(device.sys, "platform", platform)
    assert is_cpu() and is_cpu("auto") and is_cpu("cpu")


def test_elsewhere_torch_is_asked(monkeypatch, machine):
    machine(cuda=0, mps=True)
    monkeypatch.setattr(device.sys, "platform", "darwin")
    assert is_cpu() and not is_cpu("auto")
    with pytest.raises(SettingsError, match="Unknown device 'warp'"):
        is_cpu("warp")


def test_torch_computes_on_one_thread_once_it_is_needed(monkeypatch):
    used = []
    monkeypatch.setattr(torch, "set_num_threads", used.append)
    monkeypatch.setattr(device, "_one_thread", threading.Event())
    choose_device("cpu")
    assert used == []
    compute_on_one_thread()
    assert used == []
    choose_device("cpu")
    assert used == [1]


def test_there_is_a_core():
    assert 1 <= cores() <= (os.cpu_count() or 1)
