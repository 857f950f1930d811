"""The OpenAPI document is what is served: every operation, asked by the document, answers by it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.store import Store
from monitor.web.api import ROUTES
from monitor.web.api.document import document
from monitor.web.api.table import OPERATIONS, ROOT
from monitor.web.app import create_app

from . import build
from .json_schema import faults, resolved, texts
from .story import Filled

DOCUMENT: dict[str, Any] = json.loads(document())
GETS = {path: item["get"] for path, item in DOCUMENT["paths"].items()}


def served(filled: tuple[Store, Filled], tmp_path: Path) -> httpx.AsyncClient:
    app = create_app(filled[0], build.config(tmp_path), lambda: build.NOW)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=f"http://{build.HOST}{ROOT}"
    )


def check(operation: dict[str, Any], answer: httpx.Response) -> None:
    """The answer is one that the document says."""
    said = resolved(operation["responses"][str(answer.status_code)], DOCUMENT)
    if answer.status_code == 304:
        assert answer.content == b""
        return
    ((media_type, content),) = said["content"].items()
    assert answer.headers["content-type"] == media_type
    value = answer.json()
    assert not list(faults(value, content["schema"], DOCUMENT))
    for name in said.get("headers", {}):
        if name != "Link":
            assert name in answer.headers
    following = value.get("next") if answer.status_code == 200 else None
    assert ("link" in answer.headers) == (following is not None)


@st.composite
def requests(draw: st.DrawFn, path: str) -> tuple[str, list[tuple[str, str]]]:
    """(the address, the query) of an operation, as the document lets them be."""
    asked = list[tuple[str, str]]()
    for parameter in GETS[path]["parameters"]:
        schema = resolved(parameter["schema"], DOCUMENT)
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", draw(texts(schema, DOCUMENT)))
        elif schema.get("type") == "array":
            some = draw(st.lists(texts(schema["items"], DOCUMENT), max_size=3))
            asked += [(parameter["name"], text) for text in some]
        elif draw(st.booleans()):
            asked.append((parameter["name"], draw(texts(schema, DOCUMENT))))
    return path, draw(st.permutations(asked))


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """What runs the requests of one example after another; Hypothesis draws outside of it."""
    made = asyncio.new_event_loop()
    yield made
    made.run_until_complete(made.shutdown_default_executor())
    made.close()


@pytest.mark.parametrize("path", list(GETS))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_the_document_allows_is_answered_as_it_says(
    filled: tuple[Store, Filled],
    tmp_path: Path,
    loop: asyncio.AbstractEventLoop,
    path: str,
    data: st.DataObject,
) -> None:
    address, query = data.draw(requests(path))

    async def ask() -> tuple[httpx.Response, httpx.Response]:
        async with served(filled, tmp_path) as client:
            first = await client.get(address, params=urlencode(query))
            held = {"if-none-match": first.headers.get("etag", "")}
            return first, await client.get(address, params=urlencode(query), headers=held)

    first, again = loop.run_until_complete(ask())
    check(GETS[path], first)
    check(GETS[path], again)
    if first.status_code == 404:  # the document can't say what there is
        assert "{" in path or any(k == "site" for k, _ in query)
    else:
        assert (first.status_code, again.status_code) == (200, 304)


@pytest.mark.parametrize("path", list(GETS))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.lists(st.tuples(st.text(), st.text()), max_size=4), part=st.text(min_size=1))
def test_whatever_is_asked_is_answered_as_it_says(
    filled: tuple[Store, Filled],
    tmp_path: Path,
    loop: asyncio.AbstractEventLoop,
    path: str,
    query: list[tuple[str, str]],
    part: str,
) -> None:
    names = [p["name"] for p in GETS[path]["parameters"] if p["in"] == "query"]
    wild = [(names[len(k) % len(names)] if names and len(k) % 2 else k, v) for k, v in query]
    address = path.replace("{id}", quote(part.replace("/", "-").replace(".", "-"), safe=""))

    async def ask() -> httpx.Response:
        async with served(filled, tmp_path) as client:
            return await client.get(address, params=urlencode(wild))

    answer = loop.run_until_complete(ask())
    check(GETS[path], answer)
    assert answer.status_code < 500


@pytest.mark.anyio
async def test_the_document_is_served_and_names_every_route(pages: httpx.AsyncClient) -> None:
    answer = await pages.get(f"{ROOT}/openapi.json")
    assert answer.status_code == 200 and answer.content == document()
    assert DOCUMENT["openapi"].startswith("3.1") and DOCUMENT["servers"] == [{"url": ROOT}]
    described = {ROOT + path for path in DOCUMENT["paths"]} | {f"{ROOT}/openapi.json"}
    assert {path for path, _ in ROUTES} == described
    ids = [get["operationId"] for get in GETS.values()]
    assert len(ids) == len(set(ids)) == len(OPERATIONS)
    for path, get in GETS.items():
        in_path = [p["name"] for p in get["parameters"] if p["in"] == "path"]
        assert in_path == re.findall(r"{(\w+)}", path)
        assert all(p["required"] is (p["in"] == "path") for p in get["parameters"])


def test_every_name_in_the_document_is_there() -> None:
    names = set(re.findall(r'"#/components/(\w+)/(\w+)"', document().decode()))
    assert names
    for where, name in names:
        assert name in DOCUMENT["components"][where]
    used = {name for where, name in names if where == "schemas"}
    assert used == set(DOCUMENT["components"]["schemas"])


@pytest.mark.parametrize(
    ("value", "schema", "fits"),
    [
        (1, {"type": "integer", "minimum": 1}, True),
        (0, {"type": "integer", "minimum": 1}, False),
        (True, {"type": "integer"}, False),
        (None, {"anyOf": [{"type": "string"}, {"type": "null"}]}, True),
        (1, {"anyOf": [{"type": "string"}, {"type": "null"}]}, False),
        ({}, {"type": "object", "properties": {}, "required": ["a"]}, False),
        ({"b": 1}, {"type": "object", "properties": {}, "additionalProperties": False}, False),
        ({"b": 1}, {"type": "object", "additionalProperties": {"type": "string"}}, False),
        (["a", 1], {"type": "array", "items": {"type": "string"}}, False),
        ("2026-01-01", {"type": "string", "format": "date-time"}, False),
        ("x", {"enum": ["y"]}, False),
        ({"a": 1}, {"$ref": "#/components/schemas/Problem"}, False),
    ],
)
def test_the_validator_itself(value: object, schema: dict[str, Any], fits: bool) -> None:
    assert (not list(faults(value, schema, DOCUMENT))) is fits
