"""One request and what came back over the wire: the values that `transport` gives and raises.

Private to net, fetch and notify: what leaves them is `model.Answer` or `errors.DeliveryError`.
"""

from __future__ import annotations

from msgspec import Struct

from ..model import Failure, Headers


class Exchange(Struct, frozen=True):
    """One answer, no redirect followed."""

    status: int
    headers: Headers  #: names in lower case, order kept, values as latin-1 (so no byte is lost)
    body: bytes  #: decoded; empty where it was not read, as of a redirect
    raw_size: int  #: body bytes as they came
    coding: str  #: Content-Encoding as sent
    peer: str  #: "address:port" we spoke to (the proxy's, if there is one), IPv6 in brackets
    certificate: bytes  #: DER, empty for http

    def header(self, name: str) -> str:
        """The first value of a header (name in lower case), or ""."""
        return next((v for k, v in self.headers if k == name), "")


class ExchangeFailed(Exception):
    """No whole answer came. `detail` is one printable line for people."""

    def __init__(self, failure: Failure, detail: str, *, peer: str = "") -> None:
        self.failure = failure
        self.detail = one_line(detail)
        self.peer = peer  #: as in Exchange; "" when nobody was reached
        super().__init__(f"{failure.value}: {self.detail}")


def one_line(text: str, limit: int = 300) -> str:
    """The text without controls and doubled spaces: details quote what hostile servers sent."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
