"""Identity of URLs, and what a URL is in itself."""

from __future__ import annotations

import pytest
from ada_url import URL
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.read import url_parts, urls

SAME = [
    ("http://Acme.example/blog/a", "https://acme.example/blog/a/"),
    ("https://acme.example:443/a", "http://acme.example:80/a"),
    ("https://acme.example/a#top", "https://acme.example/a"),
    ("https://acme.example/a/#/portal/signup", "https://acme.example/a"),
    ("https://acme.example/a?utm_source=x&utm_medium=y", "https://acme.example/a"),
    ("https://acme.example/a?b=2&a=1", "https://acme.example/a?a=1&b=2"),
    ("https://acme.example/a?fbclid=1&gclid=2&mc_cid=3&hsLang=en", "https://acme.example/a"),
    ("https://acme.example/a;jsessionid=0A1B?x=1", "https://acme.example/a?x=1"),
    ("https://acme.example/a?PHPSESSID=abc", "https://acme.example/a"),
    ("https://acme.example/a?sid=4f9a8c7b6d5e4f3a2b1c", "https://acme.example/a"),
    ("https://acme.example/a?ref=twitter", "https://acme.example/a"),
    ("https://acme.example/a?source=rss----abc---4", "https://acme.example/a"),
    ("https://acme.example/%7Ejoe/%c3%bc", "https://acme.example/~joe/ü"),
    ("https://acme.example/記事", "https://acme.example/%E8%A8%98%E4%BA%8B/"),
    ("https://acme.example/x/../a/./b", "https://acme.example/a/b"),
    ("https://user:pw@acme.example/a", "https://acme.example/a"),
    ("https://münchen.example/", "https://xn--mnchen-3ya.example"),
    ("https://acme.example/s?q=a+b", "https://acme.example/s?q=a%20b"),
    ("https://acme.example/a?x=1&amp;utm_source=y", "https://acme.example/a?x=1"),
]
DIFFERENT = [
    ("https://acme.example/a", "https://acme.example/A"),
    ("https://acme.example/a", "https://acme.example:8443/a"),
    ("https://acme.example/?p=1", "https://acme.example/?p=2"),
    ("https://acme.example/news.php?sid=1", "https://acme.example/news.php?sid=2"),
    ("https://acme.example/a?ref=41", "https://acme.example/a?ref=42"),
    ("https://acme.example/#!/a", "https://acme.example/#!/b"),
    ("https://acme.example/a/index.html", "https://acme.example/a/"),
    ("https://acme.example/a%2Fb", "https://acme.example/a/b"),
    ("https://acme.example/a//b", "https://acme.example/a/b"),
    ("https://acme.example/a?x=1%262", "https://acme.example/a?x=1&2"),
]
ANY_URL = st.one_of(
    st.text(),
    st.builds(
        "https://a.example/{}?{}#{}".format,
        st.text(alphabet="ab%34567AF/.;jesionid=&?~ü ", max_size=30),
        st.text(alphabet="ab%7567=&+utm_sid;", max_size=30),
        st.text(alphabet="!/a%41#", max_size=8),
    ),
)


@pytest.mark.parametrize(("a", "b"), SAME)
def test_spellings_of_one_post_share_a_key(a: str, b: str) -> None:
    assert urls.canonical_key(a) == urls.canonical_key(b)


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different_pages_keep_different_keys(a: str, b: str) -> None:
    assert urls.canonical_key(a) != urls.canonical_key(b)


@given(ANY_URL)
@example("https://a.example/x;%6Asessionid=1")
@example("https://a.example/%%34%31?%2575tm_source=1")
@example("https://a.example:80/")
@example("http://a.example/\udcff")
def test_key_is_idempotent(url: str) -> None:
    key = urls.canonical_key(url)
    assert urls.canonical_key(key) == key


@given(st.text(), st.text())
@example("//[", "https://a.example")
def test_nothing_raises(a: str, b: str) -> None:
    assert isinstance(urls.clean(a, b), str)
    urls.clean(a)
    urls.same_site(a, b)
    urls.matches(a, b)
    urls.looks_like_home_of(a, b)
    urls.made_up_sibling(f"https://a.example/{a}", b)


@given(ANY_URL)
def test_cleaning_never_changes_the_key(url: str) -> None:
    found = urls.clean(url)
    if found:
        assert urls.canonical_key(found) == urls.canonical_key(url)
        assert urls.clean(found) == found


@pytest.mark.parametrize(
    ("url", "base", "expected"),
    [
        ("/a?x=1&utm_source=y#z", "https://acme.example/blog/", "https://acme.example/a?x=1"),
        ("b?b=2&a=1", "https://acme.example/blog/", "https://acme.example/blog/b?b=2&a=1"),
        (" https://acme.example/a ", "", "https://acme.example/a"),
        ("//other.example/a", "https://acme.example/", "https://other.example/a"),
        ("#!/a", "https://acme.example/", "https://acme.example/#!/a"),
        ("#/", "https://acme.example/", "https://acme.example/"),
        ("http://acme.example/a", "https://acme.example/", "http://acme.example/a"),
        ("https://joe:secret@acme.example/a", "", "https://acme.example/a"),
        ("javascript:alert(1)", "https://acme.example/", ""),
        ("mailto:a@b.example", "https://acme.example/", ""),
        ("file:///etc/passwd", "https://acme.example/", ""),
        ("feed:https://acme.example/a", "", ""),
        ("/a", "", ""),
        ("", "https://acme.example/", ""),
        ("https://acme.example/" + "a" * 3000, "", ""),
    ],
)
def test_clean(url: str, base: str, expected: str) -> None:
    assert urls.clean(url, base) == expected


def test_same_host() -> None:
    assert urls.same_host("http://www.acme.example/a", "https://acme.example/b")
    assert not urls.same_host("https://blog.acme.example/", "https://acme.example/")
    assert not urls.same_host("http://127.0.0.1:8001/", "http://127.0.0.1:8002/")
    assert not urls.same_host("nonsense", "nonsense")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("https://blog.acme.example/", "https://www.acme.example/", True),
        ("https://a.acme.co.uk/", "https://b.acme.co.uk/", True),
        ("https://acme.co.uk/", "https://other.co.uk/", False),
        ("https://a.github.io/", "https://b.github.io/", False),
        ("http://127.0.0.1:8001/", "http://127.0.0.1:8001/x", True),
        ("http://127.0.0.1:8001/", "http://127.0.0.1:8002/", False),
        ("http://[::1]:1/", "http://[::1]:2/", False),
        ("http://localhost:1/", "http://localhost:2/", False),
    ],
)
def test_same_site(a: str, b: str, same: bool) -> None:
    assert urls.same_site(a, b) is same


@pytest.mark.parametrize(
    "path",
    (
        "|/|/index.html|/index.php?x=1|/home|/default.aspx|/en/|/en-gb/|/de-de|/pt_BR/|/us/en/"
        "|/en/home.html|/?utm_source=x|/?notfound=1|/startseite"
    ).split("|"),
)
def test_home(path: str) -> None:
    assert urls.is_home("https://acme.example" + path)


@pytest.mark.parametrize(
    "path", ["/blog/", "/a", "/?p=41", "/index.php?id=3", "/en/blog/", "/xy/", "/#!/post/a"]
)
def test_not_home(path: str) -> None:
    assert not urls.is_home("https://acme.example" + path)


@pytest.mark.parametrize(
    ("url", "home", "like"),
    [
        ("https://acme.example/", "https://acme.example/blog/", True),
        ("https://www.acme.example/", "https://blog.acme.example/", True),
        ("https://acme.example/blog?from=404", "https://acme.example/blog/", True),
        ("https://acme.example/blog/page/1/", "https://acme.example/blog/", True),
        ("https://acme.example/de/blog/", "https://acme.example/en/blog/", True),
        ("https://acme.example/blog/index.html", "https://acme.example/blog/", True),
        ("https://acme.example/blog/a", "https://acme.example/blog/", False),
        ("https://acme.example/blog/?p=4", "https://acme.example/blog/", False),
        ("https://other.example/", "https://acme.example/blog/", False),
    ],
)
def test_looks_like_home_of(url: str, home: str, like: bool) -> None:
    assert urls.looks_like_home_of(url, home) is like


def test_folder() -> None:
    assert urls.folder("https://acme.example/blog/2024/a") == "/blog/2024/"
    assert urls.folder("https://acme.example/blog/a/") == "/blog/"
    assert urls.folder("https://acme.example/") == "/"
    assert urls.folder("nonsense") == "/"


@pytest.mark.parametrize(
    ("url", "pattern", "fits"),
    [
        ("https://acme.example/blog/a/b", "/blog/*", True),
        ("https://acme.example/news/a", "/blog/*", False),
        ("https://acme.example/blog/a/", "/blog/a", True),
        ("https://acme.example/blog/a", "https://acme.example/blog/*", True),
        ("http://acme.example/blog/a", "https://acme.example/blog/*", True),
        ("https://acme.example/blog/a", "acme.example/*", True),
        ("https://acme.example/blog/a", "*/blog/*", True),
        ("https://acme.example/blog/a", "*.example/blog/*", True),
        ("https://acme.example/blog/a-press-b", "*press*", True),
        ("https://acme.example/blog/a.html", "/blog/*.html", True),
        ("https://acme.example/blog/a.html", "/blog/*.htm", False),
        ("https://acme.example/blog?p=1", "/blog?p=*", True),
        ("https://acme.example/blog?p=1", "/blog", True),
        ("https://acme.example/%C3%BCber/a", "/über/*", True),
        ("https://acme.example/abab", "/*ab*ab", True),
        ("https://acme.example/ab", "/*ab*ab", False),
        ("https://acme.example/a", "", False),
    ],
)
def test_matches(url: str, pattern: str, fits: bool) -> None:
    assert urls.matches(url, pattern) is fits


@pytest.mark.parametrize(
    ("url", "prefix", "suffix"),
    [
        ("https://acme.example/blog/why-we-moved/", "https://acme.example/blog/", "/"),
        ("https://acme.example/2024/05/a-b-c.html", "https://acme.example/2024/05/", ".html"),
        ("https://acme.example/blog/a?lang=de", "https://acme.example/blog/", ""),
        ("https://acme.example/?p=123", "https://acme.example/?p=", ""),
        ("https://acme.example/a.php?lang=de&id=12", "https://acme.example/a.php?lang=de&id=", ""),
        ("http://127.0.0.1:8001/x/%E8%A8%98%E4%BA%8B", "http://127.0.0.1:8001/x/", ""),
        ("https://acme.example/", "https://acme.example/", ""),
    ],
)
def test_made_up_sibling_keeps_folder_and_shape(url: str, prefix: str, suffix: str) -> None:
    found = urls.made_up_sibling(url, "zqx7kv")
    assert found.startswith(prefix) and found.endswith(suffix)
    assert len(found) > len(prefix) + len(suffix) + 5
    assert urls.canonical_key(found) != urls.canonical_key(url)
    assert found == urls.made_up_sibling(url, "zqx7kv") != urls.made_up_sibling(url, "pwlmn3")


def test_made_up_slug_has_the_length_and_the_hyphens() -> None:
    slug = urls.made_up_sibling("https://acme.example/b/why-we-moved-to-gold", "zqx7kv")
    assert len(slug) == len("https://acme.example/b/why-we-moved-to-gold")
    assert [i for i, c in enumerate(slug) if c == "-"] == [26, 29, 35, 38]


HOSTS = st.one_of(
    st.sampled_from(
        [
            *(
                "acme.example",
                "127.0.0.1",
                "1.2.3",
                "0x7f.1",
                "a.0x1",
                "a.1",
                "256.1.1.1",
                "01.2.3.4",
            ),
            *(
                "xn--mnchen-3ya.example",
                "a.xn--a",
                "a--b.example",
                "-a.example",
                "a..b",
                "a.b.",
                "A.b",
            ),
            *(
                "localhost",
                "a_b.example",
                "[::1]",
                "a%41.example",
                "1a.example",
                "1a",
                "4294967296",
            ),
        ]
    ),
    st.text(alphabet="a0.-x1", min_size=1, max_size=8),
)
URL_PARTS = st.text(alphabet="aZ09-._~!$&'()*+,;=:@/%2eE\\ \"<>^`{|}\t\xfc", max_size=10)


@settings(max_examples=600)
@given(
    start=st.sampled_from(["http://", "https://", "HTTP://", "http:/", "ftp://", " http://"]),
    host=HOSTS,
    port=st.sampled_from(["", "", ":", ":80", ":443", ":8080", ":08", ":65535", ":65536"]),
    path=st.one_of(st.just("/"), st.just(""), URL_PARTS.map("/{}".format)),
    search=st.one_of(st.just(""), st.just("?"), URL_PARTS.map("?{}".format)),
    end=st.sampled_from(["", "", "", "#", "#a", "\n"]),
)
@example("http://", "a.example", "", "/a/.b/..c/%2E", "", "")
@example("https://", "a.example", ":80", "/a/../b", "?a'b", "")
def test_a_plain_url_is_taken_apart_as_the_standard_does(
    start: str, host: str, port: str, path: str, search: str, end: str
) -> None:
    url = f"{start}{host}{port}{path}{search}{end}"
    found = url_parts._plain(url)
    if found is not None:
        standard = URL(url)  # raises for what is none
        assert all(getattr(found, n) == getattr(standard, n) for n in found.__struct_fields__)
        assert standard.href == url


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.example/blog/a-post_(1)/",
        "http://127.0.0.1:8080/a%20b/c%C3%BC?p=41&q=a+b/?",
        "https://www.1a-b.co.example/2026/01/a..html",
    ],
)
def test_usual_urls_are_plain(url: str) -> None:
    assert url_parts._plain(url) is not None
