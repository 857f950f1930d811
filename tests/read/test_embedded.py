"""Articles that a page shows by script only: their text is read from the page's own data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from monitor.read.article import Article
from monitor.read.page import read_page

URL = "https://coast.example/blog/lamps"
TITLE = "Lamps along the pier"
TEXT = [
    "The lamps along the pier are lit at four in winter and not at all in June.",
    "A keeper walks the <em>whole length</em> twice, once to light them and once to be sure.",
]
PLAIN = [t.replace("<em>", "").replace("</em>", "") for t in TEXT]
HTML = "".join(f"<p>{t}</p>" for t in TEXT)
OTHER = {
    "title": "Nets",
    "content": "<p>Nets are mended by daylight, on the east side, by whoever has hands free and no ship to catch.</p>",
}


def article(script: str, shown: str = "", title: str = TITLE) -> Article:
    html = f"<html><head><title>{title} | Coast</title></head><body><div id=app>{shown}</div>{script}</body></html>"
    return read_page(html.encode(), URL).article


def script(data: Any, attributes: str = 'type="application/json"', before: str = "") -> str:
    sent = json.dumps(data).replace("</", "<\\/")
    return f"<script {attributes}>{before}{sent}</script>"


STATES = {
    "next": script({"props": {"pageProps": {"post": {"title": TITLE, "body": HTML}}}}, 'id="__NEXT_DATA__" type="application/json"'),
    "list": script({"props": {"pageProps": {"post": {"title": TITLE, "body": [f"<p>{t}</p>" for t in TEXT]}}}}),
    "nuxt": script({"data": [{"article": {"title": TITLE, "content": HTML}}]}, "", "window.__NUXT__="),
    "wordpress": script([{"title": {"rendered": TITLE}, "content": {"rendered": HTML}}]),
    "linked": script({"@type": "NewsArticle", "headline": TITLE, "articleBody": "\n\n".join(PLAIN)}, 'type="application/ld+json"'),
    "among others": script({"related": [OTHER], "post": {"title": TITLE, "content": HTML}}),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_the_text_stands_in_the_data(state: str) -> None:
    found = article(state)
    assert [b.text for b in found.blocks] == PLAIN
    assert found.title == TITLE


@pytest.mark.parametrize(
    "state",
    [
        script({"posts": [OTHER, {"title": "Ropes", "content": HTML}]}),  # two, and neither is ours
        script({"post": {"title": TITLE, "content": "<p>Read on in the app.</p>"}}),
        script({"post": {"title": TITLE, "styles": HTML}}),
        "<script>window.state = {broken</script>",
        "<script>var a = 1; // {}</script>",
        script("x" * 100),
        script([[[[]]]] * 50),
    ],
)
def test_other_data_are_no_article(state: str) -> None:
    assert article(state).blocks == ()


def test_what_is_shown_goes_before_what_is_not() -> None:
    shown = f"<main><h1>{TITLE}</h1><p>The lamps were sold to a film company in spring, and nobody has missed them.</p></main>"
    found = article(STATES["next"], shown)
    assert [b.text[:19] for b in found.blocks] == ["The lamps were sold"]


def test_an_edit_of_the_data_is_one() -> None:
    before, after = article(STATES["next"]), article(STATES["next"].replace("twice", "once"))
    assert before.digest != after.digest and len(before.blocks) == len(after.blocks)
