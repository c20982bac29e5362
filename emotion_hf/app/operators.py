"""What only the operator may do: each handler asks for itself, however it is called.

A private event of Gradio is hidden, not closed: anybody can call it by its number. So the handlers of the tabs Review
and Models check the account of the request, and do not rely on the guard or on the tab not being shown.

Example:
    >>> operator = Operator(Settings())
    >>> operator.check(None)  # nobody but this machine's users can reach the page
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, get_type_hints

import gradio as gr

from emotion_hf.app.edge import polite
from emotion_hf.errors import PermissionDeniedError
from emotion_hf.settings import Settings

R = TypeVar("R")


class Operator:
    """Decides who is one: with accounts whoever signed in with one, and without the users of this machine.

    Args:
        settings: Accounts, and whether others can reach the page.
    """

    def __init__(self, settings: Settings):
        self._accounts, self._is_public = frozenset(settings.accounts), settings.is_public

    def check(self, user: str | None) -> None:
        """Pass for an operator.

        Args:
            user: Account of the request, if it has one.

        Raises:
            PermissionDeniedError: It is not one.
        """
        if user not in self._accounts if self._accounts else self._is_public:
            raise PermissionDeniedError("Only the operator of this page may do this; sign in with an account first.")

    def only(self, handler: Callable[..., R]) -> Callable[..., R]:
        """Return ``handler`` for operators alone; like ``polite``, it fails with one sentence."""

        @wraps(handler)
        def checked(request: gr.Request, *args: Any) -> R:
            self.check(request.username)
            return handler(*args)

        # Gradio finds the request by its type; the handler's own parameters follow it.
        first = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
        signature = inspect.signature(handler)
        checked.__signature__ = signature.replace(parameters=[first, *signature.parameters.values()])  # type: ignore[attr-defined]
        checked.__annotations__ = {"request": gr.Request, **get_type_hints(handler)}
        return polite(checked)
