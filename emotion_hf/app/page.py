"""The page as a ``gr.Blocks`` whose calls take uploads by ticket and always fail with a sentence.

Gradio validates a call's input before our handlers run, and answers ``{"error": null}`` to input that it refuses. It
also opens files by the path that a client sends. Here the client sends a ticket (see ``uploads.py``), and only a valid
ticket becomes a path.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.routing import Route

from emotion_hf.api.recognition import Recognition
from emotion_hf.app.edge import sentence
from emotion_hf.app.uploads import NOT_UPLOADED, find
from emotion_hf.app.words import ENGLISH, language_of, speaking, translated
from emotion_hf.errors import AudioError, RequestError

UNFIT = "The request does not fit this call; /gradio_api/info describes what it takes."


class Page(gr.Blocks):
    """``gr.Blocks`` with the recordings in ``voices``; other options are passed on unchanged.

    Attributes:
        voices: Folder of the recordings.
        routes: The page's own routes besides those for recordings.
        recognition: What the API for programs works with.
        listeners: Returns the number of people who use the tab Live.
    """

    def __init__(self, voices: Path, recognition: Recognition, **options: Any):
        super().__init__(**options)
        self.voices = voices
        self.routes: list[Route] = []
        self.recognition = recognition
        self.listeners: Callable[[], int] = lambda: 0

    def waiting_clients(self) -> list[str]:
        """Return the client of each call that waits for a result or is being processed."""
        queues = self._queue.event_queue_per_concurrency_id.values()
        jobs = [*(queue.queue for queue in queues), *filter(None, self._queue.active_jobs)]
        clients = [event.request.client for job in jobs for event in job]
        return [one.host for one in clients if one is not None]

    async def process_api(self, *args: Any, request: Any = None, **kwargs: Any) -> dict[str, Any]:
        """Process a call in the language of its browser."""
        one = request[0] if isinstance(request, list) and request else request
        with speaking(language_of(one.cookies, one.headers) if isinstance(one, gr.Request) else ENGLISH):
            return await super().process_api(*args, request=request, **kwargs)

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> Any:
        """Replace each recording's ticket with its file, and report invalid input in a sentence."""
        try:
            components = block_fn.inputs
            if not isinstance(inputs, list) or len(inputs) != len(components):
                values = "1 value" if len(components) == 1 else f"{len(components)} values"
                raise RequestError(f"This call takes {values}; /gradio_api/info describes them.")
            given = [
                self._upload(value) if isinstance(component, gr.Audio | gr.UploadButton) else value
                for component, value in zip(components, inputs, strict=True)
            ]
        except (AudioError, RequestError) as error:
            raise gr.Error(sentence(error), title="", print_exception=False) from error
        try:
            return await super().preprocess_data(block_fn, given, *args, **kwargs)
        except gr.Error:
            raise
        except Exception as error:
            raise gr.Error(translated(UNFIT), title="", print_exception=False) from error

    def _upload(self, value: Any) -> dict[str, Any] | None:
        if value is None:
            return None
        ticket = value.get("path") if isinstance(value, dict) else value
        if not isinstance(ticket, str):
            raise AudioError(NOT_UPLOADED)
        path = find(ticket, self.voices)
        kind = mimetypes.guess_type(path.name)[0]
        return {"path": str(path), "orig_name": path.name, "mime_type": kind, "meta": {"_type": "gradio.FileData"}}
