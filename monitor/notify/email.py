"""Alerts by e-mail: `type = "email"`, one SMTP conversation per recipient.

What can be tried again: everything but a 5xx answer to the sender, the recipient or the mail itself.
A refused password or greeting speaks of the relay, not of this mail, and is tried again (Postfix
defers likewise, smtp_sasl_auth_soft_bounce).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import unquote

import aiosmtplib
import msgspec

from ..config import ChannelOptions, Secret, is_loopback
from ..errors import DeliveryError
from ..model import Message
from . import Channel
from .mime import mail_bytes, split_address

#: Seconds for one whole conversation, connection and TLS included.
TIMEOUT = 30.0
_PORTS = {("smtp", False): 25, ("smtp", True): 587, ("smtps", False): 465, ("smtps", True): 465}
_WANTED = 'expected "smtp://user:password@host:587" or "smtps://…"'


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mail is handed over; `secure` is TLS from the first byte (smtps)."""

    host: str
    port: int
    secure: bool
    user: str = ""
    password: Secret = field(default_factory=Secret)

    @property
    def here(self) -> bool:
        """Whether it is this machine: nobody stands in between."""
        return is_loopback(self.host)


def parse_relay(url: str) -> Relay:
    """The relay of an smtp:// or smtps:// URL; ValueError says what is wrong, and never the password.

    User and password may hold @ : / # ? as they are; %40 and the like are decoded.
    Ports left out: 25, with a user 587 (RFC 6409), smtps 465 (RFC 8314).
    """
    scheme, found, rest = url.partition("://")
    if not found or scheme.lower() not in ("smtp", "smtps"):
        raise ValueError(f"smtp: {_WANTED}")
    scheme = scheme.lower()
    login, _, place = rest.rpartition("@")
    place = place.removesuffix("/")
    user, _, password = login.partition(":")
    if password and not user:
        raise ValueError(f"smtp: a password without a user name; {_WANTED}")
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = place.partition(":")
    if not host or any(c.isspace() or c in "/?#[]\\" for c in host + port):
        raise ValueError(f"smtp: no host can be read; {_WANTED}")
    if port and not (port.isdecimal() and port.isascii() and 0 < int(port) < 65536):
        raise ValueError("smtp: expected a port from 1 to 65535")
    return Relay(
        host=host,
        port=int(port) if port else _PORTS[scheme, bool(user)],
        secure=scheme == "smtps",
        user=unquote(user),
        password=Secret(unquote(password)),
    )


class EmailOptions(ChannelOptions, frozen=True, kw_only=True):
    """`[channels.NAME]` of type email."""

    smtp: Secret
    from_: str = msgspec.field(name="from")
    to: tuple[str, ...]

    def __post_init__(self) -> None:
        parse_relay(self.smtp.reveal())
        for key, address in (("from", self.from_), *(("to", a) for a in self.to)):
            try:
                split_address(address)
            except ValueError as e:
                raise ValueError(f"{key}: {e}") from None
        if not self.to:
            raise ValueError("to: expected at least one address")


OPTIONS = EmailOptions


class EmailChannel:
    """Hands mails to one relay. `tls` and `date` stand in for this machine's trust and clock."""

    for_programs = False

    def __init__(
        self,
        name: str,
        options: EmailOptions,
        *,
        tls: ssl.SSLContext | None = None,
        date: Callable[[], str] = formatdate,
        timeout: float = TIMEOUT,
    ) -> None:
        self.name = name
        self.sender = split_address(options.from_)[1]
        self._options = options
        self._relay = parse_relay(options.smtp.reveal())
        self._tls = tls
        self._date = date
        self._timeout = timeout

    def recipients(self) -> tuple[str, ...]:
        """The bare addresses of `to`."""
        return tuple(dict.fromkeys(split_address(a)[1] for a in self._options.to))

    async def send(self, message: Message, recipient: str) -> None:
        """Hand the mail over; returns once the relay has answered 250 for it."""
        wire = mail_bytes(
            message, sender=self._options.from_, recipient=recipient, date=self._date()
        )
        try:
            async with asyncio.timeout(self._timeout):
                await self._hand_over(wire, recipient)
        except DeliveryError:
            raise
        except (aiosmtplib.SMTPException, OSError) as e:  # OSError: refused, TLS, TimeoutError
            raise self._said(e) from e

    async def aclose(self) -> None:
        """Nothing is held: each mail is a conversation of its own."""

    async def _hand_over(self, wire: bytes, recipient: str) -> None:
        relay = self._relay
        client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            local_hostname=_our_name(),
            timeout=self._timeout,
            use_tls=relay.secure,
            start_tls=False,  # done below, where it can be told from the password's turn
            tls_context=self._trust() if relay.secure else None,
        )
        try:
            await client.connect()
            await client.ehlo()
            secure = relay.secure
            if not secure and client.supports_extension("starttls"):
                await client.starttls(server_hostname=relay.host, tls_context=self._trust())
                await client.ehlo()
                secure = True
            if relay.user:
                if not (secure or relay.here):
                    raise DeliveryError(
                        f"{relay.host} offers no encryption (STARTTLS), and the password is never"
                        " sent in clear; use smtps://, or leave user and password out"
                    )
                await client.login(relay.user, relay.password.reveal())
            await client.sendmail(self.sender, [recipient], wire)
            # It is theirs now: whatever fails from here on must not send it twice.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
        finally:
            client.close()

    def _trust(self) -> ssl.SSLContext:
        return self._tls or tls_context(self._relay)

    def _said(self, e: Exception) -> DeliveryError:
        """What went wrong, for people; and whether it speaks of this mail for good."""
        place = f"{self._relay.host}:{self._relay.port}"
        match e:
            case aiosmtplib.SMTPRecipientsRefused() if e.recipients:
                one = e.recipients[0]
                return DeliveryError(_answer(place, one), permanent=one.code >= 500)
            case aiosmtplib.SMTPAuthenticationError():
                return DeliveryError(
                    f"{place} refused user or password: {_line(e.code, e.message)}"
                )
            case aiosmtplib.SMTPSenderRefused() | aiosmtplib.SMTPDataError():
                return DeliveryError(_answer(place, e), permanent=e.code >= 500)
            case aiosmtplib.SMTPResponseException():
                return DeliveryError(_answer(place, e))
            case ssl.SSLError():
                return DeliveryError(f"{place}: no trusted TLS connection: {e}")
            case TimeoutError():
                return DeliveryError(f"{place} did not answer within {self._timeout:g} s")
            case _:
                return DeliveryError(f"{place}: {e or type(e).__name__}")


def tls_context(relay: Relay) -> ssl.SSLContext:
    """Trust as this machine has it. A relay on this machine may show any certificate: relays are
    set up with self-made ones, and clear text to them would be allowed as well."""
    context = ssl.create_default_context()
    if relay.here:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _our_name() -> str:
    # RFC 5321 4.1.1.1: an address literal where the host has no full name. socket.getfqdn, the
    # default, would ask DNS and block.
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def _answer(place: str, e: aiosmtplib.SMTPResponseException) -> str:
    return f"{place} answered {_line(e.code, e.message)}"


def _line(code: int, text: str) -> str:
    return f"{code} {' '.join(text.split())[:200]}"


def open_channel(name: str, options: ChannelOptions, *, json_output: bool) -> Channel:
    """The channel of `[channels.NAME]`."""
    assert isinstance(options, EmailOptions)
    return EmailChannel(name, options)
