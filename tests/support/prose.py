"""Posts for the tests' blog: enough text for every rule, none of it alike."""

from __future__ import annotations

import random
from datetime import timedelta

from monitor.demo.blog import BlogPost, day

_TEXTS = (
    (
        "the-night-shift",
        "The night shift at the harbour",
        "Between ten and six the harbour belongs to eleven people and a great many gulls. We spent a "
        "week with them to see why the planning board kept freezing at three in the morning.",
        "The answer was a backup job that nobody remembered. It ran on the same machine as the board, "
        "and it had run there since 2014. Moving it took one afternoon.",
        "The crew had long since stopped trusting the board and kept a paper list. They still keep it, "
        "and after this week we think that they are right to.",
    ),
    (
        "a-price-that-fits",
        "A price that fits on one page",
        "Until last year our price list had forty pages and a glossary. Customers rang us to ask what "
        "they were paying, and sometimes we could not say.",
        "From July on there are three prices. The smallest is 19 euros a month, the largest 240, and "
        "everything that is included is written beneath it in plain words.",
        "We will not raise a price for anybody within twelve months of signing up, and we will write "
        "to you ninety days before we ever do.",
    ),
    (
        "old-keyboards",
        "What happens to our old keyboards",
        "A keyboard lasts about four years in our office. Last spring we counted 312 of them in the "
        "cellar, most with one broken key.",
        "A workshop two streets away now mends them. They replace the switch, clean the caps, and send "
        "them to three schools in the district.",
        "It costs us a little more than throwing them away. The first class has written to say that "
        "the letter E works beautifully.",
    ),
    (
        "mapping-the-valley",
        "Mapping the valley by bicycle",
        "The valley's footpaths were last surveyed in 1988. Since then two bridges have gone and one "
        "path leads into a reservoir.",
        "Nine of us rode every path with a sensor on the handlebar. The map is open and anybody may "
        "correct it; 64 corrections came in the first week.",
        "The council has asked for the data, and has got it under the same terms as everybody else.",
    ),
    (
        "why-we-print",
        "Why we still print the manual",
        "A printed manual cannot be updated, cannot be searched, and is the first thing our customers "
        "reach for when the network is down.",
        "So we print it, once a year, on paper that survives a wet pocket. This year's edition has 96 "
        "pages and an index that a librarian made for us.",
        "Send us a postcard with what you missed in it. The best one gets the next edition's cover.",
    ),
    (
        "the-quiet-room",
        "The quiet room",
        "We have taken the walls out of most of the second floor. What was left over has become one "
        "room in which nobody speaks.",
        "It has eight desks, no telephone and a door that closes slowly. It was full on the second "
        "day and has been full ever since.",
        "There is now a list. It hangs outside the door, since the room is no place to ask about it.",
    ),
)


def posts(count: int = 5) -> list[BlogPost]:
    """So many posts (6 at most), newest first, all of the last week: young posts are looked at in
    every pass."""
    return [
        BlogPost(slug, title, list(paragraphs), day(2026, 5, 31) - timedelta(hours=14 * n))
        for n, (slug, title, *paragraphs) in enumerate(_TEXTS[:count])
    ]


def fresh(slug: str = "a-new-crane", title: str = "A new crane for the yard") -> BlogPost:
    """A post that is newer than all of `posts`."""
    return BlogPost(
        slug,
        title,
        [
            "The old crane lifted its last load on Friday. It had been promised a rest in 2009, and "
            "the promise was kept with a delay of seventeen years.",
            "The new one is electric and can be heard only when it stops. Its driver has asked for a "
            "bell, so that people look up.",
        ],
        day(2026, 6, 1, 5),
    )


_NOUNS = (
    "anchor barge barrel basket beacon bellows bolt bridge bucket cable canal canvas cargo cart chain "
    "chimney clock coal compass copper crate crew dock engine ferry forge foundry gasket gate gauge "
    "hammer hatch hinge hull kettle keel ladder lantern ledger lever lock mast mill motor needle net "
    "oven paddle pallet pier pipe plank pulley pump quarry rail raft rivet rope rudder sail saw scale "
    "screw shaft shed shovel silo siren sluice spindle spring tank tar timber tower tunnel turbine "
    "valve vault wagon warehouse weir wheel winch windmill wire workshop yard"
).split()
_QUALITIES = (
    "amber ancient battered blunt borrowed brittle calm careful cheap clever cold crooked damp distant "
    "early empty faded fragile gentle heavy hollow humble idle late loud narrow noisy patient pale "
    "quiet rusty sharp shallow silent slow stubborn tired unpaid upright vacant wooden"
).split()
_DEEDS = (
    "carried counted covered cleaned drained emptied filled fitted greased hauled inspected labelled "
    "lifted lowered measured mended moved oiled painted patched raised replaced sealed sold sorted "
    "stacked tested tightened towed weighed"
).split()


def many(count: int, apart: timedelta = timedelta(days=9)) -> list[BlogPost]:
    """So many posts, newest first and `apart` from each other, each of some 150 words of its own."""
    return [
        BlogPost(f"post-{n}", f"{_title(n)} ({n})", _paragraphs(n), day(2026, 5, 31) - apart * n)
        for n in range(count)
    ]


def _title(n: int) -> str:
    return headline(random.Random(f"title {n}"))


def headline(chance: random.Random) -> str:
    """The headline of some post."""
    quality, noun, other = chance.choice(_QUALITIES), chance.choice(_NOUNS), chance.choice(_NOUNS)
    return f"The {quality} {noun} and its {other}"


def _paragraphs(n: int) -> list[str]:
    chance = random.Random(f"text {n}")
    return [" ".join(sentence(chance) for _ in range(4)) for _ in range(3)]


def sentence(chance: random.Random) -> str:
    """Some 13 words about a yard."""
    a, b, c = (chance.choice(_NOUNS) for _ in range(3))
    p, q = chance.choice(_QUALITIES), chance.choice(_QUALITIES)
    deed, other = chance.choice(_DEEDS), chance.choice(_DEEDS)
    return chance.choice(
        (
            f"On the {chance.randint(2, 28)}th the {p} {a} was {deed}, and the {b} {other} with it.",
            f"Nobody had {deed} the {p} {a} since a {q} {b} was {other} near the {c}.",
            f"A {p} {a} beside the {b} has been {deed} {chance.randint(3, 90)} times.",
            f"We {deed} the {a}, {other} the {q} {b} and left the {c} as it was.",
        )
    )
