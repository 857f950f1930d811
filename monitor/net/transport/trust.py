"""Whom do we believe to be whom? TLS as httpx sets it up, loaded when it is needed."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from functools import cache

import httpx

from ...errors import UsageError


def trusted(verify: ssl.SSLContext | None) -> Callable[[], ssl.SSLContext]:
    """Gives the TLS context, always the same. It is made when the first https host is dialled: the list of
    certificates takes 17 ms of CPU to load. UsageError where that fails: it is our fault, and no site's."""

    @cache
    def context() -> ssl.SSLContext:
        try:
            made = httpx.create_ssl_context() if verify is None else verify
        except (OSError, ValueError) as e:
            where = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR") or "certifi"
            raise UsageError(f"no certificates to believe can be loaded from {where}: {e}") from e
        made.set_alpn_protocols(["http/1.1"])
        return made

    return context
