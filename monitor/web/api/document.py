"""The OpenAPI document, made from the table of operations and the types they ask and answer with."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from ... import __version__
from ..problem import MEDIA_TYPE, Problem
from .table import OPERATIONS, ROOT, Operation

_REF = "#/components/schemas/{name}"
_FAILS = {
    "400": "A parameter is unknown or unfit; the detail says what would do.",
    "401": "A password or token is needed, or the token is none.",
    "404": "There is nothing by that number, or no such site; the detail names the nearest.",
    "405": "This is only read.",
    "421": "Not under this name: the Host is none of ours.",
    "429": "Too many wrong passwords.",
    "500": "The fault is ours.",
    "503": "The database cannot be read at the moment.",
}


@cache
def document() -> bytes:
    """The document as JSON."""
    types = [*(o.answers for o in OPERATIONS), *(o.asks for o in OPERATIONS), Problem]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    asks = {o.asks.__name__ for o in OPERATIONS}
    answers = dict(zip((o.name for o in OPERATIONS), schemas, strict=False))
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "postwatch",
                "version": __version__,
                "summary": "What became of watched posts, with evidence.",
                "description": "Read only. Lists are paged: follow `next` until it is null. Every key is"
                " always there; times are RFC 3339 in UTC. Events stand as they are sealed.",
            },
            "servers": [{"url": ROOT}],
            "security": [{"token": []}, {"password": []}, {}],
            "paths": {
                o.path: {"get": _operation(o, components[o.asks.__name__], answers[o.name])}
                for o in OPERATIONS
            },
            "components": {
                "schemas": {k: v for k, v in components.items() if k not in asks},
                "responses": {
                    f"Problem{status}": {
                        "description": said,
                        "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(name="Problem")}}},
                    }
                    for status, said in _FAILS.items()
                },
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer"},
                    "password": {"type": "http", "scheme": "basic"},
                },
            },
        }
    )


def _operation(o: Operation, asks: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    paged = "after" in asks["properties"]
    headers = {"ETag": _header("Send it as If-None-Match.")}
    if paged:
        headers["Link"] = _header('The next page, with rel="next" (RFC 8288); missing on the last.')
    fails = {k: {"$ref": f"#/components/responses/Problem{k}"} for k in _FAILS}
    if not o.in_path and "site" not in asks["properties"]:
        del fails["404"]
    return {
        "operationId": o.name,
        "summary": o.said,
        "parameters": [
            _parameter(name, schema, in_path=f"{{{name}}}" in o.path)
            for name, schema in asks["properties"].items()
        ],
        "responses": {
            "200": {
                "description": o.said,
                "headers": headers,
                "content": {"application/json": {"schema": answer}},
            },
            "304": {"description": "Nothing has changed since that ETag."},
            **fails,
        },
    }


def _parameter(name: str, schema: dict[str, Any], *, in_path: bool) -> dict[str, Any]:
    said = {k: v for k, v in schema.items() if k != "description"}
    # A parameter is left out rather than null, and its default needs no words where it is empty.
    choices = [s for s in said.pop("anyOf", []) if s != {"type": "null"}]
    if len(choices) == 1:
        said |= choices[0]
    if not said.get("default", True):
        del said["default"]
    found = {"name": name, "in": "path" if in_path else "query", "required": in_path}
    if "description" in schema:
        found["description"] = schema["description"]
    return found | {"schema": said}


def _header(said: str) -> dict[str, Any]:
    return {"description": said, "schema": {"type": "string"}}
