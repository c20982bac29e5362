"""The option ``--data`` of all commands that read clips: folders of this machine, and data sets of the Hub.

Example:
    >>> read_data(["mine=me/voices"], columns=["emotion=mood"])  # doctest: +SKIP
    {'mine': PosixPath('data/hub/me--voices/default-1f2e3d4c/0a1b2c3d4e5f')}
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from emotion_hf.errors import CorpusError, HubError, SettingsError

OURS = ("audio", "emotion", "speaker", "gender", "intensity", "language", "text")
HELP = "corpora: folders, or data sets of the Hub as NAME=OWNER/NAME"


def add_data(parser: argparse.ArgumentParser, more: str = "", *, required: bool = True) -> None:
    """Add the options ``--data`` and ``--columns`` to a parser.

    Args:
        parser: The parser.
        more: Text at the end of the help of ``--data``.
        required: Whether ``--data`` must be given.
    """
    parser.add_argument(
        "--data",
        action="extend",
        nargs="+",
        required=required,
        default=None if required else [],
        metavar="NAME=DIR",
        help=HELP + more,
    )
    parser.add_argument(
        "--columns",
        action="append",
        default=[],
        metavar="OURS=THEIRS,…",
        help=f"columns of a Hub data set with unusual names; ours are {', '.join(OURS)}",
    )


def read_data(arguments: Iterable[str], columns: Sequence[str] = (), *, most: int = 0) -> dict[str, Path]:
    """Return name → folder of each corpus; data sets of the Hub are downloaded into the data folder first.

    Args:
        arguments: ``NAME=DIR``, or ``NAME=OWNER/NAME`` for a data set.
        columns: ``OURS=THEIRS``, several separated by commas, for columns of data sets with unusual names.
        most: Highest number of clips of each split of a data set; 0 for all.

    Raises:
        CorpusError: An argument has another form, a folder is missing, or a data set has no clips with emotions.
        HubError: A data set cannot be read.
        SettingsError: ``columns`` has another form.
    """
    from emotion_hf.corpora import parse_data

    return parse_data(arguments, partial(_fetched, columns=_parse_columns(columns), most=most))


def _fetched(name: str, place: str, *, columns: Mapping[str, str], most: int) -> Path | None:
    """Return the folder of a data set of the Hub; `None` if ``place`` cannot be the name of one."""
    from tqdm import tqdm

    from emotion_hf.corpora import CORPORA
    from emotion_hf.hub.data_set import fetch, parse_address
    from emotion_hf.settings import Settings

    address = parse_address(place)
    if address is None:
        return None
    if name in CORPORA:
        raise CorpusError(
            f"There is no folder {place}. For a data set of the Hub choose another name than {name}, whose labels are "
            f"read from file names, such as my_{name}."
        )
    cache = Settings.from_environment().data_dir / "hub"
    show = partial(tqdm, desc=f"Reading {address.repository}", unit=" clips", disable=None, leave=False)
    try:
        return fetch(address, cache, columns=columns, most=most, progress=show)
    except HubError as error:
        raise HubError(f"There is no folder {place}, and it is no data set of the Hub either: {error}") from error


def _parse_columns(columns: Sequence[str]) -> dict[str, str]:
    """Return our name of each column → its name in the data set."""
    named = {}
    for column in (one.strip() for group in columns for one in group.split(",")):
        ours, equals, theirs = column.partition("=")
        if not equals or not theirs or ours not in OURS:
            raise SettingsError(f"--columns {column} is not OURS=THEIRS; ours are {', '.join(OURS)}.")
        named[ours] = theirs
    return named
