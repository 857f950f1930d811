"""Each kind of mail on the wire, read twice: by the strict parser, and by RFC 5322 and 2045 as spelled out here.

A parser that forgives what another refuses proves nothing, so the grammar below is written from the
RFCs and shares no code with Python's.
"""

from __future__ import annotations

import email
import re
from binascii import a2b_base64
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP, strict
from email.utils import formatdate
from quopri import decodestring

import pytest

from monitor.model import Event, Kind, Message
from monitor.notify.mime import mail_bytes
from monitor.show.mail import compose
from monitor.show.several import compose_several
from monitor.values import replace

from ..show.mails import TO, every
from ..show.telling import story
from .test_mime import POISON

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*"
_QUOTED = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_ENCODED = r"=\?utf-8\?b\?[A-Za-z0-9+/]+=*\?="
_ADDRESS = rf"{_DOT_ATOM}@{_DOT_ATOM}"
_NAMED = rf"(?:{_QUOTED}|{_ATOM}(?: {_ATOM})*|{_ENCODED}(?: {_ENCODED})*) <{_ADDRESS}>"
_ID = rf"<{_DOT_ATOM}@{_DOT_ATOM}>"
_DAY, _MONTH = "Mon|Tue|Wed|Thu|Fri|Sat|Sun", "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_TOKEN = r"[!#-'*+\-.0-9A-Z^-~]+"
#: RFC 5322 3.3 to 3.6, RFC 2045 5.1, RFC 2919 3, RFC 2369 2 and RFC 3834 5, as far as mails of ours go.
GRAMMAR = {
    "date": rf"(?:{_DAY}), \d\d (?:{_MONTH}) \d{{4}} \d\d:\d\d:\d\d [+-]\d{{4}}",
    "from": rf"{_ADDRESS}|{_NAMED}",
    "to": _ADDRESS,
    "message-id": _ID,
    "in-reply-to": _ID,
    "references": rf"{_ID}(?: {_ID})*",
    "mime-version": r"1\.0",
    "content-type": rf"{_TOKEN}/{_TOKEN}(?:; ?{_TOKEN}=(?:{_TOKEN}|{_QUOTED}))*",
    "content-transfer-encoding": "7bit|quoted-printable|base64",
    "content-disposition": rf"attachment(?:; ?filename=(?:{_TOKEN}|{_QUOTED}))?",
    "auto-submitted": "auto-generated",
    "list-id": rf"(?:{_ATOM} )*<{_DOT_ATOM}>",
    "list-unsubscribe": r"<[!-;=?-~]+>(?:, ?<[!-;=?-~]+>)*",
    "list-unsubscribe-post": "List-Unsubscribe=One-Click",
}
_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "base64": a2b_base64,
    "quoted-printable": decodestring,
    "7bit": bytes,
}
_TEXT = rf"(?:{_ENCODED}|[!-~]+)(?: (?:{_ENCODED}|[!-~]+))*"


def parts(wire: bytes) -> Iterator[tuple[dict[str, str], bytes]]:
    """(headers, decoded body) of each part that holds no others, the headers of the whole first."""
    head, gap, body = wire.partition(b"\r\n\r\n")
    assert gap
    fields: dict[str, str] = {}
    for line in re.split(rb"\r\n(?![ \t])", head):
        assert re.fullmatch(rb"[!-9;-~]+: [ -~]*(?:\r\n [ -~]*[!-~][ -~]*)*", line), line
        name, _, value = line.decode("ascii").partition(":")
        assert name.lower() not in fields, f"{name} stands there twice"
        fields[name.lower()] = value.replace("\r\n", "").strip()
    for name, value in fields.items():
        assert re.fullmatch(GRAMMAR.get(name, _TEXT), value), f"{name}: {value}"
    bounds = re.search(r'boundary="([^"]{1,70})"', fields["content-type"])
    if not bounds:
        coding = fields.get("content-transfer-encoding", "7bit")
        decode = _DECODERS[coding]
        yield fields, decode(body)
        return
    yield fields, b""
    mark = b"\r\n--" + bounds[1].encode()
    *inner, last = (b"\r\n" + body).split(mark)
    assert last in (b"--\r\n", b"--")
    for part in inner[1:]:
        assert part.startswith(b"\r\n")
        yield from parts(part[2:])


def on_the_wire(message: Message) -> bytes:
    wire = mail_bytes(
        message, sender=TO.sender, recipient=TO.recipient, date=formatdate(1772693400)
    )
    assert wire.isascii() and b"\0" not in wire
    assert wire.count(b"\r") == wire.count(b"\n") == wire.count(b"\r\n")
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    assert len(wire) < 102_000 or message.attachments  # Gmail's clip
    return wire


def check(message: Message) -> None:
    """Both readings find the same, and all of what was meant."""
    wire = on_the_wire(message)
    strictly = email.message_from_bytes(wire, policy=SMTP + strict)
    assert isinstance(strictly, EmailMessage)
    for part in strictly.walk():
        assert not part.defects
        assert not any(value.defects for value in part.values())
    (whole, _), *rest = [(h, b) for h, b in parts(wire)]
    assert {"date", "from", "to", "subject", "message-id", "mime-version"} <= set(whole)
    assert {"auto-submitted", "list-id", "list-unsubscribe", "x-postwatch-kind"} <= set(whole)
    assert set(whole) - set(GRAMMAR) <= {"subject", "thread-topic"} | {
        f"x-postwatch-{n}" for n in ("kind", "site", "reason", "event")
    }
    assert whole["message-id"] == f"<{message.message_id}>"
    assert str(strictly["subject"]) == message.subject
    leaves = [(h, b) for h, b in rest if "boundary" not in h["content-type"]]
    kinds = [h["content-type"].partition(";")[0] for h, _ in leaves]
    assert kinds == ["text/plain", "text/html", *(t for _, t, _ in message.attachments)]
    assert all('charset="utf-8"' in h["content-type"] for h, _ in leaves)
    text, page = (b.decode().replace("\r\n", "\n").rstrip("\n") for _, b in leaves[:2])
    assert text == message.text.rstrip("\n")
    assert page == message.html.rstrip("\n")
    # RFC 3676 4.3: the line that parts the signature off keeps its space.
    assert "\n-- \n" in text
    for (headers, body), (name, _, content) in zip(leaves[2:], message.attachments, strict=True):
        assert body == content
        assert headers["content-disposition"] == f'attachment; filename="{name}"'
        assert re.fullmatch(r"[a-z0-9-]{1,60}\.html", name)


@pytest.mark.parametrize("unsubscribe", ["", "https://watch.desk.example/unsubscribe/aZ09_-"])
@pytest.mark.parametrize("base", ["https://watch.desk.example", ""], ids=["links", "attached"])
def test_each_sort_of_mail(base: str, unsubscribe: str) -> None:
    for _, message in every(base, unsubscribe):
        check(message)


def poisoned(one: Event, title: str) -> Event:
    return replace(
        one,
        title=title,
        url=title,
        site=title,
        why=title,
        by=title,
        batch=title,
        uid=title,
        evidence=(title,) * 3,
    )


@pytest.mark.parametrize("title", POISON, ids=range(len(POISON)))
def test_poison(title: str) -> None:
    for kind in (Kind.REMOVED, Kind.RETRACTED):
        one = story(kind)
        bad = replace(one, event=poisoned(one.event, title), language=title)
        if one.removal:
            bad = replace(bad, removal=poisoned(one.removal, title))
        to = replace(TO, install=title)
        check(compose(bad, to))
        check(compose_several([bad.event, bad.event], to, post_counts={}))
