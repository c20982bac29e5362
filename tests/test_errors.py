"""Every error is an EmotionError, and also what a caller who knows only Python expects."""

import builtins
import importlib
import inspect

import pytest

from emotion_hf import errors
from emotion_hf.errors import EmotionError

ALL = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__]
CHILDREN = [kind for kind in ALL if kind is not EmotionError]
EXPECTED = {
    "AudioNotFoundError": FileNotFoundError,
    "CheckpointError": OSError,
    "LabelError": ValueError,
    "LeakageError": ValueError,
    "RecipeError": ValueError,
    "SettingsError": ValueError,
}


@pytest.mark.parametrize("kind", CHILDREN, ids=lambda kind: kind.__name__)
def test_each_error_has_the_root_and_a_built_in(kind):
    assert issubclass(kind, EmotionError)
    built_in = {base for base in kind.__mro__ if base.__module__ == builtins.__name__}
    assert built_in - {object, BaseException, Exception}
    more = (5.0,) if kind is errors.BusyError else ()
    assert str(kind("The sentence.", *more)) == "The sentence."
    assert inspect.getdoc(kind).endswith(".")


def test_the_root_is_no_built_in_error_itself():
    assert EmotionError.__bases__ == (Exception,)


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items())
def test_errors_are_caught_as_what_they_are(name, expected):
    with pytest.raises(expected, match=r"^Not here\.$"):
        raise getattr(errors, name)("Not here.")


def test_every_trouble_with_a_recording_is_an_audio_error():
    of_audio = {kind.__name__ for kind in CHILDREN if issubclass(kind, errors.AudioError)}
    assert of_audio == {kind.__name__ for kind in CHILDREN if kind.__name__.startswith("Audio")}
    assert len(of_audio) == 5


def test_a_missing_package_is_named_with_what_installs_it():
    sentence = r"^This needs no_such_package; install it with pip install 'emotion-hf\[full\]'\.$"
    with pytest.raises(errors.MissingPackageError, match=sentence) as found, errors.naming_missing_packages():
        importlib.import_module("no_such_package.part")
    assert found.value.name == "no_such_package"


@pytest.mark.parametrize("name", ["emotion_hf.nothing", "json.nothing", "numpy.nothing"])
def test_a_mistake_of_ours_stays_the_error_that_it_is(name):
    with pytest.raises(ModuleNotFoundError) as found, errors.naming_missing_packages():
        importlib.import_module(name)
    assert type(found.value) is ModuleNotFoundError
