"""Which pages link to a post: its path, and no other that begins like it."""

from __future__ import annotations

import pytest

from monitor.store.traces import links_to, paths_of


@pytest.mark.parametrize(
    ("url", "body", "links"),
    [
        ("https://a.example/blog/x/", '<a href="/blog/x/">', True),
        ("https://a.example/blog/x/", '<a href="https://a.example/blog/x">', True),
        ("https://a.example/blog/x", "<a href=/blog/x?from=home>", True),
        ("https://a.example/blog/x", '<a href="/blog/x-y/">', False),
        ("https://a.example/blog/x", '<a href="/blog/x/y">', False),
        ("https://a.example/blog/x", '<a href="/blog/xy"> <a href="/blog/x#top">', True),
        ("https://a.example/blog", '<a href="/blog/one">', False),
        ("https://a.example/?p=12", '<a href="/?p=12">', True),
        ("https://a.example/?p=12", '<a href="/?p=123">', False),
        ("https://a.example/caf%C3%A9", '<a href="/café">', True),
        ("https://a.example/", '<a href="/">', False),
    ],
)
def test_a_link_is_a_whole_path(url: str, body: str, links: bool) -> None:
    assert links_to(body.encode(), paths_of([url])) is links
