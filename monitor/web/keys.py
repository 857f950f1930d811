"""What a cookie and a form's token are signed with, and whether a password is the right one. No I/O.

A ticket is the value of our one cookie: a session, or a mere visitor whose forms are bound to it. All
that is signed depends on the password, so that a changed one ends every session.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

#: How long a ticket is good for.
LASTS = timedelta(days=30)
#: A clock that was set back must not end every session.
SKEW = timedelta(minutes=5)
#: 16 MiB and about 40 ms a guess (RFC 7914 section 2; the parameters are those of its interactive use).
_N, _R, _P = 2**14, 8, 1
#: Longer passwords are not looked at.
_LONGEST = 4096


class Keys(Struct, frozen=True):
    """Of one install and one password."""

    cookie: str  #: what ends the cookie's name: two installs on one host do not share theirs
    signing: bytes
    salt: bytes
    password: bytes  #: its scrypt hash; b"" where there is none


class Ticket(StrEnum):
    """What a cookie of ours says of its bearer."""

    SESSION = "s"
    VISITOR = "v"


def keys(secret: bytes, password: str) -> Keys:
    """The keys of an install with this secret. Takes as long as one guess at the password."""
    salt = hashlib.sha256(b"salt:" + secret).digest()
    hashed = _hashed(password, salt) if password else b""
    return Keys(
        cookie=hashlib.sha256(b"cookie:" + secret).hexdigest()[:8],
        signing=hmac.digest(secret, b"sign:" + hashed, "sha256"),
        salt=salt,
        password=hashed,
    )


def fits(found: Keys, password: str) -> bool:
    """Whether this is the password, found out in the same time whatever is wrong with it."""
    if not found.password or len(password) > _LONGEST:
        return False
    return hmac.compare_digest(_hashed(password, found.salt), found.password)


def ticket(found: Keys, kind: Ticket, nonce: str, at: datetime) -> str:
    """A signed ticket. `nonce`: ASCII letters, digits, - and _, never used before."""
    said = f"{kind}.{int(at.timestamp())}.{nonce}"
    return f"{said}.{_signed(found, 'ticket', said)}"


def kind_of(found: Keys, text: str, now: datetime) -> Ticket | None:
    """What a ticket says; None where it is not ours, has been tampered with, or is too old."""
    said, _, mark = text.rpartition(".")
    if len(text) > 200 or not text.isascii():
        return None
    if not hmac.compare_digest(mark, _signed(found, "ticket", said)):
        return None
    kind, at, _ = said.split(".")  # ours: it was signed
    age = now.timestamp() - int(at)
    return Ticket(kind) if -SKEW.total_seconds() <= age < LASTS.total_seconds() else None


def form_token(found: Keys, of: str) -> str:
    """The token that a form of this ticket's bearer carries."""
    return _signed(found, "form", of)


def _signed(found: Keys, use: str, text: str) -> str:
    return hmac.digest(found.signing, f"{use}:{text}".encode(), "sha256").hex()


def _hashed(password: str, salt: bytes) -> bytes:
    raw = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(raw, salt=salt, n=_N, r=_R, p=_P, dklen=32)
