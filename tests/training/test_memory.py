"""Freed memory stays with the process."""

import platform
import resource

import pytest
import torch

from emotion_hf.training.memory import keep_freed_memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told")
def test_a_tensor_takes_the_memory_of_those_before():
    keep_freed_memory()
    new_pages = []
    for _ in range(12):  # the first few still grow the heap
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        torch.ones(16_000_000)  # 64 MB, or 15,625 pages
        new_pages.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    assert max(new_pages[-3:]) < 1_000
