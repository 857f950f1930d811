"""The bytes of a page without what a server makes anew for each answer: nonces, tokens, ids of a request.

Two pages of one `settled_hash` say the same to every reader here. Only runs of letters, digits and "+/=_-"
are taken out, and only where nobody reads them: in short scripts that say nothing, in the values of form
fields, in <meta> of tokens, in short comments. Whatever such a run stands in, it ends no tag, no attribute
and no script, so what stands around it is read alike.
"""

from __future__ import annotations

import hashlib
import re

from .markers import SCRIPT_SIGN
from .scripts import without_tokens

#: Bytes of a page that may be made to take a third of a second.
LARGEST = 500_000
#: A longer script is the site's own code, the same each time.
_LONGEST = 4_000
_SCRIPT = rb"[sS][cC][rR][iI][pP][tT]"
#: Each part of it ends before the next "<" of its kind, so that the whole is linear in a page's length; and it begins
#: with one, since an expression that begins with fixed letters is looked for ten times as fast.
_ANEW = re.compile(
    rb"<(?:(?P<script>%b\b[^<>]*>)(?P<text>[^<]*(?:<(?!/?%b)[^<]*)*)(?=</%b)"
    rb"|(?P<input>[iI][nN][pP][uU][tT]\b[^<>]*>)"
    rb"|(?P<meta>[mM][eE][tT][aA]\b[^<>]*>)"
    rb"|!--[^<>]{0,400}-->)" % (_SCRIPT, _SCRIPT, _SCRIPT)
)
#: Apart from the others, for it stands in any tag.
_NONCE = re.compile(rb"""nonce=(?:"[\w+/=-]*"|'[\w+/=-]*')""")
_VALUE = re.compile(rb"""(?<=\bvalue=")[^"]*|(?<=\bvalue=')[^']*""")
_CONTENT = re.compile(rb"""(?<=\bcontent=")[^"]*|(?<=\bcontent=')[^']*""")
_NAMED = re.compile(rb"(?i)\b(?:name|property|itemprop|http-equiv)\s*=\s*[\"']?([\w:.-]*)")
_DIGITS = re.compile(rb"(?<![\w+/=-])\d{12,}(?![\w+/=-])")
_TOKEN = re.compile(rb"(?i)csrf|xsrf|token|nonce")
#: A script that leaves for another page is read (read/page.py); so is one that holds an article
#: (article/embedded.py), the signs of a wall (markers.py), or a date (article/metadata.py).
_READ = re.compile(
    rb"(?i)location|[\"'][_-]*(?:article|body|content|html|text|rich|post|rendered|markdown|main|full)"
)
#: Amid letters and digits three numbers without marks are no date to anybody (htmldate 1.11, extractors.py).
_DATE = re.compile(
    rb"(?:19|20)\d\d[-/._][01]\d(?:[-/._]?\d\d)?"
    rb"|(?<![0-9A-Za-z])(?:19|20)\d\d[01]\d(?:[-/._]?\d\d)?(?![0-9A-Za-z])"
)


def settled_hash(body: bytes) -> str:
    """SHA-256 of a page without what is made anew for each answer; of a very large one, of all its bytes."""
    if len(body) > LARGEST:
        return hashlib.sha256(body).hexdigest()
    return hashlib.sha256(_NONCE.sub(b"nonce", _ANEW.sub(_settled, body))).hexdigest()


def _settled(found: re.Match[bytes]) -> bytes:
    tag = found["script"]
    if tag is not None:
        return b"<" + tag + _script(tag, found["text"])
    if found["input"] is not None:
        return _VALUE.sub(_value, found[0])
    if found["meta"] is not None:
        names = _NAMED.findall(found["meta"])
        made = len(names) == 1 and _TOKEN.search(names[0]) is not None
        return _CONTENT.sub(_value, found[0]) if made else found[0]
    return _without_tokens(found[0])


def _script(tag: bytes, text: bytes) -> bytes:
    if len(text) > _LONGEST or b"json" in tag.lower() or _READ.search(text):
        return text
    if SCRIPT_SIGN.search(text.decode("utf-8", "replace").lower()):
        return text
    return _without_tokens(text) + b" ".join(_DATE.findall(text))


def _without_tokens(text: bytes) -> bytes:
    """Without those of digits alone, too: a moment, a number of the request, or a token that came out so."""
    return _DIGITS.sub(b"", without_tokens(text))


def _value(found: re.Match[bytes]) -> bytes:
    return _without_tokens(found[0])
