"""Licences of corpora, by the Hub's identifiers, and the most restrictive of several."""

import pytest

from emotion_hf.corpora import CORPORA
from emotion_hf.errors import SettingsError
from emotion_hf.licences import LICENCES, check_licence, licence_of, most_restrictive

OF_CORPORA = {
    "ravdess": "cc-by-nc-sa-4.0",
    "nemo": "cc-by-nc-sa-4.0",
    "selvas": "cc-by-nc-sa-4.0",
    "tess": "cc-by-nc-nd-4.0",
    "emovo": "other",
    "cremad": "odbl",
    "savee": "other",
    "emodb": "cc-by-4.0",
    "spanish": "other",
    "ased": "other",
}


def test_each_corpus_has_the_licence_that_its_terms_name():
    assert {name: licence_of(CORPORA[name].licence) for name in OF_CORPORA} == OF_CORPORA


@pytest.mark.parametrize(
    ("terms", "licence"),
    [
        ("CC BY 4.0", "cc-by-4.0"),
        ("CC BY-SA 4.0, with attribution", "cc-by-sa-4.0"),
        ("CC BY-NC 3.0", "other"),
        ("not stated", "other"),
        ("", "other"),
    ],
)
def test_only_known_licences_are_named(terms, licence):
    assert licence_of(terms) == licence


def test_the_most_restrictive_licence_is_that_of_the_whole():
    assert most_restrictive(["cc-by-4.0", "cc0-1.0"]) == "cc-by-4.0"
    assert most_restrictive(LICENCES) == "other"
    assert most_restrictive(["cc-by-4.0", ""]) == most_restrictive([]) == ""


def test_an_unknown_licence_is_refused():
    assert check_licence("") == "" and check_licence("mit") == "mit"
    with pytest.raises(SettingsError, match=r"no licence 'MIT'; choose one of cc0-1\.0, mit, apache-2\.0"):
        check_licence("MIT")
