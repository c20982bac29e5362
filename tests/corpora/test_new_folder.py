import os

import pytest

from emotion_hf.corpora.new_folder import has_content, new_folder
from emotion_hf.errors import AudioNotFoundError, CorpusError


def test_the_folder_is_there_when_the_block_ended_well_and_only_then(tmp_path):
    target = tmp_path / "deep" / "out"
    with new_folder(target) as folder:
        (folder / "a").write_text("x")
        assert not target.exists()
    assert [path.name for path in target.parent.iterdir()] == ["out"]
    assert (target / "a").read_text() == "x"


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "out").mkdir()
    with new_folder(tmp_path / "out") as folder:
        (folder / "a").touch()
    assert has_content(tmp_path / "out")


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError("x"), AudioNotFoundError("One sentence.")])
def test_nothing_is_left_of_a_block_that_did_not(tmp_path, error):
    with pytest.raises(error if isinstance(error, type) else type(error)), new_folder(tmp_path / "out") as folder:
        (folder / "a").touch()
        raise error
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("dear")
    (tmp_path / "file").write_text("dear")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("out", "file", "dangling"):
        with pytest.raises(CorpusError, match="already exists and is not empty"), new_folder(tmp_path / name):
            pytest.fail("not reached")
    assert (tmp_path / "out" / "mine").read_text() == (tmp_path / "file").read_text() == "dear"


def test_somebody_elses_folder_of_the_name_it_works_under_stays(tmp_path):
    mine = tmp_path / f".out.{os.getpid()}.part"
    mine.mkdir()
    (mine / "file").write_text("dear")
    with pytest.raises(CorpusError, match="File exists"), new_folder(tmp_path / "out"):
        pytest.fail("not reached")
    assert (mine / "file").read_text() == "dear"


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(CorpusError, match=r"^Cannot write .*file/out: File exists\.$"),
        new_folder(tmp_path / "file" / "out"),
    ):
        pytest.fail("not reached")
    with (
        pytest.raises(CorpusError, match=r"^Cannot write .*: File name too long\.$"),
        new_folder(tmp_path / ("x" * 300)),
    ):
        pytest.fail("not reached")
