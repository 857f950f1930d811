"""What a session is answered stays in no browser; what programs with a token are answered they may keep."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.store import Store

from . import build
from .story import Filled
from .test_login import PASSWORD, basic, fields, locked

pytestmark = pytest.mark.anyio
PATHS = [
    "/",
    "/feed.atom",
    "/events.json",
    "/events.csv",
    "/metrics",
    "/api/v1/events",
    "/api/v1/sites",
]


@pytest.mark.parametrize("path", [*PATHS, "/snapshots/1/raw", "/snapshots/1/text", "/no-such-page"])
async def test_nothing_a_session_was_answered_is_kept(
    filled: tuple[Store, Filled], tmp_path: Path, path: str
) -> None:
    async with build.client(filled[0], locked(tmp_path)) as client:
        form = fields((await client.get("/login")).text, "/login")
        await client.post("/login", data={**form, "password": PASSWORD})
        answer = await client.get(path)
        assert answer.headers.get_list("cache-control") == ["private, no-store"]
        again = await client.get(path, headers={"if-none-match": answer.headers.get("etag", '"x"')})
        assert again.headers.get_list("cache-control") == ["private, no-store"]
        style = await client.get("/static/style.css")
        assert "no-store" not in style.headers["cache-control"]


@pytest.mark.parametrize("path", PATHS)
async def test_programs_ask_whether_what_they_keep_is_still_so(
    filled: tuple[Store, Filled], tmp_path: Path, path: str
) -> None:
    async with build.client(filled[0], locked(tmp_path)) as client:
        answer = await client.get(path, headers=basic())
        assert answer.headers["cache-control"] == "private, no-cache"
        if path not in ("/", "/metrics"):
            again = await client.get(
                path, headers=basic() | {"if-none-match": answer.headers["etag"]}
            )
            assert again.status_code == 304
