"""The routes of the API: ``/v1/classify``, ``/v1/voices``, ``/v1/models``, ``/healthz``, ``/openapi.json``, ``/docs``.

An upload lies in a temporary file without a name, which disappears when the response is sent, the request fails or the
client goes away. Its bytes are read when the recording's turn has come. If the client goes away, the work stops.

Example:
    >>> app = http_api(recognition, ServerFacts())  # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Query, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.security import HTTPBasic, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp

from emotion_hf import __version__
from emotion_hf.api.documentation import DESCRIPTION, documentation_page
from emotion_hf.api.forms import (
    CALL_FIELDS,
    CALL_FORM,
    MOST_RECORDINGS,
    RECORDING_FORM,
    VOICE_FORM,
    call_facts,
    is_ordinary,
    read_form,
    text_of,
    unreadable,
    uploads,
)
from emotion_hf.api.problems import MEDIA_TYPE, Problem, as_problem
from emotion_hf.api.recognition import Recognition, Wanted
from emotion_hf.api.schemas import (
    Call,
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

if TYPE_CHECKING:
    from emotion_hf.api.calls import Calls

OF_FORMS = (400, 408, 413, 415, 422, 429, 503, 507)
"""Statuses of the problems that a form with recordings can meet."""
GONE = 499
"""Status for nobody: the client went away."""


@dataclass(frozen=True)
class ServerFacts:
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


def http_api(recognition: Recognition, facts: ServerFacts, calls: Calls | None = None) -> FastAPI:
    """Return the routes as an ASGI application; it runs behind the guard of the page.

    Args:
        recognition: What it works with.
        facts: What the OpenAPI document says about the server.
        calls: Takes calls for the desk; `None` without a desk.
    """
    app = _Application(
        title="emotion_hf",
        version=__version__,
        description=DESCRIPTION,
        servers=[{"url": facts.root}] if facts.root else None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            Problem: _answering(lambda problem: problem, facts.root),
            EmotionError: _answering(as_problem, facts.root),
            RequestValidationError: _answering(_invalid, facts.root),
            HTTPException: _answering(unreadable, facts.root),
        },
    )
    routes = _Routes(recognition) if calls is None else _RoutesWithDesk(recognition, calls)
    routes.add_to(app, facts)
    return app


class _Routes:
    """The handlers."""

    def __init__(self, recognition: Recognition):
        self.recognition = recognition
        turns = recognition.turns
        self._threads = ThreadPoolExecutor(turns.at_once + turns.waiting + 1, "api")  # the last one is for a refusal

    def add_to(self, app: FastAPI, facts: ServerFacts) -> None:
        """Add the routes to an application."""
        protected = _protected(facts)
        app.post(
            "/v1/classify",
            summary="Recognise the emotion in a recording",
            response_model=NamedPrediction | Timeline,
            responses=_problems(*OF_FORMS, protected=protected),
            openapi_extra=RECORDING_FORM,
            **protected,
        )(self.classify)
        app.post(
            "/v1/voices",
            summary="Learn a speaker's voice from some recordings",
            response_model=Voice,
            responses=_problems(*OF_FORMS, protected=protected),
            openapi_extra=VOICE_FORM,
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
        async with read_form(request, "file", {"file"}) as form:
            (upload,) = uploads(form, "file", most=1)
            wanted = Wanted(**options.model_dump())
            return await self._answer(request, partial(self.recognition.classify, upload, wanted))

    async def learn_voice(self, request: Request) -> Response:
        """Return the voice as a text of some 400 characters, which the server does not keep.

        Voices differ: a deep voice sounds sad to the model, a tense one angry. Three recordings of each emotion with
        `emotions` are best; ten of any kind, or half a minute of ordinary speech with `ordinary`, also work.
        """
        async with read_form(request, "files", {"files", "emotions", "ordinary"}) as form:
            recordings = uploads(form, "files", most=MOST_RECORDINGS)
            emotions = [text_of(value, "emotions") for value in form.getlist("emotions")]
            learn = partial(self.recognition.learn_voice, recordings, emotions, ordinary=is_ordinary(form))
            return await self._answer(request, learn)

    async def models(self) -> Response:
        """Return the active model with its labels, the languages of its training and its measured accuracy."""
        return JSONResponse(await asyncio.to_thread(self.recognition.describe))

    async def health(self) -> Response:
        """Return 200 if the server answers and the model is loaded. No key is needed."""
        # The server listens only after its model was loaded, and while it loads another one, the old one answers.
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


class _RoutesWithDesk(_Routes):
    """The handlers of a page with a desk."""

    def __init__(self, recognition: Recognition, calls: Calls):
        super().__init__(recognition)
        self.calls = calls

    def add_to(self, app: FastAPI, facts: ServerFacts) -> None:
        """Add the routes to an application."""
        super().add_to(app, facts)
        protected = _protected(facts)
        app.post(
            "/v1/calls",
            summary="Take a call for the desk",
            response_model=Call,
            responses=_problems(*OF_FORMS, protected=protected),
            openapi_extra=CALL_FORM,
            **protected,
        )(self.take_call)

    async def take_call(self, request: Request) -> Response:
        """Analyse the recording, keep it on the desk, and return how urgent it is.

        A recording of two channels needs the caller's channel, here or in the settings of the desk. An identical
        recording of the same caller is not taken twice.
        """
        async with read_form(request, "file", CALL_FIELDS) as form:
            (upload,) = uploads(form, "file", most=1)
            return await self._answer(request, partial(self.calls.take, upload, call_facts(form)))


def _protected(facts: ServerFacts) -> dict[str, Any]:
    """Return the schemes of keys and accounts, only for the document: the guard has checked both."""
    keys = [HTTPBearer(auto_error=False)] if facts.keys else []
    accounts = [HTTPBasic(auto_error=False)] if facts.accounts else []
    return {"dependencies": [Security(scheme) for scheme in (*keys, *accounts)]}


_WAIT = {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds to wait."}}
_HEADERS = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: _WAIT,
    503: _WAIT,
    507: _WAIT,
}


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


async def _watch(request: Request, is_gone: threading.Event) -> None:
    """Set the event when the client goes away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    is_gone.set()


def _answering(as_problem: Callable[[Any], Problem], root: str) -> Callable[..., Coroutine[Any, Any, Response]]:
    """Return the handler of a kind of error."""

    async def answer(request: Request, error: Any) -> Response:
        problem = as_problem(error)
        return Response(problem.body(root), problem.status, problem.headers, MEDIA_TYPE)

    return answer


def _invalid(error: RequestValidationError) -> Problem:
    """Return the problem of an invalid parameter: one sentence about the first one."""
    return Problem(400, parameter_sentence(error.errors()[0], Options.model_fields))
