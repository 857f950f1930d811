"""One SMTP conversation: a mail is handed to a relay, or DeliveryError says why not.

It is theirs from the moment the final dot is answered with a 2xx: what fails later is no failure.
Where the answer to the dot is lost it may be theirs, and is sent again: a double under one Message-ID.
Clear text is never the way out of TLS that failed: offered and then broken means try again later.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import Sequence
from typing import cast

import aiosmtplib
from msgspec import Struct

from ..config import is_loopback, masked
from ..errors import DeliveryError
from ..net.exchange import one_line
from .refusals import Stage, for_good, too_big
from .relay import Relay, trust

_START_INPUT = 354
_UNKNOWN_COMMAND = frozenset({500, 501, 502, 504})
#: OpenSSL's X509_V_ERR_*: self-signed, self-signed in the chain, issuer not found, chain not verified.
_UNKNOWN_ISSUER = frozenset({18, 19, 20, 21})
#: For the farewell, which nobody needs.
_BYE = 5.0


class Patience(Struct, frozen=True):
    """How long we wait, in seconds; all of it together stays under the lease of a delivery (5 min).

    RFC 5321 4.5.3.2 allows servers minutes; one that takes 10 s an answer is common (tarpits).
    """

    answer: float = 30.0  #: for one answer
    opening: float = 150.0  #: for all before the mail itself
    mail: float = 120.0  #: for the mail itself and the answer to it: giving up here makes a double


PATIENCE = Patience()


class Rehearsal(Struct, frozen=True):
    """What a conversation without a mail came to."""

    place: str  #: host and port of the relay
    secure: bool  #: it was spoken over TLS
    here: bool  #: the relay is on this machine
    refused: dict[str, DeliveryError]  #: by recipient; `permanent` as for a mail


class Conversation:
    """A single use: `hand_over` opens the connection, and leaves none behind."""

    def __init__(self, relay: Relay, patience: Patience, tls: ssl.SSLContext | None = None) -> None:
        self._relay = relay
        self._patience = patience
        self._tls = tls or trust(relay)
        self._stage = Stage.CONNECT
        self._client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            local_hostname=_our_name(),
            timeout=patience.answer,
            use_tls=relay.secure,
            start_tls=False,  # done below, where it can be told from the password's turn
            tls_context=self._tls if relay.secure else None,
        )

    async def hand_over(self, wire: bytes, sender: str, recipient: str) -> None:
        """Returns once the relay has answered 2xx for the mail (CRLF line ends, 7 bit)."""
        client = self._client
        try:
            async with asyncio.timeout(self._patience.opening):
                await self._open()
                self._stage = Stage.SENDER
                await client.mail(sender, timeout=self._patience.answer)
                self._stage = Stage.RECIPIENT
                await client.rcpt(recipient, timeout=self._patience.answer)
                self._stage = Stage.DATA
                ready = await client.execute_command(b"DATA")
                if ready.code != _START_INPUT:
                    raise aiosmtplib.SMTPDataError(ready.code, ready.message)
            self._stage = Stage.MAIL
            await self._give(wire)
            # It is theirs now: whatever fails from here on must not send it twice.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=min(_BYE, self._patience.answer))
        except DeliveryError:
            raise
        # OSError: refused, TLS, TimeoutError. ValueError: a host no name can be made of, a
        # challenge that is no base64.
        except (aiosmtplib.SMTPException, OSError, ValueError) as e:
            raise self._said(e) from e
        finally:
            client.close()

    async def rehearse(self, sender: str, recipients: Sequence[str]) -> Rehearsal:
        """All of it but the mail: up to the recipients, then RSET. DeliveryError where it comes not even
        so far; a recipient that is refused is in the result."""
        client = self._client
        refused: dict[str, DeliveryError] = {}
        try:
            async with asyncio.timeout(self._patience.opening):
                secure = await self._open()
                self._stage = Stage.SENDER
                await client.mail(sender, timeout=self._patience.answer)
                self._stage = Stage.RECIPIENT
                for recipient in recipients:
                    try:
                        await client.rcpt(recipient, timeout=self._patience.answer)
                    except aiosmtplib.SMTPRecipientRefused as e:
                        refused[recipient] = self._said(e)
                for farewell in (client.rset, client.quit):  # nobody needs them
                    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                        await farewell(timeout=min(_BYE, self._patience.answer))
        except DeliveryError:
            raise
        except (aiosmtplib.SMTPException, OSError, ValueError) as e:
            raise self._said(e) from e
        finally:
            client.close()
        return Rehearsal(self._relay.place, secure, is_loopback(self._relay.host), refused)

    async def _open(self) -> bool:
        """Greeting, EHLO, TLS where it is offered, login where it is wanted; whether it is over TLS."""
        client, relay = self._client, self._relay
        await client.connect()
        await self._hello()
        secure = relay.secure
        if not secure and client.supports_extension("starttls"):
            self._stage = Stage.TLS
            await client.starttls(server_hostname=relay.host, tls_context=self._tls)
            await self._hello()
            secure = True
        if relay.user:
            if not secure:
                raise DeliveryError(
                    f"{relay.place} offers no encryption (STARTTLS), and a password is never"
                    " sent in clear; use smtps://, or leave user and password out"
                )
            self._stage = Stage.LOGIN
            await client.login(relay.user, relay.password.reveal())
        return secure

    async def _hello(self) -> None:
        self._stage = Stage.HELLO
        try:
            await self._client.ehlo()
        except aiosmtplib.SMTPHeloError as e:
            if e.code not in _UNKNOWN_COMMAND:
                raise
            await self._client.helo()  # a server older than ESMTP (RFC 5321 3.2)

    async def _give(self, wire: bytes) -> None:
        protocol = self._client.protocol
        # asyncio's or uvloop's; both can write.
        transport = cast(asyncio.WriteTransport | None, self._client.transport)
        if protocol is None or transport is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        stuffed = re.sub(rb"(?m)^\.", b"..", wire)  # RFC 5321 4.5.2
        end = b".\r\n" if wire.endswith(b"\r\n") else b"\r\n.\r\n"
        try:
            protocol.write(stuffed + end)
            answer = await protocol.read_response(timeout=self._patience.mail)
        except BaseException:
            transport.abort()  # closing would wait for ever to write to one who reads no more
            raise
        if not 200 <= answer.code < 300:
            raise aiosmtplib.SMTPDataError(answer.code, answer.message)

    def _said(self, e: Exception) -> DeliveryError:
        """What went wrong, for people; and whether it speaks of this mail for good."""
        place, stage = self._relay.place, self._stage
        if isinstance(e, aiosmtplib.SMTPResponseException):
            said = f"{e.code} {e.message}" if e.code > 0 else e.message
            answer = one_line(masked(said, [self._relay.password.reveal()]), 220)
            match stage:
                case Stage.LOGIN:
                    return DeliveryError(f"{place} refused user or password: {answer}")
                case Stage.TLS:
                    answer += "; a mail is never sent in clear where TLS was offered and failed"
            return DeliveryError(
                f"{place} answered {answer}",
                permanent=for_good(stage, e.code, e.message),
                answered=stage in (Stage.RECIPIENT, Stage.MAIL),
                too_big=too_big(e.code, e.message),
            )
        unsure = stage is Stage.MAIL  # begun, and nobody said no
        broken = e if isinstance(e, ssl.SSLError) else e.__cause__
        why = one_line(str(e) or type(e).__name__)
        if isinstance(broken, ssl.SSLCertVerificationError):
            why = one_line(broken.verify_message or why)
            hint = "; SSL_CERT_FILE names a CA of your own"
            hint = hint if broken.verify_code in _UNKNOWN_ISSUER else ""
            return DeliveryError(f"{place}: no trusted TLS connection: {why}{hint}")
        if isinstance(e, TimeoutError):
            why = f"did not answer within {self._waited(e):g} s"
        if isinstance(broken, ssl.SSLError) or stage is Stage.TLS:
            return DeliveryError(f"{place}: no trusted TLS connection: {why}", unsure=unsure)
        return DeliveryError(f"{place}: {why} ({stage.value})", unsure=unsure)

    def _waited(self, e: Exception) -> float:
        if self._stage is Stage.MAIL:
            return self._patience.mail
        one = isinstance(e, aiosmtplib.SMTPException)  # else it is all of it that took too long
        return self._patience.answer if one else self._patience.opening


def _our_name() -> str:
    # RFC 5321 4.1.1.1: an address literal where the host has no full name. socket.getfqdn, the
    # default, would ask DNS and block.
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
