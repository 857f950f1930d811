"""apprise against a real receiver: what it is handed, what it refuses, what it never shows."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path

import pytest

from monitor.config import Secret, load
from monitor.errors import ConfigError, DeliveryError
from monitor.model import Message
from monitor.notify import apprise as channel_module
from monitor.notify import open_channels, option_types
from monitor.notify.apprise import ROOM, AppriseChannel, AppriseOptions, harmless, shortened
from tests.net.hostile import Heard, answer, says, serving

TEXT = "✕ Removed\nOn safety\n\nGone.\n\nThe last copy: https://watch.example/snapshots/4\n\n-- \nfooter\n"
MESSAGE = Message(
    "acme removed: On safety", "", TEXT, "<p>", "e7.chat@watch.example", record={"id": 7}
)


def channel(url: str, timeout: float = 5) -> AppriseChannel:
    return AppriseChannel("chat", AppriseOptions(type="apprise", url=Secret(url)), timeout=timeout)


async def test_subject_and_text_arrive() -> None:
    async with serving(says(answer(b"ok"))) as server:
        chat = channel(f"json://127.0.0.1:{server.port}/hidden-token")
        assert chat.recipients() == ("json://…",)
        await chat.send(MESSAGE, "json://…")
        await chat.aclose()
    [heard] = server.heard
    assert heard.line == "POST /hidden-token HTTP/1.1"
    got = json.loads(heard.body)
    assert got["title"] == MESSAGE.subject
    assert got["message"].splitlines()[:2] == ["✕ Removed", "On safety"]
    assert got["message"].endswith("https://watch.example/snapshots/4\n\nEvent 7")


@pytest.mark.parametrize(
    "raw",
    [
        answer(b"no", "500 Oops"),
        answer(b"no", "404 Not Found"),
        answer(b"", "302 Found", {"Location": "/elsewhere"}),
        b"no HTTP at all\r\n\r\n",
    ],
)
async def test_a_refusal_is_a_failure_that_says_why_and_no_secret(
    raw: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """As the daemon logs: all from INFO on, to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.INFO)
    logging.getLogger().addHandler(handler)
    async with serving(says(raw, close=True)) as server:
        url = f"json://ada:open%20sesame@127.0.0.1:{server.port}/hidden-token?+X-Key=hushhush"
        with pytest.raises(DeliveryError) as told:
            await channel(url).send(MESSAGE, "json://…")
    logging.getLogger().removeHandler(handler)
    said = str(told.value)
    assert said.startswith("json://…: ") and "JSON" in said
    assert not told.value.permanent
    out = capfd.readouterr()
    for secret in ("sesame", "hidden", "hushhush", "127.0.0.1"):
        assert secret not in said + out.out + out.err
    assert all(h.line.startswith("POST /hidden-token") for h in server.heard)


async def test_a_service_that_hangs_is_left() -> None:
    async def silent(heard: Heard, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with serving(silent) as server:
        chat = channel(f"json://127.0.0.1:{server.port}/?rto=0.2&cto=0.2", timeout=0.4)
        with pytest.raises(DeliveryError):
            await chat.send(MESSAGE, "json://…")


async def test_a_message_it_has_no_room_for_comes_in_parts() -> None:
    async with serving(says(answer(b"ok"))) as server:
        chat = channel(f"json://127.0.0.1:{server.port}/")
        chat._service.body_maxlen = 300
        text = "\n".join(f"line {n} of a long story" for n in range(40))
        record = {"events": [{"id": 9}, {"id": 4}]}
        await chat.send(Message("s", "", text, "", "a@b", record=record), "json://…")
    bodies = [json.loads(h.body)["message"] for h in server.heard]
    assert len(bodies) > 2
    assert "line 39" in "".join(bodies[-2:])
    assert bodies[-1].endswith("Events 4 to 9")


def test_a_long_text_is_cut_at_a_line_and_keeps_its_link() -> None:
    lines = [f"{n} " + "word " * 20 for n in range(40)]
    link = "The last copy: https://watch.example/snapshots/4"
    cut = shortened("\n".join([*lines, link, "", "-- ", "footer"]))
    assert len(cut) <= ROOM + len(link) + 3
    assert cut.splitlines()[-2:] == ["…", link]
    assert all(line in lines for line in cut.splitlines()[:-2])
    above = shortened("\n".join([link, *lines]))
    assert above.splitlines()[-1] == "…"
    assert above.count(link) == 1
    assert shortened("x" * 9_000) == "x" * ROOM + "\n…"
    assert shortened(TEXT) == TEXT.partition("\n\n-- ")[0]


def test_a_title_calls_nobody() -> None:
    for call in ("@everyone", "@here", "@Channel", "<@1234>", "<!channel>", "@all"):
        assert call not in harmless(f"gone: {call} look")
    assert harmless("write to desk@hereford.example") != ""
    assert harmless("desk@example.org, a <b> c") == "desk@example.org, a <b> c"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "expected an apprise address"),
        ("hidden-token", "expected an apprise address"),
        ("nosuch://hidden-token", 'apprise knows no "nosuch://"'),
        ("slack://hidden-token", '"slack://" wants more than that'),
        ("json://", '"json://" wants more than that'),
        ("json://a.example json://b.example", "wants more than that, or other"),
    ],
)
def test_a_wrong_address_is_said_plainly(
    tmp_path: Path, url: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'[channels.chat]\ntype = "apprise"\nurl = "{url}"\n')
    with pytest.raises(ConfigError) as told:
        open_channels(load(path, option_types(), {}))
    text = str(told.value)
    assert said in text and "[channels.chat]" in text and "config.toml" in text
    assert "hidden" not in text and "\n" not in text
    assert capfd.readouterr() == ("", "")


def test_a_missing_package_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[channels.chat]\ntype = "apprise"\nurl = "slack://a/b/c"\n')
    config = load(path, option_types(), {})  # reading the config needs no package
    monkeypatch.setattr(channel_module, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r'pip install "postwatch\[apprise\]"') as told:
        open_channels(config)
    assert told.value.exit_code == 2
