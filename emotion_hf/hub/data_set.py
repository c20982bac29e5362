"""Read a data set of the Hub into a folder that trainings read like any other.

Its rows are streamed, so that a large one can be used in part. No code of the repository runs. The clips and a
``metadata.csv`` with our names of the columns are kept in a folder for each commit, so that the next training needs
neither the download nor, without a connection, the Hub.

Example:
    >>> fetch(parse_address("me/voices"), Path("data/hub"), columns={"emotion": "mood"})  # doctest: +SKIP
    PosixPath('data/hub/me--voices/default-1f2e3d4c/0a1b2c3d4e5f')
"""

from __future__ import annotations

import csv
import hashlib
import json
import logging
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from emotion_hf.corpora.hub_source import HubSource
from emotion_hf.corpora.tables import COLUMNS, our_name
from emotion_hf.disk import plain_name, writing
from emotion_hf.errors import CorpusError, HubError
from emotion_hf.hub.repository import Repository

if TYPE_CHECKING:
    from datasets import Features, IterableDataset
    from huggingface_hub import DatasetInfo

logger = logging.getLogger(__name__)

Progress = Callable[[Iterable[dict[str, Any]]], Iterable[dict[str, Any]]]

SHUFFLED = 500
"""Rows in memory among which the next one is drawn if only some are read; their recordings take about 100 MB."""
TABLE = "metadata.csv"
OF_CORRECTIONS = "content", "annotator", "session", "consent_train"
"""Columns of published corrections: they decide which corrections are used for training."""
_NAME = r"[A-Za-z0-9][\w.-]*"
_ADDRESS = re.compile(rf"(?P<repository>{_NAME}/{_NAME})(:(?P<config>{_NAME}))?(@(?P<revision>[\w./-]+))?")


@dataclass(frozen=True)
class Address:
    """A data set: ``OWNER/NAME``, ``OWNER/NAME:CONFIG`` or ``OWNER/NAME@REVISION``.

    Attributes:
        repository: ``OWNER/NAME``.
        config: Name of its configuration, if it has several; empty for the only one.
        revision: Branch, tag or commit; empty for the newest commit.
    """

    repository: str
    config: str = ""
    revision: str = ""


def parse_address(text: str) -> Address | None:
    """Return the data set that ``text`` names; `None` if it has another form.

    Example:
        >>> parse_address("me/voices:clean@v2")
        Address(repository='me/voices', config='clean', revision='v2')
    """
    match = _ADDRESS.fullmatch(text)
    return Address(**{name: value or "" for name, value in match.groupdict().items()}) if match else None


def fetch(
    address: Address,
    cache: Path,
    *,
    columns: Mapping[str, str] | None = None,
    most: int = 0,
    progress: Progress = iter,
) -> Path:
    """Return a folder with the clips of a data set and their table.

    Args:
        address: The data set.
        cache: Folder for data sets.
        columns: Our name of a column → its name in the data set; for columns with none of the usual names.
        most: Read at most this number of clips of each split, drawn at random; 0 reads all.
        progress: Wraps the rows, for a progress bar.

    Raises:
        HubError: It cannot be read, and no earlier download is here.
        CorpusError: It has no recordings or no emotions, or lacks a column of ``columns``.
        WriteError: The folder cannot be written.
    """
    columns = dict(columns or {})
    wanted = json.dumps(columns, sort_keys=True)
    key = f"{address.config or 'default'}-{hashlib.sha256(wanted.encode()).hexdigest()[:8]}"
    versions = cache / address.repository.replace("/", "--") / key
    hub = Repository(address.repository, "dataset")
    try:
        with hub.talking() as api:
            info = api.dataset_info(address.repository, revision=address.revision or None)
    except HubError as error:
        return _earlier(versions, address, most, error)
    folder = versions / f"{info.sha}{_limit(most)}"
    if not folder.is_dir():
        with hub.talking():
            splits = _splits(address, str(info.sha))
            rows = {name: _Rows(split, columns, most) for name, split in splits.items()}
            _write(folder, info, columns, rows, progress)
    return folder


@dataclass(frozen=True)
class AudioRows:
    """The recordings of a data set at one commit, streamed; iterated over again, they are streamed again.

    Attributes:
        address: The data set.
        revision: The commit.
        column: Name of the column with the recordings, if it is not the one with audio.
    """

    address: Address
    revision: str
    column: str = ""

    def __iter__(self) -> Iterator[tuple[str, int, Mapping[str, Any] | None]]:
        """Yield the split, the number in it, and the audio of each row: its bytes or its address.

        Raises:
            HubError: The Hub or the network failed.
            CorpusError: There is no column with recordings.
        """
        with Repository(self.address.repository, "dataset").talking():
            for name, split in _splits(self.address, self.revision).items():
                column = _audio_column(cast("Features", split._resolve_features().features), self.column)
                for number, row in enumerate(split.decode(False).select_columns([column])):
                    yield name, number, row[column]

    def count(self) -> int | None:
        """Return the number of rows; `None` if the data set does not state it.

        Raises:
            HubError, CorpusError: As above.
        """
        with Repository(self.address.repository, "dataset").talking():
            splits = _splits(self.address, self.revision)
            for split in splits.values():
                _audio_column(cast("Features", split._resolve_features().features), self.column)
            stated = [(split.info.splits or {}).get(name) for name, split in splits.items()]
        numbers = [one.num_examples for one in stated if one is not None and one.num_examples]
        return sum(numbers) if len(numbers) == len(splits) else None

    def fetch(self, path: str) -> bytes:
        """Return the bytes of a recording whose row has its address.

        Raises:
            HubError: The Hub or the network failed.
        """
        with Repository(self.address.repository, "dataset").talking():
            return _content({"bytes": None, "path": path})


def open_audio(address: Address, column: str = "") -> AudioRows:
    """Return the recordings of a data set, at the commit that its revision names now; no emotions are needed.

    Raises:
        HubError: It cannot be read.
    """
    with Repository(address.repository, "dataset").talking() as api:
        info = api.dataset_info(address.repository, revision=address.revision or None)
    return AudioRows(address, str(info.sha), column)


def _limit(most: int) -> str:
    """Return the end of a download's name."""
    return f"-{most}" if most else ""


def _earlier(versions: Path, address: Address, most: int, error: HubError) -> Path:
    """Return the newest download of a data set that the Hub cannot be asked about, if possible with the same limit.

    Raises:
        HubError: There is none, or another revision was asked for.
    """
    found = [path for path in versions.glob(f"{address.revision}*") if (path / TABLE).is_file()]
    if not found:
        raise error
    same = [path for path in found if path.name.partition("-")[2] == _limit(most)[1:]]
    newest = max(same or found, key=lambda path: path.stat().st_mtime)
    commit, _, limit = newest.name.partition("-")
    part = f", with at most {limit} clips of each split," if limit else ""
    where = f"{address.repository} cannot be read from the Hub now"
    logger.warning("%s; the earlier download of commit %s%s is used.", where, commit[:12], part)
    return newest


def _splits(address: Address, revision: str) -> Mapping[str, IterableDataset]:
    """Return the splits of a data set, as streams.

    Raises:
        CorpusError: It has several configurations, and the address names none of them.
    """
    from datasets import get_dataset_config_names, load_dataset

    configs = get_dataset_config_names(address.repository, revision=revision)
    config = address.config or (configs[0] if len(configs) == 1 else "default")
    if config not in configs:
        some = ", ".join(configs[:10])
        raise CorpusError(
            f"{address.repository} has the configurations {some}; choose one of them, such as "
            f"{address.repository}:{configs[0]}."
        )
    return cast(
        "Mapping[str, IterableDataset]", load_dataset(address.repository, config, revision=revision, streaming=True)
    )


class _Rows:
    """The rows of a split with our names of the columns.

    Args:
        split: The split.
        columns: Our name of a column → its name in the split.
        most: Highest number of rows; 0 for all.

    Raises:
        CorpusError: A needed column is missing.
    """

    def __init__(self, split: IterableDataset, columns: Mapping[str, str], most: int):
        features = cast("Features", split._resolve_features().features)  # of JSON and CSV, they follow from the rows
        self.columns = _find_columns(features, columns)
        self.kinds = {name: features[theirs] for name, theirs in self.columns.items()}
        split = split.decode(False).select_columns(list(self.columns.values()))  # audio.py decodes, with its limits
        self.split = split.shuffle(seed=0, buffer_size=SHUFFLED).take(most) if most else split

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self.split:
            plain = {name: self._plain(name, row[theirs]) for name, theirs in self.columns.items()}
            if isinstance(consent := plain.pop("consent", None), dict):
                plain["consent_train"] = consent.get("train")
            yield plain

    def _plain(self, name: str, value: Any) -> Any:
        """Return a value, with the name of a class instead of its number."""
        from datasets import ClassLabel

        kind = self.kinds[name]
        if not isinstance(kind, ClassLabel) or not isinstance(value, int):
            return value
        return kind.int2str(value) if value >= 0 else None  # -1 means that nobody has labelled the clip


def _find_columns(features: Features, given: Mapping[str, str]) -> dict[str, str]:
    """Return our name of each column that is there → its name in the data set.

    Raises:
        CorpusError: There is no column for the recordings or the emotions, or ``given`` names one that is missing.
    """
    from datasets import Audio

    there = ", ".join(features)
    for ours, theirs in given.items():
        if theirs not in features:
            raise CorpusError(f"There is no column {theirs!r} for {ours}; the data set has {there}.")
    found = {our_name(name): name for name in reversed(list(features))}
    found["emotion"] = found.get("emotion") or found.get("label") or ""
    found["audio"] = next((name for name, kind in features.items() if isinstance(kind, Audio)), "")
    found |= given
    for ours, what in (("audio", "recordings"), ("emotion", "emotions")):
        if not found[ours]:
            raise CorpusError(
                f"The data set has no column for the {what}; it has {there}. Name it with --columns {ours}=NAME."
            )
    return {name: found[name] for name in ("audio", *COLUMNS, *OF_CORRECTIONS, "consent") if found.get(name)}


def _audio_column(features: Features, wanted: str) -> str:
    """Return the name of the column with recordings, the first with audio unless it is named.

    Raises:
        CorpusError: There is none.
    """
    from datasets import Audio

    found = wanted or next((name for name, kind in features.items() if isinstance(kind, Audio)), "")
    if found not in features:
        there = ", ".join(features)
        raise CorpusError(f"The data set has no column {found or 'with recordings'}; it has {there}.")
    return found


def _write(
    folder: Path, info: DatasetInfo, columns: dict[str, str], splits: Mapping[str, _Rows], progress: Progress
) -> None:
    """Write the clips and their table; the folder appears when all of it is there."""
    card = info.card_data.to_dict() if info.card_data else {}
    languages, licence = _texts(card.get("language")), _texts(card.get("license"))
    always = {"language": languages[0]} if len(languages) == 1 else {}
    new, rows = folder.with_name(f".{folder.name}.new"), []
    with writing(folder):
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
    for split, clips in splits.items():
        for number, row in enumerate(progress(clips)):
            if row["audio"] is None or row["emotion"] in (None, ""):
                continue
            file = f"{plain_name(split)}/{number:06d}{_ending(row['audio'])}"
            content = _content(row.pop("audio"))
            with writing(folder):
                (new / file).parent.mkdir(exist_ok=True)
                (new / file).write_bytes(content)
            rows.append({**always, **row, "file_name": file, "split": split})
    if not rows:
        raise CorpusError(f"No row of {info.id} has an emotion.")
    with writing(folder):
        with (new / TABLE).open("w", encoding="utf-8", newline="") as table:
            lines = csv.DictWriter(table, list(dict.fromkeys(name for row in rows for name in row)))
            lines.writeheader()
            lines.writerows(rows)
        HubSource(info.id, str(info.sha), licence[0] if licence else "", columns).write(new)
        new.rename(folder)


def _content(audio: Mapping[str, Any]) -> bytes:
    """Return the bytes of a recording; a row may give the address of its file instead."""
    if audio["bytes"] is not None:
        return bytes(audio["bytes"])
    from datasets.utils.file_utils import xopen  # also opens files in an archive of the repository

    with xopen(audio["path"], "rb") as file:
        return cast(bytes, file.read())


def _ending(audio: Mapping[str, Any]) -> str:
    """Return the end of the recording's name, such as ``-03-01-01.wav``, which reports show."""
    name = PurePosixPath(str(audio["path"] or "").split("::")[0]).name
    return f"-{plain_name(name)[-80:]}" if name else ""


def _texts(value: Any) -> list[str]:
    """Return the values of a field of a card, which may be one text or a list."""
    return [str(one) for one in ([value] if isinstance(value, str) else value or [])]
