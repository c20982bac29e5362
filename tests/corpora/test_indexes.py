"""Each index against every row of its corpus's ``index.tsv``, which the index itself never reads."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from emotion_hf.corpora import CORPORA
from emotion_hf.corpora.ravdess import STATEMENTS
from emotion_hf.labels import canonical

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
CLIPS = {
    "ravdess": 1440,
    "nemo": 4481,
    "selvas": 300,
    "tess": 2800,
    "emovo": 588,
    "savee": 480,
    "spanish": 1321,
    "ased": 2470,
}
GENDER_IN_THE_LOADER_ONLY = ("savee",)


def needs(name: str):
    return pytest.mark.skipif(not (SHARED / name).is_dir(), reason=f"../shared/data/{name} is not there")


def rows_and_clips(name: str):
    folder = SHARED / name
    with open(folder / "index.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    clips = {clip.path.relative_to(folder).as_posix(): clip for clip in CORPORA[name].index(folder)}
    for row in rows:
        row["extra"] = dict(pair.split("=", 1) for pair in row["extra"].split(";") if pair)
    return rows, clips


@pytest.mark.parametrize("name", [pytest.param(name, marks=needs(name)) for name in CLIPS])
def test_every_row_agrees(name):
    rows, clips = rows_and_clips(name)
    assert len(rows) == len(clips) == CLIPS[name]
    assert list(clips) == sorted(clips)
    for row in rows:
        clip = clips[row["file"]]
        assert (clip.emotion, clip.speaker) == (canonical(row["label"]), row["speaker"])
        assert clip.gender == (row["gender"] or None) or name in GENDER_IN_THE_LOADER_ONLY
        assert (clip.corpus, clip.language) == (name, CORPORA[name].language)


@needs("ravdess")
def test_ravdess_intensity_and_statement_agree():
    rows, clips = rows_and_clips("ravdess")
    for row in rows:
        clip, extra = clips[row["file"]], row["extra"]
        assert (clip.intensity, clip.text) == (extra["intensity"], STATEMENTS[extra["statement"]])
    assert Counter(clip.intensity for clip in clips.values()) == {"normal": 768, "strong": 672}


@needs("tess")
def test_tess_words_agree():
    rows, clips = rows_and_clips("tess")
    assert all(clips[row["file"]].text == f"Say the word {row['extra']['word']}" for row in rows)
    assert len({clip.text for clip in clips.values()}) == 200


@needs("emovo")
def test_emovo_sentences_agree():
    rows, clips = rows_and_clips("emovo")
    assert all(clips[row["file"]].text == row["extra"]["text"] for row in rows)


@needs("savee")
@needs("ased")
def test_texts_of_savee_and_ased_agree():
    for name in ("savee", "ased"):
        rows, clips = rows_and_clips(name)
        assert all(clips[row["file"]].text == row["extra"]["text"] for row in rows)


@needs("nemo")
def test_nemo_sentence_numbers_stand_for_one_sentence_each():
    rows, clips = rows_and_clips("nemo")
    pairs = {(clips[row["file"]].text, row["extra"]["text"]) for row in rows}
    assert len(pairs) == len({number for number, _ in pairs}) == len({text for _, text in pairs}) == 90
