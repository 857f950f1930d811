"""Every page of a filled database: it answers, is whole, and says what it must."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from lxml import etree, html

from monitor.model import Kind, Reason
from monitor.store import Store, queue
from monitor.store.given_up import retry_failed

from . import build
from .build import POISON
from .story import ROBOTS, Filled

pytestmark = pytest.mark.anyio


def addresses(f: Filled) -> list[str]:
    """Every page there is."""
    ids = [p.state.post_id for p in (f.lived, f.gone, f.suspected, f.poison)]
    lived, _, _, poison = ids
    return [
        "/",
        "/sites/tulip",
        "/sites/tulip?status=removed",
        "/sites/tulip?status=suspected&skip=100",
        "/sites/roses",
        *[f"/posts/{i}" for i in ids],
        *[f"/posts/{i}/diff" for i in ids],
        f"/posts/{lived}/diff?from=2&to=3&view=side",
        f"/posts/{lived}/diff?from=1&to=3&fold=0",
        f"/posts/{lived}/diff?from=3&to=1&all=1",
        f"/posts/{poison}/diff?from=1&to=2&view=side",
        *[f"/snapshots/{v.id}" for v in f.versions],
        f"/snapshots/{f.versions[3].id}?view=fetched",
        f"/snapshots/{f.versions[3].id}?view=source",
        "/events",
        "/events?q=roof&site=tulip&kind=removed&kind=edited&silent=1&since=2024-01-01&until=2027-01-01",
        "/events?before=3",
        *[f"/events/{e.id}" for e in f.events],
    ]


def words(tree: html.HtmlElement) -> str:
    """All words of a page, with a space where an element ends."""
    return " ".join(" ".join(str(t) for t in tree.itertext()).split())


async def every(client: httpx.AsyncClient, f: Filled) -> list[httpx.Response]:
    return [await client.get(path) for path in addresses(f)]


async def test_every_page_answers_and_is_whole(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    for answer in await every(pages, filled[1]):
        assert answer.status_code == 200, answer.url
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        tree = html.fromstring(answer.text)
        assert len(tree.findall(".//h1")) == 1, answer.url
        assert tree.findall(".//h1")[0].text_content().strip(), answer.url
        assert tree.get("lang") == "en"
        skip = tree.findall(".//a[@class='skip']")
        assert [a.get("href") for a in skip] == ["#main"]
        assert tree.get_element_by_id("main") is not None
        ids = [str(x) for x in tree.xpath("//@id")]
        assert len(ids) == len(set(ids)), answer.url
        for link in tree.xpath("//a[starts-with(@href, '#')]/@href"):
            assert str(link)[1:] in ids, (answer.url, link)
        for field in tree.xpath("//input[not(@type='hidden')]|//select"):
            assert field.iterancestors("label"), answer.url
            assert any(True for _ in field.iterancestors("label")), answer.url


async def test_no_script_no_style_no_handler(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    for answer in await every(pages, filled[1]):
        tree = html.fromstring(answer.text)
        assert not tree.xpath("//script|//style|//img|//object|//embed|//base"), answer.url
        for element in tree.iter(etree.Element):
            for name in element.attrib:
                assert not str(name).startswith("on") and name != "style", (answer.url, name)


async def test_every_link_leads_somewhere(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    links: set[str] = set()
    for answer in await every(pages, filled[1]):
        found = html.fromstring(answer.text).xpath("//@href|//@src|//form[@method='get']/@action")
        links |= {str(x).partition("#")[0] for x in found}
    assert {
        link for link in links if not re.match(r"/|https?://[a-z]+\.example/|data:,$|$", link)
    } == set()
    for link in sorted(x for x in links if x.startswith("/")):
        answer = await pages.get(link)
        assert answer.status_code == 200, link


async def test_poison_is_only_ever_text(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    seen = 0
    for answer in await every(pages, filled[1]):
        seen += "alert(1)" in answer.text
        for bad in ("<script", "<img", 'onload="x'):
            assert bad not in answer.text, answer.url
        if "{{" in answer.text:
            assert "{{7*7}}" in answer.text and "{0.__class__}" in answer.text
        assert "{%" not in answer.text or "{% raise %}" in answer.text
        hrefs = [str(h) for h in html.fromstring(answer.text).xpath("//@href")]
        assert not [h for h in hrefs if h.strip().lower().startswith("javascript")], answer.url
    assert seen > 15


async def test_home_says_the_week_first(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    tree = html.fromstring((await pages.get("/")).text)
    said = tree.findall(".//h1")[0].text_content()
    assert said == "1 post removed, 1 removed and put back up again, 1 delisted in the last 7 days"
    text = words(tree)
    assert "3 of 4 posts seen within a day" in text
    assert "roses blocked: not seen since 2026-11-19 09:30 UTC; posts keep their state" in text
    assert "Nobody is told" in text
    assert "by 2026-11-19 06:30 UTC Removed The roof garden tulip · 404, dated 24 Jan 2018" in text


async def test_a_withdrawn_row_is_struck_and_names_its_correction(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    moved = next(e for e in filled[1].events if e.kind is Kind.MOVED)
    wrong = next(e for e in filled[1].events if e.kind is Kind.RETRACTED)
    for path in ("/", "/events"):
        rows = html.fromstring((await pages.get(path)).text).xpath("//li[.//s]")
        assert [r.xpath(".//a[text()='Withdrawn by us']/@href") for r in rows] == [
            [f"/events/{wrong.id}"]
        ]
    (notice,) = html.fromstring((await pages.get(f"/events/{moved.id}")).text).xpath(
        "//p[@class='notice']"
    )
    said = words(notice)
    assert said.startswith("Withdrawn by us: this was wrong. <script>alert(1)</script>")
    assert f"Said by {POISON}" in said
    (cite,) = html.fromstring((await pages.get(f"/events/{moved.id}")).text).xpath(
        "//p[@class='cite']"
    )
    assert words(cite).startswith(
        f"WITHDRAWN by postwatch at 2026-11-16 09:30:00 UTC (event {wrong.id})"
    )
    correction = words(html.fromstring((await pages.get(f"/events/{wrong.id}")).text))
    assert "Seen from" not in correction and "Said by postwatch" in correction
    assert notice.xpath(".//a/@href") == [f"/events/{wrong.id}"]
    life = html.fromstring((await pages.get(f"/posts/{wrong.post}")).text).xpath("//li[.//s]")
    assert [li.xpath(".//a[text()='Withdrawn by us']/@href") for li in life] == [
        [f"/events/{wrong.id}"]
    ]


async def test_a_post_tells_its_life(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    f = filled[1]
    answer = await pages.get(f"/posts/{f.lived.state.post_id}")
    tree = html.fromstring(answer.text)
    text = words(tree)
    assert "Reinstated by 2026-11-21 21:30 UTC, 1 day 12 hours ago, with changes" in text
    assert "Removed once, for at least 2 d 14 h" in text
    assert "between 2026-11-19 00:30 UTC and 2026-11-19 06:30 UTC" in text
    assert "Published" not in text  # dated by the page, never claimed by us
    svg = answer.text[answer.text.index('<svg class="timeline') :].partition("</svg>")[0] + "</svg>"
    assert "".join(ElementTree.fromstring(svg).itertext()).count("Removed") == 1
    rows = tree.xpath("//table[.//th[text()='#']]/tbody/tr")
    assert [r.xpath("string(th)") for r in rows] == ["3", "2", "1"]
    assert rows[0].xpath(".//a/@href")[0] == f"/posts/{f.lived.state.post_id}/diff?from=2&to=3"


async def test_what_is_missing_is_not_called_removed(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    f = filled[1]
    text = html.fromstring(
        (await pages.get(f"/posts/{f.suspected.state.post_id}")).text
    ).text_content()
    assert "Missing, not confirmed" in text and "How we know" in text
    assert "Removed" not in text and "removed" not in text
    site = html.fromstring((await pages.get("/sites/tulip")).text)
    assert "missing in 2 looks" in site.text_content()


async def test_a_removed_post_shows_how_we_know(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    f = filled[1]
    text = (await pages.get(f"/posts/{f.gone.state.post_id}")).text
    assert "no longer there" in text and "How we know" in text
    assert "404 in 3 looks" in text and "made-up address" in text


async def test_an_event_is_evidence(pages: httpx.AsyncClient, filled: tuple[Store, Filled]) -> None:
    f = filled[1]
    event = next(e for e in f.events if e.kind is Kind.REMOVED)
    text = words(html.fromstring((await pages.get(f"/events/{event.id}")).text))
    assert "It went between 2026-11-19 00:30 UTC and 2026-11-19 06:30 UTC." in text
    assert "We were sure at 2026-11-19 07:30:00 UTC" in text
    assert "Open it yourself before you print; we cannot tell who did it or why." in text
    assert "https://web.archive.org/web/*/https://tulip.example/news/roof" in text
    head = f.events[-1]
    assert f"event {head.id}, {head.hash}" in text
    assert event.hash in text and event.prev in text and event.body in text
    kept = f.versions[1]
    assert kept.body_hash in text and kept.digest in text
    cite = text.partition("Cite this")[2]
    assert event.hash in cite and kept.body_hash in cite and "Porto" in cite
    assert "desk@example.org" not in text  # who is told is nobody's business
    assert "channel mail: waiting" in text


async def test_a_diff_shows_which_words_went(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    path = f"/posts/{filled[1].lived.state.post_id}/diff?from=2&to=3"
    for view in ("", "&view=side"):
        tree = html.fromstring((await pages.get(path + view)).text)
        text = words(tree)
        assert "Back, with changes, no note" in text
        assert [d.text_content() for d in tree.xpath("//div[starts-with(@class,'diff')]//del")] == [
            "cut: every bill",
            "cut: within thirty days of paying it",
        ]
        assert "added: selected bills" in text
        assert "Cut paragraph" in text and "Added paragraph" in text
        assert "moved from paragraph 4 to 9" in text
        assert "Byline cut: Ines Prado added: The house" in text
        assert "No chemical is used" in text
        folds = tree.xpath("//details/summary/text()")
        assert folds == ["2 unchanged paragraphs", "2 unchanged paragraphs"]
        opened = html.fromstring((await pages.get(path + view + "&fold=0")).text)
        assert len(opened.xpath("//details[@open]")) == 2


async def test_the_articles_words_bear_its_language(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    f = filled[1]
    tree = html.fromstring((await pages.get(f"/posts/{f.lived.state.post_id}/diff")).text)
    assert {str(x) for x in tree.xpath("//*[@class='theirs']/@lang")} == {"en"}


async def test_health(pages: httpx.AsyncClient, filled: tuple[Store, Filled]) -> None:
    assert (await pages.get("/healthz")).json() == {"status": "ok"}
    ready = (await pages.get("/readyz")).json()
    assert ready["last_check_age"] == 240 and ready["last_event"] == len(filled[1].events)


async def test_both_robots_txt_can_be_read_as_text(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    event = next(e for e in filled[1].events if e.reason is Reason.DISALLOWED)
    tree = html.fromstring((await pages.get(f"/events/{event.id}")).text)
    links = [str(x) for x in tree.xpath("//a[contains(@href, '/robots/')]/@href")]
    assert links == [f"/events/{event.id}/robots/{w}" for w in ("before", "now")]
    before, now = [await pages.get(link) for link in links]
    assert before.text == ROBOTS
    assert now.text == f"{ROBOTS}Disallow: /news/ # {POISON}\n"
    for answer in (before, now):
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["content-security-policy"].startswith("sandbox;")
        assert answer.headers["x-content-type-options"] == "nosniff"
    other = next(e for e in filled[1].events if e.reason is Reason.BLOCKED)
    for path in (f"/events/{event.id}/robots/x", f"/events/{other.id}/robots/now"):
        assert (await pages.get(path)).status_code == 404


async def test_an_alert_that_was_given_up_names_the_next_command(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    store, told = filled
    event = told.events[0]
    with store.read() as conn:
        (alert,) = queue.alerts(conn, event_id=event.id)
    before = await pages.get(f"/events/{event.id}")
    store.write(lambda conn: queue.failed(conn, [alert.id], "550 5.1.1 desk@example.org: who?"))
    page = await pages.get(f"/events/{event.id}")
    keys = {(alert.channel, alert.recipient)}
    store.write(lambda conn: retry_failed(conn, keys, alert.due_at))
    assert "notify --retry" not in before.text
    assert "channel mail: refused, or given up" in words(html.fromstring(page.text))
    assert "postwatch notify --retry" in page.text
    assert "desk@example.org" not in page.text  # whom we tell is nobody's business


async def test_channels_whose_alerts_do_not_get_out_are_on_the_home_page(
    pages: httpx.AsyncClient, filled: tuple[Store, Filled]
) -> None:
    store, told = filled
    with store.read() as conn:
        one, other = (queue.alerts(conn, event_id=e.id)[0] for e in told.events[:2])
    store.write(lambda conn: queue.failed(conn, [one.id], "550 5.1.1 who?"))
    store.write(lambda conn: queue.retry(conn, [other.id], build.NOW, build.NOW, "no answer"))
    home = words(html.fromstring((await pages.get("/")).text))
    store.write(lambda conn: retry_failed(conn, {(one.channel, one.recipient)}, one.due_at))
    store.write(lambda conn: queue.done(conn, [other.id], build.NOW, "x@y"))
    assert "alerts for it, and the config has it no more." in home
    assert "1 alert given up; once mended: postwatch notify --retry" in home


async def test_times_are_also_told_in_the_zone_of_the_config_and_never_instead(
    filled: tuple[Store, Filled], tmp_path: Path
) -> None:
    store, f = filled
    (event,) = [e for e in f.events if e.kind is Kind.REMOVED][:1]
    settings = build.config(tmp_path, '[web]\ntimezone = "Asia/Kolkata"\n')
    async with build.client(store, settings) as there:
        local = (await there.get(f"/events/{event.id}")).text
    async with build.client(store, build.config(tmp_path)) as plain:
        utc = (await plain.get(f"/events/{event.id}")).text
    assert re.search(r'UTC</time> <span class="local">\([^<]* IST\)</span>', local)
    assert "IST" not in utc
    without = re.sub(r' <span class="local">.*?</span>', "", local)
    token = r'value="[0-9a-f]{64}"'
    assert re.sub(token, "", without) == re.sub(token, "", utc)
