"""One article in the markup of several blog systems: what is written stays, what is around it differs."""

from __future__ import annotations

TITLE = "How we moved the lighthouse"
P1 = (
    "In the spring of 2019 the cliff under the old lighthouse lost another four metres, and the "
    "council asked us whether a tower of nine hundred tonnes can be moved inland in one piece."
)
P2 = (
    "It can. We cut the tower from its foundation, lifted it by 3.5 centimetres on "
    '<a href="https://jacks.example/guide?utm_source=blog">hydraulic jacks</a>, and pulled it along '
    "a track of steel rails that we built for the purpose."
)
P2_TEXT = P2.replace('<a href="https://jacks.example/guide?utm_source=blog">', "").replace(
    "</a>", ""
)
HEADING = "What it cost"
ITEMS = ["Steel and rails: 410,000 euros", "Jacks and pumps: 95,000 euros"]
QUOTE = "Nobody on the beach believed that it moved at all, so slowly did it go."
P3 = "The lamp was lit again on 2 October, and the ships have not noticed any difference since."
KEYS = [P1, P2_TEXT, HEADING, *ITEMS, QUOTE, P3]
LD = (
    '<script type="application/ld+json">{"@context":"https://schema.org","@type":"BlogPosting",'
    f'"headline":"{TITLE}","datePublished":"2019-10-05T08:00:00+02:00",'
    '"dateModified":"2019-10-06T10:00:00Z","author":{"@type":"Person","name":"Ida Falk"}}</script>'
)


def body(p: str = "p", h: str = "h2", wrap: str = "", quote: str = "<p>{}</p>") -> str:
    items = "".join(f"<li>{item}</li>" for item in ITEMS)
    parts = [
        f"<{p}>{P1}</{p}>",
        f"<{p}>{P2}</{p}>",
        f"<{h}>{HEADING}</{h}>",
        f"<ul>{items}</ul>",
        f"<blockquote>{quote.format(QUOTE)}</blockquote>",
        f"<{p}>{P3}</{p}>",
    ]
    return "\n".join(f'<div class="{wrap}">{x}</div>' if wrap else x for x in parts)


MENU = '<nav><ul><li><a href="/">Home</a></li><li><a href="/blog">Blog</a></li></ul></nav>'
TEASERS = "".join(
    f'<li><a href="/blog/{n}"><h4>Another story about harbour number {n}</h4></a>'
    f"<p>What happened in harbour number {n} when the water rose last winter.</p></li>"
    for n in range(4)
)


def wordpress() -> str:
    return (
        f'<!doctype html><html lang="en-US"><head><title>{TITLE} | Coast Works</title>{LD}'
        '<meta property="og:site_name" content="Coast Works"></head>'
        '<body class="post-template-default single single-post has-sidebar">'
        f'<header class="site-header">{MENU}</header><div id="page"><main><article class="post-12 post '
        'type-post category-towers tag-sea"><header class="entry-header">'
        f'<h1 class="entry-title">{TITLE}</h1><div class="entry-meta">Posted on <time class="entry-date '
        'published" datetime="2019-10-05T08:00:00+02:00">October 5, 2019</time> by <a rel="author" '
        'href="/author/ida">Ida Falk</a></div></header>'
        f'<div class="entry-content">{body()}<div class="sharedaddy sd-sharing-enabled"><h3>Share this:'
        '</h3><ul><li><a href="#">Twitter</a></li></ul></div></div><footer class="entry-footer">Tagged '
        '<a href="/tag/sea">sea</a></footer></article><div id="comments" class="comments-area"><h2>2 '
        "thoughts</h2><ol><li><p>What a wonderful story, I was there and saw it all from the beach.</p>"
        "</li></ol></div></main><aside id=secondary class=widget-area><p>Subscribe to our newsletter to "
        f"get stories like this one every month.</p></aside></div><footer>© Coast Works</footer></body></html>"
    )


def hashed() -> str:
    return (
        f'<!doctype html><html lang="en"><head><title>{TITLE}</title><meta property="og:title" '
        f'content="{TITLE}"><meta name="author" content="Ida Falk"><meta property="article:published_time" '
        'content="2019-10-05T08:00:00+02:00"></head><body><div id="__next"><div class="sc-1x2y3z kXyzAb">'
        '<div class="css-9a8b7c"><a href="/">Coast Works</a><a href="/blog">Blog</a></div>'
        f'<div class="css-77aa11"><h1 class="css-0f0f0f">{TITLE}</h1><div class="css-5e5e5e">5 min read · '
        f'1,204 views</div>{body(wrap="css-3c4d5e", quote="{}")}<div class="css-8d8d8d"><div>Read next'
        f'</div><ul class="css-6f6f6f">{TEASERS}</ul></div></div><div class="css-1b1b1b">© 2019 Coast '
        'Works</div></div></div><script>window.__DATA__={"n":1}</script></body></html>'
    )


def bare() -> str:
    return (
        f"<html><head><title>Coast Works - {TITLE}</title>"
        '<meta property="og:site_name" content="Coast Works"></head><body>'
        "<table><tr><td><a href=/>Home</a><br><a href=/blog>Blog</a></td><td>"
        f"<h1>{TITLE}</h1><p>By Ida Falk</p><p>October 5, 2019</p>{body()}</td></tr></table></body></html>"
    )


def breaks() -> str:
    items = "".join(f"<li>{item}</li>" for item in ITEMS)
    return (
        f'<html lang=en><head><title>{TITLE}</title>{LD}</head><body><div class="wrap"><h1>{TITLE}</h1>'
        f'<div class="text">{P1}<br><br>{P2}<h3>{HEADING}</h3><ul>{items}</ul><blockquote>{QUOTE}'
        f"</blockquote>{P3}</div></div></body></html>"
    )


def aspx() -> str:
    return (
        f'<html lang=en><head><title>{TITLE}</title>{LD}</head><body><form id="aspnetForm" method=post>'
        f'<input type=hidden name="__VIEWSTATE" value="abc"><div class="nav">{MENU}</div>'
        f'<div id="ctl00_main" class="field field--name-body">{body(p="div")}</div></form></body></html>'
    )


TEMPLATES = {f.__name__: f() for f in (wordpress, hashed, bare, breaks, aspx)}
