"""What `POST /v1/calls` does: take a call for the desk and say how urgent it is.

Example:
    >>> calls.take(Upload(file, "call.wav"), CallFacts(caller="Anna"))["level"]  # doctest: +SKIP
    'urgent'
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from emotion_hf.api.forms import CallFacts
from emotion_hf.api.recognition import OnProgress, Recognition, Upload
from emotion_hf.desk import Desk, callers, deletion, intake, listing
from emotion_hf.desk.intake import Taken
from emotion_hf.errors import RequestError, SettingsError
from emotion_hf.turns import likely_seconds


@dataclass(frozen=True)
class Calls:
    """Takes calls for a desk.

    Attributes:
        desk: The desk.
        recognition: The model, and the turns that recordings take.
    """

    desk: Desk
    recognition: Recognition

    def take(self, upload: Upload, facts: CallFacts, progress: OnProgress = lambda share: None) -> dict[str, Any]:
        """Analyse and keep a call; a recording that the caller's calls contain already is not taken again.

        Raises:
            DeskError: The desk is not set up, the time lies in the future, or it is not known who the caller is.
            AudioError: The recording cannot be used.
            RequestError: The model cannot tell speakers apart.
            BusyError: Too many recordings are being analysed.
        """
        known = callers.find(self.desk, facts.caller)
        caller = known or callers.add(self.desk, facts.caller)
        try:
            with self.recognition.turns.take(likely_seconds(upload.size), lambda: progress(0.0)):
                taken = intake.take(
                    self.desk,
                    self.recognition.active()[0],
                    upload.file.read(),
                    caller.id,
                    happened_at=facts.happened_at,
                    file_name=upload.name,
                    channel=facts.channel,
                    speaker=facts.speaker,
                    max_seconds=self.recognition.max_seconds,
                    progress=progress,
                )
        except Exception as error:
            if known is None and not listing.history(self.desk, listing.Filter(caller_id=caller.id)).total:
                deletion.delete_caller(self.desk, caller.id)  # nobody is added without a call
            if isinstance(error, SettingsError):  # this model cannot do what the request asks for
                raise RequestError(str(error)) from error
            raise
        return self._plain(taken)

    def _plain(self, taken: Taken) -> dict[str, Any]:
        """Return the response."""
        line, reason = taken.call.line, taken.call.line.reason
        return {
            "id": line.id,
            "is_new": taken.is_new,
            "caller": line.caller,
            "happened_at": line.happened_at.isoformat(),
            "duration_seconds": line.duration_seconds,
            "verdict": str(line.verdict),
            "label": line.label,
            "confidence": line.confidence,
            "level": line.level.name.lower(),
            "alarm": line.is_alarm(self.desk.clock()),
            "reason": asdict(reason) if reason else None,
            "reference_recordings": line.reference_recordings,
            "model": line.model,
        }
