"""What a mail sink received, as mails."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

from monitor.demo.sink import MailSink


def mails(sink: MailSink) -> list[EmailMessage]:
    """The mails, in the order they came."""
    found = []
    for file in sink.files:
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        found.append(mail)
    return found


def plain(mail: EmailMessage) -> str:
    """The text part."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
