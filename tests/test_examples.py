"""The examples at the top of modules that need neither data nor a model are executed, and right."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name",
    ["errors", "labels", "settings", "prediction", "recipes", "evaluation.metrics", "evaluation.evaluate_metric"],
)
def test_examples_give_what_they_say(name):
    outcome = doctest.testmod(importlib.import_module(f"emotion_hf.{name}"))
    assert outcome.failed == 0
    assert outcome.attempted > 0
