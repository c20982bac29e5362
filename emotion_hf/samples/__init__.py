"""Three synthesised recordings to try: one sentence, said slowly, quickly and with a high voice.

The sentence is "They are coming back at seven this evening!".

They were made with the speech synthesiser espeak-ng 1.51: ``espeak-ng -v VOICE -p PITCH -s WORDS_PER_MINUTE -a 150``,
with the voice ``en+m3`` at 20 and 110, ``en-us+f3`` at 20 and 240, and ``en+f5`` at 99 and 200. A model trained on
people says little about such voices; they only show how it works.

Example:
    >>> [sample.name for sample in SAMPLES]
    ['slow', 'quick', 'high']
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Sample(NamedTuple):
    """A recording that comes with the package."""

    name: str
    path: Path


SAMPLES = tuple(Sample(name, Path(__file__).with_name(f"{name}.ogg")) for name in ("slow", "quick", "high"))
