"""What the package offers at its top is there when asked for, and only then loaded."""

import ast
import importlib
import re
from pathlib import Path

import pytest

import emotion_hf


@pytest.mark.parametrize("name", emotion_hf.__all__)
def test_each_export_is_what_its_module_holds(name):
    module = importlib.import_module(emotion_hf._EXPORTS[name])
    assert getattr(emotion_hf, name) is getattr(module, name)


def test_a_star_import_gives_all_of_them():
    names: dict[str, object] = {}
    exec("from emotion_hf import *", names)
    assert set(emotion_hf.__all__) <= set(names)
    assert names["LABELS"][0] == "neutral"


def test_type_checkers_see_the_same_exports():
    tree = ast.parse(Path(emotion_hf.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert seen == emotion_hf._EXPORTS


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'emotion_hf' has no attribute 'EmotionRecogniser'$"):
        _ = emotion_hf.EmotionRecogniser
    with pytest.raises(ImportError, match="EmotionRecogniser"):
        exec("from emotion_hf import EmotionRecogniser")


def test_the_version_is_one():
    assert re.fullmatch(r"\d+\.\d+\.\d+", emotion_hf.__version__)
