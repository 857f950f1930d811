"""A reader's way through the pages in a real browser: read, compare, search, mark as seen, print.

By links, forms and the keyboard alone. With POSTWATCH_TEST_SCREENSHOTS=FOLDER each page is kept there as
it looked, in light, dark and on a narrow screen.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from monitor.store import Store
from monitor.store.marks import MarkKind, marks
from tests.support.browser import Browser

from .story import Filled
from .test_chromium import served

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
SHOTS = os.environ.get("POSTWATCH_TEST_SCREENSHOTS", "")
TEXT = "document.querySelector('main').innerText"


def look_at(browser: Browser, name: str) -> None:
    """No page needs sideways scrolling at 320 px; kept as pictures where they are wanted."""
    for dark, width in ((False, 1100), (True, 1100), (False, 320)):
        browser.show(dark=dark, width=width)
        if width == 320:
            assert browser.value("document.documentElement.scrollWidth") <= 320, name
        if SHOTS:
            shade = "dark" if dark else "light"
            browser.picture(Path(SHOTS) / f"{name}-{shade}-{width}.png")
    browser.show()


def test_a_readers_way(filled: tuple[Store, Filled], tmp_path: Path) -> None:
    store, told = filled
    with (
        served(store, tmp_path) as origin,
        Browser(str(CHROMIUM), tmp_path / "profile") as browser,
    ):
        browser.open(f"{origin}/")
        assert "removed" in browser.value("document.querySelector('h1').innerText")
        look_at(browser, "home")
        # What happened to this post, when, and how do they know?
        browser.open(f"{origin}/posts/{told.lived.state.post_id}")
        said = browser.value(TEXT)
        assert "Reinstated" in said and "What happened" in said and "Versions" in said
        assert browser.value("!!document.querySelector('main svg[role=img] title')")
        look_at(browser, "post")
        browser.follow("Compare")
        assert browser.value("location.pathname").endswith("/diff")
        assert browser.value("!!document.querySelector('main del, main ins')")
        look_at(browser, "diff")
        browser.follow("Side by side")
        assert "view=side" in browser.value("location.search")
        browser.show(paper=True)
        printed = browser.paper()
        assert printed.startswith(b"%PDF-") and len(printed) > 5_000
        browser.show()
        # Search by a word that only a version dropped or added, and by one that is nowhere.
        browser.open(f"{origin}/events")
        browser.press("form.search button", q="nothing-like-it")
        assert "No event like that" in browser.value(TEXT)
        browser.press("form.search button", q="roof garden")
        assert int(browser.value("document.querySelectorAll('ul.rows li').length")) >= 1
        look_at(browser, "events")
        gone = next(e for e in told.events if e.kind.value == "removed")
        browser.open(f"{origin}/events/{gone.id}")
        said = browser.value(TEXT)
        assert "How we know" in said and "Before you print" in said and gone.hash in said
        look_at(browser, "event")
        browser.press("form.say button", note="Called them", by="Ada")
        with store.read() as conn:
            kinds = [m.kind for m in marks(conn, [gone.id])]
        assert kinds == [MarkKind.ACK]
        assert "Called them" in browser.value(TEXT)
        browser.follow("See its last copy")
        assert browser.value("!!document.querySelector('iframe[sandbox]')")
        look_at(browser, "copy")
        browser.open(f"{origin}/sites/tulip")
        look_at(browser, "site")
        asked = browser.value(
            "JSON.stringify(performance.getEntriesByType('resource').map(e => e.name))"
        )
        assert all(name.startswith((origin, "data:")) for name in json.loads(asked))
