"""Which relay takes our mail, and whom do we believe to be it? Reads `smtp = "…"`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from msgspec import Struct, field

from ..config import Secret, is_loopback

if TYPE_CHECKING:
    import ssl

_PORTS = {("smtp", False): 25, ("smtp", True): 587, ("smtps", False): 465, ("smtps", True): 465}
_WANTED = 'expected "smtp://user:password@host:587" or "smtps://…"'


class Relay(Struct, frozen=True):
    """Where mail is handed over; `secure` is TLS from the first byte (smtps)."""

    host: str
    port: int
    secure: bool
    user: str = ""
    password: Secret = field(default_factory=Secret)

    @property
    def place(self) -> str:
        """Host and port, for people."""
        return f"{self.host}:{self.port}"


def parse_relay(url: str) -> Relay:
    """The relay of an smtp:// or smtps:// URL; ValueError says what is wrong, and never the password.

    User and password may hold @ : / # ? as they are; %40 and the like are decoded.
    Ports left out: 25, with a user 587 (RFC 6409), smtps 465 (RFC 8314).
    """
    scheme, found, rest = url.partition("://")
    if not found or scheme.lower() not in ("smtp", "smtps"):
        raise ValueError(f"smtp: {_WANTED}")
    scheme = scheme.lower()
    login, _, place = rest.rpartition("@")
    place = place.removesuffix("/")
    user, _, password = login.partition(":")
    if password and not user:
        raise ValueError(f"smtp: a password without a user name; {_WANTED}")
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = place.partition(":")
    if not host or any(c.isspace() or c in "/?#[]\\" for c in host + port):
        raise ValueError(f"smtp: no host can be read; {_WANTED}")
    if port and not (port.isdecimal() and port.isascii() and 0 < int(port) < 65536):
        raise ValueError("smtp: expected a port from 1 to 65535")
    return Relay(
        host=host,
        port=int(port) if port else _PORTS[scheme, bool(user)],
        secure=scheme == "smtps",
        user=unquote(user),
        password=Secret(unquote(password)),
    )


def trust(relay: Relay) -> ssl.SSLContext:
    """Trust as this machine has it, SSL_CERT_FILE and SSL_CERT_DIR included.

    A relay on this machine that wants no password may show any certificate: such relays are set up
    with self-made ones, and clear text to them would be allowed as well.
    """
    import ssl

    context = ssl.create_default_context()
    if is_loopback(relay.host) and not relay.user:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
