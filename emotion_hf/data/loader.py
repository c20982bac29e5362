"""Load corpora as one ``datasets.Dataset`` with fixed features, and determine the labels for a model.

``labels`` means the same in every function here: ``None`` for the eight default labels (or exactly the labels of the
data, if it has others), a list for a subset in that order, or a mapping that merges or renames labels.

Example:
    >>> data = load_corpora({"ravdess": "/data/ravdess"}, labels={"bad": ["sad", "angry"], "good": "happy"})
    ... # doctest: +SKIP
    >>> data[0]["emotion"], data[0]["speaker"], data[0]["audio"]["path"]  # doctest: +SKIP
    ('good', 'ravdess/Actor_01', '/data/ravdess/Actor_01/03-01-03-01-01-01-01.wav')
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from datasets import Audio, Dataset, Features, Value

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.corpora import CORPORA, find_corpus
from emotion_hf.corpora.corpus import Listing, Utterance, list_clips, sort_labels
from emotion_hf.errors import LabelError
from emotion_hf.labels import LABELS, canonical

logger = logging.getLogger(__name__)

# decode=False: rows carry the path, and audio.load_audio reads it; torchcodec and FFmpeg are not needed.
FEATURES = Features(
    {
        "audio": Audio(sampling_rate=SAMPLING_RATE, decode=False),
        "emotion": Value("string"),
        "speaker": Value("string"),
        "gender": Value("string"),
        "intensity": Value("string"),
        "corpus": Value("string"),
        "language": Value("string"),
        "text": Value("string"),
        "part": Value("string"),
    }
)

CORRECTIONS = "feedback"
"""Name of the folder of corrections as a corpus."""

Labels = Sequence[str] | Mapping[str, str | Sequence[str]] | None


def load_corpora(data: Mapping[str, Path | str], *, labels: Labels = None, quiet: bool = False) -> Dataset:
    """Load corpora as one data set, in the order of ``data`` and of the clips' paths.

    Args:
        data: Name of each corpus → its folder; a name not in ``CORPORA`` is a folder of the user's own.
        labels: Labels, see the top of this file; clips with other emotions are left out.
        quiet: Do not log what was found and left out, because it was logged before.

    Returns:
        Rows with ``FEATURES``: ``audio`` (``{"path", "bytes": None}``), ``emotion`` (one of the labels), ``speaker``
        (``corpus/speaker``, unique over all corpora; ``None`` when unknown), ``gender``, ``intensity``, ``corpus``,
        ``language``, ``text``, ``part`` (``train``, ``validation`` or ``test``, where the folder assigns one).

    Raises:
        CorpusError: A folder is missing or does not have the layout of its corpus.
        LabelError: ``labels`` names an emotion that no clip has, or one twice.
    """
    utterances: list[Utterance] = []
    for name, folder in data.items():
        listing = list_clips(find_corpus(name), folder)
        utterances += listing.utterances
        if not quiet:
            _announce(name, folder, listing)
    found = {utterance.emotion for utterance in utterances}
    label_of = _label_map(labels, found)
    unknown = sorted(set(label_of) - found - set(LABELS))
    if unknown:
        raise LabelError(f"No clip has the emotion {unknown[0]!r}; the data has {', '.join(sort_labels(found))}.")
    kept = [utterance for utterance in utterances if utterance.emotion in label_of]
    if not kept:
        raise LabelError(f"No clip has one of the labels; the data has {', '.join(sort_labels(found))}.")
    rows = [_row(utterance, label_of[utterance.emotion]) for utterance in kept]
    # A table, because Dataset.from_dict encodes audio columns with torchcodec even when they only hold paths.
    return Dataset(pa.Table.from_pylist(rows, schema=FEATURES.arrow_schema))


def resolve_labels(dataset: Dataset, labels: Labels = None) -> tuple[str, ...]:
    """Return the labels in the model's order.

    Args:
        dataset: Everything that ``load_corpora`` returned for the same ``labels``.
        labels: See the top of this file.
    """
    return tuple(dict.fromkeys(_label_map(labels, set(dataset["emotion"])).values()))


def label_masks(dataset: Dataset, labels: Labels = None) -> dict[str, tuple[bool, ...]]:
    """Return for each corpus which labels it can contain, in the model's order.

    A corpus without "calm" must not teach that calm does not exist, so training ignores the labels that a clip's
    corpus cannot contain. Folders of the user's own can contain the labels in them. Corrections can contain all
    labels, because annotators choose among all. A label that no corpus can contain is true for all of them, so that
    its score is trained (towards zero).

    Args:
        dataset: Everything that ``load_corpora`` returned for the same ``labels``.
        labels: See the top of this file.
    """
    order = resolve_labels(dataset, labels)
    label_of = _label_map(labels, order)
    present: dict[str, set[str]] = {}
    for corpus, emotion in zip(dataset["corpus"], dataset["emotion"], strict=True):
        present.setdefault(corpus, set()).add(emotion)
    for corpus in present.keys() & CORPORA.keys():
        present[corpus] = {label_of[emotion] for emotion in CORPORA[corpus].emotions.values() if emotion in label_of}
    taught = set().union(*present.values())
    return {
        corpus: tuple(corpus == CORRECTIONS or label in emotions or label not in taught for label in order)
        for corpus, emotions in present.items()
    }


def _announce(name: str, folder: Path | str, listing: Listing) -> None:
    """Log what was found in a folder, and what is left out."""
    logger.info("%s: %s.", name, listing.summary)
    for note in listing.notes:
        logger.warning("%s: %s", name, note)
    if listing.skipped:
        logger.info("%s: skipped %s.", folder, listing.skipped)
    for paths, reason in (
        (listing.missing, "listed but missing"),
        (listing.left_over, "not part of the corpus"),
        (listing.repeated, "second files of the same name"),
    ):
        if paths:
            logger.warning(
                "%s: %d recordings are %s and are left out, for example %s; `emotion-hf corpus check` lists them.",
                folder,
                len(paths),
                reason,
                paths[0].name,
            )


def _row(utterance: Utterance, label: str) -> dict[str, object]:
    return {
        "audio": {"bytes": None, "path": str(utterance.path)},
        "emotion": label,
        "speaker": f"{utterance.corpus}/{utterance.speaker}" if utterance.speaker else None,
        "gender": utterance.gender,
        "intensity": utterance.intensity,
        "corpus": utterance.corpus,
        "language": utterance.language,
        "text": utterance.text,
        "part": utterance.part,
    }


def _label_map(labels: Labels, found: Collection[str]) -> dict[str, str]:
    """Return emotion → label, with the labels in the model's order."""
    if labels is None:
        return {label: label for label in (LABELS if set(found) <= set(LABELS) else sort_labels(found))}
    if isinstance(labels, str):
        raise LabelError(f"labels is the text {labels!r}; give a list of emotions or a mapping of labels to emotions.")
    if isinstance(labels, Mapping):
        grouped = {label: [emotions] if isinstance(emotions, str) else emotions for label, emotions in labels.items()}
        pairs = [(canonical(emotion), label) for label, emotions in grouped.items() for emotion in emotions]
    else:
        pairs = [(canonical(name), canonical(name)) for name in labels]
    label_of: dict[str, str] = {}
    for emotion, label in pairs:
        if emotion in label_of:
            raise LabelError(f"labels uses the emotion {emotion!r} twice; each emotion may have only one label.")
        label_of[emotion] = label
    return label_of
