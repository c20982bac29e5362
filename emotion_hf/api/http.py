"""The routes of the API: ``/v1/classify``, ``/v1/voices``, ``/v1/models``, ``/healthz``, ``/openapi.json``, ``/docs``.

An upload lies in a temporary file without a name, which disappears when the response is sent, the request fails or the
client goes away. Its bytes are read when the recording's turn has come. If the client goes away, the work stops.

Example:
    >>> app = http_api(recognition, Access())  # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import FastAPI, Query, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.security import HTTPBasic, HTTPBearer
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp

from emotion_hf import __version__
from emotion_hf.api.documentation import DESCRIPTION, documentation_page
from emotion_hf.api.problems import MEDIA_TYPE, Problem, as_problem
from emotion_hf.api.recognition import NO_NAME, Recognition, Upload, Wanted
from emotion_hf.api.schemas import (
    Health,
    Models,
    NamedPrediction,
    Options,
    ProblemDetails,
    Timeline,
    Voice,
    parameter_sentence,
)
from emotion_hf.errors import EmotionError

logger = logging.getLogger(__name__)

MOST_RECORDINGS = 20
"""Largest number of recordings that a voice is learned from at once."""
FIELD_BYTES = 1_000
THREADS = 32
"""Recordings that wait for a turn or are analysed; the guard lets no more in."""
GONE = 499
"""Status for nobody: the client went away."""
NOT_READ = "The form cannot be read; send the recording as multipart/form-data, in a field named {field}."

T = TypeVar("T")


@dataclass(frozen=True)
class Access:
    """What the OpenAPI document says about the server.

    Attributes:
        root: Address or path below which the page is served; empty at the top.
        keys: Whether there are API keys.
        accounts: Whether there are accounts with a password.
    """

    root: str = ""
    keys: bool = False
    accounts: bool = False


class _GoneError(Exception):
    """The client went away."""


class _Application(FastAPI):
    """FastAPI without its outermost handler, so that unexpected errors, and refusals while a body arrives, get out."""

    def build_middleware_stack(self) -> ASGIApp:
        return ExceptionMiddleware(AsyncExitStackMiddleware(self.router), handlers=self.exception_handlers)

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, with the form of the problems."""
        document = super().openapi()
        document["components"]["schemas"]["ProblemDetails"] = ProblemDetails.model_json_schema()
        return document


def http_api(recognition: Recognition, access: Access) -> FastAPI:
    """Return the routes as an ASGI application; it runs behind the guard of the page."""
    app = _Application(
        title="emotion_hf",
        version=__version__,
        description=DESCRIPTION,
        servers=[{"url": access.root}] if access.root else None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            Problem: partial(_problem, access.root),
            EmotionError: lambda request, error: _problem(access.root, request, as_problem(error)),
            RequestValidationError: lambda request, error: _problem(access.root, request, _invalid(error)),
            HTTPException: lambda request, error: _problem(access.root, request, _unreadable(error)),
        },
    )
    _Routes(recognition).add_to(app, access)
    return app


class _Routes:
    """The handlers."""

    def __init__(self, recognition: Recognition):
        self.recognition = recognition
        self._threads = ThreadPoolExecutor(THREADS, "api")  # they also wait for turns

    def add_to(self, app: FastAPI, access: Access) -> None:
        """Add the routes to an application."""
        schemes = [*([HTTPBearer(auto_error=False)] if access.keys else [])]
        basic = [HTTPBasic(auto_error=False)] if access.accounts else []
        protected: dict[str, Any] = {"dependencies": [Security(scheme) for scheme in (*schemes, *basic)]}
        recording = _form_of("file", {"file": _BINARY}, "A recording, of any format and up to the length limit.")
        app.post(
            "/v1/classify",
            summary="Recognise the emotion in a recording",
            response_model=NamedPrediction | Timeline,
            responses=_problems(400, 413, 415, 422, 429, 503, protected=protected),
            openapi_extra=recording,
            **protected,
        )(self.classify)
        app.post(
            "/v1/voices",
            summary="Learn a speaker's voice from some recordings",
            response_model=Voice,
            responses=_problems(400, 413, 415, 422, 429, 503, protected=protected),
            openapi_extra=_form_of("files", _VOICE_FORM, f"Up to {MOST_RECORDINGS} recordings of one speaker."),
            **protected,
        )(self.learn_voice)
        app.get(
            "/v1/models",
            summary="Describe the active model",
            response_model=Models,
            responses=_problems(429, protected=protected),
            **protected,
        )(self.models)
        app.get("/healthz", summary="Tell whether the server answers and the model is loaded", response_model=Health)(
            self.health
        )
        app.head("/healthz", include_in_schema=False)(self.health)
        app.get("/docs", include_in_schema=False)(self.documentation)

    async def classify(self, request: Request, options: Annotated[Options, Query()]) -> Response:
        """Return the JSON of `emotion-hf predict --json`, or of `emotion-hf timeline --json` with timeline=true.

        The recording is deleted before the response is sent. A recording of more than 8 seconds is predicted in
        windows. With a voice, a timeline takes it as its reference instead of the recording's own mean.
        """
        async with _form(request, "file", {"file"}) as form:
            uploads = _uploads(form, "file", most=1)
            wanted = Wanted(**options.model_dump())
            return await self._answer(request, partial(self.recognition.classify, uploads[0], wanted))

    async def learn_voice(self, request: Request) -> Response:
        """Return the voice as a text of some 400 characters, which the server does not keep.

        Voices differ: a deep voice sounds sad to the model, a tense one angry. Three recordings of each emotion with
        `emotions` are best; ten of any kind, or half a minute of ordinary speech with `ordinary`, also work.
        """
        async with _form(request, "files", {"files", "emotions", "ordinary"}) as form:
            uploads = _uploads(form, "files", most=MOST_RECORDINGS)
            emotions = [_text(value, "emotions") for value in form.getlist("emotions")]
            learn = partial(self.recognition.learn_voice, uploads, emotions, ordinary=_ordinary(form))
            return await self._answer(request, learn)

    async def models(self) -> Response:
        """Return the active model with its labels, the languages of its training and its measured accuracy."""
        return JSONResponse(await asyncio.to_thread(self.recognition.describe))

    async def health(self) -> Response:
        """Return 200 if the server answers and the model is loaded. No key is needed."""
        return JSONResponse({"status": "ok"})

    async def documentation(self, request: Request) -> Response:
        """Return this documentation for people."""
        return HTMLResponse(documentation_page(request.app.openapi()))

    async def _answer(self, request: Request, work: Callable[..., dict[str, Any]]) -> Response:
        """Do the work in a thread, and stop it if the client goes away."""
        is_gone = threading.Event()

        def progress(share: float) -> None:
            if is_gone.is_set():
                raise _GoneError

        watching = asyncio.create_task(_watch(request, is_gone))
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, progress=progress))
        except _GoneError:
            return Response(status_code=GONE)
        finally:
            is_gone.set()
            watching.cancel()
        return JSONResponse(answer)


_BINARY = {"type": "string", "format": "binary", "description": "The bytes of a recording."}
_VOICE_FORM = {
    "files": {"type": "array", "items": _BINARY, "minItems": 1, "maxItems": MOST_RECORDINGS},
    "emotions": {
        "type": "array",
        "items": {"type": "string", "maxLength": FIELD_BYTES},
        "description": "The emotion of each recording, in their order; leave it out if they are not known.",
    },
    "ordinary": {"type": "boolean", "description": "The recordings are ordinary speech, neutral or calm."},
}
_HEADERS = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds to wait."}},
    503: {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds to wait."}},
}


def _form_of(field: str, properties: dict[str, Any], description: str) -> dict[str, Any]:
    """Return the OpenAPI of a form with one or several recordings."""
    schema = {"type": "object", "required": [field], "properties": properties, "additionalProperties": False}
    content = {"multipart/form-data": {"schema": schema, "encoding": {field: {"contentType": "audio/*"}}}}
    return {"requestBody": {"required": True, "description": description, "content": content}}


def _problems(*statuses: int, protected: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI of the refusals with these statuses, and of a missing key if there are keys."""
    every = sorted((*statuses, *([401] if protected["dependencies"] else [])))
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
            "headers": _HEADERS.get(status, {}),
        }
        for status in every
    }


@asynccontextmanager
async def _form(request: Request, field: str, known: Collection[str]) -> AsyncIterator[FormData]:
    """Read the form of a request, and delete its files at the end.

    Raises:
        Problem: It is no form, or it has an unknown field.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Problem(415, NOT_READ.format(field=field))
    try:
        form = request.form(max_files=MOST_RECORDINGS, max_fields=MOST_RECORDINGS + 1, max_part_size=FIELD_BYTES)
        async with form as read:
            unknown = sorted(set(read) - set(known))
            if unknown:
                names = " and ".join(sorted(known))
                raise Problem(400, f"The form has an unknown field {unknown[0][:40]!r}; it takes {names}.")
            yield read
    except OSError as error:
        if isinstance(error, EmotionError):
            raise
        logger.error("An upload cannot be saved: %s", error)
        raise Problem(507, "The server has no room for more recordings; try again later.", retry_after=60) from error


def _uploads(form: FormData, field: str, most: int) -> list[Upload]:
    """Return the recordings of a form.

    Raises:
        Problem: There are none, or more than ``most``.
    """
    files = form.getlist(field)
    if not files or not all(isinstance(file, UploadFile) for file in files):
        raise Problem(400, f"There is no recording; send it as a file in a field named {field}.")
    if len(files) > most:
        count = "one recording" if most == 1 else f"at most {most} recordings"
        raise Problem(400, f"There are {len(files)} recordings; send {count}.")
    return [Upload(one.file, one.filename or NO_NAME, one.size or 0) for one in files if isinstance(one, UploadFile)]


def _text(value: str | UploadFile, field: str) -> str:
    if not isinstance(value, str):
        raise Problem(400, f"The field {field} must be text, not a file.")
    return value


def _ordinary(form: FormData) -> bool:
    values = [_text(value, "ordinary").lower() for value in form.getlist("ordinary")]
    if len(values) > 1 or not set(values) <= {"true", "false"}:
        raise Problem(400, "The field ordinary must be true or false.")
    return values == ["true"]


async def _watch(request: Request, is_gone: threading.Event) -> None:
    """Set the event when the client goes away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    is_gone.set()


def _problem(root: str, request: Request, problem: Problem) -> Response:
    return Response(problem.body(root), problem.status, problem.headers, MEDIA_TYPE)


def _invalid(error: RequestValidationError) -> Problem:
    """Return the problem of an invalid parameter: one sentence about the first one."""
    return Problem(400, parameter_sentence(error.errors()[0], Options.model_fields))


def _unreadable(error: HTTPException) -> Problem:
    """Return the problem of a form that cannot be read, the only one that the libraries refuse."""
    return Problem(error.status_code, "The form cannot be read: it is damaged, or has too many or too large fields.")
