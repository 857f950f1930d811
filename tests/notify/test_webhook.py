"""Webhooks against a real receiver: signed, one id for every try, nothing but a 2xx is delivery."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from monitor.config import Secret
from monitor.errors import DeliveryError
from monitor.model import Message
from monitor.notify import CHANNELS
from monitor.notify.webhook import WebhookChannel, WebhookOptions, envelope

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
RECORD = {"kind": "removed", "id": 7, "detected_at": "2026-03-02T09:00:00Z", "title": "Über \ud800"}
MESSAGE = Message("s", "", "t", "", "e7.mail@watch.example", record=RECORD)
AT = datetime(2026, 3, 2, 9, 0, 5, tzinfo=UTC)


@dataclass
class Receiver:
    """A small HTTP server: answers in turn with what it is told, and keeps what it got."""

    answers: list[str]
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        pairs = dict(re.findall(r"(?m)^([\w-]+): (.*)\r$", head))
        headers = {k.lower(): v for k, v in pairs.items()}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.got.append((headers, body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == "hang":
            await reader.read()  # until the other side has had enough
        elif answer != "drop":
            writer.write(f"HTTP/1.1 {answer}\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        self.closed.set()


@asynccontextmanager
async def receiving(*answers: str) -> AsyncIterator[Receiver]:
    receiver = Receiver(list(answers))
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
        if receiver.got:
            await receiver.closed.wait()
    finally:
        server.close()


def channel(port: int, **options: bool) -> WebhookChannel:
    return WebhookChannel(
        "hook",
        WebhookOptions(
            type="webhook",
            url=Secret(f"http://127.0.0.1:{port}/in?token=hidden"),
            secret=Secret(SECRET),
            allow_private=options.get("allow_private", True),
        ),
        clock=lambda: AT,
        timeout=timedelta(seconds=0.5),
    )


async def send(to: WebhookChannel) -> None:
    try:
        for recipient in to.recipients():
            await to.send(MESSAGE, recipient)
    finally:
        await to.aclose()


async def test_the_signature_is_that_of_the_specification() -> None:
    async with receiving("204 No Content") as receiver:
        await send(channel(receiver.port))
    headers, body = receiver.got[0]
    assert json.loads(body) == {
        "type": "removed",
        "timestamp": "2026-03-02T09:00:00Z",
        "data": RECORD,
    }
    assert headers["content-type"] == "application/json"
    assert headers["webhook-timestamp"] == str(int(AT.timestamp()))
    assert "." not in headers["webhook-id"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


async def test_a_second_try_bears_the_same_id() -> None:
    async with receiving("500 Oops", "200 OK") as receiver:
        with pytest.raises(DeliveryError, match="answered 500"):
            await send(channel(receiver.port))
        await send(channel(receiver.port))
    first, second = (headers["webhook-id"] for headers, _ in receiver.got)
    assert first == second


@pytest.mark.parametrize(
    ("answer", "said", "permanent"),
    [
        ("302 Found\r\nLocation: http://127.0.0.1:1/", "302; a redirect is not followed", False),
        ("401 Unauthorized", "answered 401", False),
        ("429 Too Many Requests", "answered 429", False),
        ("410 Gone", "answered 410", True),
        ("hang", "timeout", False),
        ("drop", "127.0.0.1", False),
    ],
)
async def test_anything_but_success_is_a_failure(answer: str, said: str, permanent: bool) -> None:
    async with receiving(answer) as receiver:
        with pytest.raises(DeliveryError, match=re.escape(said)) as told:
            await send(channel(receiver.port))
    assert told.value.permanent is permanent
    assert "hidden" not in str(told.value)
    assert len(receiver.got) == 1


async def test_private_addresses_only_where_the_channel_allows_them() -> None:
    async with receiving("200 OK") as receiver:
        with pytest.raises(DeliveryError, match="allow_private"):
            await send(channel(receiver.port, allow_private=False))
    assert receiver.got == []


def test_tokens_in_the_address_are_not_shown() -> None:
    assert channel(8080).recipients() == ("http://127.0.0.1:8080",)


def test_a_message_of_no_event_has_an_envelope_too() -> None:
    assert envelope(Message("s", "", "t", "", "a@b", record={"test": True})) == {
        "type": "message",
        "timestamp": None,
        "data": {"test": True},
    }


@pytest.mark.parametrize("secret", ["", "whsec_short", "plain words", SECRET + "!"])
def test_a_bad_secret_says_what_is_expected_and_never_itself(secret: str) -> None:
    with pytest.raises(ValueError, match=r"expected \"whsec_\"") as told:
        WebhookOptions(type="webhook", url=Secret("https://a.example/"), secret=Secret(secret))
    assert not secret or secret not in str(told.value)


@pytest.mark.parametrize("url", ["ftp://a.example/", "a.example", "https://u:p@a.example/"])
def test_a_bad_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="url: expected an http or https address"):
        WebhookOptions(type="webhook", url=Secret(url), secret=Secret(SECRET))


async def test_the_config_knows_it() -> None:
    options = WebhookOptions(
        type="webhook", url=Secret("https://a.example/in"), secret=Secret(SECRET)
    )
    opened = CHANNELS["webhook"].open("hook", options)
    assert opened.recipients() == ("https://a.example",)
    await opened.aclose()
