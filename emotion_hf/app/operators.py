"""What only the operator may do: each handler checks the account, however it is called.

A private event of Gradio is hidden, not closed: anyone can call it by its number. So the handlers of the tabs Desk,
Review and Models check the account of the request, and rely neither on the guard nor on a hidden tab.

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
    """Decides who is an operator: anyone signed in with an account, or without accounts the users of this machine.

    Args:
        settings: Accounts, and whether others can reach the page.
    """

    def __init__(self, settings: Settings):
        self._accounts, self._is_public = frozenset(settings.accounts), settings.is_public

    def check(self, user: str | None) -> None:
        """Return if the request comes from an operator.

        Args:
            user: Account of the request, if it has one.

        Raises:
            PermissionDeniedError: It does not.
        """
        if user not in self._accounts if self._accounts else self._is_public:
            raise PermissionDeniedError("Only the operator of this page may do this; sign in with an account first.")

    def only(self, handler: Callable[..., R]) -> Callable[..., R]:
        """Return ``handler`` for operators only; like ``polite``, it fails with one sentence."""

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
