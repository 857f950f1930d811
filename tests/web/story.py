"""A filled database: two sites, a post with a whole life, poison in every text that is not ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import Event, Kind, LookRecord, Reason, Role, SiteView, Status
from monitor.read.article import Block, BlockKind, Link
from monitor.store import Store
from monitor.store.rows import PostRow, SnapshotRow
from monitor.values import replace

from .build import BASELINE, POISON, Filler, article, at

PARAGRAPHS = (
    "We planted the roof in spring because the people in the house had asked for it for years.",
    "Every tenant may water the beds, and the caretaker keeps a list of who comes when.",
    "The first year gave us beans and a great many tomatoes.",
    "A gardener from the school round the corner showed us how to prune.",
    "We will publish every bill for soil and seed within thirty days of paying it.",
    "No chemical is used that the house meeting has not voted for, and the vote is public.",
    "The bees are looked after by a neighbour who has done so for a long time now.",
    "Ladders stand by the north wall and must be put back there after use.",
    "Children are welcome on the roof with somebody who looks after them.",
    "The tool shed is never locked before ten in the evening on any day of summer.",
    "Come to the meeting on the first Tuesday of each month.",
)


ROBOTS = "User-agent: *\nDisallow: /tmp/\n"


def looks_of(url: str, when: datetime) -> tuple[LookRecord, ...]:
    """Three looks at a page that is gone, and its controls."""
    gone = [
        LookRecord(
            when + timedelta(minutes=10 * n), url, Role.POST, 404, "not_found", "Thu, 19 Nov"
        )
        for n in range(3)
    ]
    home = "https://tulip.example/"
    return (
        *gone,
        LookRecord(when, home, Role.HOME, 200, "up"),
        LookRecord(when, f"{home}news/q8zrk", Role.MADE_UP, 404, "not_found"),
        LookRecord(when, f"{home}news/other", Role.SIBLING, None, "timeout"),
    )


@dataclass(frozen=True, slots=True)
class Filled:
    """What `fill` made, by what it is for."""

    lived: PostRow  #: dated, edited without a note, delisted, removed, back shorter
    gone: PostRow
    suspected: PostRow
    poison: PostRow
    versions: tuple[SnapshotRow, ...]
    events: tuple[Event, ...]


def fill(store: Store) -> Filled:
    """Two sites: tulip with a post that lived through everything, and roses, which a wall hides."""
    f = Filler(store)
    tulip = f.site("tulip")
    roses = f.site(
        "roses",
        SiteView(
            up=False,
            reason=Reason.BLOCKED,
            since=at(4),
            why="a challenge page",
            told=True,
            last_up_at=at(4),
        ),
    )
    lived = f.post(tulip)
    first = f.version(lived, article(*PARAGRAPHS, byline="Ines Prado"), BASELINE)
    second_words = list(PARAGRAPHS)
    second_words[2] = "The first year gave us beans and a great many tomatoes and one pumpkin."
    second = f.version(lived, article(*second_words, byline="Ines Prado"), at(631))
    third_words = [*second_words[:3], *second_words[4:10], second_words[3], second_words[10]]
    third_words[3] = "We will publish selected bills for soil and seed."
    del third_words[4]
    third_words.append("Some bills may be withheld where their release would upset a supplier.")
    third = f.version(lived, article(*third_words, byline="The house"), at(1, 12))
    told = [
        f.event(
            Kind.EDITED,
            at(631),
            lived,
            last_seen_at=at(631, 6),
            snapshot_before=first.id,
            snapshot_after=second.id,
            fields=("text",),
            words_added=3,
            similarity=0.99,
            silent=True,
        ),
    ]
    told.append(
        f.event(Kind.WATCH_STOPPED, at(12), title="postwatch could not look", reason=Reason.NETWORK)
    )
    told.append(
        f.event(
            Kind.WATCH_RESUMED,
            at(11),
            title="postwatch looks again",
            reason=Reason.NETWORK,
            first_missing_at=at(12),
            absent_for=(86_400, 86_400),
        )
    )
    poison = f.post(roses, "roses", "bad", POISON)
    bad = article(POISON, f"{POISON} again", title=POISON, byline=POISON)
    bad = replace(
        bad,
        published_at=POISON,
        language='en" onload="x',
        blocks=(
            *bad.blocks,
            Block(BlockKind.ITEM, POISON, "x", (Link(POISON, "javascript:alert(3)"),)),
        ),
    )
    one = f.version(poison, bad, at(9), body=POISON.encode())
    two = f.version(poison, replace(article(f"{POISON} other", title=POISON), language=""), at(8))
    told.append(
        f.event(
            Kind.EDITED,
            at(8),
            poison,
            url="javascript:alert(3)",
            last_seen_at=at(9),
            snapshot_before=one.id,
            snapshot_after=two.id,
            fields=("text", "title"),
            words_removed=1,
            words_added=1,
            similarity=0.9,
            silent=False,
        )
    )
    told.append(
        f.event(Kind.MOVED, at(7), poison, moved_to="javascript:alert(3)", snapshot_before=two.id)
    )
    told.append(f.event(Kind.RETRACTED, at(7), poison, retracts=told[-1].id, why=POISON, by=POISON))
    poison = f.state(
        poison,
        url="javascript:alert(3)",
        aliases=(f"https://roses.example/{POISON}",),
        published_at=POISON,
        snapshot=two.id,
    )
    told += [
        f.event(Kind.DELISTED, at(6), lived, last_seen_at=at(6, 1), first_missing_at=at(6)),
        f.event(
            Kind.REMOVED,
            at(4, 2),
            lived,
            reason=Reason.NOT_FOUND,
            last_seen_at=at(4, 9),
            first_missing_at=at(4, 3),
            last_missing_at=at(4, 2),
            snapshot_before=second.id,
            looks=looks_of(lived.state.url, at(4, 3)),
        ),
    ]
    removal = told[-1]
    told.append(
        f.event(
            Kind.SITE_UNREACHABLE,
            at(3, 20),
            site="roses",
            url="https://roses.example/news/",
            title="roses",
            reason=Reason.BLOCKED,
            last_seen_at=at(4),
            first_missing_at=at(3, 23),
        )
    )
    gone = f.post(tulip, path="shed", title="Why the shed was painted")
    kept = f.version(
        gone, article("The shed is green now.", title="Why the shed was painted"), at(300)
    )
    told.append(
        f.event(
            Kind.REMOVED,
            at(2),
            gone,
            reason=Reason.TOMBSTONE,
            last_seen_at=at(2, 5),
            first_missing_at=at(2, 1),
            snapshot_before=kept.id,
            looks=looks_of(gone.state.url, at(2, 1)),
        )
    )
    gone = f.state(
        gone,
        status=Status.REMOVED,
        reason=Reason.TOMBSTONE,
        removed_event=told[-1].id,
        snapshot=kept.id,
        last_seen_at=at(2, 5),
        first_missing_at=at(2, 1),
    )

    told.append(
        f.event(
            Kind.REINSTATED,
            at(1, 12),
            lived,
            last_missing_at=at(1, 13),
            first_missing_at=at(4, 3),
            removed_event=removal.id,
            absent_for=(223_200, 248_400),
            snapshot_before=second.id,
            snapshot_after=third.id,
            fields=("text", "author"),
            words_added=19,
            words_removed=30,
            similarity=0.83,
            silent=True,
            phrases_lost=("every bill",),
        )
    )
    lived = f.state(lived, snapshot=third.id)

    before, now = (f.robots(tulip, t) for t in (ROBOTS, f"{ROBOTS}Disallow: /news/ # {POISON}\n"))
    told.append(
        f.event(
            Kind.SITE_UNREACHABLE,
            at(1, 2),
            site="tulip",
            url="https://tulip.example/news/",
            title="tulip",
            reason=Reason.DISALLOWED,
            last_seen_at=at(1, 4),
            first_missing_at=at(1, 3),
            evidence=(
                "robots.txt forbids /news/ to us",
                f"robots.txt before: SHA-256 {before}",
                f"robots.txt now: SHA-256 {now}, read at 2026-11-22 06:30:00 UTC",
                "hidden: https://tulip.example/news/roof",
            ),
        )
    )
    told.append(
        f.event(
            Kind.SITE_RECOVERED,
            at(1, 1),
            site="tulip",
            url="https://tulip.example/news/",
            title="tulip",
            reason=Reason.DISALLOWED,
            first_missing_at=at(1, 3),
            absent_for=(7200, 10_800),
        )
    )

    suspected = f.post(tulip, path="pond", title="A pond, at last")
    pond = f.version(suspected, article("The pond is dug.", title="A pond, at last"), at(20))
    suspected = f.state(
        suspected,
        snapshot=pond.id,
        status=Status.SUSPECTED,
        misses=2,
        reason=Reason.NOT_FOUND,
        last_seen_at=at(0, 1),
        first_missing_at=at(0, 0.5),
        looks=looks_of(suspected.state.url, at(0, 0.5))[:2],
    )

    return Filled(lived, gone, suspected, poison, (first, second, third, one, two), tuple(told))
