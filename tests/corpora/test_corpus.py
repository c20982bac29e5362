from pathlib import Path

import pytest

from emotion_hf.corpora import CORPORA
from emotion_hf.corpora.corpus import (
    Download,
    Utterance,
    audio_files,
    identical_files,
    index_file_names,
    list_clips,
    sort_labels,
)
from emotion_hf.corpora.folder import folder_corpus
from emotion_hf.errors import CorpusError
from emotion_hf.labels import LABELS

OTHER_EMOTIONS = {"emodb": {"boredom"}, "iemocap": {"excited", "frustrated"}, "msp_podcast": {"contempt"}}


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=CORPORA)
def test_every_corpus_states_what_it_is(corpus):
    assert set(corpus.emotions.values()) - set(LABELS) == OTHER_EMOTIONS.get(corpus.name, set())
    assert len(corpus.emotions) == len(set(corpus.emotions.values())) >= 4
    assert len(corpus.language) == 2
    assert corpus.homepage.startswith("http")
    assert corpus.licence
    assert isinstance(corpus.access, Download) or corpus.access.endswith(".")
    assert corpus.citation.startswith("@") and corpus.citation.count("{") == corpus.citation.count("}")


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=CORPORA)
def test_a_folder_without_a_fitting_name_is_one_sentence(corpus, tmp_path):
    touch(tmp_path, "holiday.wav")
    with pytest.raises(CorpusError, match=r"No audio file in .* is named as expected: \w+.* \(\w+.*\)"):
        list(corpus.index(tmp_path))


def test_names_are_those_of_the_dictionary():
    assert list(CORPORA) == [
        *("ravdess", "nemo", "selvas", "tess", "emovo"),
        *("cremad", "savee", "emodb", "spanish", "ased"),
        *("iemocap", "msp_podcast", "meld"),
    ]
    assert all(name == corpus.name for name, corpus in CORPORA.items())


def test_names_that_the_system_refuses_are_missing_or_one_sentence(tmp_path):
    touch(tmp_path, "a.wav")
    refused = "x" * 300 + ".wav"
    (tmp_path / "metadata.csv").write_text(f"file_name,emotion\na.wav,sad\n{refused},sad\n")
    assert list_clips(folder_corpus("mine"), tmp_path).missing == (tmp_path / refused,)
    with pytest.raises(CorpusError, match=r"There is no folder x{300}"):
        audio_files("x" * 300)


def test_audio_files_are_sorted_and_of_any_known_ending(tmp_path):
    touch(tmp_path, "b/2.WAV", "a/3.m4a", "a/1.flac", "notes.txt", "a/._1.flac")
    assert [path.relative_to(tmp_path).as_posix() for path in audio_files(tmp_path)] == [
        "a/1.flac",
        "a/3.m4a",
        "b/2.WAV",
    ]


def test_a_missing_and_an_empty_folder_are_named(tmp_path):
    with pytest.raises(CorpusError, match=r"There is no folder .*nowhere"):
        audio_files(tmp_path / "nowhere")
    with pytest.raises(CorpusError, match=r"contains no audio file; name a folder with \.wav"):
        audio_files(tmp_path)


def test_a_name_that_occurs_twice_counts_once(tmp_path):
    touch(tmp_path, "one/x.wav", "two/x.wav", "two/y.wav", "two/other.wav")

    def read(path: Path) -> Utterance | None:
        return Utterance(path, "happy", "s", "demo") if len(path.stem) == 1 else None

    found = index_file_names(tmp_path, "x", read)
    assert [clip.path.relative_to(tmp_path).as_posix() for clip in found] == ["one/x.wav", "two/y.wav"]


def test_identical_files_are_found_by_content(tmp_path):
    contents = [b"aa", b"bb", b"aa", b"ccc", b"bb", b"aa", b"ab"]
    paths = [tmp_path / str(number) for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    assert identical_files(paths) == [(0, 2, 5), (1, 4)]
    assert identical_files([paths[3], paths[3]]) == [(0, 1)]


def test_list_clips_tells_what_is_missing_and_what_is_left_over(tmp_path):
    touch(tmp_path, "a.wav", "b.wav", "c.wav")
    (tmp_path / "metadata.csv").write_text("file_name,emotion\na.wav,happy\nb.wav,\nd.wav,sad\n")
    listing = list_clips(folder_corpus("mine"), tmp_path)
    assert [clip.path.name for clip in listing.utterances] == ["a.wav"]
    assert [path.name for path in listing.missing] == ["d.wav"]
    assert [path.name for path in listing.left_over] == ["b.wav", "c.wav"]


def test_a_list_of_recordings_that_are_all_gone_is_an_error(tmp_path):
    touch(tmp_path, "a.wav")
    (tmp_path / "metadata.csv").write_text("file_name,emotion\nd.wav,sad\n")
    with pytest.raises(CorpusError, match=r"None of the recordings listed in .* exists"):
        list_clips(folder_corpus("mine"), tmp_path)


def test_labels_are_sorted_default_ones_first():
    assert sort_labels({"zest", "sad", "awe", "neutral"}) == ["neutral", "sad", "awe", "zest"]
