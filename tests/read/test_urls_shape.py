"""What counts as a post where sitemaps and listings name other pages too."""

from __future__ import annotations

import pytest

from monitor.read.shape import dated, learn, post_like

ROOT = "https://acme.example"
AT_ROOT = [f"{ROOT}/why-we-moved/", f"{ROOT}/our-new-plan/"]
IN_BLOG = [f"{ROOT}/blog/why-we-moved", f"{ROOT}/blog/our-new-plan"]
DATED = [f"{ROOT}/2024/05/why-we-moved/", f"{ROOT}/2024/04/plan/"]
IN_CATEGORIES = [f"{ROOT}/stories/eng/why-we-moved", f"{ROOT}/stories/people/a-new-plan"]
OTHER_HOST = ["https://blog.acme.example/why-we-moved", "https://blog.acme.example/x-y"]

POSTS = [
    ("/", [], "/why-we-moved-to-gold/"),
    ("/", [], "/2024/05/hello/"),
    ("/", [], "/2024/05/03/hello.html"),
    ("/", [], "/?p=41"),
    ("/", [], "/archives-of-2019-reopened"),
    ("/", [], "/新しい料金について/"),
    ("/", [], "/en/why-we-moved"),
    ("/", AT_ROOT, "/x-y/"),
    ("/", DATED, "/2012/01/x"),
    ("/", IN_BLOG, "/blog/x"),
    ("/", IN_CATEGORIES, "/stories/legal/what-changed"),
    ("/", OTHER_HOST, "https://blog.acme.example/what-changed"),
    ("/blog/", [], "/blog/x"),
    ("/blog/", [], "/blog/p9"),
    ("/", [f"{ROOT}/#!/post/a"], "/#!/post/b"),
    ("/blog/", [], "/blog/2019/03/x.html"),
    ("/blog/", IN_BLOG, "/blog/eng/deeper-down"),
    ("/blog/", [f"{ROOT}/news/2024/a-b", f"{ROOT}/news/2023/c-d"], "/news/2019/q"),
    ("/blog/", [], "/blog/about-us-and-the-future"),
    ("/resources/", [], "/resources/why-we-moved"),
    ("/topics/", [f"{ROOT}/topics/gold/a-b"], "/topics/gold/c"),
    ("/blog/index.html", [], "/blog/x.html"),
]
NO_POSTS = [
    ("/", [], "/"),
    ("/", [], "/about/"),
    ("/", [], "/privacy-policy"),
    ("/", [], "/contact-us"),
    ("/", [], "/page/2/"),
    ("/", [], "/2024/05/"),
    ("/", [], "/tag/why-we-moved/"),
    ("/", [], "/category/company-news/"),
    ("/", [], "/author/jane-doe/"),
    ("/", [], "/products/our-best-tool"),
    ("/", [], "/careers/senior-engineer-berlin"),
    ("/", [], "/wp-content/uploads/a-b.pdf"),
    ("/", [], "/why-we-moved.pdf"),
    ("/", [], "/?s=why-we-moved"),
    ("/", [], "/?paged=2"),
    ("/", [], "/feed/"),
    ("/", [], "/#/portal/signup"),
    ("/", [], "/#/menu/open"),
    ("/", [], "/de/"),
    ("/", [], "https://other.example/why-we-moved"),
    ("/", IN_BLOG, "/a-long-page-of-ours/"),
    ("/", IN_BLOG, "/blog/"),
    ("/", DATED, "/a-long-page-of-ours/"),
    ("/", DATED, "/2012/01/"),
    ("/", AT_ROOT, "/impressum/"),
    ("/blog/", [], "/blog"),
    ("/blog/", [], "/blog/page/2/"),
    ("/blog/", [], "/blog/tag/x/"),
    ("/blog/", [], "/blog/2024/"),
    ("/blog/", [], "/news/why-we-moved"),
    ("/blog/", [], "/about/"),
    ("/blog/", IN_BLOG, "/blog/feed/"),
]


def full(path: str) -> str:
    return path if path.startswith("http") else ROOT + path


@pytest.mark.parametrize(("home", "known", "url"), POSTS)
def test_posts(home: str, known: list[str], url: str) -> None:
    assert post_like(full(url), home=full(home), known=known, include=None, exclude=[])


@pytest.mark.parametrize(("home", "known", "url"), NO_POSTS)
def test_other_pages(home: str, known: list[str], url: str) -> None:
    assert not post_like(full(url), home=full(home), known=known, include=None, exclude=[])


def test_known_posts_are_posts_whatever_they_look_like() -> None:
    shape = learn(f"{ROOT}/", [f"{ROOT}/pricing", *IN_BLOG])
    assert shape.is_post(f"{ROOT}/pricing/?utm_source=x")


def test_include_and_exclude_decide() -> None:
    shape = learn(f"{ROOT}/blog/", IN_BLOG, ["/stories/*"], ["*/draft-*"])
    assert shape.is_post(f"{ROOT}/stories/x")
    assert not shape.is_post(f"{ROOT}/stories/draft-x")
    assert not shape.is_post(IN_BLOG[0])
    assert not learn(f"{ROOT}/", AT_ROOT, []).is_post(AT_ROOT[0])
    assert not learn(f"{ROOT}/", AT_ROOT, None, ["/why-*"]).is_post(AT_ROOT[0])
    assert not learn(f"{ROOT}/blog/", (), ["/blog/*"]).is_post(f"{ROOT}/blog/")


def test_dated_links_teach_where_there_are_three() -> None:
    three = [f"{ROOT}/2024/05/a-b", f"{ROOT}/2024/04/c-d", f"{ROOT}/2023/01/e-f"]
    assert dated([f"{ROOT}/about-us-x", *three]) == tuple(three)
    assert dated(three[:2]) == ()
