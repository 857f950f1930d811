"""The bytes of a mail, whatever stands in a title: strict parsers read back what was meant, and no more."""

from __future__ import annotations

import email
import re
from email.message import EmailMessage
from email.policy import SMTP, strict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import DeliveryError
from monitor.model import Message
from monitor.notify.address import split_address
from monitor.notify.mime import header_value, mail_bytes
from monitor.values import replace

MESSAGE = Message("s", "", "text", "<p>html</p>", "id1@desk.example", "t1@desk.example")
HEADERS = {
    *("from", "to", "subject", "date", "message-id", "in-reply-to", "references"),
    *("mime-version", "content-type"),
}
POISON = [
    "plain",
    "",
    "two\r\nBcc: eve@evil.example",
    "two\nBcc: eve@evil.example\n\nbody",
    "=?utf-8?q?=0D=0ABcc:=20eve@evil.example?=",
    "a =?utf-8?b?DQpCY2M6IGV2ZUBldmlsLmV4YW1wbGU=?= b",
    "=?utf-8?q?=0D=0A_=0D=0A?= =?utf-8?q?x?=",
    "\x85Bcc: x\u2028Bcc: y\u2029Bcc: z\x0bBcc: v\x0cBcc: w\x1cBcc: u",
    "\u202egnp.exe\u2066",
    "\x00\x1b[31mred\x07",
    "\ud800 half a pair",
    "漢字" * 2000,
    "x" * 10_000,
    "é" * 10_000,
    "{{7*7}} {% x %} %s {0.__class__} ${SMTP_PASSWORD}",
    ', ; : <a@b.example> (comment) "quoted" \\',
    "tail space ",
    "🏳️‍🌈 family 👨‍👩‍👧",
]


def built(message: Message) -> EmailMessage:
    wire = mail_bytes(
        message,
        sender="pw@desk.example",
        recipient="ada@desk.example",
        date="Thu, 05 Mar 2026 06:50:00 -0000",
    )
    assert wire.isascii()
    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    mail = email.message_from_bytes(wire, policy=SMTP + strict)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


def check(title: str) -> None:
    message = replace(
        MESSAGE,
        subject=title,
        text=title,
        html=f"<p>{title}</p>",
        headers=(("X-Postwatch-Site", title), ("Thread-Topic", title)),
        attachments=((title, "text/html", b"x"),),
    )
    mail = built(message)
    names = [k.lower() for k in mail.keys()]
    assert len(names) == len(set(names))
    assert set(names) <= HEADERS | {"x-postwatch-site", "thread-topic"}
    assert str(mail["To"]) == "ada@desk.example"
    expected = header_value(title)
    assert str(mail["Subject"]) == (expected or "postwatch")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", expected)
    assert "=?" not in expected
    [attached] = list(mail.iter_attachments())
    assert re.fullmatch(r"[A-Za-z0-9._-]*", attached.get_filename() or "")


@pytest.mark.parametrize("title", POISON)
def test_poison(title: str) -> None:
    check(title)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_title(title: str) -> None:
    check(title)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["=?", "?=", "\r", "\n", "utf-8?q?", "=0D=0A", "é", " ", "Bcc: x"]))
)
def test_any_mixture_of_what_parsers_trip_over(parts: list[str]) -> None:
    check("".join(parts))


@settings(deadline=None)
@given(st.text(max_size=400))
def test_bodies_come_back(text: str) -> None:
    mail = built(replace(MESSAGE, text=text, html=f"<p>{text}</p>"))
    body = mail.get_body(("plain",))
    assert body is not None
    whole = text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    assert body.get_content().split() == whole.split()


@pytest.mark.parametrize(
    "message",
    [
        replace(MESSAGE, message_id="a b@c"),
        replace(MESSAGE, message_id="x@y>\r\nBcc: e@evil.example"),
        replace(MESSAGE, thread_id="no id"),
        replace(MESSAGE, headers=(("Bcc", "eve@evil.example"),)),
        replace(MESSAGE, headers=(("X-A\r\nBcc", "eve@evil.example"),)),
        replace(MESSAGE, headers=(("X Y", "z"),)),
    ],
)
def test_what_cannot_be_built_is_refused_for_good(message: Message) -> None:
    with pytest.raises(DeliveryError) as told:
        built(message)
    assert told.value.permanent


def test_a_recipient_that_is_no_address_is_refused_for_good() -> None:
    with pytest.raises(DeliveryError) as told:
        mail_bytes(MESSAGE, sender="pw@desk.example", recipient="ada\r\nX: y", date="now")
    assert told.value.permanent


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("a@b.example", "", "a@b.example"),
        (" a@b.example ", "", "a@b.example"),
        ("The Desk <a@b.example>", "The Desk", "a@b.example"),
        ('"Desk, The" <a+c@b.example>', "Desk, The", "a+c@b.example"),
        ("root@localhost", "", "root@localhost"),
    ],
)
def test_addresses(text: str, name: str, address: str) -> None:
    assert split_address(text) == (name, address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@b",
        "a@",
        "a b@c",
        "a@b c",
        "a@b,c@d",
        "<a@b",
        "a@b>",
        "a@-b",
        ".a@b",
        "a.@b",
        "a@b\nc",
        "ä@b",
        "a..b@c",
    ],
)
def test_no_addresses(text: str) -> None:
    with pytest.raises(ValueError, match="expected an address"):
        split_address(text)
