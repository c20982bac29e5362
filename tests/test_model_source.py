"""Where a model comes from, and whether all of it was found there."""

import pytest

from emotion_hf.errors import CheckpointError
from emotion_hf.model_source import check_all_loaded, check_folder, is_local

NOTHING = {"missing_keys": [], "unexpected_keys": [], "mismatched_keys": []}


def test_a_folder_is_told_from_the_name_of_a_model_on_the_hub(tmp_path):
    assert is_local(tmp_path) and is_local(str(tmp_path / "missing")) and is_local("a/b/c")
    assert not is_local("someone/whisper-small") and not is_local("gpt2")


def test_a_folder_must_hold_the_files_or_their_indices(tmp_path):
    (tmp_path / "config.json").touch()
    (tmp_path / "model.safetensors.index.json").touch()
    check_folder(tmp_path, ("config.json", "model.safetensors"))
    with pytest.raises(CheckpointError, match=r"has no preprocessor_config\.json"):
        check_folder(tmp_path, ("config.json", "preprocessor_config.json"))
    with pytest.raises(CheckpointError, match="There is no model folder"):
        check_folder(tmp_path / "missing", ())


def test_weights_that_were_not_loaded_are_named():
    check_all_loaded("mine", NOTHING)
    with pytest.raises(CheckpointError, match=r"The model mine has missing weights \(a, b, c …\)"):
        check_all_loaded("mine", NOTHING | {"missing_keys": {"d", "c", "b", "a"}})
