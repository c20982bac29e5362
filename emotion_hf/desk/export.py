"""Export everything about one caller: one zip file with JSON and recordings.

The place of an export is noted, so that the deletion of the caller reaches it.

Example:
    >>> export_caller(desk, anna.id, Path("anna.zip"))  # doctest: +SKIP
    PosixPath('anna.zip')
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from emotion_hf.desk import callers, reference
from emotion_hf.desk.calls import Call, read, sound_path
from emotion_hf.desk.desk import Desk
from emotion_hf.desk.law import NOT_SAFE
from emotion_hf.desk.schema import calls, exports
from emotion_hf.disk import check_output, plain_name, write_whole, writing
from emotion_hf.errors import DeskError

MOST_NAME_CHARACTERS = 60


def export_caller(desk: Desk, caller_id: int, path: Path | None = None) -> Path:
    """Write everything about a caller into a zip file.

    Args:
        desk: The desk.
        caller_id: Number of the caller.
        path: The file; by default one in the folder ``exports`` of the desk.

    Returns:
        The path of the file: ``caller.json`` and a FLAC file for each call.

    Raises:
        DeskError: There is no such caller, or a recording is missing.
        SettingsError: The path does not end in ``.zip``, or cannot be written.
        WriteError: The disk is full.
    """
    with desk.reading() as connection:
        caller = callers.read(connection, caller_id)
        ids = connection.execute(
            select(calls.c.id).where(calls.c.caller_id == caller_id).order_by(calls.c.happened_at, calls.c.id)
        ).scalars()
        found = [read(connection, number) for number in ids.all()]
        voice = reference.read(connection, caller_id)
    at = desk.clock()
    name = plain_name(caller.name)[:MOST_NAME_CHARACTERS] or "caller"
    path = path or desk.folder / "exports" / f"{name}-{at:%Y%m%d-%H%M%S}.zip"
    with writing(path):
        if path.parent == desk.folder / "exports":
            path.parent.mkdir(parents=True, exist_ok=True)
    check_output(path, [".zip"])
    document = {
        "caller": _plain(vars(caller)),
        "exported_at": at.isoformat(),
        "about": NOT_SAFE,
        "voice": None
        if voice is None
        else {
            "model": voice.model,
            "recordings": voice.recordings,
            "offset": voice.voice.offset.tolist(),
            "gain": voice.voice.gain.tolist(),
        },
        "calls": [_document(call) for call in found],
    }
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("caller.json", json.dumps(document, ensure_ascii=False, indent=2), zipfile.ZIP_DEFLATED)
        for call in found:
            sound = sound_path(desk, call)
            if not sound.exists():
                raise DeskError("The recording of a call is missing; restore the desk's folder from a backup.")
            archive.writestr(file_name(call), sound.read_bytes())
    with desk.sounds.locked():  # noted first and under the lock, so that no deletion can miss it
        with desk.writing() as connection:
            callers.read(connection, caller_id)
            place = {"path": str(path.absolute()), "content": hashlib.sha256(content.getvalue()).hexdigest()}
            connection.execute(insert(exports).values(caller_id=caller_id, made_at=at, **place))
        with writing(path):
            write_whole(path, content.getvalue())
    return path


def file_name(call: Call) -> str:
    """Return the name of a call's recording in an export, which any system can print and write."""
    line = call.line
    return f"audio/{line.happened_at:%Y%m%d-%H%M%S}-{line.id}-{plain_name(line.emotion)[:MOST_NAME_CHARACTERS]}.flac"


def _document(call: Call) -> dict[str, Any]:
    """Return a call as JSON has it."""
    line = call.line
    reason = None if line.reason is None else vars(line.reason)
    done = [_plain(vars(one)) for one in call.acknowledgements]
    plain = _plain(vars(line)) | {"level": line.level.name.lower(), "reason": reason, "emotion": line.emotion}
    more = {"channel": call.channel, "speaker": call.speaker, "correction_id": call.correction_id}
    results = {"prediction": dict(call.prediction), "timeline": dict(call.timeline)}
    return plain | more | results | {"acknowledgements": done, "recording": file_name(call)}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one.isoformat() if isinstance(one, datetime) else one for name, one in values.items()}
