"""Webhooks against a real receiver: signed, one id for every try, nothing but a 2xx is delivery."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from monitor.config import Secret
from monitor.errors import DeliveryError
from monitor.model import Message
from monitor.notify import CHANNELS
from monitor.notify.webhook import WebhookChannel, WebhookOptions, envelope
from tests.net.hostile import Heard, Script, answer, says, serving

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


def channel(
    port: int, *, allow_private: bool = True, clock: Callable[[], datetime] = lambda: AT
) -> WebhookChannel:
    return WebhookChannel(
        "hook",
        WebhookOptions(
            type="webhook",
            url=Secret(f"http://127.0.0.1:{port}/in?token=hidden"),
            secret=Secret(SECRET),
            allow_private=allow_private,
        ),
        clock=clock,
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


def verified(headers: dict[str, str], body: bytes, now: datetime) -> str:
    """A receiver's part of the specification, written from it alone; the id of a message to trust."""
    message_id, at = headers["webhook-id"], headers["webhook-timestamp"]
    assert "." not in message_id + at
    assert abs(int(at) - now.timestamp()) <= 300, "replayed"
    key = base64.b64decode(SECRET.split("_", 1)[1])
    mac = hmac.digest(key, b".".join((message_id.encode(), at.encode(), body)), "sha256")
    versions = [s.split(",", 1) for s in headers["webhook-signature"].split(" ")]
    good = [base64.b64decode(given) for version, given in versions if version == "v1"]
    assert any(hmac.compare_digest(mac, g) for g in good), "forged"
    return message_id


async def test_every_try_is_verified_fresh_and_told_as_a_double_by_its_id() -> None:
    """Taken, and the answer lost; refused twice; a day goes by between the tries."""
    now = [AT]
    async with serving(in_turn("drop", "500 Oops", "503 Busy", "200 OK")) as server:
        hook = channel(server.port, clock=lambda: now[0])
        for _ in range(3):
            with pytest.raises(DeliveryError):
                await hook.send(MESSAGE, "it")
            now[0] += timedelta(days=1)
        await hook.send(MESSAGE, "it")
        await hook.aclose()
    ids = set()
    for n, heard in enumerate(server.heard):
        ids.add(verified(dict(heard.headers), heard.body, AT + timedelta(days=n)))
        with pytest.raises(AssertionError, match="replayed"):
            verified(dict(heard.headers), heard.body, AT + timedelta(days=n + 1))
        with pytest.raises(AssertionError, match="forged"):
            verified(dict(heard.headers), heard.body + b" ", AT + timedelta(days=n))
    assert (len(server.heard), len(ids)) == (4, 1)


def in_turn(*answers: str) -> Script:
    left = list(answers)

    async def script(heard: Heard, writer: asyncio.StreamWriter) -> None:
        said = left.pop(0)
        if said == "drop":
            writer.transport.abort()
        else:
            writer.write(answer(b"", said))

    return script


HUGE = b"Content-Length: 99999999\r\n\r\n" + b"x" * 100_000


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n" + HUGE,
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nand so",
        b"HTTP/1.1 202 Accepted\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    ],
)
async def test_a_2xx_is_delivery_whatever_follows(head: bytes) -> None:
    async with serving(says(head)) as server:
        await send(channel(server.port))
    assert len(server.heard) == 1


@pytest.mark.parametrize(
    ("head", "said", "wait"),
    [
        (b"HTTP/1.1 500 Oops\r\n" + HUGE, "answered 500", 0),
        (b"HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\nhalf", "answered 404", 0),
        (b"HTTP/1.1 429 Slow\r\nRetry-After: 120\r\n\r\n", "answered 429", 120),
        (b"HTTP/1.1 503 Busy\r\nRetry-After: \xb2\r\n\r\n", "answered 503", 0),
        (b"HTTP/1.1 503 Busy\r\nRetry-After: 99999999999\r\n\r\n", "answered 503", 86400),
        (b"HTTP/1.1 200", "timeout", 0),
        (b"no HTTP at all\r\n\r\n", "protocol", 0),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000 + b"\r\n\r\n", "protocol", 0),
    ],
)
async def test_a_failure_is_one_whatever_follows(head: bytes, said: str, wait: int) -> None:
    async with serving(says(head)) as server:
        with pytest.raises(DeliveryError, match=said) as told:
            await send(channel(server.port))
    assert not told.value.permanent
    assert told.value.wait == timedelta(seconds=wait)


async def test_a_name_that_leads_inside_is_refused_at_the_address() -> None:
    """`localhost` is a name like another: what it resolves to is judged."""
    async with serving(says(answer())) as server:
        url = f"http://localhost:{server.port}/"
        options = WebhookOptions(type="webhook", url=Secret(url), secret=Secret(SECRET))
        with pytest.raises(DeliveryError, match="allow_private = true"):
            await send(WebhookChannel("hook", options))
    assert server.connections == 0


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
