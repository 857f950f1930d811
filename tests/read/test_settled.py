"""What a server makes anew for each answer leaves a page's settled hash alone; what anybody reads does not."""

from __future__ import annotations

import pytest

from monitor.read.settled import LARGEST, settled_hash

PAGE = """<html><head><meta name="csrf-token" content="{}"><meta name="description" content="{}">
<script nonce="{}">var id = "{}";</script><script type="application/ld+json">{{"a":"{}"}}</script>
<script>window.page = {{"body": "{}"}}</script><script>{}</script></head><body><form>
<input type="hidden" value="{}" class="{}"></form><a href="/{}">{}</a><!-- {} --></body></html>"""
ONE, OTHER = "a1b2c3d4e5f6a7b8", "99ff00aa11bb22cc33"
NOT_READ = {0: "token", 2: "nonce", 3: "script", 7: "value", 11: "comment"}
READ = {
    1: "description",
    4: "linked data",
    5: "an article in data",
    8: "a class",
    9: "an address",
    10: "a text",
}


def page(**given: str) -> bytes:
    places = [given.get(f"n{n}", ONE) for n in range(12)]
    places[6] = given.get("n6", f"var at = '{ONE}';")
    return PAGE.format(*places).encode()


@pytest.mark.parametrize("n", NOT_READ, ids=NOT_READ.values())
def test_what_nobody_reads(n: int) -> None:
    assert settled_hash(page(**{f"n{n}": OTHER})) == settled_hash(page())


@pytest.mark.parametrize("n", READ, ids=READ.values())
def test_what_somebody_reads(n: int) -> None:
    assert settled_hash(page(**{f"n{n}": OTHER})) != settled_hash(page())


@pytest.mark.parametrize(
    "script",
    [
        "location.href = '/{}';",
        "load('challenges.cloudflare.com/{}');",
        "var at = 'x={}2026-03-0{}';",
    ],
    ids=["leaves for another page", "sign of a wall", "a day"],
)
def test_scripts_that_are_read(script: str) -> None:
    one, other = (page(n6=script.format(x, y)) for x, y in ((ONE, 1), (OTHER, 2)))
    assert settled_hash(one) != settled_hash(other)


def test_a_token_may_be_all_digits() -> None:
    for n in NOT_READ:
        assert settled_hash(page(**{f"n{n}": "58139568959151333315"})) == settled_hash(page())


@pytest.mark.parametrize("token", ["19290846", "201208", "20260301"])
def test_a_token_in_which_a_date_may_be_seen_is_one(token: str) -> None:
    inside = f"3fa{token}c99ff00aa"
    assert settled_hash(page(n3=inside)) == settled_hash(page())
    assert settled_hash(page(n3=f"3fa'{token}'c99ff00aa")) != settled_hash(page())


def test_a_very_large_page_is_taken_as_it_is() -> None:
    behind = b" " * LARGEST
    assert settled_hash(page(n3=OTHER) + behind) != settled_hash(page() + behind)
    assert settled_hash(page() + behind) == settled_hash(page() + behind)
