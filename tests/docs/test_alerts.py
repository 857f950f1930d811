"""docs/alerts.md: its examples load, its receiver accepts what we send and nothing else."""

from __future__ import annotations

import base64
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.config import Secret, load
from monitor.model import Message
from monitor.notify import CHANNELS, option_types
from monitor.notify.apprise import ROOM
from monitor.notify.webhook import TIMEOUT, WebhookChannel, WebhookOptions
from monitor.run.deliver import GIVE_UP, LONGEST_WAIT
from tests.net.hostile import answer, says, serving

TEXT = (Path(__file__).parent.parent.parent / "docs" / "alerts.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_each_kind_of_channel_has_an_example_that_loads(tmp_path: Path) -> None:
    whole = "\n".join(blocks("toml"))
    kinds = {c["type"] for c in tomllib.loads(whole)["channels"].values()}
    assert kinds == set(CHANNELS)
    path = tmp_path / "postwatch.toml"
    path.write_text(whole)
    key = base64.b64encode(bytes(32)).decode()
    load(path, option_types(), {"SMTP_PASSWORD": "x", "HOOK_KEY": key, "SLACK_TOKENS": "a/b/c"})


def test_the_figures_are_those_of_the_code() -> None:
    assert f"{TIMEOUT.total_seconds():.0f} seconds" in TEXT
    assert f"{ROOM:,} characters" in TEXT
    assert (GIVE_UP.days, LONGEST_WAIT.total_seconds()) == (5, 3600)
    assert "for five days" in TEXT and "up to an hour" in TEXT


async def test_the_receiver_of_the_docs_checks_what_we_send() -> None:
    (script,) = blocks("python")
    told: dict[str, Any] = {}
    exec(script, told)
    secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    async with serving(says(answer())) as server:
        hook = WebhookChannel(
            "hook",
            WebhookOptions(
                type="webhook",
                url=Secret(f"http://127.0.0.1:{server.port}/"),
                secret=Secret(secret),
                allow_private=True,
            ),
            clock=lambda: at,
        )
        await hook.send(Message("s", "", "t", "", "e7@x.example", record={"kind": "removed"}), "it")
        await hook.aclose()
    [heard] = server.heard
    headers, now = dict(heard.headers), at.timestamp()
    assert told["check"](secret, headers, heard.body, now) == headers["webhook-id"]
    other = "whsec_" + base64.b64encode(bytes(32)).decode()
    for args in (
        (secret, headers, heard.body + b" ", now),
        (other, headers, heard.body, now),
        (secret, headers, heard.body, now + 301),
        (secret, headers | {"webhook-id": "msg_1"}, heard.body, now),
    ):
        with pytest.raises(ValueError, match=r"signed|old"):
            told["check"](*args)
