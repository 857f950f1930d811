"""A made-up world for measurements: posts, their lives minute by minute, their words. Pure.

The same seed gives the same world. `make_db.py` has the store's own functions live through it;
`pages.py` serves its posts as they stand at its end, so that a pass finds them as it left them.
"""

from __future__ import annotations

import html
import random
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from msgspec import Struct

from monitor.read.article import Article, Block, BlockKind
from monitor.read.article.digest import digest_of
from monitor.read.article.normal import count_words, key
from monitor.values import replace
from tests.support.prose import headline, sentence

#: Days that the history spans.
DAYS = 1460
#: Share of the posts by site; all but the first are small.
SITES = {"harbour": 0.96, "quarry": 0.03, "weir": 0.01}
#: Versions that post 0 has more than its share, where there are enough.
MUCH_EDITED = 300
#: Posts that go at one moment, of one cause.
AT_ONCE = range(100, 140)
LOST = (
    "<!doctype html><html lang=en><title>Not found</title><h1>Page not found</h1><p>It is not here."
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it."""

    posts: int
    versions: int
    looks: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One post's life: when it is looked at, and what each look finds."""

    number: int
    site: str
    minutes: array[int]  #: of its looks, ascending
    news: frozenset[int]  #: looks (by place) that read another text
    away: range  #: looks that find it missing; to the last one where it stays away
    unclear: frozenset[int]  #: looks that tell nothing
    delisted: int  #: the look beside which it leaves its sources, back ten looks later; -1 never
    retracted: bool  #: its removal was false, and a person said so

    @property
    def gone(self) -> bool:
        """Whether it is away at the end."""
        return bool(self.away) and self.away.stop == len(self.minutes)


class Words(Struct, frozen=True):
    """A post's text, as it stands."""

    title: str
    paragraphs: tuple[str, ...]
    note: str = ""

    def article(self, date: str) -> Article:
        """As the extractor reads it."""
        texts = (self.note, *self.paragraphs) if self.note else self.paragraphs
        blocks = tuple(Block(BlockKind.PARAGRAPH, t, key(t), place="p") for t in texts)
        found = Article(
            title=self.title,
            byline="The yard",
            published_at=date,
            blocks=blocks,
            language="en",
            declared=frozenset({"title", "author", "published_at"}),
            words=sum(count_words(t) for t in texts),
        )
        return replace(found, digest=digest_of(found))

    def page(self, url: str, date: str) -> bytes:
        """As their server sends it, some furniture round it."""
        title = html.escape(self.title)
        text = "\n".join(f"<p>{html.escape(t)}</p>" for t in self.paragraphs)
        note = f"<p><strong>{html.escape(self.note)}</strong></p>" if self.note else ""
        menu = "".join(f'<li><a href="/part/{n}/">Part {n} of the yard</a></li>' for n in range(40))
        return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} | The yard</title>
<link rel="canonical" href="{url}"><meta property="og:type" content="article">
<meta property="og:title" content="{title}"><meta property="article:published_time" content="{date}"></head>
<body><header><nav><ul>{menu}</ul></nav></header>
<main><article><h1>{title}</h1><p class="byline">By The yard, <time datetime="{date}">{date}</time></p>
<div class="entry-content">{note}{text}</div></article></main>
<footer><ul>{menu}</ul><p>© The yard. All rights reserved.</p></footer></body></html>
""".encode()


@dataclass(frozen=True)
class World:
    """All of it. `until` is the moment it ends."""

    size: Size
    until: datetime
    seed: int = 1
    port: int = 8790

    @property
    def since(self) -> datetime:
        return self.until - timedelta(days=DAYS)

    def at(self, minute: int) -> datetime:
        """The time of a minute of the history."""
        return self.since + timedelta(minutes=minute)

    def origin(self, site: str) -> str:
        """Where a site is served: each has a loopback address, and so a pace, of its own."""
        return f"http://127.0.0.{list(SITES).index(site) + 1}:{self.port}"

    def home(self, site: str) -> str:
        return f"{self.origin(site)}/news/"

    def url(self, plan: Plan) -> str:
        return f"{self.home(plan.site)}{plan.number}/"

    def date(self, plan: Plan) -> str:
        """The date the page bears: of its first look, or before we looked at all."""
        first = self.at(plan.minutes[0])
        early = timedelta(days=plan.number % 900 if plan.minutes[0] < 60 else 0)
        return (first - early).date().isoformat()

    @cached_property
    def plans(self) -> list[Plan]:
        """The lives of all posts, by number."""
        rng = random.Random(f"plans {self.seed}")
        size = self.size
        many = MUCH_EDITED - 1 if size.versions - size.posts > 4 * MUCH_EDITED else 0
        versions = shares(rng, size.versions - size.posts - many, size.posts)
        versions[0] += many
        looks = shares(rng, size.looks - size.versions - 12 * size.posts, size.posts)
        names = list(SITES)
        small = [round(size.posts * share) for share in list(SITES.values())[1:]]
        plans = []
        for n in range(size.posts):
            site = names[0]
            if n >= size.posts - sum(small):
                site = names[1] if n < size.posts - small[1] else names[2]
            plans.append(_plan(rng, n, site, versions[n] + 1, looks[n] + versions[n] + 13))
        return plans

    def first_words(self, number: int) -> Words:
        """What a post says first."""
        chance = self._chance(number)
        paragraphs = tuple(
            " ".join(sentence(chance) for _ in range(chance.randint(2, 5))) for _ in range(12)
        )
        return Words(f"{headline(chance)} ({number})", paragraphs)

    def next_words(self, number: int, version: int, before: Words) -> Words:
        """What it says in its next version, of which `version` is the number."""
        return edited(random.Random(f"edit {self.seed} {number} {version}"), before, version)

    def last_words(self, plan: Plan) -> Words:
        """What it says at the end."""
        words = self.first_words(plan.number)
        for version in range(2, len(plan.news) + 2):
            words = self.next_words(plan.number, version, words)
        return words

    def acts(self) -> Iterator[tuple[int, Plan]]:
        """(minute, whose look), in the order of time."""
        count = len(self.plans)
        keys = [m * count + plan.number for plan in self.plans for m in plan.minutes]
        keys.sort()
        for packed in keys:
            yield packed // count, self.plans[packed % count]

    def _chance(self, number: int) -> random.Random:
        return random.Random(f"text {self.seed} {number}")


def shares(rng: random.Random, total: int, parts: int) -> list[int]:
    """Whole numbers, some small and some large, that sum up to `total`."""
    weights = [rng.expovariate(1) + 0.2 for _ in range(parts)]
    whole = sum(weights)
    found = [int(total * w / whole) for w in weights]
    for i in range(total - sum(found)):
        found[i % parts] += 1
    return found


def _plan(rng: random.Random, n: int, site: str, versions: int, looks: int) -> Plan:
    end = DAYS * 24 * 60
    born = 0 if rng.random() < 0.4 else rng.randrange(24 * 60, end - 30 * 24 * 60)
    minutes = array("I", sorted(rng.sample(range(born + 1, end), looks - 1)))
    minutes.insert(0, born)
    away = range(0)
    fate = rng.random()
    if n in AT_ONCE:
        away = range(looks - 4, looks)
        for i, before in zip(away, (24100, 24080, 24060, 60), strict=True):
            minutes[i] = max(end - before, minutes[looks - 5] + 1 + i)
        minutes = array("I", sorted(minutes))
    elif fate < 0.04:
        away = range(looks - 4, looks)
    elif fate < 0.09:
        start = rng.randrange(2, looks - 8)
        away = range(start, start + 4)
    free = [i for i in range(1, looks) if i not in away and i != away.stop]
    news = frozenset(rng.sample(free, versions - 1))
    rest = [i for i in free if i not in news]
    unclear = frozenset(rng.sample(rest, min(len(rest), looks // 40)))
    steady = 0.09 <= fate < 0.12 and len(rest) > 12
    return Plan(
        number=n,
        site=site,
        minutes=minutes,
        news=news,
        away=away,
        unclear=unclear,
        delisted=rest[len(rest) // 2] if steady else -1,
        retracted=fate > 0.088 and bool(away),
    )


def edited(chance: random.Random, before: Words, version: int) -> Words:
    """The text with one change, most often a small one; one in three says that it was changed."""
    paragraphs = list(before.paragraphs)
    place = chance.randrange(len(paragraphs))
    turn = chance.random()
    if turn < 0.15 and len(paragraphs) > 6:
        del paragraphs[place]
    elif turn < 0.35 and len(paragraphs) < 20:
        paragraphs.insert(place, " ".join(sentence(chance) for _ in range(3)))
    else:
        parts = paragraphs[place].split(". ")
        parts[chance.randrange(len(parts))] = sentence(chance).rstrip(".")
        paragraphs[place] = ". ".join(parts).rstrip(".") + "."
    title = before.title
    if chance.random() < 0.04:
        title = f"{headline(chance)} ({version})"
    note = f"Update {version}: we have changed this text." if chance.random() < 0.3 else before.note
    return Words(title, tuple(paragraphs), note)
