import pytest

from emotion_hf.corpora import CORPORA
from emotion_hf.corpora.info import describe, known_corpus, overview, terms
from emotion_hf.errors import CorpusError


def test_the_table_has_a_line_for_each_corpus():
    first, *lines = overview().splitlines()
    assert first == "name         language  emotions  how to get it                       licence"
    assert [line.split()[0] for line in lines] == list(CORPORA)
    assert lines[0] == "ravdess      en        8         emotion-hf corpus download ravdess  CC BY-NC-SA 4.0"
    assert lines[6].startswith(
        "savee        en        7         emotion-hf corpus info savee        free for research"
    )


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=CORPORA)
def test_all_that_is_known_about_a_corpus_is_told(corpus):
    text = describe(corpus)
    assert text.startswith(f"{corpus.title}\nName       {corpus.name}\nLanguage   {corpus.language}\n")
    assert text.endswith(f"\n\n{corpus.citation}")
    assert all(part in text for part in (corpus.licence, corpus.homepage, *corpus.emotions, *corpus.emotions.values()))
    assert ("emotion-hf corpus download" in text) == (corpus.name in ("ravdess", "nemo", "tess", "emodb"))
    assert corpus.licence in terms(corpus) and corpus.citation in terms(corpus)


def test_the_emotions_come_with_the_corpus_s_own_words():
    line = "Emotions   neutral (N), happy (F), sad (T), angry (W), fearful (A), disgust (E), boredom (L)"
    assert line in describe(CORPORA["emodb"]).splitlines()


def test_an_unknown_name_is_one_sentence():
    assert known_corpus("RAVDESS") is CORPORA["ravdess"]
    with pytest.raises(
        CorpusError, match=r"There is no corpus 'ravdes'; the known corpora are ravdess, nemo, .*meld\."
    ):
        known_corpus("ravdes")
