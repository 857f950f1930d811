"""What does a robots.txt allow us, how slowly, and which sitemaps does it name?

RFC 9309: no file (4xx) allows all; one that could not be had (5xx, no answer) is `unreadable`, and
what that means (keep to the last one known, or wait) is the caller's to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from .article.charset import looks_like_html
from .urls import clean

if TYPE_CHECKING:
    from protego import Protego

#: RFC 9309, 2.5: a parser must read at least 500 KiB; what follows is ignored.
MAX_BODY = 500 * 1024
#: A longer Crawl-delay is not believed: at a minute a look every post of a usual blog still has its turn.
MAX_DELAY = timedelta(seconds=60)
#: As many sitemaps as are worth reading of one site.
MAX_SITEMAPS = 200
#: Lines named as evidence, and the work they are worth: URLs tried against a line, lines looked at,
#: times the whole file is read again (a hostile one of 500 KiB takes 0.1 s).
MAX_LINES, MAX_TRIED, MAX_READ, MAX_AGAIN = 8, 12, 2000, 16

_DISALLOW = re.compile(r"(?im)^([ \t]*disallow[ \t]*:)[ \t]*([^#\r\n]*)")


@dataclass(frozen=True, slots=True)
class Robots:
    """What a robots.txt says. Without rules everything is allowed."""

    unreadable: bool = False  #: it could not be had: nothing is known
    sitemaps: tuple[str, ...] = ()  #: absolute, unique, in the file's order
    rules: Protego | None = field(default=None, repr=False, compare=False)
    text: str = field(default="", repr=False, compare=False)

    def allows(self, url: str, agent: str) -> bool:
        """Whether `agent` (a product token or a whole User-Agent) may fetch this URL."""
        if self.rules is None:
            return True
        try:
            return bool(self.rules.can_fetch(url, agent))
        except (ValueError, UnicodeError):  # a URL that urllib does not take apart
            return True

    def hiding(self, urls: Sequence[str], agent: str) -> tuple[str, ...]:
        """The paths of those Disallow lines that forbid `agent` any of these URLs, each taken alone;
        unique, in the file's order, MAX_LINES at most."""
        tried, again = urls[:MAX_TRIED], 0
        found: list[str] = []
        for line in islice(_DISALLOW.finditer(self.text), MAX_READ):
            path = line[2].strip()
            if not path or path in found:
                continue
            if not _forbids(f"User-agent: *\nDisallow: {path}", tried, agent):
                continue
            again += 1
            if again > MAX_AGAIN or len(found) == MAX_LINES:
                break
            # The file with every other Disallow left empty: whose group this line is in stays its own.
            before, after = self.text[: line.start()], self.text[line.end() :]
            alone = _DISALLOW.sub(r"\1", before) + line[0] + _DISALLOW.sub(r"\1", after)
            if _forbids(alone, tried, agent):
                found.append(path)
        return tuple(found)

    def delay(self, agent: str) -> timedelta | None:
        """The Crawl-delay for `agent`, MAX_DELAY at most; None where none is given."""
        if self.rules is None:
            return None
        seconds = self.rules.crawl_delay(agent)
        if seconds is None:
            return None
        return timedelta(seconds=min(float(seconds), MAX_DELAY.total_seconds()))


def read_robots(body: bytes | None, status: int | None) -> Robots:
    """What the answer to /robots.txt allows; `status` None where there was no answer at all.

    A web page sent in its place allows everything, as crawlers have it.
    """
    if status is None or status >= 500 or status == 429 or body is None:
        return Robots(unreadable=not (status is not None and 400 <= status < 500 and status != 429))
    if not 200 <= status < 300:
        return Robots()
    text = body[:MAX_BODY].decode("utf-8-sig", "replace").replace("\0", "")
    if looks_like_html(text):
        return Robots()
    from protego import Protego  # here: who holds a Robots need not parse one

    try:
        rules = Protego.parse(text)
        sitemaps = tuple(dict.fromkeys(filter(None, map(clean, rules.sitemaps))))
    except (ValueError, UnicodeError, RecursionError):
        return Robots()
    return Robots(sitemaps=sitemaps[:MAX_SITEMAPS], rules=rules, text=text)


def _forbids(text: str, urls: Sequence[str], agent: str) -> bool:
    from protego import Protego

    robots = Robots(rules=Protego.parse(text))
    return not all(robots.allows(u, agent) for u in urls)
