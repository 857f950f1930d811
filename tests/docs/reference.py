"""Writes the reference pages from the code: `python -m tests.docs.reference`. A test compares them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from monitor.decide import retraction
from monitor.decide.batches import BATCH
from monitor.decide.budget import SHARE
from monitor.decide.due import CEILINGS, YOUNG
from monitor.decide.hints import ONE_IN
from monitor.decide.lifecycle import BATCH_WAIT, TABLE, Rules
from monitor.decide.listed import ABSENCES
from monitor.decide.outage import FAILING, FEW, SITES_FOR_NETWORK
from monitor.decide.pacing import LATE
from monitor.model import Seen
from monitor.read.verdict.meaning import table
from monitor.run.controls import ROBOTS_LEAVE
from monitor.run.site_pass import AT_MOST
from monitor.show.looks import thresholds

DOCS = Path(__file__).parent.parent.parent / "docs"
_MADE = "<!-- Made from the code by: python -m tests.docs.reference -->"


def verdicts() -> str:
    """docs/verdicts.md: every rule in the order they are tried."""
    rows = "\n".join(f"| `{name}` | {said.replace('|', '/')} |" for name, said in table())
    return f"""{_MADE}
# What one look says

One answer to one request is judged by the rules below, from top to bottom; the first that speaks
decides, and its name stands beside the look in `postwatch history URL` and in an event's `looks`. Where
a rule tells cases apart, the name it gives stands below it.

PRESENT: the article is there. SAME: it is there, unchanged. MISSING: something else stands there.
ELSEWHERE: the same article stands at another address. UNCLEAR: nothing is concluded.
What many looks come to: [lifecycle.md](lifecycle.md).

| rule | what it says |
| --- | --- |
{rows}
"""


def lifecycle() -> str:
    """docs/lifecycle.md: the table that decides a post's state, and the machines beside it."""
    columns = [Seen.PRESENT, Seen.MISSING, Seen.ELSEWHERE, Seen.UNCLEAR]
    head = " | ".join(c.value for c in columns)
    lines = [f"| state \\ seen | {head} |", "| --- |" + " --- |" * len(columns)]
    for state, row in TABLE.items():
        cells = []
        for seen in columns:
            states, kind = row[seen]
            cells.append(" or ".join(states) + (f"; `{kind.value}`" if kind else ""))
        lines.append(f"| {state} | {' | '.join(cells)} |")
    rules = Rules()
    said = thresholds(
        rules.confirmations, rules.confirm_every, rules.min_missing, BATCH, BATCH_WAIT
    ).replace("In force: removed", "By default a post is removed")
    withdrawn = [x for x in (retraction.__doc__ or "").splitlines() if x.startswith("|")]
    ages = [f"| {_under(age)} | {_plain(most)} |" for age, most in CEILINGS]
    wait = _hours(rules.min_missing * BATCH_WAIT)
    return f"""{_MADE}
# A post's life

`monitor/decide/lifecycle.py` holds this table as data, and `step()` is played against it by a test. Each
cell: the states that may come of one look, and the event that may. SAME counts as present. A post is
*unknown* until its article was read once.

{chr(10).join(lines)}

- `published` is told unless the post was in its source's baseline; `edited` only where the change is
  material and a second look in the same pass read the same.
- {said}
- Posts that go missing together ({BATCH} or more in one pass) share a batch and wait {wait}, since a
  redesign, a move or a bad deploy looks like that.
- A post found under another address while it is missing has moved; it is one post still.
- Removed, it is looked at on: its return is `reinstated`, at a new address `moved`. Removed in another
  way (a 404 that becomes a notice) tells nothing more.
- While the site cannot be seen, nothing is concluded from what is missing.
- At most one event a look. `removed` and `reinstated` alternate.

## How often it is looked at

A post is *young* for {YOUNG.days} days, from the date it bears or our first look at it, whichever is earlier. Young and
suspected posts have their looks whatever they cost; so have removed ones, which are looked at every `every` for 14
days, hourly to 90, then daily: its return is the best story. Older posts of all sites of a host share what its budget leaves: {SHARE:.0%} of
what the host could be asked, one request after another at its pace (`per_host_delay`, its Crawl-delay, or how long it takes to
answer). As long as that is enough, they too are looked at every `every`; beyond, all of them equally more seldom, but never
further apart than this:

| age | at most |
| --- | --- |
{chr(10).join(ages)}

Beyond {_plain(LATE)}, `doctor` and the site's page say so. Where a feed or sitemap gives a post another date of its last
change, where it leaves one, or where one that was gone is listed again, it is looked at in the same pass. That is a reason to look
and no more. A source whose dates change by the quarter at once is not heeded, nor one of which {ONE_IN - 1} in {ONE_IN} looks found nothing.

## The site before its posts

Every pass looks at the site's robots.txt and home page first, then at its feeds, sitemaps and listings. The two go
together where robots.txt let us look at the home page within the last {_plain(ROBOTS_LEAVE)}; what it says now holds for all that follows.
It counts as seen as soon as one post reads as it should. Otherwise it is `down` where the home page does
not answer as a home page, or where all of at least {FEW} posts fail or go missing at once while a source
still lists them; `blocked` where a bot wall answers; `disallowed` where robots.txt forbids the home page
or most posts. `site_unreachable` is told once, after {FAILING} passes in a row and `[health] alert_after`,
`site_recovered` only if that was told. Where every one of {SITES_FOR_NETWORK} or more sites fails at DNS or
connect it is us: `watch_stopped`, and no site is judged; the network is tried again every minute.

A site that cannot be seen is looked at for ever, at first every `confirm_every` and when the outage is to be told, then
after a quarter of the time it was not seen, twice `every` and an hour at most (or `every`, where that is longer). What went meanwhile is
found from the pass that sees it again: young posts and at most {AT_MOST} others are looked at by it, the rest of a large site
by the next ones, as fast as half of what the host could be asked allows. What was suspected before keeps its pace.

## Listed, or not

A post is `delisted` once every source that should still hold it has dropped it in {ABSENCES} good looks in a
row, while the page itself answers. A window that slid on, a source that broke, emptied or was rebuilt
says nothing. One source that lists it again makes it `relisted`.

## Withdrawn

`postwatch retract` appends a `retracted` event; the post goes back only where nothing was told of it since.

{chr(10).join(withdrawn)}
"""


def _under(age: timedelta) -> str:
    return "older" if age == timedelta.max else f"to {age.days} days"


def _plain(span: timedelta) -> str:
    return f"{span // timedelta(hours=1)} h"


def _hours(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min"


PAGES = {"verdicts.md": verdicts, "lifecycle.md": lifecycle}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
