"""Mail against a real SMTP server on loopback: what arrives, what is tried again, what is never sent."""

from __future__ import annotations

import asyncio
import contextlib
import email
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from monitor.config import Secret, load
from monitor.errors import ConfigError, DeliveryError
from monitor.model import Message
from monitor.notify import CHANNELS, option_types
from monitor.notify.conversation import Patience
from monitor.notify.email import EmailChannel, EmailOptions
from monitor.notify.relay import Relay, parse_relay, trust
from tests.support.smtp import ELSEWHERE, server_tls, trusting

pytestmark = [
    # aiosmtpd 1.4.6 tells of its own past in warnings.
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning:aiosmtpd"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning"),
    pytest.mark.filterwarnings("ignore:auth_required == True:UserWarning"),
]
DATE = "Thu, 05 Mar 2026 06:50:00 -0000"
MESSAGE = Message(
    subject="gadget removed: Über die Zukunft",
    preheader="404",
    text="Es ist weg.\n.\nFrom here on: nothing.\n",
    html="<p>Es ist weg.</p>",
    message_id="abc123@desk.example",
    thread_id="post41.thread@desk.example",
    headers=(("Auto-Submitted", "auto-generated"), ("X-Postwatch-Kind", "removed")),
    attachments=(("event-7.html", "text/html", "<p>Süß</p>".encode()),),
)


def abort(server: SMTP) -> None:
    """Break the line off as a crash does."""
    if server.transport is not None:
        cast(asyncio.WriteTransport, server.transport).abort()


@dataclass
class Sink:
    """A handler that keeps what it is given, and answers as told."""

    rcpt: dict[str, str] = field(default_factory=dict)
    mail: str = ""
    data: str = ""
    password: str = "open sesame"
    got: list[Envelope] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)
    drop: str = ""  #: break the line off at this command, or after "accepted"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == self.password.encode(), handled=False)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.mail or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.drop == "RCPT":
            abort(server)
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.drop == "DATA":
            abort(server)
            return "451 nobody reads this"
        if self.data:
            return self.data
        self.got.append(envelope)
        assert server.transport is not None
        self.secure.append(server.transport.get_extra_info("sslcontext") is not None)
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.drop == "QUIT":
            abort(server)
        return "221 Bye"


@contextlib.asynccontextmanager
async def serving(
    sink: Sink, *, tls: ssl.SSLContext | None = None, **kw: Any
) -> AsyncIterator[int]:
    """The port of a server that speaks SMTP, with TLS from the first byte where `tls` is given."""
    loop = asyncio.get_running_loop()
    held: list[SMTP] = []

    def protocol() -> SMTP:
        held.append(SMTP(sink, hostname="sink.example", enable_SMTPUTF8=False, loop=loop, **kw))
        return held[-1]

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
        for one in held:
            abort(one)
            if (task := one._handler_coroutine) is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)


def channel(smtp: str, **kw: Any) -> EmailChannel:
    options = EmailOptions(
        type="email",
        smtp=Secret(smtp),
        from_="Post Watch <pw@desk.example>",
        to=("ada@desk.example", "Bo <bo@desk.example>", "ada@desk.example"),
    )
    return EmailChannel("mail", options, date=lambda: DATE, **kw)


def parsed(envelope: Envelope) -> EmailMessage:
    assert isinstance(envelope.content, bytes)
    mail = email.message_from_bytes(envelope.content, policy=POLICY)
    assert isinstance(mail, EmailMessage)
    return mail


async def test_a_mail_arrives_whole() -> None:
    sink = Sink()
    async with serving(sink) as port:
        mail = channel(f"smtp://127.0.0.1:{port}")
        assert mail.recipients() == ("ada@desk.example", "bo@desk.example")
        await mail.send(MESSAGE, "bo@desk.example")
        await mail.aclose()
    [envelope] = sink.got
    assert (envelope.mail_from, envelope.rcpt_tos) == ("pw@desk.example", ["bo@desk.example"])
    got = parsed(envelope)
    assert str(got["Subject"]) == MESSAGE.subject
    assert str(got["From"]) == "Post Watch <pw@desk.example>"
    assert str(got["To"]) == "bo@desk.example"
    assert got["Message-ID"] == "<abc123@desk.example>"
    assert got["References"] == got["In-Reply-To"] == "<post41.thread@desk.example>"
    assert got["Date"] == DATE
    assert got["X-Postwatch-Kind"] == "removed"
    text, html = got.get_body(("plain",)), got.get_body(("html",))
    assert text is not None and html is not None
    assert text.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert html.get_content().strip() == MESSAGE.html
    [attached] = list(got.iter_attachments())
    assert attached.get_filename() == "event-7.html"
    assert attached.get_content() == "<p>Süß</p>"
    assert isinstance(envelope.content, bytes) and envelope.content.isascii()


@pytest.mark.parametrize(
    ("answers", "permanent"),
    [
        ({"rcpt": {"ada@desk.example": "450 4.2.1 later"}}, False),
        ({"rcpt": {"ada@desk.example": "550 5.1.1 no such user"}}, True),
        ({"mail": "451 4.3.0 not now"}, False),
        ({"mail": "553 5.1.8 not from you"}, False),
        ({"data": "452 4.3.1 full"}, False),
        ({"data": "554 5.7.1 looks like spam"}, True),
        ({"drop": "RCPT"}, False),
        ({"drop": "DATA"}, False),
    ],
)
async def test_what_a_server_refuses(answers: dict[str, Any], permanent: bool) -> None:
    sink = Sink(**answers)
    async with serving(sink) as port:
        with pytest.raises(DeliveryError) as told:
            await channel(f"smtp://127.0.0.1:{port}").send(MESSAGE, "ada@desk.example")
    assert told.value.permanent is permanent
    assert f"127.0.0.1:{port}" in str(told.value)
    said = [*sink.rcpt.values(), sink.mail, sink.data]
    assert sink.drop or any(s and s in str(told.value) for s in said)
    assert sink.got == []


async def test_one_bad_recipient_holds_nobody_else() -> None:
    sink = Sink(rcpt={"ada@desk.example": "550 no such user"})
    async with serving(sink) as port:
        mail = channel(f"smtp://127.0.0.1:{port}")
        with pytest.raises(DeliveryError):
            await mail.send(MESSAGE, "ada@desk.example")
        await mail.send(MESSAGE, "bo@desk.example")
    assert [e.rcpt_tos for e in sink.got] == [["bo@desk.example"]]


async def test_a_line_broken_after_the_mail_was_taken_is_no_failure() -> None:
    sink = Sink(drop="QUIT")
    async with serving(sink) as port:
        await channel(f"smtp://127.0.0.1:{port}").send(MESSAGE, "ada@desk.example")
    assert len(sink.got) == 1


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(DeliveryError) as told:
            await channel(f"smtp://127.0.0.1:{port}").send(MESSAGE, "ada@desk.example")
    assert not told.value.permanent


async def test_a_server_that_never_speaks_is_left() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        mail = channel(f"smtp://127.0.0.1:{silent.getsockname()[1]}", patience=Patience(answer=0.1))
        with pytest.raises(DeliveryError, match=r"did not answer within 0\.1 s") as told:
            await mail.send(MESSAGE, "ada@desk.example")
    assert not told.value.permanent


@pytest.mark.parametrize("host", [ELSEWHERE, "127.0.0.1"])
async def test_a_password_never_goes_out_in_clear(host: str) -> None:
    sink = Sink()
    async with serving(sink, authenticator=sink.authenticate, auth_require_tls=False) as port:
        with pytest.raises(DeliveryError, match="never sent in clear") as told:
            await channel(f"smtp://ada:open%20sesame@{host}:{port}").send(
                MESSAGE, "ada@desk.example"
            )
    assert "sesame" not in str(told.value)
    assert not sink.logins and not sink.got


async def test_a_wrong_password_is_tried_again_for_it_is_not_the_mails_fault(
    certificate: Path,
) -> None:
    sink = Sink()
    tls = server_tls(certificate)
    async with serving(sink, authenticator=sink.authenticate, tls_context=tls) as port:
        mail = channel(f"smtp://ada:wrong@{ELSEWHERE}:{port}", tls=trusting(certificate))
        with pytest.raises(DeliveryError, match="refused user or password") as told:
            await mail.send(MESSAGE, "ada@desk.example")
    assert not told.value.permanent
    assert sink.got == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_tls_carries_password_and_mail(scheme: str, certificate: Path) -> None:
    sink = Sink()
    server = server_tls(certificate)
    kw: dict[str, Any] = {"tls": server} if scheme == "smtps" else {"tls_context": server}
    if scheme == "smtps":
        kw["auth_require_tls"] = False  # aiosmtpd knows only of STARTTLS
    async with serving(sink, authenticator=sink.authenticate, **kw) as port:
        mail = channel(f"{scheme}://ada:open sesame@{ELSEWHERE}:{port}", tls=trusting(certificate))
        await mail.send(MESSAGE, "ada@desk.example")
    assert sink.logins == [(b"ada", b"open sesame")]
    assert sink.secure == [True]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_an_untrusted_certificate_stops_it_before_the_password(
    scheme: str, certificate: Path
) -> None:
    sink = Sink()
    server = server_tls(certificate)
    kw: dict[str, Any] = {"tls": server} if scheme == "smtps" else {"tls_context": server}
    async with serving(sink, authenticator=sink.authenticate, **kw) as port:
        with pytest.raises(DeliveryError) as told:
            await channel(f"{scheme}://ada:open sesame@{ELSEWHERE}:{port}").send(
                MESSAGE, "ada@desk.example"
            )
    assert "certificate" in str(told.value).lower()
    assert not told.value.permanent
    assert not sink.logins and not sink.got


async def test_a_relay_on_this_machine_may_show_any_certificate(certificate: Path) -> None:
    sink = Sink()
    async with serving(sink, tls_context=server_tls(certificate)) as port:
        await channel(f"smtp://127.0.0.1:{port}").send(MESSAGE, "ada@desk.example")
    assert sink.secure == [True]


def test_only_this_machine_is_trusted_unseen_and_never_with_a_password() -> None:
    assert trust(Relay("mail.example", 25, False)).verify_mode is ssl.CERT_REQUIRED
    assert trust(Relay("127.0.0.1", 25, False)).verify_mode is ssl.CERT_NONE
    assert trust(Relay("127.0.0.1", 25, False, user="ada")).verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("url", "host", "port", "secure", "user", "password"),
    [
        ("smtp://mail.example", "mail.example", 25, False, "", ""),
        ("smtp://ada@mail.example", "mail.example", 587, False, "ada", ""),
        ("smtp://ada:pw@mail.example:2525/", "mail.example", 2525, False, "ada", "pw"),
        ("SMTPS://a@b.example:p@s:w/#?@[::1]:1", "::1", 1, True, "a@b.example", "p@s:w/#?"),
        (
            "smtps://a%40b.example:p%40s%25@mail.example",
            "mail.example",
            465,
            True,
            "a@b.example",
            "p@s%",
        ),
        ("smtp://ada:p@s:s/#?@mail.example:25", "mail.example", 25, False, "ada", "p@s:s/#?"),
    ],
)
def test_relays(url: str, host: str, port: int, secure: bool, user: str, password: str) -> None:
    relay = parse_relay(url)
    assert (relay.host, relay.port, relay.secure) == (host, port, secure)
    assert (relay.user, relay.password.reveal()) == (user, password)
    assert "p@s" not in repr(relay)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example:25",
        "http://mail.example",
        "smtp://",
        "smtp://ada:secret@",
        "smtp://a b:25",
        "smtp://mail.example:0",
        "smtp://mail.example:99999",
        "smtp://:secret@mail.example",
        "smtp://mail.example:٢٥",
        "smtp://mail.example/path",
    ],
)
def test_no_relay(url: str) -> None:
    with pytest.raises(ValueError, match="smtp: ") as told:
        parse_relay(url)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('smtp = "http://x"', "smtp://user:password@host:587"),
        ('smtp = "smtp://ada:hush@mail.example:x"', "port from 1 to 65535"),
        ('from = "nobody"', "from: expected an address"),
        ('from = "a@b.example\\r\\nBcc: x@y.example"', "from: expected an address"),
        ("to = []", "at least one address"),
        ('to = ["jürgen@b.example"]', "to: expected an address in ASCII"),
        ('to = ["a@b.example, c@d.example"]', "to: expected an address"),
        ('too = ["a@b.example"]', 'unknown key "too"; did you mean "to"?'),
    ],
)
def test_a_wrong_config_is_said_plainly(tmp_path: Path, line: str, said: str) -> None:
    keys = {
        "type": 'type = "email"',
        "smtp": 'smtp = "smtp://ada:hush@mail.example"',
        "from": 'from = "pw@desk.example"',
        "to": 'to = ["desk@desk.example"]',
    }
    keys[line.split()[0]] = line
    path = tmp_path / "config.toml"
    path.write_text("[channels.mail]\n" + "\n".join(keys.values()) + "\n")
    with pytest.raises(ConfigError) as told:
        load(path, option_types(), {})
    assert said in str(told.value)
    assert "[channels.mail]" in str(told.value) and "config.toml" in str(told.value)
    assert "hush" not in str(told.value)


def test_a_good_config_opens(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[channels.mail]\ntype = "email"\nsmtp = "smtps://ada:${PW}@mail.example"\n'
        'from = "pw@desk.example"\nto = ["desk@desk.example"]\n'
    )
    options = load(path, option_types(), {"PW": "p@ss"}).channels["mail"]
    opened = CHANNELS["email"].open("mail", options)
    assert (opened.name, opened.recipients()) == ("mail", ("desk@desk.example",))
    assert "p@ss" not in repr(options)
