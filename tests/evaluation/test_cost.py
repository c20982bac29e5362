"""Time is measured one clip at a time, on one thread, and the threads are given back."""

import time

import pytest
import torch

from emotion_hf.evaluation.cost import measure_cost
from emotion_hf.evaluation.results import Cost
from emotion_hf.testing import FakeClassifier, synthetic_voice


class Slow(FakeClassifier):
    def __init__(self):
        super().__init__()
        self.batches, self.threads = [], set()

    def predict(self, waves):
        self.batches.append(len(waves))
        self.threads.add(torch.get_num_threads())
        time.sleep(0.02)
        return super().predict(waves)


def test_the_median_of_single_clips():
    threads, slow = torch.get_num_threads(), Slow()
    waves = [synthetic_voice(seconds) for seconds in (1.0, 1.5, 1.2)]
    cost = measure_cost(slow, waves, Cost(parameters=5, megabytes=0.2))
    assert (cost.parameters, cost.megabytes, cost.clip_seconds) == (5, 0.2, pytest.approx(1.2))
    assert 20 <= cost.ms_per_clip < 500 and 0 < cost.ms_for_speech < 500
    assert slow.batches == [1] * 4 and slow.threads == {1}  # the first time does not count
    assert torch.get_num_threads() == threads and cost.machine


def test_threads_are_given_back_after_a_failure():
    threads = torch.get_num_threads()

    class Broken(FakeClassifier):
        def predict(self, waves):
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        measure_cost(Broken(), [synthetic_voice(1.0)], Cost(5, 0.2))
    assert torch.get_num_threads() == threads
