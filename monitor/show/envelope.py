"""A mail's ids and headers: fixed by event, channel and recipient, threaded by post, site or batch."""

from __future__ import annotations

import hashlib
import re

from ..model import Headers
from .plain import header_line, one_line

#: RFC 5322 2.1.1's line length; beyond it no mail client shows more.
SUBJECT_MAX = 78
PREHEADER_MAX = 140
#: Gmail clips at 102 kB, headers and coding included (hteumeuleu/email-bugs); text of other scripts
#: and marks triple when coded, so the limit is well below.
HTML_MAX = 60_000
#: A web address as it may stand whole between the <> of a header.
_ADDRESS = re.compile(r"https://[!-;=?-~]{1,270}")


def digest(*parts: str) -> str:
    """32 hex digits that stand for these parts, and for no others."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def domain_of(sender: str) -> str:
    """The sender's domain, for ids; one that can never exist where there is none."""
    domain = sender.rpartition("@")[2].strip("<> ").lower()
    good = re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]{0,80}[a-z0-9])?", domain)
    return domain if "@" in sender and good and ".." not in domain else "postwatch.invalid"


def footer(
    told: str, channel: str, recipient: str, install: str, unsubscribe: str = ""
) -> tuple[str, str]:
    """What stands at the end of every mail: what is `told`, by which channel of whom, and why somebody
    gets it and how to stop it. The address to do so is not in it: mails are forwarded."""
    name = one_line(channel, 64)
    told = f"{told} · " if told else ""
    own = "use “unsubscribe” in your mail program, or " if unsubscribe else ""
    return (
        f"{told}channel “{name}” of postwatch at {one_line(install, 120)}",
        f"You get this because {one_line(recipient, 200)} stands in [channels.{name}] to;"
        f" to stop it, {own}take the address out there.",
    )


def mail_headers(
    subject: str,
    sender: str,
    *,
    kind: str,
    site: str = "",
    reason: str = "",
    event: str = "",
    unsubscribe: str = "",
) -> Headers:
    """The headers every mail of ours bears; those with nothing to say are left out.

    `unsubscribe` is the https address that one click is posted to (RFC 8058); without it one writes to
    the sender (RFC 2369).
    """
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
