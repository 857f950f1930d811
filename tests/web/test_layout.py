"""What paper and a narrow screen hold, seen in Chromium: nothing cut, nothing twice, nothing of ours alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.model import Kind, Reason
from monitor.store import Store
from monitor.store.marks import Mark, MarkKind, add_mark
from monitor.values import replace
from tests.support.browser import Browser

from . import build
from .story import PARAGRAPHS, Filled, looks_of
from .test_chromium import served

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

#: What a sheet of A4 has between its margins, in CSS pixels.
A4 = 718
SEEN = "document.body.innerText"
#: Tables' cells that say more than they have room for, and all that sticks out of the page.
CUT = """[...document.querySelectorAll('main *')].filter(e =>
  e.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(e).position != 'absolute'
  || e.matches('.scroll') && e.scrollWidth > e.clientWidth).map(e => e.outerHTML.slice(0, 200))"""
#: Words of table heads that are broken within a word.
BROKEN = """[...document.querySelectorAll('.scroll th')].filter(e => {
  const lines = r => new Set([...r.getClientRects()].map(q => Math.round(q.top))).size
  const range = document.createRange(), text = e.firstChild
  return text && text.data.split(' ').some((w, i, all) => {
    const at = all.slice(0, i).join(' ').length + (i ? 1 : 0)
    range.setStart(text, at); range.setEnd(text, at + w.length)
    return lines(range) > 1 }) }).map(e => e.textContent)"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(str(CHROMIUM), tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def origin(filled: tuple[Store, Filled], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(filled[0], tmp_path_factory.mktemp("web")) as address:
        yield address


def removal(told: Filled) -> int:
    return next(e.id for e in told.events if e.kind is Kind.REMOVED)


def test_a_printed_event_is_whole_and_says_nothing_of_ours(
    browser: Browser, origin: str, filled: tuple[Store, Filled]
) -> None:
    store, told = filled
    event = removal(told)
    note = Mark(event, MarkKind.ACK, "I write about it tomorrow", "Rosa", build.NOW)
    store.write(lambda conn: add_mark(conn, note))
    browser.show(paper=True, width=A4)
    browser.open(f"{origin}/events/{event}")
    assert browser.value(CUT) == []
    assert browser.value(BROKEN) == []
    said = browser.value(SEEN)
    for words in ("Rosa", "tomorrow", "postwatch retract", "Who was told", "channel", "Its whole"):
        assert words not in said, words
    for words in ("How we know", "https://tulip.example/news/q8zrk", "Cite this", "drawn 2026"):
        assert words in said, words
    browser.open(f"{origin}/posts/{told.lived.state.post_id}")
    assert browser.value(CUT) == [] and browser.value(BROKEN) == []
    assert browser.value(
        "[...document.querySelectorAll('.timeline')].some(e => e.clientHeight > 40)"
    )
    assert "marked as seen" not in browser.value(SEEN)
    for width in (740, 800, 992):  # no narrow screen's rules, and little room
        browser.show(width=width)
        assert browser.value("document.documentElement.scrollWidth") <= width


def test_a_printed_copy_has_the_whole_text(
    browser: Browser, origin: str, filled: tuple[Store, Filled]
) -> None:
    version = filled[1].versions[0]
    frame = "document.querySelector('iframe').clientHeight"
    browser.show()
    browser.open(f"{origin}/snapshots/{version.id}")
    assert browser.value(frame) > 200 and PARAGRAPHS[-1] not in browser.value(SEEN)
    browser.show(paper=True, width=A4)
    said = browser.value(SEEN)
    assert browser.value(frame) == 0
    assert all(text in said for text in PARAGRAPHS)
    assert said.count(version.body_hash) == 2 and version.url in said
    browser.open(f"{origin}/snapshots/{version.id}?view=fetched")
    assert browser.value(frame) > 200 and "On paper a frame is cut" in browser.value(SEEN)


def test_a_printed_search_says_what_was_asked(browser: Browser, origin: str) -> None:
    browser.show()
    browser.open(f"{origin}/events?q=pumpkin")
    assert "Asked for" not in browser.value(SEEN)
    browser.show(paper=True, width=A4)
    assert "Asked for: all events, “pumpkin”." in browser.value(SEEN)
    browser.show()
    browser.open(f"{origin}/events?q=nowhere-at-all")
    assert "Asked for: all events, “nowhere-at-all”." in browser.value(SEEN)


def test_side_by_side_is_inline_on_a_narrow_screen(
    browser: Browser, origin: str, filled: tuple[Store, Filled]
) -> None:
    path = f"/posts/{filled[1].lived.state.post_id}/diff?from=1&to=2&view=side"
    browser.show()
    browser.open(f"{origin}{path}")
    wide = browser.value(SEEN)
    assert wide.count("pumpkin") == 1
    assert wide.count(PARAGRAPHS[1]) == 2
    old, new = (f"document.querySelector('.b-change>.{k}').innerText" for k in ("old", "new"))
    assert "pumpkin" not in browser.value(old) and "pumpkin" in browser.value(new)
    browser.show(width=320)
    assert browser.value("document.documentElement.scrollWidth") <= 320
    narrow = browser.value(SEEN)
    assert narrow.count(PARAGRAPHS[1]) == 1 and narrow.count("pumpkin") == 1
    assert "pumpkin" in browser.value(old)
    browser.show(paper=True, width=A4)
    assert browser.value(CUT) == [] and browser.value(SEEN).count(PARAGRAPHS[1]) == 2
    assert browser.value("getComputedStyle(document.querySelector('.pair')).breakInside") == "avoid"


#: Labels of a timeline that stand on one another.
RUN_TOGETHER = """[...document.querySelectorAll('.timeline')].filter(e => e.clientHeight).flatMap(e =>
  ['what', 'when', 'gap'].flatMap(k => { const all = [...e.querySelectorAll('.' + k)]
    return all.slice(1).filter((t, i) => t.getBoundingClientRect().left
      < all[i].getBoundingClientRect().right + 3).map(t => t.textContent) }))"""


def test_labels_of_a_full_timeline_stand_apart_on_every_screen(
    browser: Browser, tmp_path: Path, empty: Store
) -> None:
    f = build.Filler(empty)
    row = f.post(f.site())
    for n in range(4):
        common = {"snapshot_before": 1, "snapshot_after": 1, "fields": ("text",)}
        f.event(Kind.EDITED, build.at(500 - n), row, silent=True, **common)
        f.event(Kind.EDITED, build.at(100 - n), row, silent=True, **common)
        f.event(Kind.MOVED, build.at(300 - n), row, moved_to="https://tulip.example/b")
    gone = f.event(Kind.REMOVED, build.at(2), row, reason=Reason.NOT_FOUND)
    f.event(Kind.RETRACTED, build.at(1), row, retracts=gone.id)
    few = f.post(row.site_id, path="few")
    for n in range(5):
        f.event(Kind.EDITED, build.at(5 - n), few, silent=True, **common)
    seen = "[...document.querySelectorAll('.timeline')].map(e => e.clientHeight > 40)"
    with served(empty, tmp_path) as origin:
        for post in (row, few):
            path = f"/posts/{post.state.post_id}"
            for width, paper in (
                (1400, False),
                (1000, False),
                (900, False),
                (750, False),
                (A4, True),
            ):
                browser.show(width=width, paper=paper)
                browser.open(f"{origin}{path}")
                wide = width > 992
                assert browser.value(seen) == [wide, not wide], (path, width)
                assert browser.value(RUN_TOGETHER) == [], (path, width)
            browser.show(width=700)
            assert browser.value(seen) == [False, False]


def test_the_event_of_a_batch_needs_no_sideways_scroll(
    browser: Browser, tmp_path: Path, empty: Store
) -> None:
    f = build.Filler(empty)
    site = f.site()
    for n in range(6):
        row = f.post(site, path=f"p{n}")
        url = row.state.url
        looks = looks_of(url, build.at(1))
        told = f.event(
            Kind.REMOVED,
            build.at(1),
            replace(row, state=replace(row.state, title=f"Post {n}")),
            reason=Reason.NOT_FOUND,
            batch="b" * 32,
            looks=looks,
        )
    with served(empty, tmp_path) as origin:
        browser.show(width=320)
        browser.open(f"{origin}/events/{told.id}")
        assert "and all 6 events of the same cause" in browser.value(SEEN)
        assert browser.value("document.documentElement.scrollWidth") <= 320
