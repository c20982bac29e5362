"""Build frozen dataclasses from plain values, such as YAML's, strictly.

An unknown key, or a value of the wrong type or size, raises one sentence that names the valid ones.

Example:
    >>> build(Bounds, {"low": 0.0, "high": "1"})
    Bounds(low=0.0, high=1.0)
"""

from __future__ import annotations

import dataclasses
import math
import sys
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from emotion_hf.errors import RecipeError
from emotion_hf.plain_yaml import shorten

MAX_NAME = 100
LARGEST = sys.float_info.max


@dataclass(frozen=True)
class Bounds:
    """The lowest and the highest valid number."""

    low: float
    high: float = math.inf

    def __str__(self) -> str:
        return f"from {self.low} to {self.high}" if math.isfinite(self.high) else f"at least {self.low}"


Count = Annotated[int, Bounds(0)]
AtLeastOne = Annotated[int, Bounds(1)]
NotNegative = Annotated[float, Bounds(0)]
Share = Annotated[float, Bounds(0, 1)]


def as_mapping(content: object, where: str) -> Mapping[str, Any]:
    """Return keys and values, none for `None`.

    Raises:
        RecipeError: The content is something else; the message calls it `where`.
    """
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        raise RecipeError(f"{where} must contain keys and values, not {shorten(content)}.")
    return content


def build(kind: type, content: Mapping[str, Any], prefix: str = "") -> Any:
    """Return a dataclass of type `kind` with these values; `prefix` is its place in messages.

    Raises:
        RecipeError: A key is unknown, or a value has the wrong type or size.
    """
    hints = typing.get_type_hints(kind, include_extras=True)
    names = [each.name for each in dataclasses.fields(kind)]
    for key in content:
        if key not in names:
            raise RecipeError(f"Unknown key {prefix}{_plain(key)}; the keys there are {', '.join(names)}.")
    for each in dataclasses.fields(kind):
        if each.default is each.default_factory is dataclasses.MISSING and each.name not in content:
            raise RecipeError(f"The key {prefix}{each.name} is missing; add it.")
    return kind(**{key: _convert(hints[key], value, prefix + key) for key, value in content.items()})


def _convert(hint: Any, value: Any, key: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return build(typing.cast(type, hint), as_mapping(value, key), key + ".")
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        number, bounds = _convert(arguments[0], value, key), arguments[1]
        if not bounds.low <= number <= bounds.high:  # also refuses NaN
            raise RecipeError(f"{key} is {shorten(value)}; it must be {bounds}.")
        return number
    if origin is types.UnionType:
        for one in arguments:
            if isinstance(value, typing.get_origin(one) or one):
                return _convert(one, value, key)
        raise RecipeError(f"{key} is {shorten(value)}; it must be {' or '.join(_named(one) for one in arguments)}.")
    if origin is Literal:
        if not isinstance(value, str) or value not in arguments:
            raise RecipeError(f"{key} is {shorten(value)}; choose one of {', '.join(arguments)}.")
        return value
    if origin is list and isinstance(value, list):
        return [_convert(arguments[0], item, key) for item in value]
    if origin is dict and isinstance(value, dict):
        return {
            _convert(str, name, key): _convert(arguments[1], item, f"{key}.{_plain(name)}")
            for name, item in value.items()
        }
    if hint is Any:
        return _any(value, key)
    if hint is float:
        value = _number_if_text(value)  # YAML 1.1 reads 1e-5 as text
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _finite(value, key)
    if isinstance(value, hint if origin is None else origin) and not (hint is int and isinstance(value, bool)):
        return value
    raise RecipeError(f"{key} is {shorten(value)}; it must be {_named(hint)}.")


def _any(value: Any, key: str) -> Any:
    """Return a value of a type that only the model knows; all its numbers must be finite."""
    if isinstance(value, Mapping):
        return {name: _any(item, f"{key}.{_plain(name)}") for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_any(item, key) for item in value)
    value = _number_if_text(value)
    return _finite(value, key) if isinstance(value, float) else value


def _finite(value: float, key: str) -> float:
    if not -LARGEST <= value <= LARGEST:  # also refuses NaN
        raise RecipeError(f"{key} is {shorten(value)}; it must be a finite number.")
    return float(value)


def _number_if_text(value: Any) -> Any:
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return number if not isinstance(number, float) or math.isfinite(number) else value  # a label may be named inf


def _plain(key: Any) -> str:
    return key if isinstance(key, str) and len(key) <= MAX_NAME else shorten(key)


def _named(hint: Any) -> str:
    names = {int: "a whole number", float: "a number", str: "text", list: "a list", dict: "keys and values"}
    return names.get(typing.get_origin(hint) or hint, str(hint))
