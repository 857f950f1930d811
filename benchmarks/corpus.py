"""Blogs to check, made up from a seed: pages of 64 kB with an article of some 10 kB, and what changes in them.

No I/O: corpus_server.py serves them.
"""

from __future__ import annotations

import html
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from tests.support.prose import headline, sentence

#: Bytes of a whole page, and paragraphs of its article (four sentences each, some 10 kB).
PAGE, PARAGRAPHS = 64_000, 32
#: Other posts that each page names.
RELATED = 5
_NEWEST = date(2026, 6, 1)


@dataclass(frozen=True)
class Corpus:
    """So many blogs of so many posts each. Each has a loopback address, and so a pace, of its own."""

    sites: int
    posts: int
    port: int
    seed: int = 1
    _filler: dict[int, str] = field(default_factory=dict, compare=False, repr=False)

    def origin(self, site: int) -> str:
        """Where a blog is."""
        return f"http://127.2.{site // 250}.{site % 250 + 1}:{self.port}"

    def path(self, number: int) -> str:
        """Where a post of any blog is."""
        return f"/news/post-{number}/"

    @cached_property
    def urls(self) -> tuple[str, ...]:
        """All posts, spread over the blogs."""
        every = [(n, s) for n in range(self.posts) for s in range(self.sites)]
        return tuple(self.origin(s) + self.path(n) for n, s in every)

    def title(self, site: int, number: int) -> str:
        """A post's title."""
        return f"{headline(self._chance('title', site, number))} ({site}.{number})"

    def published(self, number: int) -> date:
        """When a post was."""
        return _NEWEST - timedelta(days=3 * number)

    def paragraphs(self, site: int, number: int, edition: int) -> list[str]:
        """A post's text after so many edits: each takes a sentence away, changes one, or adds a paragraph."""
        chance = self._chance("text", site, number)
        text = [[sentence(chance) for _ in range(4)] for _ in range(PARAGRAPHS)]
        for n in range(1, edition + 1):
            chance = self._chance("edit", site, number, n)
            place = chance.randrange(len(text))
            match n % 3:
                case 0:
                    text.insert(place, [sentence(chance) for _ in range(3)])
                case 1:
                    text[place][chance.randrange(len(text[place]))] = sentence(chance)
                case _:
                    text[place].pop() if len(text[place]) > 1 else text.pop(place)
        return [" ".join(p) for p in text]

    def is_edited(self, site: int, number: int, generation: int, share: float) -> bool:
        """Whether a post is edited in this generation."""
        return self._chance("edited", site, number, generation).random() < share

    def page(self, site: int, number: int, edition: int) -> tuple[str, list[str], str]:
        """A post's page but for what differs at each look: all before, the links to other posts, all behind.

        NONCE and VIEWS stand in it for a nonce and a counter.
        """
        title = html.escape(self.title(site, number))
        day = self.published(number).isoformat()
        text = "\n".join(f"<p>{html.escape(p)}</p>" for p in self.paragraphs(site, number, edition))
        menu = "".join(f'<li><a href="/part/{n}/">Part {n}</a></li>' for n in range(30))
        head = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} | Yard {site}</title>
<meta property="og:title" content="{title}"><meta property="article:published_time" content="{day}">
<meta name="csrf-token" content="NONCE"><link rel="alternate" type="application/rss+xml" href="/feed.xml">
<style>"""
        body = f"""</style><script nonce="NONCE">window.view = "NONCE";</script></head>
<body><header><nav><ul>{menu}</ul></nav></header>
<main><article><h1>{title}</h1><p class="byline">By <a rel="author" href="/authors/yard">The yard</a>,
<time datetime="{day}">{day}</time></p><div class="entry-content">{text}</div></article>
<div class="stats"><span class="views">VIEWS views</span></div>
<aside class="related"><h3>Related posts</h3><ul>"""
        tail = f"</ul></aside></main><footer><ul>{menu}</ul><p>© Yard {site}</p></footer></body></html>"
        others = [(number + n) % self.posts for n in range(1, RELATED + 1)]
        related = [
            f'<li><a href="{self.path(n)}">{html.escape(self.title(site, n))}</a></li>'
            for n in others
        ]
        left = PAGE - sum(len(x) for x in (head, body, tail, *related))
        return head + self._style(site)[: max(0, left)] + body, related, tail

    def listing(self, site: int) -> str:
        """A blog's home page: all its posts."""
        links = "".join(
            f'<h2><a href="{self.path(n)}">{html.escape(self.title(site, n))}</a></h2>'
            for n in range(self.posts)
        )
        feed = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
        return f"<!doctype html><html lang=en><title>Yard {site}</title>{feed}<h1>News</h1>{links}"

    def feed(self, site: int) -> str:
        """Its feed: the 20 newest."""
        items = "".join(
            f"<item><title>{html.escape(self.title(site, n))}</title>"
            f"<link>{self.origin(site)}{self.path(n)}</link></item>"
            for n in range(min(20, self.posts))
        )
        return f'<rss version="2.0"><channel><title>Yard {site}</title>{items}</channel></rss>'

    def _style(self, site: int) -> str:
        """Style rules that fill a page of this blog up."""
        if site not in self._filler:
            chance, rules, size = self._chance("style", site), [], 0
            while size < PAGE:
                rule = f".c{chance.randrange(16**6):06x}{{margin:{chance.randrange(99)}px;"
                rules.append(f"{rule}color:#{chance.randrange(16**6):06x}}}\n")
                size += len(rules[-1])
            self._filler[site] = "".join(rules)
        return self._filler[site]

    def _chance(self, *what: object) -> random.Random:
        return random.Random(f"{self.seed} {what}")
