"""JSON Schema as far as our OpenAPI document speaks it: what does not fit, and values that do.

A keyword that is not known here fails, so that nothing goes unchecked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
SAYS = {"title", "description", "default", "format"}
KNOWN = SAYS | {
    "$ref",
    "additionalProperties",
    "anyOf",
    "enum",
    "items",
    "maximum",
    "minimum",
    "pattern",
    "properties",
    "required",
    "type",
}


def resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, where it names another."""
    if "$ref" not in schema:
        return schema
    assert schema["$ref"].startswith("#/")
    found: Any = document
    for part in schema["$ref"][2:].split("/"):
        found = found[part]
    return resolved(found, document)


def faults(
    value: Any, schema: dict[str, Any], document: dict[str, Any], at: str = "$"
) -> Iterator[str]:
    """What of a value does not fit its schema, a line each."""
    schema = resolved(schema, document)
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if "anyOf" in schema:
        if all(any(True for _ in faults(value, s, document, at)) for s in schema["anyOf"]):
            yield f"{at}: {value!r} fits none of {schema['anyOf']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    kind = schema.get("type")
    if kind is not None and (
        not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")
    ):
        yield f"{at}: {value!r} is no {kind}"
        return
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{at}: {value} is too small"
    if "maximum" in schema and value > schema["maximum"]:
        yield f"{at}: {value} is too large"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at}: {value!r} does not match {schema['pattern']}"
    if schema.get("format") == "date-time":
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value):
            yield f"{at}: {value!r} is no time in UTC"
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            yield from faults(item, schema["items"], document, f"{at}[{i}]")
    if isinstance(value, dict):
        yield from _object_faults(value, schema, document, at)


def _object_faults(
    value: dict[str, Any], schema: dict[str, Any], document: dict[str, Any], at: str
) -> Iterator[str]:
    known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name in schema.get("required", []):
        if name not in value:
            yield f"{at}.{name} is missing"
    for name, item in value.items():
        if name in known:
            yield from faults(item, known[name], document, f"{at}.{name}")
        elif rest is False:
            yield f"{at}.{name} is not known"
        elif isinstance(rest, dict):
            yield from faults(item, rest, document, f"{at}.{name}")


def texts(schema: dict[str, Any], document: dict[str, Any]) -> st.SearchStrategy[str]:
    """Values of a parameter that is no list, as they stand in an address."""
    schema = resolved(schema, document)
    assert set(schema) <= KNOWN
    if "enum" in schema:
        return st.sampled_from([str(v) for v in schema["enum"]])
    if schema["type"] == "integer":
        least, most = schema["minimum"], schema["maximum"]
        # Most ids of a range name nothing; small ones do.
        near = st.integers(least, min(most, least + 20))
        return (near | st.integers(least, most)).map(str)
    if schema.get("format") == "date-time":
        times = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(
            lambda t: t.replace(tzinfo=UTC)
        )
        return times.map(lambda t: t.isoformat().replace("+00:00", "Z"))
    assert schema["type"] == "string", schema
    return st.text()
