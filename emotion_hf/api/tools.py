"""Tools of the Model Context Protocol (MCP): recognise a recording, make its timeline, describe the model.

These are exactly the harmless actions: nothing is saved, deleted or trained. A recording comes as base64 in the
message itself; no path of this machine and no address of another one is accepted. Each request stands alone
(streamable HTTP without sessions), so nothing is kept between two calls.

Example:
    >>> tools = Tools(recognition)  # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import json
import logging
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from pydantic import Field, ValidationError
from starlette.types import Receive, Scope, Send

from emotion_hf import __version__
from emotion_hf.api.problems import SORRY
from emotion_hf.api.recognition import NO_NAME, Recognition, Upload, Wanted
from emotion_hf.api.schemas import MAX_NUMBER, Form, Models, NamedPrediction, Timeline, parameter_sentence
from emotion_hf.errors import AudioError, BusyError, RequestError, SettingsError

logger = logging.getLogger(__name__)

try:
    import mcp.types as types
    from mcp.server.lowlevel import Server
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
except ImportError as error:
    raise SettingsError(
        "EMOTION_HF_MCP is on, but the library of MCP is not installed; pip install 'emotion-hf[mcp]'."
    ) from error

F = TypeVar("F", bound=Form)

THREADS = 8
"""Messages that are served at once; the guard lets no more in."""
INSTRUCTIONS = (
    "Recognises the emotion that a voice expresses in a recording: what listeners would perceive, not what a person "
    "feels. It can be wrong, so tell the user how sure it is. It must not be used to judge people at work or in "
    "education, for hiring, for medical purposes or as a lie detector."
)


class Nothing(Form):
    """The arguments of a tool that takes none."""


class Recording(Form):
    """The arguments of a tool that takes a recording."""

    audio_base64: str = Field(min_length=1, description="The bytes of an audio file, in base64.")
    name: str = Field(NO_NAME, max_length=200, description="File name, for the result.")
    channel: int | None = Field(None, ge=0, le=MAX_NUMBER, description="Use this channel, counted from 0.")
    track: int | None = Field(None, ge=0, le=MAX_NUMBER, description="Use this audio track, counted from 0.")


_HARMLESS = types.ToolAnnotations(readOnlyHint=True, destructiveHint=False, idempotentHint=True, openWorldHint=False)
TOOLS = (
    types.Tool(
        name="recognise_emotion",
        title="Recognise the emotion in a recording",
        description="Return the emotion that the voice in a recording expresses, and the probability of each one.",
        inputSchema=Recording.model_json_schema(),
        outputSchema=NamedPrediction.model_json_schema(),
        annotations=_HARMLESS,
    ),
    types.Tool(
        name="emotions_over_time",
        title="Show which emotion is expressed when",
        description="Return bands of emotion over the time of a recording of up to two hours, and their shares.",
        inputSchema=Recording.model_json_schema(),
        outputSchema=Timeline.model_json_schema(),
        annotations=_HARMLESS,
    ),
    types.Tool(
        name="describe_model",
        title="Describe the model",
        description="Return the active model: its emotions, the languages of its training and its measured accuracy.",
        inputSchema=Nothing.model_json_schema(),
        outputSchema=Models.model_json_schema(),
        annotations=_HARMLESS,
    ),
)


class Tools:
    """Serves the tools over streamable HTTP.

    Args:
        recognition: What they work with.
    """

    def __init__(self, recognition: Recognition):
        self._recognition = recognition
        self._threads = ThreadPoolExecutor(THREADS, "mcp")  # they also wait for turns
        server: Server = Server("emotion_hf", version=__version__, instructions=INSTRUCTIONS)
        server.list_tools()(self._list)
        server.call_tool(validate_input=False)(self._call)  # its errors would repeat the recording
        self._manager = StreamableHTTPSessionManager(
            server, stateless=True, json_response=True, max_request_body_size=sys.maxsize
        )  # the guard limits the size

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve inside the block."""
        async with self._manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the guard has checked host, origin, key and size."""
        await self._manager.handle_request(scope, receive, send)

    async def _list(self) -> list[types.Tool]:
        return [*TOOLS]

    async def _call(self, name: str, arguments: dict[str, Any]) -> types.CallToolResult:
        """Return the result of a tool, or the one sentence that says why there is none."""
        try:
            work = self._work(name, arguments)
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except (AudioError, BusyError, RequestError) as error:
            return _failed(str(error))
        except Exception:
            logger.exception("Unexpected error")
            return _failed(SORRY)
        text = types.TextContent(type="text", text=json.dumps(answer))
        return types.CallToolResult(content=[text], structuredContent=answer)

    def _work(self, name: str, arguments: dict[str, Any]) -> Callable[[], dict[str, Any]]:
        """Return what a tool does.

        Raises:
            RequestError: There is no such tool, or its arguments are invalid.
        """
        if name == "describe_model":
            _checked(Nothing, arguments)
            return self._recognition.describe
        if name not in {tool.name for tool in TOOLS}:
            names = ", ".join(tool.name for tool in TOOLS)
            raise RequestError(f"There is no tool {name[:40]!r}; the tools are {names}.")
        given = _checked(Recording, arguments)
        data = _decoded(given.audio_base64)
        wanted = Wanted(timeline=name == "emotions_over_time", channel=given.channel, track=given.track)
        return partial(self._recognition.classify, Upload(io.BytesIO(data), given.name, len(data)), wanted)


def _checked(form: type[F], arguments: dict[str, Any]) -> F:
    """Return the arguments of a tool.

    Raises:
        RequestError: One is missing, unknown or invalid.
    """
    try:
        return form.model_validate(arguments, strict=True)
    except ValidationError as error:
        raise RequestError(parameter_sentence(error.errors()[0], form.model_fields)) from error


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError("The recording is not in base64; send the bytes of an audio file in base64.") from error


def _failed(sentence: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=sentence)], isError=True)
