"""The emotions, their synonyms in seven languages, and how they are displayed.

Example:
    >>> canonical("fear"), canonical("Wütend"), canonical("zlosc"), canonical("boredom")
    ('fearful', 'angry', 'angry', 'boredom')
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from emotion_hf.errors import LabelError, SettingsError

LABELS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
ORDINARY = ("neutral", "calm")
"""Emotions of ordinary speech."""

ALIASES = {
    "neutral": ("neu", "neutrality", "n"),
    "calm": ("calmness", "cal"),
    "happy": ("hap", "happiness", "joy", "joyful", "gioia"),
    "sad": ("sadness",),
    "angry": ("ang", "anger", "rage"),
    "fearful": ("fear", "fea", "afraid", "scared"),
    "disgust": ("dis", "disgusted"),
    "surprised": ("surprise", "sur", "ps", "pleasant_surprise", "pleasant_surprised"),
}
TRANSLATIONS = {  # German; French; Spanish; Italian; Polish; Portuguese. Adjectives in both genders, then nouns
    "neutral": (
        *("neutralität", "neutre", "neutralité", "neutro", "neutra", "neutralidad", "neutrale", "neutralità"),
        *("neutralny", "neutralna", "neutralność", "obojętny", "obojętna", "neutralidade"),
    ),
    "calm": (
        *("ruhig", "gelassen", "ruhe", "gelassenheit", "calme", "tranquille", "tranquilo", "tranquila", "calma"),
        *("tranquilidad", "calmo", "tranquillo", "tranquilla", "tranquillità", "spokojny", "spokojna", "spokój"),
        *("tranquilidade",),
    ),
    "happy": (
        *("fröhlich", "froh", "glücklich", "freudig", "freude", "fröhlichkeit", "glück", "heureux", "heureuse"),
        *("joyeux", "joyeuse", "content", "contente", "joie", "bonheur", "feliz", "contento", "contenta", "alegre"),
        *("alegría", "felicidad", "felice", "allegro", "allegra", "allegria", "felicità"),
        *("szczęśliwy", "szczęśliwa", "wesoły", "wesoła", "radosny", "radosna", "radość", "szczęście"),
        *("alegria", "felicidade"),
    ),
    "sad": (
        *("traurig", "trauer", "traurigkeit", "triste", "tristesse", "tristeza", "tristezza"),
        *("smutny", "smutna", "smutek"),
    ),
    "angry": (
        *("wütend", "zornig", "ärgerlich", "verärgert", "böse", "wut", "zorn", "ärger", "fâché", "fâchée"),
        *("en_colère", "furieux", "furieuse", "colère", "enojado", "enojada", "enfadado", "enfadada", "furioso"),
        *("furiosa", "enojo", "enfado", "ira", "rabia", "arrabbiato", "arrabbiata", "rabbia", "collera"),
        *("zły", "zła", "wściekły", "wściekła", "złość", "gniew", "zangado", "zangada", "irritado", "irritada"),
        *("raiva", "cólera"),
    ),
    "fearful": (
        *("ängstlich", "verängstigt", "furchtsam", "angst", "furcht", "effrayé", "effrayée", "apeuré", "apeurée"),
        *("craintif", "craintive", "peur", "asustado", "asustada", "temeroso", "temerosa", "miedo", "temor"),
        *("spaventato", "spaventata", "impaurito", "impaurita", "paura", "przestraszony", "przestraszona"),
        *("strach", "lęk", "assustado", "assustada", "medo"),
    ),
    "disgust": (
        *("angeekelt", "angewidert", "ekel", "abscheu", "dégoûté", "dégoûtée", "dégoût", "asqueado", "asqueada"),
        *("asco", "disgusto", "disgustato", "disgustata", "zniesmaczony", "zniesmaczona", "wstręt", "obrzydzenie"),
        *("enjoado", "enjoada", "nojo", "repugnância"),
    ),
    "surprised": (
        *("überrascht", "erstaunt", "überraschung", "erstaunen", "surpris", "sorprendido", "sorprendida"),
        *("sorpresa", "sorpreso", "zaskoczony", "zaskoczona", "zdziwiony", "zdziwiona", "zaskoczenie"),
        *("zdziwienie", "surpreendido", "surpreendida", "surpreso", "surpresa"),
    ),
}
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i"})  # letters that have no decomposition


def _key(name: str) -> str:
    """Return ``name`` in lower case, in one Unicode form and with underscores: names with one key are one label."""
    words = unicodedata.normalize("NFKC", name).strip().casefold()
    return unicodedata.normalize("NFKC", words).replace(" ", "_").replace("-", "_")


def _plain(key: str) -> str:
    """Return a key without accents."""
    letters = unicodedata.normalize("NFKD", key.translate(_STROKES))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


_CANONICAL = {
    spelling: label
    for label in LABELS
    for name in (label, *ALIASES[label], *TRANSLATIONS[label])
    for spelling in (_plain(_key(name)), _plain(_key(name).translate(_UMLAUTS)))
}


@dataclass(frozen=True)
class Face:
    """Display of a label: an emoji, how the voice sounds in everyday words, and a colour.

    The words follow `emotion_hf.circumplex`. Dark text on the colour has a contrast of at least 6.
    """

    emoji: str
    mood: str
    colour: str


FACES = {
    "neutral": Face("😐", "even", "#94a3b8"),
    "calm": Face("😌", "quiet and pleasant", "#5eead4"),
    "happy": Face("😄", "lively and pleasant", "#fbbf24"),
    "sad": Face("😢", "quiet and unpleasant", "#60a5fa"),
    "angry": Face("😠", "agitated and unpleasant", "#f87171"),
    "fearful": Face("😨", "anxious and unpleasant", "#c084fc"),
    "disgust": Face("🤢", "repelled and unpleasant", "#a3e635"),
    "surprised": Face("😲", "lively and sudden", "#f9a8d4"),
}
OTHER_FACE = Face("🗣️", "", "#cbd5e1")


def canonical(name: str) -> str:
    """Return the default label for ``name``, or ``name`` itself in lower case.

    Accents do not matter for the names of default labels, and umlauts may be written as in "wuetend".
    """
    key = _key(name)
    return _CANONICAL.get(_plain(key), key)


def face(label: str) -> Face:
    """Return the display of ``label``; labels of the user's own get a neutral face."""
    return FACES.get(canonical(label), OTHER_FACE)


def named(label: str, labels: Iterable[str]) -> str:
    """Return the label among ``labels`` that ``label`` names, also by a synonym of `canonical`.

    Raises:
        LabelError: There is none; the message lists the valid labels.
    """
    valid, other = tuple(labels), canonical(label)
    return other if label not in valid and other in valid else check_label(label, valid)


def check_label(label: str, labels: Iterable[str]) -> str:
    """Return ``label`` if it is one of ``labels``.

    Raises:
        LabelError: It is not; the message lists the valid labels.
    """
    valid = tuple(labels)
    if label not in valid:
        raise LabelError(f"Unknown label {label!r}; the labels are {', '.join(valid)}.")
    return label


def other_names(labels: Iterable[str], emotions: Iterable[str]) -> dict[str, str]:
    """Return which of a model's labels are other names of emotions in the data that the model does not have.

    >>> other_names(["ang", "hap", "sad"], ["angry", "happy", "sad", "calm"])
    {'ang': 'angry', 'hap': 'happy'}
    """
    own, found = tuple(labels), set(emotions)
    pairs = {label: canonical(label) for label in own if label not in found}
    return {label: emotion for label, emotion in pairs.items() if emotion in found and emotion not in own}


def suggest_renaming(labels: Iterable[str], emotions: Iterable[str]) -> str:
    """Return a sentence with the options that make a model's labels those of the data; empty if some are the same.

    >>> suggest_renaming(["ang", "hap"], ["angry", "happy"])
    ' If these are other names of the same emotions, add --label ang=angry --label hap=happy to emotion-hf evaluate.'
    """
    own, found = tuple(labels), tuple(sorted(emotions))
    pairs = other_names(own, found)
    if pairs:
        options = " ".join(f"--label {label}={emotion}" for label, emotion in pairs.items())
        return f" If these are other names of the same emotions, add {options} to emotion-hf evaluate."
    if not found or set(own) & set(found):
        return ""
    return (
        f" The data has {', '.join(found)}. If some mean the same, add --label OLD=NEW to emotion-hf evaluate, for "
        f"example --label {own[0]}={found[0]}."
    )


def parse_renaming(entries: Iterable[str]) -> dict[str, str]:
    """Read `OLD=NEW` entries, which rename a model's labels.

    Raises:
        SettingsError: An entry has another form.
    """
    pairs = {}
    for entry in entries:
        old, equals, new = entry.partition("=")
        if not (old and equals and new):
            raise SettingsError(f"--label {entry} is not OLD=NEW; write for example ang=angry.")
        pairs[old] = new
    return pairs
