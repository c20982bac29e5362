"""Files below a folder."""

import pytest

from emotion_hf.disk import files_below


def test_folders_behind_links_are_searched_and_a_link_that_leads_back_is_not_followed_for_ever(tmp_path):
    corpus, elsewhere = tmp_path / "corpus", tmp_path / "elsewhere"
    for folder in (corpus / "anna", elsewhere / "ben"):
        folder.mkdir(parents=True)
        (folder / "a.wav").touch()
    try:
        (corpus / "more").symlink_to(elsewhere, target_is_directory=True)
        (elsewhere / "back").symlink_to(corpus, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no symbolic links")
    found = sorted(path.relative_to(corpus).as_posix() for path in files_below(corpus))
    assert found == ["anna/a.wav", "more/ben/a.wav"]
