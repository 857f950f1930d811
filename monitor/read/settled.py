"""The bytes of a page without what a server makes anew for each answer: nonces, tokens, ids of a request.

Two pages of one `settled_hash` say the same to every reader here. Only runs of letters, digits and "+/=_-"
are taken out, and only where nobody reads them: whatever such a run stands in, it ends no tag, no attribute
and no script, so what stands around it is read alike.
"""

from __future__ import annotations

import hashlib
import re

from .scripts import without_tokens

#: Short scripts (a long one is the site's own code, the same each time), fields of forms, <meta> of tokens,
#: short comments, nonces.
_ANEW = re.compile(
    rb"""<(?:[sS][cC][rR][iI][pP][tT]\b[^>]*>(?s:.{0,4000}?)</[sS][cC][rR][iI][pP][tT]"""
    rb"""|[iI][nN][pP][uU][tT]\b[^>]*>|!--[^<>]{0,400}-->"""
    rb"""|[mM][eE][tT][aA]\b[^>]*?(?i:csrf|xsrf|token|nonce)[^>]*>)"""
)
#: Apart from the others: an expression that begins with fixed letters is looked for ten times as fast.
_NONCE = re.compile(rb"""nonce=(?:"[\w+/=-]*"|'[\w+/=-]*')""")
#: A script that leaves for another page is read (read/page.py).
_LEAVES = b"location"


def settled_hash(body: bytes) -> str:
    """SHA-256 of a page without what is made anew for each answer."""
    return hashlib.sha256(_NONCE.sub(b"nonce", _ANEW.sub(_settled, body))).hexdigest()


def _settled(found: re.Match[bytes]) -> bytes:
    text = found[0]
    return text if _LEAVES in text else without_tokens(text)
