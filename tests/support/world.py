"""A lively blog whose life is told in steps: pages that differ at each answer, answers that say 304, listings
of several pages, an index of sitemaps. What one did to it can be done to another."""

from __future__ import annotations

import hashlib
import html
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from monitor.demo.blog import Blog, BlogPost, Reply
from tests.support.prose import fresh

#: Posts on one page of the listing, and in one of the sitemaps.
A_PAGE = 4
TEASERS = (
    ("Bees on the roof", "2025-03-04"),
    ("A price on one page", "2024-11-12"),
    ("The quiet room", "2025-01-08"),
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a blog answers, whatever it has to say."""

    etags: bool = False  #: it answers 304 where it can
    tokens: bool = False  #: each page has a nonce and a counter of its own
    teasers: bool = False  #: other posts stand beside each, in another order each time
    paged: bool = False  #: its listing has several pages, its sitemap several parts
    long: bool = False  #: its posts are of three paragraphs with four sentences each
    house: bool = False  #: and end in the same line about the house


@dataclass(slots=True)
class Said:
    """What one post's page has beside its text."""

    head: str = ""
    label: str = ""
    instead: Reply | None = None


@dataclass(slots=True, eq=False)
class _Told:
    posts: dict[str, Said] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    footer: str = ""
    all: Reply | None = None
    fresh: int = 0


class World(Blog):
    """A blog that answers in some manner, and to which steps may happen."""

    def __init__(self, posts: list[BlogPost], manner: Manner) -> None:
        super().__init__(posts)
        self.manner, self._told = manner, _Told()

    async def answered(self, path: str, head: bytes) -> Reply:
        return self._tagged(await super().answered(path, head), head)

    def _tagged(self, reply: Reply, head: bytes) -> Reply:
        if not self.manner.etags or reply.status != 200:
            return reply
        tag = f'"{hashlib.sha256(reply.body.encode()).hexdigest()[:20]}"'
        headers = {**reply.headers, "ETag": tag}
        if f"if-none-match: {tag}".encode() in head.lower().replace(
            b"If-None-Match", b"if-none-match"
        ):
            return Reply(304, "", kind=reply.kind, headers=headers)
        return Reply(200, reply.body, reply.kind, headers)

    def answer(self, path: str) -> Reply:
        """What a path answers now."""
        if self._told.all is not None:
            return self._told.all
        given = self._parts(path) if self.manner.paged else None
        return given or super().answer(path)

    def _parts(self, path: str) -> Reply | None:
        listed = self._listed()
        pages = [listed[n : n + A_PAGE] for n in range(0, len(listed), A_PAGE)]
        for n, some in enumerate(pages, 1):
            if path in (f"/blog/page/{n}/", f"/sitemap-{n}.xml") or (n == 1 and path == "/blog/"):
                part = _Part(self, some)
                if path.startswith("/sitemap"):
                    return part._sitemap()
                older = f'<a href="/blog/page/{n + 1}/">Older posts</a>' if n < len(pages) else ""
                page = part._listing()
                return Reply(body=page.body.replace("</main>", f"{older}</main>"))
        if path == "/sitemap.xml":
            places = "".join(
                f"<sitemap><loc>{self.origin}/sitemap-{n}.xml</loc></sitemap>"
                for n in range(1, len(pages) + 1)
            )
            return Reply(
                body='<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
                f"{places}</sitemapindex>",
                kind="application/xml",
            )
        return None

    def _shell(self, title: str, main: str, head: str = "") -> str:
        page = super()._shell(title, main, head)
        return page.replace("</footer>", f"{self._told.footer}</footer>")

    def _post(self, post: BlogPost) -> Reply:
        told = self._told.posts.get(post.slug, Said())
        if told.instead is not None:
            return told.instead
        page = super()._post(post).body.replace("</head>", f"{told.head}</head>")
        page = page.replace("</article>", f"{told.label}</article>")
        self._told.asked[post.slug] += 1
        turn = self._told.asked[post.slug]
        if self.manner.tokens:
            nonce = hashlib.sha256(f"{post.slug} {turn}".encode()).hexdigest()[:24]
            page = page.replace(
                "</head>", f'<script nonce="{nonce}">var id = "{nonce}";</script></head>'
            )
            page = page.replace("</main>", f'<p class="views">{100 + turn} views</p></main>')
        if self.manner.teasers:
            shown = [*TEASERS[turn % 3 :], *TEASERS[: turn % 3]]
            cards = "".join(
                f'<li><a href="/news/{n}">{title}</a> <time datetime="{day}">{day}</time></li>'
                for n, (title, day) in enumerate(shown)
            )
            page = page.replace(
                "</main>", f"<aside><h2>More stories</h2><ul>{cards}</ul></aside></main>"
            )
        return Reply(body=page)

    # ---- what may happen

    def happen(self, what: str, n: int) -> None:
        """One step of its life, to its n-th post where it is one's."""
        post = self.posts[n % len(self.posts)]
        _STEPS[what](self, post)

    def said(self, post: BlogPost) -> Said:
        return self._told.posts.setdefault(post.slug, Said())

    def publish(self) -> None:
        self._told.fresh += 1
        new = fresh(f"a-new-crane-{self._told.fresh}", f"A new crane for yard {self._told.fresh}")
        new.date += timedelta(minutes=self._told.fresh)
        new.paragraphs = [f"{p} So it was in yard {self._told.fresh}." for p in new.paragraphs]
        self.posts.append(new)

    def move(self, post: BlogPost, *, redirects: bool) -> None:
        old, said = post.path, self.said(post)
        post.slug = f"{post.slug}-moved"
        self._told.posts[post.slug] = said
        before, there = self.override, post.path
        gone = Reply(301, "", headers={"Location": there}) if redirects else self._missing(404)
        self.override = lambda path: gone if path == old else before(path)


class _Part(Blog):
    """Some posts of a blog, as its listing or sitemap has them."""

    def __init__(self, whole: World, some: list[BlogPost]) -> None:
        self.posts, self._host, self._port = some, whole._host, whole._port
        self._whole = whole

    def _shell(self, title: str, main: str, head: str = "") -> str:
        return self._whole._shell(title, main, head)


def _edit(_: World, post: BlogPost) -> None:
    post.paragraphs[-1] = post.paragraphs[-1].replace("the ", "that ", 1) + " It still does."


def _more(_: World, post: BlogPost) -> None:
    told = f"Of paragraph {len(post.paragraphs)} nothing was known before. It was put in behind all that stood there."
    post.paragraphs.append(told)


def _between(_: World, post: BlogPost) -> None:
    told = f"Between two others stands what was to be said {len(post.paragraphs)} times. Nobody had asked for it."
    post.paragraphs.insert(1, told)


def _less(_: World, post: BlogPost) -> None:
    if len(post.paragraphs) > 1:
        del post.paragraphs[-1]


def _sentence(_: World, post: BlogPost) -> None:
    post.paragraphs[0] = post.paragraphs[0].partition(". ")[2] or post.paragraphs[0]


def _house(words: str) -> Callable[[World, BlogPost], None]:
    """The same last paragraph in all posts, in place of the one before."""

    def say(world: World, _: BlogPost) -> None:
        told = f"The harbour company was founded in 1911 and {words} for all who come in by night or by day."
        for post in world.posts:
            kept = [p for p in post.paragraphs if not p.startswith("The harbour company")]
            post.paragraphs[:] = [*kept, told]

    return say


def _figure(_: World, post: BlogPost) -> None:
    post.paragraphs[0] = f"In {1900 + len(post.paragraphs[0]) % 90} it began. {post.paragraphs[0]}"


def _set(name: str, value: object) -> Callable[[World, BlogPost], None]:
    return lambda _, post: setattr(post, name, value)


def _say(name: str, value: object) -> Callable[[World, BlogPost], None]:
    return lambda world, post: setattr(world.said(post), name, value)


def _soft(world: World, post: BlogPost) -> None:
    world.said(post).instead = Reply(200, world._missing(404).body)


def _cut(_: World, post: BlogPost) -> None:
    del post.paragraphs[1:]


def _back(world: World, post: BlogPost) -> None:
    post.status, post.listed, world.said(post).instead = 200, True, None


def _all(reply: Reply | None) -> Callable[[World, BlogPost], None]:
    return lambda world, _: setattr(world._told, "all", reply)


def _footer(world: World, _: BlogPost) -> None:
    world._told.footer = (
        f"<p>A line of {html.escape('the house')} that stands on every page now.</p>"
    )


_WALL = Reply(
    403,
    "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>",
    headers={"cf-mitigated": "challenge", "server": "cloudflare"},
)
_STEPS: dict[str, Callable[[World, BlogPost], None]] = {
    "rest": lambda _, __: None,
    "edit": _edit,
    "a figure": _figure,
    "the house's line": _house("keeps forty cranes and as many pilots"),
    "another house line": _house("keeps thirty cranes and as many pilots"),
    "an offer": _say(
        "label",
        "<p>Subscribe to continue reading: 3 of 9 free stories left</p>",
    ),
    "an error beside it": _say("label", "<p>Internal server error? Write to us.</p>"),
    "a paragraph more": _more,
    "a paragraph between": _between,
    "a paragraph less": _less,
    "a sentence less": _sentence,
    "cut short": _cut,
    "a note": _set("note", "Correction, 2 June 2026: an earlier version gave a wrong price."),
    "a headline": _set("title", "Another headline altogether"),
    "an author": _set("author", "The cellar team"),
    "no author": _set("author", ""),
    "404": _set("status", 404),
    "410": _set("status", 410),
    "403": _set("status", 403),
    "500": _set("status", 500),
    "an error page sent as 200": _soft,
    "back": _back,
    "unlisted": _set("listed", False),
    "listed": _set("listed", True),
    "published": lambda world, _: world.publish(),
    "moved": lambda world, post: world.move(post, redirects=True),
    "moved in silence": lambda world, post: world.move(post, redirects=False),
    "noindex": _say("head", '<meta name="robots" content="noindex">'),
    "modified": _say(
        "head", '<meta property="article:modified_time" content="2026-06-01T08:00:00Z">'
    ),
    "a label": _say("label", "<p>Last updated: 1 June 2026, 10:20</p>"),
    "another label": _say("label", "<p>Last updated: 2 June 2026, 11:40</p>"),
    "leaves": _say("head", '<meta http-equiv="refresh" content="0; url=/blog/">'),
    "a line on every page": _footer,
    "down": _all(Reply(503, "<h1>Service unavailable</h1>")),
    "walled": _all(_WALL),
    "up": _all(None),
}
STEPS = tuple(_STEPS)
