"""Whom do we believe to be whom? TLS as httpx sets it up, loaded when it is needed."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from functools import cache

import httpx


def trusted(verify: ssl.SSLContext | None) -> Callable[[], ssl.SSLContext]:
    """Gives the TLS context, always the same. Certifi's list takes 17 ms of CPU to load: it is, when the first https
    host is dialled. What the machine's owner names is loaded now, so that a fault in it is ours."""

    @cache
    def context() -> ssl.SSLContext:
        made = httpx.create_ssl_context() if verify is None else verify
        made.set_alpn_protocols(["http/1.1"])
        return made

    if "SSL_CERT_FILE" in os.environ or "SSL_CERT_DIR" in os.environ:
        context()
    return context
