"""Where does a site send the readers of posts that are gone? Learned from many posts sent to one URL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..read.verdict import Verdict
from ..read.verdict.alike import place

#: So many posts sent to one page that is none of theirs make it a sink.
POSTS = 3
MOST = 20
#: Rules that say "sent to some other page"; home, listing and login are known by what they are.
_AWAY = frozenset({"redirect_other_page", "redirect_error_page", "redirect_sink"})


def sinks(known: tuple[str, ...], looks: Iterable[tuple[Verdict, str]]) -> tuple[str, ...]:
    """`known` with the URLs that so many posts of this pass were sent to, newest last, at most 20.

    `looks` are (verdict, final URL), one a post; removed posts count, since they are looked at on.
    """
    sent = Counter(place(url) for verdict, url in looks if verdict.rule in _AWAY and url)
    fresh = [url for url, posts in sent.items() if posts >= POSTS]
    kept = [url for url in known if url not in fresh]
    return (*kept, *sorted(fresh))[-MOST:]
