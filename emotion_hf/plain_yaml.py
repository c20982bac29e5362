"""Read plain YAML: without aliases, by which a small file can expand to endless content, and without repeated keys.

Example:
    >>> read_plain_yaml("training: {epochs: 3}")
    {'training': {'epochs': 3}}
"""

from __future__ import annotations

import reprlib
from collections.abc import Hashable
from typing import Any

import yaml

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 120
shorten = _short.repr
"""Return a value like `repr`, shortened if it is long."""


def read_plain_yaml(text: str) -> Any:
    """Return the content of YAML text.

    Raises:
        yaml.YAMLError: It is not YAML, or not plain.
        ValueError: A value is invalid, or it is nested too deeply.
    """
    try:
        return yaml.load(text, _PlainLoader)  # noqa: S506 a SafeLoader
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


class _PlainLoader(yaml.SafeLoader):
    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse an alias (``*name``)."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed; write the value in full", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a repeated key: the last one would silently win."""
        seen: set[Hashable] = set()
        for key_node, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                problem = f"the key {shorten(key)} occurs twice; remove one"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen |= {key} if isinstance(key, Hashable) else set()
        return super().construct_mapping(node, deep)
