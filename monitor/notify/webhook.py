"""Alerts to a web address: `type = "webhook"`, JSON signed as Standard Webhooks (spec 1.0.0).

The id is the message's own, the same at every try, so that a receiver can tell a double; timestamp
and signature are fresh. Anything but a 2xx is a failure, a redirect too: an address that moved
should be mended in the config, not followed to wherever it points. The status alone answers: a
body that is huge, broken or never ends makes neither a failure of a 2xx nor a success of a 500.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..config import ChannelOptions, Secret
from ..decide.due import retry_after
from ..errors import DeliveryError
from ..model import Failure, Message
from ..net.exchange import ExchangeFailed
from ..net.guard import origin, refused_url
from . import Channel

if TYPE_CHECKING:
    from ..net.transport import Client

#: For the whole exchange; the specification recommends 15 to 30 seconds.
TIMEOUT = timedelta(seconds=15)
_PREFIX = "whsec_"
#: The specification's bounds for a secret.
_LEAST, _MOST = 24, 64
#: "The endpoint is gone": the one answer after which the specification wants no further try.
_GONE = 410
_TOO_LARGE = 413
#: Nothing can have been received.
_NOT_BEGUN = (Failure.DNS, Failure.CONNECT, Failure.TLS, Failure.REFUSED)
#: Too many requests, unavailable: said of all, not of this one.
_LATER = (429, 503)


class WebhookOptions(ChannelOptions, frozen=True, kw_only=True):
    """`[channels.NAME]` of type webhook."""

    url: Secret
    secret: Secret

    def __post_init__(self) -> None:
        why = refused_url(self.url.reveal())
        if why:
            raise ValueError(f"url: expected an http or https address ({why})")
        secret_bytes(self.secret.reveal())


OPTIONS = WebhookOptions


def secret_bytes(secret: str) -> bytes:
    """The key that `whsec_…` stands for; ValueError says what is expected, and never the secret."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not _LEAST <= len(key) <= _MOST:
        raise ValueError(
            f'secret: expected "{_PREFIX}" and {_LEAST} to {_MOST} bytes in base64; '
            "`openssl rand -base64 32` makes one"
        )
    return key


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,…`: HMAC-SHA256 over id, timestamp and body, joined by full stops."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def webhook_id(message: Message) -> str:
    """The message's id without the full stops that the signature uses: fixed by event and channel."""
    return "msg_" + hashlib.sha256(message.message_id.encode()).hexdigest()[:32]


class WebhookChannel:
    """Posts each message to one address. `clock` stands in for this machine's."""

    for_programs = True
    reminds = True

    def __init__(
        self,
        name: str,
        options: WebhookOptions,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),  # noqa: TID251 - signed, not judged
        timeout: timedelta = TIMEOUT,
    ) -> None:
        self.name = name
        self._url = options.url.reveal()
        self._key = secret_bytes(options.secret.reveal())
        self._allow_private = options.allow_private
        self._clock = clock
        self._timeout = timeout
        self._client: Client | None = None

    def recipients(self) -> tuple[str, ...]:
        """The address without its query and path, which may hold a token."""
        return (origin(self._url),)

    async def send(self, message: Message, recipient: str) -> None:
        """Post the message's record; returns once the receiver has answered 2xx."""
        body = json.dumps(envelope(message), separators=(",", ":")).encode()
        message_id = webhook_id(message)
        now = self._clock()
        timestamp = int(now.timestamp())
        headers = (
            ("content-type", "application/json"),
            ("webhook-id", message_id),
            ("webhook-timestamp", str(timestamp)),
            ("webhook-signature", signature(self._key, message_id, timestamp, body)),
        )
        try:
            answer = await self._opened().exchange(
                "POST", self._url, headers, content=body, max_body=None
            )
        except ExchangeFailed as e:
            unsure = e.failure not in _NOT_BEGUN
            raise DeliveryError(f"{recipient}: {_why(e)}", unsure=unsure) from e
        if not 200 <= answer.status < 300:
            hint = "; a redirect is not followed" if 300 <= answer.status < 400 else ""
            wait = retry_after(answer.header("retry-after"), now) or timedelta(0)
            raise DeliveryError(
                f"{recipient} answered {answer.status}{hint}",
                permanent=answer.status == _GONE,
                answered=not wait and answer.status not in _LATER,
                too_big=answer.status == _TOO_LARGE,
                wait=wait,
            )

    async def reach(self, seconds: float) -> str:
        """Why the address cannot be dialled, "" where it can: by the same guard, and nothing is sent."""
        from ..net.transport.dial import dial

        try:
            await dial(self._url, allow_private=self._allow_private, seconds=seconds)
        except ExchangeFailed as e:
            return _why(e)
        return ""

    def _opened(self) -> Client:
        if self._client is None:
            from ..net.transport import open_client

            self._client = open_client(
                user_agent="postwatch (webhook)",
                timeout=self._timeout,
                allow_private=self._allow_private,
            )
        return self._client

    async def aclose(self) -> None:
        """Closes its connections."""
        if self._client is not None:
            await self._client.aclose()


def envelope(message: Message) -> dict[str, object]:
    """`type`, `timestamp` and `data`, as the specification recommends: the kind and the whole record."""
    record = message.record
    return {
        "type": record.get("kind", "message"),
        "timestamp": record.get("detected_at"),
        "data": record,
    }


def _why(e: ExchangeFailed) -> str:
    if e.failure is Failure.REFUSED:
        return f"{e}; `allow_private = true` in the channel allows it"
    return str(e)


def open_channel(name: str, options: ChannelOptions, *, json_output: bool) -> Channel:
    """The channel of `[channels.NAME]`."""
    assert isinstance(options, WebhookOptions)
    return WebhookChannel(name, options)
