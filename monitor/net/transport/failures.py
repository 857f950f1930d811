"""Which Failure does an exception stand for? Told by types along the cause chain, never by text."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import h11
import httpx

from ...model import Failure
from ..decode import BadCoding, TooBig
from ..names import NoSuchName, RefusedHost


class NotConnected(Exception):
    """The other side could not be reached, or the proxy would not have us."""


class TlsFailed(Exception):
    """No TLS: wrong name, unknown issuer, broken handshake."""


class Closed(Exception):
    """The connection ended before the answer did."""


class NotHttp(Exception):
    """What came does not begin like HTTP, or its headers never end."""


#: What the other side or its network can make an exchange raise. ValueError and OSError: h11, ssl and
#: asyncio let a few through as they are.
FAILURES = (
    NotConnected,
    TlsFailed,
    Closed,
    NotHttp,
    NoSuchName,
    RefusedHost,
    TooBig,
    BadCoding,
    h11.ProtocolError,
    httpx.InvalidURL,
    OSError,
    ValueError,
)


def failure_of(error: Exception, *, ended: bool) -> Failure:
    """The Failure for one of FAILURES; `ended` says that the other side had closed by then."""
    match error:
        case NoSuchName():
            return Failure.DNS
        case RefusedHost() | httpx.InvalidURL():
            return Failure.REFUSED
        case TooBig():
            return Failure.TOO_BIG
        case BadCoding() | NotHttp() | h11.LocalProtocolError():
            return Failure.PROTOCOL
        case NotConnected():
            return Failure.CONNECT
    # TLS 1.3 refuses our certificate only after the handshake.
    if any(isinstance(e, ssl.SSLError | TlsFailed) for e in _chain(error)):
        return Failure.TLS
    match error:
        case Closed() | OSError():
            return Failure.RESET
        case h11.RemoteProtocolError() if ended:
            return Failure.RESET  # h11 has one type for a body cut short and for a bad one
    return Failure.PROTOCOL


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and those behind it."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def tls_reason(error: Exception) -> str:
    """In a few words, why there is no TLS."""
    for e in _chain(error):
        if isinstance(e, ssl.SSLCertVerificationError):
            return f"certificate: {e.verify_message}"
        if isinstance(e, ssl.SSLError):
            return f"handshake: {e.reason or e}"
    return "the handshake was broken off"


def os_reason(error: Exception) -> str:
    """In the system's words, why nobody was reached."""
    found = [e.strerror for e in _chain(error) if isinstance(e, OSError) and e.strerror]
    return found[-1] if found else str(error)
