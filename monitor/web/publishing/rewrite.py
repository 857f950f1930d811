"""A page as a server answers it becomes one that stands in a folder: links lead to files, forms are gone. Pure.

The pages are our own templates', and everything in them that is not ours is escaped: no quote, no `<` and no
`>` of anybody else's stands in them. So their tags can be told by patterns.
"""

from __future__ import annotations

import re
from html import escape, unescape
from posixpath import dirname, relpath

from msgspec import Struct, field

from .addresses import Scope, Target, for_server, target

_ANCHOR = re.compile(r'<a\b([^<>]*?) href="(/[^"]*)"([^<>]*)>(.*?)</a>', re.DOTALL)
_LINK = re.compile(r'<link\b[^<>]*? href="(/[^"]*)"[^<>]*>\n?')
_FORM = re.compile(r"<form\b.*?</form>\n?", re.DOTALL)
_FEEDS = re.compile(r'<p\b[^<>]*>(?:(?!</p>).)*?href="/events\.atom[^"]*".*?</p>\n?', re.DOTALL)
_EMPTY = re.compile(r"<p\b[^<>]*>[\s·]*</p>\n?")
_DRAWN = re.compile(r"( · )?drawn \d{4}-\d\d-\d\d \d\d:\d\d UTC(?=</footer>)")
_NEXT = re.compile(r", next look (in [^<,]*|is due)(?=</p>)")
_CHARSET = '<meta charset="utf-8">\n'

#: A header cannot be kept in a folder. `file:` is what 'self' means there to some browsers.
_PAGE_CSP = (
    "default-src 'none'; style-src 'self' file:; img-src data:; base-uri 'none'; form-action 'none'"
)


class Rewriting(Struct):
    """One page on its way into a file; `found` are the files it leads to."""

    file: str
    scope: Scope
    found: list[Target] = field(default_factory=list)

    def page(self, html: str, as_of: str) -> str:
        """One of our pages; `as_of` says when what it says of "now" was so, "" for nowhere."""
        html = _FEEDS.sub(self._lines(), _FORM.sub("", html))
        html = _ANCHOR.sub(self._anchor, html)
        html = _LINK.sub(self._link, html)
        html = _EMPTY.sub("", _NEXT.sub("", _DRAWN.sub("", html)))
        if as_of:
            said = f'<p class="muted">A copy of these pages, as of {escape(as_of)}.</p>\n'
            html = html.replace("</nav>\n", f"</nav>\n{said}", 1)
        guard = f'<meta http-equiv="Content-Security-Policy" content="{_PAGE_CSP}">\n'
        return html.replace(_CHARSET, _CHARSET + guard, 1)

    def _lines(self) -> str:
        """What stands where a server offers a list of events in other forms."""
        if self.file != "events/index.html":
            return ""
        return '<p class="muted"><a href="../events.jsonl">All events as JSON Lines</a></p>\n'

    def feed(self, xml: str, base: str, address: str) -> str:
        """A feed; what lies under `base` lies under `address` now, relative to the feed for ""."""
        where = re.compile(re.escape(escape(base)) + r'(/[^\s"<>]*)?')
        return where.sub(lambda m: self._under(m[1] or "/", address), xml)

    def _under(self, path: str, address: str) -> str:
        found = self._follow(path)
        file = found.partition("#")[0] if found else "index.html"
        return f"{escape(address)}/{file}" if address else relpath(file, dirname(self.file) or ".")

    def _anchor(self, m: re.Match[str]) -> str:
        before, address, after, words = m.groups()
        file = self._follow(address)
        if file is not None:
            return f'<a{before} href="{self._relative(file)}"{after}>{words}</a>'
        return "" if for_server(unescape(address)) else f"<span>{words}</span>"

    def _link(self, m: re.Match[str]) -> str:
        file = self._follow(m[1])
        return "" if file is None else m[0].replace(m[1], self._relative(file))

    def _follow(self, escaped: str) -> str | None:
        """The file of an address as it stands in an attribute, its fragment behind it."""
        address, hash_, fragment = unescape(escaped).partition("#")
        found = target(address, self.scope)
        if found is None:
            return None
        self.found.append(found)
        if self.scope.site and address == "/":  # one site's first page lists no sites
            return found.file
        return found.file + hash_ + fragment

    def _relative(self, file: str) -> str:
        name, hash_, fragment = file.partition("#")
        return escape(relpath(name, dirname(self.file) or ".") + hash_ + fragment)
