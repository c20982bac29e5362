"""MSP-Podcast's table is read by its published layout; the recordings themselves are not available here."""

import pytest

from emotion_hf.corpora import CORPORA
from emotion_hf.corpora.corpus import list_clips
from emotion_hf.data.loader import load_corpora
from emotion_hf.data.splits import make_split, select
from emotion_hf.errors import CorpusError

HEAD = "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set"
ROWS = (
    ("MSP-PODCAST_0001_0008.wav", "N", "127", "Male", "Train"),
    ("MSP-PODCAST_0001_0019.wav", "A", "127", "Male", "Train"),
    ("MSP-PODCAST_0002_0033.wav", "H", "Unknown", "Unknown", "Train"),
    ("MSP-PODCAST_0003_0001.wav", "S", "12", "Female", "Development"),
    ("MSP-PODCAST_0004_0001.wav", "C", "13", "Female", "Test1"),
    ("MSP-PODCAST_0005_0001.wav", "U", "14", "Female", "Test2"),
    ("MSP-PODCAST_0006_0001.wav", "X", "15", "Female", "Test1"),
    ("MSP-PODCAST_0006_0002.wav", "O", "15", "Female", "Test1"),
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Audios").mkdir()
    (tmp_path / "Labels").mkdir()
    lines = [HEAD, *(f"{name},{emotion},4.2,4.0,4.6,{who},{sex},{part}" for name, emotion, who, sex, part in ROWS)]
    (tmp_path / "Labels" / "labels_consensus.csv").write_text("\n".join(lines) + "\n")
    for name, *_ in ROWS:
        (tmp_path / "Audios" / name).write_text(name)
    return tmp_path


def test_every_agreed_recording_is_a_clip(folder):
    listing = list_clips(CORPORA["msp_podcast"], folder)
    found = [(one.path.name, one.emotion, one.speaker, one.gender) for one in listing.utterances]
    assert found[0] == ("MSP-PODCAST_0001_0008.wav", "neutral", "127", "male")
    assert found[2] == ("MSP-PODCAST_0002_0033.wav", "happy", None, None)
    assert [emotion for _, emotion, *_ in found] == ["neutral", "angry", "happy", "sad", "contempt", "surprised"]
    assert len(listing.left_over) == 2 and not listing.missing


def test_a_recording_that_is_not_there_is_missing(folder):
    (folder / "Audios" / ROWS[0][0]).unlink()
    listing = list_clips(CORPORA["msp_podcast"], folder)
    assert listing.missing == (folder / "Audios" / ROWS[0][0],)


def test_the_published_partitions_are_a_split(folder):
    dataset = load_corpora({"msp_podcast": folder})
    split = make_split(dataset, "published")
    names = [audio["path"][-13:-4] for audio in dataset["audio"]]
    assert [names[row] for row in split.train] == ["0001_0008", "0001_0019", "0002_0033"]
    assert [names[row] for row in split.validation] == ["0003_0001"]
    assert [names[row] for row in split.test] == ["0004_0001"]  # Test2 is in no part
    assert not split.optimistic
    assert select(dataset, "published-test")["emotion"][:] == ["contempt"]


def test_a_table_without_a_column_is_one_sentence(folder):
    table = folder / "Labels" / "labels_consensus.csv"
    table.write_text(table.read_text().replace("SpkrID", "Speaker"))
    with pytest.raises(CorpusError, match=r"labels_consensus\.csv has no column SpkrID; use the table of the corpus"):
        list_clips(CORPORA["msp_podcast"], folder)
