"""Names of files, and files below a folder."""

import pytest

from emotion_hf.disk import files_below, plain_name


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


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../Ánna/../ Müller\n", "Ánna_.._Müller"),
        ("A\u0301nna", "Ánna"),  # a letter and its accent as two characters
        ("-rf", "rf"),
        (".hidden", "hidden"),
        ("=1+1", "1_1"),
        ("03-01-01.wav", "03-01-01.wav"),
        ("../..", ""),
    ],
)
def test_a_plain_name_is_one_part_of_a_path_that_any_system_writes(text, name):
    assert plain_name(text) == name
