"""A mail's ids and headers: fixed by event, channel and recipient, threaded by post, site or batch."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from msgspec import Struct

from ..model import Event, Headers, Message
from .plain import header_line, one_line

#: RFC 5322 2.1.1's line length; beyond it no mail client shows more.
SUBJECT_MAX = 78
PREHEADER_MAX = 140
#: Gmail clips at 102 kB, headers and coding included (hteumeuleu/email-bugs); text of other scripts
#: and marks triple when coded, so the limit is well below.
HTML_MAX = 60_000
#: A web address as it may stand whole between the <> of a header.
_ADDRESS = re.compile(r"https://[!-;=?-~]{1,270}")


class Envelope(Struct, frozen=True):
    """From where and to whom a message goes. Without a `base_url` there are no links in it, and what they
    would lead to is attached."""

    channel: str
    sender: str  #: an address, as `recipient` is
    recipient: str
    base_url: str
    install: str  #: names this installation
    unsubscribe: str = ""  #: the https address that one click is posted to


def digest(*parts: str) -> str:
    """32 hex digits that stand for these parts, and for no others."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def domain_of(sender: str) -> str:
    """The sender's domain, for ids; one that can never exist where there is none."""
    domain = sender.rpartition("@")[2].strip("<> ").lower()
    good = re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]{0,80}[a-z0-9])?", domain)
    return domain if "@" in sender and good and ".." not in domain else "postwatch.invalid"


def footer(told: str, to: Envelope) -> tuple[str, str]:
    """What stands at the end of every mail: what is `told`, by which channel of whom, and why somebody
    gets it and how to stop it. The address to do so is not in it: mails are forwarded."""
    name = one_line(to.channel, 64)
    told = f"{told} · " if told else ""
    own = "use “unsubscribe” in your mail program, or " if to.unsubscribe else ""
    return (
        f"{told}channel “{name}” of postwatch at {one_line(to.install, 120)}",
        f"You get this because {one_line(to.recipient, 200)} stands in [channels.{name}] to;"
        f" to stop it, {own}take the address out there.",
    )


def sealed(
    to: Envelope,
    *,
    subject: str,
    preheader: str,
    text: str,
    html: str,
    ids: tuple[str, ...],
    thread: tuple[str, ...],
    headers: Headers,
    record: dict[str, Any],
    reply_to: str = "",
    attachments: tuple[tuple[str, str, bytes], ...] = (),
) -> Message:
    """The message of these parts: its id stands for `ids`, which must name the recipient, its thread for
    this install's `thread`."""
    domain = domain_of(to.sender)
    return Message(
        subject=subject,
        preheader=preheader,
        text=text,
        html=html,
        message_id=f"{digest(*ids)}@{domain}",
        thread_id=f"{digest(to.install, *thread)}.thread@{domain}",
        reply_to=reply_to,
        headers=headers,
        attachments=attachments,
        record=record,
    )


def for_program(event: Event, to: Envelope) -> Message:
    """The message of an event for a program that reads its record: the id and the thread that a mail of it
    would bear, and no words."""
    return sealed(
        to,
        subject="",
        preheader="",
        text="",
        html="",
        ids=ids_of(event, to),
        thread=thread_of(event),
        headers=(),
        record=event.as_record(),
    )


def ids_of(event: Event, to: Envelope, *notice: str) -> tuple[str, ...]:
    """What the id of a message that tells an event stands for; `notice` is what it tells in place of it."""
    return event.uid, str(event.id), to.channel, to.recipient, *notice


def thread_of(event: Event) -> tuple[str, ...]:
    """What one thread is about: a post, else a site, else us."""
    if event.post is not None:
        return ("post", str(event.post))
    return ("site", event.site or "")


def mail_headers(
    subject: str, to: Envelope, *, kind: str, site: str = "", reason: str = "", event: str = ""
) -> Headers:
    """The headers every mail of ours bears; those with nothing to say are left out. One leaves by a click
    (RFC 8058), or by writing to the sender (RFC 2369)."""
    sender, unsubscribe = to.sender, to.unsubscribe
    site = re.sub(r"[^A-Za-z0-9_-]", "-", site)[:64]
    address = re.sub(r"[^!-~]|[<>]", "", sender.rpartition("<")[2])
    one_click = bool(_ADDRESS.fullmatch(unsubscribe))
    by_mail = f"<mailto:{address}?subject=stop>" if "@" in address else ""
    headers = (
        ("Auto-Submitted", "auto-generated"),
        ("List-Id", f"postwatch alerts <{site or 'all'}.postwatch.{domain_of(sender)}>"),
        ("List-Unsubscribe", f"<{unsubscribe}>" if one_click else by_mail),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click" if one_click else ""),
        ("X-Postwatch-Kind", kind),
        ("X-Postwatch-Site", site),
        ("X-Postwatch-Reason", reason),
        ("X-Postwatch-Event", event),
        ("Thread-Topic", subject),
    )
    return tuple((k, header_line(v, 300)) for k, v in headers if v)
