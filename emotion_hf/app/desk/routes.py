"""The desk's own routes: wait for a change, hear a call, download everything about a caller. For operators only.

A browser asks for changes with one long request after the other. The server looks at the database's change number a
few times a second, once for all browsers together.

Example:
    >>> DeskRoutes(desk, Operator(settings)).routes  # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Callable
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from emotion_hf.app.guard.guard import USER
from emotion_hf.app.guard.refusals import Refusal
from emotion_hf.app.operators import Operator
from emotion_hf.desk import Desk, calls
from emotion_hf.desk.export import export_caller
from emotion_hf.errors import DatabaseError, DeskError, PermissionDeniedError, WriteError

CHANGES, RECORDINGS, EXPORTS = "/desk/changes", "/desk/recordings/{call:int}", "/desk/exports/{caller:int}"
WAIT_SECONDS = 25.0
"""A request without a change ends after this time; proxies usually allow a minute."""
LOOK_SECONDS = 0.2


class DeskRoutes:
    """Serves the routes of one desk.

    Args:
        desk: The desk.
        operator: Decides who may use them.
        wait_seconds: Longest time until the answer to a request for changes.
    """

    def __init__(self, desk: Desk, operator: Operator, wait_seconds: float = WAIT_SECONDS):
        self.desk, self.operator, self.wait_seconds = desk, operator, wait_seconds
        self._number, self._looked_at = 0, -LOOK_SECONDS

    @property
    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route(CHANGES, self.changes, methods=["GET"]),
            Route(RECORDINGS, self.recording, methods=["GET"]),
            Route(EXPORTS, self.export, methods=["GET"]),
        ]

    async def changes(self, request: Request) -> Response:
        """Return the change number as JSON as soon as it differs from ``after``, or after a while.

        Raises:
            Refusal: 403 for others than operators, 400 for an invalid number, 503 if the database cannot be reached.
        """
        self._check(request)
        try:
            after = int(request.query_params.get("after", ""))
        except ValueError:
            raise Refusal(400, "Send the last change number as the parameter after.") from None
        loop = asyncio.get_running_loop()
        end = loop.time() + self.wait_seconds
        try:
            while (number := await self._current(loop)) == after and loop.time() < end:
                await asyncio.sleep(LOOK_SECONDS)
        except asyncio.CancelledError:  # the server stops; the browser asks again
            return Response(status_code=204)
        return JSONResponse({"number": number}, headers={"cache-control": "no-store"})

    async def recording(self, request: Request) -> Response:
        """Return the recording of a call for the player.

        Raises:
            Refusal: 403 for others than operators, 404 without such a call.
        """
        self._check(request)
        call_id = request.path_params["call"]
        path = await self._found(lambda: calls.sound_path(self.desk, calls.get(self.desk, call_id)))
        return _file(path, f"call-{call_id}{path.suffix}", "inline")

    async def export(self, request: Request) -> Response:
        """Return everything about a caller as a zip file; the file on this machine is removed afterwards.

        Raises:
            Refusal: 403 for others than operators, 404 without such a caller, 507 without space.
        """
        self._check(request)
        caller_id = request.path_params["caller"]
        path = await self._found(lambda: export_caller(self.desk, caller_id))
        return _file(path, path.name, "attachment", BackgroundTask(path.unlink, missing_ok=True))

    def _check(self, request: Request) -> None:
        try:
            self.operator.check(request.scope.get(USER))
        except PermissionDeniedError as error:
            raise Refusal(403, str(error)) from error

    async def _current(self, loop: asyncio.AbstractEventLoop) -> int:
        if loop.time() - self._looked_at >= LOOK_SECONDS:
            self._looked_at = loop.time()
            try:
                self._number = await asyncio.to_thread(self.desk.change_number)
            except DatabaseError as error:
                raise Refusal(503, str(error), retry_after=LOOK_SECONDS) from error
        return self._number

    async def _found(self, find: Callable[[], Path]) -> Path:
        try:
            path = await asyncio.to_thread(find)
        except DeskError as error:
            raise Refusal(404, str(error)) from error
        except DatabaseError as error:
            raise Refusal(503, str(error), retry_after=LOOK_SECONDS) from error
        except WriteError as error:
            raise Refusal(507, str(error)) from error
        if not path.is_file():
            raise Refusal(404, "The recording of this call is missing; restore the desk's folder from a backup.")
        return path


def _file(path: Path, name: str, disposition: str, then: BackgroundTask | None = None) -> FileResponse:
    return FileResponse(
        path,
        media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        content_disposition_type=disposition,
        filename=name,
        headers={"cache-control": "private, no-store"},
        background=then,
    )
