"""How do we speak HTTP? The only room that imports httpx and h11's client.

`open_client` gives a Client whose `exchange` is one hop: no redirect followed, no cookie kept, one
deadline round all of it, caps on headers, raw and decoded bytes, failures told apart by type.
client.py: the exchange. httpx_client.py: httpx, and our transport below it. pool.py: the connections that
are kept. dial.py: how one comes to be, to an address that was vetted. connection.py: what goes over it.
failures.py: which Failure an exception stands for.
"""

from __future__ import annotations

import sys

from ..exchange import Exchange, ExchangeFailed

# httpx loads its own command line where rich is installed, and rich with it: 30 ms of a start.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

from .asked import CONDITIONS  # noqa: E402
from .client import ACCEPT_ENCODING, REDIRECTS, Client, open_client  # noqa: E402

__all__ = [
    "ACCEPT_ENCODING",
    "CONDITIONS",
    "REDIRECTS",
    "Client",
    "Exchange",
    "ExchangeFailed",
    "open_client",
]
