"""How does a Message become the bytes of a mail? Knows MIME, and that every word in it is hostile.

`Channel`s trust no composer: whatever goes into a header is cleaned here once more. Measured on
CPython 3.11.7 (CVE-2024-6923): EmailMessage decodes `=?utf-8?q?=0D=0ABcc:...?=` in a Subject and then
writes a real Bcc header, so "=?" is broken apart as well as CR and LF being taken out.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP

from ..errors import DeliveryError
from ..model import Message
from .address import split_address

#: RFC 5322 2.1.1 allows 998 to a line; beyond that no header of ours says anything.
_HEADER_MAX = 800
_ID = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_OURS = frozenset(
    "from to cc bcc subject date message-id references in-reply-to mime-version sender reply-to".split()
)


def header_value(text: str) -> str:
    """The text as it may stand in a header: one line, no controls, no bidi marks, no encoded words."""
    kept = []
    for c in text[: _HEADER_MAX * 4]:
        category = unicodedata.category(c)
        if category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif category == "Cs":
            kept.append("\N{REPLACEMENT CHARACTER}")
        elif unicodedata.bidirectional(c) not in _BIDI and c not in _MARKS:
            kept.append(c)
    value = " ".join("".join(kept).split())
    return value.replace("=?", "= ?").replace("?=", "? =")[:_HEADER_MAX].strip()


_BIDI = frozenset("LRE RLE LRO RLO PDF LRI RLI FSI PDI".split())
_MARKS = frozenset("\u200e\u200f\u061c\u200b\ufeff")


def mail_bytes(message: Message, *, sender: str, recipient: str, date: str) -> bytes:
    """The mail as it goes over the wire, CRLF and 7 bit throughout.

    DeliveryError(permanent=True) where it cannot be built: no later try would build it either.
    """
    try:
        head = "".join(_headers(message, sender, recipient, date))
        return head.encode("ascii") + _body(message).as_bytes(policy=_POLICY)
    # Anything a title can provoke in the email package: one poisoned message must not stop those
    # behind it.
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as e:
        raise DeliveryError(f"the mail cannot be built: {e}", permanent=True) from e


_POLICY = SMTP.clone(cte_type="7bit", max_line_length=76)


def _headers(message: Message, sender: str, recipient: str, date: str) -> Iterator[str]:
    """The header lines but for MIME's own. EmailMessage is given none of them: besides decoding what
    it is given, it loses or adds spaces when it folds (found by tests/notify/test_mime.py)."""
    name, address = split_address(sender)
    yield folded("From", f"{_phrase(header_value(name))} <{address}>" if name else address)
    yield folded("To", split_address(recipient)[1])
    yield folded("Subject", _encoded(header_value(message.subject)) or "postwatch")
    yield folded("Date", date)
    yield folded("Message-ID", f"<{_identifier(message.message_id)}>")
    above = [
        f"<{_identifier(i)}>"
        for i in dict.fromkeys((message.thread_id, message.reply_to))
        if i and i != message.message_id
    ]
    if above:
        yield folded("In-Reply-To", above[-1])
        yield folded("References", " ".join(above))
    for key, value in message.headers:
        if key.lower() in _OURS or not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", key):
            raise ValueError(f'a message may not bring its own header "{key}"')
        if cleaned := header_value(value):
            yield folded(key, _encoded(cleaned))


def _body(message: Message) -> EmailMessage:
    mail = EmailMessage(policy=_POLICY)
    mail.set_content(_whole(message.text), cte="quoted-printable")
    if message.html:
        mail.add_alternative(_whole(message.html), subtype="html", cte="quoted-printable")
    for file_name, mime, content in message.attachments:
        main, _, sub = mime.partition("/")
        mail.add_attachment(
            content,
            maintype=header_value(main),
            subtype=header_value(sub),
            filename=re.sub(r"[^A-Za-z0-9._-]", "-", file_name)[-80:],
            params={"charset": "utf-8"} if main == "text" else None,
        )
    return mail


def folded(name: str, value: str) -> str:
    """A header line, folded at its spaces to 76 characters where it has any (RFC 5322 2.2.3)."""
    lines = [f"{name}:"]
    for word in value.split(" "):
        # The first word stays on the name's line: a line of a name alone is read wrongly by some.
        if (len(lines) == 1 and lines[0] == f"{name}:") or len(lines[-1]) + 1 + len(word) <= 76:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    return "\r\n".join(lines) + "\r\n"


def _encoded(text: str) -> str:
    """The text as it is, or as encoded words (RFC 2047) of whole characters, a space between."""
    if text.isascii():
        return text
    chunks = [b""]
    for c in text:
        coded = c.encode("utf-8", "replace")
        # 33 octets are 44 of base64 and 56 with their frame: no line passes 76.
        if len(chunks[-1]) + len(coded) > 33:
            chunks.append(b"")
        chunks[-1] += coded
    return " ".join(f"=?utf-8?b?{b64encode(chunk).decode()}?=" for chunk in chunks)


def _phrase(name: str) -> str:
    """A display name, quoted where it is ASCII."""
    if not name.isascii():
        return _encoded(name)
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _identifier(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(f"{text!r} is no message id")
    return text


def _whole(text: str) -> str:
    """Text that UTF-8 can hold, each line ended the same way."""
    whole = (
        text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
    )
    return whole.replace("\r\n", "\n").replace("\r", "\n")
