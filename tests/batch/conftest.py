"""Recordings for batches, and an engine that scores in this process."""

from __future__ import annotations

import io

import pytest
import soundfile

from emotion_hf.batch.places import find_places
from emotion_hf.batch.run import run
from emotion_hf.batch.scoring import Options, Scoring
from emotion_hf.batch.store import locked
from emotion_hf.batch.work import in_blocks
from tests.batch_models import Fake, wave_of


class Here:
    """An engine without processes, which counts the clips that it scores."""

    def __init__(self, load=None):
        self._score = Scoring(load or Fake(), Options())
        self.facts, self.scored = self._score.facts, 0

    def score(self, work):
        for block in in_blocks(iter(work)):
            self.scored += sum(clip.data is not None for clip in block)
            yield from self._score(block)


@pytest.fixture
def engine():
    return Here()


@pytest.fixture
def recordings(tmp_path):
    """A folder with five recordings, two of them the same, a broken one and a link to nothing."""
    folder = tmp_path / "recordings"
    for number in range(4):
        file = folder / ("more" if number % 2 else "") / f"{number}.wav"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(wav(16_000 + number))
    (folder / "same.wav").write_bytes(wav(16_000))
    (folder / "broken.wav").write_bytes(b"no sound at all")
    (folder / "gone.wav").symlink_to(folder / "nowhere.wav")
    (folder / "notes.txt").write_text("a note")
    return folder


def wav(samples):
    """Return the content of a recording."""
    content = io.BytesIO()
    soundfile.write(content, wave_of(samples), 16_000, format="WAV")
    return content.getvalue()


def score(sources, output, engine, **options):
    """Score sources into a folder as the command does."""
    with locked(output):
        return run(find_places(map(str, sources)), output, engine, {}, **options)
