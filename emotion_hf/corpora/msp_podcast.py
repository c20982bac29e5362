"""MSP-Podcast: spontaneous English speech from podcasts, rated by many listeners; it grows with each release.

``Labels/labels_consensus.csv`` has a row for each recording in ``Audios/``: the consensus of the listeners, the
speaker, the gender and the partition. Recordings without agreement (``X``) and with another emotion (``O``) are left
out, and an ``Unknown`` speaker is unknown. ``data.split=published`` uses the partitions: Train, Development for
validation and Test1 for the test; Test2 and Test3 are in none of them. The corpus was not available: this file follows
the published layout, and is tested on made-up files only.

Example:
    >>> PARTS["Development"], EMOTIONS["C"]
    ('validation', 'contempt')
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from emotion_hf.corpora.corpus import Corpus, Reading, Utterance, audio_files
from emotion_hf.corpora.published_tables import none_fits, read_table, tables_below

NAME = "msp_podcast"
EMOTIONS = {
    "N": "neutral",
    "H": "happy",
    "S": "sad",
    "A": "angry",
    "F": "fearful",
    "D": "disgust",
    "U": "surprised",
    "C": "contempt",
}
PARTS = {"Train": "train", "Development": "validation", "Test1": "test"}
TABLE = "labels_consensus.csv"
EXPECTED = f"Labels/{TABLE} beside Audios/MSP-PODCAST_0001_0008.wav (FileName, EmoClass, SpkrID, Gender, Split_Set)"
COLUMNS = ("FileName", "EmoClass", "SpkrID", "Gender", "Split_Set")


def index(folder: Path) -> Reading:
    """List the recordings of the table below ``folder``, in the order of their paths; some may be missing.

    Raises:
        CorpusError: There is no table, or it lacks a column.
    """
    tables = tables_below(folder, TABLE.replace(".", r"\."))
    if not tables:
        raise none_fits(folder, EXPECTED)
    table = tables[0]
    path_of = {path.name: path for path in audio_files(folder)}
    found = []
    for row in read_table(table, COLUMNS):
        if row["EmoClass"] in EMOTIONS:
            gender = row["Gender"].lower()
            found.append(
                Utterance(
                    path=path_of.get(row["FileName"], table.parent.parent / "Audios" / row["FileName"]),
                    emotion=EMOTIONS[row["EmoClass"]],
                    speaker=None if row["SpkrID"] in ("", "Unknown") else row["SpkrID"],
                    corpus=NAME,
                    gender=gender if gender in ("female", "male") else None,
                    language="en",
                )
            )
    return Reading(tuple(sorted(found, key=lambda utterance: utterance.path)), "from the corpus's tables")


def published_part(path: Path) -> str | None:
    """Return the part of the published split that a recording is in; ``None`` for none."""
    places = (place for parent in path.parents[:3] for place in (parent / "Labels" / TABLE, parent / TABLE))
    table = next((place for place in places if place.is_file()), None)
    return _parts(table).get(path.name) if table else None


@lru_cache(maxsize=4)
def _parts(table: Path) -> dict[str, str]:
    rows = read_table(table, COLUMNS)
    return {row["FileName"]: PARTS[row["Split_Set"]] for row in rows if row["Split_Set"] in PARTS}


MSP_PODCAST = Corpus(
    name=NAME,
    title="MSP-Podcast",
    licence="academic licence (research only) or commercial licence, both by agreement with the MSP lab",
    homepage="https://ecs.utdallas.edu/research/researchlabs/msp-lab/MSP-Podcast.html",
    language="en",
    citation="""@article{lotfian2019msppodcast,
  author  = {Lotfian, Reza and Busso, Carlos},
  title   = {Building Naturalistic Emotionally Balanced Speech Corpus by Retrieving Emotional Speech from Existing
             Podcast Recordings},
  journal = {IEEE Transactions on Affective Computing},
  volume  = {10},
  number  = {4},
  pages   = {471--483},
  year    = {2019},
  doi     = {10.1109/TAFFC.2017.2736999}
}""",
    emotions=EMOTIONS,
    index=index,
    access="A university signs the licence on the homepage; the lab sends a link. Use the folder that has Audios and "
    "Labels.",
    acted=False,
    published_part=published_part,
)
