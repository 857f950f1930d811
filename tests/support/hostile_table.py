"""The behaviours of `hostile`: what each does, and what may come of a look at it."""

from __future__ import annotations

import gzip
import itertools
import sys
import zlib

import brotli

from tests.support.hostile import Behaviour, Line, Script, article, feed, page, reply, sitemap

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MiB = 2**20
#: Behaviours that share a host, where nothing of what they send is read.
TOGETHER = 12
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
#: Where nobody may go, however it is spelled; the port is put in when it is known.
SPELLINGS = (
    "127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0x7F.0x0.0x0.0x1 0177.0.0.1 0177.0x0.1 "
    "017700000001 127.000.000.001 127.0.0.1. %31%32%37.0.0.1 127%2E0%2E0%2E1 １２７.0.0.1 ①②⑦.⓪.⓪.① "
    "127。0。0。1 LOCALHOST localhost. user@127.0.0.1 user:pass@127.0.0.1 hostile.example@127.0.0.1 "
    "0 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.254 192.168.1.1 169.254.169.254 2852039166 100.64.0.1 "
    "192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 240.0.0.1 255.255.255.255 "
    "168.63.129.16 [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] "
    "[64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2001:0:7f00:1::] [fec0::1] [fc00::1] "
    "[fd12::1] [fe80::1] [fe80::1%25lo] [ff02::1] [2001:db8::1] [100::1] [3fff::1]"
).split()


def says(*parts: bytes) -> Script:
    async def script(line: Line) -> None:
        await line.say(*parts)

    return script


def body(data: bytes, kind: str = "text/html; charset=utf-8", more: str = "") -> Script:
    return says(reply(data, kind, more=more))


def status(said: str, more: str = "") -> Script:
    return says(reply(page("x", "<p>x</p>"), status=said, more=more))


def to(location: str) -> Script:
    async def script(line: Line) -> None:
        where = location.replace("{loose}", str(line.loose)).replace("{port}", str(line.port))
        await line.say(
            f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    return script


def then(start: bytes, part: bytes, every: float = 0.0) -> Script:
    """The start, and then the same part for ever."""

    async def script(line: Line) -> None:
        await line.say(start)
        await line.for_ever(part, every)

    return script


def drips(start: bytes, slowly: bytes) -> Script:
    async def script(line: Line) -> None:
        await line.say(start)
        await line.drip(slowly * 100)

    return script


def stalls(start: bytes) -> Script:
    async def script(line: Line) -> None:
        await line.say(start)
        await line.silence()

    return script


def breaks(start: bytes) -> Script:
    async def script(line: Line) -> None:
        await line.say(start)
        line.reset()

    return script


_count = itertools.count()


async def _wanders(line: Line) -> None:
    await to(f"?{next(_count)}")(line)


async def _wanders_slowly(line: Line) -> None:
    await line.drip(b"HTTP/1.1 302 F", 0.02)
    await to(f"?{next(_count)}")(line)


def _packed(coding: str, data: bytes) -> bytes:
    match coding:
        case "gzip":
            return gzip.compress(data)
        case "deflate":
            return zlib.compress(data)
        case "zstd":
            return zstd.compress(data)
    return bytes(brotli.compress(data, quality=1))


def _coded(coding: str, data: bytes) -> Script:
    return body(data, more=f"Content-Encoding: {coding}\r\n")


_BOMB = bytes(16 * MiB)
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_GOOD = article()


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


# ---------------------------------------------------------------- slow, endless, broken off

_NO_ANSWER: dict[str, Script] = {
    "slow-status": drips(b"", b"HTTP/1.1 200 OK" + b" " * 200),
    "slow-headers": drips(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "slow-one-header": drips(b"HTTP/1.1 200 OK\r\nX-A: ", b"b"),
    "slow-body": drips(_HEAD + b"Content-Length: 999999\r\n\r\n", b"<p>word</p>"),
    "slow-chunks": then(_CHUNKED, b"1\r\nx\r\n", 0.05),
    "slow-chunk-size": drips(_CHUNKED, b"0"),
    "silent-after-request": stalls(b""),
    "silent-after-status": stalls(b"HTTP/1.1 200 OK\r\n"),
    "silent-after-headers": stalls(_HEAD + b"Content-Length: 9\r\n\r\n"),
    "silent-in-body": stalls(_HEAD + b"Content-Length: 999999\r\n\r\n" + _GOOD),
    "silent-before-last-chunk": stalls(_CHUNKED + _chunk(_GOOD)),
    "endless-headers": then(_HEAD, b"X-A: " + b"b" * 4000 + b"\r\n"),
    "endless-header": then(_HEAD + b"X-A: ", b"b" * 4000),
    "endless-cookies": then(_HEAD, b"Set-Cookie: a=" + b"b" * 4000 + b"\r\n"),
    "endless-body": then(_HEAD + b"\r\n", b"<p>word</p>" * 1000),
    "endless-chunks": then(_CHUNKED, _chunk(b"<p>word</p>" * 1000)),
    "endless-chunk-extension": then(_CHUNKED + b"5;", b"a=b;" * 1000),
    "endless-chunk-size": then(_CHUNKED, b"0" * 4000),
    "endless-trailers": then(_CHUNKED + _chunk(_GOOD) + b"0\r\n", b"X-A: " + b"b" * 400 + b"\r\n"),
    "endless-interim": then(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "endless-early-hints": then(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 0.01),
    "header-of-1-mb": says(_HEAD + b"X-A: " + b"b" * MiB + b"\r\n\r\n" + _GOOD),
    "10000-headers": says(_HEAD + b"X-A: b\r\n" * 10_000 + b"\r\n" + _GOOD),
    "cookie-flood": says(_HEAD + b"Set-Cookie: a=b\r\n" * 8_000 + b"\r\n" + _GOOD),
    "reset-after-request": breaks(b""),
    "reset-in-status": breaks(b"HTTP/1.1 2"),
    "reset-in-headers": breaks(_HEAD),
    "reset-in-body": breaks(_HEAD + b"Content-Length: 999999\r\n\r\n" + _GOOD),
    "reset-in-chunk": breaks(_CHUNKED + b"ffff\r\n" + _GOOD),
    # -------------------------------------------------------- lies about length and coding
    "length-too-long": says(_HEAD + b"Content-Length: 99999\r\nConnection: close\r\n\r\n" + _GOOD),
    "length-huge": stalls(_HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n" + _GOOD),
    "length-negative": says(_HEAD + b"Content-Length: -1\r\n\r\n" + _GOOD),
    "length-twice": says(_HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + _GOOD),
    "length-in-words": says(_HEAD + b"Content-Length: many\r\n\r\n" + _GOOD),
    "chunk-size-bad": says(_CHUNKED + b"xyz\r\n" + _GOOD),
    "chunk-size-negative": says(_CHUNKED + b"-5\r\nabcde\r\n0\r\n\r\n"),
    "chunk-size-huge": stalls(_CHUNKED + b"ffffffffffffffffffff\r\n" + _GOOD),
    "chunk-no-end": says(_CHUNKED + b"5\r\nabcdefgh\r\n0\r\n\r\n"),
    "chunked-twice": says(_HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    "coding-of-transfer-unknown": says(_HEAD + b"Transfer-Encoding: gzip\r\n\r\n" + _GOOD),
    "bomb-gzip": _coded("gzip", _packed("gzip", _BOMB)),
    "bomb-deflate": _coded("deflate", _packed("deflate", _BOMB)),
    "bomb-br": _coded("br", _packed("br", _BOMB)),
    "bomb-zstd": _coded("zstd", _packed("zstd", _BOMB)),
    "bomb-in-a-bomb": _coded("gzip, gzip", _packed("gzip", _packed("gzip", _BOMB))),
    "codings-nested": _coded("gzip, br", _packed("br", _packed("gzip", _GOOD))),
    "codings-1000": _coded(", ".join(["gzip"] * 1000), _packed("gzip", _GOOD)),
    "coding-wrong": _coded("gzip", _packed("br", _GOOD)),
    "coding-of-plain-text": _coded("gzip", _GOOD),
    "coding-unknown": _coded("rot13", _GOOD),
    "coding-cut": _coded("gzip", _packed("gzip", _GOOD * 20)[:-30]),
    "coding-members": _coded("gzip", _packed("gzip", b"") * 3000),
    # -------------------------------------------------------- what is no HTTP
    "http-0.9": says(_GOOD),
    "garbage": says(bytes(range(256)) * 40),
    "banner": says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "status-in-words": says(b"HTTP/1.1 two hundred OK\r\n\r\n"),
    "status-0": says(b"HTTP/1.1 000 \r\nContent-Length: 0\r\n\r\n"),
    "nul-in-header": says(_HEAD + b"X-\0A: b\0c\r\n\r\n" + _GOOD),
    "header-without-colon": says(_HEAD + b"nothing here\r\n\r\n" + _GOOD),
    "header-folded": says(_HEAD + b" folded: x\r\n\t y\r\nContent-Length: -1\r\n\r\n" + _GOOD),
    "status-101": says(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n" + _GOOD),
    # -------------------------------------------------------- redirects
    "redirects-endless": _wanders,
    "redirects-endless-and-slow": _wanders_slowly,
    "redirects-to-itself": to("?"),
    "redirects-in-a-circle": to("#x"),
    "redirects-to-file": to("file:///etc/passwd"),
    "redirects-to-ftp": to("ftp://127.0.0.1/x"),
    "redirects-to-gopher": to("gopher://127.0.0.1:{loose}/_x"),
    "redirects-to-data": to("data:text/html,<h1>x</h1>"),
    "redirects-to-javascript": to("javascript:alert(1)"),
    "redirects-to-nothing": to("http://"),
    "redirects-to-port-0": to("http://hostile.example:0/"),
    "redirects-injected": to("http://127.0.0.1:{loose}/%0d%0aX-Injected:%20yes"),
    "redirects-with-a-bomb": says(
        b"HTTP/1.1 302 Found\r\nLocation: ftp://x/\r\nContent-Encoding: gzip\r\n\r\n",
        _packed("gzip", _BOMB),
    ),
}  # fmt: skip
_NO_ANSWER |= {
    f"spelled-{n}": to(f"http://{host}:{{loose}}/latest/meta-data/")
    for n, host in enumerate(SPELLINGS)
}


# ---------------------------------------------------------------- read, and nothing concluded

_UNREAD = frozenset(
    {"no_answer", "not_html", "empty", "cut_off", "no_text", "unrecognised", "error_text"}
)
_BAD: dict[str, tuple[Script, frozenset[str]]] = {
    "length-too-short": (says(_HEAD + b"Content-Length: 300\r\n\r\n" + _GOOD), _UNREAD | {"no_answer"}),
    "length-zero": (says(_HEAD + b"Content-Length: 0\r\n\r\n" + _GOOD), _UNREAD),
    "http-9": (says(b"HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n"), _UNREAD | {"no_answer"}),
    "status-205": (status("205 Reset"), _UNREAD | {"other_status", "no_answer"}),
    "status-204": (says(b"HTTP/1.1 204 No Content\r\n\r\n"), _UNREAD | {"other_status"}),
    "status-206": (status("206 Partial"), _UNREAD | {"other_status"}),
    "status-300": (status("300 Multiple"), _UNREAD | {"other_status"}),
    "status-304-unasked": (says(b"HTTP/1.1 304 Not Modified\r\n\r\n"), frozenset({"no_answer", "not_modified"})),
    "status-418": (status("418 Teapot"), _UNREAD | {"other_status"}),
    "status-999": (status("999 Denied"), _UNREAD | {"server_error", "wall_page"}),
    "status-600": (status("600 What"), _UNREAD | {"server_error"}),
    "status-500": (status("500 No"), frozenset({"server_error"})),
    "status-503-for-years": (status("503 No", "Retry-After: 999999999\r\n"), frozenset({"server_error"})),
    "status-429-for-years": (
        status("429 No", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n"), frozenset({"try_again"}),
    ),
    "pdf": (body(b"%PDF-1.7\n" + bytes(9000)), _UNREAD),
    "zip": (body(b"PK\x03\x04" + bytes(9000)), _UNREAD),
    "png": (body(b"\x89PNG\r\n\x1a\n" + bytes(9000)), _UNREAD),
    "json": (body(b'{"a": 1}', "application/json"), _UNREAD),
    "json-nested": (body(b"[" * 100_000, "application/json"), _UNREAD),
    "octets": (body(bytes(range(256)) * 4000, "application/octet-stream"), _UNREAD),
    "nul-bytes": (body(bytes(100_000)), _UNREAD),
    "line-of-5-mb": (body(page("x", "word " * MiB)), _UNREAD | {"replaced"}),
    "word-of-5-mb": (body(page("x", "w" * 5 * MiB)), _UNREAD),
    "tags-100000-deep": (body(page("x", "<div>" * 100_000 + "x")), _UNREAD),
    "spans-100000-deep": (body(page("x", "<b>" * 100_000 + "x")), _UNREAD),
    "tags-1500000": (body(page("x", "<p>" * 1_500_000)), _UNREAD),
    "links-400000": (body(page("x", "<a href=x>y</a>" * 400_000)), _UNREAD),
    "attributes-100000": (body(page("x", "<i " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x")), _UNREAD),
    "tables-deep": (body(page("x", "<table><tr><td>" * 30_000)), _UNREAD),
    "less-than-signs": (body(page("x", "<" * 2 * MiB)), _UNREAD),
    "comment-open": (body(page("x", "<!--" + "x" * MiB)), _UNREAD),
    "json-ld-nested": (
        body(page("x", "", '<script type="application/ld+json">' + "[" * 100_000 + "</script>")), _UNREAD,
    ),
    "utf-16-unmarked": (
        body(_GOOD.decode().encode("utf-16-le"), "text/html"), _UNREAD | {"same_article"},
    ),
}  # fmt: skip

#: What they send is a post's page, or is said of the whole host.
_ALONE = ("length-too-short", "status-429-for-years", "utf-16-unmarked")

#: The article is in the page all the same: nothing else may come of it than that it is there.
_THERE = frozenset(
    {"same_bytes", "same_article", "same_text", "article_there", "content_anyway", "not_modified"}
)
_HARMLESS: dict[str, Script] = {
    "charset-utf-7": body(_GOOD, "text/html; charset=utf-7"),
    "charset-idna": body(_GOOD, "text/html; charset=idna"),
    "charset-zlib": body(_GOOD, "text/html; charset=zlib_codec"),
    "charset-of-64-kb": body(_GOOD, "text/html; charset=" + "x" * 50_000),
    "charsets-at-odds": body(
        article(head='<meta charset="utf-16"><meta charset="shift_jis"><meta charset="x-user-defined">')
    ),
    "charset-of-1-mb-in-meta": body(article(head=f'<meta charset="{"x" * MiB}">')),
    "cookies": body(_GOOD, more="Set-Cookie: a=b; Domain=example\r\n" * 50),
    "canonical-to-here": body(article(head='<link rel="canonical" href="http://127.0.0.1/admin">')),
    "og-url-to-metadata": body(
        article(head='<meta property="og:url" content="http://169.254.169.254/latest/">')
    ),
    "canonical-javascript": body(article(head='<link rel="canonical" href="javascript:alert(1)">')),
    "base-to-here": body(article(head='<base href="http://127.0.0.1:1/">')),
    "refresh-to-file": body(article(head='<meta http-equiv="refresh" content="0;url=file:///etc/passwd">')),
    "te-and-length": says(
        _HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + _chunk(_GOOD) + b"0\r\n\r\n"
    ),
    "attack-after-the-answer": says(reply(_GOOD) + b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    "doctype-bomb": body(
        b'<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
        + _GOOD.removeprefix(b"<!doctype html>")
    ),
    "lists-of-phantoms": body(article(more="<!-- " + "<p>gone</p>" * 1000 + " -->")),
}  # fmt: skip

# ---------------------------------------------------------------- the whole connection


async def _silent(line: Line) -> None:
    await line.silence()


async def _resets(line: Line) -> None:
    line.reset()


async def _closes(line: Line) -> None:
    return None


def _pages() -> list[Behaviour]:
    table = [
        Behaviour(name, script, path=f"/{name}/", site=f"shared-{n // TOGETHER}")
        for n, (name, script) in enumerate(_NO_ANSWER.items())
    ]
    for n, (name, (script, rules)) in enumerate(_BAD.items()):
        if name in _ALONE:
            table.append(Behaviour(name, script, rules))
        else:
            shared = f"unread-{n % 4}"
            table.append(Behaviour(name, script, rules, path=f"/{name}/", site=shared))
    table += [Behaviour(name, script, _THERE | _UNREAD) for name, script in _HARMLESS.items()]
    table += [
        Behaviour("accept-and-silence", _silent, path=""),
        Behaviour("reset-at-once", _resets, path=""),
        Behaviour("closed-at-once", _closes, path=""),
        Behaviour("rebound-at-once", _closes, path="", resolve=lambda _: ["127.0.0.1"]),
        Behaviour("rebound-in-turn", _closes, path="", resolve=lambda n: [f"127.0.0.{n % 2 + 1}"]),
        Behaviour(
            "rebound-to-both", _closes, path="", resolve=lambda _: ["127.77.0.1", "10.0.0.1"]
        ),
        Behaviour("rebound-to-nat64", _closes, path="", resolve=lambda _: ["64:ff9b::7f00:1"]),
        Behaviour("no-address", _closes, path="", resolve=lambda _: []),
        Behaviour("no-address-at-all", _closes, path="", resolve=lambda _: ["not an address"]),
    ]
    return table


PAGES = _pages()

# ---------------------------------------------------------------- sources

_LOL = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "lol">' for n in range(10)
)


def _xml(doctype: str, text: str) -> dict[str, bytes]:
    """The same trick in a feed and a sitemap."""
    item = f"<item><title>{text}</title><link>http://x.example/{text}</link></item>"
    url = f"<url><loc>http://x.example/{text}</loc></url>"
    head = f'<?xml version="1.0"?>{doctype}'.encode()
    start = b'<?xml version="1.0"?>'
    return {
        "feed": head + feed("http://x.example", item).removeprefix(start),
        "sitemap": head + sitemap("http://x.example", url).removeprefix(start),
    }


_XML = {
    "laughs": _xml(f"<!DOCTYPE x [{_LOL}]>", "&l9;"),
    "external-entity": _xml('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "&e;"),
    "network-entity": _xml('<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1/">]>', "&e;"),
    "parameter-entity": _xml('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/"> %p;]>', "x"),
    "quadratic": _xml(f'<!DOCTYPE x [<!ENTITY q "{"q" * 50_000}">]>', "&q;" * 5_000),
    "cut": {"feed": feed("http://x.example")[:-40], "sitemap": sitemap("http://x.example")[:-20]},
    "empty": {"feed": b"", "sitemap": b""},
    "html": {"feed": _GOOD, "sitemap": _GOOD},
    "deep": {
        "feed": feed("http://x.example", "<item>" + "<a>" * 100_000),
        "sitemap": sitemap("http://x.example", "<url>" + "<a>" * 100_000),
    },
    "nothing-in-it": {
        "feed": b'<rss version="2.0"><channel></channel></rss>',
        "sitemap": b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>',
    },
    "binary": {"feed": bytes(range(256)) * 999, "sitemap": bytes(range(256)) * 999},
    "of-1000000": {
        "feed": feed("http://x.example", "<item><link>/x</link></item>" * 1_000_000)[: 9 * MiB],
        "sitemap": sitemap("http://x.example", "<url><loc>/x</loc></url>" * 1_000_000)[: 9 * MiB],
    },
    "gzip-bomb": {"feed": _packed("gzip", _BOMB), "sitemap": _packed("gzip", _BOMB)},
}


async def _index_loop(line: Line) -> None:
    """Each index names three more."""
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    parts = "".join(f"<sitemap><loc>/sitemap.xml?{next(_count)}</loc></sitemap>" for _ in range(3))
    await line.say(
        reply(f'<sitemapindex xmlns="{space}">{parts}</sitemapindex>'.encode(), "text/xml")
    )


def _sources() -> list[Behaviour]:
    feeds, maps = 'feeds = ["{url}/feed.xml"]', 'sitemaps = ["{url}/sitemap.xml"]'
    kinds = {"feed": ("/feed.xml", feeds), "sitemap": ("/sitemap.xml", maps)}
    table = []
    for name, bodies in _XML.items():
        for kind, data in bodies.items():
            path, config = kinds[kind]
            table.append(
                Behaviour(f"{kind}-{name}", body(data, "text/xml"), path=path, config=config)
            )
    for kind, (path, config) in kinds.items():
        table += [
            Behaviour(f"{kind}-endless", _NO_ANSWER["endless-body"], path=path, config=config),
            Behaviour(f"{kind}-slow", _NO_ANSWER["slow-body"], path=path, config=config),
            Behaviour(f"{kind}-to-here", to("http://127.0.0.1:{loose}/"), path=path, config=config),
        ]
        table.append(
            Behaviour(
                f"{kind}-to-a-thief",
                to("http://thief.elsewhere.example:{port}/none"),
                path=path,
                config=config,
            )
        )
    table.append(Behaviour("sitemap-index-loop", _index_loop, path="/sitemap.xml", config=maps))
    return table


SOURCES = _sources()

# ---------------------------------------------------------------- robots.txt and the home page

ROBOTS: list[Behaviour] = [
    Behaviour(f"robots-{name}", script, path="/robots.txt")
    for name, script in {
        "endless": then(b"HTTP/1.1 200 OK\r\n\r\n", b"Disallow: /x\n" * 1000),
        "of-100-mb": says(
            b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\nUser-agent: *\nDisallow: /\n"
        ),
        "slow": _NO_ANSWER["slow-body"],
        "html": body(page("x", "User-agent: * Disallow: /")),
        "binary": body(bytes(range(256)) * 4000, "text/plain"),
        "bomb": _NO_ANSWER["bomb-gzip"],
        "to-here": to("http://127.0.0.1:{loose}/robots.txt"),
        "to-elsewhere": to("http://thief.elsewhere.example:{port}/robots.txt"),
        "delay-of-nothing": body(
            b"User-agent: *\nCrawl-delay: nan\nCrawl-delay: -5\n", "text/plain"
        ),
        "wild": body(b"User-agent: *\nDisallow: /" + b"*a" * 200_000 + b"$\n", "text/plain"),
        "lines": body(b"User-agent: *\n" + b"Disallow: /*x*y*z*q$\n" * 20_000, "text/plain"),
        "sitemaps": body(b"User-agent: *\n" + b"Sitemap: http://127.0.0.1/\n" * 9000, "text/plain"),
        "500": status("500 No"),
    }.items()
]
HOMES: list[Behaviour] = [
    Behaviour(f"home-{name}", _NO_ANSWER[name], path="/")
    for name in ("silent-after-request", "endless-body", "redirects-endless", "bomb-br", "spelled-0", "garbage")
] + [
    Behaviour(f"home-{name}", _BAD[name][0], _BAD[name][1] | {"first_look", "file_there"}, path="/")
    for name in ("pdf", "tags-1500000", "word-of-5-mb", "status-429-for-years", "status-999")
]  # fmt: skip
