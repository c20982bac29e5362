import pytest

from emotion_hf.corpora import CORPORA, find_corpus, parse_data
from emotion_hf.errors import CorpusError


def test_names_lead_to_folders_in_the_order_given(tmp_path):
    (tmp_path / "x=y").mkdir()
    data = parse_data([f"mine={tmp_path / 'x=y'}", f"RAVDESS={tmp_path}"])
    assert list(data.items()) == [("mine", tmp_path / "x=y"), ("ravdess", tmp_path)]


def test_a_name_that_is_no_corpus_is_a_folder_of_ones_own():
    assert find_corpus("tess") is CORPORA["tess"]
    assert find_corpus("TESS") is CORPORA["tess"]
    assert (find_corpus("mine").name, find_corpus("mine").emotions) == ("mine", {})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ravdess"], "'ravdess' is not NAME=DIR; write for example ravdess=/data/ravdess"),
        (["ravdess="], "'ravdess=' is not NAME=DIR"),
        (["=."], "'=.' is not NAME=DIR"),
        (["a/b=."], "'a/b=.' is not NAME=DIR"),
        (["mine=.", "mine=."], "'mine' is given twice"),
        (["tess=/no/such/folder"], "There is no folder /no/such/folder"),
        ([], "No data is given; add NAME=DIR with NAME one of ravdess, nemo, .*, spanish, .*, meld or your own"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(arguments, sentence):
    with pytest.raises(CorpusError, match=sentence):
        parse_data(arguments)
