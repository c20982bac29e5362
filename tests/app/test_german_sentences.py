"""The German of the library's sentences: each one that a visitor can get has one, and it says the same."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from string import Formatter
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest
import soundfile

from emotion_hf import forecast, jobs, versions
from emotion_hf.app import edge
from emotion_hf.app.german.sentences import PARTS, SENTENCES
from emotion_hf.app.guard import responses
from emotion_hf.app.words import BETWEEN_SENTENCES, LONGEST, number, percent, speaking, translated
from emotion_hf.audio import load_audio
from emotion_hf.corpora import votes
from emotion_hf.errors import EmotionError
from emotion_hf.evaluation import gate
from emotion_hf.licences import LICENCES

PACKAGE = Path(__file__).resolve().parents[2] / "emotion_hf"
FILES = (
    *(
        "audio",
        "explain",
        "labels",
        "live",
        "prediction",
        "mixing",
        "recognizer",
        "scorers/onnx",
        "sources",
        "speech",
        "turns/__init__",
        "versions",
        "jobs",
        "forecast",
        "corpora/unpack",
    ),
    *(str(path.relative_to(PACKAGE).with_suffix("")) for path in sorted((PACKAGE / "decoding").rglob("*.py"))),
    *("timeline/__init__", "training/new_version", "evaluation/gate"),
    *("feedback/ledger", "feedback/limits", "feedback/marker", "feedback/record", "feedback/store", "feedback/table"),
    *(str(path.relative_to(PACKAGE).with_suffix("")) for path in sorted((PACKAGE / "app").rglob("*.py"))),
    *(f"desk/{name}" for name in ("alarms", "analysis", "callers", "calls", "corrections", "database", "deletion")),
    *(
        f"desk/{name}"
        for name in ("desk", "export", "intake", "listing", "rule", "setup", "sounds", "watch", "webhook")
    ),
)
"""Whose sentences a visitor or the operator can get by a recording or a click."""
OTHERS = (
    # Only code that calls the library can cause these.
    *("max_seconds is", "The samples are a masked array", "The file object", "A recording must be"),
    *(
        "The channel is",
        "The track is",
        "A row needs",
        "A tensor of type",
        "A wave has",
        "A wave is",
        "Give a list",
        "Give 7",
        "An array alone",
        "The audio decoder",
        "The samples are",
        "This model has no embeddings",
        "The 7 is 7",
        "Give (sampling_rate",
        "The samples have shape",
        "Samples of type",
        "The sound has the shape",
    ),
    *("The hop of", "a value is of another type", "--label"),
    # Only lines of the corrections' own file cause these, which then are set aside.
    *("The line", "The 7 of a correction", "The scores of a correction", "The time of a correction"),
    # Only a light installation causes these; it has no page.
    *("This needs 7", "7 (7) can only be read with PyAV"),
    # Only the start of the page, or of a model, causes these.
    *(
        "The page cannot keep recordings",
        "The page cannot listen",
        "EMOTION_HF_",
        "7ALLOWED_HOSTS",
        "7ROOT_PATH",
        "7TRUSTED_PROXIES",
    ),
    *("The model 7 needs audio", "The model has no label", "The model's labels have", "7 is a baseline"),
    # Only a setting of the desk, a command, or a forged request causes these.
    *("A newer version of emotion_hf", "An alarm cannot be judged", "Calls cannot be kept", "PostgreSQL needs"),
    *("The caller is not", "The caller's channel", "The desk cannot use", "The desk's database must be"),
    *("The desk's webhook", "The rule has no value", "The time of the call", "The watched folder"),
    *("There is no such page", "What one channel holds", "7 must be text", "Send the last change number"),
    *("The model 7 cannot make predictions", "The training is done"),
    # Only programs get these, as problem details.
    *("Open this address as a WebSocket", "The API asks for a key", "This address takes only"),
    "There is nothing here; /docs",
)
"""How the sentences begin that are not translated."""
VALUE = "7"
"""Stands for everything in a sentence that varies."""
RAISERS = re.compile(r"\w*(Error|Refusal)|Note|Making|writing|_timed|say|translated")


class Sentences(ast.NodeVisitor):
    """Collects the sentences of a file that are raised or noted: every text given to one of `RAISERS`."""

    def __init__(self, tree: ast.Module):
        self.found: set[str] = set()
        self._tree, self._function = tree, tree
        self._looked_up: list[str] = []
        self.visit(tree)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        outer, self._function = self._function, node
        self.generic_visit(node)
        self._function = outer

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if RAISERS.fullmatch(name) and not (name == "say" and isinstance(node.func, ast.Name)):
            self.found |= {text for part in node.args for text in self.texts(part) if " " in text}
        self.generic_visit(node)

    def texts(self, node: ast.AST) -> Iterator[str]:
        """Yield what an expression may be, with `VALUE` for everything that is not written in the file."""
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr(values=values):
                yield from map("".join, product(*(list(self.texts(one)) for one in values)))
            case ast.FormattedValue(value=value, format_spec=None, conversion=-1):
                yield from self.texts(value)
            case ast.IfExp(body=one, orelse=other) | ast.BoolOp(values=[one, other]):
                yield from {*self.texts(one), *self.texts(other)}
            case ast.Tuple(elts=several) | ast.Call(func=ast.Attribute(attr="join"), args=several):
                yield from {text for one in several for text in self.texts(one)}
            case ast.Name(id=name):
                yield from self._named(name)
            case _:
                yield VALUE

    def _named(self, name: str) -> set[str]:
        for scope in (self._function, self._tree):
            nodes = ast.walk(scope) if scope is self._function else scope.body
            assigned = [one for one in nodes if isinstance(one, ast.Assign) and _is_to(one, name)]
            if assigned and name not in self._looked_up:  # a name may stand in its own assignment
                self._looked_up.append(name)
                found = {text for one in assigned for text in self.texts(one.value)}
                self._looked_up.pop()
                return found
        return {VALUE}


def _is_to(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


@cache
def sentences() -> list[str]:
    """Return every sentence that a visitor can get, with `VALUE` for what varies."""
    found = {edge.SORRY, *responses.REPLACED.values(), *gate.NOT_MEASURED.values(), *gate.REMEDIES.values()}
    found |= {
        votes.unused([]),
        votes.unused([SimpleNamespace(recording="a", annotator="", label="sad", may_train=False)]),
    }
    found |= {jobs.GONE, *forecast.licence_notes("other", because=[VALUE])}
    for licence in ("cc-by-nc-sa-4.0", "cc-by-nc-nd-4.0"):
        found |= {
            text.replace(LICENCES[licence][0], VALUE)
            for text in forecast.licence_notes(licence, because=[VALUE], own=[VALUE])
        }
    found |= {versions.GONE, gate.USELESS, *map(gate.expectation, (5, 40, 400)), *_of_the_gate()}
    for file in FILES:
        found |= Sentences(ast.parse((PACKAGE / f"{file}.py").read_text(encoding="utf-8"))).found
    found = {re.sub(rf"^{VALUE} (?=[A-Z])", "", text) for text in found}
    return sorted(text for text in found if not text.startswith(OTHERS) and re.search("[a-z]{3}", text))


def _of_the_gate() -> Iterator[str]:
    """Yield the gate's sentences about every kind of finding."""
    kinds = product(gate.Role, (0.1, -0.1), ((0, 0), (5, 0), (60, 50)), (0.001, 0.1, 0.9, None), (12, 400), (0.9, 0.1))
    for role, gain, (right, wrong), p, clips, share in kinds:
        test = SimpleNamespace(difference=SimpleNamespace(value=gain), only_first=right, only_second=wrong, p=p)
        report = SimpleNamespace(clips=clips, wa=SimpleNamespace(value=share), labels="abcdefgh")
        with mock.patch.object(gate, "paired_test", return_value=test):
            decision = gate.decide({role: (report, report)})
        yield from (decision.sentence, *decision.advice, *(one.sentence for one in decision.findings))
    yield gate.Decision(promoted=True, proved=True, findings=(), unknown=()).sentence
    yield gate.Decision(promoted=True, proved=False, findings=(), unknown=()).sentence


@pytest.mark.parametrize("text", sentences())
def test_each_sentence_has_a_german_one(text):
    with speaking("de"):
        german = translated(text)
    assert not [part for part in BETWEEN_SENTENCES.split(text) if part in german]


def test_no_german_sentence_is_left_over():
    patterns = {
        text: "".join(re.escape(one) + ".+" * bool(name) for one, name, *_ in parsed(text)) for text in SENTENCES
    }
    assert not [text for text in patterns if not any(re.search(patterns[text], known) for known in sentences())]


@pytest.mark.parametrize("english", SENTENCES)
def test_a_german_sentence_fills_in_the_same_names(english):
    german = SENTENCES[english]
    assert _names(english) == _names(german) and not re.search("{[^}]*:", german)


def _names(text: str) -> list[str]:
    return sorted(name for _, name, *_ in parsed(text) if name)


def parsed(text: str) -> list[tuple[str, str | None, str | None, str | None]]:
    return list(Formatter().parse(text))


def wav(seconds: float, channels: int = 1) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(0).normal(0, 0.1, (round(16000 * seconds), channels))
    soundfile.write(file, noise, 16000, format="WAV")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "options", "german"),
    [
        (b"", {}, "Die Aufnahme ist leer (0 Byte); nehmen Sie neu auf oder exportieren Sie die Datei noch einmal."),
        (b"Dear diary", {}, "Die Aufnahme ist Text, kein Ton; verwenden Sie eine Aufnahme in einem dieser Formate: "),
        (b"#EXTM3U a", {}, "Die Aufnahme ist eine Wiedergabeliste, die auf andere Dateien verweist; "),
        (b"\0\1\2\3", {}, "Die Aufnahme hat kein bekanntes Format; möglich sind WAV, FLAC, OGG, Opus, MP3, AIFF, "),
        (
            b"RIFF\0\0\0\0WAVEfmt ",
            {},
            "Die Aufnahme beginnt wie WAV, lässt sich aber nicht öffnen",
        ),
        (wav(0.0), {}, "Die Aufnahme enthält keinen lesbaren Ton; nehmen Sie neu auf"),
        (wav(0.1), {}, "Die Aufnahme ist 0,10 s lang; nehmen Sie mindestens 0,3 s auf."),
        (wav(5), {"max_seconds": 2.5}, "Die Aufnahme ist 5,0 s lang; kürzen Sie die Aufnahme auf höchstens 2,5 s."),
        (wav(1), {"channel": 1}, "Die Aufnahme hat keinen Kanal 1; vorhanden: nur Kanal 0."),
        (wav(1, 2), {"channel": 2}, "Die Aufnahme hat keinen Kanal 2; vorhanden: Kanäle 0 bis 1."),
    ],
)
def test_a_recording_that_cannot_be_used_is_explained_in_german(data, options, german):
    with pytest.raises(EmotionError) as caught:
        load_audio(data, **options)
    with speaking("de"):
        assert edge.sentence(caught.value).startswith(german)
    assert edge.sentence(caught.value) == str(caught.value)


@pytest.mark.parametrize(
    ("english", "german"),
    [
        (
            "a.b is 1.wav is 0.05 s long; record at least 0.2 s.",
            "a.b is 1.wav ist 0,05 s lang; nehmen Sie mindestens ",
        ),
        (
            "1,000 corrections are saved, which is the limit; nothing was saved.",
            "Die Höchstzahl von 1.000 Korrekturen",
        ),
        ("Nobody has written this sentence.", "Nobody has written this sentence."),
        ("The gate says no. Nobody knows why.", "Die Prüfung sagt nein. Nobody knows why."),
        (
            "The record is not deleted yet (Permission denied).",
            "Der Eintrag ist noch nicht gelöscht (keine Berechtigung).",
        ),
        ("{0} is empty (0 bytes); record or export it again.", "{0} ist leer (0 Byte); nehmen Sie neu auf"),
    ],
)
def test_values_are_filled_in_and_what_is_unknown_stays_english(english, german):
    with speaking("de"):
        assert translated(english).startswith(german)
    assert translated(english) == english


def test_a_sentence_that_is_too_long_is_not_searched():
    text = "The record is not deleted yet (" + "x (" * LONGEST + ")."
    with speaking("de"):
        assert translated(text) == text


def test_numbers_are_written_as_the_language_does():
    assert (number(1234.5, ",.2f"), number(0.5), percent(0.625)) == ("1,234.50", "0.5", "62 %")
    with speaking("de"):
        assert (number(1234.5, ",.2f"), number(0.5), percent(0.625)) == ("1.234,50", "0,5", "62\u00a0%")


def test_no_part_is_a_sentence_of_its_own():
    assert not [part for part in PARTS if part in SENTENCES or part.endswith(".")]
