"""The page ``/docs``: the OpenAPI document for people, with a form to try each route.

It is made from the document itself and loads nothing from anywhere, so it works offline and cannot differ from what
the server does.

Example:
    >>> "<h1>demo</h1>" in documentation_page({"info": {"title": "demo", "version": "1"}, "paths": {}})
    True
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from emotion_hf.api.problems import KINDS

DESCRIPTION = (
    "Names the emotion that listeners would perceive in a voice. Recordings are analysed on this server and deleted "
    "before the response is sent. Inferring emotions of people at work or in education is prohibited in the EU "
    "(AI Act, Art. 5(1)(f)); elsewhere, tell the people concerned (Art. 50(3))."
)
STREAM = (
    "The WebSocket <code>/v1/stream?rate=16000</code> takes sound as binary messages, 16-bit samples of one channel "
    "in little-endian order, and sends a prediction as JSON every half second while somebody speaks. Its "
    "<code>behind_seconds</code> says how long ago the last sound in it arrived. If the server is too busy for 10 "
    "seconds, it closes the stream with the code 1013."
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: the API</title><style>
:root {{ color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }}
section {{ border: 1px solid var(--line); border-radius: .5rem; padding: 0 1rem 1rem; margin: 1rem 0; }}
h2 code {{ overflow-wrap: anywhere; }}
table {{ border-collapse: collapse; display: block; overflow-x: auto; }}
th, td {{ text-align: left; vertical-align: top; padding: .25rem 1rem .25rem 0; border-top: 1px solid var(--line); }}
pre {{ overflow: auto; max-height: 24rem; padding: .75rem; border: 1px solid var(--line); border-radius: .5rem; }}
form {{ display: grid; gap: .5rem; max-width: 30rem; }}
label {{ display: grid; }}
input, select, button {{ font: inherit; padding: .25rem .5rem; min-height: 2rem; width: 100%;
  box-sizing: border-box; }}
</style></head><body><main>
<h1>{title}</h1>
<p>Version {version}. {description} Programs read the same from <a href="openapi.json">openapi.json</a>.</p>
{operations}
<h2>Live</h2><p>{stream}</p>
<h2>Values</h2>{values}
<h2>Problems</h2>
<p>A refused request gets a document of the type <code>application/problem+json</code> (RFC 9457) with the members
<code>type</code>, <code>title</code>, <code>status</code> and <code>detail</code>.</p>
<table><thead><tr><th>status</th><th>type ends with</th><th>meaning</th></tr></thead><tbody>{problems}</tbody></table>
</main><script>{script}</script></body></html>
"""
_SCRIPT = """
for (const form of document.forms) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const shown = form.querySelector("output pre"), body = new FormData(), query = new URLSearchParams();
    const headers = form.dataset.key && form.key.value ? {authorization: `Bearer ${form.key.value}`} : {};
    for (const field of form.querySelectorAll("[data-in]")) {
      const values = field.type === "file" ? [...field.files] : field.value ? [field.value] : [];
      for (const value of values) field.dataset.in === "query" ? query.set(field.name, value)
        : body.append(field.name, value);
    }
    const address = new URL(form.dataset.path.slice(1) + (query.size ? `?${query}` : ""), location.href);
    shown.textContent = "…";
    try {
      const method = form.dataset.method;
      const response = await fetch(address, {method, headers, body: method === "POST" ? body : undefined});
      shown.textContent = `${response.status}\\n${JSON.stringify(await response.json(), null, 2)}`;
    } catch (error) {
      shown.textContent = error.message;
    }
  });
}
"""


def documentation_page(document: Mapping[str, Any]) -> str:
    """Return an OpenAPI document as HTML."""
    operations = "".join(
        _operation(path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    )
    problems = "".join(
        f'<tr id="{kind.name}"><td>{kind.status}</td><td><code>{kind.name}</code></td><td>{kind.meaning}</td></tr>'
        for kind in KINDS
    )
    schemas = document.get("components", {}).get("schemas", {})
    info = document["info"]
    return _PAGE.format(
        title=escape(info["title"]),
        version=escape(info["version"]),
        description=escape(info.get("description", "")),
        operations=operations,
        values="".join(_value(name, schema) for name, schema in schemas.items()),
        stream=STREAM,
        problems=problems,
        script=_SCRIPT,
    )


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> str:
    fields = [*_fields(operation)]
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{place}</td><td>{_kind(schema)}</td>"
        f"<td>{_meaning(schema)}</td></tr>"
        for name, place, schema in fields
    )
    heads = "<thead><tr><th>name</th><th>in</th><th>kind</th><th>meaning</th></tr></thead>"
    needs_key = any("HTTPBearer" in one for one in operation.get("security", ()))
    key = '<label>API key <input name="key" type="password" autocomplete="off"></label>' if needs_key else ""
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return (
        f"<section><h2><code>{method.upper()} {escape(path)}</code></h2><p><b>{escape(operation['summary'])}.</b> "
        f"{_text(operation.get('description', ''))}</p>"
        + (f"<table>{heads}<tbody>{rows}</tbody></table>" if rows else "")
        + f"<p>Returns {_kind(answer)}. Statuses: {', '.join(operation['responses'])}.</p>"
        f'<details><summary>Try it</summary><form data-path="{escape(path)}" data-method="{method.upper()}"'
        f"{' data-key=yes' if needs_key else ''}>{key}{''.join(_input(*field) for field in fields)}"
        "<button>Send</button><output><pre></pre></output></form></details></section>"
    )


def _fields(operation: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield the parameters and the fields of the form of an operation: name, place, schema."""
    for parameter in operation.get("parameters", ()):
        yield parameter["name"], parameter["in"], {**parameter["schema"], "description": parameter["description"]}
    form = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data")
    for name, schema in form["schema"]["properties"].items() if form else ():
        yield name, "form", schema


def _value(name: str, schema: Mapping[str, Any]) -> str:
    """Return the members of a value that a response has."""
    rows = "".join(
        f"<tr><td><code>{escape(member)}</code></td><td>{_kind(one)}</td><td>{_meaning(one)}</td></tr>"
        for member, one in schema["properties"].items()
    )
    heads = "<thead><tr><th>name</th><th>kind</th><th>meaning</th></tr></thead>"
    return f'<h3 id="{name}">{name}</h3><p>{_meaning(schema)}</p><table>{heads}<tbody>{rows}</tbody></table>'


def _kind(schema: Mapping[str, Any]) -> str:
    """Return the type of a value as HTML."""
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{name}">{name}</a>'
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    if schema.get("format") == "binary":
        return "file"
    return str(schema.get("type", "any"))


def _meaning(schema: Mapping[str, Any]) -> str:
    described = schema.get("description") or schema.get("items", {}).get("description") or ""
    choices = schema.get("enum")
    return _text(f"{described} One of {', '.join(choices)}." if choices else described)


def _text(text: str) -> str:
    """Return a text as HTML, with what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def _input(name: str, place: str, schema: Mapping[str, Any]) -> str:
    label, attributes = escape(name), f'name="{escape(name)}" data-in="{place}"'
    if schema.get("type") == "boolean":
        choices = "".join(f"<option>{choice}</option>" for choice in ("", "true", "false"))
        return f"<label>{label} <select {attributes}>{choices}</select></label>"
    several = " multiple" if schema.get("type") == "array" else ""
    kind = f'type="file"{several}' if _kind(schema).endswith("file") else 'type="text"'
    return f"<label>{label} <input {attributes} {kind}></label>"
