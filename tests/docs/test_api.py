"""docs/api.md: its script runs, its JSON is what is answered, and it names all that can be asked."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from monitor.cli.serve import listen_on
from monitor.config.values import Secret
from monitor.store import Store, tokens
from monitor.store.tokens import token
from monitor.web.api.document import document
from monitor.web.app import create_app
from monitor.web.serving import page_server
from tests.web import build
from tests.web.exposition import read
from tests.web.story import fill

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
TOKEN = token(bytes(32))


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A filled database with a token."""
    url = f"sqlite:///{tmp_path / 'posts.db'}"
    with Store.open(url, create=True, clock=lambda: build.NOW) as opened:
        fill(opened)
        opened.write(lambda conn: tokens.add(conn, "newsroom", TOKEN, build.NOW))
        yield opened


@pytest.fixture
def served(store: Store, tmp_path: Path) -> Iterator[str]:
    """The address of pages that ask for a password, on a real port."""
    settings = build.web(build.config(tmp_path), password=Secret("tulips"))
    server = page_server(create_app(store, settings, lambda: build.NOW))
    listener = listen_on("127.0.0.1:0")
    listener.listen()  # who asks before the server is up waits for it
    run = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    run.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    run.join()
    listener.close()


def test_the_script_follows_the_pages_and_recomputes_the_chain(
    served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (script,) = blocks("python")
    monkeypatch.setenv("POSTWATCH_URL", served)
    monkeypatch.setenv("POSTWATCH_TOKEN", TOKEN)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(script.replace("limit=1000", "limit=5"), {})
    lines = said.getvalue().splitlines()
    assert lines[-1] == "the chain holds"
    assert len(lines) == 3 and "https://tulip.example/news/roof" in lines[0]


async def test_the_problem_is_what_is_answered(store: Store, tmp_path: Path) -> None:
    (example,) = blocks("json")
    async with build.client(store, build.config(tmp_path)) as client:
        assert (await client.get("/api/v1/events?sit=tulip")).json() == json.loads(example)


def test_all_that_can_be_asked_is_named() -> None:
    for path, item in json.loads(document())["paths"].items():
        assert f"| `{path}` |" in TEXT
        for parameter in item["get"]["parameters"]:
            assert parameter["in"] == "path" or f"`{parameter['name']}`" in TEXT, parameter


async def test_every_metric_is_named_and_no_other(store: Store, tmp_path: Path) -> None:
    async with build.client(store, build.config(tmp_path)) as client:
        served = {name for name, _ in read((await client.get("/metrics")).text)}
    named = set(re.findall(r"postwatch_[a-z_]+[a-z]", TEXT))
    assert named - {"postwatch_passes_total"} == served


async def test_a_token_opens_what_the_page_says(store: Store, tmp_path: Path) -> None:
    settings = build.web(build.config(tmp_path), password=Secret("tulips"))
    bearer = {"authorization": f"Bearer {TOKEN}"}
    async with build.client(store, settings) as client:

        async def status(path: str) -> int:
            answer: httpx.Response = await client.get(path, headers=bearer)
            return answer.status_code

        for path in ("/api/v1/versions/1", "/snapshots/1/raw", "/snapshots/1/text", "/feed.atom"):
            assert await status(path) == 200, path
        assert await status("/metrics") == 200
        assert await status("/events/1") == 401
