"""Is an SMTP server's refusal the mail's own fault, or the relay's? Pure; codes of RFC 5321, 3463 and 5248.

Refused for good means: kept, shown and said, but not sent again by itself. So it is reserved for
answers that no setting of the relay, of the account or of `from` could mend.
"""

from __future__ import annotations

import re
from enum import Enum


class Stage(Enum):
    """Where in the conversation an answer stands; the value is for people."""

    CONNECT = "the connection"
    HELLO = "EHLO"
    TLS = "STARTTLS"
    LOGIN = "the login"
    SENDER = "MAIL FROM"
    RECIPIENT = "RCPT TO"
    DATA = "DATA"
    MAIL = "the mail itself"


_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
#: 550 no such mailbox, 551 not local, 552 storage, 553 name not allowed, 554 failed, 556 takes no mail.
_OF_THIS_MAIL = frozenset({550, 551, 552, 553, 554, 556})
#: Full: empties again. Where 552 comes alone RFC 5321 4.5.3.1.10 wants it taken as temporary.
_FULL = (2, 2)
_TOO_BIG = frozenset({(2, 3), (3, 4)})
#: Subjects that speak of a relay or a route: mail system, network, protocol.
_OF_THE_RELAY = frozenset({3, 4, 5})
_SECURITY = 7
#: "Other" and "delivery not authorised, message refused": said of spam and viruses as well as of relays.
_REFUSED = frozenset({0, 1})


def too_big(code: int, text: str) -> bool:
    """Whether this answer refuses a mail for its size (RFC 1870: 552; RFC 3463: x.2.3, x.3.4)."""
    m = _ENHANCED.match(text)
    if m is None:
        return code == 552
    return (int(m[2]), int(m[3])) in _TOO_BIG


def for_good(stage: Stage, code: int, text: str) -> bool:
    """Whether this answer refuses this recipient or this mail for good. `text` is what follows the code.

    For good: 550, 551, 552 with an enhanced code, 553, 554 and 556, said to RCPT TO or to the mail
    itself. Try again, for days: 4xx; any answer to the greeting, EHLO, STARTTLS, the login, MAIL
    FROM (the sender is the config's, every mail would be refused) and DATA; 500 to 504, 555
    (protocol), 521, 530, 534, 535, 538 (relay, authentication, encryption); and of the others what
    the enhanced code tells to be no fault of the mail: mailbox full (x.2.2), mail system, route and
    protocol (x.3.*, x.4.*, x.5.*, but a mail too big, x.3.4), security (x.7.*). Only x.7.0 and
    x.7.1 after the mail itself judge what it says.
    """
    if stage not in (Stage.RECIPIENT, Stage.MAIL) or code not in _OF_THIS_MAIL:
        return False
    m = _ENHANCED.match(text)
    if m is None:
        return code != 552
    if m[1] != "5":
        return False
    subject, detail = int(m[2]), int(m[3])
    if (subject, detail) in _TOO_BIG:
        return True
    if subject == _SECURITY:
        return stage is Stage.MAIL and detail in _REFUSED
    return (subject, detail) != _FULL and subject not in _OF_THE_RELAY
