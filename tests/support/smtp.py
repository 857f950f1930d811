"""An SMTP server by hand that goes wrong where it is told to: every fault a relay was ever seen with.

Each conversation follows the next of its plans, the last one for ever. A plan names for a step what
happens there instead of success: an answer ("451 4.7.1 later"), or one of DROP, HANG, TRICKLE,
ENDLESS, GARBAGE. Steps: greeting, EHLO, HELO, STARTTLS, handshake, AUTH, MAIL, RCPT (or RCPT and an
address), DATA, body (in the middle of the mail), dot (the mail is read and not kept), kept (it is
kept), QUIT.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path

#: 127.0.0.1 by a name that does not tell so: it is treated as a host beyond this machine.
ELSEWHERE = "2130706433"
DROP = "drop"  #: break the line off
HANG = "hang"  #: say nothing more
TRICKLE = "trickle"  #: a byte now and then, never a whole answer
ENDLESS = "endless"  #: an answer of more and more lines
GARBAGE = "garbage"  #: bytes that are no answer
Plan = dict[str, str]


class _Over(Exception):
    """The conversation has ended."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that was taken: this server holds it, whatever the client was told."""

    sender: str
    recipient: str
    content: bytes  #: dots unstuffed
    secure: bool
    told: bool  #: whether the client was told so

    def parsed(self) -> EmailMessage:
        mail = message_from_bytes(self.content, policy=POLICY)
        assert isinstance(mail, EmailMessage)
        return mail

    @property
    def id(self) -> str:
        return str(self.parsed()["Message-ID"])


@dataclass
class FaultySmtp:
    """Speaks SMTP on a free port of loopback, by its plans."""

    plans: list[Plan]
    tls: ssl.SSLContext | None = None  #: offers STARTTLS
    implicit: bool = False  #: TLS from the first byte
    auth: str = ""  #: the mechanisms it offers; it wants a login then
    password: str = "open sesame"
    mails: list[Mail] = field(default_factory=list)
    clear: bytearray = field(default_factory=bytearray)  #: all it heard without TLS
    steps: list[str] = field(default_factory=list)  #: what it was asked, in order
    port: int = 0
    _talks: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        plan = self.plans[min(self._talks, len(self.plans) - 1)]
        self._talks += 1
        try:
            await _Talk(self, plan, reader, writer).run()
        except (OSError, _Over, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # asyncio 3.11 logs a cancelled conversation as a fault
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def end(self) -> None:
        """Breaks off what still hangs."""
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await asyncio.sleep(0)


class _Talk:
    def __init__(
        self,
        server: FaultySmtp,
        plan: Plan,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.server, self.plan, self.reader, self.writer = server, plan, reader, writer
        self.secure = server.implicit
        self.logged_in = not server.auth
        self.sender = self.recipient = ""

    async def run(self) -> None:
        await self.answer("greeting", "220 faulty.example ESMTP")
        while True:
            line = await self.read_line()
            verb, _, rest = line.decode("latin-1").strip().partition(" ")
            verb = verb.upper()
            self.server.steps.append(verb)
            do: Callable[[str], object] | None = getattr(self, f"do_{verb.lower()}", None)
            if do is None:
                await self.say("502 5.5.1 what?")
            else:
                await do(rest)  # type: ignore[misc]

    async def do_ehlo(self, _: str) -> None:
        lines = ["faulty.example", "SIZE 1000000"]
        if self.server.tls and not self.secure:
            lines.append("STARTTLS")
        if self.server.auth:
            lines.append(f"AUTH {self.server.auth}")
        marks = ["-"] * (len(lines) - 1) + [" "]
        await self.answer(
            "EHLO", "\r\n".join(f"250{m}{text}" for m, text in zip(marks, lines, strict=True))
        )

    async def do_helo(self, _: str) -> None:
        await self.answer("HELO", "250 faulty.example")

    async def do_starttls(self, _: str) -> None:
        await self.answer("STARTTLS", "220 2.0.0 go ahead")
        if self.plan.get("STARTTLS", "2")[0] != "2":
            return
        if "handshake" in self.plan:
            await self.reader.read(1)
            await self.happens(self.plan["handshake"])
        assert self.server.tls is not None
        await self.writer.start_tls(self.server.tls)
        self.secure = True

    async def do_auth(self, rest: str) -> None:
        if "AUTH" in self.plan:
            await self.happens(self.plan["AUTH"])
            return
        mechanism, _, first = rest.partition(" ")
        given = b""
        if mechanism == "PLAIN":
            given = base64.b64decode(first).split(b"\0")[-1]
        elif mechanism == "LOGIN":
            await self.say("334 UGFzc3dvcmQ6")
            given = base64.b64decode(await self.read_line())
        self.logged_in = given == self.server.password.encode()
        await self.say("235 2.7.0 ok" if self.logged_in else "535 5.7.8 no")

    async def do_mail(self, rest: str) -> None:
        self.sender = rest.partition("<")[2].partition(">")[0]
        if not self.logged_in:
            await self.say("530 5.7.0 log in first")
        else:
            await self.answer("MAIL", "250 2.1.0 ok")

    async def do_rcpt(self, rest: str) -> None:
        self.recipient = rest.partition("<")[2].partition(">")[0]
        await self.answer(f"RCPT {self.recipient}", self.plan.get("RCPT", "250 2.1.5 ok"))

    async def do_data(self, _: str) -> None:
        await self.answer("DATA", "354 go on")
        if self.plan.get("DATA", "3")[0] != "3":
            return
        if "body" in self.plan:
            await self.reader.readline()
            await self.happens(self.plan["body"])
            return
        content = b""
        while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
            content += line[1:] if line.startswith(b".") else line
        if "dot" in self.plan:
            await self.happens(self.plan["dot"])
            return
        told = self.plan.get("kept", "250")[0] == "2"
        mail = Mail(self.sender, self.recipient, content, self.secure, told)
        self.server.mails.append(mail)
        await self.answer("kept", "250 2.0.0 taken")

    async def do_quit(self, _: str) -> None:
        await self.answer("QUIT", "221 2.0.0 bye")
        raise _Over

    async def read_line(self) -> bytes:
        line = await self.reader.readuntil(b"\n")
        if not self.secure:
            self.server.clear += line
        return line

    async def answer(self, step: str, usual: str) -> None:
        """What the plan says for this step, else the usual."""
        await self.happens(self.plan.get(step, usual))

    async def happens(self, what: str) -> None:
        match what:
            case "drop":
                raise _Over
            case "hang":
                await self.reader.read()
                await asyncio.Event().wait()
            case "trickle":
                while True:
                    self.writer.write(b"2")
                    await asyncio.sleep(0.01)
            case "endless":
                while True:
                    await self.say("250-" + "and more " * 100)
            case "garbage":
                await self.say("\x00\xff\x13 none of this is SMTP")
            case _:
                await self.say(what)

    async def say(self, text: str) -> None:
        self.writer.write(text.encode("latin-1") + b"\r\n")
        await self.writer.drain()


def server_tls(folder: Path) -> ssl.SSLContext:
    """What a server shows that has the certificate of this folder."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def trusting(folder: Path) -> ssl.SSLContext:
    """What a client has that trusts it."""
    return ssl.create_default_context(cafile=str(folder / "cert.pem"))


@contextlib.asynccontextmanager
async def faulty_smtp(
    *plans: Plan,
    tls: ssl.SSLContext | None = None,
    implicit: bool = False,
    auth: str = "",
) -> AsyncIterator[FaultySmtp]:
    """A server on a free port of loopback; no plan: it takes every mail."""
    faulty = FaultySmtp(list(plans) or [{}], tls=tls, implicit=implicit, auth=auth)
    server = await asyncio.start_server(
        faulty.serve, "127.0.0.1", 0, ssl=tls if implicit else None, limit=2**20
    )
    faulty.port = server.sockets[0].getsockname()[1]
    try:
        yield faulty
    finally:
        server.close()
        await faulty.end()
